//! `demo`: the daemon on simulators of all four vendors, without an account or a configuration file.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::assembly::Assembly;
use crate::cli::{Demo, Flags};
use crate::command::{AnyError, CommandError, serve};
use crate::config::load_text;
use crate::demo::world::World;
use crate::exposition::Own;
use crate::server::ListenAddress;

/// The demo is for whoever sits at this machine, so it listens on loopback unless told otherwise.
const LOOPBACK: &str = "127.0.0.1:10064";

/// Runs the demo until it is stopped.
///
/// # Errors
/// The simulators or the daemon could not start, or a part of them ended unasked.
pub fn run(options: &Demo, flags: &Flags) -> Result<ExitCode, CommandError> {
    let runtime = Runtime::new().map_err(CommandError::Runtime)?;
    let served = runtime.block_on(serve_world(options, flags));
    runtime.shutdown_background();
    served?;
    Ok(ExitCode::SUCCESS)
}

async fn serve_world(options: &Demo, flags: &Flags) -> Result<(), CommandError> {
    let Demo { scenario, seed, speed, time_of_day } = *options;
    let mut world = World::start(scenario, seed, speed, time_of_day).await.map_err(CommandError::Demo)?;
    let configuration = world.configuration();
    let (assembly, own) = (Assembly::new(), Arc::new(Own::new()));
    assembly.register(&own);
    let source = || {
        let config = load_text(Path::new("demo.yml"), &configuration)?;
        Ok::<_, AnyError>(assembly.build(&config)?)
    };
    let addresses = flags.listen_addresses(ListenAddress::Host(LOOPBACK.to_owned()));
    tracing::info!(?scenario, seed, speed, "The vendors are simulated.");
    tokio::select! {
        served = serve::serve(source, own, flags, &addresses) => served?,
        reason = world.ended() => return Err(CommandError::Simulator(reason)),
    }
    world.stop().await;
    Ok(())
}
