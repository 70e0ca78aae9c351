//! What the README says, against the tables and the program it describes.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory;

use webchat_exporter::cli::Cli;
use webchat_exporter::exposition::own::own_families;
use webchat_exporter::http_client::INSTRUMENTS;
use webchat_exporter::platform::catalogue::catalogue;
use webchat_exporter::platform::family::{Family, Kind};

/// Headings of the metrics reference and the prefixes of the families below them.
const SECTIONS: [(&str, &str); 8] = [
    ("Targets and collectors", "webchat_target_ webchat_collector_"),
    ("API hosts and requests", "webchat_api_"),
    ("Channels", "webchat_channel_"),
    ("Chime", "chime_"),
    ("Comm100", "comm100_"),
    ("eGain / Cisco ECE", "egain_"),
    ("Xima", "xima_"),
    ("The process", "webchat_exporter_ webchat_connectivity_ process_"),
];

struct Row {
    name: String,
    kind: &'static str,
    labels: Vec<&'static str>,
    help: String,
}

#[test]
fn the_metrics_reference_is_that_of_the_family_tables() {
    holds("metrics", &metrics_reference());
}

#[test]
fn commands_and_flags_are_those_of_the_program() {
    holds("flags", &flags());
}

/// Compares a generated part of the README, or writes it with `UPDATE_README` set.
fn holds(part: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (start, end) = (format!("<!-- {part}:start -->\n"), format!("<!-- {part}:end -->"));
    let from = readme.find(&start).expect("the README has the start marker") + start.len();
    let to = from + readme[from..].find(&end).expect("the README has the end marker");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, format!("{}{expected}{}", &readme[..from], &readme[to..])).unwrap();
    } else {
        assert_eq!(&readme[from..to], expected, "run `UPDATE_README=1 cargo test --test it readme`");
    }
}

fn metrics_reference() -> String {
    let rows = rows();
    let mut text = String::new();
    let mut written = 0;
    for (heading, prefixes) in SECTIONS {
        write!(text, "\n### {heading}\n\n| family | type | labels | meaning |\n|---|---|---|---|\n").unwrap();
        for row in rows.iter().filter(|row| prefixes.split(' ').any(|prefix| row.name.starts_with(prefix))) {
            let labels: Vec<String> = row.labels.iter().map(|label| format!("`{label}`")).collect();
            let help = row.help.replace('|', "\\|");
            writeln!(text, "| `{}` | {} | {} | {help} |", row.name, row.kind, labels.join(", ")).unwrap();
            written += 1;
        }
    }
    assert_eq!(written, rows.len(), "a family belongs to no section or to two");
    text + "\n"
}

fn rows() -> Vec<Row> {
    let of_targets = catalogue().families().iter().map(|family| Row {
        name: family.name.to_owned(),
        kind: kind(family),
        labels: family.labels.to_vec(),
        help: family.help.to_owned(),
    });
    let own = INSTRUMENTS.iter().chain(own_families()).map(|family| Row {
        name: family.name.to_owned(),
        kind: family.kind,
        labels: family.labels.to_vec(),
        help: family.help.to_owned(),
    });
    of_targets.chain(own).collect()
}

fn kind(family: &Family) -> &'static str {
    match family.kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
        Kind::Info => "info",
    }
}

fn flags() -> String {
    let command = Cli::command();
    let mut text = String::from("\n| command | |\n|---|---|\n");
    for verb in command.get_subcommands() {
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        writeln!(text, "| `{}` | {about} |", verb.get_name()).unwrap();
    }
    text.push_str("\n| flag | default | |\n|---|---|---|\n");
    for flag in command.get_arguments().filter(|flag| flag.is_global_set()) {
        let default: Vec<String> =
            flag.get_default_values().iter().map(|value| format!("`{}`", value.display())).collect();
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
        writeln!(text, "| `--{}` | {} | {help} |", flag.get_long().unwrap(), default.join(", ")).unwrap();
    }
    text + "\n"
}
