#!/usr/bin/env python3
"""Checks that dashboards/*.json are what their source makes, and that each is whole: places, links, variables, texts.

The rules of grafana/dashboard-linter are checked beside this, in dashboards_lint.py.
Exit code 0 if all is well, 1 with one line per finding on standard error.
"""

import copy
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[2]
DASHBOARDS = ROOT / "dashboards"
PLATFORMS = ("chime", "comm100", "egain", "xima")
BOARDS = {"wallboard", "overview", "channels", *PLATFORMS, "slo", "exporter", "alerts"}
COLUMNS = 24
# What a screen of 1080 lines shows of rows of 38 pixels, less the bar with the variables, which kiosk mode keeps.
WALLBOARD_ROWS = 26
OVER_TIME = {"timeseries", "state-timeline", "status-history", "heatmap"}
VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)[^}]*\}|(?P<bare>[A-Za-z_]\w*))")

Boards = dict[str, dict]


def panels(board: dict) -> list[dict]:
    """The panels of a board without its headings; those of collapsed ones included."""
    return [panel for panel in everything(board) if panel["type"] != "row"]


def everything(board: dict) -> list[dict]:
    """The panels and the headings of a board; a collapsed heading holds its panels."""
    return [each for panel in board["panels"] for each in (panel, *panel.get("panels", []))]


def frame(board: dict, _: Boards) -> Iterator[str]:
    """What every board has in common."""
    expected = {"id": None, "schemaVersion": 39, "editable": False, "graphTooltip": 1, "timezone": "browser"}
    for key, value in expected.items():
        if board.get(key, "missing") != value:
            yield f"{key} is {board.get(key)!r}, not {value!r}"
    for key in ("__inputs", "__requires", "version"):
        if key in board:
            yield f"has {key}, which an export leaves behind"
    if "webchat" not in board["tags"]:
        yield "lacks the tag webchat"
    if len(board["uid"]) > 40:
        yield "has a uid of more than 40 characters"
    dropdown = {"type": "dashboards", "tags": ["webchat"], "asDropdown": True, "keepTime": True, "includeVars": True}
    if not any(all(link.get(key) == value for key, value in dropdown.items()) for link in board["links"]):
        yield "lacks the list of boards"


def places(board: dict, boards: Boards) -> Iterator[str]:
    """Panels lie within the columns and not on each other, and are numbered once.

    What a collapsed heading holds takes no room of what follows, since Grafana makes room for it.
    """
    yield from overlaps(board["panels"])
    for heading in board["panels"]:
        yield from overlaps([heading, *heading.get("panels", [])])
    for identity, times in Counter(panel["id"] for panel in everything(board)).items():
        if times > 1:
            yield f"{times} panels have the id {identity}"
    for title, times in Counter(panel["title"] for panel in panels(board)).items():
        if times > 1:
            yield f"{times} panels have the title {title!r}"
    for heading in board["panels"]:
        if heading["type"] == "row" and heading["collapsed"] != bool(heading["panels"]):
            yield f"{heading['title']}: only a collapsed heading holds panels"


