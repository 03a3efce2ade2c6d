"""Every displayed formula of the book: it can be read, it holds, it is what the code computes.

And the checker can fail: with one sign changed, or with a factor 1/n lost, it must not pass.
"""

import inspect
import itertools
import re
from functools import partial

import numpy as np
import pytest

from companion import distributed, reference
from companion.verification.formulas import FormulaError, parse_page
from companion.verification.specs import SPECS, OptimizerSpec
from pages import BOOK, written_pages

PAGES = {path.relative_to(BOOK).with_suffix("").as_posix(): path for path in written_pages()}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
LABELLED = {
    display.label: (name, display)
    for name in PAGES
    for display in parse_page(TEXTS[name], name).displays
    if display.label
}
CONTENTS = (BOOK.parent / "_toc.yml").read_text(encoding="utf-8").split()
# Initializers have a variance, no formula of their own: see variance_differs.
ROWS = [row for row in SPECS.values() if row.chapter in CONTENTS and hasattr(row, "formulas")]


# --- pages against themselves ---------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_every_display_can_be_read_and_every_claim_holds(name):
    results = parse_page(TEXTS[name], f"book/{name}.md").check()
    assert not [str(result) for result in results if result.problem]


def test_few_displays_are_exempt_from_the_check(record_property):
    displays = [display for name in PAGES for display in parse_page(TEXTS[name], name).displays]
    unchecked = [f"{d.page}:{d.line}: {d.unchecked}" for d in displays if d.unchecked]
    record_property("unchecked displays", unchecked)
    print(f"{len(unchecked)} of {len(displays)} displays are unchecked", *unchecked, sep="\n")
    assert len(unchecked) <= len(displays) / 10


# --- pages against the reference ------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_chapter_displays_the_definition_and_the_gradient_of_its_functions(row):
    label = "eq-" + row.name.split(".")[1].lower().replace("_", "-")
    expected = {label} if isinstance(row, OptimizerSpec) else {label, f"{label}-gradient"}
    assert expected <= set(row.formulas)
    for label in row.formulas:
        assert label in LABELLED
        assert LABELLED[label][0] == row.chapter
        assert not LABELLED[label][1].unchecked


