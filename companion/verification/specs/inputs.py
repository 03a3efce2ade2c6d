"""Inputs of the rows: the same on every run, float32, one sample in each row."""

import itertools

import numpy as np

from companion.verification.specs.rows import INFINITY

EXTREMES = np.float32([1e-45, 1.1754944e-38, 3.4028235e38])
"""The smallest positive float32, the smallest with all its digits, and the largest."""


def grid(kinks=()):
    """One number in each row: 1e-30 to 1e30 with both signs, denser near 1, beside the kinks, and
    the extremes."""
    generator = np.random.default_rng(20)
    sizes = np.r_[np.logspace(-30, 30, 121), np.logspace(-2, 2.3, 100)]
    sizes = np.r_[sizes, EXTREMES]
    numbers = [0.0, *sizes, *-sizes, *3 * generator.normal(size=60)]
    for kink in np.float32(kinks):
        for direction in np.float32([-INFINITY, INFINITY]):
            one = np.nextafter(kink, direction)
            numbers += [one, np.nextafter(one, direction)]
        numbers.append(kink)
    return np.unique(np.float32(numbers))[:, None]


def residuals(kinks=()):
    """Pairs whose difference runs over the grid: from 0, to 0, and between random numbers."""
    r = grid(kinks)
    generator = np.random.default_rng(21)
    y_true, y_pred = np.float32(
        generator.normal(size=(2, 100, 1)) * 10.0 ** generator.uniform(-3, 3, size=(100, 1))
    )
    zero = np.zeros_like(r)
    both = np.float32(list(itertools.product(np.r_[EXTREMES, -EXTREMES], repeat=2)))
    return (
        np.r_[zero, r[::5], y_true, both[:, :1]],
        np.r_[r, zero[::5], y_pred, both[:, 1:]],
    )


def amounts():
    """Pairs of positive numbers: from 1e-30 to 1e30, far apart, close together, and equal."""
    sizes = grid()[grid() > 0]
    sizes = sizes[(sizes >= 1e-30) & (sizes <= 1e30)]
    generator = np.random.default_rng(27)
    apart = np.float32(10.0 ** generator.uniform([-30, -3], [30, 3], size=(100, 2)))
    once, again = (generator.permutation(sizes)[:80] for _ in range(2))
    close = np.nextafter(sizes, np.float32(INFINITY))
    y_true = np.r_[np.ones_like(sizes), sizes, sizes, close, apart[:, 0], once]
    y_pred = np.r_[sizes, sizes, close, sizes, apart[:, 1], again]
    return y_true[:, None], y_pred[:, None]


def vectors(entries=4):
    """Pairs of vectors of every length: at all angles, nearly parallel, and at right angles."""
    generator = np.random.default_rng(28)
    y_true, y_pred = generator.normal(size=(2, 120, entries))
    y_pred[:20] = y_true[:20]
    y_pred[20:40] = -y_true[20:40] * (1 + 1e-3 * generator.normal(size=(20, entries)))
    y_pred[40:50] = y_true[40:50] @ np.eye(entries)[[1, 0, 3, 2]] * [1, -1, 1, -1]
    lengths = 10.0 ** generator.choice([-30, -20, -10, -1, 0, 1, 10, 20, 30], size=(2, 120, 1))
    entry_by_entry = 10.0 ** generator.uniform(-6, 6, size=(2, 20, entries))
    lengths = np.repeat(lengths, entries, axis=-1)
    lengths[1, :40] = np.maximum(lengths[1, :40], 1)
    lengths[:, -20:] = entry_by_entry
    one_hot = np.eye(entries)
    beside_zero = np.where(one_hot == 1, EXTREMES[0], [[1], [-2], [3], [-4]])
    beside_zero[::2] *= -1
    return (
        np.float32(np.r_[y_true * lengths[0], one_hot, one_hot, one_hot]),
        np.float32(np.r_[y_pred * lengths[1], 3 * one_hot, one_hot[::-1], beside_zero]),
    )


def logits(classes=4):
    """Rows of random scores of several sizes, and rows with ties, wide margins and offsets."""
    generator = np.random.default_rng(22)
    rows = [scale * generator.normal(size=(12, classes)) for scale in (0.1, 1, 10, 30, 100)]
    first = np.eye(classes)[0]
    rows += [
        margin * first[None] for margin in (0, 1e-30, -1e-3, 5, 20, -20, 50, 80, -80, 1e3, 1e30)
    ]
    rows += [1e6 + np.arange(classes)[None], -1e6 + np.arange(classes)[None]]
    rows += [float(EXTREMES[-1]) * row[None] for row in (first, -first, 2 * first - 1, first**0)]
    return np.float32(np.concatenate(rows))


