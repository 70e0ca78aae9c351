//! The four platforms, one folder each with the same files, and the contract they fulfil.

pub mod any;
pub mod body;
pub mod catalogue;
pub mod concurrency;
pub mod contract;
pub mod family;
pub mod fields;
pub mod reading;
pub mod timespan;

pub mod chime;
pub mod comm100;
pub mod egain;
pub mod xima;

pub use any::AnyPlatform;
pub use contract::{CollectorRow, Platform};
pub use reading::{Answer, Data, Reading};
