//! Configuration: files → checked values, with every default and every message.
//!
//! `load` reads the files into the `raw` types, which are what users type and what the JSON Schema describes; `check`
//! and its siblings make the `checked` types of them or collect every `problem`. `effective` is the way back, with
//! defaults filled in; `external` looks at what a configuration refers to: secrets, certificates, calendars.

pub mod base_url;
pub mod budget;
pub mod calendar;
pub mod checked;
pub mod collector;
pub mod effective;
pub mod filter;
pub mod load;
pub mod located;
pub mod platform;
pub mod problem;
pub mod raw;
pub mod raw_connectivity;
pub mod raw_http;
pub mod raw_schedule;
pub mod raw_thresholds;
pub mod values;

mod check;
mod check_authentication;
mod check_connectivity;
mod check_http;
mod check_maintenance;
mod check_schedule;
mod check_target;
mod check_thresholds;
mod effective_http;
mod explain;
pub(crate) mod external;
mod holidays;
mod labels;
mod masking;

pub use base_url::BaseUrl;
pub use checked::{Config, ConnectivityCheck, ConnectivityConfig, Global, TargetConfig};
pub use collector::{CollectorOptions, CollectorSchedule};
pub use filter::Filter;
pub use load::{content_hash, load, load_text};
pub use located::Located;
pub use platform::PlatformConfig;
pub use problem::{ConfigError, Problem};
pub use values::{ByteSize, HumanDuration, ZoneName};
