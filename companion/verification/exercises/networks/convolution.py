"""The exercises of networks/convolution.

| id                           | to be handed over                                               |
| ---------------------------- | --------------------------------------------------------------- |
| convolution-size             | `output_size(n, k, s, p) -> m`: how many windows of k fit       |
| convolution-forward          | `convolution(x, w, s) -> z` (n,), (k,), () -> (m,): without     |
|                              |   padding, in the sense of deep learning                        |
| convolution-backward         | `gradients(delta, x, w, s) -> (gradient_x, gradient_w)`         |
|                              |   (m,), (n,), (k,), () -> (n,), (k,)                            |
"""

import numpy as np

from companion.reference.networks.convolution import conv2d, conv2d_gradients
from companion.verification.exercises.rows import Exercise, inputs

VALUES = [1.0, 2.0, -1.0, 3.0, 0.0, 0.5, -2.0]


def _image(x):
    return np.asarray(x, float).reshape(1, 1, -1, 1)


def _kernel(w):
    return np.asarray(w, float).reshape(1, -1, 1, 1)


def _forward(x, w, s):
    return conv2d(_image(x), _kernel(w), stride=s).ravel()


def _backward(delta, x, w, s):
    gradient_x, gradient_w, _ = conv2d_gradients(_image(delta), _image(x), _kernel(w), s)
    return gradient_x.ravel(), gradient_w.ravel()


