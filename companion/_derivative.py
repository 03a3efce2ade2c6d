"""The wrapper that turns a derivation into a backward pass."""

import functools

from companion._backend import tf

WORTH_COMPILING = 2**16
"""Entries from which XLA saves more than its launch costs: see `make bench`."""


def with_derivative(function=None, *, entrywise=False):
    """Make the derivatives that `function` returns its gradients in TensorFlow.

    `function(*tensors, **parameters)` returns its value followed by one derivative for each
    tensor: a tensor, which multiplies the upstream gradient entry by entry; a function that
    maps the upstream gradient to the gradient of that tensor, where entries mix; or None where
    there is no gradient. What is wrapped returns the value alone and works in eager mode, in
    `tf.function` and under XLA. The derivative is made of TensorFlow operations itself, so it
    can be differentiated again.

    Args:
        function: the forward pass and its derivation, in one place.
        entrywise: whether all tensors have one shape, and each entry of the value depends on that
            entry of the tensors alone. Inside a `tf.function`, large tensors then go through two
            XLA programs, one for the value and one for the gradients: each makes what it needs of
            `function` in one pass over memory, on every core. (Sums XLA runs on one core alone.)

    Returns:
        A function of the same tensors and parameters that returns the value.

    Example:
        >>> @with_derivative
        ... def square(x):
        ...     return x * x, 2 * x
        >>> x = tf.constant(3.0)
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = square(x)
        >>> float(tape.gradient(y, x))
        6.0
    """

    if function is None:
        return functools.partial(with_derivative, entrywise=entrywise)

    @functools.wraps(function)
    def value_only(*tensors, **parameters):
        # Parameters enter by closure: tf.custom_gradient silently falls back to autodiff when
        # it is called with keywords, and takes a positional Python float for an input.
        call = functools.partial(function, **parameters)
        programs = _two_programs if entrywise and worth_compiling(tensors) else _one_graph

        @tf.custom_gradient
        def run(*tensors):
            return programs(call, *tensors)

        return run(*tensors)

    return value_only


def _one_graph(call, *tensors):
    value, *derivatives = call(*tensors)

    def backward(upstream):
        return _one_or_all([_pull_back(upstream, derivative) for derivative in derivatives])

    return value, backward


def _two_programs(call, *tensors):
    @tf.function(jit_compile=True, autograph=False)
    def value(*tensors):
        return call(*tensors)[0]

    @tf.function(jit_compile=True, autograph=False)
    def gradients(upstream, *tensors):
        _, *derivatives = call(*tensors)
        return [_pull_back(upstream, derivative) for derivative in derivatives]

    # Rows of a few entries would leave XLA's vector instructions half empty.
    shape = tensors[0].shape
    flat = [tf.reshape(tensor, [-1]) for tensor in tensors]

    def backward(upstream):
        found = gradients(tf.reshape(upstream, [-1]), *flat)
        return _one_or_all([None if g is None else tf.reshape(g, shape) for g in found])

    return tf.reshape(value(*flat), shape), backward


def worth_compiling(tensors):
    """Whether XLA is worth its launch: inside a `tf.function`, and for many entries."""
    if tf.executing_eagerly():
        return False
    return max(tensor.shape.num_elements() or 0 for tensor in tensors) >= WORTH_COMPILING


def _one_or_all(gradients):
    return gradients[0] if len(gradients) == 1 else gradients


def _pull_back(upstream, derivative):
    if derivative is None:
        return None
    return derivative(upstream) if callable(derivative) else upstream * derivative
