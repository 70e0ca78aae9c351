//! What was asked and what became of it, for people: never headers, never bodies.

use std::fmt;
use std::time::Duration;

use http::Method;

use crate::http_client::Reason;
use crate::http_client::locked::Locked;

/// One request of a poll and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRecord {
    /// The request's name; `token` for those to an OAuth 2 token endpoint.
    pub endpoint: &'static str,
    /// The method.
    pub method: Method,
    /// The URL without query, fragment and credentials.
    pub url: String,
    /// The status, where an answer came.
    pub status: Option<u16>,
    /// The class of the failure, where the answer could not be had whole or the request was not sent at all; a status
    /// that means failure is none.
    pub failure: Option<Reason>,
    /// Size of the decompressed body.
    pub bytes: usize,
    /// From sending to the end of the body; zero for a request that was not sent.
    pub duration: Duration,
}

/// One line: `queues GET https://chat.example.com/queues 200, 512 bytes, 0.042 s`.
impl fmt::Display for ExchangeRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {} ", self.endpoint, self.method, self.url)?;
        match (self.status, self.failure) {
            (Some(status), None) => write!(formatter, "{status}, {} bytes", self.bytes)?,
            (Some(status), Some(failure)) => write!(formatter, "{status}, {}", failure.label())?,
            (None, Some(failure)) => formatter.write_str(failure.label())?,
            (None, None) => formatter.write_str("nothing")?,
        }
        write!(formatter, ", {:.3} s", self.duration.as_secs_f64())
    }
}

/// The records of one poll, in the order in which the requests ended.
#[derive(Debug, Default)]
pub(crate) struct ExchangeLog(Locked<Vec<ExchangeRecord>>);

impl ExchangeLog {
    /// Records beyond this many are dropped: a poll that makes so many requests is described well enough.
    const CAPACITY: usize = 1_000;

    pub(crate) fn push(&self, record: ExchangeRecord) {
        let mut records = self.0.lock();
        if records.len() < Self::CAPACITY {
            records.push(record);
        }
    }

    pub(crate) fn records(&self) -> Vec<ExchangeRecord> {
        self.0.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line() {
        let record = |status, failure| ExchangeRecord {
            endpoint: "queues",
            method: Method::GET,
            url: "https://a/queues".to_owned(),
            status,
            failure,
            bytes: 512,
            duration: Duration::from_micros(42_400),
        };
        let cases = [
            (Some(200), None, "queues GET https://a/queues 200, 512 bytes, 0.042 s"),
            (Some(200), Some(Reason::TooLarge), "queues GET https://a/queues 200, too_large, 0.042 s"),
            (None, Some(Reason::Dns), "queues GET https://a/queues dns, 0.042 s"),
        ];
        for (status, failure, line) in cases {
            assert_eq!(record(status, failure).to_string(), line);
        }
    }

    #[test]
    fn a_log_does_not_grow_for_ever() {
        let log = ExchangeLog::default();
        for _ in 0..2 * ExchangeLog::CAPACITY {
            log.push(ExchangeRecord {
                endpoint: "queues",
                method: Method::GET,
                url: String::new(),
                status: None,
                failure: None,
                bytes: 0,
                duration: Duration::ZERO,
            });
        }
        assert_eq!(log.records().len(), ExchangeLog::CAPACITY);
    }
}
