//! `probe`: polls one target once and prints what a scrape of it would show.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::assembly::Assembly;
use crate::cli::{Flags, Probe};
use crate::clock::Clock;
use crate::command::CommandError;
use crate::config::load;
use crate::exposition::{Format, Selection, page};
use crate::poll::{Once, poll_once};

/// Polls the target and prints its exposition; exits with 1 if any request failed.
///
/// Every failure stands before it as a comment, and with `--debug` every exchange as well.
///
/// # Errors
/// The configuration is refused, or has no such target.
pub fn run(options: &Probe, flags: &Flags) -> Result<ExitCode, CommandError> {
    let config = load(&flags.config_files).map_err(|error| CommandError::Configuration(error.into()))?;
    let loaded = Assembly::new().build(&config).map_err(|error| CommandError::Configuration(error.into()))?;
    let setup = loaded
        .setups
        .iter()
        .find(|setup| setup.config.name == options.target)
        .ok_or_else(|| CommandError::UnknownTarget(options.target.clone()))?;
    let runtime = Runtime::new().map_err(CommandError::Runtime)?;
    let once = runtime.block_on(poll_once(setup, Clock::System));
    runtime.shutdown_background();
    let failed = !once.failures.is_empty();
    print(once, options.debug).map_err(CommandError::Output)?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(once: Once, debug: bool) -> io::Result<()> {
    let mut output = io::stdout().lock();
    if debug {
        for line in &once.transcript {
            writeln!(output, "# {line}")?;
        }
    }
    for failure in &once.failures {
        writeln!(output, "# failed: {failure}")?;
    }
    output.write_all(&page::render(&[Arc::new(once.snapshot)], &Selection::default(), Format::Classic))?;
    output.flush()
}
