//! The one way out: every request to a vendor leaves through here.
//!
//! `settings` what can be configured · `client` the pooled client of a target · `caller` one poll's access to it ·
//! `exchange` a request · `reply` an answer · `failure` the bounded set of what can go wrong.

mod backoff;
pub mod budget;
pub mod caller;
pub mod client;
pub mod exchange;
pub mod failure;
mod host;
mod locked;
pub mod reply;
mod retry_after;
pub mod settings;

pub use budget::RateLimit;
pub use caller::Caller;
pub use client::TargetClient;
pub use exchange::Exchange;
pub use failure::{Failure, Reason};
pub use reply::Reply;