def probabilities(classes=4):
    """Rows that sum to 1 up to rounding, some of them nearly certain, and rows that do not."""
    z = np.float64(logits(classes))
    z = z[np.ptp(z, axis=1) < 60]
    growth = np.exp(z - z.max(axis=1, keepdims=True))
    rows = growth / growth.sum(axis=1, keepdims=True)
    generator = np.random.default_rng(23)
    return np.float32(np.r_[rows, generator.uniform(0.01, 1, size=(12, classes))])


def distributions(count, classes):
    """One-hot labels, then soft ones."""
    generator = np.random.default_rng(24)
    one_hot = np.eye(classes)[generator.integers(classes, size=count - count // 4)]
    soft = generator.dirichlet(np.ones(classes), size=count // 4)
    order = generator.permutation(count)
    return np.float32(np.r_[one_hot, soft])[order]


def _scores(parameters):
    return logits() if parameters.get("from_logits") else probabilities()


def labels_and_scores(parameters):
    """One-hot labels and soft ones, with probabilities or logits as the parameters ask."""
    scores = _scores(parameters)
    return distributions(*scores.shape), scores


def labels_of_entries(scores):
    """For each score the labels 0 and 1, and for every fourth one a soft label."""
    soft = np.random.default_rng(29).uniform(size=(len(scores[::4]), 1))
    labels = np.r_[0 * scores, 0 * scores + 1, soft]
    return np.float32(labels), np.r_[scores, scores, scores[::4]]


def labels_and_logits_of_entries(parameters):
    """Labels of entries, with logits of all sizes."""
    return labels_of_entries(grid())


def labels_and_scores_of_entries(parameters):
    """Labels of entries, with probabilities or logits as the parameters ask."""
    if parameters.get("from_logits"):
        return labels_of_entries(grid())
    small = grid()[(grid() >= 1e-30) & (grid() < 1)]
    edges = np.float32([EXTREMES[1], 0.5, 1 - 2.0**-24])
    return labels_of_entries(np.r_[small, 1 - small[small > 6e-8], edges][:, None])


def signs_and_scores(parameters):
    """Labels -1 and 1, each with scores of all sizes and beside the margins."""
    scores = grid(kinks=(-1.0, 1.0))
    return np.repeat(np.float32([[-1], [1]]), len(scores), axis=0), np.r_[scores, scores]


def draw_labels_and_scores_of_entries(generator, shape, parameters):
    """Labels 0 and 1 with logits, or with probabilities, of any shape."""
    labels = generator.integers(2, size=shape).astype("float32")
    scores = generator.normal(size=shape)
    if parameters.get("from_logits") is not True:
        scores = 1 / (1 + np.exp(-scores))
    return labels, scores.astype("float32")


def draw_two_distributions(generator, shape, parameters):
    """Two distributions of any shape."""
    scores = np.exp(generator.normal(size=(2, *shape)))
    return tuple((scores / scores.sum(axis=-1, keepdims=True)).astype("float32"))


def two_distributions(parameters, classes=4):
    """Distributions: far from each other and close, certain ones, and some with entries of 0."""
    q = probabilities(classes)
    p = distributions(len(q), classes)
    close = np.nextafter(q, np.float32(1))
    nearly = np.float32(q * (1 + 1e-3 * np.random.default_rng(30).normal(size=q.shape)))
    tiny = np.float32([[1e-30, 1, 1e-20, 0], [0.25, 1.1754944e-38, 0.25, 0.5]])
    return (
        np.r_[p, np.minimum(close, 1), np.clip(nearly, 0, 1), q[::-1], p[:2], tiny],
        np.r_[q, q, q, q, np.float32([[1e-30, 1, 1, 1e-38]] * 2), tiny[::-1] + np.float32(1e-30)],
    )


def class_numbers_and_scores(parameters):
    """Class numbers, with probabilities or logits."""
    scores = _scores(parameters)
    generator = np.random.default_rng(25)
    return generator.integers(scores.shape[1], size=len(scores)).astype(np.int32), scores


def draw_amounts(generator, shape, parameters):
    """Two positive numbers about 1 for each entry."""
    return tuple(np.exp(generator.normal(size=(2, *shape))).astype("float32"))


def draw_labels_and_scores(generator, shape, parameters):
    """One-hot labels with logits, or with probabilities, of any shape."""
    labels, scores = draw_class_numbers_and_scores(generator, shape, parameters)
    return np.eye(shape[-1], dtype="float32")[labels], scores


def draw_class_numbers_and_scores(generator, shape, parameters):
    """Class numbers with logits, or with probabilities, of any shape."""
    labels = generator.integers(shape[-1], size=shape[:-1]).astype("int32")
    scores = generator.normal(size=shape)
    if parameters.get("from_logits") is not True:
        scores = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    return labels, scores.astype("float32")
