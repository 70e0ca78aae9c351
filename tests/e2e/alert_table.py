"""What the table of alerts/README.md says in words of each alert, held against its rule."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from alert_rules import DURATION, seconds

COLUMNS = ["alert", "severity", "team", "condition", "threshold", "for", "runbook"]
# A number with what it counts: "s" for seconds, "%" for a share, "" for anything else.
Value = tuple[float, str]

NUMBER = r"\d+(?:\.\d+)?"
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
WORDS = {
    r"half an hour": "30 minutes",
    r"half a day": "12 hours",
    r"a quarter": "25 %",
    r"a fifth": "20 %",
    r"a tenth": "10 %",
    rf"(?:an?|the|that|every|each|past) ({'|'.join(UNITS)})": r"1 \1",
    **{word: str(number) for number, word in enumerate(("two", "three", "four", "five", "six"), start=2)},
}
# Signals whose limits are lower ones, which changes the name of their keys.
LOWER_LIMITS = {"agents_online", "free_slots"}

# Recorded series whose duration no row states, and why.
UNSTATED = {
    "instance_target:webchat_target_cut_off:min2m": "a row says “with a working network”; “What is muted, and when” has the time",
}
# Numbers of a row that no rule has, and why.
BEYOND = {
    "WebchatAuthenticationFailing": ({(401, ""), (403, "")}, "HTTP's numbers for the reasons that the rule names"),
}
# Rules about a status to which limits lead, but not here.
WITHOUT_LIMITS = {
    ("WebchatChannelDown", "chat-platform"): "the platform's own reason makes the channel down",
}


def table_rows(text: str) -> list[list[str]] | None:
    """The rows of the table, without its head; None if there is no such table."""
    lines = [line.strip("|") for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    if COLUMNS not in rows:
        return None
    rows = rows[rows.index(COLUMNS) + 2 :]
    return rows[: next((index for index, row in enumerate(rows) if len(row) != len(COLUMNS)), None)]


def stated(cells: str) -> set[Value]:
    """The numbers that a text states; what is written `like_this` are names."""
    text = re.sub(r"`[^`]*`", "", cells)
    for words, number in WORDS.items():
        text = re.sub(rf"\b{words}\b", number, text)
    found = re.findall(rf"(?<![\w.])({NUMBER})(?![\w.]*\w)(?: ?(%)| ({'|'.join(UNITS)})s?\b)?", text)
    return {_value(float(number), percent, unit) for number, percent, unit in found}


def _value(number: float, percent: str, unit: str) -> Value:
    if percent:
        return round(number / 100, 9), "%"
    return (number * UNITS[unit], "s") if unit else (number, "")


def in_words(value: Value) -> str:
    """A value as a row may state it."""
    number, kind = value
    if kind == "%":
        return f"{100 * number:g} %"
    for unit, length in reversed(UNITS.items()) if kind == "s" else ():
        if number % length == 0 and number:
            return f"{number / length:g} {unit}{'' if number == length else 's'}"
    return f"{number:g}{' seconds' if kind else ''}"


def constants(expression: str) -> Iterator[set[Value]]:
    """The constants of an expression, each as the values of which a row may state any."""
    rest = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)

    def taken(pattern: str) -> list[tuple[str, ...]]:
        nonlocal rest
        found = [match.groups() for match in re.finditer(pattern, rest)]
        rest = re.sub(pattern, " ", rest)
        return found

    # So many steps of a subquery are a time; a step alone is a matter of precision.
    for window, step, number in taken(rf"\[({DURATION}):({DURATION})\]\)\s*[<>=!]=?\s*({NUMBER})"):
        yield {(seconds(window), "s")}
        yield {(float(number) * seconds(step), "s")}
    for (window,) in taken(rf"\[({DURATION})(?::(?:{DURATION})?)?\]") + taken(rf"\boffset ({DURATION})"):
        yield {(seconds(window), "s")}
    names = {name for (name,) in taken(r"([a-zA-Z_:][\w:]*)")}
    for window in (re.search(rf":\w*?({DURATION})$", name) for name in names - UNSTATED.keys()):
        if window:
            yield {(seconds(window[1]), "s")}
    for (days,) in taken(rf"({NUMBER}) \* 86400\b"):
        yield {(float(days) * 86400, "s")}
    for (objective,) in taken(rf"\(1 - ({NUMBER})\)"):
        yield {(float(objective), "%")}
    # What is left of all is no limit.
    taken(r"(?<![\w.])1 - ")
    for (number,) in taken(rf"({NUMBER})"):
        yield _meanings(float(number), any("_seconds" in name for name in names))


def _meanings(number: float, of_seconds: bool) -> set[Value]:
    if 0 < number < 1:
        return {(number, "%")}
    return {(number, ""), (number, "s")} if of_seconds and number > 1 else {(number, "")}


def number_findings(rule: dict, cells: str) -> Iterator[str]:
    """Numbers that a row states and its rule does not have, and the other way round; 0 and 1 may go without saying."""
    said = stated(cells)
    known = list(dict.fromkeys(map(frozenset, constants(rule["expr"]))))
    waits = {(seconds(rule[key]), "s") for key in ("for", "keep_firing_for") if key in rule}
    beyond, _ = BEYOND.get(rule["alert"], (set(), ""))
    for value in sorted(said - waits.union(beyond, *known)):
        yield f"says {in_words(value)}, which is no constant of its rule"
    for values in known:
        if not values & said and not values <= {(0, ""), (1, "")}:
            yield f"does not say {in_words(max(values, key=lambda value: value[1]))}, which is a constant of its rule"


def limit_keys(rule: dict) -> set[str]:
    """The limits of the exporter's configuration that a rule reads, by their keys."""
    keys = set()
    for matchers in re.findall(r"webchat_channel_threshold\b[\w:]*\{([^}]*)\}", rule["expr"]):
        signal, level = (re.search(rf'\b{label}="(\w+)"', matchers)[1] for label in ("signal", "level"))
        keys.add(f"thresholds.{signal}.{level}{'_below' if signal in LOWER_LIMITS else ''}")
    if (rule["alert"], rule["labels"].get("team")) not in WITHOUT_LIMITS:
        for level in re.findall(r'webchat_channel_status\b[\w:]*\{status="(degraded|down)"\}', rule["expr"]):
            keys |= {f"thresholds.*.{level}", f"{level}_below"}
    return keys


