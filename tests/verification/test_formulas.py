"""The formula checker: what it reads, what it refuses, and that it can fail."""

import math
import re

import numpy as np
import pytest

from companion.verification.formulas import FormulaError, main, parse_page

HUBER = r"""
# Robust regression

% check: r = \hat{y} - y

```{math}
:label: eq-huber
L = \frac{1}{n} \sum_{i=1}^{n} \ell_\delta(\hat{y}_i - y_i), \qquad
\ell_\delta(r) = \begin{cases}
    \frac{1}{2} r^2 & \text{if } \lvert r \rvert \le \delta, \\
    \delta \lvert r \rvert - \frac{1}{2} \delta^2 & \text{otherwise.}
\end{cases}
```

```{math}
:label: eq-huber-gradient
\frac{\partial L}{\partial \hat{y}_i} = \frac{1}{n} \max(-\delta, \min(\delta, \hat{y}_i - y_i))
```
"""

ADAM = r"""
```{math}
:label: eq-adam
\begin{aligned}
m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t, \\
v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \\
\theta_t &= \theta_{t-1}
    - \eta \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \varepsilon}
\end{aligned}
```
"""

CHAIN = r"""
$$
\begin{aligned}
\sigma(x) &= \frac{1}{1 + e^{-x}} \\
          &= \frac{e^x}{1 + e^x} \quad \text{(expanded)} \\
          &\quad + 0 \\
          &= 1 - \sigma(-x).
\end{aligned}
$$
"""


def value_of(latex, **names):
    """The value of an expression of the given names."""
    page = parse_page(f"$$ Q = {latex} $$ (value)\n")
    return page["value"].evaluate(names)


def problems(text):
    """What is wrong with a page, as messages."""
    return [str(result) for result in parse_page(text).check() if result.problem]


def claim(latex, before=""):
    """The problems of a page with one equation."""
    return problems(f"{before}\n\n$$ {latex} $$\n")


