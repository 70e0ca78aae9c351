//! The `webchat_exporter` binary.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use webchat_exporter::cli::Cli;
use webchat_exporter::command;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and the version come this way too, with code 0; usage errors with 2.
        Err(message) => {
            // Nobody can be told that the terminal is gone.
            drop(message.print());
            return u8::try_from(message.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    command::run(cli).unwrap_or_else(|error| {
        drop(writeln!(io::stderr(), "webchat_exporter: {}", command::describe(&error)));
        ExitCode::FAILURE
    })
}
