"""The formulas that the explorables run, in a browser, against `companion.reference`.

Each function is evaluated on its edges and on random inputs, value and derivative, and has to agree
to a relative 1e-12. Below the smallest normal number of float64 no relative precision is left; what
else cannot be reached stands in SCALE, with its reason.
"""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from companion import reference

STATIC = Path(__file__).parents[2] / "book" / "_static"

TOLERANCE = 1e-12
SMALLEST_NORMAL = 2.2250738585072014e-308
SIZES = [0.0, 1e-300, 1e-20, 1e-8, 1e-3, 0.3, 0.5, 1.0, 2.0, 6.0, 20.0, 30.0, 40.0, 710.0, 750.0]
EDGES = [sign * size for size in [*SIZES, 1e6, 1e30] for sign in (1.0, -1.0)]
INFINITE = [math.inf, -math.inf]

rng = np.random.default_rng(7)


def anything(count, smallest=-8, largest=4):
    """Random numbers of both signs, of every size between two powers of ten."""
    sizes = 10 ** rng.uniform(smallest, largest, count)
    return [float(x) for x in sizes * rng.choice([-1, 1], count)]


NUMBERS = EDGES + anything(300) + [float(x) for x in rng.normal(0, 3, 700)]
POSITIVE = [abs(x) for x in EDGES + anything(100) if x]
PAIRS = [
    *itertools.product(EDGES, EDGES),
    *zip(anything(600), anything(600), strict=True),
    *((x, x * (1 + d)) for x, d in zip(anything(200), anything(200, -15, -1), strict=True)),
]
PROBABILITIES = [0.0, 1e-300, 1e-8, 0.1, 0.5, 0.9, 1 - 1e-8, 1 - 2.0**-53, 1.0]
PROBABILITIES += [float(p) for p in rng.random(300)]
LABELS = [0.0, 1.0, 0.3, 0.9]
SIGNS = [-1.0, 0.0, 1.0]
LOGITS = EDGES + anything(200) + [float(x) for x in rng.normal(0, 3, 200)]


def rows(count, sizes=(2, 3, 5)):
    """Random rows of several lengths, some entries of them huge, tiny or 0."""
    drawn = []
    for i in range(count):
        row = rng.normal(0, 3, sizes[i % len(sizes)])
        if i % 4 == 1:
            row = row * 10.0 ** rng.integers(-12, 12, row.shape)
        if i % 7 == 1:
            row[rng.integers(len(row))] = 0.0
        drawn.append(row.tolist())
    return drawn


def distributions(count):
    """Random rows that sum to 1, some peaked, none with a zero."""
    drawn = []
    for row in rows(count):
        growth = np.exp(np.maximum(np.array(row) - max(row), -60))
        drawn.append((growth / growth.sum()).tolist())
    return drawn


def one_hot(rows_):
    """A true class for each row."""
    return [[float(k == i % len(row)) for k in range(len(row))] for i, row in enumerate(rows_)]


SCORES, CERTAINTIES = rows(399), distributions(399)
TRUTHS = [row[::-1] for row in distributions(399)]
TRUTHS[::3] = one_hot(TRUTHS[::3])
CLASSES = [i % len(row) for i, row in enumerate(SCORES)]
DIRECTIONS = [
    *zip(SCORES, SCORES[3:] + SCORES[:3], strict=True),  # every third row is as long
    *((row, row) for row in SCORES[::8]),
    ([1.0, 2.0], [0.0, 0.0]),
    ([0.0, 0.0], [1.0, 2.0]),
    ([1e300, 1.0], [1e-300, 1e-300]),
]


def cross(first, second, *further):
    """Each of the first with each of the second, and with each of what follows."""
    return list(itertools.product(first, second, *further))


def with_settings(pairs, *settings):
    """All pairs, each with one of the settings in turn."""
    return [(*pair, *settings[i % len(settings)]) for i, pair in enumerate(pairs)]


