"""The wrapper that turns a derivation into a backward pass."""

import functools

from companion._backend import tf


def with_derivative(function):
    """Make the derivatives that `function` returns its gradients in TensorFlow.

    `function(*tensors, **parameters)` returns its value followed by one derivative for each
    tensor: a tensor, which multiplies the upstream gradient entry by entry; a function that
    maps the upstream gradient to the gradient of that tensor, where entries mix; or None where
    there is no gradient. What is wrapped returns the value alone and works in eager mode, in
    `tf.function` and under XLA. The derivative is made of TensorFlow operations itself, so it
    can be differentiated again.

    Args:
        function: the forward pass and its derivation, in one place.

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

    @functools.wraps(function)
    def value_only(*tensors, **parameters):
        # Parameters enter by closure: tf.custom_gradient silently falls back to autodiff when
        # it is called with keywords, and takes a positional Python float for an input.
        @tf.custom_gradient
        def run(*tensors):
            value, *derivatives = function(*tensors, **parameters)

            def backward(upstream):
                gradients = [_pull_back(upstream, derivative) for derivative in derivatives]
                return gradients[0] if len(gradients) == 1 else gradients

            return value, backward

        return run(*tensors)

    return value_only


def _pull_back(upstream, derivative):
    if derivative is None:
        return None
    return derivative(upstream) if callable(derivative) else upstream * derivative
