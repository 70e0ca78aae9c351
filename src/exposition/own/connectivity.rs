//! What the check of this exporter's own network found.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;

use super::encode::descriptor;
use super::families::CONNECTIVITY_UP;
use crate::state::Store;

/// Reads the store at each scrape; nothing without a check, and before the first one ended.
#[derive(Clone, Debug)]
pub(super) struct ConnectivityCollector(pub(super) Arc<Store>);

impl Collector for ConnectivityCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let outcome = self.0.connectivity().and_then(|connectivity| connectivity.outcome);
        let Some(outcome) = outcome else { return Ok(()) };
        let value = ConstGauge::new(u32::from(outcome.up));
        value.encode(descriptor(&mut encoder, &CONNECTIVITY_UP, value.metric_type())?)
    }
}
