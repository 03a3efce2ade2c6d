"""Adam, AMSGrad and AdamW. Chapter: optimizers/adam."""

from companion import _arguments
from companion._backend import serializable, tf
from companion.optimizers._optimizer import Optimizer, refuse_rounding_to_zero, squarable


@serializable
class Adam(Optimizer):
    r"""Adaptive moment estimation.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
      v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2$$
    $$\theta_t = \theta_{t-1} - \eta\,\frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
      \frac{m_t}{\sqrt{v_t} + \varepsilon}$$

    ε stands beside √v before the bias correction, where Keras has it; in the paper's Algorithm
    1 it stands beside the corrected root. With `amsgrad` the largest v so far takes v's place.
    The bias corrections are formed in float64: 1 - 0.999 in float32 is off by 1.3e-5. A gradient
    whose square would leave the range of its type counts as the largest whose square does not.

    Args:
        learning_rate: η, a number >= 0, a Keras schedule or a function without arguments.
        beta_1: decay of the mean of the gradients, in [0, 1).
        beta_2: decay of the mean of their squares, in [0, 1).
        epsilon: ε > 0, in the unit of the gradient.
        amsgrad: whether the denominator may only grow.
        weight_decay, options: as for every Keras optimizer (clipnorm, use_ema, name, …).

    Raises:
        ValueError: if a parameter is out of range, or (when the variables are known) ε rounds to
            0 in their type.

    Example:
        >>> theta = tf.Variable(1.0)
        >>> Adam(learning_rate=0.1).apply([tf.constant(4.0)], [theta])
        >>> round(float(theta.numpy()), 6)
        0.9

    Source: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015;
    AMSGrad: S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", ICLR 2018.
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        weight_decay=None,
        **options,
    ):
        super().__init__(learning_rate, weight_decay, **options)
        self.beta_1 = _arguments.number("beta_1", beta_1, least=0, below=1)
        self.beta_2 = _arguments.number("beta_2", beta_2, least=0, below=1)
        self.epsilon = _arguments.number("epsilon", epsilon, above=0)
        self.amsgrad = _arguments.flag("amsgrad", amsgrad)

    def build(self, variables):
        if self.built:
            return
        refuse_rounding_to_zero(self.epsilon, variables)
        super().build(variables)
        self.add_slots("momentum", "velocity")
        if self.amsgrad:
            self.add_slots("velocity_hat")

    def rate(self, learning_rate):
        """η √(1 - β₂ᵗ) / (1 - β₁ᵗ): both means start at 0, and this takes the start out."""
        t = tf.cast(self.iterations + 1, tf.float64)
        first, second = 1 - self.beta_1**t, 1 - self.beta_2**t
        return tf.cast(learning_rate, tf.float64) * tf.sqrt(second) / first

    def rule(self, gradient, rate, parameter, m, v, *v_max):
        gradient = squarable(gradient)
        m = self.beta_1 * m + (1 - self.beta_1) * gradient
        v = self.beta_2 * v + (1 - self.beta_2) * gradient**2
        if self.amsgrad:
            v_max = [tf.maximum(*v_max, v)]
        largest = v_max[0] if self.amsgrad else v
        return parameter - rate * m / (tf.sqrt(largest) + self.epsilon), m, v, *v_max

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }


@serializable
class AdamW(Adam):
    r"""Adam with decoupled weight decay.

    $$\theta \leftarrow (1 - \eta\lambda)\,\theta$$

    before Adam's step, so that no $\sqrt{v}$ rescales the decay as it would that of an L2
    penalty in the loss.

    Args:
        learning_rate, beta_1, beta_2, epsilon, amsgrad: as for `Adam`.
        weight_decay: λ, a finite number >= 0.
        options: as for every Keras optimizer.

    Raises:
        ValueError: if a parameter is out of range.

    Example:
        >>> theta = tf.Variable(1.0)
        >>> AdamW(learning_rate=0.1, weight_decay=0.5).apply([tf.constant(0.0)], [theta])
        >>> round(float(theta.numpy()), 6)
        0.95

    Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        **options,
    ):
        weight_decay = _arguments.number("weight_decay", weight_decay, least=0)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, **options)
