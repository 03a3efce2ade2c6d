"""Adam, AMSGrad and AdamW. Chapter: optimizers/adam."""

from companion import _arguments
from companion._backend import keras, serializable, tf


@serializable
class Adam(keras.optimizers.Optimizer):
    r"""Adaptive moment estimation.

    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
      v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2$$
    $$\theta_t = \theta_{t-1} - \eta\,\frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
      \frac{m_t}{\sqrt{v_t} + \varepsilon}$$

    ε stands beside √v before the bias correction, where Keras has it; in the paper's Algorithm
    1 it stands beside the corrected root. With `amsgrad` the largest v so far takes v's place.
    The bias corrections are formed in float64: 1 - 0.999 in float32 is off by 1.3e-5.

    Args:
        learning_rate: η, a number >= 0, a Keras schedule or a function without arguments.
        beta_1: decay of the mean of the gradients, in [0, 1).
        beta_2: decay of the mean of their squares, in [0, 1).
        epsilon: ε > 0, in the unit of the gradient.
        amsgrad: whether the denominator may only grow.
        weight_decay, name, options: as for every Keras optimizer (clipnorm, use_ema, …).

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
        name="adam",
        **options,
    ):
        super().__init__(
            _arguments.learning_rate(learning_rate),
            weight_decay=_arguments.weight_decay(weight_decay),
            name=name,
            **options,
        )
        self.beta_1 = _arguments.number("beta_1", beta_1, least=0, below=1)
        self.beta_2 = _arguments.number("beta_2", beta_2, least=0, below=1)
        self.epsilon = _arguments.number("epsilon", epsilon, above=0)
        self.amsgrad = amsgrad

    def build(self, variables):
        if self.built:
            return
        for dtype in {tf.as_dtype(variable.dtype) for variable in variables}:
            if dtype.as_numpy_dtype(self.epsilon) == 0:
                raise ValueError(
                    f"epsilon should not round to 0 in the variables' type {dtype.name}, where a "
                    f"gradient of 0 would be divided by 0; got {self.epsilon}"
                )
        super().build(variables)
        self._m, self._v = self.add_optimizer_variables(variables, ["momentum", "velocity"])
        if self.amsgrad:
            self._v_max = self.add_optimizer_variables(variables, "velocity_hat")

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        gradient = tf.cast(tf.convert_to_tensor(gradient), variable.dtype)
        m = self.beta_1 * self._m[index].value + (1 - self.beta_1) * gradient
        v = self.beta_2 * self._v[index].value + (1 - self.beta_2) * gradient**2
        self.assign(self._m[index], m)
        self.assign(self._v[index], v)
        if self.amsgrad:
            v = tf.maximum(self._v_max[index].value, v)
            self.assign(self._v_max[index], v)
        rate = tf.cast(learning_rate, variable.dtype) * self._correction(variable.dtype)
        self.assign_sub(variable, rate * m / (tf.sqrt(v) + self.epsilon))

    def _correction(self, dtype):
        """√(1 - β₂ᵗ) / (1 - β₁ᵗ): both means start at 0, and this takes the start out."""
        t = tf.cast(self.iterations + 1, tf.float64)
        first, second = 1 - self.beta_1**t, 1 - self.beta_2**t
        return tf.cast(tf.sqrt(second) / first, dtype)

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
        name, options: as for every Keras optimizer.

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
        name="adamw",
        **options,
    ):
        super().__init__(
            learning_rate=learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
            weight_decay=_arguments.number("weight_decay", weight_decay, least=0),
            name=name,
            **options,
        )
