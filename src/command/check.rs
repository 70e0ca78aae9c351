//! `check TARGET[/CHANNEL]`: one line and an exit code as monitoring plugins have them.
//!
//! | status | exit code |
//! |---|---|
//! | `ok`, `closed`, `maintenance` | 0 OK: nobody has to get up |
//! | `degraded` | 1 WARNING |
//! | `down` | 2 CRITICAL |
//! | `unknown`, and whatever keeps the answer from being known | 3 UNKNOWN |
//!
//! Of several channels the worst decides: CRITICAL, then WARNING, then UNKNOWN, then OK. The performance data has the
//! configured limits as warning and critical ranges. A plugin's range is left above its end, while a limit holds from its
//! value on; for whole numbers of chats and seconds that is one off in the graph, and never in the exit code.
//! Source: Monitoring Plugins Development Guidelines, sections 2.5 and 2.6.

use std::io::{self, Write};
use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::assembly::Assembly;
use crate::channel::status::Status;
use crate::channel::threshold::Signal;
use crate::cli::{Check, Flags};
use crate::clock::Clock;
use crate::command::daemon::Daemon;
use crate::command::{AnyError, CommandError, describe};
use crate::config::load;
use crate::health::document::{Limits, Maintenance};
use crate::health::{ChannelStatus, StatusDocument, TargetStatus};
use crate::poll::poll_once;

/// The word and exit code of a state; a later one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Ok,
    Unknown,
    Warning,
    Critical,
}

impl State {
    fn of(status: Status) -> Self {
        match status {
            Status::Ok | Status::Closed | Status::Maintenance => Self::Ok,
            Status::Degraded => Self::Warning,
            Status::Down => Self::Critical,
            Status::Unknown => Self::Unknown,
        }
    }

    fn word_and_code(self) -> (&'static str, u8) {
        match self {
            Self::Ok => ("OK", 0),
            Self::Warning => ("WARNING", 1),
            Self::Critical => ("CRITICAL", 2),
            Self::Unknown => ("UNKNOWN", 3),
        }
    }
}

/// Checks what was asked for and prints the line.
///
/// # Errors
/// The runtime cannot be built, or standard output cannot be written to; all else is UNKNOWN.
pub fn run(options: &Check, flags: &Flags) -> Result<ExitCode, CommandError> {
    let (target, channel) = match options.channel.split_once('/') {
        Some((target, channel)) => (target, Some(channel)),
        None => (options.channel.as_str(), None),
    };
    let runtime = Runtime::new().map_err(CommandError::Runtime)?;
    let status = match &options.url {
        Some(url) => runtime.block_on(ask(&Daemon::at(url), target)),
        None => runtime.block_on(poll(flags, target)),
    };
    runtime.shutdown_background();
    let (line, code) = match status {
        Ok((status, failure)) => line(&status, channel, failure.as_deref()),
        Err(reason) => unknown(&reason),
    };
    writeln!(io::stdout(), "{line}").map_err(CommandError::Output)?;
    Ok(ExitCode::from(code))
}

/// What a running daemon knows of the target.
async fn ask(daemon: &Daemon, target: &str) -> Result<(TargetStatus, Option<String>), String> {
    let document: StatusDocument =
        daemon.document("/api/v1/status").await.map_err(|error| describe(&error))?;
    let found = document.targets.into_iter().find(|known| known.name == target);
    let found = found.ok_or_else(|| format!("the daemon has no target of the name {target:?}"))?;
    Ok((found, None))
}

/// What one poll of the target brings, and the first of its failures.
async fn poll(flags: &Flags, target: &str) -> Result<(TargetStatus, Option<String>), String> {
    let refused = |error: AnyError| describe(&CommandError::Configuration(error));
    let config = load(&flags.config_files).map_err(|error| refused(error.into()))?;
    let loaded = Assembly::new().build(&config).map_err(|error| refused(error.into()))?;
    let setup = loaded.setups.iter().find(|setup| setup.config.name == target);
    let setup = setup.ok_or_else(|| format!("the configuration has no target of the name {target:?}"))?;
    let once = poll_once(setup, Clock::System).await;
    Ok((TargetStatus::of(&once.snapshot), once.failures.into_iter().next()))
}

