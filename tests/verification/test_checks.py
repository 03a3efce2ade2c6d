"""Each check fails on a function with the fault that it is there for."""

import dataclasses
import functools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import losses, optimizers, reference, schedules
from companion._derivative import with_derivative
from companion.losses._loss import mean_of_entries
from companion.verification import checks, findings, functions
from companion.verification import optimizers as optimizer_checks
from companion.verification.schedules import SCHEDULE_CHECKS
from companion.verification.specs import SPECS

SIGMOID, TANH, RELU, SOFTMAX = (
    SPECS[f"activations.{name}"] for name in ("sigmoid", "tanh", "relu", "softmax")
)
HUBER, LOG_COSH, CROSSENTROPY = (
    SPECS[f"losses.{name}"] for name in ("huber", "log_cosh", "categorical_crossentropy")
)
SGD, ADAM, ADAMW = (SPECS[f"optimizers.{name}"] for name in ("SGD", "Adam", "AdamW"))


def with_fault(spec, function, **changes):
    return dataclasses.replace(spec, function=function, **changes)


def failures(check, spec):
    """What the check finds wrong with the row: "value", "derivative"."""
    return {finding.of for finding in check(spec) if not finding.passed}


def scaled_derivative(spec, factor):
    """The row with a derivative that is off by a factor, and a value that is right."""

    @with_derivative
    def faulty(x, **parameters):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = spec.function(x, **parameters)
        return value, factor * tape.gradient(value, x)

    return with_fault(spec, faulty)


def faulty_huber(slope_in_y_true=-1.0, factor=1.0, kink=1.0):
    @with_derivative(entrywise=True)
    def per_entry(y_true, y_pred, delta):
        residual = y_pred - y_true
        size, delta = tf.abs(residual), kink * delta
        value = tf.where(size <= delta, residual**2 / 2, delta * (size - delta / 2))
        slope = factor * tf.clip_by_value(residual, -delta, delta)
        return value, slope_in_y_true * slope, slope

    def huber(y_true, y_pred, delta=1.0):
        return mean_of_entries(per_entry(y_true, y_pred, delta=delta))

    return with_fault(HUBER, huber)


# The wrapper


@pytest.mark.parametrize("mode", functions.MODES)
def test_a_wrong_derivative_in_the_wrapper_is_the_gradient(mode):
    @with_derivative
    def square(x, factor):
        return factor * x * x, 7.0 * tf.ones_like(x)

    row = with_fault(SIGMOID, lambda x: square(x, factor=2.0))
    value, derivative = functions.evaluate(row, (np.float32([[3.0]]),), {}, mode=mode)
    assert float(value[0, 0]) == 18.0
    assert float(derivative[0, 0]) == 7.0


# The checks of a function


@pytest.mark.parametrize(
    "check", [functions.derivation, functions.keras_twin, functions.autodiff, functions.many_digits]
)
def test_a_derivative_too_large_by_a_thousandth_is_seen_by(check):
    assert failures(check, scaled_derivative(SIGMOID, 1.001)) == {"derivative"}
    assert failures(check, faulty_huber(factor=1.001)) == {"derivative"}


@pytest.mark.parametrize(
    "check", [functions.derivation, functions.keras_twin, functions.autodiff, functions.many_digits]
)
def test_a_turned_sign_is_seen_by(check):
    assert "derivative" in failures(check, scaled_derivative(TANH, -1.0))


@pytest.mark.parametrize(
    "check", [functions.derivation, functions.keras_twin, functions.many_digits]
)
def test_a_wrong_value_is_seen_by(check):
    assert "value" in failures(check, with_fault(SIGMOID, tf.tanh))


@pytest.mark.parametrize(
    "check", [functions.derivation, functions.keras_twin, functions.many_digits]
)
def test_a_shifted_kink_is_seen_by(check):
    assert failures(check, faulty_huber(kink=1.00001)) == {"value", "derivative"}


def test_a_kink_shifted_by_one_float_is_seen_with_many_digits():
    shifted = with_fault(RELU, lambda x, **parameters: RELU.function(x - 1e-29, **parameters))
    assert "derivative" in failures(functions.many_digits, shifted)


