"""HELP texts of the metric families, from the generated tables of the README's chapter "Metrics"."""

import re
from functools import cache
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
ROW = re.compile(r"^\| `(?P<name>[a-z0-9_]+)` \| (?P<type>[a-z]+) \| .* \| (?P<help>[^|]+) \|$")
# Series that Prometheus itself makes, and what the bundled recording rules make of the families.
PROMETHEUS = {
    "ALERTS": "Made by Prometheus: 1 while an alert of the rules is pending or fires.",
    "up": "Made by Prometheus: 1 if the newest scrape of the exporter went well.",
    "scrape_duration_seconds": "Made by Prometheus: duration of the newest scrape in seconds.",
    "scrape_samples_scraped": "Made by Prometheus: samples in the newest scrape.",
    "scrape_series_added": "Made by Prometheus: series new with the newest scrape.",
    "prometheus_rule_evaluation_failures_total": "Prometheus' own count of rule evaluations that failed.",
}


@cache
def help_texts() -> dict[str, str]:
    """The HELP text of every family by its name."""
    text = README.read_text(encoding="utf-8")
    tables = text[text.index("<!-- metrics:start -->") : text.index("<!-- metrics:end -->")]
    rows = filter(None, map(ROW.match, tables.splitlines()))
    return PROMETHEUS | {row["name"]: row["help"] for row in rows}


def used_in(expressions: list[str]) -> list[str]:
    """The families that expressions name, in the order of their first use."""
    found = []
    for expression in expressions:
        for name in re.findall(r"[A-Za-z_][A-Za-z0-9_:]*", expression):
            family = name if name in help_texts() else re.sub(r"_(bucket|sum|count)$", "", name)
            if family in help_texts() and family not in found:
                found.append(family)
    return found


def described(words: str, expressions: list[str]) -> str:
    """A panel's own words followed by every family it reads with the HELP text, which names the vendor's field."""
    lines = [f"- `{family}`: {help_texts()[family]}" for family in used_in(expressions)]
    return "\n".join([words, "", *lines]) if lines else words
