//! What is known of one collector of one target.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::channel::ChannelFacts;
use crate::config::collector::CollectorSchedule;
use crate::exposition::{Block, Identity};
use crate::http_client::Reason;
use crate::platform::catalogue::catalogue;
use crate::platform::family::Sample;
use crate::platform::reading::{Answer, Data, Reading};
use crate::state::families::CollectorReport;

/// The place of a poll's summary among the parts: no request has such a name.
const SUMMARY: (&str, String) = ("", String::new());

/// How long the channels of stale data are remembered.
const REMEMBERED: Duration = Duration::from_hours(24);

/// The data of one (endpoint, item) and when it was polled.
#[derive(Debug)]
struct Part {
    endpoint: &'static str,
    item: String,
    data: Data,
    at: Instant,
    /// Whether the data is too old; then only the channels' identities are left of it.
    stale: bool,
}

impl Part {
    fn new(endpoint: &'static str, item: String, data: Data, at: Instant) -> Self {
        Self { endpoint, item, data, at, stale: false }
    }

    /// Forgets everything but which channels there are.
    fn forget_values(&mut self) {
        self.stale = true;
        self.data.samples.clear();
        for channel in &mut self.data.channels {
            *channel = channel.without_values();
        }
    }
}

/// How a poll went, as the frame saw it.
#[derive(Clone, Copy, Debug)]
pub struct PollTiming {
    /// When it ended, on the monotonic clock.
    pub ended: Instant,
    /// When it ended, by the wall clock.
    pub ended_at: Timestamp,
    /// How long it took.
    pub duration: Duration,
}

/// Newest data, counters and outcome of one collector.
#[derive(Debug)]
pub struct CollectorState {
    schedule: CollectorSchedule,
    parts: Vec<Part>,
    blocks: Vec<Block>,
    understood: bool,
    report: CollectorReport,
    failures: BTreeMap<Reason, u64>,
}

impl CollectorState {
    /// A collector that has not polled yet.
    pub fn new(schedule: CollectorSchedule) -> Self {
        let report = CollectorReport {
            name: schedule.name,
            up: None,
            failing: Vec::new(),
            duration: None,
            interval: schedule.interval.as_secs_f64(),
            last_success: None,
            polls: 0,
            failed_polls: 0,
            failures: Vec::new(),
            skipped_polls: 0,
        };
        let failures = BTreeMap::new();
        Self { schedule, parts: Vec::new(), blocks: Vec::new(), understood: false, report, failures }
    }

    /// How and when it polls.
    pub fn schedule(&self) -> &CollectorSchedule {
        &self.schedule
    }

    /// What is reported of it.
    pub fn report(&self) -> &CollectorReport {
        &self.report
    }

    /// Whether it has ended a poll, well or not.
    pub fn polled(&self) -> bool {
        self.report.polls > 0
    }

    /// Whether its newest poll brought at least one answer that made sense.
    pub fn understood(&self) -> bool {
        self.understood
    }

