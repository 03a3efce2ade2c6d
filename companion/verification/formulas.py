r"""Read the displayed formulas of a page, and test them: what a page claims, it must keep.

A page is read as a program. Its displays (`{math}` directives and `$$` blocks) are taken in order;
every equation in them either DEFINES a name that is new on the page or CLAIMS an equality, which
is tested on random inputs in 40-digit arithmetic. The grammar is small and strict: what it does not
know is an error that names page, line and piece. The report of a page:

    python -m companion.verification.formulas book/losses/robust.md

A worked example
----------------
::

    % check: b > 0, r = \hat{y} - y

    $$ p(y \mid \hat{y}) = \frac{1}{2b} e^{-\lvert y - \hat{y} \rvert / b} $$

    $$ -\log p(y \mid \hat{y}) = \frac{\lvert r \rvert}{b} + \log 2b $$

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
    \frac{\partial L}{\partial \hat{y}_i}
      = \frac{1}{n} \max(-\delta, \min(\delta, \hat{y}_i - y_i))
    ```

    % unchecked: an expectation, which the reader takes from the text
    $$ \mathbb{E}[\hat{y}] = y $$

The first display defines p, the second claims, the third defines L and the loss, the fourth claims:
its left side is a true derivative, taken numerically. What is labelled `eq-<name>` or
`eq-<name>-gradient` is compared with `companion.reference` as well (its first right-hand side is
evaluated), and a test flips every sign in it, one at a time, and expects to see the page fail.

Comments for the checker
------------------------
Each on a line of its own; a page does not show them. `% check: item, item, …` holds from its line
on, until the page declares the same name again:

    x > 0      0 < p < 1      v_t \ge 0      domains; <= and >= are read as well
    K integer      2 <= K <= 5 integer       whole numbers, from 1 to 4 if it does not say
    x real                                   the default
    y \in \{0, 1\}                           one of these
    f function                               any smooth function of one variable, so f' too
    r = \hat{y} - y                          a definition that the page gives in its text
    \theta new                               \theta is free again, for the next optimizer

`% unchecked: reason` directly above a display exempts it: it is not read and defines nothing.

What a name means
-----------------
- An equation with a new name on its left defines it: `r = …`, `r_i = …`, `m_t = …`, `m_0 = …`,
  `f(x) = …`, `p(y \mid x) = …`. Every other equation is a claim, and so is each further `=` in
  `A &= B \\ &= C`. `<`, `>`, `\le`, `\ge` and `\ne` claim as well; `A \approx 0.693` claims that
  the digits shown are right. What a display defines is known from its own beginning on.
- A name without a definition is an input, drawn at random: between -3 and 3, not within 0.1 of
  zero; \delta, \eta, \varepsilon, \epsilon from 0.1 to 3; \beta, \beta_1, … between 0 and 1; n from
  2 to 4; i, j, k from 1 to n; s, t from 1 to 4. Declare the others: `\sigma > 0`, `v_t > 0`.
- `y` is a number, `y_i` an entry of the vector `\mathbf{y}`. A vector is only ever an argument, as
  in `L(\mathbf{y}, \hat{\mathbf{y}}) = …`: arithmetic is for entries.
- A subscript made of whole numbers is an index: 1, i, t-1, and what was declared `integer`;
  `w_{ij}` has two. Any other belongs to the name: `\ell_\delta`, `x_{\text{new}}`. So do the
  superscripts `^{\max}`, `^{\text{…}}`, `^*` and `^{(1)}`. `\delta_{ij}` is Kronecker's.
- `m_t = \beta_1 m_{t-1} + …` holds for t ≥ 1; m_0 is an input unless the page says `m_0 = 0`.
- Names in a definition mean what they mean where it is used: with \ell_\delta(r) as above,
  L(\delta) = \ell_\delta(3) is a function of \delta.
- `a(b + c)` is a product unless a is a function. `e` and `\pi` are the constants, `\mathrm{d}` is a
  differential, `\log` and `\ln` are natural.
- What reads in two ways is an error: `a(b)` where a is no function (write `a \cdot b`), `a / b c`,
  `\log x (1 - x)`, `\tanh(x)^2`, `\tanh^{-1} x`, `x^10`, `\frac{dy}{dx}` with an italic d,
  `\sum_{i=1}^n a_i + b_i` (an index outside of its sum).

What is understood
------------------
- Numbers, Latin and Greek letters, \hat \bar \tilde \mathcal \mathbf \operatorname{…}; + - / \cdot
  \times, juxtaposition, powers, \frac \tfrac \dfrac, \sqrt[n]{…}; ( ) [ ] \{ \} \lvert \rvert, with
  \left and \right (also `\left| … \right|`), \bigl and their kin.
- \exp \log \ln \sin \cos \tan \arctan \sinh \cosh \tanh \max \min \operatorname{sign}
  \operatorname{erf}, with brackets or without, with powers (`\tanh^2 x`) and primes (`\tanh'(x)`).
- \sum_{i=1}^{n}, \sum_i over the declared range, \prod, \max_k: of the product that follows.
- f'(x), \frac{\mathrm{d}}{\mathrm{d}x} (…), \frac{\mathrm{d} f}{\mathrm{d}x}, \frac{\partial L}
  {\partial \hat{y}_i}, \frac{\partial^2 L}{\partial x \partial y}: true derivatives, also by
  quantities that the page has defined. \int_a^b … \mathrm{d}x and \lim_{x \to 0^+}.
- cases: `\text{if } -1 \le x < 1, y > 0` (a comma is an "and"; `\text{or}`), `\text{otherwise}`.
- aligned, align, gathered and split; `, \qquad` between two equations; `\text{where}` and
  `\text{and}` before one; after one, `\quad \text{for } x > 0` limits the inputs, `\qquad i = 1,
  \dots, n` is the range of i, and `\quad \text{(…)}` is a remark, like the one at an \underbrace.
"""

