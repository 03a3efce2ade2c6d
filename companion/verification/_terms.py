r"""What a formula means: the nodes of its tree, and the values they take, with 40 digits.

`_grammar` builds the trees, `formulas` reads whole pages and holds them to what they claim.
"""

import operator
from dataclasses import dataclass, field, fields
from typing import NamedTuple

import mpmath
import numpy as np

mp = mpmath.mp.clone()  # a context of our own: the caller's precision is not ours to change
mp.dps = 40


class FormulaError(ValueError):
    """A formula that cannot be read, or that has no value; `line` is where it stands."""

    def __init__(self, message, line=None):
        super().__init__(message)
        self.line = line


# --- nodes ----------------------------------------------------------------------------------------


class Node:
    """A piece of a formula: `value(values)` is its number (of a condition: True or False)."""

    def parts(self):
        """The nodes directly inside this one."""
        for item in fields(self):
            content = getattr(self, item.name)
            for part in content if isinstance(content, tuple) else (content,):
                if isinstance(part, Node):
                    yield part

    def walk(self):
        """This node and all nodes inside it."""
        yield self
        for part in self.parts():
            yield from part.walk()


@dataclass(frozen=True)
class Number(Node):
    """A decimal number, as written, and so exact at any precision."""

    text: str

    def value(self, values):
        return mp.mpf(self.text)


@dataclass(frozen=True)
class Symbol(Node):
    """A quantity `x` or its entry `x_i`."""

    name: str
    index: tuple = ()

    def key(self, values):
        return self.name, tuple(whole(k.value(values)) for k in self.index)

    def value(self, values):
        if self.name in CONSTANTS:
            return +CONSTANTS[self.name]
        return mp.mpf(values.get(*self.key(values)))


@dataclass(frozen=True)
class Vector(Node):
    r"""A bold name, `\mathbf{y}`: it is handed to functions, and its entries do the arithmetic."""

    name: str

    def value(self, values):
        raise FormulaError(f"the vector {self.name} stands in arithmetic: write its entries")


@dataclass(frozen=True)
class Negative(Node):
    body: Node

    def value(self, values):
        return -self.body.value(values)


@dataclass(frozen=True)
class Operation(Node):
    """left + right, and so on; `*` is any product and `^` a power."""

    operator: str
    left: Node
    right: Node

    def value(self, values):
        if self.operator == "^" and self.left == Symbol("e"):
            return mp.exp(self.right.value(values))
        return OPERATIONS[self.operator](self.left.value(values), self.right.value(values))


@dataclass(frozen=True)
class Call(Node):
    """f(x, y), or with primes the derivative f'(x)."""

    function: str
    arguments: tuple
    primes: int = 0

    def value(self, values):
        numbers = [None if isinstance(a, Vector) else a.value(values) for a in self.arguments]
        if self.primes:
            return mp.diff(lambda x: self.at(values, x), *numbers, self.primes)
        return self.at(values, *numbers)

    def at(self, values, *numbers):
        if self.function in FUNCTIONS:
            return FUNCTIONS[self.function](*numbers)
        definition = values.scope.functions[self.function, len(numbers)]
        return definition.body.value(values.bind(definition.bind(numbers)))


@dataclass(frozen=True)
class Repeat(Node):
    """A sum, product, maximum or minimum over an index."""

    operator: str
    variable: str
    lower: Node
    upper: Node
    body: Node

    def value(self, values):
        indices = range(whole(self.lower.value(values)), whole(self.upper.value(values)) + 1)
        terms = [self.body.value(values.loop({(self.variable, ()): k})) for k in indices]
        return REPEATS[self.operator](terms)


@dataclass(frozen=True)
class Derivative(Node):
    """The derivative with respect to a quantity, which may itself be a defined one."""

    body: Node
    variable: Symbol
    order: int

    def value(self, values):
        key, start = self.variable.key(values), self.variable.value(values)
        return mp.diff(lambda x: self.body.value(values.bind({key: x})), start, self.order)