/// The line for a target, or for one channel of it, and the exit code.
fn line(target: &TargetStatus, channel: Option<&str>, failure: Option<&str>) -> (String, u8) {
    let channels: Vec<&ChannelStatus> = match channel {
        Some(channel) => target.find(channel),
        None => target.channels.iter().collect(),
    };
    let Some(state) = channels.iter().map(|channel| State::of(channel.status)).max() else {
        let reason = match (channel, failure) {
            (_, Some(failure)) => failure.to_owned(),
            (Some(channel), None) if !target.may_have_more() => {
                format!("{} has no channel with the id or name {channel:?}", target.name)
            }
            _ => format!("nothing is known of the channels of {}", target.name),
        };
        return unknown(&reason);
    };
    let (word, code) = state.word_and_code();
    let mut findings: Vec<&&ChannelStatus> =
        channels.iter().filter(|channel| channel.status != Status::Ok).collect();
    findings.sort_by_key(|channel| std::cmp::Reverse(State::of(channel.status)));
    let mut text = match (channels.as_slice(), findings.as_slice()) {
        ([channel], _) => format!("{}: {}", target.name, describe_channel(channel)),
        (channels, []) => format!("{}: all {} channels are ok", target.name, channels.len()),
        (_, findings) => {
            let findings: Vec<String> = findings.iter().map(|channel| describe_channel(channel)).collect();
            format!("{}: {}", target.name, findings.join("; "))
        }
    };
    text.extend(maintenance_ahead(&channels));
    let data = performance_data(target, &channels);
    let separator = if data.is_empty() { "" } else { " | " };
    (format!("WEBCHAT {word} - {}{separator}{data}", on_one_line(&text)), code)
}

/// What is the matter with a channel, and when that ends if it is maintenance.
fn describe_channel(channel: &ChannelStatus) -> String {
    let is_on = channel.status == Status::Maintenance;
    match channel.maintenance.as_ref().filter(|_| is_on) {
        Some(window) => format!("{}, until {}", channel.describe(), window.end),
        None => channel.describe(),
    }
}

/// The first maintenance window that is ahead, and for how many of the channels.
fn maintenance_ahead(channels: &[&ChannelStatus]) -> Option<String> {
    let not_on = channels.iter().filter(|channel| channel.status != Status::Maintenance);
    let ahead: Vec<&Maintenance> = not_on.filter_map(|channel| channel.maintenance.as_ref()).collect();
    let first = ahead.iter().min_by_key(|window| window.start)?;
    let count = ahead.iter().filter(|window| *window == first).count();
    let of = match channels {
        [_] => String::new(),
        channels => format!(" of {count} of {} channels", channels.len()),
    };
    let description = first.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    Some(format!("; planned maintenance{of} from {} to {}{description}", first.start, first.end))
}

fn unknown(reason: &str) -> (String, u8) {
    let (word, code) = State::Unknown.word_and_code();
    (format!("WEBCHAT {word} - {}", on_one_line(reason)), code)
}

/// Text that neither ends the line nor starts the performance data.
fn on_one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() {
                ' '
            } else if c == '|' {
                '/'
            } else {
                c
            }
        })
        .collect()
}

/// `'label'=value[unit];[warning];[critical]` for every measured value.
fn performance_data(target: &TargetStatus, channels: &[&ChannelStatus]) -> String {
    let mut data = Vec::new();
    for channel in channels {
        for (signal, value) in channel.signals.rows() {
            let label = match channels {
                [_] => signal.to_owned(),
                channels => format!("{} {signal}", unique_name(channel, channels)),
            };
            let limits = target.limits.get(signal).copied().unwrap_or_default();
            let unit = if signal.ends_with("_wait") { "s" } else { "" };
            let mut entry = format!("'{}'={value}{unit}{}", escaped_label(&label), ranges(signal, limits));
            entry.truncate(entry.trim_end_matches(';').len());
            data.push(entry);
        }
    }
    data.join(" ")
}

fn unique_name<'a>(channel: &'a ChannelStatus, channels: &[&ChannelStatus]) -> &'a str {
    let is_unique = channels.iter().filter(|other| other.name == channel.name).count() == 1;
    if is_unique { &channel.name } else { &channel.id }
}

/// A single quote is doubled; `=` ends a label and cannot be escaped.
fn escaped_label(label: &str) -> String {
    on_one_line(label).replace('=', "_").replace('\'', "''")
}

