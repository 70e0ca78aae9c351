//! The body of an answer.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use hyper::body::{Frame, SizeHint};

/// Pieces of known length in memory, shared with other answers and sent without being copied together; then, for some,
/// pieces that are still to come.
#[derive(Default)]
pub(super) struct Body {
    pieces: VecDeque<Bytes>,
    rest: Option<Pin<Box<dyn Stream<Item = Bytes> + Send>>>,
}

impl Body {
    /// Pieces as they come.
    pub(super) fn from_stream(stream: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self { pieces: VecDeque::new(), rest: Some(Box::pin(stream)) }
    }
}

impl From<Vec<Bytes>> for Body {
    fn from(pieces: Vec<Bytes>) -> Self {
        Self { pieces: pieces.into_iter().filter(|piece| !piece.is_empty()).collect(), rest: None }
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        vec![Bytes::from(text)].into()
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match (self.pieces.pop_front(), &mut self.rest) {
            (None, Some(rest)) => ready!(rest.as_mut().poll_next(context)),
            (piece, _) => piece,
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if self.rest.is_some() {
            return SizeHint::default();
        }
        SizeHint::with_exact(self.pieces.iter().map(|piece| piece.len() as u64).sum())
    }
}
