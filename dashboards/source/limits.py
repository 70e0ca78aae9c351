"""PromQL that holds the signals of channels against their configured limits."""

from queries import CHANNEL, CHANNELS, Scope, threshold, wait
from sums import unavailable

# In the order in which a row names one of several: first what staff can mend.
SIGNALS = {
    "agents_online": 1,
    "free_slots": 2,
    "utilization": 3,
    "queue_length": 4,
    "longest_wait": 5,
    "average_wait": 6,
    "estimated_wait": 7,
}
LOWER_LIMITS = ("agents_online", "free_slots")
# What is added to the number of a signal that is past its limit for `down`.
DOWN = 10


def of_limit(stats: str, scope: Scope = CHANNELS) -> str:
    """The wait as a ratio of the channel's own limit for `degraded`, the worst of the statistics, such as `longest|average`."""
    waits = scope.merged((*CHANNEL, "stat"), "webchat_channel_wait_seconds", f'stat=~"{stats}"')
    limits = scope.of("webchat_channel_threshold", 'level="degraded"', f'signal=~"({stats})_wait"')
    by_stat = f'label_replace({limits}, "stat", "$1", "signal", "(.+)_wait")'
    return (
        f"max by ({', '.join(CHANNEL)}) (\n  {waits}\n  /\n  (max by ({', '.join(CHANNEL)}, stat) ({by_stat}) > 0)\n)"
    )


def of_limit_while_taking_chats(stats: str, scope: Scope = CHANNELS) -> str:
    """The same, but not below the limit where the channel takes no chats: a short wait there is no good news."""
    ratio = of_limit(stats, scope)
    return f"({ratio} unless {unavailable(scope)})\nor {ratio} >= 1"


def _past(signal: str, level: str, scope: Scope) -> str:
    """The channels of which a signal is past its limit for a level."""
    limit = threshold(signal, level, scope)
    if signal == "utilization":
        # The one signal without a family of all platforms: Comm100 alone has it, for its site.
        site = Scope((*scope.matchers, 'channel_id="site"'))
        used = scope.without("platform").without("channel").merged(("target",), "comm100_chat_utilization_ratio")
        return f"{threshold(signal, level, site)} <= on (target) group_left () {used}"
    if signal.endswith("_wait"):
        return f"{wait(signal.removesuffix('_wait'), scope)} >= {limit}"
    number = scope.merged(CHANNEL, f"webchat_channel_{signal}")
    return f"{number} {'<' if signal in LOWER_LIMITS else '>='} {limit}"


def past_limit(scope: Scope = CHANNELS) -> str:
    """What makes a channel down or degraded: the number of a signal of `SIGNALS` that is past a limit, a worse limit first.

    Absent where the status has another reason, or where the signal is well again and the status waits for more polls.
    """
    branches = []
    for level, added in (("down", DOWN), ("degraded", 0)):
        branches += [f"0 * ({_past(signal, level, scope)}) + {number + added}" for signal, number in SIGNALS.items()]
    chain = "\n  or ".join(branches)
    judged = scope.merged(CHANNEL, "webchat_channel_status", 'status=~"down|degraded"')
    return f"(\n  {chain}\n)\nand {judged} == 1"
