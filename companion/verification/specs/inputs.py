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


def class_numbers_and_scores(parameters):
    """Class numbers, with probabilities or logits."""
    scores = _scores(parameters)
    generator = np.random.default_rng(25)
    return generator.integers(scores.shape[1], size=len(scores)).astype(np.int32), scores


def draw_labels_and_scores(generator, shape, parameters):
    """One-hot labels with logits, or with probabilities, of any shape."""
    labels, scores = draw_class_numbers_and_scores(generator, shape, parameters)
    return np.eye(shape[-1], dtype="float32")[labels], scores


def draw_class_numbers_and_scores(generator, shape, parameters):
    """Class numbers with logits, or with probabilities, of any shape."""
    labels = generator.integers(shape[-1], size=shape[:-1]).astype("int32")
    scores = generator.normal(size=shape)
    if not parameters.get("from_logits"):
        scores = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    return labels, scores.astype("float32")
