"""The rows of the initializers."""

import math

from companion import initializers, reference
from companion._backend import keras
from companion.verification.specs.rows import InitializerSpec

CHAPTER = "activations/initializers"
DEPTHWISE = {"input_axes": (0, 1), "output_axes": (0, 1, 3)}
KERNELS = ((300, 200), (3, 3, 16, 32), (40, 1, 1000))
MATRICES = ((5, 5), (7, 3), (3, 7), (1, 4), (4, 1))


def _normal_matrix(shape, seed):
    """What QR starts from: the longer side down."""
    sides = math.prod(shape[:-1]), shape[-1]
    return keras.random.normal((max(sides), min(sides)), dtype="float64", seed=seed)


def _named(name, derived, options=({}, DEPTHWISE)):
    return InitializerSpec(
        f"initializers.{name}",
        getattr(initializers, name),
        derived,
        getattr(keras.initializers, name),
        CHAPTER,
        options=options,
        shapes=KERNELS,
        independent=True,
    )


_SCALINGS = (
    {},
    {"scale": 2.0, "mode": "fan_out", "distribution": "uniform"},
    {"scale": 0.1, "mode": "fan_avg", "distribution": "untruncated_normal"},
    {"scale": 3.0, "mode": "fan_avg", "distribution": "truncated_normal"},
    {"mode": "fan_out", **DEPTHWISE},
)

ROWS = [
    InitializerSpec(
        "initializers.Constant",
        initializers.Constant,
        reference.initializers.constant,
        keras.initializers.Constant,
        CHAPTER,
        options=({}, {"value": -0.1}),
    ),
    InitializerSpec(
        "initializers.Zeros",
        initializers.Zeros,
        reference.initializers.zeros,
        keras.initializers.Zeros,
        CHAPTER,
    ),
    InitializerSpec(
        "initializers.Ones",
        initializers.Ones,
        reference.initializers.ones,
        keras.initializers.Ones,
        CHAPTER,
    ),
    InitializerSpec(
        "initializers.Identity",
        initializers.Identity,
        reference.initializers.identity,
        keras.initializers.Identity,
        CHAPTER,
        options=({}, {"gain": -0.1}),
        shapes=(*MATRICES, (0, 3)),
    ),
    InitializerSpec(
        "initializers.Orthogonal",
        initializers.Orthogonal,
        reference.initializers.orthogonal,
        keras.initializers.Orthogonal,
        CHAPTER,
        options=({}, {"gain": math.sqrt(2)}, {"gain": -0.5}),
        shapes=(*MATRICES, (3, 3, 2, 4), (2, 1, 9)),
        starts_from=_normal_matrix,
    ),
    _named(
        "RandomUniform",
        reference.initializers.uniform,
        ({}, {"minval": -1.0, "maxval": 3.0}, {"minval": 0.5, "maxval": 0.5}),
    ),
    _named(
        "RandomNormal",
        reference.initializers.normal,
        ({}, {"mean": 2.0, "stddev": 0.5}, {"mean": 1.5, "stddev": 0.0}),
    ),
    _named(
        "TruncatedNormal",
        reference.initializers.truncated_normal,
        ({}, {"mean": 2.0, "stddev": 0.5}, {"mean": 1.5, "stddev": 0.0}),
    ),
    InitializerSpec(
        "initializers.UniformUnitScaling",
        initializers.UniformUnitScaling,
        reference.initializers.uniform_unit_scaling,
        None,
        CHAPTER,
        options=({}, {"factor": 1.43}),
        shapes=(*KERNELS, (30_000,)),
        independent=True,
    ),
    _named("VarianceScaling", reference.initializers.variance_scaling, _SCALINGS),
    _named("GlorotUniform", reference.initializers.glorot_uniform),
    _named("GlorotNormal", reference.initializers.glorot_normal),
    _named("HeUniform", reference.initializers.he_uniform),
    _named("HeNormal", reference.initializers.he_normal),
    _named("LecunUniform", reference.initializers.lecun_uniform),
    _named("LecunNormal", reference.initializers.lecun_normal),
]