    /// The rendered families, newest data only.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// What its data says about channels.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelFacts> {
        self.parts.iter().filter(|part| !part.stale).flat_map(|part| &part.data.channels)
    }

    /// The channels that its stale data was about, their identities only.
    pub fn stale_channels(&self) -> impl Iterator<Item = &ChannelFacts> {
        self.parts.iter().filter(|part| part.stale).flat_map(|part| &part.data.channels)
    }

    /// What the poll that ended at `ended` said about channels.
    pub fn news(&self, ended: Instant) -> impl Iterator<Item = &ChannelFacts> {
        self.parts.iter().filter(move |part| part.at == ended).flat_map(|part| &part.data.channels)
    }

    /// Counts ticks without a poll.
    pub fn skipped(&mut self, ticks: u64) {
        self.report.skipped_polls += ticks;
    }

    /// Takes in what a poll brought.
    pub fn end_poll(&mut self, identity: &Identity, reading: Reading, timing: PollTiming) {
        self.count(&reading, timing);
        self.understood = reading.understood();
        self.merge(reading, timing.ended);
        self.forget_stale(timing.ended, true);
        self.render(identity);
    }

    /// Drops data that became stale without a poll; returns whether there was any.
    pub fn expire(&mut self, identity: &Identity, now: Instant) -> bool {
        let dropped = self.forget_stale(now, false);
        if dropped {
            self.render(identity);
        }
        dropped
    }

    /// When the oldest data becomes stale; `None` with no data, or where staleness is judged by polls alone.
    pub fn next_expiry(&self) -> Option<Instant> {
        let stale_after = self.schedule.stale_after;
        let oldest = self.parts.iter().filter(|part| !part.stale).map(|part| part.at).min()?;
        (!stale_after.is_zero()).then(|| oldest + stale_after)
    }

    fn count(&mut self, reading: &Reading, timing: PollTiming) {
        let report = &mut self.report;
        report.polls += 1;
        report.duration = Some(timing.duration.as_secs_f64());
        report.failing = reading.failures().map(|failure| failure.reason).collect();
        for reason in &report.failing {
            *self.failures.entry(*reason).or_default() += 1;
        }
        report.failing.sort_unstable();
        report.failing.dedup();
        report.failures = self.failures.iter().map(|(reason, count)| (*reason, *count)).collect();
        report.up = Some(report.failing.is_empty());
        if report.failing.is_empty() {
            report.last_success = Some(timing.ended_at);
        } else {
            report.failed_polls += 1;
        }
    }

    /// Replaces parts by newer ones and keeps those whose request failed; see [`Answer`].
    fn merge(&mut self, reading: Reading, now: Instant) {
        let list_unknown =
            reading.answers.iter().any(|answer| answer.data.is_none() && answer.item.is_empty());
        let mut old: BTreeMap<(&'static str, String), Part> =
            self.parts.drain(..).map(|part| ((part.endpoint, part.item.clone()), part)).collect();
        let Reading { answers, summary } = reading;
        for answer in answers {
            let Answer { endpoint, item, data, .. } = answer;
            let earlier = old.remove(&(endpoint, item.clone()));
            let newest = data.map(|data| Part::new(endpoint, item, data, now));
            self.parts.extend(newest.or(earlier));
        }
        old.remove(&SUMMARY);
        if list_unknown {
            self.parts.extend(old.into_values());
        }
        if !summary.samples.is_empty() || !summary.channels.is_empty() {
            let (endpoint, item) = SUMMARY;
            self.parts.push(Part::new(endpoint, item, summary, now));
        }
    }

    fn forget_stale(&mut self, now: Instant, poll_ended: bool) -> bool {
        let stale_after = self.schedule.stale_after;
        if stale_after.is_zero() && !poll_ended {
            return false;
        }
        let is_stale = |part: &Part| part.at != now && now.duration_since(part.at) >= stale_after;
        let mut changed = false;
        for part in self.parts.iter_mut().filter(|part| !part.stale && is_stale(part)) {
            part.forget_values();
            changed = true;
        }
        let before = self.parts.len();
        self.parts.retain(|part| {
            let is_remembered = now.duration_since(part.at) < stale_after.saturating_add(REMEMBERED);
            !part.stale || (is_remembered && !part.data.channels.is_empty())
        });
        changed || self.parts.len() != before
    }

    fn render(&mut self, identity: &Identity) {
        let mut families: BTreeMap<usize, Vec<&Sample>> = BTreeMap::new();
        for sample in self.parts.iter().flat_map(|part| &part.data.samples) {
            families.entry(catalogue().position(sample.family)).or_default().push(sample);
        }
        self.blocks = families
            .into_values()
            .map(|samples| Block::render(identity, samples[0].family, samples.iter().copied()))
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_client::Failure;
    use crate::platform::family::{Family, Sink};

    static LENGTH: Family = Family::gauge("comm100_queue_length", &["queue"], "X.");

    fn identity() -> Identity {
        Identity {
            platform: "comm100",
            target: "shop".into(),
            user_labels: vec![],
            user_labels_on_all_series: false,
        }
    }

    fn state(stale_after: u64) -> CollectorState {
        CollectorState::new(CollectorSchedule {
            name: "queue",
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            stale_after: Duration::from_secs(stale_after),
        })
    }

    fn good(item: &str, value: f64) -> Answer {
        let mut samples = Vec::new();
        Sink::new(&LENGTH, &mut samples).labelled(&[item], value);
        Answer::understood("Queue", item, Data { samples, channels: vec![] }, vec![])
    }

    fn bad(item: &str) -> Answer {
        Answer::failed("Queue", item, Failure::new(Reason::Timeout, "late"))
    }

    /// Ends a poll at `start` + `seconds` and returns what is rendered after it.
    fn poll(state: &mut CollectorState, start: Instant, seconds: u64, answers: Vec<Answer>) -> String {
        let ended_at = Timestamp::from_second(1_000_000).unwrap();
        let ended = start + Duration::from_secs(seconds);
        let timing = PollTiming { ended, ended_at, duration: Duration::from_millis(250) };
        state.end_poll(&identity(), Reading::from(answers), timing);
        rendered(state)
    }

    fn rendered(state: &CollectorState) -> String {
        state.blocks().iter().map(|block| String::from_utf8(block.text.to_vec()).unwrap()).collect()
    }

    fn line(item: &str, value: u32) -> String {
        format!("comm100_queue_length{{target=\"shop\",queue=\"{item}\"}} {value}\n")
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_that_failed_keeps_its_values_until_they_are_stale() {
        let (start, mut state) = (Instant::now(), state(90));
        assert_eq!(
            poll(&mut state, start, 0, vec![good("a", 1.0), good("b", 2.0)]),
            line("a", 1) + &line("b", 2)
        );
        assert_eq!(poll(&mut state, start, 30, vec![bad("a"), good("b", 3.0)]), line("a", 1) + &line("b", 3));
        assert_eq!(poll(&mut state, start, 89, vec![bad("a"), good("b", 4.0)]), line("a", 1) + &line("b", 4));
        assert_eq!(poll(&mut state, start, 90, vec![bad("a"), good("b", 5.0)]), line("b", 5));
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_that_the_vendor_no_longer_reports_goes_at_once() {
        let (start, mut state) = (Instant::now(), state(90));
        poll(&mut state, start, 0, vec![good("a", 1.0), good("b", 2.0)]);
        assert_eq!(poll(&mut state, start, 30, vec![good("b", 3.0)]), line("b", 3));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_goes_while_the_list_itself_is_unknown() {
        let (start, mut state) = (Instant::now(), state(90));
        let all = poll(&mut state, start, 0, vec![good("a", 1.0), good("b", 2.0)]);
        let list = || Answer::failed("List", "", Failure::new(Reason::Connect, "refused"));
        assert_eq!(poll(&mut state, start, 30, vec![list()]), all);
        assert_eq!(poll(&mut state, start, 90, vec![list()]), "");
    }

    fn about(item: &str) -> Answer {
        let facts =
            ChannelFacts { name: Some("Sales".into()), queue_length: Some(3.0), ..ChannelFacts::new(item) };
        Answer::understood("Queue", item, Data { samples: vec![], channels: vec![facts] }, vec![])
    }

    fn ids<'a>(channels: impl Iterator<Item = &'a ChannelFacts>) -> String {
        channels.map(|channel| channel.id.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[tokio::test(start_paused = true)]
    async fn the_channels_of_stale_data_are_remembered_for_a_day() {
        let (start, mut state) = (Instant::now(), state(90));
        poll(&mut state, start, 0, vec![about("a"), about("b")]);
        poll(&mut state, start, 30, vec![bad("a"), about("b")]);
        assert_eq!(ids(state.channels()), "a b");
        assert_eq!(ids(state.news(start + Duration::from_secs(30))), "b");
        assert!(state.expire(&identity(), start + Duration::from_secs(90)));
        assert!(!state.expire(&identity(), start + Duration::from_secs(91)));
        assert_eq!(ids(state.channels()), "b");
        let identity_of_a = ChannelFacts { name: Some("Sales".into()), ..ChannelFacts::new("a") };
        assert_eq!(state.stale_channels().collect::<Vec<_>>(), [&identity_of_a]);
        poll(&mut state, start, 120, vec![bad("a"), bad("b")]);
        assert_eq!(ids(state.stale_channels()), "a b");
        assert_eq!(state.next_expiry(), None);
        assert!(state.expire(&identity(), start + Duration::from_secs(24 * 3600 + 90)));
        assert_eq!(ids(state.stale_channels()), "b");
        poll(&mut state, start, 24 * 3600 + 100, vec![about("c")]);
        assert_eq!(ids(state.channels().chain(state.stale_channels())), "c");
    }

    #[tokio::test(start_paused = true)]
    async fn values_become_stale_without_a_poll_too() {
        let (start, mut state) = (Instant::now(), state(90));
        poll(&mut state, start, 0, vec![good("a", 1.0)]);
        assert_eq!(state.next_expiry(), Some(start + Duration::from_secs(90)));
        assert!(!state.expire(&identity(), start + Duration::from_secs(89)));
        assert!(state.expire(&identity(), start + Duration::from_secs(90)));
        assert_eq!(rendered(&state), "");
        assert_eq!(state.next_expiry(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn with_no_patience_the_first_failed_poll_drops_the_values() {
        let (start, mut state) = (Instant::now(), state(0));
        assert_eq!(poll(&mut state, start, 0, vec![good("a", 1.0)]), line("a", 1));
        assert!(!state.expire(&identity(), start + Duration::from_secs(10_000)));
        assert_eq!(poll(&mut state, start, 30, vec![bad("a")]), "");
    }

    #[tokio::test(start_paused = true)]
    async fn every_failure_is_counted_and_a_success_is_remembered() {
        let (start, mut state) = (Instant::now(), state(90));
        poll(&mut state, start, 0, vec![good("a", 1.0)]);
        poll(&mut state, start, 30, vec![bad("a"), bad("b"), good("c", 1.0)]);
        state.skipped(2);
        let expected = CollectorReport {
            name: "queue",
            up: Some(false),
            failing: vec![Reason::Timeout],
            duration: Some(0.25),
            interval: 30.0,
            last_success: Some(Timestamp::from_second(1_000_000).unwrap()),
            polls: 2,
            failed_polls: 1,
            failures: vec![(Reason::Timeout, 2)],
            skipped_polls: 2,
        };
        assert_eq!(state.report(), &expected);
        assert!(state.understood());
    }
}
