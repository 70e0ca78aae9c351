//! What became of the configuration when it was last read.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;

use super::encode::descriptor;
use super::families::{CONFIG_INFO, RELOAD_SUCCESSFUL, RELOAD_TIMESTAMP};

/// The configuration in force; nothing until the first one was read.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    in_force: Option<(String, Timestamp)>,
    last_read_succeeded: Option<bool>,
}

impl Configuration {
    pub(super) fn loaded(&self, hash: &str, at: Timestamp) {
        let state = State { in_force: Some((hash.to_owned(), at)), last_read_succeeded: Some(true) };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    pub(super) fn refused(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).last_read_succeeded = Some(false);
    }
}

impl Collector for Configuration {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(successful) = state.last_read_succeeded {
            let value = ConstGauge::new(u32::from(successful));
            value.encode(descriptor(&mut encoder, &RELOAD_SUCCESSFUL, value.metric_type())?)?;
        }
        if let Some((hash, at)) = state.in_force {
            let value = ConstGauge::new(at.as_duration().as_secs_f64());
            value.encode(descriptor(&mut encoder, &RELOAD_TIMESTAMP, value.metric_type())?)?;
            let value = Info::new([("hash", hash)]);
            value.encode(descriptor(&mut encoder, &CONFIG_INFO, value.metric_type())?)?;
        }
        Ok(())
    }
}