/// The limits as ranges: `60` alerts above 60, `2:` below 2.
fn ranges(signal: &str, limits: Limits) -> String {
    let is_lower = Signal::ALL.into_iter().any(|known| known.label() == signal && known.is_lower_limit());
    let colon = if is_lower { ":" } else { "" };
    let range = |limit: Option<f64>| limit.map(|limit| format!("{limit}{colon}")).unwrap_or_default();
    format!(";{};{}", range(limits.degraded), range(limits.down))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(channels: &str) -> TargetStatus {
        let limits = r#"{"longest_wait":{"degraded":60,"down":600},"agents_online":{"degraded":2,"down":1},"queue_length":{"down":50}}"#;
        serde_json::from_str(&format!(
            r#"{{"name":"desk","platform":"chime","labels":{{}},"up":true,"polled":true,"limits":{limits},"channels":[{channels}]}}"#
        ))
        .unwrap()
    }

    fn channel(id: &str, name: &str, status: &str, signals: &str) -> String {
        let explanation = if status == "ok" { "" } else { r#""explanation":"so it is","# };
        let name = serde_json::to_string(name).unwrap();
        format!(
            r#"{{"id":"{id}","name":{name},"status":"{status}",{explanation}"since":"2026-03-02T12:00:00Z","open":true,"signals":{{{signals}}}}}"#
        )
    }

    #[test]
    fn a_channel_has_its_status_and_performance_data_with_limits() {
        let signals = r#""longest_wait":12,"agents_online":3,"queue_length":4,"utilization":0.5"#;
        let target = target(&channel("1", "IT", "ok", signals));
        let data = "'longest_wait'=12s;60;600 'queue_length'=4;;50 'agents_online'=3;2:;1: 'utilization'=0.5";
        for asked in [None, Some("1"), Some("IT")] {
            assert_eq!(line(&target, asked, None), (format!("WEBCHAT OK - desk: IT is ok | {data}"), 0));
        }
        let refusal = "WEBCHAT UNKNOWN - desk has no channel with the id or name \"HR\"";
        assert_eq!(line(&target, Some("HR"), None), (refusal.to_owned(), 3));
    }

    #[test]
    fn every_status_has_the_exit_code_of_the_table() {
        let cases = [
            ("ok", "WEBCHAT OK - desk: IT is ok", 0),
            ("degraded", "WEBCHAT WARNING - desk: IT is degraded: so it is", 1),
            ("down", "WEBCHAT CRITICAL - desk: IT is down: so it is", 2),
            ("closed", "WEBCHAT OK - desk: IT is closed: so it is", 0),
            ("maintenance", "WEBCHAT OK - desk: IT is in maintenance: so it is", 0),
            ("unknown", "WEBCHAT UNKNOWN - desk: IT is unknown: so it is", 3),
        ];
        for (status, text, code) in cases {
            assert_eq!(line(&target(&channel("1", "IT", status, "")), None, None), (text.to_owned(), code));
        }
    }

    #[test]
    fn the_worst_channel_decides_and_is_told_first() {
        let channels = [
            channel("1", "A", "unknown", ""),
            channel("2", "B", "ok", r#""queue_length":1"#),
            channel("3", "C", "degraded", ""),
            channel("4", "B", "closed", r#""queue_length":2"#),
        ];
        let text = "WEBCHAT WARNING - desk: C is degraded: so it is; A is unknown: so it is; B is closed: so it is \
                    | '2 queue_length'=1;;50 '4 queue_length'=2;;50";
        assert_eq!(line(&target(&channels.join(",")), None, None), (text.to_owned(), 1));
        let all = target(&[channel("1", "A", "ok", ""), channel("2", "B", "ok", "")].join(","));
        assert_eq!(line(&all, None, None), ("WEBCHAT OK - desk: all 2 channels are ok".to_owned(), 0));
    }

    #[test]
    fn names_break_neither_the_line_nor_the_performance_data() {
        let channels =
            [channel("1", "a|b\n'=c", "ok", r#""queue_length":1"#), channel("2", "B", "closed", "")];
        let text = "WEBCHAT OK - desk: B is closed: so it is | 'a/b ''_c queue_length'=1;;50";
        assert_eq!(line(&target(&channels.join(",")), None, None), (text.to_owned(), 0));
        let text = "WEBCHAT OK - desk: a/b '=c is ok | 'queue_length'=1;;50";
        assert_eq!(line(&target(&channels.join(",")), Some("1"), None), (text.to_owned(), 0));
    }

    #[test]
    fn maintenance_is_told_with_its_end_and_ahead_of_time() {
        let planned = |id: &str, status: &str, day: u8| {
            let times = format!(r#""start":"2026-03-{day:02}T22:00:00Z","end":"2026-03-{day:02}T23:00:00Z""#);
            let key = format!(r#""maintenance":{{{times},"description":"database upgrade"}},"open""#);
            channel(id, id, status, "").replace(r#""open""#, &key)
        };
        let line = |channels: &[String]| line(&target(&channels.join(",")), None, None).0;
        assert_eq!(
            line(&[planned("A", "ok", 4)]),
            "WEBCHAT OK - desk: A is ok; planned maintenance from 2026-03-04T22:00:00Z to 2026-03-04T23:00:00Z: database upgrade"
        );
        assert_eq!(
            line(&[planned("A", "maintenance", 2)]),
            "WEBCHAT OK - desk: A is in maintenance: so it is, until 2026-03-02T23:00:00Z"
        );
        let several = [
            planned("A", "maintenance", 2),
            planned("B", "ok", 5),
            planned("C", "ok", 4),
            planned("D", "ok", 4),
        ];
        assert_eq!(
            line(&several),
            "WEBCHAT OK - desk: A is in maintenance: so it is, until 2026-03-02T23:00:00Z; planned maintenance of 2 of 4 \
             channels from 2026-03-04T22:00:00Z to 2026-03-04T23:00:00Z: database upgrade"
        );
    }

    #[test]
    fn without_channels_the_failure_is_told() {
        let (text, code) = line(&target(""), None, Some("queues: GetQueues: connect: refused"));
        assert_eq!((text.as_str(), code), ("WEBCHAT UNKNOWN - queues: GetQueues: connect: refused", 3));
        let text = "WEBCHAT UNKNOWN - nothing is known of the channels of desk";
        assert_eq!(line(&target(""), None, None), (text.to_owned(), 3));
    }
}
