//! Counts and durations of exchanges, and the gauges about API hosts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, NativeHistogramConfig};
use prometheus_client::registry::Registry;

use crate::http_client::connection::Connections;
use crate::http_client::host::Hosts;
use crate::http_client::locked::Locked;
use crate::http_client::verifier::Sighting;
use crate::instrument::Instrument;

/// Classic buckets, in seconds: those that Prometheus' own clients use unless told otherwise.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Native buckets of a histogram; beyond them its resolution is halved.
const MOST_NATIVE_BUCKETS: usize = 160;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    platform: &'static str,
    endpoint: &'static str,
}

/// The histogram of all targets' exchanges.
#[derive(Clone, Debug)]
pub(crate) struct Durations(Family<Labels, Histogram>);

impl Default for Durations {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| {
            let native = NativeHistogramConfig::default().max_buckets(MOST_NATIVE_BUCKETS);
            Histogram::new_classic_and_native(BUCKETS, native)
        }))
    }
}

impl Durations {
    /// Adds one exchange.
    pub(crate) fn observe(&self, platform: &'static str, endpoint: &'static str, duration: Duration) {
        self.0.get_or_create(&Labels { platform, endpoint }).observe(duration.as_secs_f64());
    }

    /// Makes the histogram part of `registry`.
    pub(crate) fn register(&self, registry: &mut Registry) {
        // The registry adds the full stop.
        registry.register(DURATION.name, DURATION.help.trim_end_matches('.'), self.0.clone());
    }
}

/// What the client measures of its own work, in the order of the exposition.
pub const INSTRUMENTS: [Instrument; 3] = [DURATION, RATE_LIMIT_REMAINING, CERTIFICATE_EXPIRY];

const DURATION: Instrument = Instrument {
    name: "webchat_api_request_duration_seconds",
    kind: "histogram",
    labels: &["platform", "endpoint"],
    help: "Duration of HTTP exchanges with the vendors in seconds, from sending the request to the end of the answer.",
};

const RATE_LIMIT_REMAINING: Instrument = Instrument {
    name: "webchat_api_rate_limit_remaining",
    kind: "gauge",
    labels: &["host"],
    help: "Requests that the shared budget of an API host allows at once now.",
};

const CERTIFICATE_EXPIRY: Instrument = Instrument {
    name: "webchat_api_tls_certificate_expiry_timestamp_seconds",
    kind: "gauge",
    labels: &["host"],
    help: "Earliest notAfter of the certificate chain that an API host last showed, in seconds since 1970.",
};

/// How many exchanges of a target ended how.
#[derive(Debug, Default)]
pub(crate) struct RequestCounts(Locked<BTreeMap<(&'static str, Option<StatusCode>), u64>>);

impl RequestCounts {
    /// Adds one exchange; `None` for one without an answer.
    pub(crate) fn count(&self, endpoint: &'static str, status: Option<StatusCode>) {
        *self.0.lock().entry((endpoint, status)).or_default() += 1;
    }

    /// Endpoint, `code` label and count, sorted.
    pub(crate) fn all(&self) -> Vec<(&'static str, String, u64)> {
        let code = |status: Option<StatusCode>| {
            status.map_or("error".to_owned(), |status| status.as_str().to_owned())
        };
        let counts = self.0.lock();
        let mut all: Vec<_> =
            counts.iter().map(|((endpoint, status), count)| (*endpoint, code(*status), *count)).collect();
        all.sort();
        all
    }
}

/// The gauges about API hosts, read at each scrape.
#[derive(Debug)]
pub(crate) struct HostGauges {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) connections: Arc<Connections>,
}

impl HostGauges {
    fn rate_limits(&self) -> Vec<(String, i64)> {
        let hosts = self.hosts.all();
        let limited =
            hosts.iter().filter_map(|host| Some((host.name().to_owned(), host.remaining()?.into())));
        limited.collect()
    }

    /// Two pools can have seen the same host; the newer sighting counts. A pool outlives the targets that have left it,
    /// so only hosts in use count.
    fn expiries(&self) -> Vec<(String, i64)> {
        let hosts = self.hosts.all();
        let used: HashSet<&str> = hosts.iter().map(|host| host.bare_name()).collect();
        let mut newest: HashMap<String, Sighting> = HashMap::new();
        for connection in self.connections.all() {
            for (host, sighting) in connection.certificates().sightings() {
                let kept = newest.entry(host).or_insert(sighting);
                if sighting.at > kept.at {
                    *kept = sighting;
                }
            }
        }
        let mut expiries: Vec<_> = newest
            .into_iter()
            .filter(|(host, _)| used.contains(host.as_str()))
            .map(|(host, sighting)| (host, sighting.expiry))
            .collect();
        expiries.sort();
        expiries
    }
}

impl Collector for HostGauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let families = [(RATE_LIMIT_REMAINING, self.rate_limits()), (CERTIFICATE_EXPIRY, self.expiries())];
        for (Instrument { name, help, .. }, samples) in families {
            // A descriptor without samples would still print its header.
            if samples.is_empty() {
                continue;
            }
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (host, value) in samples {
                ConstGauge::new(value).encode(family.encode_family(&[("host", host)])?)?;
            }
        }
        Ok(())
    }
}
