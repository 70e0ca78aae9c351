//! The Prometheus protobuf format, as far as blocks need it.
//!
//! A page is a sequence of `io.prometheus.client.MetricFamily` messages, each preceded by its length as a varint. The
//! samples of a family are its repeated field 4, so a block can hold them encoded and a page is header and blocks.
//! Source: `metrics.proto` of `prometheus/client_model`.

use bytes::Bytes;

use crate::platform::family::{Family, Kind};

const LENGTH_DELIMITED: u8 = 2;
const VARINT: u8 = 0;
const FIXED64: u8 = 1;

/// Appends one `Metric` as field 4 of its family.
pub fn push_metric(out: &mut Vec<u8>, kind: Kind, labels: &[(&str, &str)], value: f64) {
    let mut metric = Vec::with_capacity(64);
    for (name, text) in labels {
        let mut pair = Vec::with_capacity(name.len() + text.len() + 8);
        push_bytes(&mut pair, 1, name.as_bytes());
        push_bytes(&mut pair, 2, text.as_bytes());
        push_bytes(&mut metric, 1, &pair);
    }
    let mut number = Vec::with_capacity(9);
    number.push((1 << 3) | FIXED64);
    number.extend_from_slice(&value.to_le_bytes());
    let field = match kind {
        Kind::Gauge | Kind::Info => 2,
        Kind::Counter => 3,
    };
    push_bytes(&mut metric, field, &number);
    push_bytes(out, 4, &metric);
}

/// Appends one delimited `MetricFamily` whose samples are the given blocks.
pub fn push_family(out: &mut Vec<u8>, family: &Family, blocks: &[Bytes]) {
    let mut header = Vec::with_capacity(family.name.len() + family.help.len() + 16);
    push_bytes(&mut header, 1, family.name.as_bytes());
    push_bytes(&mut header, 2, family.help.as_bytes());
    header.push((3 << 3) | VARINT);
    // MetricType: COUNTER = 0, GAUGE = 1; the format has no info type.
    header.push(match family.kind {
        Kind::Counter => 0,
        Kind::Gauge | Kind::Info => 1,
    });
    push_varint(out, header.len() + blocks.iter().map(Bytes::len).sum::<usize>());
    out.extend_from_slice(&header);
    for block in blocks {
        out.extend_from_slice(block);
    }
}

fn push_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push((field << 3) | LENGTH_DELIMITED);
    push_varint(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn push_varint(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_encoded_as_the_schema_says() {
        static FAMILY: Family = Family::counter("x_total", &["q"], "X.");
        let mut block = Vec::new();
        push_metric(&mut block, Kind::Counter, &[("q", "1")], 2.0);
        let mut page = Vec::new();
        push_family(&mut page, &FAMILY, &[block.into()]);
        let expected: &[u8] = &[
            36, // length
            0x0a, 7, b'x', b'_', b't', b'o', b't', b'a', b'l', // name
            0x12, 2, b'X', b'.', // help
            0x18, 0, // type counter
            0x22, 19, // metric
            0x0a, 6, 0x0a, 1, b'q', 0x12, 1, b'1', // label
            0x1a, 9, 0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, // counter 2.0
        ];
        assert_eq!(page, expected);
    }
}
