"""The exercises of speed/gpu.

| id           | to be handed over                                                               |
| ------------ | ------------------------------------------------------------------------------- |
| gpu-batch    | `batch_for(share, overhead_s, samples_per_s) -> batch` (), (), () -> (): the    |
|              |   smallest whole batch with at least this share of the peak throughput          |
| gpu-bfloat16 | `bfloat16_bits(x) -> bits` (n,) -> (n,): finite float32 to the 16 bits of the   |
|              |   nearest bfloat16, as whole numbers; a tie goes to the one with last bit 0     |
| gpu-scale    | `largest_scale(gradients) -> scale` (n,) -> (): the largest power of two that   |
|              |   keeps every scaled gradient at most 65504 in size; not all are 0              |
"""

import math

import numpy as np

from companion.verification.exercises.rows import Exercise, inputs

HALF = np.float32(2.0**-8)
# 1 + h and 1 + 3h are ties, one to go down and one up; then near ties, and what rounds the most.
BITS = [1.0, 1 + HALF, 1 + 3 * HALF, -1 - HALF, -1 - 3 * HALF, 0.5, 3.0, 257.0, 259.0]
BITS += [1 + HALF * 1.01, 1 + HALF * 0.99, 0.1, -0.1, 1e-3, 3e38, 1e-30, 0.0]
GRADIENTS = [1.0, -1.0, 0.0, 2.0, -3.0, 65504.0, -65505.0, 0.001, 1e-6, -1e5, 0.3, 40000.0]


def _batch(share, overhead_s, samples_per_s):
    # 0.9 / (1 - 0.9) is a hair above 9: what is relatively that near a whole number is that.
    return math.ceil(overhead_s * samples_per_s * share / (1 - share) * (1 - 1e-12))


def _floats(st):
    one = st.sampled_from(BITS)
    return st.lists(one, min_size=1, max_size=4).map(lambda x: (np.array(x, np.float32),))


def _bits(x):
    bits = x.view(np.uint32)
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def _scale(gradients):
    mantissa, exponent = np.frexp(np.max(np.abs(gradients)))
    # g S <= 65504 < 2^16, with the mantissa from 1/2 to 1.
    return 2.0 ** (16 - exponent - (mantissa * 2**16 > 65504))


def _not_all_zero(st):
    entries = st.lists(st.sampled_from(GRADIENTS), min_size=1, max_size=4)
    return entries.filter(any).map(lambda g: (np.array(g),))


def _of_float16(x):
    with np.errstate(over="ignore"):
        return x.astype(np.float16).view(np.uint16)


EXERCISES = {
    "gpu-batch": Exercise(
        "batch_for(share, overhead_s, samples_per_s) -> batch",
        truth=_batch,
        inputs=inputs(
            [0.5, 0.9, 0.75, 0.25, 0.1, 0.99],
            [0.01, 0.001, 0.0005, 0.002],
            [1e4, 1e5, 3e6, 12345, 2e6],
        ),
        slips={
            "that batch reaches half of the peak, whatever the share": lambda q, c, r: math.ceil(
                round(c * r, 6)
            ),
            "the share is of the peak; divide by 1 - share as well": lambda q, c, r: math.ceil(
                round(c * r * q, 6)
            ),
            "numerator and denominator are exchanged: a larger share needs a larger batch": (
                lambda q, c, r: math.ceil(round(c * r * (1 - q) / q, 6))
            ),
            "that is 1 / (1 - share); a share of 0 would need a batch": lambda q, c, r: math.ceil(
                round(c * r / (1 - q), 6)
            ),
            "at least this share is asked for; round up": lambda q, c, r: math.floor(
                round(c * r * q / (1 - q), 6)
            ),
            "a whole number is already the smallest batch; add nothing to it": lambda q, c, r: (
                math.floor(round(c * r * q / (1 - q), 6)) + 1
            ),
            "rounding to the nearest may fall short of the share; round up": lambda q, c, r: round(
                c * r * q / (1 - q)
            ),
            "a whole batch is asked for; round up": lambda q, c, r: c * r * q / (1 - q),
            "0.9 / (1 - 0.9) is a hair above 9 in floats, and rounding up makes 901 of 900": (
                lambda q, c, r: math.ceil(c * r * q / (1 - q))
            ),
        },
    ),
    "gpu-bfloat16": Exercise(
        "bfloat16_bits(x) -> bits",
        truth=_bits,
        inputs=_floats,
        slips={
            "that cuts the lower half off; round to the nearest": lambda x: x.view(np.uint32) >> 16,
            "a tie goes to the even neighbour, not away from zero": lambda x: (
                (x.view(np.uint32) + 0x8000) >> 16
            ),
            "a tie goes to the even neighbour, not towards zero": lambda x: (
                (x.view(np.uint32) + 0x7FFF) >> 16
            ),
            "always rounding up is not to the nearest": lambda x: (
                (x.view(np.uint32) + 0xFFFF) >> 16
            ),
            "the same bits, read with a sign; view them as unsigned": lambda x: (
                _bits(x).astype(np.uint16).view(np.int16)
            ),
            "those are the bits of float16, which has 5 bits of exponent": _of_float16,
            "that is the rounded number; its 16 bits are asked for": lambda x: (
                _bits(x).astype(np.uint32) << 16
            ).view(np.float32),
            "the rounded bits still stand in the upper half; shift them down by 16": lambda x: (
                _bits(x) << 16
            ),
        },
    ),
    "gpu-scale": Exercise(
        "largest_scale(gradients) -> scale",
        truth=_scale,
        inputs=_not_all_zero,
        slips={
            "negative gradients can overflow as well; take sizes": lambda g: (
                _scale(np.maximum(g, 1e-300)) if np.max(g) > 0 else np.nan
            ),
            "a power of two is asked for": lambda g: 65504 / np.max(np.abs(g)),
            "the largest gradient sets the limit, not the smallest": lambda g: _scale(
                np.min(np.abs(g[g != 0]))
            ),
            "rounding to the nearest power may overflow; round down": lambda g: (
                2.0 ** np.round(np.log2(65504 / np.max(np.abs(g))))
            ),
            "the scaled gradients overflow; round down, not up": lambda g: 2 * _scale(g),
            "half of what is possible": lambda g: _scale(g) / 2,
            "a scale may be below 1, where a gradient is already too large": lambda g: max(
                _scale(g), 1.0
            ),
            "that is the exponent; 2 to this power is the scale": lambda g: np.log2(_scale(g)),
            "the limit is 65504, not the 65536 above it": lambda g: (
                2.0 ** np.floor(np.log2(65536 / np.max(np.abs(g))))
            ),
        },
    ),
}
