"""What the descriptions say of metric families: HELP texts, and the vendors' fields behind families of all platforms.

The HELP texts are read from the generated tables of the README's chapter "Metrics".
"""

import re
from functools import cache
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
ROW = re.compile(r"^\| `(?P<name>[a-z0-9_]+)` \| (?P<type>[a-z]+) \| .* \| (?P<help>[^|]+) \|$")
# Series that Prometheus itself makes.
PROMETHEUS = {
    "ALERTS": "Made by Prometheus: 1 while an alert of the rules is pending or fires.",
    "ALERTS_FOR_STATE": "Made by Prometheus: when an alert of the rules last became active.",
    "up": "Made by Prometheus: 1 if the newest scrape of the exporter went well.",
    "scrape_duration_seconds": "Made by Prometheus: duration of the newest scrape in seconds.",
    "scrape_samples_scraped": "Made by Prometheus: samples in the newest scrape.",
    "scrape_series_added": "Made by Prometheus: series new with the newest scrape.",
}

# What the bundled recording rules make, by the name before the window.
RECORDED = {
    "channel:webchat_channel_available_while_open": "Recorded by the bundled rules: share of the open time of the window in "
    "which the channel was available, from webchat_channel_available within webchat_channel_open.",
    "channel:webchat_channel_wait_within_threshold": "Recorded by the bundled rules: share of the open time of the window in "
    "which the longest or estimated wait was within the channel's limit, from webchat_channel_wait_seconds and "
    "webchat_channel_threshold.",
}
# The contract of the collector synthetic_chat; the README's own text comes first as soon as it has one.
SYNTHETIC_CHAT = {
    "xima_synthetic_chat_success": "Whether the newest synthetic chat got through: queued or answered (1), or not (0).",
    "xima_synthetic_chat_outcome": "How the newest synthetic chat ended: one series per outcome, exactly one of them 1.",
    "xima_synthetic_chat_start_seconds": "Time until the chat was started, in seconds.",
    "xima_synthetic_chat_first_message_seconds": "Time until the first message came from SQS, in seconds.",
    "xima_synthetic_chat_estimated_wait_seconds": "Wait that Xima announced to the synthetic chat, in seconds.",
    "xima_synthetic_chat_answer_seconds": "Time until an agent answered, in seconds.",
    "xima_synthetic_chat_runs_total": "Synthetic chats by outcome.",
    "xima_synthetic_chat_last_run_timestamp_seconds": "When the newest synthetic chat ended, in seconds since the epoch.",
}
# Where the platforms' parts of the neutral families come from; HELP texts that name all fields need no entry.
VENDOR_FIELDS = {
    "webchat_channel_available": {
        "Chime": "GetQueueInfo or IsQueueAvailable isAvailable, GetQueues enabled, Health/Status/Queue",
        "Comm100": "RightNow loggedInAgents, of a department Queue isAvailableInLiveChat and isDeleted",
        "eGain": "chatAllowed allowed",
        "Xima": "status of GET /chat/queue, credentials of GET /chat/queue/auth, AWS's answer to them",
    },
    "webchat_channel_unavailable_reason": {
        "Chime": "GetQueues enabled, Health/Status/Queue, GetQueueInfo isAvailable with onlineAgentCount",
        "Comm100": "RightNow loggedInAgents, of a department Queue isAvailableInLiveChat and isDeleted",
        "eGain": "chatAllowed reason",
        "Xima": "status of GET /chat/queue, credentials of GET /chat/queue/auth, AWS's answer to them",
    },
    "webchat_channel_wait_seconds": {
        "Chime": "GetQueueInfo or GetQueueWaitTime averageWaitTime and longestWaitTime",
        "Comm100": "Queue avgWaitTimeinLast30Mins and the largest visitors[].waitTime",
        "eGain": "liveSessionStatus waitTime (estimated)",
    },
    "webchat_channel_status": {
        "every platform": "the fields behind availability, and those behind waits, queue, agents and free slots where they "
        "have a limit; hours, maintenance and hysteresis are those of the configuration",
    },
}


@cache
def help_texts() -> dict[str, str]:
    """The HELP text of every family by its name."""
    text = README.read_text(encoding="utf-8")
    tables = text[text.index("<!-- metrics:start -->") : text.index("<!-- metrics:end -->")]
    rows = filter(None, map(ROW.match, tables.splitlines()))
    texts = PROMETHEUS | RECORDED | SYNTHETIC_CHAT | {row["name"]: row["help"] for row in rows}
    if unknown := VENDOR_FIELDS.keys() - texts.keys():
        raise ValueError(f"VENDOR_FIELDS names no family: {', '.join(sorted(unknown))}")
    return texts


def used_in(expressions: list[str]) -> list[str]:
    """The families that expressions name, in the order of their first use."""
    found = []
    for expression in expressions:
        for name in re.findall(r"[A-Za-z_][A-Za-z0-9_:]*", expression):
            family = name if name in help_texts() else re.sub(r"(_(bucket|sum|count)|:ratio_over\w+)$", "", name)
            if family in help_texts() and family not in found:
                found.append(family)
    return found


def _described(family: str) -> str:
    """The HELP text of a family, with the vendors' fields where the text does not name them."""
    fields = [f"{platform}: {names}" for platform, names in VENDOR_FIELDS.get(family, {}).items()]
    source = f" *Vendor fields:* {'; '.join(fields)}." if fields else ""
    return f"- `{family}`: {help_texts()[family]}{source}"


def described(words: str, expressions: list[str]) -> str:
    """A panel's own words followed by every family it reads with the HELP text and the vendors' fields behind it."""
    lines = [_described(family) for family in used_in(expressions)]
    return "\n".join([words, "", *lines]) if lines else words
