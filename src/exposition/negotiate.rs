//! Which format and coding a client asked for.
//!
//! A client that asks for nothing we have, or whose header makes no sense, gets the classic text format: a scrape that
//! works beats a 406.

use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderName};

use crate::exposition::format::{Encoding, Format};

/// One element of an `Accept` or `Accept-Encoding` header.
struct Element<'a> {
    value: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    quality: f32,
}

/// The format with the highest quality; of equals a named one before a wildcard, then the first.
pub fn format(headers: &HeaderMap) -> Format {
    let mut best: Option<(f32, bool, Format)> = None;
    for element in elements(headers, &ACCEPT) {
        let Some((format, named)) = offered(&element) else { continue };
        let rank = (element.quality, named);
        if element.quality > 0.0 && best.is_none_or(|(quality, named, _)| rank > (quality, named)) {
            best = Some((rank.0, rank.1, format));
        }
    }
    best.map_or(Format::Classic, |(_, _, format)| format)
}

/// Gzip where the client takes it and does not prefer the page as it is.
pub fn encoding(headers: &HeaderMap) -> Encoding {
    let elements: Vec<Element<'_>> = elements(headers, &ACCEPT_ENCODING);
    let quality = |names: &[&str]| {
        let named =
            |element: &&Element<'_>| names.iter().any(|name| element.value.eq_ignore_ascii_case(name));
        elements.iter().find(named).map(|element| element.quality)
    };
    let gzip = quality(&["gzip", "x-gzip"]).or_else(|| quality(&["*"])).unwrap_or(0.0);
    if gzip > 0.0 && gzip >= quality(&["identity"]).unwrap_or(0.0) {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

/// The format an element of `Accept` stands for, and whether it names it rather than a wildcard.
fn offered(element: &Element<'_>) -> Option<(Format, bool)> {
    let parameter = |name: &str| {
        let found = element.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    };
    match element.value.to_ascii_lowercase().as_str() {
        "application/openmetrics-text" => {
            matches!(parameter("version"), None | Some("1.0.0")).then_some((Format::OpenMetrics, true))
        }
        "application/vnd.google.protobuf" => (parameter("proto")
            == Some("io.prometheus.client.MetricFamily")
            && parameter("encoding") == Some("delimited"))
        .then_some((Format::Protobuf, true)),
        // Version 1.0.0 differs only in quoted names, and none of ours needs quotes.
        "text/plain" => {
            matches!(parameter("version"), None | Some("0.0.4" | "1.0.0")).then_some((Format::Classic, true))
        }
        "text/*" | "*/*" => Some((Format::Classic, false)),
        _ => None,
    }
}

/// The well-formed elements of all headers called `name`, in order.
fn elements<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<Element<'a>> {
    let texts = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).filter_map(Element::parse).collect()
}

impl<'a> Element<'a> {
    /// Reads `value;name=value;q=0.5`; `None` for what is not of this form.
    fn parse(text: &'a str) -> Option<Self> {
        let mut pieces = text.split(';').map(str::trim);
        let value = pieces.next().filter(|value| !value.is_empty())?;
        let mut element = Self { value, parameters: Vec::new(), quality: 1.0 };
        for piece in pieces {
            let (name, value) = piece.split_once('=')?;
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("q") {
                element.quality = value.parse().ok().filter(|quality| (0.0..=1.0).contains(quality))?;
            } else {
                element.parameters.push((name, value));
            }
        }
        Some(element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOBUF: &str =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

    fn headers(name: &HeaderName, texts: &[&str]) -> HeaderMap {
        texts.iter().map(|text| (name.clone(), text.parse().unwrap())).collect()
    }

    #[test]
    fn the_format_with_the_highest_quality_wins() {
        let protobuf_before_others = format!(
            "{PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,\
             application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        );
        let cases: &[(&[&str], Format)] = &[
            // Prometheus 2.42, without and with native histograms.
            (
                &[
                    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                   text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                ],
                Format::OpenMetrics,
            ),
            (&[&protobuf_before_others], Format::Protobuf),
            // Prometheus 3.
            (
                &["application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                   application/openmetrics-text;version=0.0.1;q=0.5,\
                   text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"],
                Format::OpenMetrics,
            ),
            (
                &["text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3"],
                Format::Classic,
            ),
            // A browser.
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], Format::Classic),
            (&[], Format::Classic),
            (&[""], Format::Classic),
            (&["*/*"], Format::Classic),
            (&["text/*"], Format::Classic),
            (&["application/json"], Format::Classic),
            (&["application/openmetrics-text"], Format::OpenMetrics),
            (&["Application/OpenMetrics-Text; Version=\"1.0.0\""], Format::OpenMetrics),
            (&["application/openmetrics-text;version=0.0.1"], Format::Classic),
            (&["application/openmetrics-text;version=2.0.0"], Format::Classic),
            (&["*/*, application/openmetrics-text"], Format::OpenMetrics),
            (&["text/plain, application/openmetrics-text"], Format::Classic),
            (&["text/plain;q=0.5", "application/openmetrics-text;q=0.6"], Format::OpenMetrics),
            (&["application/openmetrics-text;q=0, */*;q=0.1"], Format::Classic),
            (&["application/vnd.google.protobuf"], Format::Classic),
            (&["application/vnd.google.protobuf;proto=x;encoding=delimited"], Format::Classic),
            // Elements that make no sense are passed over.
            (&["application/openmetrics-text;q=high"], Format::Classic),
            (&["application/openmetrics-text;q=7"], Format::Classic),
            (&["application/openmetrics-text;version"], Format::Classic),
            (&[";;,,=,;q=1"], Format::Classic),
            (&["text/plain;q=NaN, application/openmetrics-text;q=0.1"], Format::OpenMetrics),
        ];
        for (accept, expected) in cases {
            assert_eq!(format(&headers(&ACCEPT, accept)), *expected, "{accept:?}");
        }
    }

    #[test]
    fn gzip_is_used_where_it_is_accepted() {
        let cases: &[(&[&str], Encoding)] = &[
            (&[], Encoding::Identity),
            (&["gzip"], Encoding::Gzip),
            (&["GZIP"], Encoding::Gzip),
            (&["deflate, gzip;q=0.5, br"], Encoding::Gzip),
            (&["gzip;q=0"], Encoding::Identity),
            (&["gzip;q=0.000"], Encoding::Identity),
            (&["*"], Encoding::Gzip),
            (&["*, gzip;q=0"], Encoding::Identity),
            (&["identity"], Encoding::Identity),
            (&["gzip;q=0.5, identity"], Encoding::Identity),
            (&["identity;q=0.5, gzip;q=1.0"], Encoding::Gzip),
            (&["br, zstd"], Encoding::Identity),
            (&["gzip;q=x"], Encoding::Identity),
        ];
        for (accept, expected) in cases {
            assert_eq!(encoding(&headers(&ACCEPT_ENCODING, accept)), *expected, "{accept:?}");
        }
    }
}
