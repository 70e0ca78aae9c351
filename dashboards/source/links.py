"""Links between the boards: from a row or a tile to the board that tells more."""

from panels import Link

KEEP = "${datasource:queryparam}&${job:queryparam}&${__url_time_range}"
CHANNEL_FIELDS = (
    "var-platform=${__data.fields.Platform:percentencode}"
    "&var-target=${__data.fields.Target:percentencode}"
    "&var-channel=${__data.fields.Channel:percentencode}"
)
TARGET_FIELDS = "var-platform=${__data.fields.Platform:percentencode}&var-target=${__data.fields.Target:percentencode}"

TO_CHANNEL = Link("Wait, queue, agents and history of this channel", f"/d/webchat-channels?{CHANNEL_FIELDS}&{KEEP}")
TO_BUDGET = Link("Error budget of this channel", f"/d/webchat-slo?{CHANNEL_FIELDS}&{KEEP}")
TO_PLATFORM = Link(
    "Board of this platform",
    f"/d/webchat-${{__data.fields.Platform}}?var-target=${{__data.fields.Target:percentencode}}&{KEEP}",
)
TO_POLLS = Link("Polls, failures and latency of this target", f"/d/webchat-exporter?{TARGET_FIELDS}&{KEEP}")
# From boards that have these variables, to boards that show the same choice.
CHOICE = "${platform:queryparam}&${target:queryparam}&${channel:queryparam}"
TO_OVERVIEW = Link("Overview of all channels", f"/d/webchat-overview?{CHOICE}&{KEEP}")
TO_ALERTS = Link("All alerts", f"/d/webchat-alerts?{CHOICE}&{KEEP}")
# Every board has this one.
TO_EXPORTER = Link("Exporter and polls", f"/d/webchat-exporter?${{target:queryparam}}&{KEEP}")

# A row whose instance may be empty says All instead: an empty value of a variable matches nothing.
TO_INSTANCE = Link(
    "This exporter and its polls", f"/d/webchat-exporter?var-instance=${{__data.fields.Instance:percentencode}}&{KEEP}"
)
TO_TARGET = Link("Wait, queue, agents and history of this target", f"/d/webchat-channels?{TARGET_FIELDS}&{KEEP}")


def to_polls_of(platform: str) -> Link:
    """The same for the rows of one platform's own board, which show no platform."""
    return Link(TO_POLLS.title, TO_POLLS.url.replace("${__data.fields.Platform:percentencode}", platform))


def to_channel_of(platform: str, column: str) -> Link:
    """To a channel from the rows of its platform's own board, whose `column` has the channel's name."""
    name = f"__data.fields.{column}" if column.isidentifier() else f'__data.fields["{column}"]'
    url = TO_CHANNEL.url.replace("${__data.fields.Platform:percentencode}", platform)
    return Link(TO_CHANNEL.title, url.replace("__data.fields.Channel", name))


def to_channels_of(platform: str) -> Link:
    """To the channels that a platform's own board shows, from what names more than a channel."""
    chosen = "${target:queryparam}&${channel:queryparam}"
    return Link("Wait, queue, agents and history of the channels", f"/d/webchat-channels?var-platform={platform}&{chosen}&{KEEP}")
