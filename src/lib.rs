//! A Prometheus exporter and health-check daemon for the platforms on which companies chat with their customers.
pub mod channel;
pub mod clock;
pub mod config;
pub mod demo;
pub mod exposition;
pub mod http_client;
pub mod platform;
pub mod poll;
pub mod secret;
pub mod state;
