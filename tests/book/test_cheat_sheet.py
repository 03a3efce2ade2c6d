"""The cheat sheet leaves nothing out, its labels lead somewhere, and its numbers are computed."""

import inspect
import math
import pydoc
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml
from pypdf import PdfReader

from cheat_sheet import digest, labelled
from companion import activations, losses, optimizers, reference
from pages import BOOK, page_names

SHEET = yaml.safe_load((BOOK / "reference" / "cheat_sheet.yml").read_text(encoding="utf-8"))
MODULES = {"losses": losses, "activations": activations, "optimizers": optimizers}
ENTRIES = [(family, entry) for family in SHEET for entry in SHEET[family]]
PLACE = ["name", "function", "page", "formula"]
FIELDS = {
    "losses": [*PLACE, "gradient", "range", "means", "trap"],
    "activations": [*PLACE, "gradient", "range", "slope", "means", "trap"],
    "optimizers": [*PLACE, "repairs", "defaults", "trap"],
}
# Gradient descent is SGD without momentum, and the label of SGD is that of the rule with it.
OWN_LABELS = {"SGD": "eq-gradient-descent", "SGD momentum": "eq-sgd"}
PARAMETERS = {
    "η": ("learning_rate", r"\eta"),
    "μ": ("momentum", r"\mu"),
    "ρ": ("rho", r"\rho"),
    "β₁": ("beta_1", r"\beta_1"),
    "β₂": ("beta_2", r"\beta_2"),
    "ε": ("epsilon", r"\varepsilon"),
    "λ": ("weight_decay", r"\lambda"),
    "s₀": ("initial_accumulator_value", "s_{t-1}"),  # where the sum before the first step is used
}
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

of_each = pytest.mark.parametrize(
    ("family", "entry"), ENTRIES, ids=[entry["name"] for _, entry in ENTRIES]
)


def names_in(family):
    return [entry["name"] for entry in SHEET[family]]


def find(family, name):
    return next(entry for entry in SHEET[family] if entry["name"] == name)


def short_name(entry):
    return entry["function"].rpartition(".")[2]


def test_the_pdf_is_that_of_the_page():
    pdf = PdfReader(BOOK / "_static" / "cheat-sheet.pdf")
    assert pdf.metadata["/Source"] == digest(), "make book; book/_ext/pdf.py --cheat-sheet"
    assert len(pdf.pages) == 2
    words = "".join(page.extract_text() for page in pdf.pages)
    for _, entry in ENTRIES:
        assert entry["name"].split()[0] in words


# --- nothing is left out, and all of it leads somewhere -------------------------------------------


@pytest.mark.parametrize("family", MODULES)
def test_everything_public_has_an_entry(family):
    public = {getattr(MODULES[family], name) for name in MODULES[family].__all__}
    if family == "losses":  # a class only wraps its function for Keras
        public = {loss for loss in public if not inspect.isclass(loss)}
    assert {pydoc.locate(entry["function"]) for entry in SHEET[family]} == public


@pytest.mark.parametrize("family", MODULES)
def test_entries_differ_and_stand_in_the_order_of_the_course(family):
    for field in ("name", "formula"):
        values = [entry[field] for entry in SHEET[family]]
        assert len(set(values)) == len(values)
    pages = [page_names().index(entry["page"]) for entry in SHEET[family]]
    assert pages == sorted(pages)


@of_each
def test_an_entry_has_the_fields_of_its_family_in_plain_short_text(family, entry):
    assert [field for field in entry if field != "where"] == FIELDS[family]
    assert all(isinstance(text, str) and not re.search(r"[$\\`*]", text) for text in entry.values())
    assert 0 < len(entry.get("means") or entry["repairs"]) <= 60
    assert 0 < len(entry["trap"]) <= 75


@of_each
def test_its_labels_are_those_of_the_function_and_stand_on_the_page(family, entry):
    named = entry["name"] if family == "optimizers" else short_name(entry)
    by_rule = "eq-" + named.lower().replace("_", "-").replace(" ", "-")
    assert entry["formula"] == OWN_LABELS.get(entry["name"], by_rule)
    assert entry.get("gradient", f"{by_rule}-gradient") == f"{by_rule}-gradient"
    labels = labelled(entry["page"])
    assert {entry[field] for field in ("formula", "gradient") if field in entry} <= labels.keys()


