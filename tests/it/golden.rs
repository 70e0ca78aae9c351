//! Golden expositions: a folder per platform and case, served by a vendor of files, polled once, compared whole.
//!
//! A new case is a new folder under `tests/fixtures/<platform>/`: `target.yml` (one entry of `targets:`, with
//! `http://vendor.test` for the server), one `.http` file per answer, and `expected.prom`, which
//! `UPDATE_GOLDEN=1` writes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use webchat_exporter::assembly::Assembly;
use webchat_exporter::clock::Clock;
use webchat_exporter::config::load_text;
use webchat_exporter::exposition::{Format, Selection, page};
use webchat_exporter::poll::poll_once;

use crate::vendor::Vendor;

const PLATFORMS: [&str; 4] = ["chime", "comm100", "egain", "xima"];

/// When all cases are polled.
const NOW: &str = "2026-03-02T12:00:00Z";

#[tokio::test]
async fn every_case_gives_the_exposition_beside_it() {
    let mut wrong = Vec::new();
    for folder in cases() {
        let page = poll(&folder).await;
        let golden = folder.join("expected.prom");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &page).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if page != expected {
            wrong.push(format!("{}:\n{}", golden.display(), first_difference(&expected, &page)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = PLATFORMS.iter().flat_map(|platform| std::fs::read_dir(root.join(platform)).unwrap());
    let mut cases: Vec<PathBuf> =
        folders.map(|entry| entry.unwrap().path()).filter(|path| path.join("target.yml").exists()).collect();
    cases.sort();
    assert!(cases.len() >= PLATFORMS.len(), "the fixtures are missing");
    cases
}

async fn poll(folder: &Path) -> String {
    let vendor = Vendor::serve(folder).await;
    let target = std::fs::read_to_string(folder.join("target.yml")).unwrap();
    let target = target.replace("http://vendor.test", &format!("http://{}", vendor.address));
    let lines: Vec<&str> = target.lines().filter(|line| !line.starts_with('#')).collect();
    let config = load_text(&folder.join("target.yml"), &format!("targets:\n- {}\n", lines.join("\n  ")))
        .unwrap_or_else(|error| panic!("{error}"));
    let loaded = Assembly::new().build(&config).unwrap();
    let clock = Clock::StoppedAt(NOW.parse::<Timestamp>().unwrap());
    let once = poll_once(&loaded.setups[0], clock).await;
    assert_eq!(vendor.unexpected(), [""; 0], "{}: no file answers these", folder.display());
    let page = page::render(&[Arc::new(once.snapshot)], &Selection::default(), Format::Classic);
    let page = String::from_utf8(page).unwrap().replace(&vendor.address.to_string(), "vendor.test");
    let failures = once.failures.iter().flat_map(|failure| ["# failed: ", failure, "\n"]).collect::<String>();
    failures.replace(&vendor.address.to_string(), "vendor.test") + &without_times(&page)
}

/// Puts a fixed value in place of durations and of timestamps of polls, which no two runs share.
fn without_times(page: &str) -> String {
    let unstable =
        ["webchat_collector_duration_seconds{", "webchat_collector_last_success_timestamp_seconds{"];
    page.lines()
        .map(|line| match line.rsplit_once(' ') {
            Some((series, _)) if unstable.iter().any(|name| line.starts_with(name)) => {
                format!("{series} 0\n")
            }
            _ => format!("{line}\n"),
        })
        .collect()
}

fn first_difference(expected: &str, page: &str) -> String {
    let pairs = expected.lines().map(Some).chain(std::iter::repeat(None));
    let mut pairs = pairs.zip(page.lines().map(Some).chain([None])).enumerate();
    let different = pairs.find(|(_, (expected, line))| expected != line);
    different.map_or_else(
        || format!("the page ends before line {} of the golden file", page.lines().count() + 1),
        |(index, (expected, line))| {
            format!(
                "line {}\n  expected {}\n  but got  {}",
                index + 1,
                expected.unwrap_or(""),
                line.unwrap_or("")
            )
        },
    )
}
