//! Everything a server can do wrong: its class, its neighbours' data, one log line, and recovery.

use std::time::Duration;

use crate::fault_server::{FaultServer, Mode};
use crate::support::{Log, Running, closed_port, running};

const RIGHT_NOW: &[u8] = br#"{"loggedInAgents":2,"currentQueueLength":3}"#;
const QUEUE: &[u8] = br#"[{"currentQueueLength":1,"visitors":[{"waitTime":"00:00:07"}]}]"#;

/// A Comm100 target whose `RightNow` call is faulty and whose `Queue` call is its healthy neighbour.
async fn comm100(http: &str) -> (FaultServer, Running, Log) {
    let server = FaultServer::start("RightNow", |path| {
        Mode::json(if path.contains("RightNow") { RIGHT_NOW } else { QUEUE })
    })
    .await;
    let base_url = format!("http://{}/v4", server.address);
    let (running, log) = start(&base_url, http);
    (server, running, log)
}

fn start(base_url: &str, http: &str) -> (Running, Log) {
    let log = Log::capture();
    let running = running(&format!(
        "targets:\n- name: shop\n  http: {{{http}}}\n  comm100:\n    base_url: {base_url}\n    collectors:\n      \
         right_now: {{interval: 1h, timeout: 1s}}\n      queue: {{interval: 1h, timeout: 1s}}\n      \
         agents: {{enabled: false}}\n      today: {{enabled: false}}\n"
    ));
    (running, log)
}

const AGENTS: &str = "comm100_agents_logged_in{target=\"shop\"} 2";
const NEIGHBOUR: &str =
    "comm100_route_queue_length{target=\"shop\",route_type=\"site\",route_id=\"site\",route=\"site\"} 1";

fn up(value: u8) -> String {
    format!("webchat_collector_up{{platform=\"comm100\",target=\"shop\",collector=\"right_now\"}} {value}")
}

fn failures(reason: &str, count: u32) -> String {
    format!(
        "webchat_collector_failures_total{{platform=\"comm100\",target=\"shop\",collector=\"right_now\",reason=\"{reason}\"}} {count}"
    )
}

fn failing(reason: &str) -> String {
    format!(
        "webchat_collector_failing{{platform=\"comm100\",target=\"shop\",collector=\"right_now\",reason=\"{reason}\"}} 1"
    )
}

/// The server works, fails twice in the same way, and works again.
async fn scenario(mode: Mode, reason: &str, detail: &str) {
    let (server, running, log) = comm100("").await;
    running.polled("shop").await.has(&[AGENTS, NEIGHBOUR, &up(1)]);
    server.break_with(mode);
    running.probe("shop").await.has(&[AGENTS, NEIGHBOUR, &up(0), &failing(reason), &failures(reason, 1)]);
    running.probe("shop").await.has(&[AGENTS, NEIGHBOUR, &up(0), &failing(reason), &failures(reason, 2)]);
    assert_eq!(
        log.warnings(),
        [format!(
            "Collector fails. target=shop platform=comm100 collector=right_now reasons={reason} detail={detail}"
        )]
    );
    server.heal();
    let page = running.probe("shop").await;
    page.has(&[AGENTS, NEIGHBOUR, &up(1), &failures(reason, 2)]);
    page.has_no("webchat_collector_failing{");
    assert_eq!(log.infos(), ["Collector recovered. target=shop platform=comm100 collector=right_now"]);
}

fn raw(text: &str) -> Mode {
    Mode::Raw(text.as_bytes().to_vec())
}

#[tokio::test]
async fn a_server_that_says_nothing_is_a_timeout() {
    scenario(Mode::Silent, "timeout", "RightNow: the poll's deadline passed").await;
}

