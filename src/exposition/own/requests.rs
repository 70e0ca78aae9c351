//! Instruments of the HTTP server.

use std::time::Instant;

use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::families::{REQUEST_DURATION, REQUESTS, REQUESTS_IN_FLIGHT};
use super::instruments::register;

/// Upper bounds in seconds: a page is a matter of milliseconds, a probe takes as long as the vendor.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HandlerLabel {
    handler: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    handler: &'static str,
    code: u16,
}

/// Counts, durations and concurrency of the requests that the HTTP server answers.
#[derive(Clone, Debug)]
pub struct Requests {
    answered: Family<AnswerLabels, Counter>,
    duration: Family<HandlerLabel, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

/// A request being answered; it counts as in flight until this is dropped.
#[derive(Debug)]
pub struct InFlight {
    requests: Requests,
    handler: &'static str,
    began: Instant,
}

impl Requests {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let requests = Self {
            answered: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            in_flight: Gauge::default(),
        };
        register(registry, &REQUESTS, requests.answered.clone());
        register(registry, &REQUEST_DURATION, requests.duration.clone());
        register(registry, &REQUESTS_IN_FLIGHT, requests.in_flight.clone());
        requests
    }

    /// Notes the start of a request for `handler`, which is one of a fixed set.
    pub fn begin(&self, handler: &'static str) -> InFlight {
        self.in_flight.inc();
        InFlight { requests: self.clone(), handler, began: Instant::now() }
    }
}

impl InFlight {
    /// Notes the answer's status and the time it took.
    pub fn answered(self, status: StatusCode) {
        let labels = AnswerLabels { handler: self.handler, code: status.as_u16() };
        self.requests.answered.get_or_create(&labels).inc();
        let duration = self.requests.duration.get_or_create(&HandlerLabel { handler: self.handler });
        duration.observe(self.began.elapsed().as_secs_f64());
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.requests.in_flight.dec();
    }
}
