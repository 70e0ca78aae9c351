"""The exporter: its polls, why they fail, how fast the vendors answer, budgets, certificates and the process."""

import columns
import looks
from frame import Board, Row
from links import TO_POLLS, TO_TARGET
from panels import COUNT, Look, Query, stat, timeline, timeseries
from queries import COLLECTOR, EXPORTER_TARGETS, EXPORTERS, Scope, collectors_behind, data_age
from tables import Label, Value, table

POLLS = EXPORTER_TARGETS
VENDORS = Scope(('job=~"$job"', 'instance=~"$instance"', 'platform=~"$platform"'))
RATE = Look(unit="ops", decimals=2, minimum=0)
SECONDS = Look(unit="s", decimals=2, minimum=0)
NAMED = "{{collector}} ({{target}})"
# Every process of a Prometheus has families such as `up`: those of an exporter are of an instance that said so within a day.
KNOWN = f"and on (job, instance) present_over_time({EXPORTERS.of('webchat_exporter_build_info')}[1d])"


def _by_instance(expression: str) -> Query:
    return Query(expression, "{{instance}}")


def _of_exporters(family: str, operation: str = "max") -> str:
    """A family that others have too, such as probed targets, of exporters alone: also of one that is down."""
    return f"{operation} by (instance) (\n  {EXPORTERS.of(family)}\n  {KNOWN}\n)"


def _rate_of_exporters(counter: str) -> str:
    """The same for the rate of a counter."""
    return f"sum by (instance) (\n  rate({EXPORTERS.of(counter)}[$__rate_interval])\n  {KNOWN}\n)"


def _tiles() -> list[tuple[int, object]]:
    reload = EXPORTERS.merged(("instance",), "webchat_exporter_config_last_reload_successful", operation="min")
    state = EXPORTERS.merged(("instance",), "webchat_exporter_state_file_last_write_successful", operation="min")
    network = _of_exporters("webchat_connectivity_up", "min")
    started = _of_exporters("process_start_time_seconds")
    up = _of_exporters("up", "min")
    return [
        (
            4,
            stat(
                "Scrape",
                "Whether Prometheus reaches the exporter: every one that it reached within a day.",
                _by_instance(up),
                Look(mappings=looks.UP),
                background=True,
            ),
        ),
        (
            4,
            stat(
                "Configuration",
                "Whether the configuration was accepted when it was last read.",
                _by_instance(reload),
                Look(mappings=looks.yes_no("Accepted", "Refused")),
            ),
        ),
        (
            4,
            stat(
                "Own network",
                "Whether the exporter's own network works: if not, nothing it says of vendors counts.",
                _by_instance(network),
                Look(mappings=looks.UP),
                no_value="Not checked",
            ),
        ),
        (
            4,
            stat(
                "State file",
                "Whether the newest write of the state file went well.",
                _by_instance(state),
                Look(mappings=looks.yes_no("Written", "Failed")),
                no_value="No state file",
            ),
        ),
        (
            4,
            stat(
                "Uptime",
                "How long the process has run.",
                _by_instance(f"time() - {started}"),
                Look(unit="s", decimals=1),
            ),
        ),
        (
            4,
            stat(
                "Series dropped",
                "Series of all targets that were over their budget.",
                f"sum({POLLS.merged(('platform', 'target'), 'webchat_target_dropped_series')})",
                Look(steps=looks.NONE_IS_GOOD),
            ),
        ),
    ]


