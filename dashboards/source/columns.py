"""Columns that the tables of several boards share."""

import looks
from limits import of_limit_while_taking_chats, past_limit
from links import TO_BUDGET, TO_CHANNEL, TO_PLATFORM, TO_POLLS, to_polls_of
from panels import Look
from queries import (
    CHANNEL,
    CHANNELS,
    TARGET,
    Scope,
    channel_status,
    collectors_behind,
    unavailable_reason,
)
from sums import usable_slots, while_open
from tables import Label, Value

COUNT = Look(unit="none")
SECONDS = Look(unit="dthms")
AGE = Look(unit="dtdhms")
PEOPLE = Look(steps=looks.NONE_IS_BAD, mappings=looks.CLOSED_ZERO)
LIVE = Look(decimals=1, mappings=looks.LIVE)

CHANNEL_LABEL = Label("channel", "Channel", links=[TO_CHANNEL, TO_BUDGET])
PLATFORM_LABEL = Label("platform", "Platform", 100, links=[TO_PLATFORM])
TARGET_LABEL = Label("target", "Target", links=[TO_POLLS])
CHANNEL_LABELS = [CHANNEL_LABEL, PLATFORM_LABEL, TARGET_LABEL]
# The queries share it to tell channels of one name apart; the name is what people know.
UNSEEN = ("channel_id",)
FOR = (
    " For is the time since the status changed, as the exporter knows it that has run longest; one that knows nothing of the "
    "channel gives way to another. A start without a state file counts as a change."
)


def target_of(platform: str) -> Label:
    """The target on the board of one platform."""
    return Label("target", "Target", links=[to_polls_of(platform)])


def status(scope: Scope = CHANNELS) -> Value:
    """The status of a channel in words, filled with its colour."""
    return Value("Status", channel_status(scope), Look(mappings=looks.STATUS), 105, fill=True)


def takes_chats(scope: Scope = CHANNELS) -> Value:
    """Whether a chat can be started, or why not."""
    return Value("Takes chats", unavailable_reason(scope), Look(mappings=looks.REASON), 150)


def since(scope: Scope = CHANNELS) -> Value:
    """How long the channel has had its status; of a pair of exporters, neither one restarted later nor a blind one counts."""
    changed = scope.of("webchat_channel_status_change_timestamp_seconds")
    blind = scope.of("webchat_channel_status", 'status="unknown"')
    oldest = f"min by ({', '.join(CHANNEL)})"
    seeing = f"{oldest} ({changed} unless on (job, instance, {', '.join(CHANNEL)}) {blind} == 1)"
    return Value("For", f"time() - (\n  {seeing}\n  or {oldest} ({changed})\n)", AGE, 110)


def longest_wait(scope: Scope = CHANNELS) -> Value:
    """The longest or the estimated wait, whichever the platform reports."""
    waits = scope.merged(CHANNEL, "webchat_channel_wait_seconds", 'stat=~"longest|estimated"')
    return Value("Wait", waits, SECONDS, 85)


def of_limit(scope: Scope = CHANNELS) -> Value:
    """The wait of the column before it as a ratio of the channel's own limit."""
    look = Look(unit="percentunit", steps=looks.AGAINST_LIMIT)
    return Value("Of limit", of_limit_while_taking_chats("longest|estimated", scope), look, 85)


def past(scope: Scope = CHANNELS) -> Value:
    """The signal that is past its limit and makes the channel degraded or down."""
    return Value("Past limit", past_limit(scope), Look(mappings=looks.SIGNAL), 115)


def count(name: str, family: str, look: Look = COUNT, width: int = 90, scope: Scope = CHANNELS) -> Value:
    """A number of the channel."""
    return Value(name, scope.merged(CHANNEL, family), look, width)


def agents(scope: Scope = CHANNELS) -> Value:
    """Agents online: none is judged where the channel is open."""
    return Value("Agents", while_open("webchat_channel_agents_online", scope), PEOPLE, 80)


def free_slots(scope: Scope = CHANNELS) -> Value:
    """Chats that agents could take on: none is judged where the channel is open and takes chats, elsewhere there are none."""
    return Value("Free slots", usable_slots(scope), PEOPLE, 95)


def data(scope: Scope = CHANNELS) -> Value:
    """Whether the channel's data is current, by the collector of its target that is furthest behind."""
    channels = scope.merged(CHANNEL, "webchat_channel_status")
    behind = collectors_behind(TARGET, scope)
    expression = f"0 * {channels}\n+ on (platform, target) group_left () {behind}"
    return Value("Data", expression, LIVE, 105)


def board(scope: Scope = CHANNELS) -> list[Label | Value]:
    """The board of channels: one row each, everything that customers meet."""
    return [
        *CHANNEL_LABELS,
        status(scope),
        takes_chats(scope),
        past(scope),
        count("Waiting", "webchat_channel_queue_length", width=80, scope=scope),
        longest_wait(scope),
        of_limit(scope),
        agents(scope),
        free_slots(scope),
        since(scope),
        data(scope),
    ]