def _rows(with_delta):
    """A row of numbers, a kernel that fits into it and a stride; the errors first if asked for."""

    def build(st):
        @st.composite
        def drawn(draw):
            k, s = draw(st.sampled_from([1, 2, 3])), draw(st.sampled_from([1, 2, 3]))
            n = k + draw(st.sampled_from([0, 1, 2, 3, 4]))
            lengths = [(n - k) // s + 1] * with_delta + [n, k]
            return *(
                np.array([draw(st.sampled_from(VALUES)) for _ in range(length)])
                for length in lengths
            ), s

        return drawn()

    return build


def _stored(delta, x, w, s):
    gradient_x = np.zeros(len(x))
    for i, error in enumerate(delta):
        gradient_x[s * i : s * i + len(w)] = error * w
    return gradient_x, _backward(delta, x, w, s)[1]


def _unspread(delta, x, w, s):
    """The full correlation of errors that were not spread, cut or filled to the length of x."""
    full = np.convolve(delta, w)[: len(x)]
    return np.pad(full, (0, len(x) - len(full))), _backward(delta, x, w, s)[1]


def _dense_windows(delta, x, w):
    """The gradient in w as if window i began at i."""
    return np.array([delta @ x[u : u + len(delta)] for u in range(len(w))])


def _both(change_x=lambda g: g, change_w=lambda g: g, turn=1, last=False):
    def changed(delta, x, w, s):
        gradient_x = _backward(delta, x, w[::turn], s)[0]
        gradient_w = _backward(delta, x, w, s)[1]
        if last:
            i = len(delta) - 1
            gradient_w = delta[i] * x[s * i : s * i + len(w)]
        return change_x(gradient_x), change_w(gradient_w)

    return changed


EXERCISES = {
    "convolution-size": Exercise(
        "output_size(n, k, s, p) -> m",
        truth=lambda n, k, s, p: (n + 2 * p - k) // s + 1,
        inputs=inputs([3, 4, 5, 7, 28, 32], [1, 2, 3], [1, 2, 3], [0, 1, 2]),
        slips={
            "the + 1 is missing: the first window counts as well": lambda n, k, s, p: (
                (n + 2 * p - k) // s
            ),
            "the padding stands at both ends: 2p": lambda n, k, s, p: (n + p - k) // s + 1,
            "the padding is missing": lambda n, k, s, p: (n - k) // s + 1,
            "a window that does not fit does not count: round down, not up": lambda n, k, s, p: (
                -(-(n + 2 * p - k) // s) + 1
            ),
            "round down, not to the nearest": lambda n, k, s, p: round((n + 2 * p - k) / s) + 1,
            "a number of windows is whole: round down": lambda n, k, s, p: (n + 2 * p - k) / s + 1,
            "the stride is missing": lambda n, k, s, p: n + 2 * p - k + 1,
            "the + 1 belongs behind the division": lambda n, k, s, p: (n + 2 * p - k + 1) // s,
            'that is what "same" gives, whatever the kernel': lambda n, k, s, p: -(-n // s),
            "the padding makes the row longer: + 2p": lambda n, k, s, p: (n - 2 * p - k) // s + 1,
        },
    ),
    "convolution-forward": Exercise(
        "convolution(x, w, s) -> z",
        truth=_forward,
        inputs=_rows(False),
        slips={
            "the kernel is turned: deep learning's convolution is a cross-correlation": (
                lambda x, w, s: _forward(x, w[::-1], s)
            ),
            "the kernel is turned, and the stride is missing": lambda x, w, s: _forward(
                x, w[::-1], 1
            ),
            "the stride is missing: take every s-th window": lambda x, w, s: _forward(x, w, 1),
            "window i begins at s i, not at i": lambda x, w, s: _forward(x, w, 1)[
                : (len(x) - len(w)) // s + 1
            ],
            "without padding: only windows that lie inside x": lambda x, w, s: np.correlate(
                x, w, "full"
            )[::s],
            "without padding: only windows that lie inside x, and the kernel is turned": (
                lambda x, w, s: np.convolve(x, w)[::s]
            ),
            'that is padding "same"; only windows that lie inside x count': lambda x, w, s: (
                np.correlate(x, w, "same")[::s]
            ),
            "the last window is missing": lambda x, w, s: _forward(x, w, s)[:-1],
            "the first window begins at 0": lambda x, w, s: _forward(x, w, 1)[s - 1 :: s],
            "the stride moves the window, not the places inside of it": lambda x, w, s: np.array(
                [x[i : i + s * len(w) : s] @ w for i in range(len(x) - s * (len(w) - 1))]
            ),
            "that is the mean over the window; the sum is asked for": lambda x, w, s: (
                _forward(x, w, s) / len(w)
            ),
        },
    ),
    "convolution-backward": Exercise(
        "gradients(delta, x, w, s) -> (gradient_x, gradient_w)",
        truth=_backward,
        inputs=_rows(True),
        slips={
            "windows overlap, and a pixel collects from all of them: += where = stands": _stored,
            "the gradient in x has the kernel turned the wrong way": _both(turn=-1),
            "the errors are s apart: spread them before the kernel slides over them": _unspread,
            "window i begins at s i, not at i": lambda delta, x, w, s: (
                _unspread(delta, x, w, s)[0],
                _dense_windows(delta, x, w),
            ),
            "a number that no window reads is in x as well: its gradient is 0": (
                lambda delta, x, w, s: (
                    _backward(delta, x, w, s)[0][: s * (len(delta) - 1) + len(w)],
                    _backward(delta, x, w, s)[1],
                )
            ),
            "the kernel is shared: its gradient is the sum over all windows, not one of them": (
                _both(last=True)
            ),
            "the gradient in w is a sum over the windows, not a mean": lambda delta, x, w, s: (
                _backward(delta, x, w, s)[0],
                _backward(delta, x, w, s)[1] / len(delta),
            ),
            "the gradient in w is the wrong way round": _both(change_w=lambda g: g[::-1]),
            "the gradient in x is the wrong way round": _both(change_x=lambda g: g[::-1]),
            "the sign is turned": _both(np.negative, np.negative),
            "the sign of the gradient in x is turned": _both(change_x=np.negative),
            "the sign of the gradient in w is turned": _both(change_w=np.negative),
            "the gradient in x comes first": lambda *given: _backward(*given)[::-1],
            "the windows that the kernel meets are s apart": lambda delta, x, w, s: (
                _backward(delta, x, w, s)[0],
                _dense_windows(delta, x, w),
            ),
        },
    ),
}