def _collectors():
    def value(name: str, expression: str, look: Look, width: int = 120) -> Value:
        return Value(name, expression, look, width)

    failed = (
        f"sum by (platform, target, collector) (increase({POLLS.of('webchat_collector_failed_polls_total')}[$__range]))"
    )
    skipped = f"sum by (platform, target, collector) (increase({POLLS.of('webchat_collector_skipped_polls_total')}[$__range]))"
    return table(
        "Collectors",
        "Every collector of every target. Failed and skipped polls are those of the time range; Prometheus extrapolates, so "
        "they are rounded.",
        [
            columns.PLATFORM_LABEL,
            Label("target", "Target", links=[TO_POLLS, TO_TARGET]),
            Label("collector", "Collector"),
            Value(
                "Newest poll",
                POLLS.merged(COLLECTOR, "webchat_collector_up", operation="min"),
                Look(mappings=looks.yes_no("Well", "Failing")),
                110,
                fill=True,
            ),
            value("Data", collectors_behind(COLLECTOR, POLLS), Look(decimals=1, mappings=looks.LIVE)),
            value("Data age", data_age(COLLECTOR, POLLS), Look(unit="dtdhms")),
            value("Interval", POLLS.merged(COLLECTOR, "webchat_collector_interval_seconds"), Look(unit="s")),
            value(
                "Duration", POLLS.merged(COLLECTOR, "webchat_collector_duration_seconds"), Look(unit="s", decimals=2)
            ),
            value("Failed polls", f"round({failed})", Look(steps=[(None, looks.GREEN), (1, looks.ORANGE)])),
            value("Skipped polls", f"round({skipped})", Look(steps=[(None, looks.GREEN), (1, looks.ORANGE)])),
        ],
        sort="Newest poll",
        descending=False,
    )


def _polls() -> list[tuple[int, object]]:
    reasons = POLLS.rate(("platform", "target", "collector", "reason"), "webchat_collector_failures_total")
    used = (
        f"max by (platform, target) (\n  {POLLS.merged(COLLECTOR, 'webchat_collector_duration_seconds')}\n"
        f"  / ({POLLS.merged(COLLECTOR, 'webchat_collector_interval_seconds')} > 0)\n)"
    )
    return [
        (
            8,
            timeseries(
                "Polls",
                "Polls that ended, by platform.",
                Query(POLLS.rate(("platform",), "webchat_collector_polls_total"), "{{platform}}"),
                RATE,
                stacked=True,
            ),
        ),
        (
            8,
            timeseries(
                "Failures by reason",
                "Requests that failed, by reason. The first failure of a reason since the exporter started is not in here, since "
                "its series begins with it: Failed polls shows that one too.",
                Query(reasons, "{{reason}}: " + NAMED),
                RATE,
                bars=True,
                stacked=True,
                no_value="No failure so far",
            ),
        ),
        (
            8,
            timeseries(
                "Interval in use",
                "The duration of the newest poll as a ratio of the interval, of the collector of each target that takes most of "
                "its own: at 100 % polls are skipped. The table of collectors has them all.",
                Query(used, "{{target}} ({{platform}})"),
                Look(unit="percentunit", decimals=1, minimum=0, steps=looks.USED),
                upper_limits=True,
            ),
        ),
        (
            8,
            timeseries(
                "Failed polls",
                "Polls in which any request failed. A collector without any is left out.",
                Query(f"{POLLS.rate(COLLECTOR, 'webchat_collector_failed_polls_total')} > 0", NAMED),
                RATE,
                bars=True,
                stacked=True,
                no_value="No poll failed",
            ),
        ),
        (
            8,
            timeseries(
                "Skipped polls",
                "Ticks without a poll: the previous one still ran or the host's budget was empty. A collector without any is left out.",
                Query(f"{POLLS.rate(COLLECTOR, 'webchat_collector_skipped_polls_total')} > 0", NAMED),
                RATE,
                bars=True,
                stacked=True,
                no_value="No poll was skipped",
            ),
        ),
        (
            8,
            timeline(
                "Targets",
                "Whether the newest poll of each target brought an answer that made sense.",
                Query(
                    POLLS.merged(("platform", "target"), "webchat_target_up", operation="min"),
                    "{{target}} ({{platform}})",
                ),
                Look(mappings=looks.UP),
            ),
        ),
    ]