def test_a_mean_over_all_samples_is_seen_by_the_derivation():
    wrong = with_fault(LOG_COSH, lambda y, p: losses.log_cosh(y, p) / 3)
    assert failures(functions.derivation, wrong) == {"value", "derivative"}


def test_an_ignored_parameter_is_seen_by_the_derivation():
    deaf = with_fault(HUBER, lambda y_true, y_pred, delta=1.0: losses.huber(y_true, y_pred))
    assert failures(functions.derivation, deaf) == {"value", "derivative"}


def test_keras_own_function_fails_where_keras_is_known_to_err():
    for spec in (SIGMOID, TANH, LOG_COSH, CROSSENTROPY):
        assert failures(functions.differences_from_keras, with_fault(spec, spec.keras)), spec.name


def test_a_wrong_gradient_in_the_labels_is_seen_by_autodiff():
    assert failures(functions.autodiff, faulty_huber(slope_in_y_true=1.0)) == {"derivative"}
    assert not failures(functions.autodiff, faulty_huber())


def test_a_derivative_that_cannot_be_differentiated_again_is_seen():
    @with_derivative
    def sigmoid(x):
        value = tf.sigmoid(x)
        return value, tf.stop_gradient(value * (1 - value))

    assert failures(functions.second_derivative, with_fault(SIGMOID, sigmoid)) == {"derivative"}


def test_a_reference_whose_derivative_is_not_that_of_its_value_is_seen_by_differences():
    def wrong(x):
        value, derivative = reference.activations.sigmoid(x)
        return value, derivative * (1 + 1e-6)

    assert failures(functions.finite_differences, dataclasses.replace(SIGMOID, reference=wrong))


def test_lost_digits_are_seen_with_many_digits():
    @with_derivative
    def sigmoid(x):
        value = tf.sigmoid(x)
        return value, value * (1 - value)  # 0 from 17 on, where 1 - value rounds to 0

    assert "derivative" in failures(functions.many_digits, with_fault(SIGMOID, sigmoid))
    naive = with_fault(LOG_COSH, lambda y, p: tf.reduce_mean(tf.math.log(tf.cosh(p - y)), -1))
    assert "value" in failures(functions.many_digits, naive)


def test_a_concession_does_not_let_a_wrong_softmax_pass():
    @with_derivative
    def softmax(x):
        p = tf.nn.softmax(x)
        return p, lambda upstream: p * (upstream - tf.reduce_mean(p * upstream, -1, keepdims=True))

    assert failures(functions.many_digits, with_fault(SOFTMAX, softmax)) == {"derivative"}
    naive = with_fault(
        CROSSENTROPY,
        lambda y, z, from_logits=False, label_smoothing=0.0: keras.losses.categorical_crossentropy(
            y, z, from_logits, label_smoothing
        ),
    )
    assert failures(functions.many_digits, naive) == {"value", "derivative"}


def test_a_graph_that_differs_from_eager_mode_is_seen():
    def sigmoid(x):
        return tf.sigmoid(x) * (1.0 if tf.executing_eagerly() else 1.00001)

    assert failures(functions.modes_agree, with_fault(SIGMOID, sigmoid)) == {"value", "derivative"}


def test_a_nan_from_a_finite_input_is_seen():
    naive = with_fault(SIGMOID, lambda x: tf.exp(x) / (1 + tf.exp(x)))
    assert failures(functions.no_nan, naive) == {"value", "derivative"}


def test_a_nan_in_the_second_derivative_alone_is_seen():
    @with_derivative
    def linear(x):
        return tf.identity(x), tf.where(x == 0, tf.ones_like(x), x / x)

    assert failures(functions.no_nan, with_fault(SIGMOID, linear)) == {"derivative"}


def test_a_wrong_limit_and_a_swallowed_nan_are_seen():
    times_zero = with_fault(SIGMOID, lambda x: tf.sigmoid(x) + 0 * x)
    assert "value" in failures(functions.limits, times_zero)
    swallows = with_fault(SIGMOID, lambda x: tf.where(x > 0, tf.sigmoid(x), 1 - tf.sigmoid(-x)) * 0)
    assert "value" in failures(functions.limits, swallows)


