"""The exercises of activations/nonlinearity.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| nonlinearity-collapse        | `merge(w1, b1, w2, b2) -> (w, b)`: two linear layers in one,    |
|                              |   (i, h), (h,), (h, o), (o,) -> (i, o), (o,)                    |
| nonlinearity-parity          | the weights `(w1, b1, w2, b2)` of a network of ReLUs that is 1  |
|                              |   for an odd number of ones: (3, h), (h,), (h, 1), (1,)         |
| nonlinearity-square          | `[w_1, w_2, b, v, c]`, so that v (w_1 x_1 + w_2 x_2 + b)² + c   |
|                              |   is exclusive or                                               |
"""

import itertools

import numpy as np

from companion.verification.exercises.rows import REALS, Exercise, inputs


def _merge(w1, b1, w2, b2):
    return w1 @ w2, b1 @ w2 + b2


def _bits(count):
    """All inputs of 0 and 1, those with few ones first."""
    points = sorted(itertools.product([0.0, 1.0], repeat=count), key=sum)
    return lambda st: st.tuples(st.sampled_from(points).map(np.array))


def _network(weights):
    """The output of a layer of ReLUs and a linear unit, as a function of the three inputs."""
    w1, b1, w2, b2 = (np.asarray(part, float) for part in weights)
    h = w1.shape[-1] if w1.ndim else 0
    should = {"w1": (3, h), "b1": (h,), "w2": (h, 1), "b2": (1,)}
    for (name, shape), part in zip(should.items(), (w1, b1, w2, b2), strict=True):
        if part.shape != shape:
            raise ValueError(f"{name} has the shape {part.shape} and should have {shape}")
    return lambda x: (np.maximum(x @ w1 + b1, 0.0) @ w2 + b2)[0]


def _one_square(numbers):
    """The output of one unit that squares its sum, as a function of the two inputs."""
    numbers = np.asarray(numbers, float)
    if numbers.shape != (5,):
        raise ValueError(f"came something of the shape {numbers.shape}")
    w_1, w_2, b, v, c = numbers
    return lambda x: v * (w_1 * x[0] + w_2 * x[1] + b) ** 2 + c


def _zigzag(*slopes):
    """A line that starts at (0, 0) and has these slopes from 0 on, from 1 on, and so on."""
    return lambda x: np.interp(sum(x), range(len(slopes) + 1), np.cumsum([0.0, *slopes]))


EXERCISES = {
    "nonlinearity-collapse": Exercise(
        "merge(w1, b1, w2, b2) -> (w, b)",
        truth=_merge,
        inputs=inputs(
            *((REALS[:7], axes) for axes in ("ih", "h", "ho", "o")),
            i=(1, 2, 3),
            h=(1, 2, 3),
            o=(1, 2, 3),
        ),
        slips={
            "the first biases go through the second layer as well": lambda w1, b1, w2, b2: (
                w1 @ w2,
                b1 @ w2,
            ),
            "the first biases are lost": lambda w1, b1, w2, b2: (w1 @ w2, b2),
            "the first biases pass through the weights of the second layer": (
                lambda w1, b1, w2, b2: (w1 @ w2, b1 + b2)
            ),
            "the second biases pass through no weights": lambda w1, b1, w2, b2: (
                w1 @ w2,
                (b1 + b2) @ w2,
            ),
            "the second biases are added, not taken away": lambda w1, b1, w2, b2: (
                w1 @ w2,
                b1 @ w2 - b2,
            ),
            "the product is that of matrices, not entry by entry": lambda w1, b1, w2, b2: (
                w1 * w2,
                b1 * w2 + b2,
            ),
            "the inputs meet w1 first: x @ w1 @ w2": lambda w1, b1, w2, b2: (
                w2 @ w1,
                b1 @ w2 + b2,
            ),
            "the weights should have the shape (i, o)": lambda w1, b1, w2, b2: (
                (w1 @ w2).T,
                b1 @ w2 + b2,
            ),
            "weights multiply one after the other, they do not add": lambda w1, b1, w2, b2: (
                w1 + w2,
                b1 @ w2 + b2,
            ),
        },
    ),
    "nonlinearity-parity": Exercise(
        "network(x) -> output",
        truth=lambda x: np.sum(x) % 2,
        inputs=_bits(3),
        atol=1e-6,
        answer="the weights (w1, b1, w2, b2)",
        use=_network,
        slips={
            "at three ones the line is to rise again: one more bend": _zigzag(1, -1, -1),
            "at two ones the line is to fall again: one more bend": _zigzag(1, 1, 1),
            "right up to two ones; from there it has to rise again, by 1": _zigzag(1, -1, 0),
            "that is or: two ones should give 0": lambda x: max(x),
            "that is and: a single one should give 1 as well": lambda x: min(x),
            "that is the opposite: 1 where the number of ones is even": lambda x: 1 - np.sum(x) % 2,
            "the third input counts as well": lambda x: (x[0] + x[1]) % 2,
            "where the slope turns from 1 to -1 it changes by 2, and so at the next bend": (
                _zigzag(1, 0, 1)
            ),
            "the output is 0 everywhere: is a hidden unit ever above 0?": lambda x: 0.0,
            "1/2 everywhere is the best without a hidden unit": lambda x: 0.5,
        },
    ),
    "nonlinearity-square": Exercise(
        "unit(x) -> output",
        truth=lambda x: np.abs(x[0] - x[1]),
        inputs=_bits(2),
        atol=1e-6,
        answer="the five numbers [w_1, w_2, b, v, c]",
        use=_one_square,
        slips={
            "both inputs at once should give 0: give the weights different signs, or move the "
            "bend between them": lambda x: (x[0] + x[1]) ** 2,
            "that is the opposite: 1 where the inputs are equal": lambda x: 1 - abs(x[0] - x[1]),
            "the sign is wrong: turn that of v": lambda x: -abs(x[0] - x[1]),
            "right but for a constant: set c": lambda x: abs(x[0] - x[1]) - 1,
            "one input alone does not tell": lambda x: x[0],
            "the first input alone does not tell": lambda x: x[1],
            "1/2 everywhere is the best without a bend": lambda x: 0.5,
            "the output is 0 everywhere": lambda x: 0.0,
        },
    ),
}
