"""Small changes to PromQL expressions, each of which a unit test should notice."""

import re
from collections.abc import Iterator

import promql_parser as promql

Mutant = tuple[str, str]
"""What was changed, and the changed expression."""

COMPARISONS = {"==": ["!="], "!=": ["=="], ">": [">=", "<="], ">=": [">", "<"], "<": ["<=", ">="], "<=": ["<", ">"]}
ARITHMETIC = {"+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"]}
SETS = {"and": ["unless"], "unless": ["and"], "or": ["and"]}
OPERATORS = COMPARISONS | ARITHMETIC | SETS
AGGREGATIONS = {"max": "min", "min": "max", "sum": "max", "count": "max", "avg": "max"}
FUNCTIONS = {
    "avg_over_time": "max_over_time",
    "clamp_max": "clamp_min",
    "clamp_min": "clamp_max",
    "max_over_time": "min_over_time",
    "min_over_time": "max_over_time",
}
OPPOSITES = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
REGULAR = {"=~", "!~"}


def mutants(expression: str) -> Iterator[Mutant]:
    """Yields every mutant of an expression in the order of its text; an expression that does not parse raises ValueError."""
    yield from of_node(promql.parse(expression))


def of_node(node: promql.Expr) -> Iterator[Mutant]:
    """Yields the mutants of a node and of all below it; a kind of node that is unknown here raises TypeError."""
    match node:
        case promql.NumberLiteral():
            yield from ((f"{node.val:g} -> {number:g}", f"{number!r}") for number in numbers(node.val))
        case promql.StringLiteral() if node.val:
            yield f"{quoted(node.val)} -> {quoted(node.val + 'x')}", quoted(node.val + "x")
        case promql.StringLiteral():
            return
        case promql.VectorSelector():
            yield from of_selector(node)
        case promql.MatrixSelector():
            yield from of_selector(node.vector_selector, node.range.total_seconds())
        case promql.SubqueryExpr():
            yield from of_subquery(node)
        case promql.ParenExpr():
            yield from ((change, f"({text})") for change, text in of_node(node.expr))
        case promql.AggregateExpr():
            yield from of_aggregation(node)
        case promql.BinaryExpr():
            yield from of_binary(node)
        case promql.Call():
            yield from of_call(node)
        case _:
            raise TypeError(f"no mutants are known for {type(node).__name__}: {node.prettify()}")


def numbers(value: float) -> list[float]:
    """A tenth more and less, and at least one where the number is whole."""
    step = max(1.0, round(abs(value) * 0.1)) if value == int(value) else abs(value) * 0.1
    return [value + step, value - step]


def seconds(value: float) -> list[float]:
    """A tenth longer and shorter, and at least half a minute."""
    step = max(30.0, value * 0.1)
    return [value + step, value - step]


def of_selector(node: promql.VectorSelector, span: float | None = None) -> Iterator[Mutant]:
    """Yields the mutants of an instant selector, or of a range selector that spans that many seconds."""
    if node.at is not None:
        raise TypeError(f"no mutants are known for @: {node.prettify()}")
    offset = None if node.offset is None else node.offset.total_seconds()
    matchers = [(matcher.name, operator_of(matcher), matcher.value) for matcher in node.matchers.matchers]
    texts = [f"{name}{operator}{quoted(value)}" for name, operator, value in matchers]

    def text(texts: list[str] = texts, span: float | None = span, offset: float | None = offset) -> str:
        after = "" if span is None else f"[{duration(span)}]"
        after += "" if offset is None else f" offset {duration(offset)}"
        return f"{node.name or ''}{{{', '.join(texts)}}}{after}"

    for index, (name, operator, value) in enumerate(matchers):
        changed = [f"{name}{OPPOSITES[operator]}{quoted(value)}"]
        changed += [f"{name}{operator}{quoted(other)}" for other in values(operator, value)]
        for matcher in changed:
            yield f"{texts[index]} -> {matcher}", text([*texts[:index], matcher, *texts[index + 1 :]])
        yield f"without {texts[index]}", text(texts[:index] + texts[index + 1 :])
    if span is not None:
        yield from ((f"[{duration(span)}] -> [{duration(other)}]", text(span=other)) for other in seconds(span))
    if offset is not None:
        yield from ((f"offset {duration(offset)} -> {duration(other)}", text(offset=other)) for other in seconds(offset))


def of_subquery(node: promql.SubqueryExpr) -> Iterator[Mutant]:
    """Yields the mutants of a subquery's range, then those of what it asks; the step is how finely it looks, and stays."""
    if node.at is not None or node.offset is not None:
        raise TypeError(f"no mutants are known for @ and offset: {node.prettify()}")
    inner, span, step = node.expr.prettify(), node.range.total_seconds(), duration(node.step.total_seconds()) if node.step else ""

    def text(inner: str = inner, span: float = span) -> str:
        return f"{inner}[{duration(span)}:{step}]"

    yield from ((f"[{duration(span)}:{step}] -> [{duration(other)}:{step}]", text(span=other)) for other in seconds(span))
    yield from ((change, text(f"({changed})")) for change, changed in of_node(node.expr))