def paired(*columns):
    """Rows that belong together."""
    return list(zip(*columns, strict=True))


PLAIN = ["step", "linear", "identity", "sigmoid", "tanh", "relu6", "selu", "softplus", "silu"]
PLAIN += ["swish", "mish"]

# Module and name -> the arguments that it is called with. The settings, after the first two
# arguments of a loss and the first one of an activation, go by position.
INPUTS = {
    "losses": {
        "mean_squared_error": PAIRS,
        "mean_absolute_error": PAIRS,
        "mean_absolute_percentage_error": PAIRS,
        "mean_squared_logarithmic_error": PAIRS,
        "huber": with_settings(PAIRS, (1.0,), (0.3,), (4.0,), (1e-3,)),
        "log_cosh": PAIRS,
        "asymmetric_cost": with_settings(PAIRS, (1.0, 1.0), (3.0, 0.5), (0.25, 10.0)),
        "poisson": cross([0.0, 1.0, 2.5, 7.0, 1e6], POSITIVE),
        "binary_crossentropy": [
            *cross(LABELS, PROBABILITIES),
            *cross(LABELS, PROBABILITIES, [False], [0.1]),
            *cross(LABELS, LOGITS, [True], [0.0, 0.2]),
        ],
        "sigmoid_cross_entropy_with_logits": cross(LABELS, LOGITS),
        "weighted_cross_entropy_with_logits": cross(LABELS, LOGITS, [0.2, 1.0, 7.0]),
        "hinge": cross(SIGNS, LOGITS),
        "squared_hinge": cross(SIGNS, LOGITS),
        "categorical_hinge": [*paired(one_hot(SCORES), SCORES), ([1.0, 0, 0], [0.5, 1.5, 1.5])],
        "kl_divergence": paired(TRUTHS, CERTAINTIES),
        "cosine_similarity": DIRECTIONS,
        "categorical_crossentropy": [
            *paired(TRUTHS, CERTAINTIES),
            *with_settings(paired(TRUTHS, SCORES), (True,), (True, 0.1)),
        ],
        "sparse_categorical_crossentropy": [
            *paired(CLASSES, CERTAINTIES),
            *with_settings(paired(CLASSES, SCORES), (True,)),
        ],
        "softmax_cross_entropy_with_logits": paired(TRUTHS, SCORES),
        "sparse_softmax_cross_entropy_with_logits": paired(CLASSES, SCORES),
    },
    "activations": {
        **{name: [(x,) for x in NUMBERS + INFINITE] for name in PLAIN},
        "relu": [
            *[(x,) for x in NUMBERS + INFINITE],
            *cross(NUMBERS, [0.1], [None, 2.0], [-1.0, 0.5]),
        ],
        "leaky_relu": [(x,) for x in NUMBERS] + cross(NUMBERS, [0.01, 0.5]),
        "elu": [(x,) for x in NUMBERS + INFINITE] + cross(NUMBERS, [0.3, 2.0]),
        "gelu": cross(NUMBERS + INFINITE, [False, True]),
    },
}


# Where 1e-12 of the result cannot be reached: two terms cancel, and the rounding of either is all
# that is left. There the difference is measured against the sum of their sizes instead. Each row:
# the reason, and from arguments and result the sizes for the value and for the derivative.


def _gate(arguments, value):
    return abs(value / arguments[0]) if arguments[0] not in (0, math.inf, -math.inf) else 1.0


def _gated(arguments, value, _):
    return abs(value), _gate(arguments, value)


def _poisson(arguments, _, slope):
    y, rate = arguments
    return rate + y * abs(math.log(rate)), abs(slope)


def _kl(arguments, _, slope):
    p, q = map(np.array, arguments)
    return float(np.sum(np.where(p > 0, p * np.abs(np.log(np.where(p > 0, p, 1) / q)), 0))), slope


