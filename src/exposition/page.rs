//! The targets' part of a page: blocks put together family by family, as every format asks.

use std::sync::Arc;

use bytes::Bytes;

use crate::exposition::format::Format;
use crate::exposition::select::{Selection, stem};
use crate::exposition::{Block, escape, protobuf};
use crate::platform::catalogue::catalogue;
use crate::platform::family::{Family, Kind};
use crate::state::Snapshot;

/// Writes what `selection` leaves of `snapshots`, in the catalogue's order of families and within a family in the
/// order of `snapshots`; a family without samples writes nothing.
///
/// The page is not ended: the process's own families and [`Format::end`] follow.
pub fn render(snapshots: &[Arc<Snapshot>], selection: &Selection, format: Format) -> Vec<u8> {
    let blocks = ordered(snapshots, selection);
    let size = |block: &Block| match format {
        Format::Protobuf => block.protobuf.len(),
        Format::Classic | Format::OpenMetrics => block.text.len(),
    };
    let mut page = Vec::with_capacity(blocks.iter().map(|block| size(block)).sum::<usize>() * 9 / 8);
    for blocks in blocks.chunk_by(|one, other| one.family.name == other.family.name) {
        push_family(&mut page, blocks, format);
    }
    page
}

/// The selected blocks that hold samples, those of a family next to each other.
fn ordered<'a>(snapshots: &'a [Arc<Snapshot>], selection: &Selection) -> Vec<&'a Block> {
    let blocks = snapshots.iter().flat_map(|snapshot| &snapshot.blocks);
    let mut blocks: Vec<(usize, &Block)> = blocks
        .filter(|block| block.samples > 0 && selection.has_family(block.family.name))
        .map(|block| (catalogue().position(block.family), block))
        .collect();
    // The name keeps families together that the catalogue does not know; the sort keeps the order of targets.
    blocks.sort_by_key(|(position, block)| (*position, block.family.name));
    blocks.into_iter().map(|(_, block)| block).collect()
}

/// Writes one family; `blocks` are all of it.
fn push_family(page: &mut Vec<u8>, blocks: &[&Block], format: Format) {
    let Some(family) = blocks.first().map(|block| block.family) else { return };
    match format {
        Format::Classic => {
            push_line(page, "HELP", family.name, escaped_help(family));
            push_line(page, "TYPE", family.name, classic_type(family));
        }
        Format::OpenMetrics => {
            let name = if family.kind == Kind::Gauge { family.name } else { stem(family.name) };
            push_line(page, "TYPE", name, openmetrics_type(family));
            push_line(page, "HELP", name, escaped_help(family));
        }
        Format::Protobuf => {
            let encoded: Vec<Bytes> = blocks.iter().map(|block| block.protobuf.clone()).collect();
            protobuf::push_family(page, family, &encoded);
            return;
        }
    }
    for block in blocks {
        page.extend_from_slice(&block.text);
    }
}

fn push_line(page: &mut Vec<u8>, keyword: &str, name: &str, rest: impl AsRef<[u8]>) {
    for piece in ["# ", keyword, " ", name, " "] {
        page.extend_from_slice(piece.as_bytes());
    }
    page.extend_from_slice(rest.as_ref());
    page.push(b'\n');
}

fn escaped_help(family: &Family) -> Vec<u8> {
    let mut help = Vec::with_capacity(family.help.len());
    escape::push_help(&mut help, family.help);
    help
}

fn classic_type(family: &Family) -> &'static str {
    match family.kind {
        Kind::Gauge | Kind::Info => "gauge",
        Kind::Counter => "counter",
    }
}

