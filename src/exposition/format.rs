//! The three formats of a page and how it is sent.

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The classic text format 0.0.4, which everything reads.
    Classic,
    /// OpenMetrics text 1.0.
    OpenMetrics,
    /// `io.prometheus.client.MetricFamily` messages, each preceded by its length.
    Protobuf,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Classic, Self::OpenMetrics, Self::Protobuf];

    /// The `Content-Type` of a page.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }

    /// What ends a page after its last family.
    pub const fn end(self) -> &'static [u8] {
        match self {
            Self::OpenMetrics => b"# EOF\n",
            Self::Classic | Self::Protobuf => b"",
        }
    }
}

/// The content coding of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// Compressed.
    Gzip,
}