#[tokio::test]
async fn a_dripping_body_is_a_timeout() {
    scenario(Mode::Drip, "timeout", "RightNow: the poll's deadline passed").await;
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_a_connect_failure() {
    scenario(raw(""), "connect", "RightNow: the connection broke before an answer came: error sending request: client error (SendRequest): connection closed before message completed").await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_connect_failure() {
    scenario(raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"loggedIn"), "connect", "RightNow: the connection broke while the answer was read: error decoding response body: error reading a body from connection: end of file before message length reached").await;
}

#[tokio::test]
async fn bytes_that_are_no_http_are_a_parse_failure() {
    scenario(raw("220 mail.example.com ESMTP\r\n"), "parse", "RightNow: the answer is not HTTP as it should be: error sending request: client error (SendRequest): invalid HTTP version parsed").await;
}

#[tokio::test]
async fn truncated_gzip_is_a_parse_failure() {
    scenario(Mode::gzip(RIGHT_NOW, 0.6), "parse", "RightNow: the answer's gzip is broken or ends too early: corrupt gzip stream does not have a matching checksum").await;
}

#[tokio::test]
async fn a_gzip_bomb_is_too_large() {
    scenario(
        Mode::gzip(&vec![b' '; 64 << 20], 1.0),
        "too_large",
        "RightNow: the answer is larger than 4194304 bytes",
    )
    .await;
}

#[tokio::test]
async fn a_login_page_with_status_200_is_a_parse_failure() {
    let page = b"<!DOCTYPE html><html><body>Sign in</body></html>".to_vec();
    scenario(
        Mode::Answer("200 OK", "content-type: text/html\r\n", page),
        "parse",
        "RightNow: the server answered an HTML page, not JSON: a login or error page",
    )
    .await;
}

#[tokio::test]
async fn a_redirect_to_a_login_page_is_a_redirect() {
    scenario(
        Mode::Answer("302 Found", "location: https://login.example.com/?return=secret\r\n", vec![]),
        "redirect",
        "RightNow: the server answered 302 Found to https://login.example.com",
    )
    .await;
}

#[tokio::test]
async fn no_content_where_a_body_was_due_is_a_parse_failure() {
    scenario(
        raw("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"),
        "parse",
        "RightNow: the server answered 204 No Content without a body, not JSON",
    )
    .await;
}

#[tokio::test]
async fn another_content_type_with_another_content_is_a_parse_failure() {
    let page = b"all is well".to_vec();
    scenario(
        Mode::Answer("200 OK", "content-type: text/plain\r\n", page),
        "parse",
        "RightNow: the answer is not JSON as it should be: the syntax is wrong or too deep (line 1, column 1)",
    )
    .await;
}

#[tokio::test]
async fn json_under_another_content_type_is_believed() {
    let (server, running, log) = comm100("").await;
    running.polled("shop").await.has(&[AGENTS]);
    server.break_with(Mode::Answer("200 OK", "content-type: text/plain\r\n", RIGHT_NOW.to_vec()));
    running.probe("shop").await.has(&[AGENTS, &up(1)]);
    assert_eq!(log.warnings(), [""; 0]);
}

#[tokio::test]
async fn bytes_that_are_not_utf_8_are_a_parse_failure() {
    scenario(
        Mode::json(b"{\"loggedInAgents\":\"\xff\"}".to_vec()),
        "parse",
        "RightNow: the answer is not UTF-8: invalid utf-8 sequence of 1 bytes from index 19",
    )
    .await;
}

#[tokio::test]
async fn deeply_nested_json_is_a_parse_failure() {
    scenario(
        Mode::json("[".repeat(1 << 20)),
        "parse",
        "RightNow: the answer is not JSON as it should be: the syntax is wrong or too deep (line 1, column 128)",
    )
    .await;
}

#[tokio::test]
async fn a_key_that_occurs_twice_is_a_parse_failure() {
    scenario(
        Mode::json(r#"{"loggedInAgents":1,"LoggedInAgents":2}"#),
        "parse",
        "RightNow: the answer is not JSON as it should be: a key occurs twice or a number is out of range (line 1, \
         column 36)",
    )
    .await;
}

#[tokio::test]
async fn a_server_error_is_an_http_status() {
    scenario(
        Mode::Answer("500 Internal Server Error", "", b"stack trace".to_vec()),
        "http_status",
        "RightNow: the server answered 500 Internal Server Error",
    )
    .await;
}

#[tokio::test]
async fn a_missing_call_is_not_supported() {
    scenario(
        Mode::Answer("404 Not Found", "", vec![]),
        "not_supported",
        "RightNow: the server answered 404 Not Found",
    )
    .await;
}

#[tokio::test]
async fn refused_credentials_are_unauthorized() {
    scenario(
        Mode::Answer("401 Unauthorized", "", vec![]),
        "unauthorized",
        "RightNow: the server answered 401 Unauthorized",
    )
    .await;
}

#[tokio::test]
async fn an_endless_body_is_too_large_and_is_not_read_on() {
    let (server, running, _log) = comm100("max_response_bytes: 64KiB").await;
    running.polled("shop").await.has(&[AGENTS]);
    server.break_with(Mode::Endless);
    running.probe("shop").await.has(&[AGENTS, NEIGHBOUR, &up(0), &failures("too_large", 1)]);
    // What was sent beyond the cap sits in socket buffers; a client that reads on would take gigabytes by now.
    assert!(server.endless_bytes() < 32 << 20, "{} bytes were taken", server.endless_bytes());
    server.heal();
    running.probe("shop").await.has(&[&up(1)]);
}

#[tokio::test]
async fn negative_and_absurd_numbers_are_parse_failures_of_their_field_alone() {
    let (server, running, log) = comm100("").await;
    running.polled("shop").await.has(&[AGENTS]);
    server.break_with(Mode::json(r#"{"loggedInAgents":-1,"agentsInChat":1e300,"ongoingChats":4}"#));
    let page = running.probe("shop").await;
    page.has(&["comm100_chats_ongoing{target=\"shop\"} 4", NEIGHBOUR, &up(0), &failures("parse", 2)]);
    page.has_no("comm100_agents_logged_in");
    page.has_no("comm100_agents_in_chat");
    assert_eq!(
        log.warnings(),
        ["Collector fails. target=shop platform=comm100 collector=right_now reasons=parse detail=RightNow: \
          field loggedInAgents is too small, not a count (and 1 more)"]
    );
    server.heal();
    running.probe("shop").await.has(&[AGENTS, &up(1)]);
}

#[tokio::test]
async fn hostile_names_stay_inside_their_label() {
    let server = FaultServer::start("RightNow", |path| {
        let name = format!("a\\\"b\\\\c\\nd🐟{}", "x".repeat(10_000));
        let queue = format!(
            r#"[{{"routeToDepartmentId":"3fa85f64-5717-4562-b3fc-2c963f66afa6","routeToDepartment":{{"name":"{name}"}},"currentQueueLength":1}}]"#
        );
        Mode::json(if path.contains("RightNow") { RIGHT_NOW.to_vec() } else { queue.into_bytes() })
    })
    .await;
    let (running, _log) = start(&format!("http://{}/v4", server.address), "");
    let cut = format!("a\\\"b\\\\c\\nd🐟{}", "x".repeat(256 - 8));
    running.polled("shop").await.has(&[&format!(
        "comm100_route_queue_length{{target=\"shop\",route_type=\"department\",route_id=\"3fa85f64-5717-4562-b3fc-2c963f66afa6\",route=\"{cut}\"}} 1"
    )]);
}

#[tokio::test]
async fn a_refused_connection_is_a_connect_failure() {
    let (_closed, address) = closed_port();
    let (running, log) = start(&format!("http://{address}/v4"), "");
    running.polled("shop").await.has(&[&up(0), &failing("connect"), &failures("connect", 1)]);
    assert_eq!(log.warnings().len(), 2);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_a_dns_failure() {
    let (running, _log) = start("http://chat.invalid/v4", "");
    running.polled("shop").await.has(&[&up(0), &failing("dns"), &failures("dns", 1)]);
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_failure() {
    let server = FaultServer::start("RightNow", |_| raw("HTTP/1.1 400 Bad Request\r\n\r\n")).await;
    let (running, _log) = start(&format!("https://{}/v4", server.address), "");
    running.polled("shop").await.has(&[&up(0), &failing("tls"), &failures("tls", 1)]);
}

#[tokio::test]
async fn a_server_that_never_finishes_the_handshake_is_a_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (running, log) = start(&format!("https://{address}/v4"), "connect_timeout: 100ms");
    running.polled("shop").await.has(&[&up(0), &failing("timeout"), &failures("timeout", 1)]);
    let expected = "Collector fails. target=shop platform=comm100 collector=right_now reasons=timeout detail=RightNow: \
                    no connection within 100ms: error sending request: client error (Connect): operation timed out";
    // Which of the two collectors gives up first is chance.
    assert!(log.warnings().iter().any(|line| line == expected), "{:?}", log.warnings());
}

#[tokio::test]
async fn a_limited_client_waits_as_long_as_it_is_told() {
    let (server, running, _log) = comm100("").await;
    running.polled("shop").await.has(&[AGENTS]);
    server.break_with(Mode::Answer("429 Too Many Requests", "retry-after: 1\r\n", vec![]));
    running.probe("shop").await.has(&[
        AGENTS,
        &up(0),
        &failing("rate_limited"),
        &failures("rate_limited", 1),
    ]);
    server.heal();
    running.probe_until("shop", &up(1), Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_forbidden_call_is_left_alone_for_a_while_and_its_neighbours_go_on() {
    let (server, running, _log) = comm100("").await;
    running.polled("shop").await.has(&[AGENTS]);
    server.break_with(Mode::Answer("403 Forbidden", "", vec![]));
    running.probe("shop").await.has(&[
        AGENTS,
        NEIGHBOUR,
        &up(0),
        &failing("forbidden"),
        &failures("forbidden", 1),
    ]);
    server.heal();
    let page = running.probe("shop").await;
    page.has(&[&failing("forbidden"), "webchat_api_requests_total{platform=\"comm100\",target=\"shop\",endpoint=\"RightNow\",code=\"403\"} 1"]);
    page.has(&[
        "webchat_api_requests_total{platform=\"comm100\",target=\"shop\",endpoint=\"Queue\",code=\"200\"} 3",
    ]);
}

#[tokio::test]
async fn entity_expansion_in_xml_is_a_parse_failure() {
    const ALLOWED: &[u8] = br#"<?xml version="1.0"?><chatAllowed allowed="true"/>"#;
    const LAUGHS: &[u8] = br#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><chatAllowed allowed="&b;"/>"#;
    const SLOTS: &[u8] = b"<availableSlots><count>4</count></availableSlots>";
    let xml = |body: &[u8]| Mode::Answer("200 OK", "content-type: application/xml\r\n", body.to_vec());
    let server = FaultServer::start("chatAllowed", move |path| {
        xml(if path.contains("chatAllowed") { ALLOWED } else { SLOTS })
    })
    .await;
    let log = Log::capture();
    let running = running(&format!(
        "targets:\n- name: bank\n  egain:\n    base_url: http://{}/chat\n    entry_points: [{{id: 1000, name: Retail}}]\n    \
         checks: [capacity, chat_allowed]\n    collectors: {{entry_points: {{interval: 1h, timeout: 1s}}}}\n",
        server.address
    ));
    let slots =
        "egain_entry_point_capacity_slots{target=\"bank\",entry_point_id=\"1000\",entry_point=\"Retail\"} 4";
    let allowed =
        "egain_entry_point_chat_allowed{target=\"bank\",entry_point_id=\"1000\",entry_point=\"Retail\"} 1";
    running.polled("bank").await.has(&[slots, allowed]);
    server.break_with(xml(LAUGHS));
    running.probe("bank").await.has(&[
        slots,
        allowed,
        "webchat_collector_failures_total{platform=\"egain\",target=\"bank\",collector=\"entry_points\",reason=\"parse\"} 1",
    ]);
    assert_eq!(log.warnings().len(), 1);
    server.heal();
    running.probe("bank").await.has(&[
        allowed,
        "webchat_collector_up{platform=\"egain\",target=\"bank\",collector=\"entry_points\"} 1",
    ]);
}