# --- defaults -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names_in("optimizers"))
def test_defaults_are_those_of_the_signature_and_of_all_that_the_formula_needs(name):
    entry = find("optimizers", name)
    signature = inspect.signature(pydoc.locate(entry["function"])).parameters
    stated = dict(item.rsplit(" ", 1) for item in entry["defaults"].split(", "))
    for symbol, value in stated.items():
        parameter, _ = PARAMETERS.get(symbol, (symbol, None))
        assert default(value) == signature[parameter].default, symbol
    formula = labelled(entry["page"])[entry["formula"]]
    needed = {symbol for symbol, (_, tex) in PARAMETERS.items() if tex in formula}
    assert stated.keys() & PARAMETERS.keys() == needed


@pytest.mark.parametrize("switch", ["nesterov", "centered", "amsgrad"])
def test_the_entry_of_a_variant_names_the_switch_that_leads_to_it(switch):
    named = [entry["name"] for entry in SHEET["optimizers"] if switch in entry["defaults"]]
    assert len(named) == 1
    assert switch in named[0].lower()


def default(text):
    """What a default says: 0.9, 10⁻⁷, False."""
    if text in ("True", "False"):
        return text == "True"
    if text.startswith("10") and text != "10":
        return float(f"1e{text[2:].translate(SUPERSCRIPTS)}")
    return float(text)


# --- ranges and slopes ----------------------------------------------------------------------------

# A claim is held against samples that reach further and further out. At 18 what tends to a limit is
# near it and float64 still tells them apart; 350 is far enough to leave any finite range.
NEAR, WIDE, FAR = 9, 18, 350


def line(reach):
    return np.arange(-256 * reach, 256 * reach + 1) / 256


def column(*numbers):
    return np.array(numbers, float)[:, None]


def pairs(truths, predictions):
    """Every truth with every prediction, one pair of rows each."""
    return np.repeat(truths, len(predictions), axis=0), np.tile(predictions, (len(truths), 1))


def residuals(x):
    return pairs(column(-2, 0, 3), column(*x))


def probabilities(x):
    """Rows of two that add up to 1, and the two in which something is certain."""
    p = [reference.activations.sigmoid(z)[0] for z in (x, -x)]
    return np.concatenate([np.transpose(p), np.eye(2)])


def logits(x):
    return np.stack([x, 0 * x, -x], axis=-1)


def directions(x):
    turned = np.stack([np.cos(np.pi * x), np.sin(np.pi * x)], axis=-1)
    return pairs(np.array([[1.0, 0.0], [-3.0, 4.0]]), np.concatenate([turned, 7 * turned]))


TWO_CLASSES = np.array([[1.0, 0.0], [0.0, 1.0], [0.7, 0.3], [0.5, 0.5]])
THREE_CLASSES = np.eye(3)
LABELS = column(0, 0.3, 1)
DRAWS = {
    "mean_squared_error": residuals,
    "mean_absolute_error": residuals,
    "mean_absolute_percentage_error": residuals,
    "mean_squared_logarithmic_error": lambda x: pairs(column(0, 3), column(*np.expm1(x))),
    "huber": residuals,
    "log_cosh": residuals,
    "poisson": lambda x: pairs(column(0, 1, np.exp(x[-1])), column(*np.exp(x))),
    "binary_crossentropy": lambda x: pairs(LABELS, column(*probabilities(x)[:, 0])),
    "sigmoid_cross_entropy_with_logits": lambda x: pairs(LABELS, column(*x)),
    "weighted_cross_entropy_with_logits": lambda x: (
        *pairs(np.repeat(LABELS, 3, axis=0), column(*x)),
        np.tile(np.repeat(column(0, 0.1, 5), len(x), axis=0), (len(LABELS), 1)),
    ),
    "categorical_crossentropy": lambda x: pairs(TWO_CLASSES, probabilities(x)),
    "sparse_categorical_crossentropy": lambda x: (
        np.repeat([0, 1], len(x) + 2),
        np.tile(probabilities(x), (2, 1)),
    ),
    "softmax_cross_entropy_with_logits": lambda x: pairs(THREE_CLASSES, logits(x)),
    "sparse_softmax_cross_entropy_with_logits": lambda x: (
        np.repeat([0, 1, 2], len(x)),
        np.tile(logits(x), (3, 1)),
    ),
    "hinge": lambda x: pairs(column(-1, 1), column(*x)),
    "squared_hinge": lambda x: pairs(column(-1, 1), column(*x)),
    "categorical_hinge": lambda x: pairs(THREE_CLASSES, logits(x)),
    "kl_divergence": lambda x: pairs(TWO_CLASSES, probabilities(x)),
    "cosine_similarity": directions,
    "asymmetric_cost": lambda x: (*residuals(x), 4.0, 1.0),
}


