//! A Prometheus exporter and health-check daemon for the platforms on which companies chat with their customers.
//!
//! One binary, one direction of data:
//!
//! ```text
//!  vendor API ──HTTP──► http_client ──Reply──► platform/<x>/wire ──► platform/<x> ──► Reading
//!             (authentication, budgets,        (pure: status, type,   (which calls,    │ answers with data,
//!              caps, deadlines, failure         body → vendor types)   in what order)   │ failures, or both
//!              classes)                                                                 ▼
//!                                    poll: grid, jitter, deadlines, one loop per target
//!                                                                                       │ one writer per target
//!                                                                                       ▼
//!                                    state: newest data part by part, staleness, counters, channels
//!                                           ── rendered into immutable blocks, one per (family, target)
//!                                    state_file ◄── written when statuses change ───────┤ (read before the first poll)
//!                                                                                       │ atomic swap
//!                                            ┌──────────────────────────────────────────┤ readers never wait
//!                                            ▼                                          ▼
//!                                     exposition: /metrics pages                 server: pages, /probe, /health, …
//! ```
//!
//! | module | owns |
//! |---|---|
//! | `main`, [`cli`], [`command`] | arguments and exit codes; one file per command |
//! | [`logging`] | log messages as logfmt or JSON |
//! | [`assembly`] | the composition root: from a checked configuration to targets that can be polled |
//! | [`assets`] | dashboards, rules, runbooks, a systemd unit and example configurations, embedded at build time |
//! | [`config`] | files → checked values: every default, every message with line and column |
//! | [`platform`] | the contract, the family tables' row type, the one enum and the one match |
//! | `platform/<x>/` | `mod` the collectors and their calls · `config` what can be set · `wire` the vendor's shapes, pure · `families` the table of metric families · `channels` the neutral view · `simulator` the vendor's API for the demo and tests |
//! | [`http_client`] | the one way out: pools, authentication, budgets, caps, failure classes, redaction |
//! | [`poll`] | the only loop of a target, and the check of the own network |
//! | [`state`] | newest data, staleness, counters, recent polls, published snapshots |
//! | [`state_file`] | what the channels' statuses rest on, kept over a restart |
//! | [`channel`] | the vendor-neutral view of a place where a customer can start a chat; pure |
//! | [`exposition`] | blocks, text 0.0.4, OpenMetrics 1.0, protobuf, negotiation, compression, the process's own instruments |
//! | [`health`] | what outsiders may know of the channels: status document, health checks, their description; pure |
//! | [`server`] | hyper: routes, limits, graceful stop; `pages` the status page and the page of each target, with the stream that keeps them up to date |
//! | [`demo`] | a model of a contact centre that drives the four simulators |
//!
//! A fifth platform is one new folder with the same file names, one `mod` line, one line in `platform/any.rs`, and
//! fixtures.

pub mod assembly;
pub mod assets;
pub mod channel;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod demo;
pub mod exposition;
pub mod health;
pub mod http_client;
pub mod instrument;
pub mod logging;
pub mod platform;
pub mod poll;
pub mod secret;
pub mod server;
pub mod state;
pub mod state_file;
