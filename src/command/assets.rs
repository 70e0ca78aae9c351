//! `assets DIR`: the bundled dashboards, rules, runbooks and example configurations as files.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::assets::bundle::Links;
use crate::assets::write::{Written, write};
use crate::cli::Assets;
use crate::command::CommandError;

/// Writes the files and says how many.
///
/// # Errors
/// Other files of the same names are there, the file system refuses, or standard output cannot be written to.
pub fn run(options: &Assets) -> Result<ExitCode, CommandError> {
    let links = Links { grafana: options.grafana_url.clone(), runbooks: options.runbook_url.clone() };
    let Written { written, unchanged } = write(&options.directory, &links, options.force)?;
    let directory = options.directory.display();
    let start = options.directory.join("deploy").join("README.md");
    writeln!(
        io::stdout(),
        "{written} files written to {directory}, {unchanged} unchanged; {} says what to do with them.",
        start.display()
    )
    .map_err(CommandError::Output)?;
    Ok(ExitCode::SUCCESS)
}
