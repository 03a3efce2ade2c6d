"""The landing page quotes numbers; each is computed here in the way that the page says."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from companion import reference

PAGE = Path(__file__).parents[2] / "book" / "index.md"
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def number(text):
    """What the table writes: 2.06 · 10⁻⁹, −1, inf, 3.16 η."""
    text = text.replace("−", "-").replace("η", "").strip()
    if text == "nan":
        return np.nan
    if text in ("", "1"):
        return 1.0  # η alone
    mantissa, _, power = text.partition("· 10")
    return float(mantissa) * 10.0 ** int(power.translate(SUPERSCRIPTS) or 0)


def rows():
    page = PAGE.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
    page = re.sub(r"\{doc\}`(.+?) <.+?>`", r"\1", page)
    _, _, table = page.partition("| you ask for | and get | it is |\n| --- | --- | --- |\n")
    return table.partition("\n\n")[0].splitlines()


def quoted():
    cells = [re.fullmatch(r"\| (.+?) \| (.+?) \| (.+?) \|", row).groups() for row in rows()]
    return {question: (number(got), number(right)) for question, got, right in cells}


def single(x):
    return np.float32(x)


def adam_without_correction():
    m, v = single((1 - 0.9) * 1.0), single((1 - 0.999) * 1.0)
    return m / np.sqrt(v)


def naive_tanh(x):
    with np.errstate(over="ignore", invalid="ignore"):
        decay = np.exp(single(-2) * x)
        return (1 - decay) / (1 + decay)


def naive_slope(x):
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s)


def keras_log_cosh(x):
    y_true, y_pred = np.zeros((1, 1), "float32"), np.full((1, 1), x, "float32")
    return float(keras.losses.log_cosh(y_true, y_pred)[0])


COMPUTED = {
    "log cosh of 0.0001, from Keras 3.15": (
        lambda: keras_log_cosh(1e-4),
        lambda: reference.losses.log_cosh([[0.0]], [[1e-4]])[0][0],
    ),
    "log cosh of −2 · 10³⁸, from Keras 3.15": (
        lambda: keras_log_cosh(-2e38),
        lambda: reference.losses.log_cosh([[0.0]], [[-2e38]])[0][0],
    ),
    "the slope of the sigmoid σ at 20, as σ (1 − σ)": (
        lambda: naive_slope(single(20)),
        lambda: reference.activations.sigmoid(20.0)[1],
    ),
    "tanh of −50, as (1 − e⁻²ˣ) / (1 + e⁻²ˣ)": (
        lambda: naive_tanh(single(-50)),
        lambda: np.tanh(-50.0),
    ),
    "the first step of Adam at learning rate η, without its bias correction": (
        adam_without_correction,
        lambda: -reference.optimizers.adam(0.0, 1.0, learning_rate=1.0)[0],
    ),
}


def test_every_row_of_the_table_is_computed():
    assert quoted().keys() == COMPUTED.keys()
    assert len(rows()) == len(COMPUTED)


@pytest.mark.parametrize("question", COMPUTED)
def test_the_numbers_are_what_the_page_says(question):
    got, right = quoted()[question]
    computed_got, computed_right = (compute() for compute in COMPUTED[question])
    np.testing.assert_allclose(computed_got, got, rtol=2e-3)
    np.testing.assert_allclose(computed_right, right, rtol=2e-3)