def overlaps(beside: list[dict]) -> Iterator[str]:
    """Panels that leave the columns or lie on another one."""
    taken: dict[tuple[int, int], str] = {}
    for panel in beside:
        at = panel["gridPos"]
        if at["x"] < 0 or at["x"] + at["w"] > COLUMNS:
            yield f"{panel['title']}: leaves the {COLUMNS} columns"
        for cell in [(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]:
            if cell in taken:
                yield f"{panel['title']}: lies on {taken[cell]}"
                break
            taken[cell] = panel["title"]


def wallboard(board: dict, _: Boards) -> Iterator[str]:
    """The wallboard needs no scrolling and is read again every ten seconds."""
    if board["uid"] != "webchat-wallboard":
        return
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    if bottom > WALLBOARD_ROWS:
        yield f"is {bottom} rows high, a screen shows {WALLBOARD_ROWS}"
    if board["refresh"] != "10s":
        yield "is not read again every 10s"


def texts(board: dict, _: Boards) -> Iterator[str]:
    """Every panel says what it shows, in which unit, and what it means when there is nothing to show."""
    for panel in panels(board):
        defaults = panel["fieldConfig"]["defaults"]
        keys = ["unit", "decimals", "noValue", "thresholds"]
        if panel["type"] == "timeseries" and "decimals" not in defaults:
            # Then the marks of its axis have as many as tell them apart.
            keys.remove("decimals")
        for key in keys:
            if defaults.get(key) in (None, ""):
                yield f"{panel['title']}: lacks {key}"
        if not re.search(r"`[A-Za-z][\w:]*`: .", panel.get("description", "")):
            yield f"{panel['title']}: the description names no metric"
        overridden = [one for override in panel["fieldConfig"]["overrides"] for one in override["properties"]]
        mapped = [one["value"] for one in overridden if one["id"] == "mappings"]
        for mapping in [one for mappings in [defaults.get("mappings", []), *mapped] for one in mappings]:
            options = mapping["options"]
            results = [options["result"]] if "result" in options else options.values()
            if not all(result.get("text") and result.get("color") for result in results):
                yield f"{panel['title']}: a value has a colour without a word, or a word without a colour"


def queries(board: dict, _: Boards) -> Iterator[str]:
    """Numbers of now are asked for now, lines over the time range; nothing turns absence into 0."""
    for panel in panels(board):
        over_time = panel["type"] in OVER_TIME
        for target in panel["targets"]:
            where = f"{panel['title']}, query {target['refId']}"
            if (target.get("instant"), target.get("range")) != (not over_time, over_time):
                yield f"{where}: is {'not ' if over_time else ''}asked over the time range"
            if re.search(r"\bor\s+(on\s*\(\)\s*)?vector\s*\(", target["expr"]):
                yield f"{where}: or vector() turns an outage into a number"
            if panel["type"] == "table" and target.get("format") != "table":
                yield f"{where}: feeds a table with another format"
        for letter, times in Counter(target["refId"] for target in panel["targets"]).items():
            if times > 1:
                yield f"{panel['title']}: {times} queries have the letter {letter}"


def shown_columns(panel: dict) -> set[str] | None:
    """The names of a table's columns, or None where they are labels that only the data knows."""
    arrange = next((one["options"] for one in panel["transformations"] if one["id"] == "organize"), None)
    if arrange is None:
        return None
    hidden = arrange["excludeByName"]
    return {name for source, name in arrange["renameByName"].items() if not hidden.get(source)}


def tables(board: dict, _: Boards) -> Iterator[str]:
    """Overrides, sorting and links of tables name columns that are there; columns come from labels that queries keep."""
    for panel in panels(board):
        names = shown_columns(panel) if panel["type"] == "table" else None
        if names is None:
            continue
        overridden = [one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]]
        sorted_by = [one["displayName"] for one in panel["options"]["sortBy"]]
        linked = re.findall(r"__data\.fields\.(\w+)", json.dumps(panel))
        for name in {*overridden, *sorted_by, *linked} - names:
            yield f"{panel['title']}: there is no column {name!r}"
        arrange = next(one["options"] for one in panel["transformations"] if one["id"] == "organize")
        values = {"Value"} if len(panel["targets"]) == 1 else {f"Value #{one['refId']}" for one in panel["targets"]}
        kept = {"Time", *values}
        for target in panel["targets"]:
            for labels in re.findall(r"\bby \(([^)]*)\)", target["expr"]):
                kept |= set(labels.replace(" ", "").split(","))
        for source in {*arrange["renameByName"], *arrange["excludeByName"]} - kept:
            yield f"{panel['title']}: no query has the field {source!r}"


def urls(board: dict) -> list[tuple[str, str]]:
    """The links of values and rows with the panel that they are on."""
    found = []
    for panel in panels(board):
        lists = [panel["fieldConfig"]["defaults"].get("links", [])]
        for override in panel["fieldConfig"]["overrides"]:
            lists += [one["value"] for one in override["properties"] if one["id"] == "links"]
        found += [(panel["title"], link["url"]) for links in lists for link in links]
    return found


def links(board: dict, boards: Boards) -> Iterator[str]:
    """Links lead to boards that are there, and set variables that those have."""
    for title, url in urls(board):
        uid = urlsplit(url).path.removeprefix("/d/")
        prefix, dynamic, _ = uid.partition("${")
        for reached in [prefix + platform for platform in PLATFORMS] if dynamic else [uid]:
            if reached not in boards:
                yield f"{title}: links to {reached}, which is no board"
                continue
            known = {variable["name"] for variable in boards[reached]["templating"]["list"]}
            for key, _value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
                if key.startswith("var-") and key.removeprefix("var-") not in known:
                    yield f"{title}: sets {key}, which {reached} does not have"


