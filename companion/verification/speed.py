"""How long the companion takes, over how long Keras takes, in one run: `make bench`.

    python -m companion.verification.speed [NAME …]

For a function it is the value and the gradient inside a `tf.function`, for an optimizer one step on
the 269,322 parameters of the 256-256 perceptron. Both run by turns, and the median of the ratios of
neighbours counts, so that a busy machine slows both alike.
"""

import argparse
import math
import statistics
import sys
import time

import numpy as np

from companion._backend import tf
from companion.verification.specs import SPECS, FunctionSpec, OptimizerSpec, RegularizerSpec

SHAPES = {"(128, 10)": (128, 10), "(4096, 1000)": (4096, 1000), "1e6": (100_000, 10)}
PERCEPTRON = [(784, 256), (256,), (256, 256), (256,), (256, 10), (10,)]
GEOMETRIC_MEAN, WORST = 0.9, 1.1
PAIRS = 21
SECONDS = 0.02
"""How long a measurement of one of a pair takes at least."""


def ratios(spec, shape, pairs=PAIRS):
    """Companion over Keras, for each setting of a function's row.

    Args:
        spec: a row with a Keras twin.
        shape: of the inputs.
        pairs: how many pairs of measurements.

    Returns:
        The median ratio of each of the row's parameters.
    """
    found = []
    for parameters in spec.parameters:
        inputs = [tf.constant(a) for a in spec.draw(np.random.default_rng(0), shape, parameters)]
        both = [_value_and_gradient(f, inputs, parameters) for f in (spec.function, spec.keras)]
        found.append(_median_ratio(*both, inputs, pairs))
    return found


def step_ratios(spec, pairs=PAIRS):
    """Companion over Keras, for one step of an optimizer with each of its options."""
    found = []
    for options in spec.options:
        steps, arguments = [], None
        for kind in (spec.optimizer, spec.keras):
            step, arguments = _step(kind(**options))
            steps.append(step)
        found.append(_median_ratio(*steps, arguments, pairs))
    return found


def _value_and_gradient(function, inputs, parameters):
    @tf.function(autograph=False)
    def run(*inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs[-1])
            value = function(*inputs, **parameters)
        return value, tape.gradient(value, inputs[-1])

    return run.get_concrete_function(*inputs)


def _step(optimizer):
    generator = np.random.default_rng(0)
    variables = [tf.Variable(np.float32(generator.normal(size=shape))) for shape in PERCEPTRON]
    gradients = [tf.constant(np.float32(generator.normal(size=shape))) for shape in PERCEPTRON]
    optimizer.build(variables)

    @tf.function(autograph=False)
    def run(*gradients):
        optimizer.apply(gradients, variables)

    return run.get_concrete_function(*gradients), gradients


def _median_ratio(ours, theirs, arguments, pairs):
    for call in (ours, theirs, ours, theirs):  # the first call compiles
        once = _seconds(call, arguments, 1)
    count = max(1, math.ceil(SECONDS / once))
    times = [[_seconds(call, arguments, count) for call in (ours, theirs)] for _ in range(pairs)]
    return statistics.median(one / other for one, other in times)


def _seconds(call, arguments, count):
    start = time.perf_counter()
    for _ in range(count):
        call(*arguments)
    return time.perf_counter() - start


def main(names=()):
    """Print the table of the rows named, or of all, and say what is slower than it should be.

    Returns:
        What is against the rules, as lines of text: a ratio above `WORST` without a price in its
        row, and for the whole table a geometric mean above `GEOMETRIC_MEAN`.
    """
    everything, unpaid = [], []
    width = max(map(len, SPECS)) + 2
    print(f"{'companion / Keras':{width}}" + "".join(f"{shape:>14}" for shape in SHAPES))
    for spec in (SPECS[name] for name in names or SPECS):
        timed = isinstance(spec, FunctionSpec | OptimizerSpec | RegularizerSpec)
        if spec.keras is None or not timed:
            continue
        is_optimizer = isinstance(spec, OptimizerSpec)
        settings = spec.options if is_optimizer else spec.parameters
        shapes = SHAPES.values()
        columns = [step_ratios(spec)] if is_optimizer else [ratios(spec, s) for s in shapes]
        for setting, *row in zip(settings, *columns, strict=True):
            everything += row
            slow = (spec.price or "no price") if max(row) > WORST else ""
            if slow and not spec.price:
                unpaid.append(f"{spec.name} takes {max(row):.2f} of Keras' time, without a price")
            told = f"{spec.name:{width}}" + "".join(f"{ratio:14.2f}" for ratio in row)
            print(f"{told}  {setting or ''} {slow}".rstrip(), flush=True)
    mean = math.exp(statistics.fmean(map(math.log, everything)))
    print(f"geometric mean {mean:.2f} (at most {GEOMETRIC_MEAN}), largest {max(everything):.2f}")
    if not names and mean > GEOMETRIC_MEAN:
        unpaid.append(f"the geometric mean is {mean:.2f}, at most {GEOMETRIC_MEAN} is allowed")
    return unpaid


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="a row of the table")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in SPECS]:
        sys.exit(f"no such row: {', '.join(unknown)}. There are: {', '.join(SPECS)}")
    sys.exit("\n".join(main(arguments.names)) or None)
