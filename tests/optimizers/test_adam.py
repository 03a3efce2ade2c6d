"""What Adam is: lengths of steps, invariances, limits, and where it fails."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from companion import optimizers
from companion.reference.optimizers import adam, adamw
from companion.verification.formulas import read_page

PAGE = Path(__file__).parents[2] / "book" / "optimizers" / "adam.md"


def steps(rule, gradients, **options):
    """How far each gradient moves a parameter, in learning rates, downhill counted as positive."""
    lengths, state = [], None
    for gradient in gradients:
        parameter, state = rule(0.0, gradient, state, learning_rate=1.0, **options)
        lengths.append(-float(parameter))
    return np.array(lengths)


def walk(optimizer, gradients, start=0.0, dtype="float32"):
    """The variable after each step of a Keras optimizer."""
    variable, path = tf.Variable(start, dtype=dtype), []
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient, dtype)], [variable])
        path.append(variable.numpy())
    return np.array(path)


# --- the length of a step -------------------------------------------------------------------------


@pytest.mark.parametrize("gradient", [-1e4, -3.0, 1e-4, 2.0, 1e6])
def test_the_first_step_has_the_length_of_the_learning_rate_whatever_the_gradient(gradient):
    (length,) = steps(adam, [gradient], epsilon=1e-30)
    assert np.isclose(length, np.sign(gradient), rtol=1e-12)
    (moved,) = walk(optimizers.Adam(learning_rate=1.0, epsilon=1e-30), [gradient])
    assert np.isclose(-moved, np.sign(gradient), rtol=3e-7)


def test_under_a_constant_gradient_every_step_has_that_length():
    assert np.allclose(steps(adam, np.full(3000, -0.7), epsilon=1e-30), -1, rtol=1e-11)


def test_without_memory_adam_steps_by_the_sign():
    gradients = np.array([3.0, -0.1, 20.0])
    signs = steps(adam, gradients, beta_1=0.0, beta_2=0.0, epsilon=1e-30)
    assert np.allclose(signs, np.sign(gradients), rtol=1e-12)


def longest_step(beta_1=0.9, beta_2=0.999):
    """The bound of the page, from the inequality of Cauchy and Schwarz."""
    return (1 - beta_1) / np.sqrt((1 - beta_2) * (1 - beta_1**2 / beta_2))


def test_the_bound_is_lower_early_in_training():
    t = np.arange(1, 20_001)
    ratio = 0.9**2 / 0.999
    sums = 0.1**2 / 0.001 * (1 - ratio**t) / (1 - ratio)
    bound = np.sqrt(sums * (1 - 0.999**t)) / (1 - 0.9**t)
    assert np.isclose(bound[0], 1, rtol=1e-12)
    assert (np.diff(bound) >= -1e-12).all()
    assert bound.max() <= longest_step() * (1 + 1e-12)


def test_no_step_exceeds_the_bound():
    generator = np.random.default_rng(0)
    for _ in range(20):
        sizes = 10.0 ** generator.uniform(-6, 6, size=300)
        gradients = sizes * generator.choice([-1, 0, 1], size=300)
        assert np.abs(steps(adam, gradients, epsilon=1e-30)).max() <= longest_step()


def test_growing_gradients_come_close_to_the_bound_and_one_spike_does_not():
    growing = np.r_[np.full(6000, 1e-3), 1e-3 * (0.999 / 0.9) ** np.arange(1, 101)]
    assert 0.99 * longest_step() < steps(adam, growing)[-1] < longest_step()
    spike = steps(adam, [*np.zeros(6000), 1.0])[-1]
    assert np.isclose(spike, 0.1 / np.sqrt(0.001), rtol=0.01)
    assert spike < longest_step() / 2


# --- what does not change a step ------------------------------------------------------------------


@pytest.mark.parametrize("factor", [-3.0, 1e-4, 1e5])
def test_a_loss_in_another_unit_trains_the_same_with_epsilon_in_that_unit(factor):
    gradients = np.random.default_rng(1).normal(size=60)
    epsilon = 0.1
    rescaled = steps(adam, factor * gradients, epsilon=abs(factor) * epsilon)
    expected = np.sign(factor) * steps(adam, gradients, epsilon=epsilon)
    assert np.allclose(rescaled, expected, rtol=1e-9)


def test_parameters_do_not_know_of_each_other():
    gradients = np.random.default_rng(2).normal(size=(30, 2)) * [1.0, 1e6]
    together = [np.zeros(2), None]
    alone = [[0.0, None], [0.0, None]]
    for pair in gradients:
        together = list(adam(together[0], pair, together[1]))
        alone = [list(adam(p, g, s)) for (p, s), g in zip(alone, pair, strict=True)]
    assert np.array_equal(together[0], [p for p, _ in alone])


# --- averages and their correction ----------------------------------------------------------------


def test_the_running_mean_is_a_weighted_sum_of_all_gradients():
    gradients, state = np.random.default_rng(3).normal(size=40), None
    for gradient in gradients:
        _, state = adam(0.0, gradient, state)
    weights = 0.9 ** np.arange(40)[::-1]
    assert np.isclose(state["m"], 0.1 * weights @ gradients, rtol=1e-12)
    assert np.isclose(0.1 * weights.sum(), 1 - 0.9**40, rtol=1e-12)


def test_the_corrections_are_formed_in_more_than_float32():
    # Keras' first step is off by 6.7e-6, because float32 holds 0.999 with an error.
    ours = walk(optimizers.Adam(learning_rate=1.0, epsilon=1e-30), np.ones(3))
    assert np.allclose(np.diff(ours, prepend=0.0), -1, rtol=2e-7)


def test_the_paper_has_another_place_for_epsilon():
    """Algorithm 1 with ε / √(1 - β₂ᵗ) for its ε is Keras' form, and with ε itself it is not."""
    gradients, epsilon = np.random.default_rng(4).normal(size=50) * 1e-3, 1e-3
    keras_form = steps(adam, gradients, epsilon=epsilon)
    m = v = 0.0
    paper, scaled = [], []
    for t, gradient in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        paper.append(m_hat / (np.sqrt(v_hat) + epsilon))
        scaled.append(m_hat / (np.sqrt(v_hat) + epsilon / np.sqrt(1 - 0.999**t)))
    assert np.allclose(keras_form, scaled, rtol=1e-12)
    assert abs(paper[0]) > 10 * abs(keras_form[0])


