"""What all optimizers share: a rule, a pure function, and the variables that it renews."""

import math
import numbers

from companion import _arguments
from companion._backend import keras, tf
from companion._derivative import worth_compiling

OPTIONS = {
    "clipnorm": {"least": 0},
    "clipvalue": {"least": 0},
    "global_clipnorm": {"least": 0},
    "ema_momentum": {"least": 0, "most": 1},
    "loss_scale_factor": {"above": 0},
}
"""Options of every Keras optimizer, and their bounds where Keras checks none."""


class Optimizer(keras.optimizers.Optimizer):
    """A Keras optimizer whose update is one function of tensors, `rule`.

    A subclass names its slots in `build` and says in `rule` what becomes of a variable and of its
    slots. Everything else, from clipping to gradient accumulation, is Keras'.

    Args:
        learning_rate: η, a number >= 0, a Keras schedule or a function without arguments.
        weight_decay: λ >= 0: before each step the variable is multiplied by 1 - ηλ.
        options: as for every Keras optimizer (clipnorm, use_ema, name, …).
    """

    def __init__(self, learning_rate, weight_decay, **options):
        for name in OPTIONS.keys() & options.keys():
            if options[name] is not None:
                _arguments.number(name, options[name], **OPTIONS[name])
        super().__init__(
            _arguments.learning_rate(learning_rate),
            weight_decay=_arguments.weight_decay(weight_decay),
            **options,
        )

    def rule(self, gradient, rate, parameter, *slots):
        """The parameter and its slots after a step; all are tensors of one shape but the rate."""
        raise NotImplementedError

    def rate(self, learning_rate):
        """What multiplies the step."""
        return learning_rate

    def build(self, variables):
        super().build(variables)
        self._slots = [[] for _ in variables]
        # One program serves all variables of a size.
        self._program = tf.function(self.rule, jit_compile=True, autograph=False)

    def add_slots(self, *names, initializer="zeros"):
        """Give every variable a slot of each of these names, in the order of Keras."""
        added = self.add_optimizer_variables(self._trainable_variables, names, initializer)
        for slots, *more in zip(self._slots, *added, strict=True):
            slots += more

    def update_step(self, gradient, variable, learning_rate):
        held = [variable, *self._slots[self._get_variable_index(variable)]]
        # The gradient of a lookup comes as rows and their places; repeated rows add up.
        gradient = tf.cast(tf.convert_to_tensor(gradient), variable.dtype)
        rate = tf.cast(self.rate(learning_rate), variable.dtype)
        tensors = [tf.convert_to_tensor(one) for one in held]
        for one, value in zip(held, self._renewed(gradient, rate, tensors), strict=True):
            self.assign(one, value)

    def _renewed(self, gradient, rate, tensors):
        # Without slots there is little to save: one product and one difference.
        if len(tensors) == 1 or not worth_compiling([gradient]):
            return self.rule(gradient, rate, *tensors)
        arguments = [tf.reshape(gradient, [-1]), rate, *(tf.reshape(t, [-1]) for t in tensors)]
        program = self._program.get_concrete_function(*arguments)
        return [tf.reshape(value, gradient.shape) for value in program(*arguments)]

    @property
    def learning_rate(self):
        return super().learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, numbers.Real):
            value = _arguments.learning_rate(value)
        keras.optimizers.Optimizer.learning_rate.fset(self, value)


def refuse_rounding_to_zero(epsilon, variables):
    """Raise a `ValueError` if ε is 0 in the type of one of the variables."""
    for dtype in {tf.as_dtype(variable.dtype) for variable in variables}:
        if dtype.as_numpy_dtype(epsilon) == 0:
            raise ValueError(
                f"epsilon should not round to 0 in the variables' type {dtype.name}, where a "
                f"gradient of 0 would be divided by 0; got {epsilon}"
            )


def squarable(gradient):
    """The gradient, drawn in to where no mean of squares overflows: 9.2e18 in float32.

    What follows divides by the root of that mean, so that a longer gradient makes no other step.
    """
    _, bits = math.frexp(float(gradient.dtype.max))
    limit = 2.0 ** (bits // 2 - 1)
    return tf.clip_by_value(gradient, -limit, limit)