fn openmetrics_type(family: &Family) -> &'static str {
    match family.kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
        Kind::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model::{Metric, MetricFamily};
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::exposition::Identity;
    use crate::exposition::strict_parser::{self, Parsed};
    use crate::platform::family::{LabelValue, Sink};
    use crate::state::History;

    static UP: Family = Family::gauge("webchat_target_up", &[], "1 if it \\ answers.");
    static INFO: Family = Family::info("webchat_target_info", &["base_url"], "One per target.");
    static POLLS: Family = Family::counter("webchat_collector_polls_total", &["collector"], "Polls ended.");
    static ABSENT: Family = Family::gauge("webchat_absent", &[], "Never there.");
    static VENDOR: Family = Family::gauge("chime_queue_enabled", &["queue_id", "queue"], "X.");

    fn identity(target: &str) -> Identity {
        Identity {
            platform: "chime",
            target: target.into(),
            user_labels: vec![("site".into(), "london".into())],
            user_labels_on_all_series: false,
        }
    }

    fn block(identity: &Identity, family: &'static Family, rows: &[(&[&str], f64)]) -> Block {
        let mut samples = Vec::new();
        for (labels, value) in rows {
            Sink::new(family, &mut samples).labelled(labels, *value);
        }
        Block::render(identity, family, &samples)
    }

    fn snapshot(target: &str, up: f64) -> Arc<Snapshot> {
        let identity = identity(target);
        let blocks = vec![
            block(&identity, &UP, &[(&[], up)]),
            block(&identity, &INFO, &[(&["http://x"], 1.0)]),
            block(&identity, &ABSENT, &[]),
            block(&identity, &POLLS, &[(&["queues"], 7.0), (&["outages"], 0.0)]),
        ];
        Arc::new(Snapshot {
            identity: Arc::new(identity),
            base_url: "http://x".into(),
            up: Some(up > 0.0),
            collectors: Arc::default(),
            history: History::default(),
            blocks,
            channels: Vec::new(),
            memory: Vec::new(),
            limits: Arc::default(),
            rules: Arc::default(),
            polled: true,
        })
    }

    fn text(snapshots: &[Arc<Snapshot>], selection: &Selection, format: Format) -> String {
        String::from_utf8(render(snapshots, selection, format)).unwrap()
    }

    fn names(names: &[&str]) -> Selection {
        Selection { names: names.iter().map(|name| (*name).into()).collect(), ..Selection::default() }
    }

    #[test]
    fn the_classic_page_has_its_families_in_the_catalogues_order_and_samples_together() {
        let page =
            text(&[snapshot("desk", 1.0), snapshot("shop", 0.0)], &Selection::default(), Format::Classic);
        let polls = "# HELP webchat_collector_polls_total Polls ended.\n\
            # TYPE webchat_collector_polls_total counter\n\
            webchat_collector_polls_total{platform=\"chime\",target=\"desk\",collector=\"queues\"} 7\n\
            webchat_collector_polls_total{platform=\"chime\",target=\"desk\",collector=\"outages\"} 0\n\
            webchat_collector_polls_total{platform=\"chime\",target=\"shop\",collector=\"queues\"} 7\n\
            webchat_collector_polls_total{platform=\"chime\",target=\"shop\",collector=\"outages\"} 0\n";
        let info = "# HELP webchat_target_info One per target.\n\
            # TYPE webchat_target_info gauge\n\
            webchat_target_info{platform=\"chime\",target=\"desk\",base_url=\"http://x\",site=\"london\"} 1\n\
            webchat_target_info{platform=\"chime\",target=\"shop\",base_url=\"http://x\",site=\"london\"} 1\n";
        let up = "# HELP webchat_target_up 1 if it \\\\ answers.\n\
            # TYPE webchat_target_up gauge\n\
            webchat_target_up{platform=\"chime\",target=\"desk\"} 1\n\
            webchat_target_up{platform=\"chime\",target=\"shop\"} 0\n";
        assert_eq!(page, [info, up, polls].concat());
    }

    #[test]
    fn openmetrics_metadata_leaves_the_suffix_of_the_type_out() {
        let shown = names(&["webchat_collector_polls"]);
        assert_eq!(
            text(&[snapshot("desk", 1.0)], &shown, Format::OpenMetrics),
            "# TYPE webchat_collector_polls counter\n\
             # HELP webchat_collector_polls Polls ended.\n\
             webchat_collector_polls_total{platform=\"chime\",target=\"desk\",collector=\"queues\"} 7\n\
             webchat_collector_polls_total{platform=\"chime\",target=\"desk\",collector=\"outages\"} 0\n"
        );
        assert_eq!(
            text(&[snapshot("desk", 1.0)], &names(&["webchat_target_info"]), Format::OpenMetrics),
            "# TYPE webchat_target info\n\
             # HELP webchat_target One per target.\n\
             webchat_target_info{platform=\"chime\",target=\"desk\",base_url=\"http://x\",site=\"london\"} 1\n"
        );
    }

    #[test]
    fn nothing_selected_writes_nothing() {
        for format in Format::ALL {
            assert!(render(&[snapshot("desk", 1.0)], &names(&["other"]), format).is_empty());
            assert!(render(&[], &Selection::default(), format).is_empty());
        }
    }

    /// Labels and value of a protobuf sample.
    fn sample(metric: &Metric) -> (Vec<(String, String)>, f64) {
        let labels = metric.label.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect();
        let gauge = metric.gauge.as_ref().map(|gauge| gauge.value);
        (labels, gauge.or(metric.counter.as_ref().map(|counter| counter.value)).unwrap())
    }

    fn decode(mut page: &[u8]) -> Vec<MetricFamily> {
        let mut families = Vec::new();
        while !page.is_empty() {
            families.push(MetricFamily::decode_length_delimited(&mut page).unwrap());
        }
        families
    }

    #[test]
    fn the_protobuf_page_is_read_by_the_official_schema() {
        let snapshots = [snapshot("desk", 1.0), snapshot("shop", 0.0)];
        let families = decode(&render(&snapshots, &Selection::default(), Format::Protobuf));
        let mut heads: Vec<(&str, &str, i32, usize)> = families
            .iter()
            .map(|family| (family.name.as_str(), family.help.as_str(), family.r#type, family.metric.len()))
            .collect();
        heads.sort_unstable();
        assert_eq!(
            heads,
            [
                ("webchat_collector_polls_total", "Polls ended.", 0, 4),
                ("webchat_target_info", "One per target.", 1, 2),
                ("webchat_target_up", "1 if it \\ answers.", 1, 2),
            ]
        );
        let polls = families.iter().find(|family| family.r#type == 0).unwrap();
        let labels = [("platform", "chime"), ("target", "desk"), ("collector", "queues")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(sample(&polls.metric[0]), (labels, 7.0));
    }

    proptest! {
        /// Whatever a vendor sends as a name comes back out of every format.
        #[test]
        fn hostile_labels_and_values_come_back_from_every_format(
            target in any::<String>(),
            rows in proptest::collection::vec((any::<String>(), any::<String>(), any::<f64>()), 0..8),
        ) {
            let identity = identity(&target);
            let rows: Vec<([&str; 2], f64)> =
                rows.iter().map(|(id, name, value)| ([id.as_str(), name.as_str()], *value)).collect();
            let rows: Vec<(&[&str], f64)> = rows.iter().map(|(labels, value)| (&labels[..], *value)).collect();
            let mut expected: Vec<Parsed> = Vec::new();
            for (labels, value) in rows.iter().filter(|(_, value)| value.is_finite()) {
                let own = ["queue_id", "queue"].into_iter().zip(labels.iter().copied());
                let own = own.map(|(name, text)| (name.to_owned(), LabelValue::new(text).as_str().to_owned()));
                let labels: Vec<_> = [("target".to_owned(), target.clone())].into_iter().chain(own).collect();
                if expected.iter().all(|parsed| parsed.labels != labels) {
                    expected.push(Parsed { name: VENDOR.name.to_owned(), labels, value: *value });
                }
            }
            let blocks = vec![block(&identity, &VENDOR, &rows)];
            let snapshot =
                Snapshot { identity: Arc::new(identity), base_url: String::new(), up: None, collectors: Arc::default(), history: History::default(), blocks, channels: Vec::new(), memory: Vec::new(), limits: Arc::default(), rules: Arc::default(), polled: true };
            let snapshots = [Arc::new(snapshot)];
            for format in [Format::Classic, Format::OpenMetrics] {
                let page = text(&snapshots, &Selection::default(), format);
                prop_assert_eq!(&strict_parser::parse(&page).unwrap(), &expected);
            }
            let families = decode(&render(&snapshots, &Selection::default(), Format::Protobuf));
            let metrics = families.iter().flat_map(|family| &family.metric).map(sample);
            let expected: Vec<_> = expected.into_iter().map(|parsed| (parsed.labels, parsed.value)).collect();
            prop_assert_eq!(metrics.collect::<Vec<_>>(), expected);
        }
    }
}
