//! The standard `process_*` families, read from procfs at each scrape; elsewhere than on Linux there are none.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::encode::descriptor;
use crate::instrument::Instrument;

/// Reads what the kernel knows of this process.
#[derive(Debug)]
pub(super) struct ProcessCollector;

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (family, value) in readings() {
            if family.kind == "counter" {
                let counter = ConstCounter::new(value);
                counter.encode(descriptor(&mut encoder, family, counter.metric_type())?)?;
            } else {
                let gauge = ConstGauge::new(value);
                gauge.encode(descriptor(&mut encoder, family, gauge.metric_type())?)?;
            }
        }
        Ok(())
    }
}

/// The values the kernel gives; one that cannot be read is left out.
#[cfg(target_os = "linux")]
fn readings() -> Vec<(&'static Instrument, f64)> {
    use procfs::process::Process;

    let Ok(process) = Process::myself() else { return Vec::new() };
    let mut readings = usage(&process);
    readings.extend(limits(&process));
    readings.extend(network(&process));
    readings
}

/// No values.
#[cfg(not(target_os = "linux"))]
fn readings() -> Vec<(&'static Instrument, f64)> {
    Vec::new()
}

#[cfg(target_os = "linux")]
fn usage(process: &procfs::process::Process) -> Vec<(&'static Instrument, f64)> {
    use super::families::{CPU_SECONDS, OPEN_FDS, RESIDENT_MEMORY, START_TIME, THREADS, VIRTUAL_MEMORY};

    let mut readings = Vec::new();
    if let Ok(stat) = process.stat() {
        let ticks_per_second = procfs::ticks_per_second() as f64;
        let seconds = |ticks: u64| ticks as f64 / ticks_per_second;
        readings.push((&CPU_SECONDS, seconds(stat.utime + stat.stime)));
        readings.push((&VIRTUAL_MEMORY, stat.vsize as f64));
        readings.push((&RESIDENT_MEMORY, (stat.rss * procfs::page_size()) as f64));
        readings.push((&THREADS, stat.num_threads as f64));
        if let Ok(boot) = procfs::boot_time_secs() {
            readings.push((&START_TIME, boot as f64 + seconds(stat.starttime)));
        }
    }
    if let Ok(count) = process.fd_count() {
        readings.push((&OPEN_FDS, count as f64));
    }
    readings
}

#[cfg(target_os = "linux")]
fn limits(process: &procfs::process::Process) -> Vec<(&'static Instrument, f64)> {
    use procfs::process::LimitValue;

    use super::families::{MAX_FDS, VIRTUAL_MEMORY_MAX};

    let Ok(limits) = process.limits() else { return Vec::new() };
    let soft = [(&MAX_FDS, limits.max_open_files), (&VIRTUAL_MEMORY_MAX, limits.max_address_space)];
    let value = |limit| match limit {
        LimitValue::Value(value) => value as f64,
        // What the kernel calls unlimited is its largest number, and so do other clients.
        LimitValue::Unlimited => u64::MAX as f64,
    };
    soft.into_iter().map(|(family, limit)| (family, value(limit.soft_limit))).collect()
}

#[cfg(target_os = "linux")]
fn network(process: &procfs::process::Process) -> Vec<(&'static Instrument, f64)> {
    use super::families::{NETWORK_RECEIVE, NETWORK_TRANSMIT};

    let Ok(devices) = process.dev_status() else { return Vec::new() };
    let (mut received, mut sent) = (0, 0);
    for device in devices.into_values().filter(|device| device.name != "lo") {
        received += device.recv_bytes;
        sent += device.sent_bytes;
    }
    vec![(&NETWORK_RECEIVE, received as f64), (&NETWORK_TRANSMIT, sent as f64)]
}
