//! Whether the statuses would outlive a restart.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;

use super::encode::descriptor;
use super::families::{STATE_FILE_SUCCESSFUL, STATE_FILE_TIMESTAMP};

/// What became of the writes; nothing without a state file.
#[derive(Debug, Default)]
pub(super) struct StateFile {
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    last_write_succeeded: Option<bool>,
    last_written: Option<Timestamp>,
}

impl StateFile {
    pub(super) fn written(&self, at: Timestamp) {
        let state = State { last_write_succeeded: Some(true), last_written: Some(at) };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    pub(super) fn failed(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).last_write_succeeded = Some(false);
    }
}

impl Collector for StateFile {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(successful) = state.last_write_succeeded {
            let value = ConstGauge::new(u32::from(successful));
            value.encode(descriptor(&mut encoder, &STATE_FILE_SUCCESSFUL, value.metric_type())?)?;
        }
        if let Some(at) = state.last_written {
            let value = ConstGauge::new(at.as_duration().as_secs_f64());
            value.encode(descriptor(&mut encoder, &STATE_FILE_TIMESTAMP, value.metric_type())?)?;
        }
        Ok(())
    }
}