def _endpoints():
    """Every endpoint over the time range; the lines beside it are of platforms, since a legend has no room for so many."""
    family = "webchat_api_request_duration_seconds"
    by = ("platform", "endpoint")

    def increase(suffix: str, *more: str) -> str:
        return f"sum by ({', '.join((*more, *by))}) (increase({VENDORS.of(family + suffix)}[$__range]))"

    # An endpoint that was not asked has no quantiles, which are no numbers then, and breaks the order of the rows.
    requests = f"{increase('_count')} > 0"

    def quantile(name: str, of: float) -> Value:
        return Value(name, f"histogram_quantile({of}, {increase('_bucket', 'le')}) >= 0", SECONDS, 160)

    return table(
        "Endpoints",
        "How fast each endpoint answered that was asked within the time range. A quantile is read from buckets, so it is about right; Prometheus "
        "extrapolates requests, so they are rounded.",
        [
            Label("platform", "Platform", 100),
            Label("endpoint", "Endpoint"),
            quantile("Median", 0.5),
            quantile("90th percentile", 0.9),
            quantile("99th percentile", 0.99),
            Value("Mean", f"{increase('_sum')}\n/ ({requests})", SECONDS, 130),
            Value("Requests", f"round({requests})", Look(), 130),
        ],
        sort="99th percentile",
    )


def _latency(title: str, quantile: float) -> tuple[int, object]:
    by = ("platform",)
    words = "How fast the vendors answer. The quantile is read from buckets, so it is about right. The table of endpoints has each."
    expression = VENDORS.quantile(quantile, by, "webchat_api_request_duration_seconds")
    return 8, timeseries(f"Vendor latency, {title}", words, Query(expression, "{{platform}}"), SECONDS)


def _vendors() -> list[Row]:
    family = "webchat_api_request_duration_seconds"
    by = ("platform",)
    mean = f"{VENDORS.rate(by, family + '_sum')}\n/ ({VENDORS.rate(by, family + '_count')} > 0)"
    codes = POLLS.rate(("platform", "code"), "webchat_api_requests_total")
    left = EXPORTERS.merged(("host",), "webchat_api_rate_limit_remaining", operation="min")
    return [
        Row(8, [_latency("median", 0.5), _latency("90th percentile", 0.9), _latency("99th percentile", 0.99)], "Vendors"),
        Row(
            8,
            [
                (
                    8,
                    timeseries(
                        "Vendor latency, mean",
                        "The mean of the rate interval.",
                        Query(mean, "{{platform}}"),
                        SECONDS,
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Requests by code",
                        "HTTP exchanges by status code; error stands for no answer.",
                        Query(codes, "{{code}} ({{platform}})"),
                        Look(unit="reqps", decimals=2, minimum=0),
                        stacked=True,
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Requests left in the budget",
                        "What the shared budget of each API host allows at once.",
                        Query(left, "{{host}}"),
                        Look(minimum=0),
                    ),
                ),
            ],
        ),
        Row(13, [(24, _endpoints())]),
    ]


def _certificates():
    expiry = EXPORTERS.merged(("host",), "webchat_api_tls_certificate_expiry_timestamp_seconds", operation="min")
    return table(
        "TLS certificates",
        "When the certificate that each API host last showed runs out. A host without TLS has no row.",
        [
            Label("host", "Host"),
            Value("Expires", f"1000 * {expiry}", Look(unit="dateTimeAsIso"), 180),
            Value("Left", f"{expiry} - time()", Look(unit="s", decimals=1, steps=looks.EXPIRY), 110),
        ],
        sort="Left",
        descending=False,
        no_value="No host is reached over TLS",
    )


def _build():
    labels = ("instance", "version", "revision", "rustversion")
    hashes = EXPORTERS.merged(("instance", "hash"), "webchat_exporter_config_info")
    build = table(
        "Builds",
        "Version, source revision and compiler of each exporter. A pair should run the same one.",
        [
            Label("instance", "Instance"),
            Label("version", "Version", 100),
            Label("revision", "Revision"),
            Label("rustversion", "Rust", 90),
            Value("Build", EXPORTERS.merged(labels, "webchat_exporter_build_info"), Look(), hidden=True),
        ],
        sort="Instance",
        descending=False,
    )
    configuration = table(
        "Configurations",
        "Hash of the configuration in force. A pair should run the same one.",
        [Label("instance", "Instance"), Label("hash", "Hash"), Value("Hash in force", hashes, Look(), hidden=True)],
        sort="Instance",
        descending=False,
    )
    return build, configuration