# --- expressions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("-x^2", -4),
        ("(-x)^2", 4),
        ("2x - x y", -2),
        ("2 x y z", 84),
        ("x - y - z", -8),
        ("x / y / z", 2 / 3 / 7),
        (r"x / y \cdot z", 14 / 3),
        ("x y / z", 6 / 7),
        (r"x \times y \cdot z", 42),
        ("x(y + z)", 20),
        ("(y + z) x", 20),
        ("(x + y)(y + z)", 50),
        (r"[x + y]\{y + z\}", 50),
        (r"\left(x + y\right) \bigl(y + z\bigr)", 50),
        ("x^{y - 1}", 4),
        ("x^{-1}", 0.5),
        ("2^{y^x}", 512),
        (r"\frac{x}{y} z", 14 / 3),
        (r"\frac12 x", 1),
        (r"\tfrac1x z", 3.5),
        (r"\dfrac{1}{x + y}", 0.2),
        (r"\sqrt{x + z}", 3),
        (r"\sqrt[3]{x + y \cdot x}", 2),
        (r"\sqrt2", math.sqrt(2)),
        (r"\lvert x - y \rvert", 1),
        (r"\left| x - y \right| \left| y - z \right|", 4),
        ("e^{-x}", math.exp(-2)),
        (r"\exp(-x)", math.exp(-2)),
        (r"e^{-\frac{(x - y)^2}{2 z^2}}", math.exp(-1 / 98)),
        (r"2\pi", 2 * math.pi),
        (r"0.5 x + 10^{-3}", 1.001),
        (r"\underbrace{x + y}_{\text{the sum}} z", 35),
    ],
)
def test_arithmetic_is_read_as_it_is_written(latex, expected):
    assert value_of(latex, x=2, y=3, z=7) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\log(1 + e^{-x})", math.log1p(math.exp(-2))),
        (r"2\sinh^2(x/2)", 2 * math.sinh(1) ** 2),
        (r"\tanh^2 x", math.tanh(2) ** 2),
        (r"\log 2\pi", math.log(2 * math.pi)),
        (r"\log 2\pi x^2", math.log(8 * math.pi)),
        (r"\log\cosh x", math.log(math.cosh(2))),
        (r"\log \cosh x + y", math.log(math.cosh(2)) + 3),
        (r"\ln(x) y", 3 * math.log(2)),
        (r"x \log x - x", 2 * math.log(2) - 2),
        (r"\sin x \cos x", math.sin(2) * math.cos(2)),
        (r"\log \frac{x}{y}", math.log(2 / 3)),
        (r"\log\left(x + y\right)", math.log(5)),
        (r"\max(0, x - y)", 0),
        (r"\max\{x, y\}^2", 9),
        (r"\min(x, y, 1)", 1),
        (r"\operatorname{sign}(x - y)", -1),
        (r"\operatorname{erf}(x)", math.erf(2)),
        (r"\tanh'(x)", 1 - math.tanh(2) ** 2),
        (r"\sin''(x)", -math.sin(2)),
    ],
)
def test_functions_take_their_argument_with_or_without_brackets(latex, expected):
    assert value_of(latex, x=2, y=3) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{1}{n}\sum_{i=1}^{n}(y_i-\hat{y}_i)^2", 14),
        (r"\frac{1}{n}\sum_{i=1}^{n}\left(y_i-\hat{y}_i\right)^2", 14),
        (r"\sum_{i=1}^n y_i + 1", 7),
        (r"1 + \sum_i y_i \hat{y}_i", 1 + 2 + 12 + 24),
        (r"\sum_{i=1}^n y_i \sum_{j=1}^n \hat y_j", 6 * 16),
        (r"\sum_{i=2}^{n} y_{i-1} \cdot y_i / 2", 4),
        (r"\prod_{i=1}^{n} y_i", 6),
        (r"\max_i \hat y_i - \min_{i=1}^{n} y_i", 7),
        (r"\sum_{k=1}^{n} \delta_{k2} y_k", 2),
        (r"y_1 + y_n", 4),
    ],
)
def test_a_sum_takes_the_product_that_follows(latex, expected):
    names = {"y": [1, 2, 3], r"\hat{y}": [2, 6, 8]}
    assert value_of(latex, **names) == pytest.approx(expected, rel=1e-14)


def test_a_name_is_the_same_in_every_spelling():
    assert not claim(r"\hat y + \beta_1 + x_{ij} = \hat{y} + \beta_{1} + x_{i,j}")
    assert not claim(r"\ell_\delta + \theta_{\mathrm{new}} = \ell_{\delta} + \theta_{\text{new}}")
    assert not claim(r"\hat{v}_t^{\max} + w^{(1)}_{12} = \hat v^{\max}_{t} + w_{12}^{(1)}")
    assert claim(r"w^{(1)} + 0 = w^{(2)}")


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"x^10", "x^{10}"),
        (r"a / b c", "reads in two ways"),
        (r"\log x (1 - x)", "brackets around the argument"),
        (r"\log \frac{a}{b} c", "brackets around the argument"),
        (r"\log{x + y}", "a term"),
        (r"{x + y} z", "a term"),
        (r"\tanh(x)^2", "its power before it"),
        (r"\tanh^{-1} x", "inverse"),
        (r"\log_2 x", "not defined"),
        (r"g(x)", r"a function defined above, or for a product `g \cdot`"),
        (r"g'(x)", "not defined"),
        (r"1, f(e) = e^2", "a function defined above"),
        (r"\frac{dy}{dx}", r"\mathrm{d}"),
        (r"\sum_{i=1}^n a_i + b_i", "outside of its sum"),
        (r"\sum_{i=1}^n -a_i", "a term"),
        (r"\sum_q a_q", "an index with its range"),
        (r"x^{(i)}", "a power or a label"),
        (r"x^a^b", "one subscript and one superscript"),
        (r"(x)^a^b", "an operator"),
        (r"\sqrt{x", "closing"),
        (r"(x]", "closing"),
        (r"x)", "an operator, or the end"),
        (r"x +", "a term"),
        (r"+ x", "a term"),
        (r"x \cdot - y", "a term"),
        (r"x \pm y", "an operator"),
        (r"\mathbb{E}[x]", "a term"),
        (r"\nabla x", "a term"),
        (r"\lVert x \rVert", "a term"),
        (r"n!", "an operator"),
        (r"|x|", "a term"),
        (r"y_1 + \cdots + y_n", "a term"),
        (r"\text{loss}", "a term"),
        (r"\begin{pmatrix} 1 \end{pmatrix}", "a term"),
        (r"x \log", "a term"),
        (r"\mathbf{x} + 1", "vector"),
        (r"\mathbf{x}_1", "without bold"),
        (r"\frac{\partial^2 x^3}{\partial x}", "same order"),
        (r"\frac{\partial x}{\partial z}", "does not depend"),
        (r"\frac{\mathrm{d}}{\mathrm{d}x} (x^2) y", "how far"),
        (r"\begin{cases} 1 & \text{if } x \\ 0 \end{cases}", "a condition"),
        (r"\begin{cases} 1 & \text{if } x > 0 \\ 0 \end{cases}", "a value, & and a condition"),
        (r"\begin{cases} 1 & x > 0 \\ 0 & \text{else} \end{cases}", "a condition"),
        (r"\lim_{x} x", "under the limit"),
    ],
)
def test_what_is_unknown_or_reads_in_two_ways_is_an_error(latex, message):
    (found,) = claim("0 = " + latex)
    assert message in found