@dataclass(frozen=True)
class Integral(Node):
    """A definite integral, right to about 14 digits."""

    variable: str
    lower: Node
    upper: Node
    body: Node

    def value(self, values):
        def integrand(x):
            return self.body.value(values.bind({(self.variable, ()): x}))

        with mp.workdps(20):
            return integral(integrand, self.lower.value(values), self.upper.value(values))


@dataclass(frozen=True)
class Limit(Node):
    """The value 1e-20 beside the point, on each side asked for, or at 1e20 if it is infinite."""

    variable: str
    target: Node
    sides: tuple
    body: Node

    def value(self, values):
        with mp.workdps(80):
            target = self.target.value(values)
            points = [target + side * mp.mpf(10) ** -20 for side in self.sides]
            if not mp.isfinite(target):
                points = [mp.sign(target) * mp.mpf(10) ** 20]
            found = [self.body.value(values.bind({(self.variable, ()): x})) for x in points]
        if abs(found[0] - found[-1]) > 1e-12:
            raise FormulaError("the limits from the left and from the right are not the same")
        return found[0]


@dataclass(frozen=True)
class Comparison(Node):
    """left < right, and so on."""

    relation: str
    left: Node
    right: Node

    def value(self, values):
        return bool(RELATIONS[self.relation](self.left.value(values), self.right.value(values)))


@dataclass(frozen=True)
class Condition(Node):
    """All or any of several conditions."""

    combine: object
    conditions: tuple = ()

    def value(self, values):
        return self.combine(condition.value(values) for condition in self.conditions)


@dataclass(frozen=True)
class Branch(Node):
    """One line of a case distinction."""

    body: Node
    condition: Condition


@dataclass(frozen=True)
class Cases(Node):
    """A case distinction: the first line whose condition holds."""

    branches: tuple

    def value(self, values):
        for branch in self.branches:
            if branch.condition.value(values):
                return branch.body.value(values)
        raise FormulaError("none of the cases applies to these inputs")


# --- arithmetic -----------------------------------------------------------------------------------


def whole(value):
    """An index, or the bound of a sum, as an int."""
    if not mp.isint(value) or abs(value) > 10_000:
        raise FormulaError(f"an index is a whole number below 10000, not {mp.nstr(value, 8)}")
    return int(value)


def real(value, what):
    """The value, which must not have left the real line."""
    if isinstance(value, mp.mpc) or not mp.isfinite(value):
        raise FormulaError(f"{what} has no real value here: declare a domain (`% check: x > 0`)")
    return value


def integral(f, lower, upper):
    """Gauss-Legendre, in halves where these differ from the whole; infinity is folded onto 1."""
    if lower == -mp.inf:
        return integral(lambda x: f(-x), 0, mp.inf) + integral(f, 0, upper)
    if upper == mp.inf:
        return integral(lambda u: f(lower + u / (1 - u)) / (1 - u) ** 2, 0, 1)
    total, intervals = 0, [(lower, upper, gauss(f, lower, upper))]
    for _ in range(400):
        if not intervals:
            return total
        lower, upper, whole = intervals.pop()
        middle = (lower + upper) / mp.mpf(2)
        left, right = gauss(f, lower, middle), gauss(f, middle, upper)
        if abs(left + right - whole) < 1e-15:
            total += left + right
        else:
            intervals += [(lower, middle, left), (middle, upper, right)]
    raise FormulaError("an integral does not converge")


def gauss(f, lower, upper):
    """The Gauss-Legendre rule with 20 points."""
    middle, half = (lower + upper) / mp.mpf(2), (upper - lower) / mp.mpf(2)
    return half * mp.fsum(weight * f(middle + half * point) for point, weight in GAUSS)


