"""What a page says: equations, which define names or claim something, and declarations."""

import re
from dataclasses import dataclass
from random import Random

from companion.verification._grammar import Parser, function_name, split, starts_name, tokenize
from companion.verification._terms import (
    CONSTANTS,
    INTEGRAL,
    RELATIONS,
    Call,
    Definition,
    Derivative,
    Domain,
    FormulaError,
    Negative,
    Number,
    Operation,
    Repeat,
    Scope,
    Symbol,
    Values,
    Vector,
    mp,
    reads,
)

DRAWS = 12
TOLERANCE = 1e-12  # in 40-digit arithmetic: what is wrong is wrong by far more
CLAIMS = {*RELATIONS, r"\approx"}
LAYOUTS = [
    rf"\begin{{{name}}}"
    for name in ("aligned", "align", "align*", "gathered", "gather", "gather*", "split")
]
KINDS = {r"\integer", r"\real", r"\function", r"\new"}


@dataclass(frozen=True)
class Equation:
    """`A = B = C`: if it defines, A means B; every other pair of neighbours is a claim."""

    line: int
    sides: tuple
    relations: tuple
    texts: tuple
    defines: bool
    conditions: tuple = ()

    @property
    def claims(self):
        """The numbers of the relations that are to hold, counted from 0."""
        return range(self.defines, len(self.relations))

    def test(self, scope, seed):
        """The worst disagreement on random inputs; a FormulaError if a claim does not hold."""
        worst = 0.0
        slow = any(INTEGRAL in reads(side, scope) for side in self.sides)
        for draw in range(DRAWS // 4 if slow else DRAWS if self.claims else 0):
            values = self.situation(scope, f"{seed}/{draw}")
            for k in self.claims:
                left, right = (side.value(values) for side in self.sides[k : k + 2])
                error = disagreement(left, self.relations[k], right, self.sides[k + 1])
                if not error <= TOLERANCE:
                    numbers = f"{mp.nstr(left, 12)} {self.relations[k]} {mp.nstr(right, 12)}"
                    where = f"`{self.texts[k]} {self.relations[k]} {self.texts[k + 1]}`"
                    raise FormulaError(f"{where} says {numbers} for {drawn(values)}")
                worst = max(worst, float(error))
        return worst

    def situation(self, scope, seed):
        """Random inputs that meet the conditions (`for x > 0`)."""
        for attempt in range(500):
            values = Values(scope, random=Random(f"{seed}/{self.line}/{attempt}"))
            if all(condition.value(values) for condition in self.conditions):
                return values
        raise FormulaError("no random input meets the condition: declare a narrower domain")


def disagreement(a, relation, b, right):
    """By how much `a relation b` fails, relative to the larger side; 0 where it holds."""
    distance = abs(a - b) / max(1, abs(a), abs(b))
    if relation == "=":
        return distance
    if relation in (r"\le", r"\ge") and distance <= TOLERANCE:
        return distance  # equal, but for the last digit
    if relation != r"\approx":
        return 0 if RELATIONS[relation](a, b) else mp.inf
    number = right.body if isinstance(right, Negative) else right
    if not isinstance(number, Number):
        raise FormulaError(r"a decimal number must follow \approx")
    decimals = len(number.text.partition(".")[2])
    return 0 if abs(a - b) <= mp.mpf(10) ** -decimals / 2 else mp.inf


def drawn(values):
    """The inputs that were drawn, for a message."""
    inputs = (
        f"{name}{'_' if index else ''}{','.join(map(str, index))} = {float(x):.6g}"
        for (name, index), x in values.drawn.items()
    )
    return ", ".join(inputs) or "all inputs"


# --- reading equations ----------------------------------------------------------------------------


def read_equations(tokens, scope):
    """The equations of a display; what they define goes into the scope."""
    parts = []  # (tokens of an equation, its conditions)
    for piece in pieces(tokens):
        if r"\dots" in piece:
            declare_range(piece, scope)
        elif parts and piece[0] in (r"\text{for}", r"\text{if}", r"\text{when}"):
            parts[-1][1].append(piece)
        else:
            parts += [(part, []) for part in split(piece, ",", ";")[0]]
    # What a display defines is known all over it: first the names, then what they mean.
    targets = [announce(part, scope) for part, _ in parts]
    equations = tuple(
        read_equation(part, conditions, target, scope)
        for (part, conditions), target in zip(parts, targets, strict=True)
    )
    for equation in equations:
        examine(equation, scope)
    for (name, count), definition in scope.quantities.items():
        recurrent = count > 0 and (name, True) in reads(definition.body, scope)
        scope.quantities[name, count] = definition._replace(recurrent=recurrent)
    return equations


def pieces(tokens):
    """Equations and conditions as lists of tokens; a row that continues the one above joins it."""
    found = []
    for row in split(tokens, r"\\")[0]:
        row = [token for cell in split(row, "&")[0] for token in cell]
        for piece in split(row, r"\quad", r"\qquad")[0]:
            if piece and piece[0] in LAYOUTS:
                block = Parser(piece, Scope())
                found += pieces(block.bracketed())
                piece = block.tokens[block.position :]
            while piece and piece[-1] in (",", ".", ";"):
                piece = piece[:-1]
            if piece and piece[0] in (r"\text{and}", r"\text{where}", r"\text{with}"):
                piece = piece[1:]
            if not piece or (len(piece) == 1 and piece[0].startswith(r"\text{(")):
                continue  # a remark: \text{(by symmetry)}
            adds = piece[0] in ("+", "-", r"\cdot", r"\times") and not split(piece, *CLAIMS)[1]
            if found and (adds or piece[0] in CLAIMS):
                found[-1] += piece
            else:
                found.append(piece)
    return found


def read_equation(tokens, conditions, target, scope):
    """One equation, and its definition if it has a target."""
    sides, relations = split(tokens, *CLAIMS)
    if not relations:
        Parser(tokens, scope).fail("an equation")
    nodes = [Parser(side, scope).all() for side in sides[bool(target) :]]
    if target:
        nodes.insert(0, target)
        table, key, parameters = place(target, scope)
        table[key] = Definition(parameters, nodes[1])
    elif relations[0] == "=" and isinstance(nodes[0], Symbol) and not known(nodes[0], scope):
        Parser(tokens, scope).fail("a plain index where x is defined: x_t = … x_{t-1}")
    conditions = tuple(Parser(condition, scope).condition() for condition in conditions)
    texts = tuple(map(" ".join, sides))
    relations = tuple(map(str, relations))
    return Equation(tokens[0].line, tuple(nodes), relations, texts, bool(target), conditions)


def announce(tokens, scope):
    """The left side as a node if it is a name without a meaning so far; the scope now knows it."""
    sides, relations = split(tokens, *CLAIMS)
    target = new_name(sides[0], scope) if relations[:1] == ["="] else None
    if target is None or known(target, scope):
        return None
    table, key, parameters = place(target, scope)
    if table is scope.functions and key[0] in scope.products:
        line = scope.products[key[0]]
        raise FormulaError(f"{key[0]} is a function here, and a factor in line {line}")
    table[key] = Definition(parameters, recurrent=True)  # until it is read
    return target


def new_name(tokens, scope):
    """A left side of the form x, x_i, x_0 or f(x, y) as a node; None for any other."""
    parser = Parser(tokens, scope)
    if not starts_name(parser.next):
        return None
    name = parser.name()
    label, index, exponent, primes = parser.scripts()
    name += label
    if exponent or primes or name in CONSTANTS or r"\mathbf" in name:
        return None
    if not parser.next:
        return Symbol(name, index) if numerals(index) or plain(index) else None
    if parser.next not in ("(", "[") or not function_name(name, index):
        return None
    parts = split(parser.bracketed(), ",", ";", r"\mid")[0]
    arguments = tuple(Parser(part, scope).all() for part in parts)
    if parser.next or not plain(arguments):
        return None
    return Call(function_name(name, index), arguments)


def plain(nodes):
    """Whether these are names that may stand for anything, all different and without indices."""
    names = {getattr(node, "name", "") for node in nodes}
    indexed = any(getattr(node, "index", ()) for node in nodes)
    return len(names) == len(nodes) and not names & {"", *CONSTANTS} and not indexed


def numerals(index):
    """The index as whole numbers, or () if it is not made of them."""
    return tuple(int(k.text) for k in index) if all(isinstance(k, Number) for k in index) else ()


def place(target, scope):
    """Where a definition belongs: (table of the scope, key, parameters)."""
    if isinstance(target, Call):
        return scope.functions, (target.function, len(target.arguments)), target.arguments
    if numerals(target.index):
        return scope.entries, (target.name, numerals(target.index)), ()
    return scope.quantities, (target.name, len(target.index)), target.index


def known(target, scope):
    """Whether this function, quantity or entry has a meaning already."""
    table, key, _ = place(target, scope)
    if table is scope.entries:
        return scope.find(*key) is not None
    return key in table or key[0] in CONSTANTS


def examine(equation, scope):
    """What can be read and cannot be meant is an error."""
    for side in equation.sides:
        for node in side.walk():
            if isinstance(node, Repeat) and (node.variable, False) in reads(side, Scope()):
                problem = f"the running index {node.variable} also stands outside of its sum"
                raise FormulaError(problem, equation.line)
            if isinstance(node, Derivative):
                name, index = node.variable.name, node.variable.index
                if (name, bool(index)) not in reads(node.body, scope):
                    problem = f"what is differentiated by {name} does not depend on it"
                    raise FormulaError(problem, equation.line)
    if equation.defines:
        target, body = equation.sides[:2]
        used = reads(body, scope)
        for argument in getattr(target, "arguments", ()):
            if (argument.name, isinstance(argument, Vector)) not in used:
                problem = f"{target.function} does not depend on its argument {argument.name}"
                raise FormulaError(rf"{problem} (a vector is \mathbf{{y}})", equation.line)
        if (getattr(target, "name", ""), False) in used and not target.index:
            raise FormulaError(f"{target.name} is defined by itself", equation.line)


# --- declarations ---------------------------------------------------------------------------------


def declare(text, scope, line):
    """`% check: item, item, …`."""
    text = re.sub(r"\b(integer|real|function|new)\b", r"\\\1 ", text)
    text = text.replace("<=", r"\le ").replace(">=", r"\ge ")
    for item in split(tokenize(text, line), ",")[0]:
        kind = item.pop() if item and item[-1] in KINDS else ""
        declare_item(item, kind, scope)


def declare_item(tokens, kind, scope):
    """A domain, a function, a definition, or a name to forget."""
    sides, relations = split(tokens, *RELATIONS, r"\in")
    if kind in (r"\new", r"\function"):
        name = plain_name(tokens, scope)[0]
        scope.forget(name)
        if kind == r"\function":
            scope.functions[name, 1] = smooth(name)
    elif relations == ["="] and not kind:
        (equation,) = read_equations(tokens, scope)
        if not equation.defines:
            Parser(tokens, scope).fail("a name without a definition on the left side")
    elif relations == [r"\in"] and not kind:
        members = split(sides[1][1:-1], ",")[0]
        domain = Domain(members=tuple(Parser(member, scope).all() for member in members))
        scope.declare(*plain_name(sides[0], scope), domain)
    else:
        declare_interval(tokens, sides, relations, kind, scope)


def declare_interval(tokens, sides, relations, kind, scope):
    r"""`x > 0`, `0 < p \le 1`, `1 \le k \le K integer`, `x real`."""
    middle = int(len(sides) == 3 or not starts_name((sides[0] or [""])[0]))
    bounds = {}
    for k, relation in enumerate(relations):
        upwards = relation in ("<", r"\le")
        name = "lower" if upwards == (k < middle) else "upper"
        bound = Parser(sides[k if k < middle else k + 1], scope).all()
        if kind == r"\integer" and relation in "<>":
            bound = Operation("+" if name == "lower" else "-", bound, Number("1"))
        bounds[name] = bound
    odd = not {*relations} <= {"<", ">", r"\le", r"\ge"} or len(bounds) < len(relations)
    if odd or len(sides) > 3 or not (relations or kind):
        Parser(tokens, scope).fail("a domain: `x > 0`, `0 < p < 1`, `n integer` or `x real`")
    domain = Domain(**bounds, integer=kind == r"\integer")
    scope.declare(*plain_name(sides[middle], scope), domain)


def declare_range(tokens, scope):
    r"""`i = 1, \dots, n` after an equation."""
    tokens = tokens[tokens[0] == r"\text{for}" :]
    parts, _ = split(tokens, ",", "=")
    if len(parts) != 4 or parts[2] != [r"\dots"]:
        Parser(tokens, scope).fail(r"a range, as in i = 1, \dots, n")
    lower, upper = Parser(parts[1], scope).all(), Parser(parts[3], scope).all()
    scope.declare(*plain_name(parts[0], scope), Domain(lower, upper, integer=True))


def plain_name(tokens, scope):
    r"""(name, index): `v_t` stands for all entries of v, `\beta_1` for one."""
    parser = Parser(tokens, scope)
    name = parser.name()
    label, index, exponent, primes = parser.scripts()
    if parser.next or exponent or primes:
        parser.fail("nothing but a name")
    return name + label, numerals(index)


def smooth(name):
    """A function without any symmetry; its coefficients are inputs like all others."""
    latex = rf"{name}_1 \sin({name}_2 u + {name}_3) + {name}_4 u"
    return Definition((Symbol("u"),), Parser(tokenize(latex), Scope()).all())
