//! The rendered samples of one family of one target: immutable, made when a poll ends, read by every scrape.

use std::collections::HashSet;

use bytes::Bytes;

use crate::exposition::{escape, number, protobuf};
use crate::platform::family::{Family, LabelValue, Sample};

/// The labels that all samples of a target share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The `platform` label of `webchat_*` families.
    pub platform: &'static str,
    /// The `target` label.
    pub target: String,
    /// Labels the user set on the target, sorted by name.
    pub user_labels: Vec<(String, String)>,
    /// Whether the user's labels are on every series, not only on `webchat_target_info`.
    pub user_labels_on_all_series: bool,
}

/// Samples of one family of one target, ready for every format.
#[derive(Clone, Debug)]
pub struct Block {
    /// The family.
    pub family: &'static Family,
    /// How many samples it holds.
    pub samples: usize,
    /// Lines of the text formats; they are the same in both.
    pub text: Bytes,
    /// Encoded `Metric` fields of the protobuf format.
    pub protobuf: Bytes,
}

impl Block {
    /// Renders `samples`, all of `family`; of samples with the same labels only the first is kept.
    pub fn render<'a>(
        identity: &Identity,
        family: &'static Family,
        samples: impl IntoIterator<Item = &'a Sample>,
    ) -> Self {
        let (mut text, mut encoded) = (Vec::new(), Vec::new());
        let mut seen: HashSet<&[LabelValue]> = HashSet::new();
        for sample in samples {
            if !seen.insert(&sample.labels) {
                continue;
            }
            let labels = identity.labels(family, &sample.labels);
            push_line(&mut text, family.name, &labels, sample.value);
            protobuf::push_metric(&mut encoded, family.kind, &labels, sample.value);
        }
        Self { family, samples: seen.len(), text: text.into(), protobuf: encoded.into() }
    }
}

impl Identity {
    /// All labels of a sample in the order they are written.
    fn labels<'a>(&'a self, family: &Family, own: &'a [LabelValue]) -> Vec<(&'a str, &'a str)> {
        let platform = family.has_platform_label().then_some(("platform", self.platform));
        let own = family.labels.iter().zip(own).map(|(name, value)| (*name, value.as_str()));
        let with_user_labels = self.user_labels_on_all_series || family.name == "webchat_target_info";
        let user = self.user_labels.iter().filter(|_| with_user_labels);
        let user = user.map(|(name, value)| (name.as_str(), value.as_str()));
        platform.into_iter().chain([("target", self.target.as_str())]).chain(own).chain(user).collect()
    }
}

fn push_line(text: &mut Vec<u8>, name: &str, labels: &[(&str, &str)], value: f64) {
    text.extend_from_slice(name.as_bytes());
    for (index, (label, value)) in labels.iter().enumerate() {
        text.push(if index == 0 { b'{' } else { b',' });
        text.extend_from_slice(label.as_bytes());
        text.extend_from_slice(b"=\"");
        escape::push_label_value(text, value);
        text.push(b'"');
    }
    text.extend_from_slice(b"} ");
    number::push_number(text, value);
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::family::Sink;

    static VENDOR: Family = Family::gauge("chime_queue_enabled", &["queue_id", "queue"], "X.");
    static NEUTRAL: Family = Family::gauge("webchat_target_up", &[], "X.");
    static INFO: Family = Family::info("webchat_target_info", &["base_url"], "X.");

    fn identity(on_all: bool) -> Identity {
        Identity {
            platform: "chime",
            target: "desk".into(),
            user_labels: vec![("site".into(), "london".into())],
            user_labels_on_all_series: on_all,
        }
    }

    fn render(on_all: bool, family: &'static Family, rows: &[(&[&str], f64)]) -> (usize, String) {
        let mut samples = Vec::new();
        for (labels, value) in rows {
            Sink::new(family, &mut samples).labelled(labels, *value);
        }
        let block = Block::render(&identity(on_all), family, &samples);
        (block.samples, String::from_utf8(block.text.to_vec()).unwrap())
    }

    #[test]
    fn vendor_families_carry_the_target_and_neutral_ones_the_platform_too() {
        assert_eq!(
            render(false, &VENDOR, &[(&["1", "a \"b\""], 1.0)]),
            (1, "chime_queue_enabled{target=\"desk\",queue_id=\"1\",queue=\"a \\\"b\\\"\"} 1\n".into())
        );
        assert_eq!(
            render(false, &NEUTRAL, &[(&[], 0.0)]),
            (1, "webchat_target_up{platform=\"chime\",target=\"desk\"} 0\n".into())
        );
    }

    #[test]
    fn user_labels_are_on_the_info_series_or_on_all() {
        assert_eq!(
            render(false, &INFO, &[(&["http://x"], 1.0)]).1,
            "webchat_target_info{platform=\"chime\",target=\"desk\",base_url=\"http://x\",site=\"london\"} 1\n"
        );
        assert_eq!(
            render(true, &NEUTRAL, &[(&[], 1.0)]).1,
            "webchat_target_up{platform=\"chime\",target=\"desk\",site=\"london\"} 1\n"
        );
    }

    #[test]
    fn a_series_that_occurs_twice_is_written_once() {
        let rows: [(&[&str], f64); 3] = [(&["1", "a"], 1.0), (&["1", "a"], 0.0), (&["2", "a"], 0.0)];
        assert_eq!(render(false, &VENDOR, &rows).0, 2);
    }
}
