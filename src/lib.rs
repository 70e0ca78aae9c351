//! A Prometheus exporter and health-check daemon for the platforms on which companies chat with their customers.
pub mod channel;
pub mod config;
pub mod demo;
pub mod http_client;
pub mod platform;
pub mod secret;
