//! Tells the crate which source revision and compiler it is built from, and lists the files it carries for others.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that `webchat_exporter assets` writes.
const ASSETS: [&str; 13] = [
    "alerts/README.md",
    "alerts/alertmanager.example.yml",
    "alerts/runbooks/*.md",
    "alerts/templates/*.tmpl",
    "alerts/webchat.rules.yml",
    "dashboards/README.md",
    "dashboards/webchat-*.json",
    "deploy/README.md",
    "deploy/*.yml",
    "deploy/grafana/provisioning/*/*.yml",
    "deploy/portal/*",
    "deploy/prometheus/*.yml",
    "deploy/systemd/*",
];

fn main() -> Result<(), Box<dyn Error>> {
    let unknown = || "unknown".to_owned();
    println!("cargo:rustc-env=WEBCHAT_EXPORTER_REVISION={}", revision().unwrap_or_else(unknown));
    println!("cargo:rustc-env=WEBCHAT_EXPORTER_RUSTVERSION={}", rust_version().unwrap_or_else(unknown));
    println!("cargo:rerun-if-changed=build.rs");
    // The log of HEAD grows with each commit and checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|path| Path::new(path).exists());
    if let Some(log) = log {
        println!("cargo:rerun-if-changed={log}");
    }
    write_assets()
}

/// Defines `ASSETS` for the module `assets::bundle`: the paths, sorted, with what is in the files.
fn write_assets() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut paths = Vec::new();
    for pattern in ASSETS {
        // A file that is new to a directory shows in the directory.
        let directory = pattern.split('*').next().and_then(|start| start.rsplit_once('/'));
        println!("cargo:rerun-if-changed={}", directory.map_or(".", |(directory, _)| directory));
        let pattern = format!("{}/{pattern}", glob::Pattern::escape(&root.display().to_string()));
        for path in glob::glob(&pattern)? {
            paths.push(path?);
        }
    }
    paths.sort();
    let mut list = String::from("static ASSETS: &[Asset] = &[\n");
    for path in paths.iter().filter(|path| path.is_file()) {
        let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        writeln!(
            list,
            "    Asset {{ path: {name:?}, text: include_str!({:?}) }},",
            path.display().to_string()
        )?;
    }
    list.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("assets.rs"), list)?;
    Ok(())
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