def variables(board: dict, _: Boards) -> Iterator[str]:
    """Every variable that is used is defined, before those that rest on it, and every one that is defined is used."""
    defined = [variable["name"] for variable in board["templating"]["list"]]
    text = json.dumps({key: board[key] for key in ("panels", "annotations")})
    used = {match["braced"] or match["bare"] for match in VARIABLE.finditer(text)}
    for name in sorted(used - set(defined)):
        if not name.startswith("__") and name != "1":
            yield f"the variable {name} is used and not defined"
    for name in defined:
        if name not in used:
            yield f"the variable {name} is defined and not used"
    for position, variable in enumerate(board["templating"]["list"]):
        for match in VARIABLE.finditer(str(variable["query"])):
            name = match["braced"] or match["bare"]
            if name not in defined[:position]:
                yield f"the variable {variable['name']} rests on {name}, which does not come before it"


RULES: list[Callable] = [frame, places, wallboard, texts, queries, tables, links, variables]


def board_findings(boards: Boards) -> list[str]:
    """What the rules find in each board, and what holds for all of them together."""
    found = [f"{uid}: {text}" for uid, board in boards.items() for rule in RULES for text in rule(board, boards)]
    for title, times in Counter(board["title"] for board in boards.values()).items():
        if times > 1:
            found.append(f"{times} boards have the title {title!r}")
    for uid in sorted({f"webchat-{name}" for name in BOARDS} ^ set(boards)):
        found.append(f"{uid}: is missing, or is not known here")
    return found


def empty_findings(boards: Boards, listed: dict) -> list[str]:
    """Entries of may-be-empty.yml that name nothing, or give no reason, or are for no scenario of the demo."""
    found = []
    for uid, entries in listed.items():
        by_title = {panel["title"]: panel for panel in panels(boards[uid])} if uid in boards else {}
        for entry in entries:
            panel = by_title.get(entry["panel"])
            letters = {target["refId"] for target in panel["targets"]} if panel else set()
            if panel is None or set(entry.get("queries", [])) - letters:
                found.append(f"may-be-empty.yml: {uid} has no such query: {entry}")
            if entry.get("scenario", "normal") not in ("normal", "outage"):
                found.append(f"may-be-empty.yml: {uid} names no scenario: {entry}")
            if not entry.get("reason"):
                found.append(f"may-be-empty.yml: no reason for {uid}, {entry['panel']}")
    return found