def _turn(arguments, *_):
    length = np.hypot.reduce(arguments[1])
    return 1.0, 2 / length if length else 1.0


SCALE = {
    "silu": ("σ + x σ' is 0 at -1.28", _gated),
    "swish": ("σ + x σ' is 0 at -1.28", _gated),
    "gelu": ("Φ + x φ is 0 at -0.75", _gated),
    "mish": ("gate + x gate' is 0 at -1.19", _gated),
    "poisson": ("rate - y log(rate) is 0 somewhere between e and the rate", _poisson),
    "kl_divergence": ("terms of both signs add up to 0 where p = q", _kl),
    "cosine_similarity": ("⟨u, v⟩ v - u is 0 for parallel vectors, ⟨u, v⟩ for orthogonal", _turn),
}


def sizes(name, arguments, value, slope):
    """What a difference of value and derivative is measured against."""
    if name in SCALE:
        return SCALE[name][1](arguments, value, slope)
    return value, slope


def expected(module, name, arguments):
    """Value and derivative as the companion has them, for one number or one row."""
    function = getattr(getattr(reference, module), name)
    if module == "activations":
        value, slope = function(*arguments)
        return float(value), float(slope)
    truth, prediction, *settings = arguments
    if isinstance(prediction, list):
        value, slope = function(np.array(truth), np.array(prediction), *settings)
        return float(value), slope
    value, slope = function(np.array([truth]), np.array([prediction]), *settings)
    return float(np.squeeze(value)), float(slope[0])


CALL = """async ([address, name, rows]) => {
  const module = await import(address);
  return rows.map((row) => module[name](...row));
}"""


