"""The exercises of optimizers/gradient_descent.

| id                            | to be handed over                                              |
| ----------------------------- | -------------------------------------------------------------- |
| gradient_descent-largest-rate | `largest_rate(x) -> rate`: linear regression with the inputs   |
|                               |   x (n, k), no bias and the mean squared error as the loss:    |
|                               |   below this rate gradient descent is stable                   |
| gradient_descent-steps        | `steps_needed(kappa, tolerance) -> steps`: until the distance  |
|                               |   is `tolerance` times what it was, at the best rate; not      |
|                               |   rounded to a whole number                                    |
| gradient_descent-classify     | `count_directions(hessian) -> (down, flat, up)`: how many      |
|                               |   curvatures are negative, zero and positive                   |
"""

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs

KAPPAS = [3.0, 2.0, 10.0, 1.5, 5.0, 7.0, 20.0, 50.0, 100.0, 278.0, 1e3, 1e4, 1e6, 1e9, 1e12, 1e17]
TOLERANCES = [0.1, 0.5, 0.01, 0.25, 0.05, 0.001, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12]


def _curvatures(x):
    """Eigenvalues of XᵀX; the Hessian of the mean squared error is 2/n times it."""
    return np.linalg.eigvalsh(x.T @ x)


def _smallest_curvature_decides(x):
    flattest = _curvatures(x)[0]
    return len(x) / flattest if flattest > 1e-3 else None


def _last_of_unsorted(x):
    last = np.real(np.linalg.eigvals(2 * x.T @ x / len(x))[-1])
    return 2 / last if last > 1e-3 else None


def _steps_needed(kappa, tolerance):
    return -np.log(tolerance) / np.log1p(2 / (kappa - 1))


def _counts(curvatures, zero):
    return np.sum(curvatures < -zero), np.sum(np.abs(curvatures) <= zero), np.sum(curvatures > zero)


def _count_directions(hessian):
    curvatures = np.linalg.eigvalsh(hessian)
    return _counts(curvatures, 1e-9 * np.abs(curvatures).max())


def _up_to(zero):
    """The counts if everything up to `zero` in size is taken for zero, whatever the unit."""
    return lambda hessian: _counts(np.linalg.eigvalsh(hessian), zero)


def _beside_the_last(hessian):
    """The counts if what is tiny beside the last curvature, with its sign, is taken for zero."""
    curvatures = np.linalg.eigvalsh(hessian)
    return _counts(curvatures, 1e-9 * curvatures[-1])


def _flat_is(down, up):
    """The counts if the flat directions are added to those down or up."""

    def counts(hessian):
        falling, flat, rising = _count_directions(hessian)
        return falling + down * flat, 0, rising + up * flat

    return counts


def _hessians(st):
    """Symmetric matrices with small whole numbers, in some unit; often one with a zero curvature.

    A nonzero eigenvalue of such a matrix is more than 1e-5 of the largest one.
    """

    @st.composite
    def drawn(draw):
        n = draw(st.sampled_from((1, 2, 3)))
        signs = np.array([draw(st.sampled_from([1.0, -1.0, 0.0])) for _ in range(n)])
        mix = [draw(st.sampled_from([1.0, 0.0, -1.0, 2.0])) for _ in range(n * n)]
        mix = np.reshape(mix, (n, n))
        unit = draw(st.sampled_from([1.0, -1.0, 0.1, -1e-15, 1e15]))
        return (unit * (mix.T @ (signs[:, None] * mix)),)

    return drawn()