def key_findings(rule: dict, cell: str, known: set[str]) -> Iterator[str]:
    """Keys of a cell that the configuration does not have, and limits that are not those of the rule."""
    named = set(re.findall(r"`([^`]+)`", cell))
    for key in sorted(named):
        if not any(fnmatchcase(f".{name}", f"*.{key}") for name in known) and key not in known:
            yield f"names {key}, which the configuration does not have"
    limits = {key for key in named if re.search(r"(^|\.)(degraded|down)(_below)?$", key)}
    expected = limit_keys(rule)
    yield from (f"names {key}, which its rule does not read" for key in sorted(limits - expected))
    yield from (f"does not name {key}, which its rule reads" for key in sorted(expected - limits))


def configuration_keys(value: object, path: str = "") -> set[str]:
    """The keys of a configuration with those above them, joined by points; items of lists have no part of their own."""
    keys = set()
    for child in value if isinstance(value, list) else []:
        keys |= configuration_keys(child, path)
    for name, child in value.items() if isinstance(value, dict) else []:
        keys |= {f"{path}{name}"} | configuration_keys(child, f"{path}{name}.")
    return keys


def exception_findings(rules: list[dict], text: str) -> Iterator[str]:
    """Exceptions that nothing needs any more."""
    for name in UNSTATED:
        if not any(name in rule["expr"] for rule in rules):
            yield f"{name} may go unstated, but no rule reads it"
    for name, (values, _) in BEYOND.items():
        said = " ".join(f"{row[3]} {row[4]}" for row in table_rows(text) or [] if row[0].strip("`") == name)
        yield from (f"{name} may say {in_words(value)}, but does not" for value in sorted(values - stated(said)))
    for name, team in WITHOUT_LIMITS:
        if not any((rule["alert"], rule["labels"].get("team")) == (name, team) for rule in rules):
            yield f"{name} of {team} may name no limits, but there is no such rule"


def fact_findings(rules: list[dict], text: str, known: set[str]) -> list[str]:
    """What the rows say that is not so; `known` are the names of keys and flags. Rows have the order of the rules."""
    findings = [f"tests/e2e/alert_table.py: {finding}" for finding in exception_findings(rules, text)]
    for rule, (name, _, _, condition, threshold, _, _) in zip(rules, table_rows(text) or []):
        if name.strip("`") == rule["alert"]:
            found = [*number_findings(rule, f"{condition} {threshold}"), *key_findings(rule, threshold, known)]
            findings += [f"alerts/README.md: {rule['alert']}: {finding}" for finding in found]
    return findings


def self_check() -> None:
    """Shows that each kind of statement can be wrong."""
    rule = {
        "alert": "WebchatX",
        "labels": {"team": "chat-ops"},
        "for": "12h",
        "expr": 'a:b:ratio_over3d > 14.4 * (1 - 0.995) and c{d="9"} - time() < 21 * 86400 and e > 0.15 and f[30m] offset 2h >= 20\n'
        "and count_over_time(g[1d:5m]) > 48 and clamp_min(5 * h_seconds[7d:30m], 600) == 1\n"
        'and channel:webchat_channel_threshold:max{signal="free_slots", level="degraded"}',
    }
    words = (
        "In 3 days, 14.4 times what 99.5 % allow, or 21 days and 12 hours; 15 % of 20 and of 2 hours within half an hour, "
        "4 hours of the day, five of 7 days, 10 minutes, once."
    )
    keys = "`thresholds.free_slots.degraded_below`, `interval`"
    known = configuration_keys({"targets": [{"thresholds": {"free_slots": {"degraded_below": 1}}, "interval": "1s"}]})
    assert list(number_findings(rule, words)) == [], list(number_findings(rule, words))
    rights = ("3 days", "14.4", "99.5 %", "21 days", "15 %", "20 ", "of 2 hours", "half an hour", "4 hours", "the day", "five", "10 min")
    for right in rights:
        wrong = re.sub(r"[\d.]+|half an|the|five", "99", right)
        assert len(list(number_findings(rule, words.replace(right, wrong, 1)))) == 2, right
    # A `for` may be stated, and has to be that of the rule.
    assert list(number_findings(rule | {"for": "6h"}, words)) == ["says 12 hours, which is no constant of its rule"]
    assert list(key_findings(rule, keys, known)) == []
    assert list(key_findings(rule, "`interval`", known)) == ["does not name thresholds.free_slots.degraded_below, which its rule reads"]
    assert list(key_findings(rule, f"{keys}, `thresholds.bananas`", known)) == [
        "names thresholds.bananas, which the configuration does not have"
    ]
    status = {"alert": "WebchatX", "labels": {}, "expr": 'webchat_channel_status{status="down"} == 1'}
    assert len(list(key_findings(status, keys, known))) == 3
    row = f"| `WebchatX` | critical | chat-ops | {words} | {keys} | 12h | - |\n"
    table = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n{row}"
    found = fact_findings([rule], table.replace("21 days", "99 days"), known)
    assert "alerts/README.md: WebchatX: says 99 days, which is no constant of its rule" in found
    assert "alerts/README.md: WebchatX: does not say 21 days, which is a constant of its rule" in found
