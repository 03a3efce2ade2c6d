"""The exercises of losses/directions.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| directions-gradient          | `cosine_gradient(y_true, y_pred) -> gradient` (b, n): of the    |
|                              |   cosine loss' mean over the batch; no vector is zero           |
| directions-mean              | a number: b / a of the vector (a, b) with the smallest mean     |
|                              |   cosine loss for the targets (4, 3), (3, -4) and (0, 10)       |
| directions-safe              | `cosine_loss(y_true, y_pred) -> loss` (n,) -> (): at every      |
|                              |   length, and 0 for the zero vector                             |
"""

import numpy as np

from companion import reference
from companion.verification.exercises.rows import REALS, Exercise


def _vectors(st):
    """A batch of pairs of vectors with 2 or 3 entries; no vector is zero."""
    entry = st.sampled_from(REALS)

    def batch(shape):
        rows, n = shape
        vector = st.lists(entry, min_size=n, max_size=n).filter(any)
        matrix = st.lists(vector, min_size=rows, max_size=rows).map(np.array)
        return st.tuples(matrix, matrix)

    return st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([2, 3])).flatmap(batch)


def _lengths(st):
    """A pair of vectors of any length, zero among them."""
    scale = st.sampled_from([1.0, 1e200, 1e-200])

    def pair(n):
        entries = st.lists(st.sampled_from(REALS), min_size=n, max_size=n).map(np.array)
        vector = st.tuples(entries, scale).map(lambda drawn: drawn[0] * drawn[1])
        return st.tuples(vector, vector)

    return st.sampled_from([1, 2, 3]).flatmap(pair)


def _length(x):
    return np.linalg.norm(x, axis=-1, keepdims=True)


def _parts(y_true, y_pred):
    """Both unit vectors and their cosine, one row per sample."""
    u, v = y_true / _length(y_true), y_pred / _length(y_pred)
    return u, v, np.sum(u * v, axis=-1, keepdims=True)


def _cosine_gradient(y_true, y_pred):
    return reference.losses.cosine_similarity(y_true, y_pred)[1] / len(y_true)


def _without_projection(y_true, y_pred):
    return -_parts(y_true, y_pred)[0] / _length(y_pred) / len(y_true)


def _not_divided_by_the_length(y_true, y_pred):
    return _cosine_gradient(y_true, y_pred) * _length(y_pred)


def _with_the_vectors_for(true=False, pred=False):
    """The gradient with y_true in the place of u, or y_pred in the place of v."""

    def gradient(y_true, y_pred):
        u, v, c = _parts(y_true, y_pred)
        turn = c * (y_pred if pred else v) - (y_true if true else u)
        return turn / _length(y_pred) / len(y_true)

    return gradient


def _length_of_the_batch(y_true, y_pred):
    u, v = y_true / np.linalg.norm(y_true), y_pred / np.linalg.norm(y_pred)
    c = np.sum(u * v, axis=1, keepdims=True)
    return (c * v - u) / np.linalg.norm(y_pred) / len(y_true)


def _safe(y_true, y_pred):
    return reference.losses.cosine_similarity(y_true, y_pred)[0]


def _as_written(y_true, y_pred):
    lengths = np.sqrt(np.sum(y_true**2)) * np.sqrt(np.sum(y_pred**2))
    return -np.sum(y_true * y_pred) / lengths


def _guarded(y_true, y_pred):
    lengths = np.sqrt(np.sum(y_true**2)) * np.sqrt(np.sum(y_pred**2))
    return 0.0 if lengths == 0 else -np.sum(y_true * y_pred) / lengths


def _guarded_by_order(y_true, y_pred):
    """As `_guarded`, but where the lengths are 0 · ∞, which is neither 0 nor above 0."""
    lengths = np.sqrt(np.sum(y_true**2)) * np.sqrt(np.sum(y_pred**2))
    return -np.sum(y_true * y_pred) / lengths if lengths > 0 else 0.0


def _at_least(y_true, y_pred):
    lengths = [np.maximum(np.sqrt(np.sum(y**2)), 1e-12) for y in (y_true, y_pred)]
    return -np.sum(y_true / lengths[0] * (y_pred / lengths[1]))


def _scaled_without_a_look_at_zero(y_true, y_pred):
    scaled = y_true / np.max(np.abs(y_true)), y_pred / np.max(np.abs(y_pred))
    return _as_written(*scaled)