def test_an_error_names_page_line_piece_and_what_was_expected():
    text = "# Title\n\nText.\n\n```{math}\n:label: eq-x\nx = 1\n  + \\odot 2\n```\n"
    (result,) = parse_page(text, "book/x.md").check()
    message = "book/x.md:8: eq-x cannot be read at `\\odot 2`: expected a term"
    assert str(result).startswith(message)


# --- calculus -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\mathrm{d}}{\mathrm{d}x} (x^3 + x) = 3x^2 + 1",
        r"\frac{\mathrm d}{\mathrm d x} \tanh x = 1 - \tanh^2 x",
        r"\frac{\mathrm{d}}{\mathrm{d}x} x e^{-x} = (1 - x) e^{-x}",
        r"\frac{\mathrm{d} \tanh}{\mathrm{d} x} = \frac{1}{\cosh^2 x}",
        r"\frac{\partial (x^2 y)}{\partial x} = 2 x y",
        r"\frac{\partial^2 (x^2 y)}{\partial x \partial y} = 2x",
        r"\frac{\partial^2}{\partial x^2} x^3 = 6x",
        r"\frac{\partial}{\partial y_j} \sum_{i=1}^{n} y_i^2 = 2 y_j",
        r"\frac{\partial}{\partial x} f(x y) = y f'(x y)",
        r"\frac{\mathrm{d}}{\mathrm{d}x} f(g(x)) = f'(g(x)) \cdot g'(x)",
        r"\frac{\partial q}{\partial r} \cdot \frac{\partial r}{\partial x} = 2 r y",
        r"\frac{\partial q}{\partial x} = 2 x y^2",
        r"\frac{\mathrm{d} h}{\mathrm{d} z} = 2 z",
        r"\frac{\mathrm{d}^2 h}{\mathrm{d} z^2} = h''(z) = 2",
        r"\int_{0}^{1} x^2 \, \mathrm{d}x = \frac{1}{3}",
        r"\int_{-\infty}^{\infty} e^{-x^2} \mathrm{d}x = \sqrt{\pi}",
        r"\int_{-\infty}^{\infty} e^{-\lvert x - y \rvert} \mathrm{d}x = 2",
        r"\int_{-\infty}^{y} e^{u} + 2 e^{2u} \mathrm{d} u = e^{y} + e^{2y}",
        r"\lim_{x \to \infty} \tanh x = 1",
        r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
        r"\lim_{x \to 0^+} \frac{\lvert x \rvert}{x} = 1",
        r"\lim_{u \to 0} \frac{h(x + u) - h(x)}{u} = h'(x)",
        r"\log 2 \approx 0.693",
        r"-\log 2 \approx -0.69",
        r"0 < \frac{1}{1 + e^{-x}} < 1",
        r"e^x \ge 1 + x",
        r"\frac{x}{3} \le x - \frac{2x}{3}",
    ],
)
def test_true_statements_hold(latex):
    before = "% check: f function, g function, r = x y, q = r^2, h(x) = x^2"
    assert claim(latex, before) == []


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\mathrm{d}}{\mathrm{d}x} (x^3 + x) = 3x^2 - 1",
        r"\frac{\mathrm{d}}{\mathrm{d}x} f(x y) = f'(x y)",
        r"\frac{\partial}{\partial y_j} \sum_{i=1}^{n} y_i^2 = 2 y_1",
        r"\int_{-\infty}^{\infty} e^{-x^2} \mathrm{d}x = \pi",
        r"\lim_{x \to 0} \frac{\lvert x \rvert}{x} = 1",
        r"\log 2 \approx 0.694",
        r"e^x \ge 2 + x",
        r"(x + y)^2 = x^2 + y^2",
        r"\lvert x \rvert = x",
        r"\frac{x}{x - x} = 1",
        r"\log x = \log x",
        r"\sqrt{x}^2 = x",
    ],
)
def test_false_statements_and_statements_without_a_value_do_not(latex):
    assert len(claim(latex, "% check: f function")) == 1


