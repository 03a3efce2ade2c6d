"""The exercises of foundations/gradients.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| gradients-step               | `derivative(f, x) -> slope`: the slope of f at x by differences |
|                              |   that fit the size of x; f is a power such as x² or 1/x        |
| gradients-ulp                | `ulp(x) -> gap` (n,): from float32 numbers x to the next ones   |
|                              |   away from 0                                                   |
| gradients-backward           | `backward(a, b, c) -> (gradient_a, gradient_b, gradient_c)`     |
|                              |   of a tanh(a b + c)                                            |
"""

import math

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs

EPSILON = np.finfo(float).eps


def _central(step):
    """The central difference of x^power with the step `step(x)`."""

    def slope(power, x):
        h = step(x)
        return ((x + h) ** power - (x - h) ** power) / (2 * h)

    return slope


def _central_as_taken(step):
    """The same, divided by the step that is left after rounding."""

    def slope(power, x):
        above, below = x + step(x), x - step(x)
        return (above**power - below**power) / (above - below)

    return slope


def _forward(step):
    """The forward difference of x^power with the step `step(x)`."""
    return lambda power, x: ((x + step(x)) ** power - x**power) / step(x)


def _step_slips():
    """The hints on usual steps that do not fit; each step has rounding errors of its own."""
    steps = {f"1e-{k}": 10.0**-k for k in range(2, 11)}
    steps |= {"ε^(1/2)": math.sqrt(EPSILON), "ε^(1/3)": EPSILON ** (1 / 3)}
    slips = {}
    for name, h in steps.items():
        for kind, way in (
            ("", _central),
            ("; to divide by the step that was taken is right", _central_as_taken),
            (", and the forward difference loses half", _forward),
        ):
            slips[
                f"a step of {name} is too long for a small x and too short for a large one: give "
                f"it the unit of x{kind}"
            ] = way(lambda x, h=h: h)
            slips[
                f"{name} · max(|x|, 1) is too long for a small x: powers have no unit but that "
                f"of x{kind}"
            ] = way(lambda x, h=h: h * max(abs(x), 1.0))
            slips[
                f"{name} · |x| has the right unit, but it is not the best step: ε^(1/3) · |x| is, "
                f"in a central difference{kind}"
            ] = way(lambda x, h=h: h * abs(x))
    return slips


def _ulp(x):
    return np.spacing(np.abs(x).astype("float32")).astype(float)


def _power_of_two(rounding):
    """2^-23 times a power of two next to |x|."""
    return lambda x: 2.0 ** (rounding(np.log2(np.abs(x))) - 23)


def _backward_with(local_slope):
    """The backward pass with another slope of tanh, from u and tanh u."""

    def backward(a, b, c):
        u = a * b + c
        gradient = a * local_slope(u, math.tanh(u))
        return math.tanh(u) + b * gradient, a * gradient, gradient

    return backward


_backward = _backward_with(lambda u, t: 1 - t * t)


def _backward_changed(change):
    """The backward pass with `change(a, b, t, gradient)` in place of its results."""

    def backward(a, b, c):
        t = math.tanh(a * b + c)
        return change(a, b, t, a * (1 - t * t))

    return backward


NUMBERS = [1.0, 2.0, -1.0, 0.5, -0.5, -2.0]

