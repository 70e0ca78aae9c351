"""PromQL of sums over channels, and of people and slots that count only while a customer can meet them."""

from queries import CHANNEL, CHANNELS, TARGET, Scope

COMM100_SITE = ('platform="comm100"', 'channel_id="site"')
FREE_SLOTS = "webchat_channel_free_slots"


def _by_target(number: str, family: str, scope: Scope) -> str:
    """The sum over the channels of each target; of Comm100 the site, or its largest department where that is more.

    A site has the chats of its departments in it, and departments may overlap; but a site is polled at another moment, and none of its
    departments shows more than the sum. Where the site is not among the channels, it is the sum of the departments.
    """
    targets = ", ".join(TARGET)
    site = f"on ({targets}) {scope.of(family, *COMM100_SITE)}"
    return f"max by ({targets}) (\n  sum by ({targets}) ({number} unless {site})\n  or ({number} and {site})\n)"


def total_by_target(family: str, scope: Scope = CHANNELS) -> str:
    """The sum over the channels of each target; a Comm100 site and its departments count once."""
    return _by_target(scope.merged(CHANNEL, family), family, scope)


def total(family: str, scope: Scope = CHANNELS) -> str:
    """The sum over all channels; a Comm100 site and its departments count once."""
    return f"sum({total_by_target(family, scope)})"


def _unless_closed(sum_of_open: str, family: str, scope: Scope) -> str:
    """A sum above 0; otherwise 0 if one of the channels is open, and -1 if none is: nobody there is no fault then."""
    is_open = scope.merged(CHANNEL, "webchat_channel_open")
    return f"({sum_of_open} > 0)\nor max({is_open} - 1 and {scope.merged(CHANNEL, family)})"


def total_while_open(family: str, scope: Scope = CHANNELS) -> str:
    """The sum over all channels, with -1 for a 0 while none of them is open."""
    return _unless_closed(total(family, scope), family, scope)


def while_open(family: str, scope: Scope = CHANNELS) -> str:
    """A number by channel, with -1 for the 0 of a closed channel: nobody there is no fault outside business hours."""
    number = scope.merged(CHANNEL, family)
    is_open = scope.merged(CHANNEL, "webchat_channel_open")
    return f"({number} > 0)\nor ({is_open} - 1 and {number})"


def unavailable(scope: Scope = CHANNELS) -> str:
    """The channels that take no chats, as far as their platforms say so."""
    return f"{scope.merged(CHANNEL, 'webchat_channel_available')} == 0"


def _usable_slots(scope: Scope) -> str:
    is_open = scope.merged(CHANNEL, "webchat_channel_open")
    return f"({scope.merged(CHANNEL, FREE_SLOTS)} unless {unavailable(scope)} unless {is_open} == 0)"


def usable_slots(scope: Scope = CHANNELS) -> str:
    """Free slots by channel, with -1 where no customer gets at them: the channel takes no chats, or is closed."""
    return f"{_usable_slots(scope)}\nor 0 * {scope.merged(CHANNEL, FREE_SLOTS)} - 1"


def total_usable_slots(scope: Scope = CHANNELS) -> str:
    """The free slots of all channels that take chats, with -1 for a 0 while no channel is open."""
    return _unless_closed(f"sum({_by_target(_usable_slots(scope), FREE_SLOTS, scope)})", FREE_SLOTS, scope)
