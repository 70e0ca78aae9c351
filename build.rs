//! Tells the crate which source revision and compiler it is built from.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    let unknown = || "unknown".to_owned();
    println!("cargo:rustc-env=WEBCHAT_EXPORTER_REVISION={}", revision().unwrap_or_else(unknown));
    println!("cargo:rustc-env=WEBCHAT_EXPORTER_RUSTVERSION={}", rust_version().unwrap_or_else(unknown));
    println!("cargo:rerun-if-changed=build.rs");
    // The log of HEAD grows with each commit and checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|path| Path::new(path).exists());
    if let Some(log) = log {
        println!("cargo:rerun-if-changed={log}");
    }
}

/// The commit, if the sources are a repository of their own and not merely inside of one.
fn revision() -> Option<String> {
    let root = git(&["rev-parse", "--show-toplevel"])?;
    let here = env::var("CARGO_MANIFEST_DIR").ok()?;
    let same = Path::new(&root).canonicalize().ok()? == Path::new(&here).canonicalize().ok()?;
    same.then(|| git(&["rev-parse", "HEAD"])).flatten()
}

/// The number in `rustc 1.95.0 (59807616e 2026-04-14)`.
fn rust_version() -> Option<String> {
    let text = run(&env::var("RUSTC").ok()?, &["--version"])?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

fn git(arguments: &[&str]) -> Option<String> {
    run("git", arguments)
}

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = output.status.success().then_some(output.stdout)?;
    let text = String::from_utf8(text).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
