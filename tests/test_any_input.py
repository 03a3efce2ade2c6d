"""Whatever is put in, a function computes what the reference computes or says which argument it is.

Shapes, types and values are drawn at random: arrays of numbers that fit and that do not, nested
lists, words, nothing at all. The answer is the reference's, or a `ValueError` or a `TypeError`
whose message names an argument; no other error, and no number that is made up.
"""

import inspect
import warnings

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from companion.verification.specs import SPECS, FunctionSpec

FUNCTIONS = [spec for spec in SPECS.values() if isinstance(spec, FunctionSpec)]
FLOATS = ("float16", "float32", "float64")

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.text(max_size=3),
    st.just(object()),
    st.just(1j),
    st.just([]),
    st.just([[1.0], [2.0, 3.0]]),
    st.just(np.array(["a", "b"])),
    st.just(np.array([1 + 2j])),
    st.just(np.array([None, 1.0])),
    st.just(tf.RaggedTensor.from_row_lengths([1.0, 2.0, 3.0], [1, 2])),
)
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@st.composite
def numbers(draw, shapes, dtypes=(*FLOATS, "int32", "int64", "uint8", "bool")):
    """An array of any numbers; half of the time of ordinary ones between 0 and 1."""
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    shape = draw(shapes)
    if dtype.kind == "f" and draw(st.booleans()):
        width = 8 * dtype.itemsize
        values = st.floats(0, 1, width=width)
        return draw(arrays.arrays(dtype, shape, elements=values))
    return draw(arrays.arrays(dtype, shape))


@st.composite
def arguments(draw, spec):
    """Inputs and parameters of a row's function: half of the time inputs of the row's own kind."""
    signature = list(inspect.signature(spec.function).parameters.values())
    drawn = {}
    for p in signature:
        if p.default is not p.empty and draw(st.integers(0, 3)) == 0:
            likely = st.booleans() if isinstance(p.default, bool) else st.floats(-1, 10)
            drawn[p.name] = draw(st.one_of(likely, st.integers(-3, 3), ODD))
    inputs = [p.name for p in signature if p.default is p.empty]
    if draw(st.booleans()):
        shape = draw(arrays.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4))
        generator = np.random.default_rng(draw(st.integers(0, 99)))
        fitting = spec.draw(generator, shape, drawn)
        fixed = spec.parameters[0]  # what the function cannot do without, such as pos_weight
        return dict(zip(inputs, fitting, strict=False)) | fixed | drawn
    shape = draw(SHAPES)
    shapes = st.one_of(st.just(shape), st.just(shape), st.just(shape[:-1]), SHAPES)
    return {name: draw(st.one_of(numbers(shapes), numbers(shapes), ODD)) for name in inputs} | drawn


def outcome(spec, drawn):
    """The value in float64 and its type, or the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = spec.function(**drawn)
    except (ValueError, TypeError) as error:
        return error, None
    return tf.cast(value, tf.float64).numpy(), value.dtype


def named(error, spec):
    """Whether the message names an argument of the function."""
    return any(name in str(error) for name in inspect.signature(spec.function).parameters)


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_any_input_gives_what_the_reference_gives_or_an_error_that_names_an_argument(spec):
    computed = 0

    @settings(
        max_examples=120,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(arguments(spec))
    def holds(drawn):
        nonlocal computed
        value, dtype = outcome(spec, drawn)
        if isinstance(value, Exception):
            assert named(value, spec), f"{type(value).__name__}: {value}"
            return
        computed += 1
        same_as_the_reference(spec, drawn, value, dtype)

    holds()
    assert computed >= 10, "nearly every draw was refused, so little was compared"


def same_as_the_reference(spec, drawn, value, dtype):
    """Compare where the reference has a number that the type can hold, with room for its digits."""
    with np.errstate(all="ignore"):
        try:
            should = np.asarray(spec.reference(**as_float64(spec, drawn, dtype))[0])
        except TypeError as error:  # the reference does without some arguments, such as axis
            if "unexpected keyword argument" in str(error):
                return
            raise
    assert value.shape == should.shape
    limits = np.finfo(dtype.as_numpy_dtype)
    room = float(limits.max) ** 0.4  # squares and sums of them stay below the largest number
    inputs = [np.abs(np.float64(a)) for a in drawn.values() if isinstance(a, np.ndarray)]
    if not all((a < room).all() for a in inputs) or not np.isfinite(should).all():
        return
    assert not np.isnan(value).any()
    np.testing.assert_allclose(value, should, rtol=64 * limits.eps, atol=64 * limits.eps)


def as_float64(spec, drawn, dtype):
    """The inputs as the function has seen them: rounded to the type in which it computed."""
    seen = {}
    for name, given_value in drawn.items():
        if isinstance(given_value, np.ndarray) and given_value.dtype.kind == "f":
            given_value = np.float64(given_value.astype(dtype.as_numpy_dtype))
        seen[name] = given_value
    return seen
