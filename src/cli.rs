//! The command line: flags by the conventions of Prometheus' exporters, and the commands.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::civil::Time;
use url::Url;

use crate::demo::Scenario;
use crate::server::{ListenAddress, Origin, RoutePrefix, WebSettings};

/// The configuration file that is read unless another is named.
const DEFAULT_CONFIGURATION: &str = "webchat.yml";

/// Prometheus exporter and health-check daemon for customer chat platforms: Chime, Comm100, eGain / Cisco ECE and Xima.
#[derive(Clone, Debug, Parser)]
#[command(name = "webchat_exporter", version)]
pub struct Cli {
    /// Flags that stand before or after the command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do; the daemon if nothing is given.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of all commands. Each has an environment form: dots and dashes become underscores.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Configuration file or glob; may be given several times, the files are merged.
    #[arg(
        long = "config.file",
        env = "WEBCHAT_EXPORTER_CONFIG_FILE",
        value_name = "FILE",
        default_value = DEFAULT_CONFIGURATION,
        global = true
    )]
    pub config_files: Vec<String>,

    /// Where to listen: :PORT, HOST:PORT or `unix:/path`; may be given several times, in the environment with commas.
    /// By default :10064, and for the demo 127.0.0.1:10064.
    #[arg(
        long = "web.listen-address",
        env = "WEBCHAT_EXPORTER_WEB_LISTEN_ADDRESS",
        value_name = "ADDRESS",
        value_delimiter = ',',
        global = true
    )]
    pub listen_on: Vec<ListenAddress>,

    /// URL under which clients reach this server, for example behind a reverse proxy.
    #[arg(
        long = "web.external-url",
        env = "WEBCHAT_EXPORTER_WEB_EXTERNAL_URL",
        value_name = "URL",
        value_parser = external_url,
        global = true
    )]
    pub external_url: Option<Url>,

    /// What the paths of all endpoints begin with; by default the path of --web.external-url.
    #[arg(
        long = "web.route-prefix",
        env = "WEBCHAT_EXPORTER_WEB_ROUTE_PREFIX",
        value_name = "PATH",
        global = true
    )]
    pub route_prefix: Option<RoutePrefix>,

    /// Allow POST /-/reload.
    #[arg(
        long = "web.enable-lifecycle",
        env = "WEBCHAT_EXPORTER_WEB_ENABLE_LIFECYCLE",
        value_parser = clap::builder::BoolishValueParser::new(),
        global = true
    )]
    pub enable_lifecycle: bool,

    /// Scrapes and probes at once; above, the answer is 503.
    #[arg(
        long = "web.max-requests",
        env = "WEBCHAT_EXPORTER_WEB_MAX_REQUESTS",
        value_name = "NUMBER",
        default_value_t = WebSettings::MAX_REQUESTS,
        global = true
    )]
    pub max_requests: usize,

    /// Web site whose scripts may read /health, /badge and /api, such as `https://www.example.com`; may be given several
    /// times, in the environment with commas.
    #[arg(
        long = "web.cors-origin",
        env = "WEBCHAT_EXPORTER_WEB_CORS_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ',',
        global = true
    )]
    pub cors_origins: Vec<Origin>,

    /// File in which the statuses of channels outlive a restart; its directory has to be there. By default they do not.
    #[arg(long = "state.file", env = "WEBCHAT_EXPORTER_STATE_FILE", value_name = "FILE", global = true)]
    pub state_file: Option<PathBuf>,

    /// The least severe messages to log.
    #[arg(
        long = "log.level",
        env = "WEBCHAT_EXPORTER_LOG_LEVEL",
        value_name = "LEVEL",
        default_value = "info",
        global = true
    )]
    pub log_level: LogLevel,

    /// How messages are written to standard error.
    #[arg(
        long = "log.format",
        env = "WEBCHAT_EXPORTER_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "logfmt",
        global = true
    )]
    pub log_format: LogFormat,
}

impl Flags {
    /// Whether a configuration file is named, or the one of the default name exists.
    pub fn names_configuration(&self) -> bool {
        self.config_files != [DEFAULT_CONFIGURATION] || Path::new(DEFAULT_CONFIGURATION).exists()
    }

    /// The addresses given, or `default` where none was.
    pub fn listen_addresses(&self, default: ListenAddress) -> Vec<ListenAddress> {
        if self.listen_on.is_empty() { vec![default] } else { self.listen_on.clone() }
    }
}

