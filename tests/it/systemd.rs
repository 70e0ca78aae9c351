//! The systemd unit against the program that it runs and the documents that lead people to it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::{CommandFactory, Parser};
use regex::Regex;
use webchat_exporter::cli::{Cli, Command};

const UNIT: &str = "deploy/systemd/webchat_exporter.service";
const FLAGS: &str = "deploy/systemd/webchat_exporter.env";
const PROGRAM: &str = "/usr/local/bin/webchat_exporter";
const CONFIGURATION: &str = "/etc/webchat_exporter/webchat.yml";
const STATE: &str = "/var/lib/webchat_exporter/state.json";

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The values of a setting of the unit, in their order.
fn settings(name: &str) -> Vec<String> {
    let unit = text(UNIT);
    let values = unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    values.map(str::to_owned).collect()
}

/// The variables of the file of flags, all of which are switched off.
fn variables() -> Vec<(String, String)> {
    let file = text(FLAGS);
    let lines = file.lines().filter(|line| line.contains('='));
    lines
        .map(|line| line.strip_prefix('#').unwrap_or_else(|| panic!("{line} is switched on")))
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The documents that speak of the service.
fn documents() -> Vec<(String, String)> {
    let runbooks = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("alerts/runbooks")).unwrap();
    let names = runbooks.map(|entry| format!("alerts/runbooks/{}", entry.unwrap().file_name().display()));
    let names = names.chain(["README.md", "deploy/README.md", UNIT, FLAGS].map(str::to_owned));
    names.map(|name| (name.clone(), text(&name))).collect()
}

#[test]
fn the_unit_runs_commands_that_the_program_has() {
    let names = ["ExecStartPre", "ExecStart", "ExecReload"];
    let lines: Vec<(&str, String)> =
        names.into_iter().flat_map(|name| settings(name).into_iter().map(move |line| (name, line))).collect();
    let expected = [
        ("ExecStartPre", format!("-{PROGRAM} check-config")),
        ("ExecStart", format!("{PROGRAM} serve")),
        ("ExecReload", "/bin/kill -HUP $MAINPID".to_owned()),
        ("ExecReload", format!("{PROGRAM} check-config")),
    ];
    assert_eq!(lines, expected);
    let commands: Vec<Option<Command>> = lines
        .iter()
        .filter(|(_, line)| line.contains(PROGRAM))
        .map(|(_, line)| Cli::try_parse_from(line.split_whitespace()).unwrap().command)
        .collect();
    let is_expected = matches!(
        commands.as_slice(),
        [Some(Command::CheckConfig), Some(Command::Serve), Some(Command::CheckConfig)]
    );
    assert!(is_expected, "{commands:?}");
}

#[test]
fn the_unit_sets_where_configuration_and_state_are() {
    let expected = [
        format!("WEBCHAT_EXPORTER_CONFIG_FILE={CONFIGURATION}"),
        format!("WEBCHAT_EXPORTER_STATE_FILE={STATE}"),
    ];
    assert_eq!(settings("Environment"), expected);
    let shown: Vec<String> =
        variables().into_iter().take(2).map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(shown, expected);
    assert_eq!(settings("EnvironmentFile"), ["-/etc/default/webchat_exporter"]);
    assert_eq!(settings("StateDirectory"), ["webchat_exporter"]);
}

#[test]
fn the_file_of_flags_has_every_flag_and_values_that_it_takes() {
    let command = Cli::command();
    let mut known = BTreeSet::new();
    for flag in command.get_arguments().filter(|flag| flag.is_global_set()) {
        let (long, name) = (flag.get_long().unwrap(), flag.get_env().unwrap().to_str().unwrap());
        let (_, value) = variables().into_iter().find(|(known, _)| known == name).unwrap_or_default();
        if flag.get_action().takes_values() {
            let line = ["webchat_exporter".to_owned(), format!("--{long}={value}")];
            assert!(Cli::try_parse_from(line).is_ok(), "{name}={value}");
        }
        if let [default] = flag.get_default_values()
            && flag.get_action().takes_values()
            && long != "config.file"
        {
            assert_eq!(default.to_str(), Some(value.as_str()), "{name}");
        }
        known.insert(name.to_owned());
    }
    let listed: Vec<String> = variables().into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed.len(), known.len(), "a variable stands twice or is missing");
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), known);
}

/// What `pattern` finds in its first group, in all documents, with the document's name.
fn found(pattern: &str) -> Vec<(String, String)> {
    let pattern = Regex::new(pattern).unwrap();
    let in_document = |(name, text): (String, String)| {
        let found: Vec<(String, String)> =
            pattern.captures_iter(&text).map(|found| (name.clone(), found[1].to_owned())).collect();
        found
    };
    documents().into_iter().flat_map(in_document).collect()
}

#[test]
fn documents_name_the_paths_of_the_unit() {
    let known = [
        PROGRAM,
        CONFIGURATION,
        STATE,
        "/etc/default/webchat_exporter",
        "/etc/systemd/system/webchat_exporter.service.d",
        "/etc/systemd/system/webchat_exporter.service.d/secrets.conf",
        // A copy of the configuration that a runbook makes and takes away.
        "/etc/webchat_exporter/raised",
        "/etc/webchat_exporter/secrets/NAME",
        "/etc/webchat_exporter/secrets/chime-password",
        "/run/credentials/webchat_exporter.service/NAME",
        "/run/credentials/webchat_exporter.service/chime-password",
        "/var/lib/webchat_exporter",
    ];
    let paths = found(r"((?:/etc|/run|/usr|/var)/(?:[\w.-]+/)*webchat_exporter[\w./-]*)");
    let paths = paths.iter().map(|(name, path)| (name, path.trim_end_matches(['.', '/'])));
    let strange: Vec<_> = paths.clone().filter(|(_, path)| !known.contains(path)).collect();
    assert_eq!(strange, []);
    let named: BTreeSet<&str> = paths.map(|(_, path)| path).collect();
    assert_eq!(named, known.into_iter().collect());
}

#[test]
fn runbooks_name_the_unit_and_its_configuration() {
    let runbooks = |pattern: &str| -> BTreeSet<String> {
        let found = found(pattern).into_iter().filter(|(name, _)| name.starts_with("alerts/"));
        found.map(|(_, what)| what).collect()
    };
    assert_eq!(runbooks(r"--config\.file ([\w./-]*\w)"), [CONFIGURATION.to_owned()].into());
    let units = runbooks(r"(?:journalctl --unit|systemctl [a-z-]+) ([\w.-]+)");
    assert_eq!(units, ["webchat_exporter".to_owned()].into());
}