EXERCISES = {
    "gradients-step": Exercise(
        "derivative(power, x) -> slope",
        truth=lambda power, x: power * x ** (power - 1),
        inputs=inputs([2.0, 3.0, -1.0, -2.0], [1.0, -1.0, 1e3, 1e-3, 1e8, -1e8, 1e-8, -1e-8]),
        slips={
            "from x - h to x + h it is 2h": lambda power, x: 2 * power * x ** (power - 1),
            "the sign is turned: f(x + h) comes first": lambda power, x: -power * x ** (power - 1),
        }
        | _step_slips(),
        rtol=3e-9,
        atol=0.0,
        answer="derivative(f, x) -> slope, a function",
        use=lambda derivative: lambda power, x: derivative(lambda x: x**power, x),
    ),
    "gradients-ulp": Exercise(
        "ulp(x) -> gap",
        truth=_ulp,
        inputs=inputs(
            (
                [1.0, 2.0, 0.5, 3.0, -1.0, -3.0, 1000.0, 1e6]
                + [float(x) for x in np.float32([0.1, 1e-8, 3e38, 0.99999994, 1.2e-38, 1e-40, 0])],
                "n",
            )
        ),
        slips={
            "that is machine epsilon times the number; an ulp depends on the exponent alone": (
                lambda x: 2.0**-23 * np.abs(x)
            ),
            "that is the ulp of 1: it grows with the number": lambda x: np.full(len(x), 2.0**-23),
            "that is the ulp of float64": lambda x: np.spacing(np.abs(x)),
            "that is half an ulp: the fraction has 23 bits": lambda x: _ulp(x) / 2,
            "that is two ulp: the fraction has 23 bits": lambda x: 2 * _ulp(x),
            "a gap has no sign": lambda x: np.where(x < 0, -1, 1) * _ulp(x),
            "a gap has no sign, and the one at 0 is not 0": lambda x: np.sign(x) * _ulp(x),
            "the logarithm wants |x|": lambda x: 2.0 ** (np.floor(np.log2(x)) - 23),
            "that is the gap on the side of 0; at a power of two it is half the other": lambda x: (
                np.spacing(np.nextafter(np.abs(x).astype("float32"), np.float32(0)))
                * np.sign(np.abs(x))
            ).astype(float),
            "frexp says exponent 0 for the number 0": lambda x: (
                2.0 ** (np.maximum(np.frexp(x)[1], -125) - 24.0)
            ),
            "the exponent is that of the power of two below the number, not above": (
                _power_of_two(np.ceil)
            ),
            "the exponent is rounded down, not to the nearest": _power_of_two(np.rint),
            "the exponent is rounded down; int() rounds toward 0": _power_of_two(np.trunc),
            "below 2^-126, and at 0, the gap stays that of 2^-126": _power_of_two(np.floor),
            "below 2^-126 the gap stays that of 2^-126; 0 is one of those numbers": (
                lambda x: 2.0 ** (np.frexp(x)[1] - 24.0)
            ),
            "there are no gaps below 2^-149: that one is for 0 as well": lambda x: np.where(
                x == 0, 0.0, _ulp(x)
            ),
        },
        atol=0.0,
    ),
    "gradients-backward": Exercise(
        "backward(a, b, c) -> (gradient_a, gradient_b, gradient_c)",
        truth=_backward,
        inputs=inputs(NUMBERS, [*NUMBERS, 0.0], [0.0, 1.0, -1.0, 0.5, -2.0]),
        slips={
            "a is used twice, as a factor and inside of u, and both paths add up; the one through "
            "u is missing": _backward_changed(lambda a, b, t, g: (t, a * g, g)),
            "a is used twice, as a factor and inside of u, and both paths add up; the one as a "
            "factor is missing": _backward_changed(lambda a, b, t, g: (b * g, a * g, g)),
            "the slope of tanh is 1 - t², with t = tanh(u), not with u": _backward_with(
                lambda u, t: 1 - u * u
            ),
            "the slope of tanh is 1 - t²: the square is missing": _backward_with(
                lambda u, t: 1 - t
            ),
            "the slope of tanh is 1 - t²: a sign": _backward_with(lambda u, t: 1 + t * t),
            "the slope of tanh is missing": _backward_with(lambda u, t: 1.0),
            "the gradient in u is a (1 - t²): y = a t hands a to t": _backward_changed(
                lambda a, b, t, g: (t + b * (1 - t * t), a * (1 - t * t), 1 - t * t)
            ),
            "u = a b hands b to a, and a to b": _backward_changed(
                lambda a, b, t, g: (t + a * g, b * g, g)
            ),
            "a b hands b to a: this factor is missing": _backward_changed(
                lambda a, b, t, g: (t + g, a * g, g)
            ),
            "a b hands a to b: this factor is missing": _backward_changed(
                lambda a, b, t, g: (t + b * g, g, g)
            ),
            "the two paths to a add up: there is no minus": _backward_changed(
                lambda a, b, t, g: (t - b * g, a * g, g)
            ),
            "the derivative with respect to a comes first, then b, then c": _backward_changed(
                lambda a, b, t, g: (a * g, t + b * g, g)
            ),
            "u hands 1 to c, not a": _backward_changed(
                lambda a, b, t, g: (t + b * g, a * g, a * g)
            ),
            "u hands 1 to c, not 0": _backward_changed(
                lambda a, b, t, g: (t + b * g, a * g, 0.0 * g)
            ),
            "the sign is turned": lambda *given: tuple(-g for g in _backward(*given)),
        },
    ),
}
