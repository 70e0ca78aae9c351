"""What a platform's board says of its collectors: whether its data is current, and at its foot whether each of them works."""

import looks
import tiles
from frame import Row
from links import TO_EXPORTER
from panels import Look, Query, stat
from queries import platform_targets


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
    return tiles.data(platform_targets(platform))
