"""The checks of an initializer: moments, ends, matrices, seeds and types."""

import itertools

import numpy as np

from companion._backend import keras, tf
from companion.verification.findings import relative, worst_of
from companion.verification.functions import (
    TYPES,
    epsilon_of,
    kept_in_saving,
    saved_and_loaded,
)

SEED = 11
STANDARD_ERRORS = 5
"""Farther than this from its mean, a sum of independent numbers lies once in two million times."""


def _cases(spec):
    """Options with shapes, and the tensor asked for in a type."""
    for options in spec.options:
        for shape in spec.shapes:
            if max((*options.get("output_axes", ()), -1)) < len(shape):
                yield options, shape


def drawn(kind, options, shape, dtype="float64", seed=SEED):
    """What the initializer gives, in float64; `seed` is None where it takes none."""
    seeded = {} if seed is None else {"seed": seed}
    return tf.cast(kind(**options, **seeded)(shape, dtype=dtype), tf.float64).numpy()


def _seed(spec):
    return SEED if spec.seeded else None


def derivation(spec):
    """The tensor is the reference's, or its entries have the reference's mean, variance and ends.

    A mean of N numbers is off by the root of variance / N, and their mean square by that of the
    variance of the squares / N, both of which the numbers themselves tell. In every type that is
    so but for the rounding.
    """
    if not spec.independent:
        return _tensor(spec)
    errors, outside = {"mean": [], "variance": []}, []
    for options, shape in _cases(spec):
        mean, variance, (low, high) = spec.reference(shape, **options)
        for dtype in TYPES:
            w = drawn(spec.initializer, options, shape, dtype).ravel()
            where, step = f"{options}, {shape}, {dtype}", epsilon_of(dtype)
            away = w - mean
            for of, found, should in (("mean", w, mean), ("variance", away**2, variance)):
                # Rounding moves an end, a mean and a square by a step of their size at most.
                room = found.std() / np.sqrt(w.size) + step * np.abs(found).max() / STANDARD_ERRORS
                distance = abs(found.mean() - should)
                errors[of].append((where, [], [distance / room if distance else 0.0]))
            slack = 2 * step * max(abs(low), abs(high)) if np.isfinite(low) else 0.0
            wrong = (w < low - slack) | (w > high + slack) | ~np.isfinite(w)
            outside.append((where, [], [wrong.sum()]))
    on = f"{', '.join(TYPES)}, a large draw"
    return [
        *(
            worst_of("derivation", of, found, STANDARD_ERRORS, "σ", on)
            for of, found in errors.items()
        ),
        worst_of("outside the ends", "value", outside, 0, "faults", on),
    ]


def _tensor(spec):
    errors = []
    for options, shape in _cases(spec):
        made_of = {"normal_numbers": spec.starts_from(shape, SEED)} if spec.starts_from else {}
        came = drawn(spec.initializer, options, shape, seed=_seed(spec))
        should = spec.reference(shape, **options, **made_of)
        error = relative(came, should, scale=np.abs(should).max(initial=0.0))
        errors.append((f"{options}, {shape}", [], [error.max(initial=0.0)]))
    return [worst_of("derivation", "value", errors, 1e-12, "", "all shapes, float64")]


def keras_twin(spec):
    """The same seed gives the numbers of Keras' initializer.

    Keras rounds the value of a constant to float32, whatever the type.
    """
    if spec.keras is None:
        return []
    errors = {"float32": [], "float64": []}
    for options, shape in _cases(spec):
        for dtype, found in errors.items():
            kinds = spec.initializer, spec.keras
            ours, theirs = (drawn(k, options, shape, dtype, _seed(spec)) for k in kinds)
            error = relative(ours, theirs, scale=np.abs(theirs).max(initial=0.0))
            found.append((f"{options}, {shape}", [], [error.max(initial=0.0)]))
    bounds = 1e-6, 1e-12 if spec.seeded else 1e-7
    return [
        worst_of(f"Keras, {dtype}", "value", found, bound, "", "the same seed")
        for (dtype, found), bound in zip(errors.items(), bounds, strict=True)
    ]


def seeds(spec):
    """A seed repeats its numbers; another seed, none, and a generator's next are others."""
    if not spec.seeded:
        return []
    options, shape = spec.options[0], spec.shapes[0]

    def gives(seed):
        return spec.initializer(**options, seed=seed)(shape).numpy()

    generator = keras.random.SeedGenerator(SEED + 2)
    from_generator = spec.initializer(**options, seed=generator)
    different = [gives(seed) for seed in (SEED, SEED + 1, None, None)]
    different += [from_generator(shape).numpy() for _ in range(2)]
    faults = not np.array_equal(gives(SEED), different[0])
    faults += sum(np.array_equal(*two) for two in itertools.combinations(different, 2))
    found = [("", [], [faults])]
    return [worst_of("seeds", "value", found, 0, "faults", "the same, others, and none")]


def types(spec):
    """Shape and type are those asked for; 16 bits hold the float32 numbers, rounded once."""
    faults = []
    for options, shape in _cases(spec):
        seeded = {"seed": SEED} if spec.seeded else {}
        initializer = spec.initializer(**options, **seeded)
        in_float32 = initializer(shape, dtype="float32")
        for dtype in TYPES:
            w = initializer(shape, dtype=dtype)
            wrong = w.shape != shape or w.dtype != dtype
            if w.dtype.size < 4:
                wrong |= not bool(tf.reduce_all(w == tf.cast(in_float32, dtype)))
            faults.append((f"{options}, {shape}, {dtype}", [], [wrong]))
        faults.append((f"{options}, no type", [], [initializer(shape).dtype != tf.float32]))
    return [worst_of("types", "value", faults, 0, "faults", ", ".join(TYPES))]


def round_trip(spec):
    """`get_config` keeps the options, and a layer saved and loaded the initializer."""
    options = spec.options[-1] if "input_axes" not in spec.options[-1] else spec.options[0]
    initializer = spec.initializer(**options, **({"seed": SEED} if spec.seeded else {}))
    config = initializer.get_config()
    kept = all(config.get(name) == value for name, value in options.items())
    layer = keras.layers.Dense(3, kernel_initializer=initializer)
    model = keras.Sequential([keras.Input((3,)), layer])
    loaded = saved_and_loaded(model).layers[0].kernel_initializer
    for again in (spec.initializer.from_config(config), initializer.clone(), loaded):
        kept &= type(again) is spec.initializer and again.get_config() == config
        kept &= np.array_equal(again((3, 3)), layer.kernel)
    return [kept_in_saving(kept)]


INITIALIZER_CHECKS = (derivation, keras_twin, seeds, types, round_trip)
"""What a row of the table holds."""