def function_differs(row, display, size):
    """Whether a displayed definition or gradient is not what the reference computes."""
    generator = np.random.default_rng(1)
    symbols = row.formulas[display.label]
    parameters = inspect.signature(row.reference).parameters
    # The tensors come first; what has no default after them is a number.
    tensors = [name for name, p in parameters.items() if p.default is inspect.Parameter.empty]
    for _ in range(size // 10):
        arguments = {name: generator.uniform(0.3, 2) for name in symbols.values()}
        if row.draw:  # the inputs are not any numbers: probabilities, counts, labels
            drawn = [array[0].astype(float) for array in row.draw(generator, (1, 5), {})]
        else:
            drawn = generator.normal(scale=2, size=(len(tensors), 5))
        arguments |= dict(zip(tensors, drawn, strict=False))
        value, gradient = row.reference(**arguments)
        expected = gradient if display.label.endswith("-gradient") else value
        found = display.evaluate({symbol: arguments[name] for symbol, name in symbols.items()})
        if np.shape(found) != np.shape(expected):
            return True
        if not np.allclose(found, expected, rtol=1e-12, atol=1e-15):
            return True
    return False


GIVEN = {
    r"\theta_0": 0.7,
    r"\eta": 0.1,
    r"\beta_1": 0.8,
    r"\beta_2": 0.9,
    r"\varepsilon": 0.05,
    r"\lambda": 0.3,
    r"\mu": 0.6,
    r"\rho": 0.9,
}
LEFT_OPEN = {  # what a display leaves open beyond that
    "eq-adagrad": {"s_0": 0.4},
    "eq-adagrad-plain": {"s_0": 0.4},
    "eq-momentum-lookahead": {"x_0": 0.7},
    "eq-momentum-pytorch": {r"\tau": 0.3},
}
OPTIONS = {  # an option of the reference, a display of the page
    "eq-amsgrad": {"amsgrad": True},
    "eq-sgd-nesterov": {"nesterov": True},
    "eq-rmsprop-centered": {"centered": True},
}


def reference_path(row, label, gradients):
    """The parameters that an optimizer's reference goes through."""
    given = GIVEN | LEFT_OPEN.get(label, {})
    symbols = {name: symbol for symbol, name in row.formulas[label].items() if symbol in given}
    options = {name: given[symbol] for name, symbol in symbols.items()} | OPTIONS.get(label, {})
    parameter, state = 0.7, None
    for gradient in gradients:
        parameter, state = row.reference(parameter, gradient, state, **options)
        yield parameter


def adagrad_path(gradients):
    """AdaGrad: the root of the sum of all squares."""
    theta, s = 0.7, 0.0
    for g in gradients:
        s += g**2
        theta -= 0.1 * g / (np.sqrt(s) + 0.05)
        yield theta


def adagrad_plain_path(gradients):
    """AdaGrad with a start of its sum and without ε."""
    return 0.7 - np.cumsum(0.1 * gradients / np.sqrt(0.4 + np.cumsum(gradients**2)))


def rmsprop_path(gradients):
    """RMSProp: the root of a running mean of the squares."""
    theta, v = 0.7, 0.0
    for g in gradients:
        v = 0.9 * v + 0.1 * g**2
        theta -= 0.1 * g / (np.sqrt(v) + 0.05)
        yield theta


def descent_path(gradients):
    """Plain gradient descent."""
    return 0.7 - 0.1 * np.cumsum(gradients)


def lookahead_path(gradients):
    """Nesterov's rule in its first form: the gradients come from the points ahead."""
    x, u = 0.7, 0.0
    for g in gradients:
        u = 0.6 * u - 0.1 * g
        x += u
        yield x + 0.6 * u


def pytorch_path(gradients):
    """The heavy ball of PyTorch, whose first gradient is not dampened."""
    theta, b = 0.7, None
    for g in gradients:
        b = g if b is None else 0.6 * b + (1 - 0.3) * g
        theta -= 0.1 * b
        yield theta


def paper_path(gradients):
    """Adam as Kingma and Ba have it, with ε beside the corrected root."""
    theta, m, v = 0.7, 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
        theta -= 0.1 * m / (1 - 0.8**t) / (np.sqrt(v / (1 - 0.9**t)) + 0.05)
        yield theta


def path_differs(path, display, size):
    """Whether a displayed recurrence leaves the path in some steps, one with a zero gradient."""
    gradients = np.random.default_rng(2).normal(size=size)
    gradients[2] = 0.0
    given = GIVEN | LEFT_OPEN.get(display.label, {})
    found = display.run(r"\theta", size, given | {"g": gradients})
    return not np.allclose(found, list(path(gradients)), rtol=1e-12)


def batch_means_differ(display, size):
    """Whether counts and gradients do not give the mean over the rows that were drawn."""
    generator = np.random.default_rng(3)
    gradients, drawn = generator.normal(size=size), generator.integers(size, size=7)
    counts = np.bincount(drawn, minlength=size)
    found = display.evaluate({"c": counts, "g": gradients, "m": 7})
    return not np.isclose(found, np.mean(gradients[drawn]), rtol=1e-12)


def running_means_differ(display, size):
    """Whether steps of 1/t towards one number after the other do not lead over their means."""
    numbers = np.random.default_rng(4).normal(size=size)
    found = display.run(r"\theta", size, {r"\theta_0": 0.7, "x": numbers})
    return not np.allclose(found, np.cumsum(numbers) / np.arange(1, size + 1), rtol=1e-9)


def parameters_differ(display, size):
    """Whether 784-300-100-10 does not have 235500 + 30100 + 1010 parameters."""
    return display.evaluate({"u_0": 784, "u_1": 300, "u_2": 100, "u_3": 10, "D": 3}) != 266610


def variance_differs(label, display, size):
    """Whether a displayed variance or limit is not the one that an initializer has."""
    symbols, arguments, derived = {
        "eq-initializers-glorot": (
            {r"n_{\text{in}}": 300, r"n_{\text{out}}": 200},
            {"shape": (300, 200), "scale": 1.0, "mode": "fan_avg"},
            lambda **given: reference.initializers.variance_scaling(**given)[1],
        ),
        "eq-initializers-limit": (
            {"v": 2 / 300},
            {"shape": (300, 200), "scale": 2.0, "distribution": "uniform"},
            lambda **given: reference.initializers.variance_scaling(**given)[2][1],
        ),
        "eq-initializers-truncated": (
            {"c": 2.0},
            {"shape": (3,), "stddev": 1.0},
            lambda **given: reference.initializers.truncated_normal(**given)[1],
        ),
    }[label]
    return not np.isclose(display.evaluate(symbols), derived(**arguments), rtol=1e-12)


def schedule_differs(label, display, size):
    """Whether a displayed schedule is not the one of the reference in some step."""
    cosine = {"decay_steps": 9, "alpha": 0.25}
    function, steps, symbols, arguments = {
        "step": (
            reference.schedules.piecewise_constant_decay,
            range(12),
            {"b_1": 3, "b_2": 7, "r_0": 0.5, "r_1": 0.3, "r_2": 0.1},
            {"boundaries": [3, 7], "values": [0.5, 0.3, 0.1]},
        ),
        "exponential": (
            reference.schedules.exponential_decay,
            range(size),
            {r"\eta_0": 0.3, "T": 10, r"\gamma": 0.7},
            {"initial_learning_rate": 0.3, "decay_steps": 10, "decay_rate": 0.7},
        ),
        "cosine": (
            reference.schedules.cosine_decay,
            range(10),  # the display holds up to T
            {r"\eta_{\max}": 0.5, "T": 9, r"\alpha": 0.25},
            {"initial_learning_rate": 0.5, **cosine},
        ),
        "warmup": (
            reference.schedules.cosine_decay,
            range(14),
            {r"\eta_0": 0.1, r"\eta_{\max}": 0.5, "T": 9, "W": 4, r"\alpha": 0.25},
            {"initial_learning_rate": 0.1, "warmup_target": 0.5, "warmup_steps": 4, **cosine},
        ),
    }[label.removeprefix("eq-schedules-")]
    found = [display.evaluate({"t": t, **symbols}) for t in steps]
    return not np.allclose(found, [function(t, **arguments) for t in steps], rtol=1e-12, atol=1e-15)


def best_rate_differs(display, size):
    """Whether a displayed rate is not the one with the smallest mean square after each step."""
    h, sigma, mean_square = 0.8, 1.5, 4.0
    found = display.run(r"\eta", size, {"E_0": mean_square, "h": h, r"\sigma": sigma})
    grid = np.linspace(0, 1 / h, 100_001)
    for t, rate in enumerate([None, *found]):
        after = (1 - grid * h) ** 2 * mean_square + grid**2 * sigma**2
        if t and abs(rate - grid[after.argmin()]) > 2e-5:
            return True
        mean_square = after.min()
    return False


def penalty_differs(label, display, size):
    """Whether a displayed penalty or its gradient is not the one of the reference."""
    function = reference.regularizers.l1 if "l1" in label else reference.regularizers.l2
    weights = np.random.default_rng(5).normal(size=size)
    value, gradient = function(weights, 0.3)
    found = display.evaluate({"w": weights, r"\lambda": 0.3, "m": size})
    expected = gradient if label.endswith("-gradient") else value
    return np.shape(found) != np.shape(expected) or not np.allclose(found, expected, rtol=1e-12)


def soft_threshold_differs(display, size):
    """Whether a displayed soft threshold does not minimise a parabola with a kink."""
    grid = np.linspace(-3, 3, 6001)
    for a in np.random.default_rng(6).uniform(-2, 2, size=size):
        lowest = grid[np.argmin((grid - a) ** 2 / 2 + 0.5 * np.abs(grid))]
        if not abs(display.evaluate({"a": a, r"\tau": 0.5}) - lowest) < 2e-3:
            return True
    return False


def dropout_differs(label, display, size):
    """Whether displayed dropout, or its variance, is not that of the reference."""
    generator = np.random.default_rng(7)
    x, kept, rate = generator.normal(size=size), generator.random(size) < 0.5, 0.3
    if label == "eq-dropout":
        found = display.evaluate({"x": x, "m": kept, r"\rho": rate})
        expected = reference.layers.dropout(x, kept, rate)[0]
    else:
        found = display.evaluate({"x": x, r"\rho": rate})
        expected = reference.layers.dropout_moments(x, rate)[1]
    return not np.allclose(found, expected, rtol=1e-12)


def mean_over_masks_differs(display, size):
    """Whether a displayed loss is not the mean squared error over all masks of three features."""
    generator, rate, n = np.random.default_rng(8), 0.3, 4
    x, w, y = generator.normal(size=(n, 3)), generator.normal(size=3), generator.normal(size=n)
    mean = 0.0
    for mask in np.ndindex(2, 2, 2):
        chance = np.prod(np.where(mask, 1 - rate, rate))
        mean += chance * np.mean((y - reference.layers.dropout(x, mask, rate)[0] @ w) ** 2)
    found = display.evaluate({"x": x, "w": w, "y": y, r"\rho": rate, "n": n, "m": 3})
    return not np.isclose(found, mean, rtol=1e-12)


def convolution_differs(display, size):
    """Whether the displayed sums are not those of the reference, with a stride of 2."""
    generator, sizes = np.random.default_rng(6), {"k": 2, "m": 2, "s": 2, "C": 2, "D": 2}
    arrays = {"x": (4, 4, 2), "w": (2, 2, 2, 2), "b": (2,)}
    arrays = {name: generator.normal(size=shape) for name, shape in arrays.items()}
    given = {
        f"{name}_{{{','.join(map(str, place))}}}": value  # its indices count from 0
        for name, array in arrays.items()
        for place, value in np.ndenumerate(array)
    }
    sums = reference.networks.conv2d(arrays["x"][None], arrays["w"], arrays["b"], stride=2)[0]
    return not np.allclose(display.evaluate(given | sizes), sums, rtol=1e-12)


def pooling_differs(display, size):
    """Whether the displayed maxima are not those of the reference."""
    x = np.random.default_rng(7).normal(size=(4, 4, 1))
    given = {f"x_{{{','.join(map(str, place))}}}": value for place, value in np.ndenumerate(x)}
    found = display.evaluate(given | {"k": 2, "m": 2, "s": 2, "C": 1})
    return not np.array_equal(found, reference.networks.max_pool2d(x[None])[0])


def same_padding_differs(display, size):
    """Whether the zeros of padding "same" are not those of the reference."""
    for n, k, s in ((4, 2, 1), (7, 5, 2), (28, 3, 2), (28, 3, 1), (7, 1, 3)):
        zeros = sum(reference.networks.convolution.same_padding(n, k, s))
        if display.evaluate({"n": n, "k": k, "s": s, "m": -(-n // s)}) != zeros:
            return True
    return False


def recurrence_differs(display, size):
    """Whether a displayed simple recurrent cell is not the reference's, with one unit."""
    x = np.random.default_rng(5).normal(size=size)
    found = display.run("h", size, {"x": x, "w": 0.7, "u": -1.2, "b": 0.3, "h_0": 0.4})
    one = [np.full((1, 1), 0.7), np.full((1, 1), -1.2), np.full(1, 0.3), 0.4]
    states = reference.networks.simple_rnn(x[None, :, None], *one)
    return not np.allclose(found, states[0, 1:, 0], rtol=1e-12)


def lstm_differs(display, size):
    """Whether a displayed LSTM is not the reference's, with one unit."""
    x, kernels = np.random.default_rng(6).normal(size=size), np.array([[0.7], [-1.2], [0.3]])
    kernels = kernels * [1.0, -0.6, 0.8, 1.4]  # of i, f, g, o
    given = {"x": x, "h_0": 0.4, "c_0": -0.2}
    for gate, three in zip("ifgo", kernels.T, strict=True):
        for name, number in zip("wub", three, strict=True):
            given[rf"{name}^{{\text{{{gate}}}}}"] = number
    found = display.run("h", size, given)
    states, *_ = reference.networks.lstm(
        x[None, :, None], kernels[:1], kernels[1:2], kernels[2], (0.4, -0.2)
    )
    return not np.allclose(found, states[0, 1:, 0], rtol=1e-12)


def gpu_differs(numbers, expected, display, size):
    """Whether a displayed cost does not come to the number that it has for these inputs."""
    return not np.isclose(display.evaluate(numbers), expected, rtol=1e-12)


# How to tell that a display is not what the code computes: (display, size of the test) -> bool.
COMPARISONS = {
    "eq-adagrad-descent": partial(path_differs, descent_path),
    "eq-adagrad-plain": partial(path_differs, adagrad_plain_path),
    "eq-adagrad-pytorch": partial(path_differs, adagrad_path),
    "eq-adam-adagrad": partial(path_differs, adagrad_path),
    "eq-adam-rmsprop": partial(path_differs, rmsprop_path),
    "eq-adam-paper": partial(path_differs, paper_path),
    "eq-convolution": convolution_differs,
    "eq-convolution-pool": pooling_differs,
    "eq-convolution-same": same_padding_differs,
    "eq-gradient-descent": partial(path_differs, descent_path),
    "eq-momentum-lookahead": partial(path_differs, lookahead_path),
    "eq-momentum-pytorch": partial(path_differs, pytorch_path),
    "eq-stochastic-minibatch": batch_means_differ,
    "eq-stochastic-step": partial(path_differs, descent_path),
    "eq-stochastic-mean": running_means_differ,
    "eq-perceptron-parameters": parameters_differ,
    "eq-recurrence": recurrence_differs,
    "eq-recurrence-lstm": lstm_differs,
    "eq-schedules-best": best_rate_differs,
    "eq-regularization-soft": soft_threshold_differs,
    "eq-regularization-dropout": mean_over_masks_differs,
}
for label in ("eq-l1", "eq-l1-gradient", "eq-l2", "eq-l2-gradient"):
    COMPARISONS[label] = partial(penalty_differs, label)
for label in ("eq-dropout", "eq-dropout-moments"):
    COMPARISONS[label] = partial(dropout_differs, label)
for label in ("glorot", "limit", "truncated"):
    label = f"eq-initializers-{label}"
    COMPARISONS[label] = partial(variance_differs, label)
for label in ("step", "exponential", "cosine", "warmup"):
    label = f"eq-schedules-{label}"
    COMPARISONS[label] = partial(schedule_differs, label)
for row in ROWS:
    for label in row.formulas:
        if isinstance(row, OptimizerSpec):
            COMPARISONS[label] = partial(path_differs, partial(reference_path, row, label))
        else:
            COMPARISONS[label] = partial(function_differs, row)
# speed/gpu: seconds, bytes and samples a second.
for label, numbers, expected in (
    ("feed", {"B": 6.0, r"t_f": 2.0, r"t_c": 3.0}, 2.0),
    ("cable", {"d": 784.0, "B": 100.0, r"\beta": 1e9}, 313_600 / 1e9),
    ("batch", {"c": 0.5, "r": 100.0, "B": 250.0}, 3.0),
    ("fusion", {"k": 16, "n": 3}, 16 * 3 * 8),
    ("formats", {"m": 10, "b": 15}, 65504),
    ("memory", {"P": 269_322.0, "s": 2.0, "B": 10.0, "A": 1306.0}, 16 * 269_322 + 40 * 1306),
):
    COMPARISONS[f"eq-gpu-{label}"] = partial(gpu_differs, numbers, expected)


# --- speed/distributed


def ring_time_differs(display, size):
    """Whether a displayed time of a ring is not the companion's."""
    generator = np.random.default_rng(2)
    for workers in range(1, min(size, 9)):
        a, s, b = generator.uniform(0.1, 3, size=3)
        found = display.evaluate({"w": workers, "a": a, "S": s, "B": b})
        rates = {"bytes_per_second": b, "latency_in_seconds": a}
        if not np.isclose(found, distributed.ring_seconds(s, workers, **rates), rtol=1e-12):
            return True
    return False


def ring_bytes_differ(display, size):
    """Whether a displayed number of bytes is not what a worker of the ring sends."""
    for workers in range(2, 7):
        vectors = np.ones((workers, 60 * size))
        _, sent = distributed.ring_all_reduce(vectors)
        found = display.evaluate({"w": workers, "S": vectors[0].nbytes})
        if not np.allclose(sent, found, rtol=1e-12):
            return True
    return False


COMPARISONS["eq-distributed-ring"] = ring_time_differs
COMPARISONS["eq-distributed-bytes"] = ring_bytes_differ


# --- speed/compiled


def compiled_differs(exercise, arguments, display, size):
    """Whether a displayed cost is not what the exercise's function makes of the same numbers."""
    generator = np.random.default_rng(9)
    for _ in range(20):
        numbers = {name: generator.uniform(1, 9) for name in "abcdnCEFBPVdfStu"}
        numbers |= {"t": 0.5, "N": 40.0}
        expected = exercise(*arguments(**numbers))
        if not np.isclose(display.evaluate(numbers), expected, rtol=1e-12):
            return True
    return False


def epoch_operations(n, *widths):
    """Two for each term of a layer's three products, without the first layer's third."""
    pairs = list(itertools.pairwise(widths))
    return sum((4 if place == 0 else 6) * n * a * b for place, (a, b) in enumerate(pairs))


for label, function, arguments in (
    ("operations", epoch_operations, lambda n, a, b, c, d, **_: (n, a, b, c, d)),
    (
        "time",
        lambda C, E, S, d, f, F, P, B, V: C + E * S * (d + f + max(F / P, B / V)),
        lambda C, E, S, d, f, F, P, B, V, **_: (C, E, S, d, f, F, P, B, V),
    ),
    ("roofline", lambda F, B, P, V: min(P, V * F / B), lambda F, B, P, V, **_: (F, B, P, V)),
    ("even", lambda C, t, u: C / (u - t), lambda C, t, u, **_: (C, t, u)),
    ("birthday", lambda N, n: n * sum(range(int(N))) / 2**32, lambda N, n, **_: (N, n)),
):
    COMPARISONS[f"eq-compiled-{label}"] = partial(compiled_differs, function, arguments)


@pytest.mark.parametrize("label", COMPARISONS)
def test_a_labelled_formula_is_what_the_code_computes(label):
    name, _ = LABELLED[label]
    display = parse_page(TEXTS[name], name)[label]
    assert not COMPARISONS[label](display, 50)


# --- the checker can fail -------------------------------------------------------------------------


def slips(latex):
    """The formula with one sign changed, with a minus before a right side, or without a 1/n."""
    for sign in re.finditer(r"[+-]", latex):
        before, after = latex[: sign.start()], latex[sign.end() :]
        leads = re.search(r"(^|[=<>({\[,]|\\(le|ge|ne|lvert|cdot)|\\text\{[^}]*\})\s*$", before)
        yield before + ("" if leads else "-+"[sign[0] == "-"]) + after
    for equals in re.finditer(r"(?<!_\{\w)=(?!\s*[-0])", latex):
        yield latex[: equals.end()] + " -" + latex[equals.end() :]
    for factor in re.finditer(r"\\frac\{1\}\{n\}", latex):
        yield latex[: factor.start()] + r"1 \cdot" + latex[factor.end() :]


def is_noticed(slip, label):
    """Whether its page no longer passes with this slip in a display."""
    name, display = LABELLED[label]
    page = parse_page(TEXTS[name][: display.start] + slip + TEXTS[name][display.end :], name)
    wrong = page[label]
    if any(result.problem for result in wrong.check()):
        return True
    try:
        if label in COMPARISONS and COMPARISONS[label](wrong, 10):
            return True
    except (FormulaError, RecursionError):  # m_t = … m_{t+1} has no value
        return True
    return any(result.problem for later in page.displays for result in later.check())


def test_slips_are_what_they_are_called():
    assert list(slips(r"f'(x) = \frac{1}{n} (-a - b)")) == [
        r"f'(x) = \frac{1}{n} (a - b)",
        r"f'(x) = \frac{1}{n} (-a + b)",
        r"f'(x) = - \frac{1}{n} (-a - b)",
        r"f'(x) = 1 \cdot (-a - b)",
    ]
    assert list(slips(r"m_0 = 0")) == []
    assert list(slips(r"\sum_{i=1}^{n} x")) == []


@pytest.mark.parametrize("label", LABELLED)
def test_every_slip_in_a_labelled_formula_is_noticed(label):
    latex = LABELLED[label][1].latex
    assert list(slips(latex)) or latex.strip().endswith("= 0")
    assert [slip for slip in slips(latex) if not is_noticed(slip, label)] == []