/// What the program does.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Poll all targets and serve metrics; the default.
    Serve,
    /// Serve live data of simulated vendors: needs neither an account nor a configuration file.
    Demo(Demo),
    /// Read the configuration and everything it refers to, and say what is wrong with it.
    CheckConfig,
    /// Print the effective configuration: defaults filled in, secrets masked.
    ShowConfig,
    /// Print the JSON Schema of the configuration, for editors.
    ConfigSchema,
    /// Poll a target once and print its metrics.
    Probe(Probe),
    /// Say how a target or channel is, as a monitoring plugin does: one line, exit code 0 to 3.
    Check(Check),
    /// Ask the running daemon whether it works; exit code 0 or 1.
    Healthcheck(Healthcheck),
    /// Write the bundled dashboards, alert rules, runbooks and example configurations into a directory.
    Assets(Assets),
    /// Print a completion script for a shell.
    Completions(Completions),
}

/// Options of `demo`.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// What happens in the simulated contact centre.
    #[arg(long, value_enum, default_value = "normal")]
    pub scenario: Scenario,
    /// The same seed gives the same events.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// Simulated seconds per second.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Time of the centre's working day at which the demo starts, whatever the clock says; by default UTC from 08:00 to
    /// 18:00, else 10:30.
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub time_of_day: Option<Time>,
}

/// Options of `probe`.
#[derive(Args, Clone, Debug)]
pub struct Probe {
    /// Name of a target in the configuration.
    pub target: String,
    /// Print every exchange with the vendor as well, secrets left out.
    #[arg(long)]
    pub debug: bool,
}

/// Options of `check`.
#[derive(Args, Clone, Debug)]
pub struct Check {
    /// Name of a target in the configuration, or of one of its channels: TARGET or TARGET/CHANNEL, by id or name.
    #[arg(value_name = "TARGET[/CHANNEL]")]
    pub channel: String,
    /// Ask the daemon that runs there, such as `http://localhost:10064`; without it the target is polled once.
    #[arg(long, value_name = "URL", value_parser = external_url)]
    pub url: Option<Url>,
}

/// Options of `healthcheck`.
#[derive(Args, Clone, Debug)]
pub struct Healthcheck {
    /// Where the daemon runs; by default the first listen address.
    #[arg(long, value_name = "URL", value_parser = external_url)]
    pub url: Option<Url>,
}

/// Options of `assets`.
#[derive(Args, Clone, Debug)]
pub struct Assets {
    /// Where to write; made where it is missing.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Overwrite files that hold something else.
    #[arg(long)]
    pub force: bool,
    /// Where your Grafana is, for links from alerts to dashboards; by default `https://grafana.example.com`.
    #[arg(long, value_name = "URL", value_parser = base_url)]
    pub grafana_url: Option<Url>,
    /// Where you keep the runbooks, for links from alerts; by default
    /// `https://example.com/webchat_exporter/alerts/runbooks`.
    #[arg(long, value_name = "URL", value_parser = base_url)]
    pub runbook_url: Option<Url>,
}

/// Options of `completions`.
#[derive(Args, Clone, Debug)]
pub struct Completions {
    /// The shell that will read the script.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The least severe messages that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What the process cannot go on with.
    Error,
    /// What somebody should look at.
    Warn,
    /// Starts, stops and recoveries.
    Info,
    /// Every poll.
    Debug,
    /// Everything.
    Trace,
}

/// How log messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `ts=… level=… msg="…" key=value`.
    Logfmt,
    /// One JSON object per line.
    Json,
}

fn external_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err("not an http or https URL".to_owned())
    }
}

/// A URL to which paths are added.
fn base_url(text: &str) -> Result<Url, String> {
    let url = external_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        Err("a base of links has neither a query nor a fragment".to_owned())
    } else if !url.username().is_empty() || url.password().is_some() {
        Err("a base of links has no credentials".to_owned())
    } else {
        Ok(url)
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    // Beyond this the simulation spends its time on events that no poll can see.
    if (0.01..=3600.0).contains(&speed) { Ok(speed) } else { Err("not between 0.01 and 3600".to_owned()) }
}