import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from companion.verification._equations import declare, plain_name, read_equations
from companion.verification._grammar import tokenize
from companion.verification._terms import FormulaError, Scope, Symbol, Values, mp, reads


@dataclass(frozen=True)
class Result:
    """What became of one equation: it defines, claims or is unchecked (why), or has a problem."""

    page: str
    line: int
    kind: str
    label: str = ""
    worst: float = 0.0
    reason: str = ""
    problem: str = ""

    def __str__(self):
        worst = f"{self.worst:.0e}" if self.kind == "claims" else ""
        words = [f"{self.page}:{self.line}:", self.label, self.kind]
        return " ".join(filter(None, [*words, self.problem or self.reason or worst]))


@dataclass
class Display:
    """One display of a page; `start` and `end` are where its LaTeX stands in the page's text."""

    page: str
    line: int
    latex: str
    start: int
    end: int
    label: str = ""
    unchecked: str = ""
    scope: Scope = field(default_factory=Scope)
    equations: tuple = ()
    problem: str = ""

    def read(self, scope):
        """The equations, and the scope after them; a problem leaves the scope as it was."""
        try:
            after = scope.copy()
            equations = read_equations(tokenize(self.latex, self.line), after)
            if not equations:
                raise FormulaError("there is no equation in this display")
            return replace(self, equations=equations, scope=after)
        except FormulaError as error:
            return replace(self, problem=str(error), line=error.line or self.line, scope=scope)

    def check(self, seed=0):
        """One result for every equation."""
        if self.problem or self.unchecked:
            kind = "unchecked" if self.unchecked else "cannot be read"
            yield Result(self.page, self.line, kind, self.label, 0.0, self.unchecked, self.problem)
        for equation in self.equations:
            result = Result(self.page, equation.line, "claims", self.label)
            if not equation.claims:
                result = replace(result, kind="defines")
            try:
                yield replace(result, worst=equation.test(self.scope, seed))
            except (FormulaError, ArithmeticError, RecursionError) as error:
                yield replace(result, problem=str(error) or type(error).__name__)

    def symbol(self, latex):
        r"""`\beta_1` as (name, index)."""
        return plain_name(tokenize(latex), self.scope)

    def bind(self, environment):
        """The given values by name and index; entries are counted from 1, and n is their number."""
        bound, lengths = {}, set()
        for latex, given in environment.items():
            (name, index), array = self.symbol(latex), np.asarray(given, float)
            for position, x in np.ndenumerate(array):
                bound[name, index + tuple(k + 1 for k in position)] = mp.mpf(float(x))
            lengths.update(array.shape)
        if len(lengths) == 1:
            bound.setdefault(("n", ()), mp.mpf(*lengths))
        return bound

    def evaluate(self, environment):
        r"""The (first) right side, with float64 values for the page's names.

        Args:
            environment: {r"\hat{y}": array, r"\delta": 1.0, …}. An array gives the entries
                y_1, y_2, … where the formula has y_i (n is their number unless given), or many
                values, one after the other, where it has y.

        Returns:
            A float, or an array: over the index of the left side, as in
            \frac{\partial L}{\partial \hat{y}_i}, after the axes of the values.
        """
        left, right = self.equations[0].sides[:2]
        read = reads(left, self.scope) | reads(right, self.scope)
        numbers = {name for name, indexed in read if not indexed}
        given = {latex: np.asarray(value, float) for latex, value in environment.items()}
        many = [latex for latex in given if given[latex].ndim and self.symbol(latex)[0] in numbers]
        if many:
            one_by_one = np.broadcast(*(given[latex] for latex in many))
            rest = {latex: value for latex, value in given.items() if latex not in many}
            found = [self.evaluate(rest | dict(zip(many, x, strict=True))) for x in one_by_one]
            return np.reshape(found, one_by_one.shape + np.shape(found[0]))
        values = Values(self.scope, self.bind(given))
        return over_indices(left_indices(left), right, values)

    def run(self, name, steps, environment):
        r"""The path of a recurrence, as x_1 … x_steps.

        Example: `run(r"\theta", 50, {r"\theta_0": 1.0, "g": gradients, r"\eta": 0.1, …})`; what
        the page leaves open must be given, with sequences for t = 1, 2, …
        """
        values, (name, _) = Values(self.scope, self.bind(environment)), self.symbol(name)
        return np.array([float(values.get(name, (t,))) for t in range(1, steps + 1)])