def test_another_type_and_an_error_beyond_the_types_own_are_seen():
    to_float32 = with_fault(SIGMOID, lambda x: tf.sigmoid(tf.cast(x, tf.float32)))
    assert "value" in failures(functions.types, to_float32)
    through_half = with_fault(
        SIGMOID, lambda x: tf.cast(tf.sigmoid(tf.cast(x, tf.float16)), x.dtype)
    )
    assert "value" in failures(functions.types, through_half)


def test_autodiff_behind_our_back_is_seen():
    assert failures(functions.hand_written, with_fault(SIGMOID, tf.sigmoid)) == {"derivative"}
    beside = with_fault(SIGMOID, lambda x: SIGMOID.function(x) + tf.exp(-tf.abs(x)))
    assert failures(functions.hand_written, beside) == {"derivative"}
    after = with_fault(SIGMOID, lambda x: 2 * SIGMOID.function(x))
    assert not failures(functions.hand_written, after), "what follows the wrapper is the caller's"


def test_a_parameter_that_is_not_saved_is_seen():
    @keras.saving.register_keras_serializable("test_checks")
    class Forgetful(losses.Huber):
        def get_config(self):
            return {**super().get_config(), "delta": 1.0}

    assert failures(functions.round_trip, dataclasses.replace(HUBER, loss_class=Forgetful)) == {
        "value"
    }


# The checks of an optimizer


def with_methods(spec, **methods):
    """The row with a subclass of its optimizer in which some methods are wrong."""
    return dataclasses.replace(spec, optimizer=type("Faulty", (spec.optimizer,), methods))


def adam_rule(move):
    """A `rule` for Adam whose `move(self, m, v)` may be wrong."""

    def rule(self, gradient, rate, parameter, m, v):
        m = self.beta_1 * m + (1 - self.beta_1) * gradient
        v = self.beta_2 * v + (1 - self.beta_2) * gradient**2
        return parameter - rate * move(self, m, v), m, v

    return rule


BY_STEPS = pytest.mark.parametrize(
    "check", [optimizer_checks.steps, optimizer_checks.steps_of_keras]
)


@BY_STEPS
def test_a_missing_bias_correction_is_seen_by(check):
    assert failures(check, with_methods(ADAM, rate=lambda self, learning_rate: learning_rate))


@BY_STEPS
def test_steps_counted_from_two_are_seen_by(check):
    def rate(self, learning_rate):
        t = tf.cast(self.iterations + 2, tf.float64)
        correction = tf.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        return tf.cast(learning_rate, tf.float64) * correction

    assert failures(check, with_methods(ADAM, rate=rate))


@BY_STEPS
def test_an_epsilon_in_another_place_is_seen_by(check):
    right = adam_rule(lambda self, m, v: m / (tf.sqrt(v) + self.epsilon))
    under_the_root = adam_rule(lambda self, m, v: m / tf.sqrt(v + self.epsilon))
    no_amsgrad = dataclasses.replace(ADAM, options=ADAM.options[:-1])
    assert not failures(check, with_methods(no_amsgrad, rule=right))
    assert failures(check, with_methods(no_amsgrad, rule=under_the_root))


@BY_STEPS
def test_a_maximum_that_is_not_kept_is_seen_by(check):
    def rule(self, *tensors):
        parameter, m, v, *v_max = optimizers.Adam.rule(self, *tensors)
        return parameter, m, v, *(v for _ in v_max)

    assert failures(check, with_methods(ADAM, rule=rule))


@BY_STEPS
def test_a_decay_that_is_left_out_is_seen_by(check):
    assert failures(check, with_methods(ADAMW, _apply_weight_decay=lambda self, variables: None))


@BY_STEPS
def test_nesterov_without_the_look_ahead_is_seen_by(check):
    def build(self, variables):
        optimizers.SGD.build(self, variables)
        self.nesterov = False

    assert failures(check, with_methods(SGD, build=build))


def test_a_step_in_half_precision_is_seen_in_float32():
    def rule(self, gradient, *others):
        rounded = tf.cast(tf.cast(gradient, tf.bfloat16), gradient.dtype)
        return optimizers.SGD.rule(self, rounded, *others)

    assert failures(optimizer_checks.steps_in_float32, with_methods(SGD, rule=rule))


