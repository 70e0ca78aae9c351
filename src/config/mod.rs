//! Configuration: files → checked values, with every default and every message.

pub mod base_url;
pub mod collector;
pub mod filter;
pub mod values;

pub use base_url::BaseUrl;
pub use collector::CollectorOptions;
pub use filter::Filter;
pub use values::{ByteSize, HumanDuration, ZoneName};
