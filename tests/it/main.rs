//! Tests of the whole crate from the outside, in one binary.

#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod assets;
mod canary;
mod check;
mod config;
mod connectivity;
mod daemon;
mod deploy;
mod engine;
mod families;
mod fault_server;
mod faults;
mod golden;
mod health;
mod pages;
mod polls;
mod promql;
mod readme;
mod server;
mod state_file;
mod status;
mod support;
mod systemd;
mod vendor;
