"""The exercises of optimizers/schedules.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| schedules-warmup             | `warmup_rate(step, peak, steps, warmup_steps) -> rate`: a line  |
|                              |   from 0 to `peak`, then half a cosine to 0 in `steps` more     |
| schedules-half-life          | `decay_rate(half_life, decay_steps) -> decay_rate` of an        |
|                              |   exponential that halves every `half_life` steps               |
| schedules-plateau            | `rates_after(losses, rate, factor, patience, min_delta)         |
|                              |   -> rates` (n,): after each epoch, as ReduceLROnPlateau        |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import Exercise, inputs


def _warmup(step, peak, steps, warmup_steps):
    rate = reference.schedules.cosine_decay(
        step, 0.0, steps, warmup_target=peak, warmup_steps=warmup_steps
    )
    return float(rate)


def _warmup_with(fall, rise=lambda step, warmup_steps: step / warmup_steps):
    """A warm-up with another fall(since, steps, warmup_steps) or another rise."""

    def rate(step, peak, steps, warmup_steps):
        if step < warmup_steps:
            return peak * rise(step, warmup_steps)
        return peak * fall(step - warmup_steps, steps, warmup_steps)

    return rate


def _half_wave(part):
    return (1 + np.cos(np.pi * np.clip(part, 0, 1))) / 2


def _cosine(since, steps, _):
    return _half_wave(since / steps)


def _plateau_with(
    better=lambda loss, best, before, min_delta: loss < best - min_delta,
    due=lambda bad, patience: bad >= patience,
    after=lambda bad: 0,
    progress=lambda bad: 0,
    keep=lambda loss, best, is_better: loss if is_better else best,
):
    """ReduceLROnPlateau, or one with another part: the slips of `schedules-plateau`."""

    def rates_after(losses, rate, factor, patience, min_delta):
        best, before, bad, rates = np.inf, np.inf, 0, []
        for loss in losses:
            is_better = better(loss, best, before, min_delta)
            best, before = keep(loss, best, is_better), loss
            bad = progress(bad) if is_better else bad + 1
            if not is_better and due(bad, patience):
                rate, bad = rate * factor, after(bad)
            rates.append(rate)
        return np.array(rates)

    return rates_after


def _one_late(losses, rate, factor, patience, min_delta):
    rates = _plateau_with()(losses, rate, factor, patience, min_delta)
    return np.r_[rate, rates[:-1]]


def _minus(losses, rate, factor, patience, min_delta):
    times = np.log(_plateau_with()(losses, 1.0, 0.5, patience, min_delta)) / np.log(0.5)
    return np.array(rate / factor**times)


EXERCISES = {
    "schedules-warmup": Exercise(
        "warmup_rate(step, peak, steps, warmup_steps) -> rate",
        truth=_warmup,
        inputs=inputs(
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 20, 40],  # step
            [1.0, 0.5, 2.0],  # peak
            [4, 8, 10],  # steps
            [2, 1, 4],  # warmup_steps
        ),
        slips={
            "the cosine begins after the warm-up: its steps are counted from there": _warmup_with(
                lambda since, steps, w: _half_wave((since + w) / steps)
            ),
            "steps is the length of the fall alone; the warm-up comes before it": _warmup_with(
                lambda since, steps, w: (
                    _half_wave(since / (steps - w)) if steps > w else float(since == 0)
                )
            ),
            "after the fall the rate stays at 0: a cosine that goes on rises again": _warmup_with(
                lambda since, steps, w: (1 + np.cos(np.pi * since / steps)) / 2
            ),
            "that is a whole wave: half of one falls once and does not rise": _warmup_with(
                lambda since, steps, w: (1 + np.cos(2 * np.pi * min(since / steps, 1))) / 2
            ),
            "that is a quarter of a wave: it lands with a slope; its square does not": _warmup_with(
                lambda since, steps, w: np.cos(np.pi / 2 * min(since / steps, 1))
            ),
            "a half is missing: 1 + cos starts at 2": _warmup_with(
                lambda since, steps, w: 2 * _cosine(since, steps, w)
            ),
            "the fall is turned around: it starts at the peak": _warmup_with(
                lambda since, steps, w: 1 - _cosine(since, steps, w)
            ),
            "that is a straight line; it should be half a cosine": _warmup_with(
                lambda since, steps, w: max(1 - since / steps, 0)
            ),
            "the line starts at 0 in step 0": _warmup_with(
                _cosine, rise=lambda step, w: (step + 1) / w
            ),
            "the line is for the warm-up alone; then the rate falls": lambda step, peak, steps, w: (
                peak * step / w
            ),
            "the warm-up is missing": _warmup_with(_cosine, rise=lambda step, w: 1.0),
            "in the warm-up the rate rises, it does not fall": _warmup_with(
                _cosine, rise=lambda step, w: 1 - step / w
            ),
            "the warm-up is missing, and the cosine starts after it": lambda step, peak, steps, w: (
                peak * _half_wave(step / steps)
            ),
            "line and cosine follow each other, they are not multiplied": (
                lambda step, peak, steps, w: peak * min(step / w, 1) * _half_wave(step / steps)
            ),
            "that is the part of the peak: multiply by it": lambda step, peak, steps, w: _warmup(
                step, 1.0, steps, w
            ),
        },
    ),
    "schedules-half-life": Exercise(
        "decay_rate(half_life, decay_steps) -> decay_rate",
        truth=lambda half_life, decay_steps: 0.5 ** (decay_steps / half_life),
        inputs=inputs(
            [1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 300.0, 500.0],
            [2.0, 1.0, 3.0, 4.0, 5.0, 10.0, 20.0, 40.0, 50.0, 100.0, 200.0, 400.0],
        ),
        slips={
            "the fraction is upside down: more decay_steps need more decay": lambda k, t: (
                0.5 ** (k / t)
            ),
            "that rate grows: the factor is below 1": lambda k, t: 2.0 ** (t / k),
            "after half_life steps that is 1/e, not 1/2": lambda k, t: np.exp(-t / k),
            "that is the factor of one step: take decay_steps of them": lambda k, t: 0.5 ** (1 / k),
            "that is the logarithm of the factor": lambda k, t: t / k * np.log(0.5),
            "the decay multiplies, it does not subtract": lambda k, t: 1 - 0.5 * t / k,
            "the decay multiplies: the factor is a power of 1/2": lambda k, t: 0.5 * t / k,
            "that halves as soon as decay_steps are over": lambda k, t: 0.5,
        },
        atol=0.0,
    ),
    "schedules-plateau": Exercise(
        "rates_after(losses, rate, factor, patience, min_delta) -> rates",
        truth=_plateau_with(),
        inputs=inputs(
            ([1.0, 0.75, 0.5, 2.0, 0.25], "n"),  # losses
            [1.0, 0.5],  # rate
            [0.5, 0.1],  # factor
            [1, 2, 3],  # patience
            [0.3, 0.0],  # min_delta
            n=(1, 2, 3, 4, 6, 8, 10),
        ),
        slips={
            "min_delta is missing": _plateau_with(better=lambda loss, best, before, d: loss < best),
            "an improvement by more than min_delta is meant: best - min_delta": _plateau_with(
                better=lambda loss, best, before, d: loss < best + d
            ),
            "the loss is compared with the best so far, not with the one before": _plateau_with(
                better=lambda loss, best, before, d: loss < before - d
            ),
            "a loss that rises is no progress: the sign of the difference counts": _plateau_with(
                better=lambda loss, best, before, d: abs(loss - best) > d
            ),
            "equal is no progress": _plateau_with(
                better=lambda loss, best, before, d: loss <= best - d
            ),
            "the best changes where there is progress by more than min_delta alone": _plateau_with(
                keep=lambda loss, best, is_better: min(loss, best)
            ),
            "the rate falls at the patience-th bad epoch, not one later": _plateau_with(
                due=lambda bad, patience: bad > patience
            ),
            "the rate falls at the patience-th bad epoch, not one earlier": _plateau_with(
                due=lambda bad, patience: bad >= patience - 1
            ),
            "after a reduction the count starts anew": _plateau_with(after=lambda bad: bad),
            "after a reduction the count starts anew, so that it can be reached again": (
                _plateau_with(due=lambda bad, patience: bad == patience, after=lambda bad: bad)
            ),
            "min_delta is subtracted from the best, it is no share of it": _plateau_with(
                better=lambda loss, best, before, d: loss < best * (1 - d)
            ),
            "the first epoch is always progress": lambda losses, *rest: _plateau_with()(
                np.r_[losses[0], losses], *rest
            )[1:],
            "after progress the count starts anew: the bad epochs come in a row": _plateau_with(
                progress=lambda bad: bad
            ),
            "the rate is the one after the epoch, not before it": _one_late,
            "the rate is multiplied by factor, not divided": _minus,
            "the rate never changes": lambda losses, rate, *rest: np.full(len(losses), rate),
        },
    ),
}