def _process() -> list[Row]:
    def query(family: str) -> Query:
        return _by_instance(_of_exporters(family))

    descriptors = f"{_of_exporters('process_open_fds')}\n/ ({_of_exporters('process_max_fds')} > 0)"
    requests = EXPORTERS.rate(("handler", "code"), "webchat_exporter_http_requests_total")
    slow = EXPORTERS.quantile(0.99, ("handler",), "webchat_exporter_http_request_duration_seconds")
    received = _rate_of_exporters("process_network_receive_bytes_total")
    sent = _rate_of_exporters("process_network_transmit_bytes_total")
    return [
        Row(
            8,
            [
                (
                    8,
                    timeseries(
                        "Requests to the exporter",
                        "HTTP requests that the exporter answered.",
                        Query(requests, "{{handler}} {{code}}"),
                        Look(unit="reqps", decimals=2, minimum=0),
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Own latency, 99th percentile",
                        "How long the exporter took to begin its answers.",
                        Query(slow, "{{handler}}"),
                        Look(unit="s", decimals=3, minimum=0),
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Scrape duration",
                        "How long Prometheus took to scrape.",
                        query("scrape_duration_seconds"),
                        Look(unit="s", decimals=3, minimum=0),
                    ),
                ),
            ],
            "Process",
        ),
        Row(
            8,
            [
                (
                    6,
                    timeseries(
                        "CPU cores in use",
                        "Processor time per second: 1 is one core in full use.",
                        _by_instance(_rate_of_exporters("process_cpu_seconds_total")),
                        Look(unit="none", decimals=3, minimum=0),
                    ),
                ),
                (
                    6,
                    timeseries(
                        "Resident memory",
                        "Memory in use.",
                        query("process_resident_memory_bytes"),
                        Look(unit="bytes", decimals=1, minimum=0),
                    ),
                ),
                (
                    6,
                    timeseries(
                        "File descriptors in use",
                        "Open file descriptors as a ratio of the most allowed.",
                        _by_instance(descriptors),
                        Look(unit="percentunit", decimals=1, minimum=0, steps=looks.USED),
                    ),
                ),
                (
                    6,
                    timeseries(
                        "Network without loopback",
                        "Bytes received and sent by everything that shares the exporter's network: the container, or without one the host. "
                        "Loopback does not count, so there are next to none where the vendors are on the same host, as in the demo.",
                        [Query(received, "{{instance}} received"), Query(sent, "{{instance}} sent")],
                        Look(unit="Bps", decimals=1, minimum=0),
                    ),
                ),
            ],
        ),
        Row(
            8,
            [
                (
                    8,
                    timeseries(
                        "Samples per scrape",
                        "How much the exporter tells.",
                        query("scrape_samples_scraped"),
                        Look(minimum=0),
                    ),
                ),
                (
                    8,
                    timeseries(
                        "Series new with each scrape",
                        "Many over a long time are a label that leaks.",
                        query("scrape_series_added"),
                        COUNT,
                    ),
                ),
                (8, timeseries("Threads", "Threads of the process.", query("process_threads"), Look(minimum=0))),
            ],
        ),
    ]


def _rows() -> list[Row]:
    polls = _polls()
    build, configuration = _build()
    return [
        Row(4, _tiles()),
        Row(17, [(24, _collectors())], "Polls"),
        Row(8, polls[:3]),
        Row(8, polls[3:]),
        *_vendors(),
        Row(6, [(7, _certificates()), (12, build), (5, configuration)], "Certificates and versions"),
        *_process(),
    ]


BOARD = Board(
    uid="webchat-exporter",
    title="Webchat / Exporter",
    description="The exporter itself: whether it polls, why polls fail, how fast the vendors answer, and what it takes to run.",
    variables=["job", "instance", "platform", "target"],
    alerts=Scope(('platform=~"$platform|"', 'target=~"$target|"')),
    changes=POLLS,
    rows=_rows(),
)
