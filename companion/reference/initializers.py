"""How wide to draw, and what an orthogonal matrix is. Chapter: activations/initializers."""

import math

import numpy as np


def fans(shape, input_axes=None, output_axes=None):
    """How many inputs a unit sums, and how many units an input goes to.

    A convolution's kernel, (*window, channels in, channels out), meets each at every place of its
    window.
    """
    if input_axes is not None:
        return tuple(math.prod(np.take(shape, axes)) for axes in (input_axes, output_axes))
    if len(shape) < 2:
        return (math.prod(shape),) * 2
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def uniform(shape, minval=-0.05, maxval=0.05):
    """Mean, variance and the ends: Var = (maxval - minval)² / 12, the integral of x² about 0."""
    return (minval + maxval) / 2, (maxval - minval) ** 2 / 12, (minval, maxval)


def normal(shape, mean=0.0, stddev=0.05):
    """Mean, variance and no ends."""
    return mean, stddev**2, (-math.inf, math.inf)


def truncated_normal(shape, mean=0.0, stddev=0.05):
    """Mean, variance and the ends, at 2 stddev.

    With x φ(x) = -φ'(x), integration by parts gives ∫ x² φ from -c to c = 2 Φ(c) - 1 - 2 c φ(c);
    divided by the mass within ±c, and with c = 2, that is 1 - 4 φ(2) / (2 Φ(2) - 1) = 0.774.
    """
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    mass = math.erf(math.sqrt(2))
    variance = (1 - 4 * density / mass) * stddev**2
    return mean, variance, (mean - 2 * stddev, mean + 2 * stddev)


def variance_scaling(
    shape,
    scale=1.0,
    mode="fan_in",
    distribution="truncated_normal",
    input_axes=None,
    output_axes=None,
):
    """Mean 0 and variance scale / n; the ends are where a distribution of that variance has them.

    Var w = scale / n makes the variance of a sum of n products w x be scale times that of x.
    """
    fan_in, fan_out = fans(shape, input_axes, output_axes)
    n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    deviation = math.sqrt(scale / max(1, n))
    if distribution == "uniform":
        return uniform(shape, -math.sqrt(3) * deviation, math.sqrt(3) * deviation)
    if distribution == "untruncated_normal":
        return normal(shape, 0.0, deviation)
    _, kept, _ = truncated_normal(shape, stddev=1.0)
    return truncated_normal(shape, 0.0, deviation / math.sqrt(kept))


def uniform_unit_scaling(shape, factor=1.0):
    """Uniform with the variance factor² / n, n being the product of all axes but the last."""
    limit = factor * math.sqrt(3 / max(1, math.prod(shape[:-1])))
    return uniform(shape, -limit, limit)


def glorot_uniform(shape, **axes):
    """Variance 2 / (fan_in + fan_out), uniform."""
    return variance_scaling(shape, 1.0, "fan_avg", "uniform", **axes)


def glorot_normal(shape, **axes):
    """Variance 2 / (fan_in + fan_out), truncated normal."""
    return variance_scaling(shape, 1.0, "fan_avg", "truncated_normal", **axes)


def he_uniform(shape, **axes):
    """Variance 2 / fan_in, uniform."""
    return variance_scaling(shape, 2.0, "fan_in", "uniform", **axes)


def he_normal(shape, **axes):
    """Variance 2 / fan_in, truncated normal."""
    return variance_scaling(shape, 2.0, "fan_in", "truncated_normal", **axes)


def lecun_uniform(shape, **axes):
    """Variance 1 / fan_in, uniform."""
    return variance_scaling(shape, 1.0, "fan_in", "uniform", **axes)


def lecun_normal(shape, **axes):
    """Variance 1 / fan_in, truncated normal."""
    return variance_scaling(shape, 1.0, "fan_in", "truncated_normal", **axes)


def constant(shape, value=0.0):
    """The value, everywhere."""
    return np.full(shape, value)


def zeros(shape):
    """0, everywhere."""
    return np.full(shape, 0.0)


def ones(shape):
    """1, everywhere."""
    return np.full(shape, 1.0)


def identity(shape, gain=1.0):
    """gain where the row's number is the column's, 0 elsewhere."""
    row, column = np.indices(shape)
    return np.where(row == column, gain, 0.0)


def orthogonal(shape, gain=1.0, normal_numbers=None):
    """The matrix that Gram and Schmidt make of normal numbers: column by column, each at right
    angles to those before it. They leave no sign open: R's diagonal, the lengths, is positive.

    `normal_numbers` has the longer side in its rows; all axes of the shape but the last are rows.
    """
    columns = []
    for column in np.asarray(normal_numbers, float).T:
        for _ in range(2):  # once more, for what rounding left over
            for earlier in columns:
                column = column - (earlier @ column) * earlier
        columns.append(column / np.sqrt(column @ column))
    q = np.array(columns).T
    return gain * (q if math.prod(shape[:-1]) >= shape[-1] else q.T).reshape(shape)
