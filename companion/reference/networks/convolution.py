"""Convolution and max pooling of images: values, and the gradients derived by hand.

Shapes are those of Keras: images (batch, height, width, channels), kernels (kernel height, kernel
width, channels in, channels out). Written to be read, not to be fast.

Chapter: networks/convolution
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def same_padding(size, kernel_size, stride=1):
    """The zeros that padding "same" puts before and after one axis: `(before, after)`.

    There are ceil(size / stride) outputs. What is missing for the last window goes half to either
    side; an odd one goes after.
    """
    outputs = -(-size // stride)
    total = max(stride * (outputs - 1) + kernel_size - size, 0)
    return total // 2, total - total // 2


def conv2d(x, kernel, bias=0.0, stride=1, padding="valid"):
    """z_ijd = b_d + sum over u, v, c of w_uvcd x_(si+u)(sj+v)c: each window times the kernel.

    `x` has shape (batch, height, width, c), `kernel` (kh, kw, c, d), `bias` (d,); the result has
    shape (batch, rows, columns, d).
    """
    kernel = np.asarray(kernel, float)
    padded = np.pad(np.asarray(x, float), _margins(np.shape(x), kernel.shape, stride, padding))
    return np.einsum("nijcuv,uvcd->nijd", _windows(padded, kernel.shape, stride), kernel) + bias


def conv2d_gradients(delta, x, kernel, stride=1, padding="valid"):
    """The gradients in x, kernel and bias, from `delta`, the one in the result of conv2d.

    The kernel's: each window times the error that its output received. The input's: the errors
    stand s apart with zeros between them, as wide a margin as a window can reach around them, and
    the kernel turned by 180 degrees slides over that.
    """
    delta, kernel = np.asarray(delta, float), np.asarray(kernel, float)
    margins = _margins(np.shape(x), kernel.shape, stride, padding)
    padded = np.pad(np.asarray(x, float), margins)
    gradient_kernel = np.einsum("nijcuv,nijd->uvcd", _windows(padded, kernel.shape, stride), delta)
    gradient_bias = delta.sum(axis=(0, 1, 2))

    (kh, kw), (batch, height, width, _) = kernel.shape[:2], padded.shape
    spread = np.zeros((batch, height + kh - 1, width + kw - 1, kernel.shape[3]))
    rows, columns = stride * delta.shape[1], stride * delta.shape[2]
    spread[:, kh - 1 : kh - 1 + rows : stride, kw - 1 : kw - 1 + columns : stride] = delta
    turned = kernel[::-1, ::-1].swapaxes(2, 3)
    gradient_padded = conv2d(spread, turned)
    (_, _), (top, _), (left, _), (_, _) = margins
    gradient_x = gradient_padded[:, top : top + np.shape(x)[1], left : left + np.shape(x)[2]]
    return gradient_x, gradient_kernel, gradient_bias


def max_pool2d(x, size=2, stride=None):
    """The largest number of each window of size × size, in each channel; without padding.

    The windows lie side by side unless `stride` says otherwise.
    """
    windows = _windows(np.asarray(x, float), (size, size), stride or size)
    return windows.max(axis=(4, 5))


def max_pool2d_gradient(delta, x, size=2, stride=None):
    """The gradient in x: each window hands its error to its largest number.

    Of several equal ones, the first in reading order gets all, as in TensorFlow on a CPU.
    """
    x, stride = np.asarray(x, float), stride or size
    windows = _windows(x, (size, size), stride)
    winner = windows.reshape(*windows.shape[:4], -1).argmax(axis=-1)
    image, i, j, channel = np.indices(winner.shape)
    gradient = np.zeros_like(x)
    place = image, stride * i + winner // size, stride * j + winner % size, channel
    np.add.at(gradient, place, delta)  # windows that overlap add up
    return gradient


def _windows(x, size, stride):
    """All windows as (batch, rows, columns, c, kh, kw), a view of x."""
    return sliding_window_view(x, size[:2], axis=(1, 2))[:, ::stride, ::stride]


def _margins(shape, size, stride, padding):
    """What numpy.pad is to add on each axis."""
    if padding == "valid":
        return ((0, 0),) * 4
    if padding != "same":
        raise ValueError(f'padding should be "valid" or "same", got {padding!r}')
    _, height, width, _ = shape
    rows, columns = same_padding(height, size[0], stride), same_padding(width, size[1], stride)
    return (0, 0), rows, columns, (0, 0)
