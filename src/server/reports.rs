//! What the routes about channels share: documents made once per publication, and the streams of them.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::StatusCode;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::health::{HealthDocument, StatusDocument, Verdict};
use crate::server::conditional::Tagged;
use crate::state::Store;

/// Streams of the API at once, and as many of open pages; above: 503.
const MAX_STREAMS: usize = 100;

/// A document with the generation of the store that it was made from.
type Kept<T> = ArcSwapOption<(u64, T)>;

/// Documents about everything in a store.
#[derive(Debug)]
pub(super) struct Reports {
    pub(super) store: Arc<Store>,
    status: Kept<Tagged>,
    health: Kept<(StatusCode, Tagged)>,
    /// One permit per stream of the API that may run at once.
    pub(super) streams: Arc<Semaphore>,
    /// The same for open pages: neither programs nor people can keep the others out.
    pub(super) page_streams: Arc<Semaphore>,
    /// Cancelled when the server stops, which ends all streams.
    pub(super) stopping: CancellationToken,
}

impl Reports {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            status: Kept::empty(),
            health: Kept::empty(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            page_streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            stopping: CancellationToken::new(),
        }
    }

    /// The status of everything.
    pub(super) fn status(&self) -> serde_json::Result<Tagged> {
        self.kept(&self.status, || Ok(Tagged::new(serde_json::to_vec(&StatusDocument::of(&self.store))?)))
    }

    /// The health of everything.
    pub(super) fn health(&self) -> serde_json::Result<(StatusCode, Tagged)> {
        self.kept(&self.health, || rendered(&HealthDocument::of_all(&StatusDocument::of(&self.store))))
    }

    /// Two who ask at once may both make the document, which harms nobody.
    fn kept<T: Clone>(
        &self,
        kept: &Kept<T>,
        make: impl FnOnce() -> serde_json::Result<T>,
    ) -> serde_json::Result<T> {
        // Read before the snapshots: what is published meanwhile makes the document newer than it claims to be.
        let generation = self.store.generation();
        if let Some(known) = kept.load().as_deref().filter(|(of, _)| *of == generation) {
            return Ok(known.1.clone());
        }
        let document = make()?;
        kept.store(Some(Arc::new((generation, document.clone()))));
        Ok(document)
    }
}

/// A health document as it is sent, with the status code that goes with it.
pub(super) fn rendered(document: &HealthDocument) -> serde_json::Result<(StatusCode, Tagged)> {
    let status = match document.status {
        Verdict::Pass | Verdict::Warn => StatusCode::OK,
        Verdict::Fail => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok((status, Tagged::new(serde_json::to_vec(document)?)))
}
