//! The table of the process's own families.

/// A family of the process itself; unlike a target's it has neither a `target` nor a `platform` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnFamily {
    /// The name of its samples in the classic text format; a histogram's without `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// The type as OpenMetrics calls it: `gauge`, `counter`, `info` or `histogram`.
    pub kind: &'static str,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// One line of help, with a final period.
    pub help: &'static str,
}

pub(super) const BUILD_INFO: OwnFamily = OwnFamily {
    name: "webchat_exporter_build_info",
    kind: "info",
    labels: &["version", "revision", "rustversion"],
    help: "Version and source revision of this build, and the compiler that made it.",
};
pub(super) const RELOAD_SUCCESSFUL: OwnFamily = OwnFamily {
    name: "webchat_exporter_config_last_reload_successful",
    kind: "gauge",
    labels: &[],
    help: "1 if the configuration was accepted when it was last read, else 0 and the one before is in force.",
};
pub(super) const RELOAD_TIMESTAMP: OwnFamily = OwnFamily {
    name: "webchat_exporter_config_last_reload_success_timestamp_seconds",
    kind: "gauge",
    labels: &[],
    help: "Unix time at which the configuration in force was read, in seconds.",
};
pub(super) const CONFIG_INFO: OwnFamily = OwnFamily {
    name: "webchat_exporter_config_info",
    kind: "info",
    labels: &["hash"],
    help: "Hash of the configuration in force.",
};
pub(super) const REQUESTS: OwnFamily = OwnFamily {
    name: "webchat_exporter_http_requests_total",
    kind: "counter",
    labels: &["handler", "code"],
    help: "HTTP requests answered by this process.",
};
pub(super) const REQUEST_DURATION: OwnFamily = OwnFamily {
    name: "webchat_exporter_http_request_duration_seconds",
    kind: "histogram",
    labels: &["handler"],
    help: "Time from the end of a request's headers to the start of its answer, in seconds.",
};
pub(super) const REQUESTS_IN_FLIGHT: OwnFamily = OwnFamily {
    name: "webchat_exporter_http_requests_in_flight",
    kind: "gauge",
    labels: &[],
    help: "HTTP requests being answered, the one that brought this value included.",
};
pub(super) const CPU_SECONDS: OwnFamily = OwnFamily {
    name: "process_cpu_seconds_total",
    kind: "counter",
    labels: &[],
    help: "Total user and system CPU time spent in seconds.",
};
pub(super) const OPEN_FDS: OwnFamily = OwnFamily {
    name: "process_open_fds",
    kind: "gauge",
    labels: &[],
    help: "Number of open file descriptors.",
};
pub(super) const MAX_FDS: OwnFamily = OwnFamily {
    name: "process_max_fds",
    kind: "gauge",
    labels: &[],
    help: "Maximum number of open file descriptors.",
};
pub(super) const VIRTUAL_MEMORY: OwnFamily = OwnFamily {
    name: "process_virtual_memory_bytes",
    kind: "gauge",
    labels: &[],
    help: "Virtual memory size in bytes.",
};
pub(super) const VIRTUAL_MEMORY_MAX: OwnFamily = OwnFamily {
    name: "process_virtual_memory_max_bytes",
    kind: "gauge",
    labels: &[],
    help: "Maximum amount of virtual memory available in bytes.",
};
pub(super) const RESIDENT_MEMORY: OwnFamily = OwnFamily {
    name: "process_resident_memory_bytes",
    kind: "gauge",
    labels: &[],
    help: "Resident memory size in bytes.",
};
pub(super) const START_TIME: OwnFamily = OwnFamily {
    name: "process_start_time_seconds",
    kind: "gauge",
    labels: &[],
    help: "Start time of the process since unix epoch in seconds.",
};
pub(super) const THREADS: OwnFamily = OwnFamily {
    name: "process_threads",
    kind: "gauge",
    labels: &[],
    help: "Number of OS threads in the process.",
};
pub(super) const NETWORK_RECEIVE: OwnFamily = OwnFamily {
    name: "process_network_receive_bytes_total",
    kind: "counter",
    labels: &[],
    help: "Number of bytes received over the network by all of the process's network namespace, loopback excluded.",
};
pub(super) const NETWORK_TRANSMIT: OwnFamily = OwnFamily {
    name: "process_network_transmit_bytes_total",
    kind: "counter",
    labels: &[],
    help: "Number of bytes sent over the network by all of the process's network namespace, loopback excluded.",
};

static FAMILIES: [OwnFamily; 17] = [
    BUILD_INFO,
    RELOAD_SUCCESSFUL,
    RELOAD_TIMESTAMP,
    CONFIG_INFO,
    REQUESTS,
    REQUEST_DURATION,
    REQUESTS_IN_FLIGHT,
    CPU_SECONDS,
    OPEN_FDS,
    MAX_FDS,
    VIRTUAL_MEMORY,
    VIRTUAL_MEMORY_MAX,
    RESIDENT_MEMORY,
    START_TIME,
    THREADS,
    NETWORK_RECEIVE,
    NETWORK_TRANSMIT,
];

/// All families of [`super::Own`], without those that others register with it.
pub fn own_families() -> &'static [OwnFamily] {
    &FAMILIES
}
