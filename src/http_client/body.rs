//! Reading a body: under a cap that holds after decompression, and never silent for too long.

use std::io::{self, Write};
use std::time::Duration;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::header;
use tokio::time::{Instant, timeout_at};

use crate::http_client::backoff::in_seconds;
use crate::http_client::{Failure, Reason, classify};

/// How long and how large an answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Cap of the decompressed body.
    pub(crate) bytes: usize,
    /// Longest silence.
    pub(crate) silence: Duration,
    /// The end of it all.
    pub(crate) deadline: Instant,
}

/// Reads the body and undoes its gzip coding, the only one that requests ask for.
///
/// # Errors
/// [`Reason::TooLarge`] as soon as the body, compressed or not, is above the cap; [`Reason::Parse`] for another or
/// a broken coding; timeouts and broken connections in their classes.
pub(crate) async fn read(mut response: reqwest::Response, limits: Limits) -> Result<Bytes, Failure> {
    let mut sink = Sink::of(&response, limits.bytes)?;
    let received_cap = limits.bytes.saturating_add(sink.overhead());
    if response.content_length().is_some_and(|length| length > received_cap as u64) {
        return Err(too_large(limits.bytes));
    }
    let mut received = 0_usize;
    loop {
        let chunk = within(response.chunk(), limits.silence, limits.deadline, "the answer was read").await?;
        let Some(chunk) = chunk.map_err(classify::interrupted)? else { break };
        received = received.saturating_add(chunk.len());
        if received > received_cap {
            return Err(too_large(limits.bytes));
        }
        sink.write(&chunk)?;
    }
    sink.finish(received)
}

/// Waits for `step`, for `silence` and until `deadline` at most.
///
/// # Errors
/// [`Reason::Timeout`], with a detail that says which of the two passed.
pub(crate) async fn within<T>(
    step: impl Future<Output = T>,
    silence: Duration,
    deadline: Instant,
    occupation: &str,
) -> Result<T, Failure> {
    let end = Instant::now() + silence;
    timeout_at(end.min(deadline), step).await.map_err(|_| {
        let detail = if deadline <= end {
            "the poll's deadline passed".to_owned()
        } else {
            format!("silent for {} while {occupation}", in_seconds(silence))
        };
        Failure::new(Reason::Timeout, detail)
    })
}

fn too_large(cap: usize) -> Failure {
    Failure::new(Reason::TooLarge, format!("the answer is larger than {cap} bytes"))
}

/// Where the chunks go.
enum Sink {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Sink {
    /// Fits the answer's content coding.
    fn of(response: &reqwest::Response, cap: usize) -> Result<Self, Failure> {
        let mut codings = response.headers().get_all(header::CONTENT_ENCODING).iter();
        let coding = codings.next().map(|value| value.as_bytes().trim_ascii().to_ascii_lowercase());
        let body = Capped { bytes: Vec::new(), cap, full: false };
        match coding.as_deref() {
            _ if codings.next().is_some() => Err(Failure::parse("the answer is coded more than once")),
            None | Some(b"" | b"identity") => Ok(Self::Plain(body)),
            Some(b"gzip" | b"x-gzip") => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(body)))),
            Some(_) => Err(Failure::parse("the answer is compressed in a way nobody asked for")),
        }
    }

    /// Bytes by which a body of incompressible data may be longer on the way than afterwards.
    fn overhead(&self) -> usize {
        match self {
            Self::Plain(_) => 0,
            Self::Gzip(_) => 64 << 10,
        }
    }

    fn write(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        let written = match self {
            Self::Plain(body) => body.write_all(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
        };
        written.map_err(|error| self.failure(error))
    }

    fn finish(mut self, received: usize) -> Result<Bytes, Failure> {
        match &mut self {
            Self::Plain(body) => Ok(std::mem::take(&mut body.bytes).into()),
            // An empty body, as of a 204, is not even an empty gzip member.
            Self::Gzip(_) if received == 0 => Ok(Bytes::new()),
            Self::Gzip(decoder) => match decoder.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut decoder.get_mut().bytes).into()),
                Err(error) => Err(self.failure(error)),
            },
        }
    }

    fn failure(&self, error: io::Error) -> Failure {
        let body = match self {
            Self::Plain(body) => body,
            Self::Gzip(decoder) => decoder.get_ref(),
        };
        if body.full {
            return too_large(body.cap);
        }
        Failure::caused_by(Reason::Parse, "the answer's gzip is broken or ends too early", error)
    }
}