def values_of(family, entry, field, reach):
    """What the reference computes within a reach, where it is finite."""
    function = getattr(getattr(reference, family), short_name(entry))
    if family == "losses":
        arguments = DRAWS[short_name(entry)](line(reach))
    else:
        x = line(reach)
        arguments = [np.stack([x, 0 * x], axis=-1) if short_name(entry) == "softmax" else x]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = function(*arguments)[field == "slope"]
    return values[np.isfinite(values)]


def number(text):
    return float(text.replace("−", "-").replace("∞", "inf"))


def slack(text, exact):
    """How far an end may be off: it has four decimals, which are rounded, or it is exact."""
    return 5e-5 if len(text.partition(".")[2]) == 4 else exact


def fault(claim, near, wide, far):
    """What is wrong with the range that a text claims for three samples, or None."""
    samples = near, wide, far
    found = np.unique(far)
    if len(found) < 10 or "{" in claim:
        listed = "{" + ", ".join(f"{value:g}" for value in found[:10]) + "}"
        return None if claim == listed else f"it should be {listed}"
    left_out = np.ones(len(far), bool)
    for interval in claim.split(" ∪ "):
        left, low, high, right = re.fullmatch(r"([\[(])(.+), (.+)([\])])", interval).groups()
        least, most = number(low) - slack(low, 1e-12), number(high) + slack(high, 1e-12)
        left_out &= (far < least) | (far > most)
        inside = [values[(least <= values) & (values <= most)] for values in samples]
        tops = [values.max(initial=-np.inf) for values in inside]
        bottoms = [values.min(initial=np.inf) for values in inside]
        wrong = fault_at_an_end(low, left == "[", *bottoms)
        if wrong := wrong or fault_at_an_end(high, right == "]", *tops):
            return wrong
    return f"{far[left_out][0]} lies outside" if left_out.any() else None


def fault_at_an_end(text, is_closed, near, wide, far):
    """The same for one end, where each sample has its outermost value within the interval."""
    end = number(text)
    if np.isinf(end):
        grows = np.sign(end) * np.diff([near, wide, far])
        unbounded = all(grows > 0) and abs(far) > 50
        return None if unbounded and not is_closed else f"{text} is no open end"
    if not abs(wide - end) <= slack(text, 1e-6):
        return f"{text} should be {wide:.5g}"
    if is_closed != (abs(wide - near) < 1e-9):
        return f"{text} is only approached" if is_closed else f"{text} is reached"
    return None


CLAIMS = [
    pytest.param(family, entry, field, id=f"{entry['name']}-{field}")
    for family, entry in ENTRIES
    for field in ("range", "slope")
    if field in entry
]


@pytest.mark.parametrize(("family", "entry", "field"), CLAIMS)
def test_a_range_is_what_the_reference_covers(family, entry, field):
    samples = [values_of(family, entry, field, reach) for reach in (NEAR, WIDE, FAR)]
    assert fault(entry[field], *samples) is None


@pytest.mark.parametrize(
    ("name", "field", "wrong"),
    [
        ("SiLU (swish)", "range", "[−0.2795, ∞)"),
        ("SiLU (swish)", "range", "[−0.2784, ∞)"),
        ("SiLU (swish)", "range", "[−0.28, ∞)"),
        ("SiLU (swish)", "range", "(−0.2785, ∞)"),
        ("SiLU (swish)", "slope", "[−0.0998, 1.0988]"),
        ("SiLU (swish)", "slope", "[−0.0998, ∞)"),
        ("SELU", "range", "[−1.7581, ∞)"),
        ("Sigmoid", "range", "[0, 1]"),
        ("Sigmoid", "range", "(0, ∞)"),
        ("Sigmoid", "slope", "(0, 0.25)"),
        ("Sigmoid", "slope", "(0, 0.251]"),
        ("Sigmoid", "slope", "(0.001, 0.25]"),
        ("Tanh", "range", "(0, 1)"),
        ("Softmax", "slope", "(0, 0.25]"),
        ("ReLU", "range", "(0, ∞)"),
        ("ReLU", "range", "[0, ∞]"),
        ("ReLU", "slope", "[0, 1]"),
        ("Leaky ReLU", "slope", "{0.3, 1}"),
        ("ReLU6", "range", "[0, 7]"),
    ],
)
def test_a_range_that_is_a_little_wrong_is_found(name, field, wrong):
    entry = find("activations", name)
    samples = [values_of("activations", entry, field, reach) for reach in (NEAR, WIDE, FAR)]
    assert fault(wrong, *samples)


