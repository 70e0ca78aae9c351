//! The commands: one file per verb.
//!
//! `supervisor`, `signals` and `state_keeper` belong to the daemon, which `serve` and `demo` run; `daemon` asks one that
//! runs already.

pub mod assets;
pub mod check;
pub mod check_config;
pub mod completions;
pub mod config_schema;
pub mod daemon;
pub mod demo;
pub mod healthcheck;
pub mod probe;
pub mod serve;
pub mod show_config;
pub mod signals;
pub mod state_keeper;
pub mod supervisor;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use thiserror::Error;

use crate::assets::write::WriteError;
use crate::cli::{Cli, Command};
use crate::logging;

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
    /// The configuration cannot be used.
    #[error("load the configuration")]
    Configuration(#[source] AnyError),
    /// What is wrong with the configuration, in many lines for the terminal.
    #[error("use the configuration:\n{0}")]
    Refused(String),
    /// The bundled files could not be written.
    #[error(transparent)]
    Assets(#[from] WriteError),
    /// The simulators could not be started.
    #[error("start the simulators")]
    Demo(#[source] io::Error),
    /// A simulator ended though nobody stopped it.
    #[error("keep the simulators running: {0}")]
    Simulator(String),
    /// No target has that name.
    #[error("probe {0}: the configuration has no target of that name")]
    UnknownTarget(String),
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
        Command::Assets(options) => assets::run(&options),
        Command::Completions(options) => completions::run(&options),
        Command::Demo(options) => {
            logging::start(cli.flags.log_level, cli.flags.log_format);
            demo::run(&options, &cli.flags)
        }
        Command::CheckConfig => print(check_config::check_config(&cli.flags.config_files)),
        Command::ShowConfig => print(show_config::show_config(&cli.flags.config_files)),
        Command::ConfigSchema => print(config_schema::config_schema()),
        Command::Check(options) => check::run(&options, &cli.flags),
        Command::Healthcheck(options) => healthcheck::run(&options, &cli.flags),
        Command::Probe(options) => {
            logging::start(cli.flags.log_level, cli.flags.log_format);
            probe::run(&options, &cli.flags)
        }
    }
}

/// Prints what a command made, or fails with what it complains of.
fn print(text: Result<String, String>) -> Result<ExitCode, CommandError> {
    let text = text.map_err(CommandError::Refused)?;
    writeln!(io::stdout(), "{}", text.trim_end()).map_err(CommandError::Output)?;
    Ok(ExitCode::SUCCESS)
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
        let error = CommandError::UnknownTarget("desk".to_owned());
        assert_eq!(describe(&error), "cannot probe desk: the configuration has no target of that name");
    }
}