POINTS = zip(*np.polynomial.legendre.leggauss(20), strict=True)
GAUSS = [(mp.mpf(point), mp.mpf(weight)) for point, weight in POINTS]
CONSTANTS = {"e": mp.e, r"\pi": mp.pi, r"\infty": mp.inf}
FUNCTIONS = {
    r"\exp": mp.exp,
    r"\log": lambda x: real(mp.log(x), "a logarithm"),
    r"\sin": mp.sin,
    r"\cos": mp.cos,
    r"\tan": mp.tan,
    r"\arctan": mp.atan,
    r"\sinh": mp.sinh,
    r"\cosh": mp.cosh,
    r"\tanh": mp.tanh,
    r"\max": lambda *numbers: max(numbers),
    r"\min": lambda *numbers: min(numbers),
    r"\operatorname{sign}": mp.sign,
    r"\operatorname{erf}": mp.erf,
    "magnitude": abs,
    "root": lambda x, degree: real(mp.root(x, whole(degree)), "a root"),
}
OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": lambda base, exponent: real(mp.power(base, exponent), "a power"),
}
REPEATS = {r"\sum": mp.fsum, r"\prod": mp.fprod, r"\max": max, r"\min": min}
RELATIONS = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    r"\le": operator.le,
    r"\ge": operator.ge,
    r"\ne": operator.ne,
}


# --- what a page has said so far ------------------------------------------------------------------


class Domain(NamedTuple):
    """Where an input is drawn from; bounds and members are nodes."""

    lower: Node | None = None
    upper: Node | None = None
    integer: bool = False
    members: tuple = ()

    def draw(self, random, values):
        """A number of this domain, away from its bounds (and from zero if it has none)."""
        if self.members:
            return random.choice(self.members).value(values)
        lower, upper = (bound and bound.value(values) for bound in (self.lower, self.upper))
        if self.integer:
            lower = 1 if lower is None else whole(lower)
            upper = lower + 3 if upper is None else whole(upper)
            if lower > upper:
                raise FormulaError(f"there is no whole number from {lower} to {upper}")
            return random.randint(lower, upper)
        if lower is None and upper is None:
            return random.choice((-1, 1)) * random.uniform(0.1, 3)
        if upper is None:
            return lower + random.uniform(0.1, 3)
        if lower is None:
            return upper - random.uniform(0.1, 3)
        return lower + (upper - lower) * random.uniform(0.02, 0.98)


DEFAULT_DOMAINS = {
    "n": Domain(Number("2"), Number("4"), integer=True),
    **dict.fromkeys("ijk", Domain(Number("1"), Symbol("n"), integer=True)),
    **dict.fromkeys("st", Domain(Number("1"), Number("4"), integer=True)),
    **dict.fromkeys((r"\delta", r"\eta", r"\varepsilon", r"\epsilon"), Domain(Number("0"))),
    r"\beta": Domain(Number("0"), Number("1")),
}


class Definition(NamedTuple):
    """`f(x) = body`, `m_t = body` or `L = body`; the body is None while its display is read."""

    parameters: tuple = ()  # Symbols, and Vectors
    body: Node | None = None
    recurrent: bool = False  # as m_t = … m_{t-1}: for t from 1 on, m_0 is where it starts

    def bind(self, numbers):
        """{(name, ()): number} for the body; a vector (None) keeps the entries it has outside."""
        pairs = zip(self.parameters, numbers, strict=True)
        return {(symbol.name, ()): x for symbol, x in pairs if x is not None}