def left_indices(left):
    """The plain indices on a left side, in order."""
    indices = [k for node in left.walk() for k in getattr(node, "index", ())]
    return list(dict.fromkeys(k.name for k in indices if isinstance(k, Symbol)))


def over_indices(indices, node, values):
    """The value of the node for all values of these indices: an array with an axis for each."""
    if not indices:
        return float(node.value(values))
    (index, *rest), key = indices, (indices[0], ())
    if key in values.bound:
        return over_indices(rest, node, values)
    lower, upper, *_ = values.scope.domain(index)
    if not (lower and upper):
        raise FormulaError(f"the range of the index {index} is not declared")
    every = range(int(lower.value(values)), int(upper.value(values)) + 1)
    return np.array([over_indices(rest, node, values.loop({key: k})) for k in every])


@dataclass
class Page:
    """A page that has been read: `page.check()` tests it, `page["eq-huber"]` is a display."""

    name: str
    text: str
    displays: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    def __getitem__(self, label):
        """The display with this label; a FormulaError if it could not be read."""
        found = [display for display in self.displays if display.label == label]
        if len(found) != 1:
            raise KeyError(f"{self.name} has {len(found)} displays with the label {label}")
        if not found[0].equations:
            problem = found[0].problem or "this display is unchecked"
            raise FormulaError(f"{self.name}:{found[0].line}: {problem}")
        return found[0]

    def check(self, seed=0):
        """The results of all equations, and the problems of the page, by line."""
        results = [result for display in self.displays for result in display.check(seed)]
        return sorted(self.problems + results, key=lambda result: result.line)


