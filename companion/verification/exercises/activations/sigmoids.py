"""The exercises of activations/sigmoids.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| sigmoids-sigmoid             | `sigmoid(x) -> value` (n,): without a warning at ±1000          |
| sigmoids-tanh-from-sigmoid   | `tanh(x) -> (value, derivative)` (n,)                           |
| sigmoids-second-derivative   | `second_derivative(x) -> curvature` (n,): of the sigmoid        |
| sigmoids-vanishing           | a number: the largest factor by which ten sigmoids in a chain   |
|                              |   can scale a gradient                                          |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise, inputs


def _sigmoid(x):
    return reference.activations.sigmoid(x)[0]


EXERCISES = {
    "sigmoids-sigmoid": Exercise(
        "sigmoid(x) -> value",
        truth=_sigmoid,
        inputs=inputs(([0.0, 1.0, -1.0, 2.0, -2.0, 10.0, -10.0, 1000.0, -1000.0], "n")),
        atol=0.0,
        quiet=True,
        slips={
            "the formula is right, and e^-x overflows for x = -1000: use the exponential of "
            "-|x| alone": lambda x: 1 / (1 + np.exp(-x)),
            "e^x / (1 + e^x) becomes infinity by infinity: use the exponential of -|x| alone": (
                lambda x: np.exp(x) / (1 + np.exp(x))
            ),
            "numpy.where computes both branches for every entry, and takes one": lambda x: np.where(
                x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x))
            ),
            "the sign of the exponent is turned: that is sigmoid(-x)": lambda x: _sigmoid(-x),
            "with e^-|x| the value for a negative x is e^-|x| / (1 + e^-|x|)": lambda x: (
                1 / (1 + np.exp(-np.abs(x)))
            ),
            "that is the derivative": lambda x: reference.activations.sigmoid(x)[1],
        },
    ),
    "sigmoids-tanh-from-sigmoid": Exercise(
        "tanh(x) -> (value, derivative)",
        truth=reference.activations.tanh,
        inputs=inputs((REALS, "n")),
        slips={
            "the inner derivative is missing: d/dx of sigmoid(2x) has a factor 2": lambda x: (
                np.tanh(x),
                (1 - np.tanh(x) ** 2) / 2,
            ),
            "the outer and the inner 2 are both missing in the derivative": lambda x: (
                np.tanh(x),
                (1 - np.tanh(x) ** 2) / 4,
            ),
            "the argument of the sigmoid is 2x": lambda x: (
                2 * _sigmoid(x) - 1,
                2 * reference.activations.sigmoid(x)[1],
            ),
            "the argument of the sigmoid is 2x in the derivative as well": lambda x: (
                np.tanh(x),
                4 * reference.activations.sigmoid(x)[1],
            ),
            "the derivative is 1 - tanh² x, not 1 - tanh x": lambda x: (
                np.tanh(x),
                1 - np.tanh(x),
            ),
            "sigmoid(2x) runs from 0 to 1, tanh from -1 to 1": lambda x: (
                _sigmoid(2 * x),
                2 * reference.activations.sigmoid(2 * x)[1],
            ),
        },
    ),
    "sigmoids-second-derivative": Exercise(
        "second_derivative(x) -> curvature",
        truth=lambda x: _sigmoid(x) * _sigmoid(-x) * (_sigmoid(-x) - _sigmoid(x)),
        inputs=inputs((REALS, "n")),
        slips={
            "that is the first derivative": lambda x: _sigmoid(x) * _sigmoid(-x),
            "the chain rule is missing: the derivative of sigmoid² is 2 sigmoid sigmoid′": (
                lambda x: 1 - 2 * _sigmoid(x)
            ),
            "the product rule has a second term: sigmoid stands in both factors": lambda x: (
                _sigmoid(x) * _sigmoid(-x) ** 2
            ),
            "the product rule has a second term: sigmoid stands in both factors of "
            "sigmoid (1 - sigmoid)": lambda x: -(_sigmoid(x) ** 2) * _sigmoid(-x),
            "sigmoid (1 - sigmoid) (1 - 2 sigmoid): the factor 1 - sigmoid is missing": lambda x: (
                _sigmoid(x) * (1 - 2 * _sigmoid(x))
            ),
            "the sign is turned: sigmoid bends upwards left of 0": lambda x: (
                _sigmoid(x) * _sigmoid(-x) * (_sigmoid(x) - _sigmoid(-x))
            ),
        },
    ),
    "sigmoids-vanishing": Exercise(
        "factor",
        truth=0.25**10,
        rtol=1e-2,
        atol=0.0,
        answer="a number",
        slips={
            "that is one layer; there are ten": 0.25,
            "the chain rule multiplies the factors; it does not add them": 2.5,
            "0.5 is the value at 0; the gradient is scaled by the derivative": 0.5**10,
            "that is tanh, whose derivative reaches 1; the sigmoid's does not": 1.0,
        },
    ),
}