def test_the_message_of_a_false_claim_shows_sides_and_inputs():
    (message,) = claim(r"2 \cdot 3 x = 5 x", r"% check: x \in \{1\}")
    assert r"`2 \cdot 3 x = 5 x` says 6.0 = 5.0 for x = 1" in message


# --- a page as a program --------------------------------------------------------------------------


def test_a_new_name_is_defined_and_a_known_one_is_claimed():
    results = parse_page("$$ u = x^2 $$\n\n$$ u = x x $$\n\n$$ u = 2 x $$\n").check()
    assert [result.kind for result in results] == ["defines", "claims", "claims"]
    assert [bool(result.problem) for result in results] == [False, False, True]


def test_a_name_is_defined_from_its_display_on_and_not_before():
    assert not problems("$$ 2 u = u + u $$\n\n$$ u = x^2 $$\n\n$$ u \\ge 0 $$\n")
    assert problems("$$ u \\ge 0 $$\n\n$$ u = x^2 $$\n")


def test_every_further_side_of_a_chain_is_a_claim():
    assert problems(CHAIN) == []
    assert len(problems(CHAIN.replace(r"1 - \sigma", r"1 + \sigma"))) == 1
    assert len(problems(CHAIN.replace(r"\frac{e^x}", r"\frac{e^{-x}}"))) == 1
    assert len(problems(CHAIN.replace(r"+ 0", r"+ 1"))) == 1


def test_a_product_and_a_call_are_told_apart_by_what_is_defined():
    assert not claim("a(b + c) = a b + a c")
    assert not claim("f(b + c) = (b + c)^2", "$$ f(x) = x^2 $$")
    assert not claim(r"f\,(x) = f(x) = \left(x\right)^2", "$$ f(x) = x^2 $$")
    assert "factor in line 1" in problems("$$ 2 f(x + 1) > 0 $$\n\n$$ f(x) = x^2 $$\n")[-1]
    assert "defined above" in claim("f(x) + 1 = 2 f(x)")[0]


def test_functions_with_the_same_name_and_other_arguments_are_others():
    page = r"""
% check: b > 0
$$ p(r) = \frac{1}{2b} e^{-\lvert r \rvert / b} $$

$$ p(y \mid \hat{y}) = p(y - \hat{y}) $$

$$ -\log p(y \mid \hat{y}) = \frac{\lvert \hat{y} - y \rvert}{b} + \log 2b $$
"""
    assert problems(page) == []
    assert "as many arguments as p has" in problems(page + "\n$$ p(1, 2, 3) = 0 $$\n")[0]