def close(ours, theirs, size):
    """Whether two results agree, infinities and NaN included."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    size = np.maximum(np.abs(size), SMALLEST_NORMAL)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return bool(np.all(same | (np.abs(ours - theirs) <= TOLERANCE * size)))


def differences(page, module, name, address=None):
    """The calls in which the browser departs from the companion, in words."""
    inputs = INPUTS[module][name]
    address = address or f"/explore/{module}.js"
    found = []
    results = page.evaluate(CALL, [address, name, inputs])
    with np.errstate(all="ignore"):
        for arguments, (value, slope) in zip(inputs, results, strict=True):
            right = expected(module, name, arguments)
            scales = sizes(name, arguments, *right)
            for what, *trio in zip(("value", "slope"), (value, slope), right, scales, strict=True):
                if not close(*trio):
                    found.append(f"{what} of {name}{arguments}: {trio[0]}, should be {trio[1]}")
    return found


@pytest.fixture(scope="module")
def page(browser, site):
    """An empty page of the site, into which the modules are imported."""
    page = browser.new_page()
    page.goto(f"{site}/")
    yield page
    page.close()


EACH = [(module, name) for module, functions in INPUTS.items() for name in functions]


@pytest.mark.parametrize(("module", "name"), EACH)
def test_the_browser_computes_what_the_chapter_derives(page, module, name):
    assert differences(page, module, name) == []


@pytest.mark.parametrize("module", INPUTS)
def test_every_formula_of_the_companion_is_there_and_no_other(page, module):
    there = page.evaluate("async (at) => Object.keys(await import(at))", f"/explore/{module}.js")
    names = set(getattr(reference, module).__all__) - {"softmax"}  # a function of many numbers
    assert set(there) == set(INPUTS[module]) == names


# A fault in a formula is seen: each is put into a copy of the module, which the server shows.

FAULTS = [
    ("losses", "log_cosh", "- Math.LN2 +", "+ Math.LN2 +"),
    ("losses", "huber", "size - delta / 2", "size + delta / 2"),
    ("losses", "asymmetric_cost", "residual < 0 ? -under", "residual < 0 ? under"),
    ("losses", "poisson", "y_pred - y_true * Math", "y_pred + y_true * Math"),
    ("losses", "mean_squared_logarithmic_error", "2 * Math.sign(residual) * ratio", "2 * ratio"),
    ("losses", "sigmoid_cross_entropy_with_logits", "far - near * decay", "far + near * decay"),
    ("losses", "binary_crossentropy", "(p - y) / (p * (1 - p))", "(p - y) / (p * (1 + p))"),
    ("losses", "squared_hinge", "-2 * y * shortfall", "2 * y * shortfall"),
    ("losses", "kl_divergence", "-p / y_pred[k]", "p / y_pred[k]"),
    ("losses", "cosine_similarity", "cosine * x - u[k]", "cosine * x + u[k]"),
    ("losses", "categorical_crossentropy", "Math.log1p(s) - below[k]", "Math.log1p(s) + below[k]"),
    ("activations", "elu", "alpha * Math.expm1(x)", "alpha * (Math.exp(x) - 1)"),
    ("activations", "tanh", "(1 + decay) ** 2];\n}\n\n// Rect", "(1 - decay) ** 2];\n}\n\n// Rect"),
    ("activations", "softplus", "+ Math.log1p(decay)", "+ Math.log(1 + decay)"),
    ("activations", "gelu", "* x * (1 + series)", "* x * (1 - series)"),
    ("activations", "mish", "(p + q) ** 2 + q ** 2", "(p + q) ** 2 - q ** 2"),
]


@pytest.mark.parametrize(("module", "name", "right", "wrong"), FAULTS)
def test_a_fault_is_noticed(page, pages, module, name, right, wrong):
    text = (STATIC / "explore" / f"{module}.js").read_text(encoding="utf-8")
    assert text.count(right) == 1, "the fault no longer says where it goes"
    address = f"/faulty/{FAULTS.index((module, name, right, wrong))}.js"
    pages[address] = ("text/javascript", text.replace(right, wrong))
    assert differences(page, module, name, address)


# The optimizers: paths of sixty steps, each side going on from its own state.

RULES = {
    "sgd": [{}, {"momentum": 0.9}, {"learning_rate": 0.3, "momentum": 0.9, "nesterov": True}],
    "adagrad": [{}, {"learning_rate": 0.5, "initial_accumulator_value": 0.0, "epsilon": 1e-3}],
    "rmsprop": [{}, {"momentum": 0.8, "rho": 0.5}, {"centered": True, "learning_rate": 0.1}],
    "adam": [{}, {"amsgrad": True, "beta_1": 0.5, "beta_2": 0.9}, {"epsilon": 0.1}],
    "adamw": [{}, {"weight_decay": 0.3, "learning_rate": 0.1, "amsgrad": True}],
}
PATH = """async ([name, start, gradients, settings]) => {
  const rule = (await import("/explore/optimizers.js"))[name];
  let [theta, state] = [start, null];
  return gradients.map((gradient) => {
    [theta, state] = rule(theta, gradient, state, settings);
    return { theta, ...state };
  });
}"""


@pytest.mark.parametrize(
    ("name", "settings"), [(name, each) for name, rows_ in RULES.items() for each in rows_]
)
def test_an_optimizer_walks_the_path_of_the_companion(page, name, settings):
    draw = np.random.default_rng(3)
    gradients = draw.normal(0, 2, (60, 3)) * [1.0, 1e-6, 1e3]
    gradients[10:20] = 0.0
    theta, state, start = np.ones(3), None, [1.0, 1.0, 1.0]
    path = page.evaluate(PATH, [name, start, gradients.tolist(), settings])
    largest = {}
    for gradient, there in zip(gradients, path, strict=True):
        theta, state = getattr(reference.optimizers, name)(theta, gradient, state, **settings)
        right = {"theta": theta, **state}
        assert set(there) == set(right)
        for key, value in right.items():
            largest[key] = np.maximum(largest.get(key, 0), np.abs(value))
            assert close(there[key], value, largest[key]), (key, there[key], value)
