"""The exercises of optimizers/stochastic.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| stochastic-whole             | `whole_gradient(batch_gradients, sizes) -> gradient`: from the  |
|                              |   mean gradients (b, k) of b batches and their sizes (b,) the   |
|                              |   mean gradient (k,) of all examples                            |
| stochastic-variance          | `minibatch_variance(gradients, m) -> variance`: of the mean of  |
|                              |   m of the n >= 2 numbers, drawn without replacement            |
| stochastic-floor             | `rate_for(variance, curvature, sigma, m) -> rate`: with which   |
|                              |   the parameter settles at this variance                        |
"""

import numpy as np

from companion.verification.exercises.rows import REALS, Exercise, inputs


def _whole_gradient(batch_gradients, sizes):
    return np.average(batch_gradients, axis=0, weights=sizes)


def _minibatch_variance(gradients, m):
    # n² v / (n - 1) is the sample variance; 1 - m/n is the share that is not drawn.
    return np.var(gradients, ddof=1) / m * (1 - m / len(gradients))


def _rate_for(variance, curvature, sigma, m):
    return 2 * variance * curvature * m / (sigma**2 + variance * curvature**2 * m)


def _batches(st):
    """Some numbers, and how many of them are drawn."""

    @st.composite
    def drawn(draw):
        n = draw(st.sampled_from([2, 3, 4, 5]))
        numbers = [draw(st.sampled_from(REALS)) for _ in range(n)]
        return np.array(numbers), draw(st.integers(1, n))

    return drawn()


EXERCISES = {
    "stochastic-whole": Exercise(
        "whole_gradient(batch_gradients, sizes) -> gradient",
        truth=_whole_gradient,
        inputs=inputs((REALS, "bk"), ([2, 1, 3, 10], "b")),
        slips={
            "that weighs all batches alike; an example of the short one counts too much": (
                lambda means, sizes: np.mean(means, axis=0)
            ),
            "that is the sum over all examples: divide by their number": lambda means, sizes: (
                sizes @ means
            ),
            "divide by the number of examples, not by that of batches": lambda means, sizes: (
                sizes @ means / len(sizes)
            ),
            "the rows are means already: their sizes multiply them, they do not divide": (
                lambda means, sizes: np.average(means, axis=0, weights=1 / sizes)
            ),
            "the last batch is short: divide by the sum of the sizes": lambda means, sizes: (
                sizes @ means / (sizes.max() * len(sizes))
            ),
            "add up over the batches, and keep the entries of the gradient apart": (
                lambda means, sizes: np.sum(sizes @ means) / np.sum(sizes)
            ),
            "the gradient has one entry per column: add up over the batches": (
                lambda means, sizes: sizes[:, None] * means / np.sum(sizes)
            ),
        },
    ),
    "stochastic-variance": Exercise(
        "minibatch_variance(gradients, m) -> variance",
        truth=_minibatch_variance,
        inputs=_batches,
        slips={
            "that is the variance with replacement: nothing is drawn twice here": lambda g, m: (
                np.var(g) / m
            ),
            "n numbers have n - 1 others: the factor is (n - m) / (n - 1)": lambda g, m: (
                np.var(g) / m * (len(g) - m) / len(g)
            ),
            "the variance of one draw divides by n, or the factor is (n - m) / n; you have n - 1 "
            "in both": lambda g, m: np.var(g, ddof=1) / m * (len(g) - m) / (len(g) - 1),
            "that is the sample variance over m: nothing is drawn twice here": lambda g, m: (
                np.var(g, ddof=1) / m
            ),
            "the variance falls as 1 / m": lambda g, m: np.var(g) * (len(g) - m) / (len(g) - 1),
            "the variance falls as 1 / m, not as 1 / m²": lambda g, m: (
                np.var(g) / m**2 * (len(g) - m) / (len(g) - 1)
            ),
            "the deviations count from the mean: take it away before you square": lambda g, m: (
                np.mean(g**2) / m * (len(g) - m) / (len(g) - 1)
            ),
            "the variance falls as 1 / m, the standard deviation as its root": lambda g, m: (
                np.var(g) / np.sqrt(m) * (len(g) - m) / (len(g) - 1)
            ),
            "that is the standard deviation, its square is asked for": lambda g, m: np.sqrt(
                _minibatch_variance(g, m)
            ),
            "that is the covariance's share alone; the squares give the variance over m": (
                lambda g, m: -np.var(g) * (m - 1) / m / (len(g) - 1)
            ),
            "the covariance of two draws is negative": lambda g, m: (
                np.var(g) / m * (1 + (m - 1) / (len(g) - 1))
            ),
        },
    ),
    "stochastic-floor": Exercise(
        "rate_for(variance, curvature, sigma, m) -> rate",
        truth=_rate_for,
        inputs=inputs(
            [1.0, 0.1, 0.5, 4.0], [1.0, 2.0, 0.5, 10.0], [1.0, 2.0, 0.5, 3.0], [1, 2, 10, 100]
        ),
        slips={
            "that is the rate where eta h is small; solve with the 2 - eta h": lambda v, h, s, m: (
                2 * v * h * m / s**2
            ),
            "that is for the loss: the variance of the parameter is asked for": lambda v, h, s, m: (
                4 * v * m / (s**2 + 2 * v * m * h)
            ),
            "that is for the loss, and eta h small: solve for the variance of the parameter": (
                lambda v, h, s, m: 4 * v * m / s**2
            ),
            "m examples have 1 / m of the variance: sigma squared is divided by m": (
                lambda v, h, s, m: _rate_for(v, h, s, 1)
            ),
            "m divides the variance of the noise; it does not multiply it": lambda v, h, s, m: (
                _rate_for(v, h, s, 1 / m)
            ),
            "the noise is the variance of a gradient, sigma squared": lambda v, h, s, m: _rate_for(
                v, h, np.sqrt(s), m
            ),
            "m divides sigma squared, not sigma": lambda v, h, s, m: _rate_for(v, h, s, m**2),
            "a sign is turned: the term with the curvature squared is added": lambda v, h, s, m: (
                2 * v * h * m / (s**2 - v * h**2 * m) if s**2 != v * h**2 * m else None
            ),
            "the factor 2 is missing": lambda v, h, s, m: _rate_for(v, h, s, m) / 2,
            "the second h is missing: h stands outside of the bracket and inside": (
                lambda v, h, s, m: 2 * v * h * m / (s**2 + v * h * m)
            ),
            "that is the variance for a given rate; solve for the rate": lambda v, h, s, m: (
                v * s**2 / (m * h * (2 - v * h)) if v * h != 2 else None
            ),
        },
    ),
}