def test_a_display_may_use_what_it_defines_further_down():
    assert not problems("$$ q(x) = h(x - 1), \\qquad \\text{where } h(u) = u^2 $$\n")
    assert not problems(HUBER)


def test_an_argument_that_the_body_does_not_use_is_an_error():
    assert "does not depend on its argument y" in claim(r"L(y) = \sum_{i=1}^{n} y_i^2")[0]
    vectors = r"L(\mathbf{y}) = \sum_{i=1}^{n} y_i^2, \qquad \frac{\partial L(\mathbf{y})}"
    assert not claim(vectors + r"{\partial y_i} = 2 y_i")
    assert "defined by itself" in claim("x = x + 1")[0]


def test_names_in_a_definition_mean_what_they_mean_where_it_is_used():
    before = r"% check: \ell_\delta(r) = \delta r, L(\delta) = \ell_\delta(3)"
    assert not claim(r"L(2) + \ell_\delta(1) = 6 + \delta", before)


STEP = r"""
$$
H(x) = \begin{cases} 0 & \text{if } x < 0, \\[2pt] 1 & \text{otherwise} \end{cases}
$$

"""


def test_conditions_after_an_equation_limit_its_inputs():
    assert not problems(STEP + r"$$ H'(x) = 0 \quad \text{for } x \ne 0 $$")
    assert not problems(STEP + r"$$ H(x) = 1, \qquad \text{for } x > 0 $$")
    assert problems(STEP + r"$$ H(x) = 1 $$")
    assert "no random input" in claim(r"0 = x \quad \text{for } x > 9", "% check: x real")[0]


def test_a_range_after_an_equation_declares_an_index():
    assert not claim(r"a \ge 2, \qquad a = 2, \dots, n")
    assert claim(r"a \ge 3, \qquad a = 2, \dots, n")
    assert not claim(r"u_a = a^2, \qquad \text{for } a = 2, \dots, n")
    assert "a range" in claim(r"a \ge 2, \qquad a = 2, 3, \dots, n")[0]


def test_the_first_case_that_applies_is_taken():
    inside = r"\text{if } -1 \le x < 1, y > 0 \text{ or } x > 2"
    latex = rf"\begin{{cases}} 5 & {inside} \\ x & \text{{otherwise}} \end{{cases}}"
    expected = {(0, 1): 5, (0, -1): 0, (1, 1): 1, (3, -1): 5, (-1, 1): 5, (2, 1): 2}
    assert {(x, y): value_of(latex, x=x, y=y) for x, y in expected} == expected
    assert "none of the cases" in claim(r"1 = \begin{cases} 1 & \text{if } x > 9 \end{cases}")[0]


@pytest.mark.parametrize(
    ("declared", "holds"),
    [
        ("x > 0", r"x > 0"),
        ("0 < x <= 1/2", r"0 < x \le \frac{1}{2}"),
        ("2 > x >= 1", r"1 \le x < 2"),
        ("x < -1", r"x < -1"),
        ("v_t > 0", r"v_1 v_2 > 0"),
        (r"w_1 > 4, w_2 < -4", r"w_1 > 4 > -4 > w_2"),
        ("K integer, 2 <= k < K + 2 integer", r"2 \le k \le K + 1 \le 5"),
        (r"y \in \{0, 1\}", r"0 = y(y - 1)"),
    ],
)
def test_declarations_limit_the_inputs(declared, holds):
    assert claim(holds)
    assert not claim(holds, f"% check: {declared}")
    again = "x real, v real, w real, k real, y real"
    assert claim(holds, f"% check: {declared}\n% check: {again}")


@pytest.mark.parametrize(
    "declared", ["x", "x > 0 > 1 > 2", "1 < 2", "x = 2 x", "x + y > 0", "> 1", "x > 0,", "x > 1, y"]
)
def test_a_declaration_that_cannot_be_read_is_an_error(declared):
    assert len(problems(f"\n% check: {declared}\n")) == 1


def test_a_name_can_be_freed_for_another_definition():
    first, second = "$$ u = x $$\n\n", "$$ u = 2 x $$\n"
    assert problems(first + second)
    assert not problems(first + "% check: u new\n" + second)


