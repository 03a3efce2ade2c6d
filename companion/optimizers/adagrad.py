"""Adagrad. Chapter: optimizers/adagrad."""

from companion import _arguments
from companion._backend import keras, serializable, tf
from companion.optimizers._optimizer import Optimizer, refuse_rounding_to_zero, squarable


@serializable
class Adagrad(Optimizer):
    r"""Gradient descent in which every parameter has its own, ever smaller rate.

    $$s_t = s_{t-1} + g_t^2, \qquad
      \theta_t = \theta_{t-1} - \eta\,\frac{g_t}{\sqrt{s_t + \varepsilon}}$$

    ε stands under the root, where Keras has it, in the unit of the squared gradient. A sum that
    leaves the range of its type stays at the largest number, so that no gradient gives NaN.

    Args:
        learning_rate: η, a number >= 0, a Keras schedule or a function without arguments.
        initial_accumulator_value: s₀ >= 0, in the unit of the squared gradient.
        epsilon: ε > 0, in the unit of the squared gradient.
        weight_decay, options: as for every Keras optimizer (clipnorm, use_ema, name, …).

    Raises:
        ValueError: if a parameter is out of range, or (when the variables are known) ε rounds to
            0 in their type.

    Example:
        >>> theta = tf.Variable(1.0)
        >>> Adagrad(0.5, initial_accumulator_value=0.0).apply([tf.constant(4.0)], [theta])
        >>> round(float(theta.numpy()), 6)
        0.5

    Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", Journal of Machine Learning Research 12, 2011.
    """

    def __init__(
        self,
        learning_rate=0.001,
        initial_accumulator_value=0.1,
        epsilon=1e-7,
        weight_decay=None,
        **options,
    ):
        super().__init__(learning_rate, weight_decay, **options)
        self.initial_accumulator_value = _arguments.number(
            "initial_accumulator_value", initial_accumulator_value, least=0
        )
        self.epsilon = _arguments.number("epsilon", epsilon, above=0)

    def build(self, variables):
        if self.built:
            return
        refuse_rounding_to_zero(self.epsilon, variables)
        super().build(variables)
        first = keras.initializers.Constant(self.initial_accumulator_value)
        self.add_slots("accumulator", initializer=first)

    def rule(self, gradient, rate, parameter, s):
        gradient = squarable(gradient)
        s = tf.minimum(s + gradient**2, s.dtype.max)
        return parameter - rate * gradient / tf.sqrt(s + self.epsilon), s

    def get_config(self):
        return {
            **super().get_config(),
            "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }
