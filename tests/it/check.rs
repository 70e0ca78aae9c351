//! The commands that ask a daemon, as processes.

use std::process::Command;

use webchat_exporter::channel::status::Status;
use webchat_exporter::server::WebSettings;

use crate::health::{Running, channel, snapshot};

/// Runs the program; its exit code and what it printed to standard output.
async fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_webchat_exporter"));
        command.args(arguments).env_remove("WEBCHAT_EXPORTER_CONFIG_FILE").output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn check_asks_a_running_daemon() {
    let channels = [Status::Ok, Status::Degraded, Status::Down, Status::Unknown];
    let channels = channels.map(|status| channel(status.label(), status.label(), status)).to_vec();
    let server = Running::start(vec![snapshot("desk", Some(1.0), channels)]).await;
    let url = format!("http://{}", server.address);
    let cases = [
        ("desk/ok", 0, "WEBCHAT OK - desk: ok is ok | 'queue_length'=3;5;50\n"),
        (
            "desk/degraded",
            1,
            "WEBCHAT WARNING - desk: degraded is degraded: so it is | 'queue_length'=3;5;50\n",
        ),
        (
            "desk/down",
            2,
            "WEBCHAT CRITICAL - desk: down is down: no agent is available | 'queue_length'=3;5;50\n",
        ),
        ("desk/unknown", 3, "WEBCHAT UNKNOWN - desk: unknown is unknown: so it is | 'queue_length'=3;5;50\n"),
        ("desk/x", 3, "WEBCHAT UNKNOWN - desk has no channel with the id or name \"x\"\n"),
        ("x", 3, "WEBCHAT UNKNOWN - the daemon has no target of the name \"x\"\n"),
    ];
    for (asked, code, text) in cases {
        assert_eq!(run(&["check", asked, "--url", &url]).await, (Some(code), text.to_owned()));
    }
    let (code, text) = run(&["check", "desk", "--url", &url]).await;
    let start = "WEBCHAT CRITICAL - desk: down is down: no agent is available; degraded is degraded: so it is; unknown is";
    assert!(code == Some(2) && text.starts_with(start), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn check_without_an_answer_is_unknown() {
    let server = Running::start(vec![]).await;
    let url = format!("http://{}", server.address);
    server.stop().await;
    let (code, text) = run(&["check", "desk", "--url", &url]).await;
    let start = format!("WEBCHAT UNKNOWN - cannot ask {url}/api/v1/status: ");
    assert!(code == Some(3) && text.starts_with(&start) && text.lines().count() == 1, "{text}");
    let (code, text) = run(&["check", "desk", "--config.file", "/nonexistent/webchat.yml"]).await;
    let start = "WEBCHAT UNKNOWN - cannot load the configuration: ";
    assert!(code == Some(3) && text.starts_with(start) && text.lines().count() == 1, "{text}");
}

#[tokio::test]
async fn check_polls_once_without_a_daemon() {
    let path = std::env::temp_dir().join(format!("webchat-exporter-check-{}.yml", std::process::id()));
    // Port 9 of loopback is closed.
    let text = "targets: [{name: desk, chime: {base_url: 'http://127.0.0.1:9/Chime/Api'}}]\n";
    std::fs::write(&path, text).unwrap();
    let file = path.display().to_string();
    let (code, text) = run(&["check", "desk", "--config.file", &file]).await;
    assert!(code == Some(3) && text.starts_with("WEBCHAT UNKNOWN - "), "{code:?} {text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    let text = "WEBCHAT UNKNOWN - the configuration has no target of the name \"x\"\n";
    assert_eq!(run(&["check", "x", "--config.file", &file]).await, (Some(3), text.to_owned()));
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn healthcheck_asks_the_address_that_the_daemon_listens_on() {
    let web = WebSettings { route_prefix: Some("/web".parse().unwrap()), ..WebSettings::default() };
    let server = Running::start_with(vec![snapshot("desk", Some(1.0), vec![])], web).await;
    let address = server.address.clone();
    let url = format!("http://{address}/web/");
    let healthy = (Some(0), "healthy\n".to_owned());
    assert_eq!(run(&["healthcheck", "--url", &url]).await, healthy);
    let flags = ["--web.listen-address", &address, "--web.route-prefix", "/web"];
    assert_eq!(run(&[&["healthcheck"], &flags[..]].concat()).await, healthy);
    let (code, text) = run(&["healthcheck", "--url", &format!("http://{address}")]).await;
    assert_eq!((code, text.as_str()), (Some(1), "404: there is nothing here\n"));
    server.stop().await;
    let (code, text) = run(&["healthcheck", "--url", &url]).await;
    assert!(code == Some(1) && text.starts_with("cannot ask "), "{text}");
}