def test_unchecked_displays_need_a_reason_and_a_display():
    assert not problems("% unchecked: an expectation\n$$ \\mathbb{E}[x] = 1 $$\n")
    kinds = [r.kind for r in parse_page("% unchecked: why\n\n$$ \\odot $$\n\n$$ 1 = 2 $$").check()]
    assert kinds == ["unchecked", "claims"]
    assert problems("% unchecked: why\n\nText.\n\n$$ 1 = 1 $$\n")
    assert problems("% unchecked: why\n")
    assert problems("% unchecked:\n$$ 1 = 1 $$\n")
    assert problems("% checks: x > 0\n")


def test_displays_are_found_where_they_stand_and_nowhere_else():
    page = r"""---
title: $$ not math
---
% an ordinary comment
```{code-cell} ipython3
text = "$$ 1 = 2 $$"
% check: no
```

```python
"$$ 1 = 2 $$"
```

::::{admonition} Title
Inline $1 = 2$ and {math}`1 = 2` need no check.

:::{math}
:label: eq-one
1 = 1

2 = 2
:::
::::

- $$ 3 = 3 $$

$$
4 = 4
$$ (eq-four)
"""
    results = parse_page(page).check()
    assert [(result.line, result.label) for result in results if not result.problem] == [
        (19, "eq-one"),
        (21, "eq-one"),
        (28, "eq-four"),
    ]
    assert [result.line for result in results if result.problem] == [25]


@pytest.mark.parametrize(
    "text",
    [
        "a $$ 1 = 1 $$",
        "$$ 1 = 1",
        "\\begin{align} 1 &= 1 \\end{align}",
        "> $$ 1 = 1 $$",
        "$$ $$",
        "```{math} 1 = 1\n```",
        "$$ 1 = 1 $$ and more",
    ],
)
def test_a_display_that_the_checker_would_overlook_is_an_error(text):
    assert problems(text + "\n")