def test_a_square_that_overflows_is_seen():
    plain = adam_rule(lambda self, m, v: m / (tf.sqrt(v) + self.epsilon))
    no_amsgrad = dataclasses.replace(ADAM, options=ADAM.options[:-1])
    assert failures(optimizer_checks.huge_gradients, with_methods(no_amsgrad, rule=plain))


def test_a_variance_that_subtracts_two_squares_is_seen():
    row = SPECS["optimizers.RMSprop"]
    centered = {"options": ({"centered": True},), "differences": row.differences[-1:]}
    rmsprop = dataclasses.replace(row, **centered)

    def rule(self, gradient, rate, parameter, square, mean):
        square = self.rho * square + (1 - self.rho) * gradient**2
        mean = self.rho * mean + (1 - self.rho) * gradient
        move = rate * gradient / tf.sqrt(square - mean**2 + self.epsilon)
        return parameter - move, square, mean

    assert failures(optimizer_checks.differences_from_keras, with_methods(rmsprop, rule=rule))
    assert not failures(optimizer_checks.steps_of_keras, with_methods(rmsprop, rule=rule))


def test_a_program_for_large_variables_that_does_something_else_is_seen():
    def build(self, variables):
        optimizers.SGD.build(self, variables)
        rule = functools.partial(optimizers.SGD.rule, optimizers.SGD(momentum=0.5))
        self._program = tf.function(rule, jit_compile=True, autograph=False)

    momentum = dataclasses.replace(SGD, options=SGD.options[:3])
    assert failures(optimizer_checks.large_variables, with_methods(momentum, build=build))


def test_clipping_after_the_step_instead_of_before_is_seen():
    kept = with_methods(SGD, _clip_gradients=lambda self, gradients: gradients)
    assert failures(optimizer_checks.options_of_keras, kept)


def test_slots_in_half_precision_are_seen():
    def add_variable(self, shape, initializer, dtype, **more):
        return optimizers.SGD.add_variable(self, shape, initializer, "float16", **more)

    def rule(self, gradient, rate, parameter, *slots):
        slots = [tf.cast(slot, parameter.dtype) for slot in slots]
        return optimizers.SGD.rule(self, gradient, rate, parameter, *slots)

    momentum = dataclasses.replace(SGD, options=SGD.options[:2])
    assert not failures(optimizer_checks.mixed_precision, with_methods(momentum, rule=rule))
    halved = with_methods(momentum, add_variable=add_variable, rule=rule)
    assert failures(optimizer_checks.mixed_precision, halved)


def test_a_state_that_is_not_resumed_is_seen():
    forgetful = with_methods(ADAM, load_own_variables=lambda self, store: None)
    assert failures(optimizer_checks.interrupted, forgetful)


@pytest.mark.parametrize("check", SCHEDULE_CHECKS)
def test_a_schedule_that_is_wrong_is_seen_by(check):
    @keras.saving.register_keras_serializable("test_checks")
    class CosineDecay(schedules.CosineDecay):
        def rate(self, step):
            return super().rate(step) * 1.001

        def get_config(self):
            return {**super().get_config(), "alpha": 0.5}

    wrong = dataclasses.replace(SPECS["schedules.CosineDecay"], schedule=CosineDecay)
    assert failures(check, wrong)


def test_a_sparse_gradient_that_counts_repeated_rows_once_is_seen():
    def apply(self, gradients, variables):
        (gradient,) = gradients
        if isinstance(gradient, tf.IndexedSlices):
            table = tf.zeros(gradient.dense_shape, gradient.dtype)
            gradient = tf.tensor_scatter_nd_update(
                table, gradient.indices[:, None], gradient.values
            )
        optimizers.SGD.apply(self, [gradient], variables)

    assert failures(optimizer_checks.sparse_gradients, with_methods(SGD, apply=apply))