@dataclass
class Scope:
    """The functions, quantities, single entries and domains that a page has named."""

    functions: dict = field(default_factory=dict)  # (name, number of arguments) -> Definition
    quantities: dict = field(default_factory=dict)  # (name, number of indices) -> Definition
    entries: dict = field(default_factory=dict)  # (name, (0,)) -> Definition, as in m_0 = 0
    domains: dict = field(default_factory=dict)  # (name, index, or () for any) -> Domain
    products: dict = field(default_factory=dict)  # name -> line where it was multiplied, a(b + c)

    def copy(self):
        """A scope that what follows on the page does not change."""
        return Scope(*(dict(getattr(self, item.name)) for item in fields(self)))

    def find(self, name, index):
        """The definition of a quantity or of one entry, or None if it is an input."""
        family = self.quantities.get((name, len(index)))
        if family and family.recurrent and min(index) < 1:
            family = None
        return self.entries.get((name, index), family)

    def arities(self, name):
        """How many arguments the functions of this name take: {1, 2} for p(r) and p(y | x)."""
        return {arity for known, arity in self.functions if known == name}

    def declare(self, name, index, domain):
        """The domain of one entry, or of a name and all its entries."""
        for key in [key for key in self.domains if key[0] == name and not index]:
            del self.domains[key]
        self.domains[name, index] = domain

    def domain(self, name, index=()):
        """Where an input is drawn from: as declared for the entry, or the name, or by default."""
        declared = self.domains.get((name, index)) or self.domains.get((name, ()))
        return declared or DEFAULT_DOMAINS.get(name, Domain())

    def forget(self, name):
        r"""`\theta new`: the name is free again."""
        for known in (self.functions, self.quantities, self.entries, self.domains):
            for key in [key for key in known if key[0] == name]:
                del known[key]


class Values:
    """All quantities in one situation: bound by the caller, defined by the page, or drawn."""

    def __init__(self, scope, bound=(), random=None):
        self.scope, self.bound, self.random = scope, dict(bound), random
        self.drawn, self.memo, self.loops = {}, {}, frozenset()

    def get(self, name, index=()):
        """The value of a name, or of its entry."""
        key = (name, index)
        if key in self.bound:
            return self.bound[key]
        definition = self.scope.find(name, index)
        if definition is None:
            return self.draw(name, index)
        # A value depends on the running indices around it, but not on one that it replaces:
        # m_4 is the same number within m_5 and within m_6, and is computed once.
        own = {} if key in self.scope.entries else definition.bind(index)
        around = [(loop, self.bound[loop]) for loop in self.loops.difference(own)]
        memo = (*key, *sorted(around))
        if memo not in self.memo:
            self.memo[memo] = definition.body.value(self.loop(own))
        return self.memo[memo]

    def draw(self, name, index):
        """The value of an input, drawn when it is first asked for."""
        if name == r"\delta" and len(index) == 2:
            return int(index[0] == index[1])  # Kronecker's
        if (name, index) not in self.drawn:
            if self.random is None:
                entry = f"_{{{','.join(map(str, index))}}}" if index else ""
                raise FormulaError(f"no value is given for {name}{entry}")
            domain = self.scope.domain(name, index)
            self.drawn[name, index] = domain.draw(self.random, self)
        return self.drawn[name, index]

    def bind(self, bound):
        """The same situation but for some values, {(name, index): number}."""
        inner = Values(self.scope, self.bound | bound, self.random)
        inner.drawn, inner.loops = self.drawn, self.loops.difference(bound)
        return inner

    def loop(self, indices):
        """The same situation but for some running indices: what is known stays known."""
        inner = self.bind(indices)
        inner.memo, inner.loops = self.memo, self.loops.union(indices)
        return inner


INTEGRAL = (r"\int", False)


def reads(node, scope, hidden=frozenset(), seen=frozenset()):
    """All inputs and quantities that a node depends on, as pairs (name, has it an index?).

    What is `hidden`, the arguments of a function or the index of a sum, comes from the node itself.
    An integral leaves the mark INTEGRAL: it takes its time.
    """
    found, definition = {INTEGRAL} if isinstance(node, Integral) else set(), None
    if isinstance(node, Symbol) and (node.index or node.name not in hidden):
        found.add((node.name, bool(node.index)))
        definition = scope.quantities.get((node.name, len(node.index)))
    elif isinstance(node, Call):
        definition = scope.functions.get((node.function, len(node.arguments)))
    elif isinstance(node, Repeat | Integral | Limit):
        hidden = hidden | {node.variable}
    for part in node.parts():
        found |= reads(part, scope, hidden, seen)
    if definition and definition.body and id(definition) not in seen:
        arguments = {symbol.name for symbol in definition.parameters}
        found |= reads(definition.body, scope, hidden | arguments, seen | {id(definition)})
    return found
