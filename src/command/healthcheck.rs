//! `healthcheck`: whether the running daemon works, for a container's HEALTHCHECK.

use std::io::{self, Write};
use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::cli::{Flags, Healthcheck};
use crate::command::daemon::Daemon;
use crate::command::{CommandError, describe, serve};
use crate::server::ListenAddress;

/// Asks `/-/healthy`; exits with 0 for 200 and with 1 for anything else, with one line that says what came.
///
/// # Errors
/// The runtime cannot be built, or standard output cannot be written to.
pub fn run(options: &Healthcheck, flags: &Flags) -> Result<ExitCode, CommandError> {
    let daemon = if let Some(url) = &options.url {
        Daemon::at(url)
    } else {
        let addresses = flags.listen_addresses(ListenAddress::AllInterfaces(serve::DEFAULT_PORT));
        let prefix = serve::route_prefix(flags);
        Daemon::listening_on(&addresses[0], &prefix)
    };
    let runtime = Runtime::new().map_err(CommandError::Runtime)?;
    let asked = runtime.block_on(daemon.get("/-/healthy"));
    runtime.shutdown_background();
    let (line, code) = match asked {
        Ok((status, body)) if status.is_success() => {
            (String::from_utf8_lossy(&body).into_owned(), ExitCode::SUCCESS)
        }
        Ok((status, body)) => {
            (format!("{}: {}", status.as_u16(), String::from_utf8_lossy(&body)), ExitCode::FAILURE)
        }
        Err(error) => (describe(&error), ExitCode::FAILURE),
    };
    writeln!(io::stdout(), "{}", line.lines().next().unwrap_or_default()).map_err(CommandError::Output)?;
    Ok(code)
}
