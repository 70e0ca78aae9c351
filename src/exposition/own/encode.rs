//! The registry in every format.
//!
//! The library writes OpenMetrics text and protobuf; the classic text is made from the former: names in metadata get
//! the suffix of their type back, units and the words the classic format lacks are replaced.

use std::fmt;

use prometheus_client::encoding::prometheus_protobuf::{self, EncodeError, prometheus_data_model};
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use prost::Message;

use crate::exposition::format::Format;
use crate::exposition::select::{Selection, stem};
use crate::instrument::Instrument;

/// Starts a collector's family of the table; a family that is started is written even if it stays empty.
pub(super) fn descriptor<'a>(
    encoder: &'a mut DescriptorEncoder<'_>,
    family: &'static Instrument,
    kind: MetricType,
) -> Result<MetricEncoder<'a>, fmt::Error> {
    encoder.encode_descriptor(stem(family.name), family.help, None, kind)
}

/// The selected families of `registry` that hold samples.
pub(super) fn render(registry: &Registry, selection: &Selection, format: Format) -> Vec<u8> {
    let mut page = Vec::new();
    let rendered = match format {
        Format::Protobuf => push_protobuf(&mut page, registry, selection),
        Format::Classic | Format::OpenMetrics => push_text(&mut page, registry, selection, format),
    };
    if let Err(error) = rendered {
        // A page without the process's own families is better than none.
        tracing::error!(error = %error, "The process's own metrics could not be written.");
        page.clear();
    }
    page
}

fn push_protobuf(page: &mut Vec<u8>, registry: &Registry, selection: &Selection) -> Result<(), EncodeError> {
    let histogram = prometheus_data_model::MetricType::Histogram as i32;
    for family in prometheus_protobuf::encode(registry)? {
        let is_histogram = family.r#type == histogram;
        if !family.metric.is_empty() && is_selected(selection, &family.name, is_histogram) {
            family.encode_length_delimited(page)?;
        }
    }
    Ok(())
}

fn push_text(
    page: &mut Vec<u8>,
    registry: &Registry,
    selection: &Selection,
    format: Format,
) -> Result<(), EncodeError> {
    let mut openmetrics = String::new();
    text::encode_registry(&mut openmetrics, registry)?;
    for family in TextFamily::all(&openmetrics) {
        let is_histogram = family.kind == "histogram";
        if !family.samples.is_empty() && is_selected(selection, &family.sample_name(), is_histogram) {
            family.push(page, format);
        }
    }
    Ok(())
}

fn is_selected(selection: &Selection, name: &str, is_histogram: bool) -> bool {
    if is_histogram { selection.has_histogram(name) } else { selection.has_family(name) }
}

/// A family as the library writes it: `# HELP`, `# TYPE`, maybe `# UNIT`, samples.
struct TextFamily<'a> {
    name: &'a str,
    help: &'a str,
    kind: &'a str,
    metadata: &'a str,
    samples: &'a str,
}

impl<'a> TextFamily<'a> {
    /// The families of a page.
    fn all(page: &'a str) -> Vec<Self> {
        let mut starts: Vec<usize> = page.match_indices("# HELP ").map(|(at, _)| at).collect();
        starts.retain(|at| *at == 0 || page[..*at].ends_with('\n'));
        let ends = starts.iter().skip(1).copied().chain([page.len()]);
        starts.iter().zip(ends).filter_map(|(start, end)| Self::parse(&page[*start..end])).collect()
    }

    fn parse(text: &'a str) -> Option<Self> {
        let mut metadata = 0;
        let (mut name, mut help, mut kind) = ("", "", "");
        for line in text.split_inclusive('\n').take_while(|line| line.starts_with("# ")) {
            metadata += line.len();
            let mut words = line.trim_end_matches('\n').splitn(4, ' ').skip(1);
            match words.next()? {
                "HELP" => (name, help) = (words.next()?, words.next()?),
                "TYPE" => kind = words.nth(1)?,
                _ => {}
            }
        }
        let (metadata, samples) = text.split_at(metadata);
        Some(Self { name, help, kind, metadata, samples })
    }

    /// The name with the suffix of its type.
    fn sample_name(&self) -> String {
        let suffix = match self.kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        format!("{}{suffix}", self.name)
    }

    fn push(&self, page: &mut Vec<u8>, format: Format) {
        if format == Format::Classic {
            let kind = match self.kind {
                "info" => "gauge",
                "unknown" => "untyped",
                other => other,
            };
            let (name, help) = (self.sample_name(), self.help);
            page.extend_from_slice(format!("# HELP {name} {help}\n# TYPE {name} {kind}\n").as_bytes());
        } else {
            page.extend_from_slice(self.metadata.as_bytes());
        }
        page.extend_from_slice(self.samples.as_bytes());
    }
}
