//! The table of the process's own families.

use crate::instrument::Instrument;

pub(super) const BUILD_INFO: Instrument = Instrument {
    name: "webchat_exporter_build_info",
    kind: "info",
    labels: &["version", "revision", "rustversion"],
    help: "Version and source revision of this build, and the compiler that made it.",
};
pub(super) const RELOAD_SUCCESSFUL: Instrument = Instrument {
    name: "webchat_exporter_config_last_reload_successful",
    kind: "gauge",
    labels: &[],
    help: "1 if the configuration was accepted when it was last read, else 0 and the one before is in force.",
};
pub(super) const RELOAD_TIMESTAMP: Instrument = Instrument {
    name: "webchat_exporter_config_last_reload_success_timestamp_seconds",
    kind: "gauge",
    labels: &[],
    help: "Unix time at which the configuration in force was read, in seconds.",
};
pub(super) const CONFIG_INFO: Instrument = Instrument {
    name: "webchat_exporter_config_info",
    kind: "info",
    labels: &["hash"],
    help: "Hash of the configuration in force.",
};
pub(super) const CONNECTIVITY_UP: Instrument = Instrument {
    name: "webchat_connectivity_up",
    kind: "gauge",
    labels: &[],
    help: "1 if the newest check of this exporter's own network was answered, else 0; only where connectivity is configured.",
};
pub(super) const STATE_FILE_SUCCESSFUL: Instrument = Instrument {
    name: "webchat_exporter_state_file_last_write_successful",
    kind: "gauge",
    labels: &[],
    help: "1 if the newest write of the state file went well, else 0 and the file is the one before; absent without --state.file.",
};
pub(super) const STATE_FILE_TIMESTAMP: Instrument = Instrument {
    name: "webchat_exporter_state_file_last_write_timestamp_seconds",
    kind: "gauge",
    labels: &[],
    help: "Unix time of the newest write of the state file that went well, in seconds; absent without --state.file.",
};
pub(super) const REQUESTS: Instrument = Instrument {
    name: "webchat_exporter_http_requests_total",
    kind: "counter",
    labels: &["handler", "code"],
    help: "HTTP requests answered by this process.",
};
pub(super) const REQUEST_DURATION: Instrument = Instrument {
    name: "webchat_exporter_http_request_duration_seconds",
    kind: "histogram",
    labels: &["handler"],
    help: "Time from the end of a request's headers to the start of its answer, in seconds.",
};
pub(super) const REQUESTS_IN_FLIGHT: Instrument = Instrument {
    name: "webchat_exporter_http_requests_in_flight",
    kind: "gauge",
    labels: &[],
    help: "HTTP requests being answered, the one that brought this value included.",
};
pub(super) const CPU_SECONDS: Instrument = Instrument {
    name: "process_cpu_seconds_total",
    kind: "counter",
    labels: &[],
    help: "Total user and system CPU time spent in seconds.",
};
pub(super) const OPEN_FDS: Instrument = Instrument {
    name: "process_open_fds",
    kind: "gauge",
    labels: &[],
    help: "Number of open file descriptors.",
};
pub(super) const MAX_FDS: Instrument = Instrument {
    name: "process_max_fds",
    kind: "gauge",
    labels: &[],
    help: "Maximum number of open file descriptors.",
};
pub(super) const VIRTUAL_MEMORY: Instrument = Instrument {
    name: "process_virtual_memory_bytes",
    kind: "gauge",
    labels: &[],
    help: "Virtual memory size in bytes.",
};
pub(super) const VIRTUAL_MEMORY_MAX: Instrument = Instrument {
    name: "process_virtual_memory_max_bytes",
    kind: "gauge",
    labels: &[],
    help: "Maximum amount of virtual memory available in bytes.",
};
pub(super) const RESIDENT_MEMORY: Instrument = Instrument {
    name: "process_resident_memory_bytes",
    kind: "gauge",
    labels: &[],
    help: "Resident memory size in bytes.",
};
pub(super) const START_TIME: Instrument = Instrument {
    name: "process_start_time_seconds",
    kind: "gauge",
    labels: &[],
    help: "Start time of the process since unix epoch in seconds.",
};
pub(super) const THREADS: Instrument = Instrument {
    name: "process_threads",
    kind: "gauge",
    labels: &[],
    help: "Number of OS threads in the process.",
};
pub(super) const NETWORK_RECEIVE: Instrument = Instrument {
    name: "process_network_receive_bytes_total",
    kind: "counter",
    labels: &[],
    help: "Number of bytes received over the network by all of the process's network namespace, loopback excluded.",
};
pub(super) const NETWORK_TRANSMIT: Instrument = Instrument {
    name: "process_network_transmit_bytes_total",
    kind: "counter",
    labels: &[],
    help: "Number of bytes sent over the network by all of the process's network namespace, loopback excluded.",
};

static FAMILIES: [Instrument; 20] = [
    BUILD_INFO,
    RELOAD_SUCCESSFUL,
    RELOAD_TIMESTAMP,
    CONFIG_INFO,
    CONNECTIVITY_UP,
    STATE_FILE_SUCCESSFUL,
    STATE_FILE_TIMESTAMP,
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
pub fn own_families() -> &'static [Instrument] {
    &FAMILIES
}