# --- zero gradients -------------------------------------------------------------------------------


def test_zero_gradients_alone_move_nothing():
    assert np.array_equal(steps(adam, np.zeros(5)), np.zeros(5))
    assert np.array_equal(walk(optimizers.Adam(), np.zeros(5), start=2.0), np.full(5, 2.0, "f4"))


def test_one_gradient_moves_a_parameter_for_many_steps_and_six_rates_in_all():
    lengths = steps(adam, [1.0, *np.zeros(400)])
    assert (np.diff(lengths) < 0).all()
    assert 6.0 < lengths.sum() < 6.01


def test_rows_that_were_not_looked_up_take_part_with_a_zero_gradient():
    table, dense = tf.Variable(np.ones((3, 2), "f4")), tf.Variable(np.ones((3, 2), "f4"))
    sparse_adam, dense_adam = (optimizers.Adam(learning_rate=0.1) for _ in range(2))
    for row in (0, 2, 2):
        gradient = np.zeros((3, 2), "f4")
        gradient[row] = [1.0, -2.0]
        slices = tf.IndexedSlices(tf.constant(gradient[[row]]), tf.constant([row]), (3, 2))
        sparse_adam.apply([slices], [table])
        dense_adam.apply([tf.constant(gradient)], [dense])
    assert np.array_equal(table.numpy(), dense.numpy())


# --- AMSGrad --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amsgrad", "end"), [(False, 1.0), (True, -1.0)])
def test_adam_goes_to_the_worst_point_of_a_convex_problem_and_amsgrad_to_the_best(amsgrad, end):
    # Reddi, Kale and Kumar (2018), theorem 1 with C = 3: the losses 3x, -x, -x on [-1, 1].
    x, state = 0.0, None
    for t in range(1500):
        x, state = adam(
            x,
            (3.0, -1.0, -1.0)[t % 3],
            state,
            learning_rate=0.01,
            beta_1=0.0,
            beta_2=0.1,
            amsgrad=amsgrad,
        )
        x = np.clip(x, -1, 1)
    assert abs(x - end) < 0.02


def test_amsgrad_is_adam_while_v_grows():
    gradients = 1.1 ** np.arange(50)
    assert np.array_equal(steps(adam, gradients, amsgrad=True), steps(adam, gradients))
    assert not np.allclose(steps(adam, gradients[::-1], amsgrad=True), steps(adam, gradients[::-1]))


# --- weight decay ---------------------------------------------------------------------------------


def test_adamw_without_a_gradient_is_a_geometric_decay():
    path = walk(optimizers.AdamW(learning_rate=0.1, weight_decay=0.5), np.zeros(10), start=1.0)
    assert np.allclose(path, 0.95 ** np.arange(1, 11), rtol=1e-6)


def test_adamw_with_a_decay_of_zero_is_adam():
    gradients = np.random.default_rng(5).normal(size=20)
    plain, decayed = optimizers.Adam(), optimizers.AdamW(weight_decay=0.0)
    assert np.array_equal(walk(plain, gradients, 1.0), walk(decayed, gradients, 1.0))


def test_the_decay_of_adamw_does_not_depend_on_the_gradient_and_that_of_a_penalty_does():
    noise = np.array([0.1, 1.0, 10.0])
    decoupled = penalised = np.ones(3)
    one = other = None
    for t in range(2000):
        gradient = noise * (-1) ** t
        decoupled, one = adamw(decoupled, gradient, one, weight_decay=0.1)
        penalised, other = adam(penalised, gradient + 0.1 * penalised, other)
    assert np.allclose(decoupled, (1 - 1e-4) ** 2000, atol=0.005)
    assert np.allclose(penalised[1:], np.exp(-0.2 / noise[1:]), atol=0.005)
    assert penalised[0] < 0.25


