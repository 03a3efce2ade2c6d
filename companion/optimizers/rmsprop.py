"""RMSprop, plain and centered. Chapter: optimizers/rmsprop."""

from companion import _arguments
from companion._backend import serializable, tf
from companion.optimizers._optimizer import Optimizer, refuse_rounding_to_zero, squarable


@serializable
class RMSprop(Optimizer):
    r"""Descent by the gradient over the root of the running mean of its square.

    $$v_t = \rho v_{t-1} + (1 - \rho) g_t^2, \qquad
      \theta_t = \theta_{t-1} - \eta\,\frac{g_t}{\sqrt{v_t + \varepsilon}}$$

    With `momentum` μ the step is a velocity, $u_t = \mu u_{t-1} + \eta g_t / \sqrt{v_t +
    \varepsilon}$ and $\theta_t = \theta_{t-1} - u_t$. With `centered` the running variance takes
    the place of v, with the running mean $\bar g$ of the gradients:

    $$v_t = \rho v_{t-1} + \rho (1 - \rho) (g_t - \bar g_{t-1})^2, \qquad
      \bar g_t = \rho\,\bar g_{t-1} + (1 - \rho) g_t$$

    That is the mean of the squares less the square of the mean: put $q_t = v_t + \bar g_t^2$ and
    expand, $\rho v_{t-1} + \rho(1 - \rho)(g_t - \bar g_{t-1})^2 + (\rho\,\bar g_{t-1} + (1 -
    \rho) g_t)^2 = \rho\,(v_{t-1} + \bar g_{t-1}^2) + (1 - \rho) g_t^2$, so that $q_t = \rho
    q_{t-1} + (1 - \rho) g_t^2$. But no sum here has a negative term, while $q_t - \bar g_t^2$
    falls below $-\varepsilon$ in float32 (after 24 gradients of 5 with ρ = ½, say), and the step
    of Keras is NaN.

    Args:
        learning_rate: η, a number >= 0, a Keras schedule or a function without arguments.
        rho: ρ, the decay of the means, in [0, 1).
        momentum: μ in [0, 1].
        epsilon: ε > 0, in the unit of the squared gradient.
        centered: whether the variance takes the place of the mean of squares.
        weight_decay, options: as for every Keras optimizer (clipnorm, use_ema, name, …).

    Raises:
        ValueError: if a parameter is out of range, or (when the variables are known) ε rounds to
            0 in their type.

    Example:
        >>> theta = tf.Variable(1.0)
        >>> RMSprop(0.5, rho=0.75).apply([tf.constant(4.0)], [theta])
        >>> round(float(theta.numpy()), 6)
        0.0

    Source: T. Tieleman, G. Hinton, "Lecture 6.5: RMSProp", Neural networks for machine learning,
    Coursera, 2012; centered: A. Graves, "Generating sequences with recurrent neural networks",
    2013, equations 38 to 45; the variance: B. P. Welford, Technometrics 4, 1962.
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
        weight_decay=None,
        **options,
    ):
        super().__init__(learning_rate, weight_decay, **options)
        self.rho = _arguments.number("rho", rho, least=0, below=1)
        self.momentum = _arguments.number("momentum", momentum, least=0, most=1)
        self.epsilon = _arguments.number("epsilon", epsilon, above=0)
        self.centered = _arguments.flag("centered", centered)

    def build(self, variables):
        if self.built:
            return
        refuse_rounding_to_zero(self.epsilon, variables)
        super().build(variables)
        self.add_slots("velocity")
        if self.momentum:
            self.add_slots("momentum")
        if self.centered:
            self.add_slots("average_gradient")

    def rule(self, gradient, rate, parameter, v, *others):
        gradient = squarable(gradient)
        *velocity, mean = others if self.centered else (*others, None)
        if self.centered:
            away = gradient - mean
            v = self.rho * v + self.rho * (1 - self.rho) * away * away
            mean = self.rho * mean + (1 - self.rho) * gradient
        else:
            v = self.rho * v + (1 - self.rho) * gradient**2
        move = rate * gradient / tf.sqrt(v + self.epsilon)
        if velocity:
            velocity = [move := self.momentum * velocity[0] + move]
        return [parameter - move, v, *velocity, *([mean] if self.centered else [])]

    def get_config(self):
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
