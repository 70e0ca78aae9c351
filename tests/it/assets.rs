//! The command `assets`, as a process, on real directories.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use webchat_exporter::assets::bundle::{GRAFANA_URL, RUNBOOK_URL};

/// The bundled files beside boards and runbooks, which are as many as their directories have.
const SINGLE_FILES: [&str; 14] = [
    "alerts/README.md",
    "alerts/alertmanager.example.yml",
    "alerts/templates/webchat.tmpl",
    "alerts/webchat.rules.yml",
    "dashboards/README.md",
    "deploy/README.md",
    "deploy/config.example.yml",
    "deploy/grafana/provisioning/dashboards/webchat.yml",
    "deploy/grafana/provisioning/datasources/webchat.yml",
    "deploy/portal/chat-link.js",
    "deploy/portal/index.html",
    "deploy/prometheus/prometheus.example.yml",
    "deploy/systemd/webchat_exporter.env",
    "deploy/systemd/webchat_exporter.service",
];

/// A directory that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("webchat-exporter-assets-{name}-{}", std::process::id()));
        assert!(!path.exists(), "{} is left over", path.display());
        Self(path)
    }

    fn assets(&self, options: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_webchat_exporter"));
        let output = command.arg("assets").arg(&self.0).args(options).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap().replace(&self.0.display().to_string(), "DIR");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Exit code, standard output and standard error, with `DIR` for the directory.
type Outcome = (Option<i32>, String, String);

fn well(written: usize, unchanged: usize) -> Outcome {
    let line = format!(
        "{written} files written to DIR, {unchanged} unchanged; DIR/deploy/README.md says what to do with them.\n"
    );
    (Some(0), line, String::new())
}

/// Every file below a directory: its path there, and what is in it.
fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// What has to be bundled, as the repository has it.
fn expected() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = |directory: &str, ending: &str| {
        let entries =
            fs::read_dir(root.join(directory)).unwrap_or_else(|error| panic!("{directory}: {error}"));
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| name.ends_with(ending))
            .map(|name| format!("{directory}/{name}"))
            .collect::<Vec<_>>()
    };
    let many = [listed("dashboards", ".json"), listed("alerts/runbooks", ".md")].concat();
    assert!(many.len() >= 46, "{} boards and runbooks", many.len());
    let names = SINGLE_FILES.map(str::to_owned).into_iter().chain(many);
    names.map(|name| (name.clone(), fs::read_to_string(root.join(&name)).unwrap())).collect()
}

fn is_document(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "md")
}

#[test]
fn all_files_are_written_under_their_paths() {
    let scratch = Scratch::new("tree");
    let expected = expected();
    assert_eq!(scratch.assets(&[]), well(expected.len(), 0));
    let written = tree(&scratch.0);
    assert_eq!(written.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(written == expected, "a file is not what the repository has");
    assert_eq!(scratch.assets(&[]), well(0, expected.len()));
}

#[test]
fn files_that_hold_something_else_are_kept() {
    let scratch = Scratch::new("kept");
    let count = match scratch.assets(&[]) {
        (Some(0), ..) => tree(&scratch.0).len(),
        other => panic!("{other:?}"),
    };
    for changed in ["deploy/README.md", "deploy/portal/index.html"] {
        fs::write(scratch.0.join(changed), "mine").unwrap();
    }
    fs::remove_file(scratch.0.join("deploy/config.example.yml")).unwrap();
    let refusal = "webchat_exporter: cannot write the assets: DIR holds other files of these names; --force overwrites them:\n  \
                   deploy/README.md\n  deploy/portal/index.html\n";
    assert_eq!(scratch.assets(&[]), (Some(1), String::new(), refusal.to_owned()));
    let kept = tree(&scratch.0);
    assert_eq!((kept["deploy/README.md"].as_str(), kept.len()), ("mine", count - 1));
    assert_eq!(scratch.assets(&["--force"]), well(3, count - 3));
    assert_ne!(tree(&scratch.0)["deploy/README.md"], "mine");
}

#[test]
fn links_lead_where_the_options_say() {
    let scratch = Scratch::new("links");
    let options = ["--grafana-url", "https://monitor.example.org/grafana/", "--runbook-url=http://wiki/chat"];
    let expected: BTreeMap<String, String> = expected()
        .into_iter()
        .map(|(name, text)| {
            let replaced = text
                .replace(GRAFANA_URL, "https://monitor.example.org/grafana")
                .replace(RUNBOOK_URL, "http://wiki/chat");
            let text = if is_document(&name) { text } else { replaced };
            (name, text)
        })
        .collect();
    assert_eq!(scratch.assets(&options), well(expected.len(), 0));
    let written = tree(&scratch.0);
    assert!(written == expected, "a file is not what the repository has, with the links replaced");
    let rules = &written["alerts/webchat.rules.yml"];
    assert!(
        rules.contains("runbook_url: http://wiki/chat/WebchatChannelDown.md"),
        "no runbook's link was replaced"
    );
    assert!(rules.contains("https://monitor.example.org/grafana/d/webchat-"), "no board's link was replaced");
    for (name, text) in written.iter().filter(|(name, _)| !is_document(name)) {
        assert!(
            !text.contains("//grafana.example.com") && !text.contains(RUNBOOK_URL),
            "{name} has an example left"
        );
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let scratch = Scratch::new("refused");
    fs::write(&scratch.0, "a file").unwrap();
    let (code, output, complaint) = scratch.assets(&[]);
    fs::remove_file(&scratch.0).unwrap();
    assert_eq!((code, output.as_str()), (Some(1), ""));
    assert!(complaint.starts_with("webchat_exporter: cannot read DIR/alerts/"), "{complaint}");
    assert!(complaint.ends_with(": Not a directory (os error 20)\n"), "{complaint}");
}