def test_weight_decay_on_adam_is_decoupled_as_in_keras():
    gradients = np.random.default_rng(6).normal(size=5)
    on_adam = optimizers.Adam(learning_rate=0.1, weight_decay=0.5)
    adam_w = optimizers.AdamW(learning_rate=0.1, weight_decay=0.5)
    assert np.array_equal(walk(on_adam, gradients, 1.0), walk(adam_w, gradients, 1.0))


# --- what the page displays beyond the labels of the table ----------------------------------------


def adagrad(parameter, gradient, s=0.0):
    s = s + gradient**2
    return parameter - 0.1 * gradient / (np.sqrt(s) + 0.05), s


def rmsprop(parameter, gradient, v=0.0):
    v = 0.9 * v + 0.1 * gradient**2
    return parameter - 0.1 * gradient / (np.sqrt(v) + 0.05), v


def algorithm_1(parameter, gradient, t=0, m=0.0, v=0.0):
    t, m, v = t + 1, 0.8 * m + 0.2 * gradient, 0.9 * v + 0.1 * gradient**2
    step = 0.1 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.9**t)) + 0.05)
    return parameter - step, t, m, v


@pytest.mark.parametrize(
    ("label", "rule"),
    [
        ("eq-adam-adagrad", adagrad),
        ("eq-adam-rmsprop", rmsprop),
        ("eq-adam-paper", algorithm_1),
    ],
)
def test_the_rules_on_the_way_to_adam_are_as_displayed(label, rule):
    gradients = np.random.default_rng(7).normal(size=30)
    names = {r"\eta": 0.1, r"\beta_1": 0.8, r"\beta_2": 0.9, r"\varepsilon": 0.05}
    found = read_page(PAGE)[label].run(r"\theta", 30, names | {r"\theta_0": 0.7, "g": gradients})
    parameter, memory, expected = 0.7, [], []
    for gradient in gradients:
        parameter, *memory = rule(parameter, gradient, *memory)
        expected.append(parameter)
    assert np.allclose(found, expected, rtol=1e-12)


# --- the classes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"beta_1": 1.0}, "beta_1"),
        ({"beta_1": -0.1}, "beta_1"),
        ({"beta_2": 1.0}, "beta_2"),
        ({"beta_2": float("inf")}, "beta_2"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"epsilon": -1e-7}, "epsilon"),
    ],
)
@pytest.mark.parametrize("optimizer", [optimizers.Adam, optimizers.AdamW])
def test_a_bad_argument_is_named_with_its_value(optimizer, options, argument):
    with pytest.raises(ValueError) as error:
        optimizer(**options)
    assert argument in str(error.value)
    assert repr(options[argument]) in str(error.value)


@pytest.mark.parametrize("decay", [None, -0.1, float("nan")])
def test_adamw_needs_a_decay(decay):
    with pytest.raises(ValueError, match="weight_decay"):
        optimizers.AdamW(weight_decay=decay)


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        (optimizers.Adam, {"learning_rate": 0.02, "beta_1": 0.8, "amsgrad": True}),
        (optimizers.AdamW, {"beta_2": 0.99, "epsilon": 1e-5, "weight_decay": 0.1}),
    ],
)
def test_an_optimizer_comes_back_from_its_config(optimizer, options):
    gradients = np.random.default_rng(8).normal(size=20)
    first = optimizer(**options)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(first))
    assert type(again) is optimizer
    assert np.array_equal(walk(first, gradients, 1.0), walk(again, gradients, 1.0))


def test_the_learning_rate_may_follow_a_schedule():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.5, 0.25])
    path = walk(optimizers.Adam(learning_rate=schedule, epsilon=1e-30), np.ones(4))
    assert np.allclose(path, [-0.5, -1.0, -1.25, -1.5], rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "rtol"), [("float16", 2e-3), ("float32", 1e-6), ("float64", 1e-12)]
)
def test_every_type_of_variable_follows_the_reference(dtype, rtol):
    gradients = np.float16(np.random.default_rng(9).normal(size=10))
    options = {"learning_rate": 0.125, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 2.0**-10}
    expected, state, path = 1.0, None, []
    for gradient in gradients:
        expected, state = adam(expected, gradient, state, **options)
        path.append(expected)
    found = walk(optimizers.Adam(**options), gradients, 1.0, dtype)
    assert found.dtype == dtype
    assert np.allclose(found, path, rtol=rtol, atol=rtol)


def test_an_epsilon_that_rounds_to_zero_is_refused_before_it_divides_zero_by_zero():
    weight = tf.Variable(0.0, dtype="float16")
    with pytest.raises(ValueError, match=r"epsilon should not round to 0 .* float16"):
        optimizers.Adam(epsilon=1e-8).build([weight])
    optimizers.Adam(epsilon=1e-7).build([weight])
