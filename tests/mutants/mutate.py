"""Which small changes to a numeric module count as mutants, and which are left out and why."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

SEED = 20261122
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
AUGMENTED = {**ARITHMETIC, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
LOGIC = {ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
COMPARISON = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
PREFIX = {ast.USub: "minus sign dropped", ast.Not: "not dropped", ast.Invert: "not dropped"}
TWINS = [("minimum", "maximum"), ("fmin", "fmax"), ("min", "max"), ("any", "all")]
TWINS += [("floor", "ceil"), ("argmin", "argmax"), ("cumsum", "cumprod"), ("zeros", "ones")]
TWIN = {a: b for x, y in TWINS for a, b in ((x, y), (y, x))}
TAILS = ("ndtr", "stdtr", "chdtr", "chdtrc", "betainc", "bdtr", "bdtrc")

# Changing these changes no number by more than rounding, so no test could or should notice.
PRECISION = "when an iteration stops; more steps or fewer give the same number to rounding"
ROUNDING = "what counts as rounding error; any other small number would do"
REACH = "how far or how finely a sum looks; chosen so that a step more adds nothing"
EQUIVALENT = {
    "_STEPS": PRECISION,
    "_ROUNDS": PRECISION,
    "_HALVINGS": PRECISION,
    "_CLOSE": PRECISION,
    "_GOLDEN": PRECISION,
    "_TINY": ROUNDING,
    "_RARE": ROUNDING,
    "_ROUNDING": ROUNDING,
    "_FAR": REACH,
    "_DEEP": REACH,
    "_NODES": REACH,
    "_SPREAD": REACH,
    "_DIRECT": "which of two ways to the same sum is taken",
    "__all__": "names, not numbers",
}
SMALL, LARGE = 1e-6, 1e6  # constants nearer to 0 are tolerances, larger ones ceilings
KEYWORDS = {"strict": "guards lists that the code itself made equally long"}
NOT_RUN = {"annotation", "returns", "decorator_list", "type_params"}
Variant: TypeAlias = tuple[str, ast.expr | ast.stmt, ast.AST]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one place of one file; `start` and `end` count bytes."""

    file: str
    line: int
    kind: str
    start: int
    end: int
    before: str
    after: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: `{self.before}` -> `{self.after}`"

    def into(self, source: str) -> str:
        """The source with this one change.

        >>> (change,) = mutants_of("a = b < c")
        >>> change.into("a = b < c")
        'a = (b <= c)'
        """
        text = source.encode()
        return (text[: self.start] + self._inserted() + text[self.end :]).decode()

    def _inserted(self) -> bytes:
        return (self.after if self.kind == "statement" else f"({self.after})").encode()


