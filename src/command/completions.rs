//! `completions SHELL`: a completion script from the definition of the command line.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::{Cli, Completions};
use crate::command::CommandError;

/// Prints the script.
///
/// # Errors
/// Standard output cannot be written to.
pub fn run(options: &Completions) -> Result<ExitCode, CommandError> {
    io::stdout().write_all(&script(options)).map_err(CommandError::Output)?;
    Ok(ExitCode::SUCCESS)
}

fn script(options: &Completions) -> Vec<u8> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, name, &mut script);
    script
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;
    use clap_complete::Shell;

    use super::*;

    #[test]
    fn every_shell_gets_a_script_that_knows_the_commands() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(script(&Completions { shell: *shell })).unwrap();
            assert!(script.contains("check-config"), "{shell}");
        }
    }
}
