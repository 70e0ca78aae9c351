//! Tests of the whole crate from the outside, in one binary.

<<<<<<< HEAD
#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod config;
=======
mod daemon;
>>>>>>> 5300651 (Add the command line, logging and the daemon's frame)
mod server;