def read_page(path):
    """Read a page of the book."""
    return parse_page(Path(path).read_text(encoding="utf-8"), str(path))


def parse_page(text, name="page"):
    """Read the text of a page: displays and declarations in order."""
    page, scope, reason = Page(name, text), Scope(), ""
    for match in BLOCK.finditer(text):
        line = 1 + text.count("\n", 0, match.start())
        try:
            if match["latex"] is not None or match["dollars"] is not None:
                display = replace(find_display(match, name), unchecked=reason)
                reason, display = "", display if reason else display.read(scope)
                scope = display.scope = display.scope if display.equations else scope
                page.displays.append(display)
            elif match["comment"] is not None:
                kind, content = read_comment(match["comment"])
                reason = content if kind == "unchecked" else reason
                if kind == "check":
                    scope = scope.copy()
                    declare(content, scope, line)
            elif match["text"]:
                was, reason = reason, ""
                read_text(match["text"], was)
        except FormulaError as error:
            page.problems.append(Result(name, line, "cannot be read", problem=str(error)))
    if reason:
        page.problems.append(Result(name, line, "cannot be read", problem=NO_DISPLAY))
    return page


BLOCK = re.compile(
    r"\A---\n.*?^---$"  # the front matter
    r"|^ *(?P<code>`{3,}|~{3,}|:{3,}) *(?:\{(?:code|raw|eval)[^}]*\}|[A-Za-z]).*?^ *(?P=code) *$"
    r"|^ *(?P<math>`{3,}|~{3,}|:{3,})\{math\} *\n(?P<options>(?: *:\w+:[^\n]*\n)*)"
    r"(?P<latex>.*?)^ *(?P=math) *$"
    r"|^ *\$\$(?P<dollars>(?:(?!\$\$).)*)\$\$(?P<after>[^\n]*)$"
    r"|^ *%(?P<comment>[^\n]*)$"
    r"|^(?P<text>[^\n]*\S[^\n]*)$",
    re.MULTILINE | re.DOTALL,
)
NO_DISPLAY = "`% unchecked: reason` stands directly above a display"


def find_display(match, name):
    """The display in a match of BLOCK."""
    group = "dollars" if match["latex"] is None else "latex"
    label = re.search(r":label: *(\S+)|^ *\(([^)]+)\)$", match["options"] or match["after"] or "")
    if (match["after"] or "").strip() and not label:
        raise FormulaError("a display ends its line: $$ … $$ (label)")
    start, end = match.span(group)
    line = 1 + match.string.count("\n", 0, start)
    return Display(name, line, match[group], start, end, (label and (label[1] or label[2])) or "")


def read_comment(comment):
    """("check" or "unchecked", content) of a comment for the checker, ("", "") for any other."""
    match = re.fullmatch(r" *(check|unchecked): *(\S.*)", comment)
    if not match and re.match(r" *(un)?check", comment):
        raise FormulaError("a comment for the checker is `% check: items` or `% unchecked: reason`")
    return match.groups() if match else ("", "")


def read_text(text, reason):
    """Ordinary text, in which no display may hide and which no exemption may precede."""
    if reason:
        raise FormulaError(NO_DISPLAY)
    bare = re.sub(r"`[^`]+`", "", text)
    if "$$" in bare or r"\begin{" in bare or re.search(r"[`:~]{3}\{math\}", text):
        raise FormulaError("a display is a {math} directive or $$ … $$ on lines of its own")


def main(paths):
    """Print the report of some pages; the exit status tells whether all is well."""
    results = [result for path in paths for result in read_page(path).check()]
    print(*results, sep="\n")
    return any(result.problem for result in results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
