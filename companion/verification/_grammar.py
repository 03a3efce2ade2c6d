r"""How a formula is written: LaTeX to the trees of `_terms`, by a small and strict grammar.

    expression = ["-"] term {("+" | "-") term}
    term       = factor {["\cdot" | "\times" | "/"] factor}
    factor     = atom ["^" argument]

What the grammar does not know, and what reads in two ways, is an error. The notation, as an author
sees it, is described in `formulas`.
"""

import re

from companion.verification._terms import (
    FUNCTIONS,
    RELATIONS,
    REPEATS,
    Branch,
    Call,
    Cases,
    Comparison,
    Condition,
    Derivative,
    FormulaError,
    Integral,
    Limit,
    Negative,
    Number,
    Operation,
    Repeat,
    Symbol,
    Vector,
)

# --- tokens ---------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"(\\(?:begin|end|text|mathrm|operatorname|mathbf|boldsymbol|mathcal)) *\{ *([^{}]*?)[ .,;]*\}"
    r"|\\\\(?:\[[\d.]+ ?(?:pt|ex|em)\])?|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\n[ \t]*\n|\S"
)
UNBRACED = re.compile(r"(\\(?:mathrm|mathcal|mathbf|boldsymbol)) *(\\[A-Za-z]+|(?<= )[A-Za-z])")
SPELLINGS = {
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    r"\leq": r"\le",
    r"\geq": r"\ge",
    r"\neq": r"\ne",
    r"\ln": r"\log",
    r"\ldots": r"\dots",
    r"\boldsymbol": r"\mathbf",
    r"\mathrm": r"\operatorname",
    r"\operatorname{d}": r"\mathrm{d}",
    r"\operatorname{e}": "e",
    r"\operatorname{sgn}": r"\operatorname{sign}",
}
OPENING = {r"\left", r"\bigl", r"\Bigl", r"\biggl", r"\Biggl"}
CLOSING = {r"\right", r"\bigr", r"\Bigr", r"\biggr", r"\Biggr"}
INVISIBLE = {r"\,", r"\;", r"\:", r"\!", r"\ ", "~", r"\displaystyle", r"\nonumber", r"\notag"}
BRACKETS = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", r"\lvert": r"\rvert"}
ACCENTS = {r"\hat", r"\bar", r"\tilde"}
LETTERS = {
    *(r"\alpha", r"\beta", r"\gamma", r"\delta", r"\epsilon", r"\varepsilon", r"\zeta", r"\eta"),
    *(r"\theta", r"\kappa", r"\lambda", r"\mu", r"\nu", r"\xi", r"\pi", r"\rho", r"\sigma"),
    *(r"\tau", r"\phi", r"\varphi", r"\chi", r"\psi", r"\omega", r"\Gamma", r"\Delta", r"\Theta"),
    *(r"\Lambda", r"\Sigma", r"\Phi", r"\Psi", r"\Omega", r"\ell", r"\infty"),
    *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
DIFFERENTIAL = r"\mathrm{d}"


class Token(str):
    """A piece of LaTeX that knows its line."""

    def __new__(cls, text, line):
        token = super().__new__(cls, text)
        token.line = line
        return token


def tokenize(latex, line=1):
    r"""Cut LaTeX into tokens: spaces and sizes go, `\tfrac` and `\ln` become `\frac` and `\log`."""
    tokens, size, latex = [], None, UNBRACED.sub(r"\1{\2}", latex)
    for match in TOKEN.finditer(latex):
        text = SPELLINGS.get(match[1] or match[0], match[1] or match[0])
        if match[1]:
            text = SPELLINGS.get(f"{text}{{{match[2]}}}", f"{text}{{{match[2]}}}")
        if text.isspace() or text.startswith(r"\\"):
            text = r"\\"  # also for a blank line, which Sphinx reads as a new row
        if text == "|" and size:
            text = r"\lvert" if size in OPENING else r"\rvert"
        size = text if text in OPENING | CLOSING else None
        if not size and text not in INVISIBLE:
            tokens.append(Token(text, line + latex.count("\n", 0, match.start())))
    return tokens


def starts_name(token):
    r"""Whether a name begins here: a letter, an accent, `\operatorname{…}`, `\mathbf{…}`."""
    styled = token.startswith((r"\operatorname{", r"\mathbf{", r"\mathcal{"))
    return token in LETTERS or token in ACCENTS or (styled and token not in FUNCTIONS)


def unstyled(token):
    r"""`\text{max}` without its dress."""
    return re.sub(r"^\\\w+\{(.*)\}$", r"\1", token)


def nesting(token):
    """+1 for a token that opens a bracket, a group or an environment, -1 for one that closes it."""
    if token in BRACKETS or token.startswith(r"\begin{"):
        return 1
    return -(token in BRACKETS.values() or token.startswith(r"\end{"))


def split(tokens, *separators):
    """Cut outside all brackets: the parts, and the separators between them."""
    parts, found, depth = [[]], [], 0
    for token in tokens:
        depth += nesting(token)
        if depth == 0 and token in separators:
            found.append(token)
            parts.append([])
        else:
            parts[-1].append(token)
    return parts, found


# --- expressions ----------------------------------------------------------------------------------


class Parser:
    """Reads tokens from left to right; the scope tells functions from factors.

    `indices` are the running ones of the sums around; `bare` is x under d f / d x, where f alone
    means f(x).
    """

    def __init__(self, tokens, scope, indices=frozenset(), bare=None):
        self.tokens, self.scope, self.indices, self.bare = list(tokens), scope, indices, bare
        self.position = 0

    @property
    def next(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self):
        self.position += 1
        return self.tokens[self.position - 1]

    def accept(self, *tokens):
        return self.next and self.next in tokens and self.take()

    def expect(self, token):
        return self.accept(token) or self.fail(f"`{token}`")

    def fail(self, expected, start=None):
        start = self.position if start is None else start
        rest, before = self.tokens[start : start + 8], self.tokens[max(0, start - 8) : start]
        where = f"at `{' '.join(rest)}`" if rest else f"after `{' '.join(before)}`"
        line = (rest or before or [Token("", None)])[0].line
        raise FormulaError(f"{where}: expected {expected}", line)

    def inner(self, tokens, bare=None):
        return Parser(tokens, self.scope, self.indices, bare)

    def parse(self, tokens):
        """The expression that these tokens form, all of them."""
        return self.inner(tokens).all()

    def all(self):
        node = self.expression()
        return node if not self.next else self.fail("an operator, or the end of the expression")

    def bracketed(self):
        """The tokens inside the bracket, group or environment that opens here."""
        start, opening, depth = self.position + 1, self.take(), 1
        while depth and self.next:
            depth += nesting(self.take())
        closing = BRACKETS.get(opening, opening.replace(r"\begin", r"\end"))
        if depth or self.tokens[self.position - 1] != closing:
            self.fail(f"a closing `{closing}` for this", start - 1)
        return self.tokens[start : self.position - 1]

    def argument(self):
        r"""The tokens of a TeX argument: a group, or one token (of a number one digit: \frac12)."""
        if self.next == "{":
            return self.bracketed()
        start, token = self.position, self.take() if self.next else self.fail("an argument")
        if token in ACCENTS:
            self.argument()
        if token[0].isdigit():
            self.tokens[start : start + 1] = [Token(digit, token.line) for digit in token]
        return self.tokens[start : self.position]

    def expression(self):
        node = Negative(self.term()) if self.accept("-") else self.term()
        while sign := self.accept("+", "-"):
            node = Operation(str(sign), node, self.term())
        return node

    def term(self):
        node = self.factor()
        while True:
            if self.accept(r"\cdot", r"\times"):
                node = Operation("*", node, self.factor())
            elif self.accept("/"):
                node = Operation("/", node, self.factor())
                if self.starts_factor():
                    self.fail(r"`\cdot` or brackets: a / b c reads in two ways")
            elif self.starts_factor():
                if self.next[0].isdigit():
                    self.fail(r"`\cdot` before a number, or braces around it: x^{10}")
                node = Operation("*", node, self.factor())
            else:
                return node

    def factor(self):
        node = self.atom()
        if self.accept("^"):
            return Operation("^", node, self.parse(self.argument()))
        return node

    def starts_factor(self):
        token = self.next
        return token[:1].isdigit() or starts_name(token) or token in FUNCTIONS or token in ATOMS

    def atom(self):
        if self.next[:1].isdigit():
            return Number(str(self.take()))
        if self.next in REPEATS and self.tokens[self.position + 1 :][:1] == ["_"]:
            return self.repeat()
        if self.next in ATOMS:
            return ATOMS[self.next](self)
        if starts_name(self.next) or self.next in FUNCTIONS:
            return self.named()
        self.fail("a term: a number, a name, a bracket or a command that the grammar knows")

    def group(self):
        return self.parse(self.bracketed())

    def magnitude(self):
        return Call("magnitude", (self.group(),))

    def root(self):
        self.take()
        degree = self.group() if self.next == "[" else Number("2")
        return Call("root", (self.parse(self.argument()), degree))

    def brace(self):
        mark = "_" if self.take() == r"\underbrace" else "^"
        node = self.parse(self.argument())
        self.expect(mark)
        self.argument()  # a remark for the reader
        return node

    # names, and what hangs on them

    def name(self):
        r"""One name in one spelling: `\hat y` and `\hat{y}` are the same."""
        token = self.take() if starts_name(self.next) else self.fail("a name")
        if token not in ACCENTS:
            return str(token)
        inner = self.inner(self.argument())
        name = f"{token}{{{inner.name()}}}"
        return name if not inner.next else inner.fail("a single letter under the accent")

    def scripts(self):
        """All that hangs on a name: (label, index, exponent or None, number of primes)."""
        label, index, exponent, primes = "", (), None, 0
        while mark := self.accept("_", "^", "'"):
            if mark == "'":
                primes += 1
            elif mark == "_" and not index:
                index, text = self.subscript(self.argument())
                label += text
            elif mark == "^" and exponent is None:
                exponent, text = self.superscript(self.argument())
                label += text
            else:
                self.fail("one subscript and one superscript", self.position - 1)
        return label, index, exponent, primes

    def subscript(self, tokens):
        """(indices, "") if it is made of whole numbers, else ((), label)."""
        letters = [token for token in tokens if starts_name(token)]
        whole = [t for t in letters if t in self.indices or self.scope.domain(t).integer]
        if letters == whole and any(token.isalnum() for token in tokens):
            many = len(tokens) > 1 and all(token.isalnum() for token in tokens)  # w_{ij}
            parts = [[token] for token in tokens] if many else split(tokens, ",")[0]
            return tuple(map(self.parse, parts)), ""
        if whole:
            self.inner(tokens).fail(f"indices only; {whole[0]} is one (`% check: k integer`)")
        return (), f"_{{{''.join(map(unstyled, tokens))}}}"

    def superscript(self, tokens):
        r"""(exponent, "") or (None, label): `^{\max}`, `^{\text{new}}`, `^*`, `^{(1)}`."""
        text = "".join(tokens)
        if re.fullmatch(r"\*|\\max|\\min|\\(text|operatorname)\{[^}]*\}|\(\d+\)", text):
            return None, f"^{{{unstyled(text)}}}"
        if re.fullmatch(r"\(.\)", text):
            self.inner(tokens).fail("a power or a label, which this superscript is not")
        return self.parse(tokens), ""

    def named(self):
        """A quantity, an entry, a call, or a power of one."""
        start = self.position
        name = str(self.take()) if self.next in FUNCTIONS else self.name()
        label, index, exponent, primes = self.scripts()
        function = function_name(name + label, index)
        if function in FUNCTIONS:
            node = self.known_call(function, primes, exponent)
        elif self.is_call(function, name + label, index):
            node = self.call(function, primes)
        elif primes or name in FUNCTIONS:
            self.fail(f"a function that is known: {function} is not defined above", start)
        else:
            node = self.quantity(name + label, index, start)
        return node if exponent is None else Operation("^", node, exponent)

    def is_call(self, function, name, index):
        if not self.scope.arities(function):
            return False
        return self.next in ("(", "[") or (name, len(index)) not in self.scope.quantities

    def quantity(self, name, index, start):
        plain = re.sub(r"\\mathbf\{(.*?)\}", r"\1", name)
        if plain != name:
            return self.fail(f"entries without bold, {plain}_i", start) if index else Vector(plain)
        if self.next in ("(", "["):
            content = self.inner(self.tokens[self.position :]).bracketed()
            if not split(content[1:], "+", "-")[1]:
                self.fail(rf"a function defined above, or for a product `{name} \cdot`", start)
            self.scope.products.setdefault(name, self.tokens[start].line)
        return Symbol(name, index)

    # functions

    def call(self, function, primes):
        """A function of the page, with its arguments in brackets."""
        arities, start = self.scope.arities(function), self.position
        if self.bare and not self.next and len(arities) == 1:
            own = self.scope.functions[function, *arities].parameters
            return Call(function, (self.bare,) if arities == {1} else own, primes)
        if self.next not in ("(", "["):
            self.fail(f"brackets with the arguments of {function}")
        arguments = tuple(map(self.parse, split(self.bracketed(), ",", ";", r"\mid")[0]))
        if len(arguments) not in arities or (primes and len(arguments) > 1):
            self.fail(f"as many arguments as {function} has ({min(arities)})", start)
        defined = self.scope.functions[function, len(arguments)].parameters
        for pair in zip(defined, arguments, strict=True):
            if pair[0] != pair[1] and any(isinstance(node, Vector) for node in pair):
                self.fail(f"the vectors with which {function} was defined", start)
        return Call(function, arguments, primes)

    def known_call(self, function, primes, exponent):
        """A function of the prelude, with or without brackets."""
        many = function in (r"\max", r"\min")
        if isinstance(exponent, Negative):
            self.fail(f"no negative power of {function}: it reads as an inverse function")
        if self.bare and not self.next:
            return Call(function, (self.bare,), primes)
        if self.next not in ("(", "[", r"\{"):
            return self.fail("`(`") if many else Call(function, (self.bare_argument(),), primes)
        arguments = tuple(map(self.parse, split(self.bracketed(), ",")[0]))
        if not many and (len(arguments) > 1 or self.next == "^"):
            self.fail(f"one argument of {function}, and its power before it: {function}^2(…)")
        return Call(function, arguments, primes)

    def bare_argument(self):
        r"""The argument of `\log 2\pi\sigma^2` or `\log\cosh r`; what is in doubt is an error."""
        node = self.factor()
        while self.starts_factor() and self.next not in FUNCTIONS and self.next not in REPEATS:
            kinds = {getattr(part, "operator", type(part)) for part in node.walk()}
            if not kinds <= {Number, Symbol, "*", "^"} or self.next in ATOMS:
                self.fail("brackets around the argument of the function before this")
            node = Operation("*", node, self.factor())
        return node

    # sums, derivatives, integrals, limits, cases

    def repeat(self):
        operation, start = str(self.take()), self.position
        self.expect("_")
        (index, *lower), _ = split(self.argument(), "=")
        variable = "".join(index)
        if lower:
            self.expect("^")
            bounds = self.parse(lower[0]), self.parse(self.argument())
        else:
            domain = self.scope.domain(variable)
            bounds = (domain.lower, domain.upper) if domain.integer else (None,)
        if variable not in LETTERS or None in bounds:
            self.fail(rf"an index with its range: _{{i=1}}^{{n}}, or declare {variable}", start)
        outside, self.indices = self.indices, self.indices | {variable}
        node = Repeat(operation, variable, *bounds, self.term())
        self.indices = outside
        return node

    def fraction(self):
        start = self.position
        self.take()
        above, below = self.argument(), self.argument()
        if above[:1] == below[:1] and above[:1] in ([r"\partial"], [DIFFERENTIAL]):
            return self.derivative(above, below, start)
        if above[:1] == below[:1] == ["d"]:
            self.fail(r"`\mathrm{d}` for a derivative", start)
        return Operation("/", self.parse(above), self.parse(below))

    def derivative(self, above, below, start):
        """The derivative of what stands above, or else of the factors that follow."""
        parser = self.inner(above[1:])
        order = parser.parse(parser.argument()) if parser.accept("^") else Number("1")
        variables = self.variables(below, above[0])
        if order != Number(str(sum(times for _, times in variables))):
            self.fail("the same order above and below", start)
        if parser.next:
            rest = parser.tokens[parser.position :]
            node = self.inner(rest, bare=variables[0][0]).all()
        else:
            node = self.operand()
        for variable, times in variables:
            node = Derivative(node, variable, times)
        return node

    def variables(self, tokens, mark):
        r"""[(symbol, order), …] of `\partial x^2 \partial y`."""
        parser, found = self.inner(tokens), []
        while parser.next:
            parser.expect(mark)
            node, times = parser.named(), Number("1")
            if isinstance(node, Operation):
                node, times = node.left, node.right
            if not isinstance(node, Symbol) or times not in map(Number, "123"):
                parser.fail("a quantity to differentiate by")
            found.append((node, int(times.text)))
        return found

    def operand(self):
        """The factors that an operator d / d x takes: a bracket, or a product without one."""
        bracket, node = self.next in BRACKETS, self.factor()
        while self.starts_factor():
            if bracket:
                self.fail(r"`\cdot` or brackets: how far does the derivative reach?")
            node = Operation("*", node, self.factor())
        return node

    def integral(self):
        self.take()
        self.expect("_")
        lower = self.parse(self.argument())
        self.expect("^")
        upper, body = self.parse(self.argument()), self.expression()
        self.expect(DIFFERENTIAL)
        return Integral(self.name(), lower, upper, body)

    def limit(self):
        self.take()
        self.expect("_")
        (variable, *target), marks = split(self.argument(), r"\to", "^")
        sides = {"+": (1,), "-": (-1,)}.get("".join(target[-1])) if marks[1:] else (-1, 1)
        if marks not in ([r"\to"], [r"\to", "^"]) or "".join(variable) not in LETTERS or not sides:
            self.fail(r"x \to 0 or x \to 0^+ under the limit")
        return Limit("".join(variable), self.parse(target[0]), sides, self.term())

    def cases(self):
        rows, _ = split(self.bracketed(), r"\\")
        return Cases(tuple(self.branch(row) for row in rows if row))

    def branch(self, row):
        cells, _ = split(row, "&")
        if len(cells) != 2:
            self.inner(row).fail("a value, & and a condition")
        value = cells[0][:-1] if cells[0][-1:] == [","] else cells[0]
        return Branch(self.parse(value), self.inner(cells[1]).condition())

    def condition(self):
        r"""All tokens as `\text{if } 0 < x \le 1, y > 0 \text{ or } …`, or `\text{otherwise}`."""
        tokens = self.tokens
        while tokens[-1:] and tokens[-1] in (",", ".", ";"):
            tokens = tokens[:-1]
        if tokens == [r"\text{otherwise}"]:
            return Condition(all)
        if tokens[:1] and tokens[0] in (r"\text{if}", r"\text{for}", r"\text{when}"):
            tokens = tokens[1:]
        options = [split(part, ",", r"\text{and}")[0] for part in split(tokens, r"\text{or}")[0]]
        return Condition(
            any, tuple(Condition(all, tuple(map(self.comparisons, parts))) for parts in options)
        )

    def comparisons(self, tokens):
        """A chain a < b < c: all of it must hold."""
        sides, relations = split(tokens, *RELATIONS)
        if not relations:
            self.inner(tokens).fail(r"a condition, as in x > 0, or \text{otherwise}")
        nodes = list(map(self.parse, sides))
        pairs = zip(map(str, relations), nodes, nodes[1:], strict=False)
        return Condition(all, tuple(Comparison(*pair) for pair in pairs))


def function_name(name, index):
    """The name of a function: a numeral below it belongs to it, as in f_1(x)."""
    numerals = all(isinstance(k, Number) for k in index)
    return name + "".join(f"_{{{k.text}}}" for k in index) if numerals else ""


ATOMS = {
    **dict.fromkeys(("(", "[", r"\{"), Parser.group),
    r"\lvert": Parser.magnitude,
    r"\frac": Parser.fraction,
    r"\sqrt": Parser.root,
    r"\sum": Parser.repeat,
    r"\prod": Parser.repeat,
    r"\int": Parser.integral,
    r"\lim": Parser.limit,
    r"\underbrace": Parser.brace,
    r"\overbrace": Parser.brace,
    r"\begin{cases}": Parser.cases,
}
