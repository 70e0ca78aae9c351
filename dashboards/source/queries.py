"""PromQL of the boards: selectors, merging of exporter pairs, and state sets turned into numbers."""

from dataclasses import dataclass

CHANNEL = ("platform", "target", "channel_id", "channel")
TARGET = ("platform", "target")
COLLECTOR = ("platform", "target", "collector")
# More intervals than any collector can be behind.
LOST = 1_000_000_000

# A table sorted by this number shows what needs attention first. Of a pair of exporters the first status holds: one that knows
# nothing, since its own network is down, gives way to the other.
STATUSES = {"down": 5, "degraded": 4, "maintenance": 2, "closed": 1, "ok": 0, "unknown": 3}
REASONS = {
    "service_down": 7,
    "invalid": 6,
    "unreachable": 5,
    "no_agent": 4,
    "queue_full": 3,
    "disabled": 2,
    "other": 1,
    "none": 0,
}

# The names of targets are unique over all platforms; the one channel of an installation has the same name in each.
NAMED_CHANNEL = "{{channel}} ({{target}})"
SEVERITIES = {"critical": 3, "warning": 2, "info": 1}
BUNDLED_ALERTS = 'alertname=~"Webchat.+|Chime.+|Egain.+|Xima.+"'
WATCHDOG = 'ALERTS{alertname="WebchatWatchdog", alertstate="firing"}'


@dataclass(frozen=True)
class Scope:
    """The series a board looks at: the matchers that every selector of the board carries."""

    matchers: tuple[str, ...]

    def of(self, family: str, *more: str) -> str:
        """The selector of a family within the scope."""
        return f"{family}{{{', '.join(self.matchers + more)}}}"

    def merged(self, by: tuple[str, ...], family: str, *more: str, operation: str = "max") -> str:
        """One value for each set of labels `by`, however many exporters poll the same target."""
        return f"{operation} by ({', '.join(by)}) ({self.of(family, *more)})"

    def without(self, label: str) -> "Scope":
        """The same scope for families that lack a label."""
        return Scope(tuple(matcher for matcher in self.matchers if not matcher.startswith(f"{label}=")))

    def of_exporter(self, family: str) -> str:
        """The selector of a family of the exporter itself, which no platform and no target has."""
        own = tuple(matcher for matcher in self.matchers if matcher.startswith(("job=", "instance=")))
        return Scope(own).of(family)

    def rate(self, by: tuple[str, ...], counter: str, *more: str) -> str:
        """Events per second, summed over exporters."""
        return f"sum by ({', '.join(by)}) (rate({self.of(counter, *more)}[$__rate_interval]))"

    def code(self, by: tuple[str, ...], family: str, label: str, codes: dict[str, int]) -> str:
        """The number of the state that is 1 in a state set; the first of `codes` wins where two exporters disagree.

        An absent state set gives no series: absent is never a number.
        """
        branches = []
        for state, number in codes.items():
            state_set = self.merged(by, family, f'{label}="{state}"')
            branches.append(f"({state_set} == 1) * {number}")
        return "\nor ".join(branches)

    def quantile(self, quantile: float, by: tuple[str, ...], histogram: str, *more: str) -> str:
        """A quantile of a histogram over the rate interval."""
        buckets = self.rate(("le", *by), f"{histogram}_bucket", *more)
        return f"histogram_quantile({quantile}, {buckets})"


CHANNELS = Scope(('job=~"$job"', 'platform=~"$platform"', 'target=~"$target"', 'channel=~"$channel"'))
TARGETS = Scope(('job=~"$job"', 'platform=~"$platform"', 'target=~"$target"'))
EXPORTERS = Scope(('job=~"$job"', 'instance=~"$instance"'))
EXPORTER_TARGETS = Scope(('job=~"$job"', 'instance=~"$instance"', 'platform=~"$platform"', 'target=~"$target"'))


def platform_channels(platform: str) -> Scope:
    """The channels of one platform, on that platform's own board."""
    return Scope(('job=~"$job"', f'platform="{platform}"', 'target=~"$target"', 'channel=~"$channel"'))


def platform_targets(platform: str) -> Scope:
    """The targets of one platform in the families of all platforms."""
    return Scope(('job=~"$job"', f'platform="{platform}"', 'target=~"$target"'))


# The platforms' own families carry no platform, their names say it.
VENDOR_TARGETS = Scope(('job=~"$job"', 'target=~"$target"'))


def channel_status(scope: Scope = CHANNELS) -> str:
    """The status of each channel as a number of `STATUSES`."""
    return scope.code(CHANNEL, "webchat_channel_status", "status", STATUSES)


def unavailable_reason(scope: Scope = CHANNELS) -> str:
    """Why no chat can be started, as a number of `REASONS`."""
    return scope.code(CHANNEL, "webchat_channel_unavailable_reason", "reason", REASONS)