/// A buffer that takes no more than its cap.
struct Capped {
    bytes: Vec<u8>,
    cap: usize,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if chunk.len() > self.cap - self.bytes.len() {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use jiff::Timestamp;

    use super::*;
    use crate::http_client::Caller;
    use crate::http_client::loopback::{Reaction, Server, answer, caller};
    use crate::http_client::settings::HttpSettings;

    const CAP: usize = 100_000;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn settings() -> HttpSettings {
        HttpSettings { max_response_bytes: CAP, ..HttpSettings::default() }
    }

    /// The size of the body, or the class of the failure and its detail.
    async fn outcome(
        reaction: impl Fn() -> Reaction + Send + Sync + 'static,
    ) -> Result<usize, (Reason, String)> {
        let server = Server::start(move |_, _| reaction()).await;
        let client = server.client(&settings());
        let reply = caller(&client).call(server.get("/")).await;
        if reply.is_err() {
            assert_eq!(client.request_counts(), [("queues", "200".to_owned(), 1)], "the status had arrived");
        }
        reply.map(|reply| reply.body.len()).map_err(|failure| (failure.reason, failure.to_string()))
    }

    fn coded(coding: &'static str, body: Vec<u8>) -> impl Fn() -> Reaction {
        move || answer(200, &[("content-encoding", coding)], &body)
    }

    fn too_large() -> Result<usize, (Reason, String)> {
        Err((Reason::TooLarge, "the answer is larger than 100000 bytes".to_owned()))
    }

    fn broken_gzip() -> Result<usize, (Reason, String)> {
        Err((Reason::Parse, "the answer's gzip is broken or ends too early".to_owned()))
    }

    #[tokio::test]
    async fn bodies_up_to_the_cap_are_read() {
        assert_eq!(outcome(|| answer(200, &[], vec![b'x'; CAP])).await, Ok(CAP));
        assert_eq!(outcome(coded("gzip", gzip(&vec![b'x'; CAP]))).await, Ok(CAP));
        assert_eq!(outcome(coded("X-GZIP", [gzip(b"two"), gzip(b"members")].concat())).await, Ok(10));
        assert_eq!(outcome(coded("identity", b"plain".to_vec())).await, Ok(5));
        assert_eq!(outcome(coded("gzip", vec![])).await, Ok(0));
    }

    #[tokio::test]
    async fn the_reply_no_longer_claims_to_be_compressed() {
        let server = Server::start(|_, _| answer(200, &[("content-encoding", "gzip")], gzip(b"hello"))).await;
        let reply = caller(&server.client(&settings())).call(server.get("/")).await.unwrap();
        assert_eq!(&*reply.body, b"hello");
        assert!(!reply.headers.contains_key(header::CONTENT_ENCODING));
        assert!(!reply.headers.contains_key(header::CONTENT_LENGTH));
        assert_eq!(server.received()[0].header("accept-encoding"), Some("gzip"));
    }

    #[tokio::test]
    async fn what_is_above_the_cap_is_given_up_before_it_is_read() {
        let claim = b"HTTP/1.1 200 OK\r\ncontent-length: 100001\r\n\r\n";
        assert_eq!(outcome(|| Reaction::Hang(claim.to_vec())).await, too_large());
        assert_eq!(outcome(|| answer(200, &[], vec![b'x'; CAP + 1])).await, too_large());
        assert_eq!(outcome(coded("gzip", gzip(&vec![b'x'; CAP + 1]))).await, too_large());
    }

    #[tokio::test]
    async fn a_body_without_end_and_a_gzip_bomb_are_given_up_at_the_cap() {
        let head = || b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        assert_eq!(outcome(move || Reaction::Endless(head(), vec![b'x'; 1_000])).await, too_large());
        let head = || b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".to_vec();
        let bomb = gzip(&vec![0; 10 << 20]);
        assert!(bomb.len() < CAP);
        assert_eq!(outcome(move || Reaction::Endless(head(), bomb.clone())).await, too_large());
        // Members without content never reach the cap after decompression.
        let nothing = gzip(b"").repeat(100);
        assert_eq!(outcome(move || Reaction::Endless(head(), nothing.clone())).await, too_large());
    }

    #[tokio::test]
    async fn broken_and_unknown_codings_are_no_answer() {
        let whole = gzip(b"hello hello hello");
        let truncated = whole[..whole.len() - 9].to_vec();
        assert_eq!(outcome(coded("gzip", truncated)).await, broken_gzip());
        let mut corrupt = whole;
        let last = corrupt.len() - 1;
        corrupt[last] ^= 1;
        assert_eq!(outcome(coded("gzip", corrupt)).await, broken_gzip());
        assert_eq!(outcome(coded("gzip", b"not gzip".to_vec())).await, broken_gzip());
        let unknown = "the answer is compressed in a way nobody asked for".to_owned();
        assert_eq!(outcome(coded("br", vec![1])).await, Err((Reason::Parse, unknown)));
        let twice = || answer(200, &[("content-encoding", "gzip"), ("content-encoding", "gzip")], "x");
        assert_eq!(
            outcome(twice).await,
            Err((Reason::Parse, "the answer is coded more than once".to_owned()))
        );
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_or_makes_no_sense_has_its_class() {
        let short = || Reaction::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec());
        let broke = "the connection broke while the answer was read".to_owned();
        assert_eq!(outcome(short).await, Err((Reason::Connect, broke.clone())));
        let early =
            || Reaction::Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel".to_vec());
        assert_eq!(outcome(early).await, Err((Reason::Connect, broke)));
        let nonsense =
            || Reaction::Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nhello\r\n".to_vec());
        let malformed = "the answer is not HTTP as it should be".to_owned();
        assert_eq!(outcome(nonsense).await, Err((Reason::Parse, malformed)));
    }

    #[tokio::test]
    async fn silence_and_the_deadline_are_told_apart() {
        let server = Server::start(|number, _| match number {
            0 | 2 => Reaction::Hang(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_vec()),
            _ => Reaction::Hang(vec![]),
        })
        .await;
        let (quick, slow) = (Duration::from_millis(50), Duration::from_secs(5));
        let mut details = Vec::new();
        for (silence, until) in [(quick, slow), (quick, slow), (slow, quick), (slow, quick)] {
            let settings = HttpSettings { read_timeout: silence, connect_timeout: silence, ..settings() };
            let client = server.client(&settings);
            let caller = Caller::new(client, Instant::now() + until, Timestamp::UNIX_EPOCH);
            let failure = caller.call(server.get("/")).await.unwrap_err();
            assert_eq!(failure.reason, Reason::Timeout);
            details.push(failure.to_string());
        }
        let silent = ["silent for 1s while the answer was read", "silent for 1s while an answer was awaited"];
        assert_eq!(
            details,
            [silent[0], silent[1], "the poll's deadline passed", "the poll's deadline passed"]
        );
    }
}
