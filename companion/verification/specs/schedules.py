"""The rows of the schedules."""

from companion import reference, schedules
from companion._backend import keras
from companion.verification.specs.rows import Difference, ScheduleSpec

CHAPTER = "optimizers/schedules"
STEPS = (0, 1, 2, 3, 9, 10, 11, 99, 100, 101, 999, 1000, 10**6, 2**24 - 1, 2**24 + 1, 2**40 + 1)
"""Both sides of the boundaries below, and steps that float32 does not hold."""

ROWS = [
    ScheduleSpec(
        "schedules.PiecewiseConstantDecay",
        schedules.PiecewiseConstantDecay,
        reference.schedules.piecewise_constant_decay,
        keras.optimizers.schedules.PiecewiseConstantDecay,
        options=(
            {"boundaries": [10], "values": [0.5, 0.25]},
            {"boundaries": [2, 100, 2**24], "values": [1.0, 0.1, 1e-30, 0.0]},
        ),
        steps=STEPS,
        chapter=CHAPTER,
    ),
    ScheduleSpec(
        "schedules.ExponentialDecay",
        schedules.ExponentialDecay,
        reference.schedules.exponential_decay,
        keras.optimizers.schedules.ExponentialDecay,
        options=(
            {"initial_learning_rate": 0.1, "decay_steps": 1000, "decay_rate": 0.96},
            {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True},
            {"initial_learning_rate": 1e-4, "decay_steps": 100, "decay_rate": 1.01},
        ),
        steps=STEPS[:-3],
        chapter=CHAPTER,
        differences=(
            Difference(
                (10_000,),
                4.51791675e-5,
                4.517334597704866e-5,
                parameters={
                    "initial_learning_rate": 1.0,
                    "decay_steps": 1,
                    "decay_rate": 0.999,
                },
            ),
            Difference(
                (2**25 - 1,),
                0.0625,
                0.25,
                parameters={
                    "initial_learning_rate": 1.0,
                    "decay_steps": 2**24,
                    "decay_rate": 0.25,
                    "staircase": True,
                },
            ),
        ),
    ),
    ScheduleSpec(
        "schedules.CosineDecay",
        schedules.CosineDecay,
        reference.schedules.cosine_decay,
        keras.optimizers.schedules.CosineDecay,
        options=(
            {"initial_learning_rate": 0.1, "decay_steps": 1000},
            {"initial_learning_rate": 0.1, "decay_steps": 100, "alpha": 0.25},
            {
                "initial_learning_rate": 0.01,
                "decay_steps": 90,
                "warmup_target": 0.5,
                "warmup_steps": 10,
            },
            {"initial_learning_rate": 0.1, "decay_steps": 100, "warmup_target": 0.5},
            {"initial_learning_rate": 0.1, "decay_steps": 100, "warmup_steps": 10},
        ),
        steps=STEPS,
        chapter=CHAPTER,
        differences=(
            Difference(
                (99_999,),
                0.0,
                2.46740110007e-10,
                parameters={"initial_learning_rate": 1.0, "decay_steps": 100_000},
            ),
        ),
    ),
]