def operator_of(matcher: promql.Matcher) -> str:
    """The operator as PromQL writes it, which the parser gives in the text of the whole matcher alone."""
    return re.match("=~|!~|!=|=", str(matcher)[len(matcher.name) :])[0]


def values(operator: str, value: str) -> list[str]:
    """Other values of a matcher: a regular expression without each of its alternatives, or a value that is not there."""
    alternatives = value.split("|")
    if operator not in REGULAR or len(alternatives) == 1 or re.search(r"[()\[\]]", value):
        return [f"{value}x"]
    return ["|".join(alternatives[:index] + alternatives[index + 1 :]) for index in range(len(alternatives))]


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def duration(value: float) -> str:
    """A duration in seconds as PromQL and rule files write it."""
    parts = [(86400, "d"), (3600, "h"), (60, "m"), (1, "s")]
    text, rest = "", round(value)
    for size, unit in parts:
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def of_aggregation(node: promql.AggregateExpr) -> Iterator[Mutant]:
    if node.param is not None:
        raise TypeError(f"no mutants are known for aggregations with a parameter: {node.prettify()}")
    operator, inner = str(node.op), node.expr.prettify()
    keyword, labels = None, []
    if node.modifier is not None:
        keyword = "by" if node.modifier.type == promql.AggModifierType.By else "without"
        labels = list(node.modifier.labels)

    def text(operator: str, labels: list[str], inner: str) -> str:
        grouping = f" {keyword} ({', '.join(labels)})" if keyword else ""
        return f"{operator}{grouping} ({inner})"

    # The value of `group` is always 1, which no other aggregation stands for.
    if operator != "group" and (keyword != "without" or not fixes(node.expr, labels)):
        yield f"{operator} -> {AGGREGATIONS[operator]}", text(AGGREGATIONS[operator], labels, inner)
    for index, label in enumerate(labels):
        yield f"{operator} {keyword} less {label}", text(operator, labels[:index] + labels[index + 1 :], inner)
    yield from ((change, text(operator, labels, changed)) for change, changed in of_node(node.expr))


def fixes(node: promql.Expr, labels: list[str]) -> bool:
    """Whether a selector gives each of the labels one value: each group without them is a single series, whatever aggregates it."""
    if not isinstance(node, promql.VectorSelector):
        return False
    fixed = {matcher.name for matcher in node.matchers.matchers if operator_of(matcher) == "="}
    return fixed.issuperset(labels)


def of_binary(node: promql.BinaryExpr) -> Iterator[Mutant]:
    operator, left, right = str(node.op), node.lhs.prettify(), node.rhs.prettify()
    modifier = node.modifier
    keyword, labels = None, []
    if modifier is not None and modifier.matching is not None:
        keyword = "on" if modifier.matching.type == promql.LabelModifierType.Include else "ignoring"
        labels = list(modifier.matching.labels)
    to_bool = modifier is not None and modifier.return_bool

    def text(operator: str = operator, labels: list[str] = labels, to_bool: bool = to_bool, left: str = left, right: str = right) -> str:
        matching = f" {keyword} ({', '.join(labels)})" if keyword else ""
        return f"({left}) {operator}{' bool' if to_bool else ''}{matching}{grouping(modifier)} ({right})"

    yield from ((change, text(left=changed)) for change, changed in of_node(node.lhs))
    place = f"before {' '.join(right.split())[:60]}"
    yield from ((f"{operator} -> {other} {place}", text(operator=other)) for other in OPERATORS[operator])
    if operator in SETS:
        yield f"nothing for {operator} {place}", left
        if operator == "or":
            yield f"nothing left of or {place}", right
    if to_bool:
        yield f"without bool {place}", text(to_bool=False)
    for index, label in enumerate(labels):
        yield f"{keyword} less {label} {place}", text(labels=labels[:index] + labels[index + 1 :])
    yield from ((change, text(right=changed)) for change, changed in of_node(node.rhs))


def grouping(modifier: promql.BinModifier | None) -> str:
    """The group_left or group_right of an operation with its labels, or nothing."""
    sides = [(promql.VectorMatchCardinality.ManyToOne, "left"), (promql.VectorMatchCardinality.OneToMany, "right")]
    for cardinality, side in sides:
        if modifier is not None and modifier.card == cardinality:
            return f" group_{side} ({', '.join(modifier.group_labels or [])})"
    return ""


def of_call(node: promql.Call) -> Iterator[Mutant]:
    arguments = [argument.prettify() for argument in node.args]
    if node.func.name in FUNCTIONS:
        other = FUNCTIONS[node.func.name]
        yield f"{node.func.name} -> {other}", f"{other}({', '.join(arguments)})"
    for index, argument in enumerate(node.args):
        for change, text in of_node(argument):
            yield change, f"{node.func.name}({', '.join([*arguments[:index], text, *arguments[index + 1 :]])})"
