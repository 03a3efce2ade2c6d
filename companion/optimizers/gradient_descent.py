"""Gradient descent with momentum. Chapter: optimizers/momentum."""

from companion import _arguments
from companion._backend import serializable
from companion.optimizers._optimizer import Optimizer


@serializable
class SGD(Optimizer):
    r"""Gradient descent, plain, with momentum, or with Nesterov's look-ahead.

    $$v_t = \mu v_{t-1} - \eta g_t, \qquad \theta_t = \theta_{t-1} + v_t$$

    and with `nesterov` $\theta_t = \theta_{t-1} + \mu v_t - \eta g_t$.

    Args:
        learning_rate: η, a number >= 0, a Keras schedule or a function without arguments.
        momentum: μ in [0, 1].
        nesterov: whether the step looks ahead along the velocity.
        weight_decay, options: as for every Keras optimizer (clipnorm, use_ema, name, …).

    Raises:
        ValueError: if the learning rate or the momentum is out of range.

    Example:
        >>> import tensorflow as tf
        >>> theta = tf.Variable(1.0)
        >>> SGD(learning_rate=0.5).apply([tf.constant(1.0)], [theta])
        >>> float(theta.numpy())
        0.5

    Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods",
    1964; Y. Nesterov, "A method of solving a convex programming problem with convergence rate
    O(1/k²)", 1983; this form: I. Sutskever et al., ICML 2013.
    """

    def __init__(
        self, learning_rate=0.01, momentum=0.0, nesterov=False, weight_decay=None, **options
    ):
        super().__init__(learning_rate, weight_decay, **options)
        self.momentum = _arguments.number("momentum", momentum, least=0, most=1)
        self.nesterov = _arguments.flag("nesterov", nesterov)

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        if self.momentum:
            self.add_slots("momentum")

    def rule(self, gradient, rate, parameter, velocity=None):
        descent = rate * gradient
        if velocity is None:
            return [parameter - descent]
        velocity = self.momentum * velocity - descent
        move = self.momentum * velocity - descent if self.nesterov else velocity
        return parameter + move, velocity

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
