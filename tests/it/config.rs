//! Configuration files as users write them: the example loads, and every mistake has its message.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use url::Url;
use webchat_exporter::command::check_config::check_config;
use webchat_exporter::command::config_schema::config_schema;
use webchat_exporter::command::show_config::show;
use webchat_exporter::config::{load, load_text};
use webchat_exporter::http_client::settings::{Authentication, PemSource, TlsVersion};

const BAD: &str = "tests/fixtures/config/bad";

/// Every case: `<case>.txt` holds the message, `<case>.yml` (or the files of the folder `<case>`) the mistake.
fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(BAD).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_none_or(|extension| extension == "yml")).collect();
    cases.sort();
    cases
}

fn message(case: &Path) -> String {
    let path = case.to_str().unwrap().to_owned();
    let pattern = if case.is_dir() { format!("{path}/*.yml") } else { path };
    match load(&[pattern]) {
        Ok(_) => panic!("{} is a bad configuration, but it loads", case.display()),
        Err(error) => error.to_string(),
    }
}

/// With `UPDATE_EXPECTED` in the environment the files are written instead, to be read by eye.
#[test]
fn every_bad_file_has_its_exact_message() {
    let is_update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut differences = Vec::new();
    for case in cases() {
        let expected_path = case.with_extension("txt");
        let got = message(&case);
        if is_update {
            std::fs::write(&expected_path, format!("{got}\n")).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap_or_default();
        if expected.trim_end() != got {
            differences.push(format!("--- {}\nexpected:\n{expected}\ngot:\n{got}\n", case.display()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

const EXAMPLE: &str = "deploy/config.example.yml";

#[test]
fn the_example_loads_without_its_secrets() {
    let config = load(&[EXAMPLE.to_owned()]).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<_> = config.targets.iter().map(|target| target.name.as_str()).collect();
    assert_eq!(names, ["staff-help", "shop", "wholesale", "retail-bank", "clinic"]);
}

/// Collects every key of `value` that `schema` does not know.
fn unknown_keys(root: &Value, schema: &Value, value: &Value, path: &str, unknown: &mut Vec<String>) {
    let reference = schema["$ref"].as_str().and_then(|reference| root.pointer(&reference[1..]));
    let schema = reference.unwrap_or(schema);
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    let chosen = alternatives.into_iter().find(|schema| schema["type"] != "null");
    if let Some(chosen) = chosen {
        return unknown_keys(root, chosen, value, path, unknown);
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = format!("{path}.{key}");
                let patterns =
                    schema["patternProperties"].as_object().into_iter().flat_map(|map| map.values());
                let any_key =
                    patterns.chain(schema.get("additionalProperties").filter(|schema| schema.is_object()));
                match schema["properties"].get(key).or(any_key.into_iter().next()) {
                    Some(schema) => unknown_keys(root, schema, value, &path, unknown),
                    None => unknown.push(path),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                unknown_keys(root, &schema["items"], item, &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_knows_every_key_of_the_example() {
    let schema: Value = serde_json::from_str(&config_schema().unwrap()).unwrap();
    let example: Value = serde_saphyr::from_str(&std::fs::read_to_string(EXAMPLE).unwrap()).unwrap();
    let mut unknown = Vec::new();
    unknown_keys(&schema, &schema, &example, "", &mut unknown);
    assert_eq!(unknown, [""; 0]);
    let mut misspelt = Vec::new();
    let example = serde_json::json!({"targets": [{"name": "x", "http": {"basic_oauth": {}}}]});
    unknown_keys(&schema, &schema, &example, "", &mut misspelt);
    assert_eq!(misspelt, [".targets[0].http.basic_oauth"]);
}

#[test]
fn the_schema_knows_which_keys_of_a_window_go_together() {
    let schema: Value = serde_json::from_str(&config_schema().unwrap()).unwrap();
    let window = &schema["$defs"]["RawMaintenance"];
    let kinds = serde_json::json!([{ "required": ["start", "end"] }, { "required": ["timezone", "weekly"] }]);
    assert_eq!(window["oneOf"], kinds);
    let dependent = window["dependentRequired"].as_object().unwrap();
    let mut keys: Vec<&String> = window["properties"].as_object().unwrap().keys().collect();
    keys.retain(|key| !dependent.contains_key(*key));
    keys.sort();
    assert_eq!(keys, ["channels", "description", "targets"]);
    let weeks = serde_json::json!(["first", "second", "third", "fourth", "last"]);
    assert_eq!(schema["$defs"]["WeekOfMonth"]["enum"], weeks);
}

#[test]
fn what_is_shown_can_be_loaded_again_and_means_the_same() {
    let folder = std::fs::canonicalize("deploy").unwrap();
    let config = load(&[folder.join("config.example.yml").to_str().unwrap().to_owned()]).unwrap();
    let shown = show(&config).unwrap();
    assert_eq!(show(&load(&[EXAMPLE.to_owned()]).unwrap()).unwrap(), shown, "paths are absolute");
    for file in ["chime-password", "comm100-key", "xima-installation", "xima-api-key"] {
        let path = format!("_file: {}/secrets/{file}\n", folder.display());
        assert!(shown.contains(&path), "{path} in {shown}");
    }
    let elsewhere = Path::new("/elsewhere/shown.yml");
    let again = load_text(elsewhere, &shown).unwrap_or_else(|error| panic!("{error}\n{shown}"));
    assert_eq!(show(&again).unwrap(), shown);
    assert_eq!(again.global, config.global);
    assert_eq!(again.rate_limits, config.rate_limits);
    assert_eq!(again.schedules, config.schedules);
    assert_eq!(again.maintenance, config.maintenance);
    assert!(config.connectivity.is_some());
    assert_eq!(again.connectivity, config.connectivity);
    for (again, target) in again.targets.iter().zip(&config.targets) {
        assert_eq!(again.collectors, target.collectors, "{}", target.name);
        assert_eq!(again.thresholds, target.thresholds, "{}", target.name);
        assert_eq!(again.http.tls, target.http.tls, "{}", target.name);
        assert_eq!(again.http.authentication, target.http.authentication, "{}", target.name);
    }
}

#[test]
fn a_recurring_window_is_shown_as_it_is_in_force() {
    let text = "maintenance:\n  - description: database upgrade\n    timezone: Europe/London\n    \
                weekly: { sat-sun: [\"22:00-02:00\"] }\n    weeks_of_month: [last, first]\n    \
                from: 2026-03-01\n    until: 2026-12-31\ntargets:\n  - name: desk\n    \
                chime: { base_url: \"https://chime.example.com\" }\n";
    let config = load_text(Path::new("webchat.yml"), text).unwrap_or_else(|error| panic!("{error}"));
    let shown: Value = serde_saphyr::from_str(&show(&config).unwrap()).unwrap();
    let expected = serde_json::json!([{
        "description": "database upgrade",
        "timezone": "Europe/London",
        "weekly": { "sat": ["22:00-02:00"], "sun": ["22:00-02:00"] },
        "weeks_of_month": ["first", "last"],
        "from": "2026-03-01",
        "until": "2026-12-31",
    }]);
    assert_eq!(shown["maintenance"], expected);
}

/// A folder of its own that is removed with its contents.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("webchat-config-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for (file, text) in files {
            std::fs::write(path.join(file), text).unwrap();
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(path.join(file), permissions).unwrap();
        }
        Self(path)
    }

    fn pattern(&self, name: &str) -> [String; 1] {
        [self.0.join(name).to_str().unwrap().to_owned()]
    }

    /// `text` with the folder's path taken out.
    fn without_path(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const CHECKED: &str = r#"
schedules:
  desk:
    timezone: Europe/London
    weekly: { mon-fri: ["08:00-18:00"] }
    holidays_file: holidays.ics
targets:
  - name: shop
    schedule: desk
    http:
      basic_auth: { username: monitor@example.com, password_file: comm100-key }
      tls_config: { ca_file: ca.pem }
    comm100:
      base_url: https://api11.comm100.io/v4
      timezone: UTC
"#;

#[test]
fn check_config_summarises_what_will_be_polled() {
    let ca = rcgen::generate_simple_self_signed(["comm100.io".to_owned()]).unwrap();
    let files = [
        ("webchat.yml", CHECKED),
        ("comm100-key", "hunter2\n"),
        ("ca.pem", &ca.cert.pem()),
        ("holidays.ics", "BEGIN:VCALENDAR\nEND:VCALENDAR\n"),
    ];
    let folder = Folder::new("good", &files);
    assert_eq!(
        check_config(&folder.pattern("*.yml")).unwrap(),
        "The configuration is valid: 1 file, 1 target (1 comm100).\n\n\
         shop  comm100  right_now every 30s, queue every 30s, agents every 30s, today every 30s\n\n\
         Calls that each API host will see in 5 minutes:\n\
         api11.comm100.io  50, budget 270 per 5m"
    );
}

#[test]
fn the_connectivity_check_has_defaults_and_takes_no_credentials_from_the_global_ones() {
    let text = "global:\n  http:\n    basic_auth: { username: u, password: p }\n    http_headers: { X-Key: { values: [k] } }\n    \
                follow_redirects: true\n    proxy_url: http://proxy.example.com:3128\n    tls_config: { min_version: TLS13 }\n\
                connectivity:\n  url: https://gateway.example.com/up?a=b\n  http: { tls_config: { server_name: x } }\n\
                targets: [{ name: shop, chime: { base_url: 'https://chime.example.com' } }]\n";
    let config = load_text(Path::new("webchat.yml"), text).unwrap_or_else(|error| panic!("{error}"));
    let connectivity = config.connectivity.unwrap();
    let check = &connectivity.check;
    assert_eq!(check.url.as_str(), "https://gateway.example.com/up?a=b");
    let times = (check.interval, check.timeout, check.failures);
    assert_eq!(times, (Duration::from_secs(30), Duration::from_secs(5), 2));
    assert_eq!(connectivity.exempt_targets, [""; 0]);
    let http = &check.http;
    assert_eq!((&http.authentication, http.headers.len()), (&Authentication::None, 0));
    assert!(!http.follow_redirects);
    assert_eq!(http.proxy.url.as_ref().map(Url::as_str), Some("http://proxy.example.com:3128/"));
    assert_eq!((http.tls.min_version, http.tls.server_name.as_deref()), (Some(TlsVersion::Tls13), Some("x")));
    let brief = text.replace("  url:", "  interval: 2s\n  url:");
    let config = load_text(Path::new("webchat.yml"), &brief).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.connectivity.unwrap().check.timeout, Duration::from_secs(2));
}

#[test]
fn check_config_shows_the_connectivity_check_and_warns_of_a_bad_choice() {
    let text = "connectivity:\n  url: https://chime.example.com/?key=x\n  exempt_targets: [desk]\n  \
                http: { tls_config: { ca_file: ca.pem, insecure_skip_verify: true } }\n\
                targets:\n- { name: shop, chime: { base_url: 'https://chime.example.com/Chime/Api' } }\n\
                - { name: desk, chime: { base_url: 'https://desk.example.com' } }\n";
    let folder = Folder::new("connectivity", &[("webchat.yml", text)]);
    let error = folder.without_path(&check_config(&folder.pattern("webchat.yml")).unwrap_err());
    let first = error.lines().next();
    assert_eq!(
        first,
        Some(
            "webchat.yml:2:3: tls_config.ca: cannot read certificate file ca.pem: No such file or directory (os error 2)"
        )
    );
    std::fs::write(folder.0.join("webchat.yml"), text.replace("ca_file: ca.pem, ", "")).unwrap();
    let summary = check_config(&folder.pattern("webchat.yml")).unwrap();
    let lines: Vec<&str> = summary
        .lines()
        .filter(|line| line.starts_with("Connectivity") || line.starts_with("warning"))
        .collect();
    assert_eq!(
        lines,
        [
            "Connectivity is checked at https://chime.example.com/ every 30s, but not for desk.",
            "warning: the connectivity check accepts every certificate (insecure_skip_verify)",
            "warning: the connectivity check asks the server of the target shop: an outage there hides all others",
        ]
    );
}

#[test]
fn a_file_of_holidays_is_read_with_the_configuration() {
    let folder = Folder::new("no-holidays", &[("webchat.yml", CHECKED)]);
    let pattern = folder.pattern("webchat.yml");
    let error = load(&pattern).unwrap_err().to_string();
    assert_eq!(
        folder.without_path(&error),
        r#"webchat.yml:6:20: cannot read the holidays file holidays.ics: No such file or directory (os error 2)
 4 |     timezone: Europe/London
 5 |     weekly: { mon-fri: ["08:00-18:00"] }
 6 |     holidays_file: holidays.ics
   |                    ^^^^^^^^^^^^"#
    );
    let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\nEND:VEVENT\nEND:VCALENDAR\n";
    std::fs::write(folder.0.join("holidays.ics"), calendar).unwrap();
    let config = load(&pattern).unwrap();
    let holidays: Vec<String> =
        config.schedules["desk"].holidays_of_file.iter().map(ToString::to_string).collect();
    assert_eq!(holidays, ["2026-12-25"]);
}

#[test]
fn check_config_finds_everything_that_is_missing_at_once() {
    let files = [("webchat.yml", CHECKED), ("comm100-key", "\n"), ("ca.pem", "no certificate")];
    let folder = Folder::new("missing", &files);
    let error = check_config(&folder.pattern("webchat.yml")).unwrap_err();
    assert_eq!(
        folder.without_path(&error),
        r#"webchat.yml:6:20: cannot read the holidays file holidays.ics: No such file or directory (os error 2)
 4 |     timezone: Europe/London
 5 |     weekly: { mon-fri: ["08:00-18:00"] }
 6 |     holidays_file: holidays.ics
   |                    ^^^^^^^^^^^^

webchat.yml:11:7: basic_auth.password: cannot use secret file comm100-key: it is empty
  9 |     schedule: desk
 10 |     http:
 11 |       basic_auth: { username: monitor@example.com, password_file: comm100-key }
    |       ^

webchat.yml:11:7: tls_config.ca: cannot use certificate file ca.pem: there is no certificate in PEM form
  9 |     schedule: desk
 10 |     http:
 11 |       basic_auth: { username: monitor@example.com, password_file: comm100-key }
    |       ^"#
    );
}

#[test]
fn check_config_reports_mistakes_and_missing_files_together() {
    let text = "targets:\n  - name: a b\n    http: { basic_auth: { username: x, password_file: missing } }\n\
                \x20   chime: { base_url: \"https://chime.example.com\" }\n  - name: c\n    schedule: none\n\
                \x20   http: { basic_auth: { username: x, password: \"\" }, tls_config: { insecure_skip_verify: true } }\n\
                \x20   chime: { base_url: \"https://chime.example.com\" }\n  - name: d\n\
                \x20   http: { authorization: { credentials: <redacted> } }\n\
                \x20   chime: { base_url: \"https://chime.example.com\" }\n";
    let folder = Folder::new("together", &[("webchat.yml", text)]);
    let error = folder.without_path(&check_config(&folder.pattern("webchat.yml")).unwrap_err());
    let messages: Vec<_> =
        error.lines().filter(|line| line.starts_with("webchat.yml") || line.starts_with("warning")).collect();
    assert_eq!(
        messages,
        [
            "webchat.yml:2:11: \"a b\" is not a target name: 1 to 128 letters, digits, and any of _ . : -",
            "webchat.yml:3:11: basic_auth.password: cannot read secret file missing: No such file or directory (os error 2)",
            "webchat.yml:6:15: unknown schedule `none`; known schedules: there are none",
            "webchat.yml:7:11: basic_auth.password: cannot use the value: it is empty",
            "warning: the target c accepts every certificate (insecure_skip_verify)",
            "warning: webchat.yml:10:11: authorization.credentials holds <redacted>, the mask of show-config, not a secret",
        ],
        "{error}"
    );
}

#[test]
fn a_file_that_is_not_utf8_is_called_so() {
    let folder = Folder::new("utf16", &[]);
    std::fs::write(folder.0.join("webchat.yml"), b"\xff\xfet\0").unwrap();
    let error = load(&folder.pattern("webchat.yml")).unwrap_err().to_string();
    assert_eq!(folder.without_path(&error), "webchat.yml: cannot read the file: it is not text in UTF-8");
}

#[test]
fn several_files_are_merged_and_relative_paths_start_at_their_own() {
    let first = "global: { interval: 1m, http: { tls_config: { ca_file: a.pem, min_version: TLS13 } } }\n\
                 schedules: { desk: { timezone: UTC, weekly: { mon: [\"00:00-24:00\"] } } }\n";
    let second = "targets:\n  - name: clinic\n    schedule: desk\n    http: { tls_config: { server_name: x } }\n\
                  \x20   xima: { base_url: \"https://mm-v1.ximasoftware.com\", installation_id_env: ID }\n";
    let folder = Folder::new("merged", &[("a.yml", first), ("b.yml", second)]);
    let [all] = folder.pattern("*.yml");
    let [again] = folder.pattern("a.yml");
    let config = load(&[all, again]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.files, [folder.0.join("a.yml"), folder.0.join("b.yml")]);
    let target = &config.targets[0];
    assert_eq!(target.collectors[0].interval, Duration::from_mins(1));
    assert_eq!(target.http.tls.ca, Some(PemSource::File(folder.0.join("a.pem"))));
    assert_eq!(target.http.tls.server_name.as_deref(), Some("x"));
    assert_eq!(target.http.tls.min_version, Some(TlsVersion::Tls13));
}

#[test]
fn a_pattern_without_files_is_an_error_that_names_it() {
    let error = load(&["tests/fixtures/config/none/*.yml".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), "no file matches \"tests/fixtures/config/none/*.yml\"");
    let error = load(&["tests/fixtures/config/none.yml".to_owned()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tests/fixtures/config/none.yml: cannot read the file: No such file or directory (os error 2)"
    );
}

#[test]
fn a_secret_is_neither_shown_nor_debugged() {
    let text = "targets:\n  - name: clinic\n    http:\n      proxy_url: http://u:hunter2@proxy.example.com\n\
                \x20     oauth2: { token_url: \"https://example.com\", client_id: x, client_secret: hunter2, \
                endpoint_params: { assertion: hunter2 } }\n\
                \x20     http_headers: { X-Key: { values: [hunter2] } }\n\
                \x20   xima: { base_url: \"https://mm-v1.ximasoftware.com\", installation_id: hunter2 }\n";
    let config = load_text(Path::new("webchat.yml"), text).unwrap_or_else(|error| panic!("{error}"));
    let shown = show(&config).unwrap();
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(shown.matches("<redacted>").count(), 5, "{shown}");
}

#[test]
fn a_fleet_of_thousands_fits_into_one_file() {
    let target = |number: usize| {
        format!(
            "- {{name: t{number}, labels: {{site: a}}, chime: {{base_url: http://c{number}.example.com}}}}\n"
        )
    };
    let text = format!("targets:\n{}", (0..30_000).map(target).collect::<String>());
    let config = load_text(Path::new("fleet.yml"), &text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.targets.len(), 30_000);
}

proptest::proptest! {
    /// Files that are no configuration at all are refused, not stumbled over.
    #[test]
    fn no_text_makes_loading_panic(text in "([ \t-]{0,6}[a-z_]{0,9}[:{\\[|>&*\"'#]{0,2} ?[^\r]{0,9}\n){0,12}") {
        let described = load_text(Path::new("webchat.yml"), &text).map_err(|error| error.to_string());
        proptest::prop_assert!(described.is_err());
    }

    /// A secret stays hidden wherever the line after it breaks the file.
    #[test]
    fn no_mistake_shows_the_secret_above_it(mistake in "[ \t-]{0,12}[a-z_]{0,9}[:{\\[\\]}|>&*\"',#]{0,2} ?[^\r\n]{0,9}") {
        let text = format!(
            "targets:\n  - name: shop\n    http:\n      basic_auth:\n        password: hunter2\n{mistake}\n        x: y\n"
        );
        let described = load_text(Path::new("webchat.yml"), &text).unwrap_err().to_string();
        proptest::prop_assert!(!described.contains("hunter2"), "{}", described);
    }
}
