"""What a platform's board says of its collectors: whether its data is current, and at its foot whether each of them works."""

import looks
from frame import Row
from links import TO_EXPORTER
from panels import Look, Query, stat
from queries import collectors_behind, platform_targets


def collection(platform: str) -> Row:
    """A tile for each collector of each target of the platform."""
    up = platform_targets(platform).merged(("target", "collector"), "webchat_collector_up")
    tile = stat(
        "Collectors",
        "Whether the newest poll of each collector went without a failure.",
        Query(up, "{{collector}} ({{target}})"),
        Look(mappings=looks.yes_no("Well", "Failing")),
        links=[TO_EXPORTER],
    )
    return Row(4, [(24, tile)], "Collection")


def data(platform: str):
    """The tile that says whether what the board shows is of now."""
    return stat(
        "Data",
        "Live while every collector of the chosen targets had a poll without failure within three of its intervals; else a "
        "part of what the board shows is missing or old.",
        collectors_behind(scope=platform_targets(platform)),
        Look(mappings=looks.LIVE, decimals=1),
        background=True,
        links=[TO_EXPORTER],
        no_value="NO DATA",
        silent=looks.RED,
    )
