"""The exercises on convolution accept other right ways and know the usual slips."""

import numpy as np
import pytest

from companion.verification import check


def hint(exercise, attempt):
    return repr(check(exercise, attempt)).partition("hint: ")[2]


def test_other_right_ways_pass():
    def size(n, k, s, p):
        return len([i for i in range(n + 2 * p) if i % s == 0 and i + k <= n + 2 * p])

    def forward(x, w, s):
        return np.convolve(x, w[::-1], "valid")[::s]

    def backward(delta, x, w, s):
        matrix = np.zeros((len(x), len(delta)))
        for i in range(len(delta)):
            matrix[s * i : s * i + len(w), i] = w
        windows = np.lib.stride_tricks.sliding_window_view(x, len(w))[::s]
        return matrix @ delta, windows.T @ delta

    assert check("convolution-size", size).passed
    assert check("convolution-forward", forward).passed
    assert check("convolution-backward", backward).passed


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda n, k, s, p: (n + 2 * p - k) // s, "the first window counts"),
        (lambda n, k, s, p: (n + p - k) // s + 1, "at both ends"),
        (lambda n, k, s, p: (n + 2 * p - k) / s + 1, "whole"),
    ],
)
def test_sizes_that_are_usually_given(attempt, words):
    assert words in hint("convolution-size", attempt)


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda x, w, s: np.convolve(x, w, "valid")[::s], "the kernel is turned"),
        (lambda x, w, s: np.correlate(x, w, "valid"), "the stride is missing"),
        (lambda x, w, s: np.correlate(x, w, "full")[::s], "without padding"),
        (
            lambda x, w, s: np.correlate(x, w)[: (len(x) - len(w)) // s + 1],
            "window i begins at s i",
        ),
    ],
)
def test_sums_of_other_windows(attempt, words):
    assert words in hint("convolution-forward", attempt)


def walk_back(store=False, turn=1, spread=True, sign=1.0, apart=True):
    def attempt(delta, x, w, s):
        gradient_x, gradient_w = np.zeros(len(x)), np.zeros(len(w))
        for i, error in enumerate(delta):
            first = s * i if apart else i
            window = slice(first, first + len(w))
            gradient_x[window] = error * w[::turn] + (0 if store else gradient_x[window])
            gradient_w += error * x[window]
        if not spread:
            full = np.convolve(delta, w)
            gradient_x[:] = np.pad(full, (0, max(0, len(x) - len(full))))[: len(x)]
        return sign * gradient_x, sign * gradient_w

    return attempt


def only_what_was_read(delta, x, w, s):
    gradient_x, gradient_w = walk_back()(delta, x, w, s)
    return gradient_x[: s * (len(delta) - 1) + len(w)], gradient_w


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (walk_back(store=True), "+="),
        (walk_back(turn=-1), "turned the wrong way"),
        (walk_back(spread=False), "the errors are s apart"),
        (walk_back(sign=-1.0), "the sign is turned"),
        (walk_back(apart=False), "window i begins at s i"),
        (only_what_was_read, "its gradient is 0"),
        (lambda *given: walk_back()(*given)[::-1], "the gradient in x comes first"),
    ],
)
def test_slips_on_the_way_back(attempt, words):
    assert check("convolution-backward", walk_back()).passed
    assert words in hint("convolution-backward", attempt)


def test_what_is_no_number_or_has_another_length_is_answered():
    nan = check("convolution-forward", lambda x, w, s: np.full(len(x), np.nan))
    assert not nan.passed
    longer = check("convolution-backward", lambda delta, x, w, s: (np.zeros(len(x) + 1), w))
    assert "the shape is" in repr(longer)