def mutants_of(source: str, file: str = "", only: str = "") -> list[Mutant]:
    """Every mutant of a module, in the order of the text; of one function where `only` names it.

    >>> for change in mutants_of("def f(k, n, level=0.95): return k / n, 1 - level"):
    ...     print(change.kind, "|", change.before, "|", change.after)
    constant | 0.95 | 0.9
    returned pair swapped | k / n, 1 - level | (1 - level, k / n)
    arithmetic | k / n | k * n
    arithmetic | 1 - level | 1 + level
    1 - dropped | 1 - level | level
    constant | 1 | 2
    constant | 1 | 0
    """
    tree = ast.parse(source)
    roots = [n for n in tree.body if not only or getattr(n, "name", "") == only]
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in (n for root in roots for n in _walk(root)):
        for kind, target, after in _variants(node):
            at = starts[target.lineno - 1] + target.col_offset
            end = starts[target.end_lineno - 1] + target.end_col_offset
            before = " ".join(source.encode()[at:end].decode().split())
            line = source.splitlines()[target.lineno - 1].strip()
            after = ast.unparse(after)
            found.append(Mutant(file, target.lineno, kind, at, end, before, after, line))
    return found


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that compute numbers: no messages, types, names of the public face, tolerances."""
    if _left_out(node):
        return
    yield node
    for child in _children(node):
        yield from _walk(child)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            pairs = zip(names, values, strict=False)
            yield from (v for name, v in pairs if getattr(name, "id", "") not in EQUIVALENT)
        case ast.For(target=ast.Name(id="_"), body=body):
            yield from body
        case _:
            for name, value in ast.iter_fields(node):
                parts = value if isinstance(value, list) else [value]
                yield from (x for x in parts if isinstance(x, ast.AST) and name not in NOT_RUN)


def _left_out(node: ast.AST) -> bool:
    match node:
        case ast.Raise() | ast.JoinedStr() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in EQUIVALENT
        case ast.keyword(arg=name):
            return name in KEYWORDS
        case ast.Constant(value=float(number) | int(number)):
            return 0 < abs(number) < SMALL or abs(number) > LARGE
    return False


def _variants(node: ast.AST) -> Iterator[Variant]:
    """Kind, the node replaced and what it becomes."""
    match node:
        case ast.BinOp() | ast.AugAssign() | ast.BoolOp() | ast.UnaryOp():
            yield from _operations(node)
        case ast.Compare(left=left, ops=[op, *more], comparators=others):
            yield "comparison", node, ast.Compare(left, [COMPARISON[type(op)](), *more], others)
        case ast.Return(value=ast.Tuple(elts=[one, two, *more]) as pair):
            yield "returned pair swapped", pair, ast.Tuple([two, one, *more], ast.Load())
        case ast.Constant(value=value):
            yield from (("constant", node, ast.Constant(other)) for other in _others(value))
        case ast.Call():
            yield from _calls(node)


def _operations(node: ast.AST) -> Iterator[Variant]:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if not (_text(left) or _text(right)):
            for kind, swap in (("arithmetic", ARITHMETIC), ("and / or", LOGIC)):
                if type(op) in swap:
                    yield kind, node, ast.BinOp(left, swap[type(op)](), right)
            if isinstance(op, ast.Sub) and getattr(left, "value", None) == 1:
                yield "1 - dropped", node, right
        case ast.BoolOp(op=op, values=values):
            yield "and / or", node, ast.BoolOp(LOGIC[type(op)](), values)
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in AUGMENTED:
            yield "statement", node, ast.AugAssign(target, AUGMENTED[type(op)](), value)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in PREFIX:
            yield PREFIX[type(op)], node, operand


def _text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str)


def _others(value: object) -> list[float]:
    """What a number becomes: one more and one less, 0.9 for a level of 0.95, not for a truth."""
    if isinstance(value, bool):
        return [not value]
    if value == 0.95:
        return [0.9]
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return [value + 1, value - 1]
    return [value + 1] if isinstance(value, float) else []


def _calls(node: ast.Call) -> Iterator[Variant]:
    match node.func:
        case ast.Name(id=name):
            twin = ast.Name(TWIN.get(name, ""), ast.Load())
        case ast.Attribute(value=owner, attr=name):
            twin = ast.Attribute(owner, TWIN.get(name, ""), ast.Load())
        case _:
            return
    if name in TWIN:
        yield "twin function", node, ast.Call(twin, node.args, node.keywords)
    if name in TAILS:
        yield "other tail", node, ast.BinOp(ast.Constant(1), ast.Sub(), node)
    if name == "where" and len(node.args) == 3:
        yes, *branches = node.args
        yield "branches swapped", node, ast.Call(node.func, [yes, *branches[::-1]], node.keywords)
    for i, pair in enumerate(zip(node.args, node.args[1:], strict=False)):
        if [getattr(x, "id", "") for x in pair] == ["low", "high"]:
            swapped = [*node.args[:i], *pair[::-1], *node.args[i + 2 :]]
            yield "low and high swapped", node, ast.Call(node.func, swapped, node.keywords)