def _largest_with_its_sign(y_true, y_pred):
    scaled = [y / np.max(y) if np.max(y) else y for y in (y_true, y_pred)]
    return _guarded(*scaled)


EXERCISES = {
    "directions-gradient": Exercise(
        "cosine_gradient(y_true, y_pred) -> gradient",
        truth=_cosine_gradient,
        inputs=_vectors,
        slips={
            "the sign is turned: the loss is minus the cosine": lambda y, p: (
                -_cosine_gradient(y, p)
            ),
            "that is the gradient of each sample's loss: 1/b of the mean is missing": (
                lambda y, p: _cosine_gradient(y, p) * len(y)
            ),
            "the sign is turned, and 1/b of the mean is missing": (
                lambda y, p: -_cosine_gradient(y, p) * len(y)
            ),
            "the loss is a sum over the entries, not their mean: there is no 1/n": (
                lambda y, p: _cosine_gradient(y, p) / y.shape[1]
            ),
            "the predicted length depends on the prediction too: its part c v is missing": (
                _without_projection
            ),
            "the derivative of v has a factor 1 / |ŷ|": _not_divided_by_the_length,
            "the derivative of v has a factor 1 / |ŷ|, and the mean over the batch 1/b": (
                lambda y, p: _not_divided_by_the_length(y, p) * len(y)
            ),
            "divide by the length of the prediction, not by that of the truth": lambda y, p: (
                _not_divided_by_the_length(y, p) / _length(y)
            ),
            "divide the truth by its length: u in the place of y": _with_the_vectors_for(true=True),
            "along the prediction goes c v with the unit vector v, not c ŷ": (
                _with_the_vectors_for(pred=True)
            ),
            "both vectors have to be divided by their lengths": (
                _with_the_vectors_for(true=True, pred=True)
            ),
            "each row is a vector of its own: its length is a sum along axis 1": (
                _length_of_the_batch
            ),
            "that is the gradient with respect to y_true": lambda y, p: _cosine_gradient(p, y),
            "that is the gradient of the squared error": lambda y, p: 2 * (p - y) / y.size,
            "that is the loss of each sample, not the gradient": lambda y, p: (
                reference.losses.cosine_similarity(y, p)[0]
            ),
            "that is the loss, not its gradient": lambda y, p: np.mean(
                reference.losses.cosine_similarity(y, p)[0]
            ),
        },
    ),
    "directions-mean": Exercise(
        "slope",
        truth=4 / 7,
        rtol=1e-2,
        answer="a number",
        slips={
            "that is the mean of the vectors themselves, which the squared error learns": 9 / 7,
            "that is a / b": 7 / 4,
            "that is the mean of the three angles; add up the unit vectors": 0.45747,
            "(3, -4) counts with its sign: the sum of the unit vectors is (1.4, 0.8)": 12 / 7,
            "divide (0, 10) by its length as well": 49 / 7,
            "that is b of the mean; what is asked for is b / a": 0.8 / 3,
            "that is the angle in degrees; what is asked for is b / a": 29.7449,
            "that is the angle in radians; what is asked for is b / a": 0.519146,
        },
    ),
    "directions-safe": Exercise(
        "cosine_loss(y_true, y_pred) -> loss",
        truth=_safe,
        inputs=_lengths,
        slips={
            "the zero vector makes 0 / 0 of it; and see what becomes of the squares": _as_written,
            "the squares overflow or underflow; divide each vector by its largest entry first": (
                _guarded_by_order
            ),
            "squares overflow or underflow, and 0 · ∞ is NaN; divide by the largest entry first": (
                _guarded
            ),
            "a smallest length cannot tell 1e-200 from 0": _at_least,
            "right but for the zero vector, which has no largest entry to divide by": (
                _scaled_without_a_look_at_zero
            ),
            "the largest entry in size: dividing by a negative one turns the vector round": (
                _largest_with_its_sign
            ),
            "the sign is turned: the loss is minus the cosine": lambda y, p: -_safe(y, p),
            "that is 1 - cosine; the loss here is minus the cosine": lambda y, p: 1 + _safe(y, p),
            "the loss is a sum over the entries, not their mean": lambda y, p: _safe(y, p) / y.size,
        },
    ),
}
