//! The commands: one file per verb.
//!
//! `supervisor` and `signals` belong to the daemon, which `serve` and `demo` run.

pub mod check_config;
pub mod completions;
pub mod config_schema;
pub mod serve;
pub mod show_config;
pub mod signals;
pub mod supervisor;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use thiserror::Error;

use crate::cli::{Cli, Command};
use crate::logging;
use crate::poll::engine::TargetSetup;

/// Any error, as the source of one of ours.
pub type AnyError = Box<dyn Error + Send + Sync>;

/// Why a command failed; reads well after "cannot".
#[derive(Debug, Error)]
pub enum CommandError {
    /// The daemon could not start, or ended unasked.
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    /// The asynchronous runtime could not be built.
    #[error("start the runtime")]
    Runtime(#[source] io::Error),
    /// Standard output could not be written to.
    #[error("write to standard output")]
    Output(#[source] io::Error),
    /// The command is not part of this build.
    #[error("run {0}: it is not part of this build")]
    Missing(&'static str),
}

/// A configuration that was read, checked and built: all that is needed to put it in force.
#[derive(Debug)]
pub struct Loaded {
    /// Hash of the configuration's content.
    pub hash: String,
    /// The targets, in the configuration's order.
    pub setups: Vec<TargetSetup>,
}

/// Runs the command.
///
/// # Errors
/// The command could not do what it is for; exit code 1.
pub fn run(cli: Cli) -> Result<ExitCode, CommandError> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            logging::start(cli.flags.log_level, cli.flags.log_format);
            serve::run(&cli.flags)
        }
        Command::Completions(options) => completions::run(&options),
        Command::Demo(_) => Err(CommandError::Missing("demo")),
        Command::CheckConfig => Err(CommandError::Missing("check-config")),
        Command::ShowConfig => Err(CommandError::Missing("show-config")),
        Command::ConfigSchema => Err(CommandError::Missing("config-schema")),
        Command::Probe(_) => Err(CommandError::Missing("probe")),
    }
}

/// An error and what caused it, on one line, after "cannot".
pub fn describe(error: &dyn Error) -> String {
    let mut text = format!("cannot {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_causes_on_one_line() {
        let error = CommandError::Runtime(io::Error::other("no threads left"));
        assert_eq!(describe(&error), "cannot start the runtime: no threads left");
        assert_eq!(describe(&CommandError::Missing("demo")), "cannot run demo: it is not part of this build");
    }
}