def test_equal_seeds_draw_equal_inputs_and_other_seeds_others():
    page = parse_page("$$ e^y = 1 $$\n")
    first, again, other = (page.check(seed)[0].problem for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_the_command_prints_a_report_and_tells_whether_all_is_well(tmp_path, capsys):
    (tmp_path / "page.md").write_text(HUBER, encoding="utf-8")
    assert main([tmp_path / "page.md"]) == 0
    assert re.search(r"page.md:\d+: eq-huber-gradient claims \de-\d+", capsys.readouterr().out)
    (tmp_path / "page.md").write_text(HUBER.replace("-\\delta,", "\\delta,"), encoding="utf-8")
    assert main([tmp_path / "page.md"]) == 1


# --- comparing with code --------------------------------------------------------------------------


def test_a_definition_and_its_gradient_are_evaluated_with_the_names_of_the_page():
    page = parse_page(HUBER)
    y, predicted = np.array([1.0, -0.5, 3.0, 0.0]), np.array([1.2, 4.0, 0.5, 0.0])
    names = {"y": y, r"\hat{y}": predicted, r"\delta": 1.5}
    r = predicted - y
    loss = np.where(abs(r) <= 1.5, r**2 / 2, 1.5 * (abs(r) - 0.75)).mean()
    assert page["eq-huber"].evaluate(names) == pytest.approx(loss, rel=1e-14)
    gradient = page["eq-huber-gradient"].evaluate(names)
    np.testing.assert_allclose(gradient, np.clip(r, -1.5, 1.5) / 4, rtol=1e-14)


def test_where_the_page_has_a_number_an_array_gives_many():
    page = parse_page("$$ f(x) = a x^2 $$ (eq-f)\n\n$$ p_k = x e^{z_k} $$ (eq-p)\n")
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_allclose(page["eq-f"].evaluate({"x": x, "a": 2.0}), 2 * x**2)
    np.testing.assert_allclose(
        page["eq-p"].evaluate({"x": x, "z": [0.0, 1.0]}), x[..., None] * [1, math.e]
    )


def test_what_is_bound_wins_over_what_is_defined_and_nothing_is_drawn():
    page = parse_page("$$ r = a - b $$\n\n$$ q = r^2 $$ (eq-q)\n")
    assert page["eq-q"].evaluate({"a": 5, "b": 2}) == 9.0
    assert page["eq-q"].evaluate({"r": 4}) == 16.0
    with pytest.raises(FormulaError, match="no value is given for b"):
        page["eq-q"].evaluate({"a": 5})


def test_a_label_without_a_formula_is_an_error():
    with pytest.raises(KeyError, match="eq-z"):
        parse_page(HUBER)["eq-z"]
    with pytest.raises(FormulaError, match="page:1: at"):
        parse_page("$$ x = \\odot $$ (eq-x)\n")["eq-x"]
    with pytest.raises(FormulaError, match="unchecked"):
        parse_page("% unchecked: why\n$$ x = 1 $$ (eq-x)\n")["eq-x"]


def test_a_jacobian_has_an_axis_for_each_index():
    page = parse_page(
        "$$ p_k = \\frac{e^{z_k}}{\\sum_{j=1}^{n} e^{z_j}} $$\n\n"
        "$$ \\frac{\\partial p_k}{\\partial z_j} = p_k (\\delta_{kj} - p_j) $$ (eq-jacobian)\n"
    )
    assert all(not result.problem for result in page.check())
    z = np.array([0.3, -1.0, 2.0])
    p = np.exp(z) / np.exp(z).sum()
    jacobian = page["eq-jacobian"].evaluate({"z": z})
    np.testing.assert_allclose(jacobian, np.diag(p) - np.outer(p, p), atol=1e-15)


def test_a_recurrence_is_run():
    gradients = np.random.default_rng(0).normal(size=50)
    names = {r"\theta_0": 1, "m_0": 0, "v_0": 0, "g": gradients, r"\eta": 0.01}
    names |= {r"\beta_1": 0.9, r"\beta_2": 0.999, r"\varepsilon": 0.1}
    path = parse_page(ADAM)["eq-adam"].run(r"\theta", 50, names)
    theta, m, v, expected = 1.0, 0.0, 0.0, []
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta -= 0.01 * m / (1 - 0.9**t) / (math.sqrt(v / (1 - 0.999**t)) + 0.1)
        expected.append(theta)
    np.testing.assert_allclose(path, expected, rtol=1e-13)


def test_a_closed_form_of_a_recurrence_is_a_claim():
    closed = r"$$ m_t = (1 - \beta_1) \sum_{s=1}^{t} \beta_1^{t-s} g_s $$"
    assert not problems(ADAM + "\n% check: m_0 = 0\n" + closed)
    assert problems(ADAM + "\n" + closed)
    assert problems(ADAM + "\n% check: m_0 = 0\n" + closed.replace("t-s", "t+s"))
    assert not claim(r"\sum_{k=0}^{t} u_k = 2^{t+1} - 1, \qquad \text{where } u_k = 2^k")
    assert "plain index" in claim(r"\theta_{t+1} = \theta_t - g_t")[0]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("max(-", "max("),
        (r"\hat{y}_i - y_i))", r"\hat{y}_i + y_i))"),
        (r"\frac{1}{n} \max", r"\max"),
        ("r^2", "r^3"),
        (r"\rvert - ", r"\rvert + "),
        (r"\frac{1}{2} \delta^2", r"\delta^2"),
        (r"\hat{y}_i - y_i),", r"y_i - \hat{y}_i - y_i),"),
    ],
)
def test_a_slip_in_a_definition_or_in_its_gradient_is_found(right, wrong):
    assert HUBER.count(right) == 1
    page = parse_page(HUBER.replace(right, wrong))
    names = {"y": [1.0, 2.0], r"\hat{y}": [1.5, 6.0], r"\delta": 1.0}
    loss_is_right = page["eq-huber"].evaluate(names) == pytest.approx((0.125 + 3.5) / 2)
    assert any(result.problem for result in page.check()) or not loss_is_right
