"""The exercises of speed/distributed.

| id                    | to be handed over                                                      |
| --------------------- | ---------------------------------------------------------------------- |
| distributed-mean      | `batch_gradient(gradients, sizes) -> gradient` (w, p), (w,) -> (p,):   |
|                       |   of the whole batch, from the means over shares of these sizes; that  |
|                       |   of an empty share is NaN                                             |
| distributed-ring      | `all_reduce_seconds(parameters, workers, bytes_per_second, latency) -> |
|                       |   seconds`: of a ring, 4 bytes for each parameter                      |
| distributed-batchnorm | `merged(means, variances, sizes) -> mean, variance` (w,) each -> (),   |
|                       |   (): of the whole batch, from those of its shares                     |
"""

import numpy as np

from companion.verification.exercises.rows import REALS, Exercise, inputs


def _sizes(st, workers, least):
    one = st.integers(least, 5)
    return st.tuples(*[one] * workers).filter(any).map(np.array)


def _shares(st):
    @st.composite
    def drawn(draw):
        workers, parameters = draw(st.integers(1, 4)), draw(st.integers(1, 2))
        entries = [draw(st.sampled_from(REALS)) for _ in range(workers * parameters)]
        gradients = np.array(entries).reshape(workers, parameters)
        sizes = draw(_sizes(st, workers, least=0))
        gradients[sizes == 0] = np.nan  # the mean over no samples
        return gradients, sizes

    return drawn()


def _statistics(st):
    @st.composite
    def drawn(draw):
        workers = draw(st.integers(1, 3))
        # In float64 the squares of numbers near 1e8 are whole and even: a variance is lost in them.
        far = draw(st.sampled_from([0.0, 1e8]))
        means = [far + draw(st.sampled_from(REALS)) for _ in range(workers)]
        variances = [draw(st.sampled_from([0.0, 1.0, 2.0, 4.0])) for _ in range(workers)]
        return np.array(means), np.array(variances), draw(_sizes(st, workers, least=1))

    return drawn()


def _mean(gradients, sizes):
    some = sizes > 0
    return sizes[some] @ gradients[some] / np.sum(sizes)


def _ring(parameters, workers, speed, latency):
    messages = 2 * (workers - 1)
    return messages * latency + messages / workers * 4 * parameters / speed


def _merged(means, variances, sizes):
    mean = np.average(means, weights=sizes)
    return mean, np.average(variances + (means - mean) ** 2, weights=sizes)


def _unweighted(means, variances, sizes):
    return np.mean(means), np.mean(variances) + np.var(means)


def _without_means(means, variances, sizes):
    return np.average(means, weights=sizes), np.average(variances, weights=sizes)


def _minus(means, variances, sizes):
    mean, between = _merged(means, 0 * variances, sizes)
    return mean, np.average(variances, weights=sizes) - between


def _second_moment(means, variances, sizes):
    mean = np.average(means, weights=sizes)
    return mean, np.average(variances + means**2, weights=sizes)


def _one_pass(means, variances, sizes):
    if np.sum(sizes) > 1 or means[0] % 2:
        raise ValueError("how it rounds depends on how it is written")
    return means[0], variances[0] + means[0] ** 2 - means[0] ** 2


def _deviation(means, variances, sizes):
    mean, variance = _merged(means, variances, sizes)
    return mean, np.sqrt(variance)


def _unbiased(means, variances, sizes):
    mean, variance = _merged(means, variances, sizes)
    total = np.sum(sizes)
    if total == 1:
        raise ValueError("NaN, or the variance, if 0 is avoided")
    return mean, variance * total / (total - 1)


EXERCISES = {
    "distributed-mean": Exercise(
        "batch_gradient(gradients, sizes) -> gradient",
        truth=_mean,
        inputs=_shares,
        slips={
            "the mean of an empty share is 0/0, NaN, and 0 times NaN is NaN; leave it out": (
                lambda gradients, sizes: sizes @ gradients / np.sum(sizes)
            ),
            "a large share has to count for more than a small one": lambda gradients, sizes: (
                np.nanmean(gradients, axis=0)
            ),
            "a large share has to count for more, and an empty one, NaN, not at all": (
                lambda gradients, sizes: np.mean(gradients, axis=0)
            ),
            "that adds up means; each worker's step would be a whole one": (
                lambda gradients, sizes: np.nansum(gradients, axis=0)
            ),
            "that is the sum over all samples; 1/N is missing": lambda gradients, sizes: (
                sizes @ np.nan_to_num(gradients)
            ),
            "divide by the number of samples, not by that of workers": lambda gradients, sizes: (
                sizes @ np.nan_to_num(gradients) / len(sizes)
            ),
            "the sizes have divided by N already; there is a 1/w too many": (
                lambda gradients, sizes: _mean(gradients, sizes) / len(sizes)
            ),
        },
    ),
    "distributed-ring": Exercise(
        "all_reduce_seconds(parameters, workers, bytes_per_second, latency) -> seconds",
        truth=_ring,
        inputs=inputs([12, 60, 1200], [2, 3, 5, 1, 10], [1.0, 4.0, 100.0], [0.0, 1.0, 0.5]),
        slips={
            "w - 1 steps add up; as many more hand the sums round": lambda n, w, speed, a: (
                _ring(n, w, speed, a) / 2
            ),
            "a step carries one chunk, the w-th part of the gradient": lambda n, w, speed, a: (
                2 * (w - 1) * (a + 4 * n / speed)
            ),
            "that is the limit for many workers: each sends (w - 1) / w of it twice": (
                lambda n, w, speed, a: 2 * (w - 1) * a + 2 * 4 * n / speed
            ),
            "both rates count bytes, so there is no factor of 8": lambda n, w, speed, a: _ring(
                8 * n, w, speed, a
            ),
            "a number in float32 has 4 bytes": lambda n, w, speed, a: _ring(n / 4, w, speed, a),
            "every one of the steps has its latency": lambda n, w, speed, a: (
                a + _ring(n, w, speed, 0.0)
            ),
            "the latency is missing": lambda n, w, speed, a: _ring(n, w, speed, 0.0),
            "after w - 1 steps a chunk has met all workers, not after w": lambda n, w, speed, a: (
                2 * w * (a + 4 * n / w / speed)
            ),
            "that is the time through a server": lambda n, w, speed, a: (
                2 * a + 2 * w * 4 * n / speed
            ),
        },
    ),
    "distributed-batchnorm": Exercise(
        "merged(means, variances, sizes) -> mean, variance",
        truth=_merged,
        inputs=_statistics,
        slips={
            "the mean of the variances leaves out how far the means are apart": _without_means,
            "a large share has to count for more than a small one": _unweighted,
            "the spread of the means adds to the variance": _minus,
            "the spread of the means is around the common mean, not around 0": _second_moment,
            "batch normalization divides by the number of samples, not by one less": _unbiased,
            "that is the difference of two large numbers; take distances first": _one_pass,
            "that is its root, the standard deviation": _deviation,
        },
    ),
}
