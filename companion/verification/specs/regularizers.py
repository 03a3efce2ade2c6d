"""The rows of the regularizers."""

from companion import reference, regularizers
from companion._backend import keras
from companion.verification.specs.rows import INFINITY, Difference, RegularizerSpec

CHAPTER = "networks/regularization"

ROWS = [
    RegularizerSpec(
        "regularizers.L1",
        regularizers.L1,
        reference.regularizers.l1,
        keras.regularizers.L1,
        ({}, {"l1": 0.0}, {"l1": 3.0}, {"l1": 1e-30}),
        CHAPTER,
        differences=(Difference(([3e38, 3e38],), INFINITY, 6e36, parameters={"l1": 0.01}),),
    ),
    RegularizerSpec(
        "regularizers.L2",
        regularizers.L2,
        reference.regularizers.l2,
        keras.regularizers.L2,
        ({}, {"l2": 0.0}, {"l2": 3.0}, {"l2": 1e-30}, {"l2": 1e30}),
        CHAPTER,
        differences=(Difference(([1e20],), INFINITY, 1e10, parameters={"l2": 1e-30}),),
    ),
    RegularizerSpec(
        "regularizers.L1L2",
        regularizers.L1L2,
        reference.regularizers.l1_l2,
        keras.regularizers.L1L2,
        ({}, {"l1": 0.1}, {"l2": 0.3}, {"l1": 0.1, "l2": 0.3}, {"l1": 2.0, "l2": 1e-30}),
        CHAPTER,
        differences=(Difference(([1e20],), INFINITY, 1e18, parameters={"l1": 1e-2, "l2": 1e-30}),),
    ),
]
