//! The HTTP server: hyper over TCP and Unix sockets, one file per route family.
//!
//! `listen` addresses and sockets · `connection` what happens on one · `stalled` clients who do not read · `run`
//! accepting and stopping · `app` what the routes share · `routes` from a request to an answer · `answer` and `body` how
//! answers look · `conditional` answers that clients keep · `cors` whose scripts may read them · `reports` documents made
//! once · then the routes.

mod answer;
mod app;
mod badge;
mod body;
mod channels;
mod conditional;
mod connection;
mod cors;
mod discovery;
mod health;
mod html;
mod listen;
mod metrics;
mod pages;
mod probe;
mod reload;
mod reports;
mod routes;
mod run;
mod settings;
mod stalled;
mod stream;

pub use app::App;
pub use cors::Origin;
pub use listen::{BindError, ListenAddress};
pub use run::Server;
pub use settings::{ReloadRequest, RoutePrefix, WebSettings};