EXERCISES = {
    "gradient_descent-largest-rate": Exercise(
        "largest_rate(x) -> rate",
        truth=lambda x: len(x) / _curvatures(x)[-1],
        inputs=inputs(([1.0, -1.0, 2.0, 0.5, 3.0, -2.0], "nk")),
        slips={
            "the derivative of a square brings a 2: that is the limit for half of the loss": (
                lambda x: 2 * len(x) / _curvatures(x)[-1]
            ),
            "that is 1/h, where the guaranteed gain is largest; stable is all below 2/h": (
                lambda x: len(x) / 2 / _curvatures(x)[-1]
            ),
            "the loss is a mean over the rows: its Hessian has a 1/n": (
                lambda x: 1 / _curvatures(x)[-1]
            ),
            "a derivative brings a 2, and the mean over the rows a 1/n": (
                lambda x: 2 / _curvatures(x)[-1]
            ),
            "that is the best rate, 2/(h_min + h_max); asked for is the limit, 2/h_max": (
                lambda x: len(x) / (_curvatures(x)[-1] + _curvatures(x)[0])
            ),
            "the largest entry of the diagonal is not the largest curvature: that one may lie "
            "between the axes": lambda x: len(x) / np.max(np.sum(x**2, axis=0)),
            "the trace is the sum of all curvatures; the largest one decides": (
                lambda x: len(x) / np.sum(x**2)
            ),
            "the largest curvature sets the limit, not the smallest": _smallest_curvature_decides,
            "eigvals does not sort, eigvalsh does": _last_of_unsorted,
            "that is the largest curvature itself; the limit is 2 divided by it": (
                lambda x: 2 * _curvatures(x)[-1] / len(x)
            ),
            "the curvatures are the squares of the singular values of x": (
                lambda x: len(x) / np.sqrt(_curvatures(x)[-1])
            ),
        },
    ),
    "gradient_descent-steps": Exercise(
        "steps_needed(kappa, tolerance) -> steps",
        truth=_steps_needed,
        inputs=inputs(KAPPAS, TOLERANCES),
        slips={
            "for a large kappa the quotient rounds to 1, and its logarithm to 0: take "
            "log1p(2 / (kappa - 1))": lambda kappa, tolerance: (
                np.log(tolerance) / np.log((kappa - 1) / (kappa + 1))
            ),
            "for a large kappa the quotient rounds to 1, and its logarithm to 0: log1p(2 / "
            "(kappa - 1)) does not": lambda kappa, tolerance: (
                np.log(1 / tolerance) / np.log((kappa + 1) / (kappa - 1))
            ),
            "for a large kappa the two logarithms are equal: their difference is "
            "log1p(2 / (kappa - 1))": lambda kappa, tolerance: (
                np.log(1 / tolerance) / (np.log(kappa + 1) - np.log(kappa - 1))
            ),
            "for a large kappa the two logarithms are equal: the second minus the first is "
            "log1p(2 / (kappa - 1))": lambda kappa, tolerance: (
                np.log(tolerance) / (np.log(kappa - 1) - np.log(kappa + 1))
            ),
            "that is the upper bound, kappa/2 times the logarithm": lambda kappa, tolerance: (
                -kappa / 2 * np.log(tolerance)
            ),
            "the sign is turned: the logarithm of the tolerance is negative": (
                lambda kappa, tolerance: -_steps_needed(kappa, tolerance)
            ),
            "that is for the loss, which goes with the square of the distance": (
                lambda kappa, tolerance: _steps_needed(kappa, tolerance) / 2
            ),
            "the factor 1 - 1/kappa belongs to the rate 1/h_max, not to the best one": (
                lambda kappa, tolerance: np.log(tolerance) / np.log1p(-1 / kappa)
            ),
            "the factor 1 - 1/kappa belongs to the rate 1/h_max; and for a large kappa it rounds "
            "to 1": lambda kappa, tolerance: np.log(tolerance) / np.log(1 - 1 / kappa),
            "a number of steps is not rounded up here": lambda kappa, tolerance: np.ceil(
                _steps_needed(kappa, tolerance)
            ),
            "a number of steps is not cut to a whole number here": lambda kappa, tolerance: (
                np.floor(_steps_needed(kappa, tolerance))
            ),
            "a number of steps is not rounded here": lambda kappa, tolerance: np.round(
                _steps_needed(kappa, tolerance)
            ),
        },
    ),
    "gradient_descent-classify": Exercise(
        "count_directions(hessian) -> (down, flat, up)",
        truth=_count_directions,
        inputs=_hessians,
        slips={
            "the diagonal has the curvatures along the axes; between them it may be flat or go "
            "down although all axes go up": lambda hessian: _counts(np.diag(hessian), 0.0),
            "a curvature of zero comes out as ±1e-17 or so: what is tiny beside the largest one "
            "counts as zero": lambda hessian: _counts(np.linalg.eigvalsh(hessian), 0.0),
            "eigvals is for any matrix; eigvalsh knows that this one is symmetric. And what is "
            "tiny beside the largest curvature counts as zero": lambda hessian: _counts(
                np.real(np.linalg.eigvals(hessian)), 0.0
            ),
            "a fixed tolerance depends on the unit of the loss; compare with the largest "
            "curvature": _up_to(1e-8),
            "compare with the largest in size: with negative curvatures the last one is not it": (
                _beside_the_last
            ),
            "a flat direction goes neither up nor down; it has a count of its own": _flat_is(0, 1),
            "a flat direction has a count of its own, it does not go down": _flat_is(1, 0),
            "negative curvatures go down, positive ones up; the order is down, flat, up": (
                lambda hessian: _count_directions(-hessian)
            ),
            "the order is down, flat, up": lambda hessian: tuple(
                _count_directions(hessian)[place] for place in (0, 2, 1)
            ),
        },
    ),
}