def vendor_findings(fields: dict[str, dict[str, str]]) -> list[str]:
    """Fields of vendors in the descriptions that no code of a platform reads: names with a capital letter within."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src" / "platform").rglob("*.rs")))
    named = {name for of in fields.values() for text in of.values() for name in re.findall(r"\w+[a-z][A-Z]\w*", text)}
    return [f"families.py: no platform reads {name}" for name in sorted(named) if not re.search(rf"\b{name}\b", code)]


def is_found(expected: str, good: Boards, board: str, path: tuple, value: object) -> bool:
    """Whether the rules find what is expected once a value of a board is another one."""
    bad = copy.deepcopy(good)
    place = bad[board]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return any(expected in text for text in board_findings(bad))


def word_findings(words: dict[str, str]) -> list[str]:
    """Alerts of the bundled rules without plain words, and words for an alert that is none of them."""
    text = (ROOT / "alerts" / "webchat.rules.yml").read_text(encoding="utf-8")
    named = {rule["alert"] for group in yaml.safe_load(text)["groups"] for rule in group["rules"] if "alert" in rule}
    # The watchdog always fires: no board has it among the others.
    return [f"firing.py: words for {name}: missing, or not needed" for name in sorted((named - {"WebchatWatchdog"}) ^ set(words))]


def self_check(good: Boards) -> None:
    """Shows that each rule can fail: one fault for each, in a copy of the boards."""
    board = "webchat-wallboard"
    panels = good[board]["panels"]
    table = next(i for i, panel in enumerate(panels) if panel["title"] == "Channels")
    faults = {
        "schemaVersion is 42": (("schemaVersion",), 42),
        "lies on": (("panels", 1, "gridPos", "x"), 0),
        "leaves the 24 columns": (("panels", 1, "gridPos", "w"), 23),
        f"panels have the id {panels[0]['id']}": (("panels", 1, "id"), panels[0]["id"]),
        "rows high": (("panels", 0, "gridPos", "h"), 27),
        "lacks noValue": (("panels", 0, "fieldConfig", "defaults", "noValue"), ""),
        "names no metric": (("panels", 0, "description"), "How many."),
        "without a word": (("panels", 8, "fieldConfig", "defaults", "mappings", 0, "options", "result", "text"), ""),
        "turns an outage into a number": (("panels", 0, "targets", 0, "expr"), "sum(up) or vector(0)"),
        "asked over the time range": (("panels", 0, "targets", 0, "range"), True),
        "queries have the letter B": (("panels", table, "targets", 0, "refId"), "B"),
        "there is no column 'State'": (("panels", table, "options", "sortBy", 0, "displayName"), "State"),
        "which is no board": (("panels", 0, "fieldConfig", "defaults", "links", 0, "url"), "/d/webchat-queues"),
        "does not have": (("panels", 0, "fieldConfig", "defaults", "links", 0, "url"), "/d/webchat-slo?var-queue=1"),
        "the variable queue is used": (("panels", 0, "targets", 0, "expr"), 'up{queue=~"$queue"}'),
        "boards have the title": (("title",), good["webchat-slo"]["title"]),
        "rests on channel": (("templating", "list", 1, "query"), 'label_values(up{channel=~"$channel"}, job)'),
    }  # fmt: skip
    assert not board_findings(good), "\n".join(board_findings(good))
    for expected, (path, value) in faults.items():
        assert is_found(expected, good, board, path, value), f"{expected!r} is not found"
    held_by = "webchat-xima"
    heading = next(i for i, panel in enumerate(good[held_by]["panels"]) if panel.get("panels"))
    held = good[held_by]["panels"][heading]["panels"]
    faults = {
        "lies on": (("panels", heading, "panels", 1, "gridPos", "x"), 0),
        f"panels have the id {held[0]['id']}": (("panels", heading, "panels", 1, "id"), held[0]["id"]),
        "names no metric": (("panels", heading, "panels", 0, "description"), "How many."),
        "only a collapsed heading": (("panels", heading, "collapsed"), False),
    }
    for expected, (path, value) in faults.items():
        assert is_found(expected, good, held_by, path, value), f"{expected!r} is not found under a collapsed heading"
    assert vendor_findings({"webchat_channel_open": {"Chime": "GetQueueInfo isOpen"}})
    assert word_findings({"WebchatNothing": "Nothing"})
    assert empty_findings(good, {board: [{"panel": "Nothing", "reason": "r"}]})
    assert empty_findings(good, {board: [{"panel": panels[0]["title"], "reason": "r", "scenario": "quiet"}]})


def main() -> int:
    """Checks every dashboard."""
    generate = [sys.executable, str(DASHBOARDS / "source" / "generate.py"), "--check"]
    generated = subprocess.run(generate, capture_output=True, text=True, check=False)
    if generated.returncode:
        print(generated.stdout + generated.stderr, file=sys.stderr)
        print("dashboards: run python dashboards/source/generate.py and commit what it writes.", file=sys.stderr)
        return 1
    boards = {}
    for path in sorted(DASHBOARDS.glob("*.json")):
        boards[path.stem] = json.loads(path.read_text(encoding="utf-8"))
    found = [f"{name}: has the uid {board['uid']}" for name, board in boards.items() if board["uid"] != name]
    found += board_findings(boards)
    found += empty_findings(boards, yaml.safe_load((DASHBOARDS / "may-be-empty.yml").read_text(encoding="utf-8")))
    sys.path.insert(0, str(DASHBOARDS / "source"))
    from families import VENDOR_FIELDS
    from firing import WORDS

    found += vendor_findings(VENDOR_FIELDS) + word_findings(WORDS)
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    self_check(boards)
    print(f"{len(boards)} dashboards are as their source makes them, and whole.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
