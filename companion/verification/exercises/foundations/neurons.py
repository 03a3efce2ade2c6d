"""The exercises of foundations/neurons.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| neurons-layer                | `layer(x, W, b) -> y` (n, i), (i, o), (o,) -> (n, o): with ReLU |
| neurons-cost                 | `cost(widths, batch) -> (parameters, operations, kept)`:        |
|                              |   operations of a forward pass, and outputs of layers to keep   |
| neurons-half-plane           | `half_plane(p, q) -> (w, b)` (2,), (2,) -> (2,), (): its sum is |
|                              |   the distance from the line, positive to the left of p -> q    |
"""

import itertools

import numpy as np

from companion.verification.exercises.rows import REALS, Exercise, inputs

COORDINATES = [0.0, 2.0, 1.0, 3.0, -1.0, -2.0, 0.5, 10.0]


def _layer(x, W, b):
    return np.maximum(0.0, x @ W + b)


def _widths_and_batch(st):
    widths = st.lists(st.sampled_from([1, 2, 3, 10]), min_size=2, max_size=4)
    return st.tuples(widths, st.sampled_from([1, 2, 5]))


def _cost(widths, batch):
    weights = sum(before * after for before, after in itertools.pairwise(widths))
    units = sum(widths[1:])
    return weights + units, 2 * weights * batch, units * batch


def _cost_changed(change):
    """The costs with `change(widths, batch, parameters, operations, kept)` in their place."""
    return lambda widths, batch: change(widths, batch, *_cost(widths, batch))


def _two_points(st):
    """Two different points. They may share a coordinate: a line may be level or upright."""
    point = st.lists(st.sampled_from(COORDINATES), min_size=2, max_size=2).map(np.array)
    return st.tuples(point, point).filter(lambda pair: not np.array_equal(*pair))


def _half_plane(p, q):
    along = (q - p) / np.linalg.norm(q - p)
    w = np.array([-along[1], along[0]])
    return w, 0.0 - p @ w


def _half_plane_changed(change):
    """The half-plane with `change(p, q, w, b)` in its place."""
    return lambda p, q: change(p, q, *_half_plane(p, q))


EXERCISES = {
    "neurons-layer": Exercise(
        "layer(x, W, b) -> y",
        truth=_layer,
        inputs=inputs((REALS, "ni"), (REALS, "io"), (REALS, "o")),
        slips={
            "ReLU is missing": lambda x, W, b: x @ W + b,
            "the bias is missing": lambda x, W, b: np.maximum(0.0, x @ W),
            "here W has a column for each neuron, not a row: x @ W, without a transpose": (
                lambda x, W, b: np.maximum(0.0, x @ W.T + b)
            ),
            "here W has a column for each neuron, and the samples are rows: x @ W, not W @ x": (
                lambda x, W, b: np.maximum(0.0, W @ x + b)
            ),
            "the bias belongs to the units, the last axis, not to the rows": (
                lambda x, W, b: np.maximum(0.0, x @ W + b[:, None])
            ),
            "the bias comes before the activation: ReLU of x W + b": (
                lambda x, W, b: np.maximum(0.0, x @ W) + b
            ),
            "the bias is added, not taken away": lambda x, W, b: np.maximum(0.0, x @ W - b),
            "the bias is added once, not once for each input": (
                lambda x, W, b: np.maximum(0.0, x @ W + len(W) * b)
            ),
            "the samples stay the rows: the result is transposed": (
                lambda x, W, b: _layer(x, W, b).T
            ),
            "ReLU keeps the positive numbers, not the negative ones": (
                lambda x, W, b: np.minimum(0.0, x @ W + b)
            ),
        },
    ),
    "neurons-cost": Exercise(
        "cost(widths, batch) -> (parameters, operations, kept)",
        truth=_cost,
        inputs=_widths_and_batch,
        slips={
            "every unit has a bias, not every layer: parameters": _cost_changed(
                lambda widths, batch, N, F, kept: (
                    N - sum(widths[1:]) + len(widths) - 1,
                    F,
                    kept,
                )
            ),
            "the addition of the bias is an operation, too: operations": _cost_changed(
                lambda widths, batch, N, F, kept: (N, F - sum(widths[1:]) * batch, kept)
            ),
            "the activations are left out: operations": _cost_changed(
                lambda widths, batch, N, F, kept: (N, F + sum(widths[1:-1]) * batch, kept)
            ),
            "every unit has a bias as well: parameters": _cost_changed(
                lambda widths, batch, N, F, kept: (N - sum(widths[1:]), F, kept)
            ),
            "the input has no biases: parameters": _cost_changed(
                lambda widths, batch, N, F, kept: (N + widths[0], F, kept)
            ),
            "the parameters do not grow with the batch": _cost_changed(
                lambda widths, batch, N, F, kept: (N * batch, F, kept)
            ),
            "each weight takes a product and an addition: operations": _cost_changed(
                lambda widths, batch, N, F, kept: (N, F // 2, kept)
            ),
            "the operations are those of the whole batch": _cost_changed(
                lambda widths, batch, N, F, kept: (N, F // batch, kept)
            ),
            "to add up k products takes k - 1 additions, so the bias is in 2 k already: "
            "operations": _cost_changed(lambda widths, batch, N, F, kept: (N, 2 * N * batch, kept)),
            "the input is no layer, its numbers are no outputs: kept": _cost_changed(
                lambda widths, batch, N, F, kept: (N, F, kept + widths[0] * batch)
            ),
            "each row of the batch has its own outputs: kept": _cost_changed(
                lambda widths, batch, N, F, kept: (N, F, kept // batch)
            ),
            "the last layer has outputs as well: kept": _cost_changed(
                lambda widths, batch, N, F, kept: (N, F, kept - widths[-1] * batch)
            ),
            "kept are numbers here, not bytes": _cost_changed(
                lambda widths, batch, N, F, kept: (N, F, 4 * kept)
            ),
        },
    ),
    "neurons-half-plane": Exercise(
        "half_plane(p, q) -> (w, b)",
        truth=_half_plane,
        inputs=_two_points,
        slips={
            "that is positive on the right: turn the vector to the other side": (
                _half_plane_changed(lambda p, q, w, b: (-w, -b))
            ),
            "the line has to pass through p: the sign of b": _half_plane_changed(
                lambda p, q, w, b: (w, -b)
            ),
            "z is not the distance yet: divide w and b by the length of q - p": (
                _half_plane_changed(
                    lambda p, q, w, b: (w * np.linalg.norm(q - p), b * np.linalg.norm(q - p))
                )
            ),
            "divide by the length of q - p, not by its square": _half_plane_changed(
                lambda p, q, w, b: (w / np.linalg.norm(q - p), b / np.linalg.norm(q - p))
            ),
            "to the left of (a, b) is (-b, a): a sign in w": _half_plane_changed(
                lambda p, q, w, b: ([-1, 1] * w, -(p @ ([-1, 1] * w)))
            ),
            "b has to be divided by the length of q - p as w is": _half_plane_changed(
                lambda p, q, w, b: (w, b * np.linalg.norm(q - p))
            ),
            "w has to be divided by the length of q - p as b is": _half_plane_changed(
                lambda p, q, w, b: (w * np.linalg.norm(q - p), b)
            ),
            "w points along the line; turn it by a right angle": _half_plane_changed(
                lambda p, q, w, b: (
                    (q - p) / np.linalg.norm(q - p),
                    -(p @ (q - p)) / np.linalg.norm(q - p),
                )
            ),
            "the line need not pass through the origin: b is missing": _half_plane_changed(
                lambda p, q, w, b: (w, 0.0)
            ),
        },
    ),
}