fn time_of_day(text: &str) -> Result<Time, String> {
    // Written again it is the same, so that there is one way to write each.
    let time = Time::strptime("%H:%M", text).ok().filter(|time| time.strftime("%H:%M").to_string() == text);
    time.ok_or_else(|| "not a time of day from 00:00 to 23:59".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split_whitespace()).unwrap()
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_the_environment_form_of_its_name() {
        let command = Cli::command();
        let flags: Vec<_> = command.get_arguments().filter(|flag| flag.is_global_set()).collect();
        assert_eq!(flags.len(), 10);
        for flag in flags {
            let name = flag.get_long().unwrap().to_uppercase().replace(['.', '-'], "_");
            let expected = format!("WEBCHAT_EXPORTER_{name}");
            assert_eq!(flag.get_env().unwrap().to_str(), Some(expected.as_str()));
        }
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        let flags = "--config.file a.yml --config.file=b.yml --web.listen-address :1 \
                     --web.listen-address unix:/x --log.level debug --web.enable-lifecycle";
        for line in [format!("x {flags} serve"), format!("x serve {flags}"), format!("x {flags}")] {
            let Cli { flags, .. } = parse(&line);
            assert_eq!(flags.config_files, ["a.yml", "b.yml"], "{line}");
            let addresses = [ListenAddress::AllInterfaces(1), ListenAddress::Unix("/x".into())];
            assert_eq!(flags.listen_on, addresses, "{line}");
            assert_eq!(flags.log_level, LogLevel::Debug, "{line}");
            assert!(flags.enable_lifecycle, "{line}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_documentation() {
        let Cli { flags, command } = parse("x");
        assert!(command.is_none());
        assert_eq!(flags.config_files, ["webchat.yml"]);
        let default = ListenAddress::AllInterfaces(10_064);
        assert_eq!(flags.listen_addresses(default.clone()), [default]);
        assert_eq!((flags.external_url, flags.route_prefix, flags.state_file), (None, None, None));
        assert_eq!((flags.enable_lifecycle, flags.max_requests), (false, 40));
        assert_eq!((flags.log_level, flags.log_format), (LogLevel::Info, LogFormat::Logfmt));
    }

    #[test]
    fn commands_take_their_options() {
        let demo = parse("x demo --scenario surge --seed 7 --speed 60 --time-of-day 10:30").command;
        let Some(Command::Demo(Demo { scenario, seed, speed, time_of_day })) = demo else {
            panic!("{demo:?}")
        };
        assert_eq!((scenario, seed, speed.to_string().as_str()), (Scenario::Surge, 7, "60"));
        assert_eq!(time_of_day, Some(Time::constant(10, 30, 0, 0)));
        let probe = parse("x probe desk --debug").command;
        assert!(
            matches!(probe, Some(Command::Probe(Probe { target, debug: true })) if target == "desk"),
            "probe takes a target"
        );
        for line in ["x check-config", "x show-config", "x config-schema", "x completions fish", "x demo"] {
            assert!(parse(line).command.is_some(), "{line}");
        }
    }

    #[test]
    fn a_time_of_day_is_written_with_four_digits() {
        for text in ["00:00", "08:05", "23:59"] {
            let time = super::time_of_day(text).unwrap();
            assert_eq!(time.strftime("%H:%M").to_string(), text);
        }
        for text in [
            "24:00",
            "10:60",
            "9:30",
            " 9:30",
            "+9:30",
            "10:3",
            "1030",
            "10:30:00",
            "10:30Z",
            "half past",
            "",
        ] {
            let error = Cli::try_parse_from(["x", "demo", "--time-of-day", text]).unwrap_err();
            let expected = format!(
                "error: invalid value '{text}' for '--time-of-day <HH:MM>': not a time of day from 00:00 to 23:59\n\n\
                 For more information, try '--help'.\n"
            );
            assert_eq!((error.exit_code(), error.to_string()), (2, expected));
        }
    }

    #[test]
    fn usage_errors_end_with_code_two() {
        for line in [
            "x --web.listen-address 10064",
            "x --web.external-url ftp://x",
            "x --web.route-prefix /a?b",
            "x --log.level loud",
            "x demo --speed 0",
            "x demo --speed NaN",
            "x probe",
            "x fly",
            "x assets",
            "x assets d --grafana-url https://x/?a=b",
            "x assets d --runbook-url https://user:x@wiki/",
            "x --shard 1",
        ] {
            let error = Cli::try_parse_from(line.split_whitespace()).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