# --- the numbers in the traps ---------------------------------------------------------------------


def of_loss(name, truth, prediction):
    """The loss of one prediction and its slope, by the reference."""
    value, slope = getattr(reference.losses, name)([truth], [prediction])
    return float(value), float(slope[0])


def cheapest_constant(under, over):
    """What the asymmetric cost learns from the numbers 0 … 100."""
    truths = np.arange(101.0)
    costs = [reference.losses.asymmetric_cost(truths, c, under, over)[0] for c in truths]
    return np.argmin(costs)


def best_score(share):
    """The score with the smallest hinge where the label 1 has this share."""
    scores = column(*np.linspace(-3, 3, 601))
    of_one, of_other = (reference.losses.hinge(0 * scores + y, scores)[0] for y in (1, -1))
    return scores[np.argmin(share * of_one + (1 - share) * of_other), 0]


def pull_in_keras(p):
    """What Keras' binary cross-entropy pulls at a probability that is on the wrong side."""
    p = tf.Variable([[p]], dtype="float64")
    with tf.GradientTape() as tape:
        loss = keras.losses.binary_crossentropy(tf.cast(p < 0.5, p.dtype), p)
    return float(tape.gradient(loss, p)[0, 0])


def compiled(function, label):
    """The loss of a label among three classes, under XLA."""
    run = tf.function(lambda y, z: function(y, z, from_logits=True), jit_compile=True)
    return run(tf.constant([label]), tf.zeros([1, 3]))[0]


def cosine_metric(y):
    metric = keras.metrics.CosineSimilarity()
    metric.update_state(y, y)
    return metric.result()


def single(function, x):
    """A formula as it is typed, in float32."""
    with np.errstate(all="ignore"):
        return function(np.float32(x))


def softplus_as_typed(x):
    return np.log(1 + np.exp(x))


def erf(x):
    return np.float32(math.erf(x))


def descent_grows(rate, curvature):
    theta = 1.0
    for _ in range(1000):
        theta, _ = reference.optimizers.sgd(theta, curvature * theta, learning_rate=rate)
    return abs(theta) > 1


def steps(rule, gradients, **options):
    """What each gradient moves the weight against it, in learning rates."""
    rule, theta, state, places = getattr(reference.optimizers, rule), 0.0, None, [0.0]
    for gradient in gradients:
        theta, state = rule(theta, gradient, state, learning_rate=1.0, **options)
        places.append(theta)
    return -np.diff(places)


def last_step(rule, gradient, **options):
    return steps(rule, np.full(2000, gradient), **options)[-1]


def least_loss_of_probabilities_as_logits():
    y, p = np.meshgrid(np.linspace(0, 1, 101), np.linspace(0, 1, 101))
    return reference.losses.sigmoid_cross_entropy_with_logits(y, p)[0].min()


def least_loss_of_ten_probabilities_as_logits():
    return reference.losses.sparse_softmax_cross_entropy_with_logits([0], np.eye(10)[:1])[0][0]


SCORES = np.array([[2.0, 0.5, 0.0]])
SPARSE = losses.sparse_categorical_crossentropy, keras.losses.sparse_categorical_crossentropy