def test_an_option_that_is_not_saved_is_seen():
    @keras.saving.register_keras_serializable("test_checks")
    class Forgetful(optimizers.AdamW):
        def get_config(self):
            config = super().get_config()
            del config["amsgrad"]
            return config

    forgetful = dataclasses.replace(ADAMW, optimizer=Forgetful)
    assert failures(optimizer_checks.saved_optimizer, forgetful)


# The report


def test_verify_raises_with_the_input_and_the_table_where_a_bound_is_exceeded(monkeypatch):
    def wrong(x):
        value, derivative = reference.activations.tanh(x)
        return value, 1.001 * derivative

    monkeypatch.setitem(SPECS, "activations.tanh", dataclasses.replace(TANH, reference=wrong))
    with pytest.raises(AssertionError) as raised:
        checks.verify("activations.tanh")
    message = str(raised.value)
    assert message.startswith(
        "activations.tanh fails\nderivation, derivative: 1e-03, bound 1e-12, at ["
    )
    assert "measured on" in message


def test_verify_lists_the_rows_when_it_is_asked_for_another():
    with pytest.raises(ValueError) as raised:
        checks.verify("losses.hubert")
    assert "losses.hubert" in str(raised.value)
    assert "losses.huber," in str(raised.value)


def test_a_report_is_printed_in_the_same_words_again():
    once, again = (
        repr(checks.verify("activations.linear")),
        repr(checks.verify("activations.linear")),
    )
    assert once == again


@pytest.mark.parametrize(
    ("worst", "unit", "printed"),
    [
        (0, "ulp", "0 ulp"),
        (1, "ulp", "4 ulp"),
        (2.5, "ulp", "4 ulp"),
        (3, "ulp", "8 ulp"),
        (8, "ulp", "8 ulp"),
        (11.0, "ulp", "11 ulp"),
        (0, "", "0"),
        (1e-16, "", "1e-10"),
        (3e-10, "", "1e-09"),
        (0, "faults", "none"),
        (3, "faults", "3"),
    ],
)
def test_errors_are_printed_rounded_up(worst, unit, printed):
    bound = 8 if unit else 1e-8
    finding = findings.Finding("a check", "value", worst, bound, unit, "all inputs")
    assert findings.amount(finding.rounded_up, unit) == printed


def test_the_worst_error_is_reported_with_its_input():
    error = [[0.0, 1.0], [5.0, 2.0]]
    inputs = (np.array([[10, 11], [20, 21]]),)
    finding = findings.worst_of("a check", "value", [("here", inputs, error)], 4, "ulp", "")
    assert not finding.passed
    assert (finding.worst, finding.at) == (5.0, "[20, 21] here")


# The yardsticks


def test_ulps_are_counted_from_the_correctly_rounded_result():
    one = np.float32(1)
    above = np.nextafter(one, np.float32(2))
    assert findings.in_ulp(above, np.array(1.0)) == 1
    assert findings.in_ulp(one, np.array(1 + 1e-9)) == 0
    assert findings.in_ulp(np.float32(np.nan), np.array(1.0)) == math.inf
    assert findings.in_ulp(np.float32(np.inf), np.array(findings.LARGEST)) == math.inf
    assert findings.in_ulp(np.float32(0), np.array(1e-36)) == 0, "too small to count"


def test_120_digits_are_enough_for_naive_definitions_at_both_ends():
    tiny, huge = np.float32([[1e-30]]), np.float32([[1e30]])
    value, derivative = functions.exact_results(TANH, (tiny,), {})
    assert value[0, 0] == pytest.approx(float(tiny[0, 0]), rel=1e-15)
    assert derivative[0, 0] == pytest.approx(1, rel=1e-15)
    value, derivative = functions.exact_results(LOG_COSH, (0 * huge, huge), {})
    assert value[0] == pytest.approx(float(huge[0, 0]), rel=1e-15)
    assert derivative[0, 0] == pytest.approx(1, rel=1e-15)


def test_differences_of_fourth_order_are_exact_for_polynomials_of_degree_four():
    x = np.array([[2.0], [-3.0]])
    came = functions._differences(SIGMOID, lambda x: x**4 - x**2, x, np.full_like(x, 0.5))
    assert np.allclose(came, 4 * x**3 - 2 * x, rtol=1e-14)
