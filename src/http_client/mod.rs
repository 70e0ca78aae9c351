//! The one way out: every request to a vendor leaves through here.
//!
//! Contract: `settings` what can be configured · `pool` what all targets share · `client` the client of a target ·
//! `caller` one poll's access to it · `exchange` a request · `reply` an answer · `failure` the bounded set of what can go
//! wrong · `record` what was asked, for people · `reach` asks whether anybody answers at all.
//!
//! Inside, from the client down: `authentication`, `oauth` and `token` prove who we are · `redirect` decides where a
//! redirect may lead · `refusals` knows what was forbidden · `transport` makes one exchange · `host` and `budget` decide whether and when it may go ·
//! `connection`, `tls` and `verifier` connect · `body` reads under the cap · `classify` names what broke · `observer`
//! counts · `backoff`, `retry_after` and `locked` serve them all.

mod authentication;
mod backoff;
mod body;
mod budget;
pub mod caller;
mod classify;
pub mod client;
pub mod connection;
pub mod exchange;
pub mod failure;
mod host;
mod locked;
#[cfg(test)]
pub(crate) mod loopback;
mod oauth;
mod observer;
pub mod pool;
pub mod reach;
pub mod record;
mod redirect;
mod refusals;
pub mod reply;
mod retry_after;
pub mod settings;
pub mod tls;
mod token;
mod transport;
mod verifier;

pub use caller::Caller;
pub use client::TargetClient;
pub use connection::ClientError;
pub use exchange::Exchange;
pub use failure::{Failure, Reason};
pub use observer::INSTRUMENTS;
pub use pool::ClientPool;
pub use reach::Reach;
pub use record::ExchangeRecord;
pub use reply::Reply;