def wait(stat: str, scope: Scope = CHANNELS) -> str:
    """The wait of each channel in one statistic: `average`, `longest` or `estimated`."""
    return scope.merged(CHANNEL, "webchat_channel_wait_seconds", f'stat="{stat}"')


def threshold(signal: str, level: str, scope: Scope = CHANNELS) -> str:
    """The configured limit of a signal for a level."""
    return scope.merged(CHANNEL, "webchat_channel_threshold", f'signal="{signal}"', f'level="{level}"')


def data_age(by: tuple[str, ...] = TARGET, scope: Scope = TARGETS) -> str:
    """Seconds since the newest poll without failure of the collector that is furthest behind.

    Before the first one, since the configuration in force was read, as in the bundled rules.
    """
    collectors = scope.without("channel")
    newest = collectors.merged(COLLECTOR, "webchat_collector_last_success_timestamp_seconds")
    started = collectors.of_exporter("webchat_exporter_config_last_reload_success_timestamp_seconds")
    polled = collectors.of("webchat_collector_up")
    since_start = f"0 * {polled} + on (job, instance) group_left () (time() - {started})"
    return (
        f"max by ({', '.join(by)}) (\n  time() - {newest}\n"
        f"  or min by ({', '.join(COLLECTOR)}) ({since_start})\n)"
    )


def collectors_behind(by: tuple[str, ...] = (), scope: Scope = TARGETS) -> str:
    """The age of the data as a multiple of its collector's own interval, of the collector that is furthest behind.

    A collector that polls and never had a success is a thousand intervals behind, and one that no exporter has any more `LOST`.
    """
    targets = scope.without("channel")
    newest = targets.merged(COLLECTOR, "webchat_collector_last_success_timestamp_seconds")
    interval = targets.merged(COLLECTOR, "webchat_collector_interval_seconds")
    up = targets.merged(COLLECTOR, "webchat_collector_up")
    grouping = f" by ({', '.join(by)}) " if by else ""
    return (
        f"max{grouping}(\n  (time() - {newest}) / ({interval} > 0)\n  or 1000 * (1 - {up})\n"
        f"  or {LOST} * {_lost_collectors(targets)}\n)"
    )


def _lost_collectors(scope: Scope) -> str:
    """1 for each collector whose exporter was there within a day and is gone; another exporter may have it.

    An exporter that is there and has the collector no more was told so by its configuration.
    """
    collectors = scope.of("webchat_collector_interval_seconds")
    exporters = scope.of_exporter("webchat_exporter_build_info")
    return (
        f"max by ({', '.join(COLLECTOR)}) (\n    present_over_time({collectors}[1d])\n"
        f"    unless on (job, instance) {exporters}\n  )"
    )


def alerts_of_choice(*more: str) -> tuple[str, ...]:
    """The matchers of the bundled alerts; those without a platform, a target or a channel belong to every choice."""
    of_choice = ('platform=~"$platform|"', 'target=~"$target|"')
    return (BUNDLED_ALERTS, 'alertname!="WebchatWatchdog"', *of_choice, *more)


def alerts(*more: str) -> str:
    """Alerts of the bundled rules that fire."""
    return Scope(('alertstate="firing"', *alerts_of_choice(*more))).of("ALERTS")


def alert_count(severity: str, *more: str) -> str:
    """How many alerts of a severity fire; the watchdog vouches for a 0, without it there is no number."""
    firing = alerts(*more, f'severity="{severity}"')
    return f"count({firing})\nor 0 * max({WATCHDOG})"


def alert_severity(by: tuple[str, ...], *more: str) -> str:
    """The severity of each alert that fires as a number of `SEVERITIES`, the worst where an alert has several."""
    branches = []
    for severity, number in SEVERITIES.items():
        firing = alerts(*more, f'severity="{severity}"')
        branches.append(f"{number} * max by ({', '.join(by)}) ({firing})")
    return "\nor ".join(branches)


def channels_in(status: str, by: str = "", scope: Scope = CHANNELS) -> str:
    """How many channels have a status: 0 where all have another one, absent where nothing is known."""
    grouping = f" by ({by}) " if by else ""
    return f"sum{grouping}({_in_status(status, scope)})"


def _in_status(status: str, scope: Scope) -> str:
    """1 for channels that some exporter sees in a status, and for unknown ones where none knows more; else 0."""
    operation = "min" if status == "unknown" else "max"
    return scope.merged(CHANNEL, "webchat_channel_status", f'status="{status}"', operation=operation)


def having_a_problem(expression: str, scope: Scope = CHANNELS) -> str:
    """An expression by channel, for channels that are down, degraded or unknown alone."""
    problems = " or ".join(f"{_in_status(status, scope)} == 1" for status in ("down", "degraded", "unknown"))
    return f"({expression})\nand on ({', '.join(CHANNEL)}) ({problems})"