# Of each trap that quotes a number, or can be run as it stands: what comes, and what should.
COMPUTED = {
    "Mean squared error": (lambda: np.subtract(np.ones((7, 1)), np.ones(7)).size, 7**2),
    "Mean absolute percentage error": (
        lambda: of_loss("mean_absolute_percentage_error", 0, 1)[0],
        1e9,
    ),
    "Mean squared logarithmic error": (
        lambda: [of_loss("mean_squared_logarithmic_error", 5, y)[1] for y in (-1e-9, -1, -100)],
        [0, 0, 0],
    ),
    "Huber": (lambda: of_loss("huber", 0, 1000)[0], 999.5),
    "Log-cosh": (
        lambda: [np.isinf(single(lambda r: np.log(np.cosh(r)), r)) for r in (89, 90, -90)],
        [False, True, True],
    ),
    "Asymmetric cost": (lambda: [cheapest_constant(4, 1), cheapest_constant(1, 4)], [80, 20]),
    "Binary cross-entropy": (
        lambda: [pull_in_keras(p) == 0 for p in (0.9e-7, 1.1e-7, 1 - 0.9e-7, 1 - 1.1e-7)],
        [True, False, True, False],
    ),
    "Binary cross-entropy from logits": (
        lambda: np.round(least_loss_of_probabilities_as_logits(), 3),
        0.313,
    ),
    "Sparse categorical cross-entropy": (
        lambda: [np.isnan(compiled(f, label)) for f in SPARSE for label in (2, 3)],
        [False, True, False, True],
    ),
    "Sparse categorical cross-entropy from logits": (
        lambda: np.round(least_loss_of_ten_probabilities_as_logits(), 3),
        1.461,
    ),
    "Hinge": (lambda: [best_score(share) for share in (0.51, 0.99)], [1, 1]),
    "Squared hinge": (lambda: [max(1 - 0 * s, 0) ** 2 for s in (-9, 0, 9)], [1, 1, 1]),
    "Categorical hinge": (
        lambda: [
            keras.losses.categorical_hinge(np.array([y]), SCORES)[0]
            for y in ([1.0, 0.0, 0.0], [1.0, -1.0, -1.0])
        ],
        [0, 0.5],
    ),
    "Kullback–Leibler divergence": (
        lambda: losses.kl_divergence([[0.5, 0.5]], [[1.0, 1.0]])[0],
        -np.log(2),
    ),
    "Cosine similarity": (
        lambda: [keras.losses.CosineSimilarity()(SCORES, SCORES), cosine_metric(SCORES)],
        [-1, 1],
    ),
    "Step": (lambda: np.abs(reference.activations.step(line(3))[1]).max(), 0),
    "Sigmoid": (
        lambda: [single(lambda x: 1 - 1 / (1 + np.exp(-x)), 20), activations.sigmoid(-20.0)],
        [0, 1 / (1 + np.exp(20))],
    ),
    "Tanh": (lambda: single(lambda x: (1 - np.exp(-2 * x)) / (1 + np.exp(-2 * x)), -50), np.nan),
    "Leaky ReLU": (
        lambda: [-keras.activations.leaky_relu([-1.0])[0], keras.layers.LeakyReLU().negative_slope],
        [0.2, 0.3],
    ),
    "Softplus": (lambda: [single(softplus_as_typed, x) for x in (89, -20)], [np.inf, 0]),
    "ELU": (lambda: [single(lambda x: np.exp(x) - 1, -1e-8), single(np.expm1, -1e-8)], [0, -1e-8]),
    "SiLU (swish)": (
        lambda: [keras.activations.silu(tf.constant(-np.inf)), activations.silu(-np.inf)],
        [np.nan, 0],
    ),
    "GELU": (lambda: single(lambda x: x / 2 * (1 + erf(x / np.sqrt(np.float32(2)))), -6), 0),
    "Mish": (lambda: single(lambda x: x * np.tanh(softplus_as_typed(x)), -20), 0),
    "SGD": (lambda: [descent_grows(rate=r / 5, curvature=5) for r in (1.99, 2.01)], [False, True]),
    "SGD momentum": (
        lambda: last_step("sgd", 1, momentum=0.99) / last_step("sgd", 1, momentum=0.9),
        10,
    ),
    "SGD nesterov": (lambda: optimizers.SGD(nesterov=True).momentum, 0),
    "Adagrad": (lambda: 0.001 * np.sum(1 / np.sqrt(np.arange(1, 250_001))) < 1, True),
    "RMSprop": (
        lambda: [np.round(last_step("rmsprop", 1e-7**0.5), 2), np.round(1e-7**0.5, 4)],
        [0.71, 0.0003],
    ),
    "RMSprop centered": (lambda: np.round(last_step("rmsprop", 1, centered=True)), 3162),
    "Adam": (lambda: np.round(steps("adam", [1, *np.zeros(1000)]).sum(), 1), 6),
}


def test_no_trap_quotes_a_number_that_is_not_computed():
    quoting = {entry["name"] for _, entry in ENTRIES if re.search(r"(?<!\w)\d|⁻", entry["trap"])}
    assert quoting <= COMPUTED.keys() <= {entry["name"] for _, entry in ENTRIES}


@pytest.mark.parametrize("name", COMPUTED)
def test_a_trap_does_what_it_says(name):
    compute, expected = COMPUTED[name]
    np.testing.assert_allclose(np.array(compute(), float), expected, rtol=1e-5)
