//! Pages that need not be made twice.
//!
//! The targets' part of the whole page is kept per format and coding until something is published; the process's own
//! part differs at each scrape and is made anew. Identical scrapes at once share one rendering.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::exposition::compress::{Fragment, gzip};
use crate::exposition::format::{Encoding, Format};
use crate::exposition::own::Own;
use crate::exposition::page;
use crate::exposition::select::Selection;
use crate::state::{Snapshot, Store};

/// A page ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its bytes, in pieces that follow each other.
    pub pieces: Vec<Bytes>,
    /// How it is written.
    pub format: Format,
    /// Its content coding.
    pub encoding: Encoding,
}

/// The part of a page that changes only when something is published.
#[derive(Debug)]
enum Part {
    Plain(Bytes),
    Compressed(Fragment),
}

/// The newest part of one format and coding, with the generation of the store it was made from.
type Kept = Mutex<Option<(u64, Arc<Part>)>>;

/// Makes pages of everything in a store and of the process's own instruments.
#[derive(Debug)]
pub struct PageCache {
    store: Arc<Store>,
    own: Arc<Own>,
    plain: [Kept; 3],
    compressed: [Kept; 3],
}

impl PageCache {
    /// An empty cache.
    pub fn new(store: Arc<Store>, own: Arc<Own>) -> Self {
        Self { store, own, plain: Default::default(), compressed: Default::default() }
    }

    /// The page a client asked for.
    ///
    /// # Errors
    /// None in practice: compression writes to memory, and a panic while rendering becomes an error here.
    pub async fn page(&self, selection: &Selection, format: Format, encoding: Encoding) -> io::Result<Page> {
        let part = if selection.is_everything() {
            self.kept_part(format, encoding).await?
        } else {
            let slots = self.store.slots();
            let shown =
                |name: &str| selection.targets.is_empty() || selection.targets.iter().any(|t| t == name);
            let slots = slots.iter().filter(|slot| shown(slot.name()));
            self.part(slots.map(|slot| slot.snapshot()).collect(), selection, format, encoding).await?
        };
        let mut own = self.own.render(selection, format);
        own.extend_from_slice(format.end());
        finish(&part, own, format, encoding)
    }

    /// The page of one snapshot; of the process's own instruments it has those of the connectivity check alone.
    ///
    /// # Errors
    /// As [`PageCache::page`].
    pub async fn page_of(
        &self,
        snapshot: Arc<Snapshot>,
        selection: &Selection,
        format: Format,
        encoding: Encoding,
    ) -> io::Result<Page> {
        let part = self.part(vec![snapshot], selection, format, encoding).await?;
        let mut own = self.own.render_connectivity(selection, format);
        own.extend_from_slice(format.end());
        finish(&part, own, format, encoding)
    }

    async fn kept_part(&self, format: Format, encoding: Encoding) -> io::Result<Arc<Part>> {
        let [classic, openmetrics, protobuf] = match encoding {
            Encoding::Identity => &self.plain,
            Encoding::Gzip => &self.compressed,
        };
        let mut kept = match format {
            Format::Classic => classic.lock().await,
            Format::OpenMetrics => openmetrics.lock().await,
            Format::Protobuf => protobuf.lock().await,
        };
        // Read before the snapshots: what is published in between makes the part newer than its number, never older.
        let generation = self.store.generation();
        if let Some((of, part)) = &*kept
            && *of == generation
        {
            return Ok(Arc::clone(part));
        }
        let snapshots = self.store.slots().iter().map(|slot| slot.snapshot()).collect();
        let part = self.part(snapshots, &Selection::default(), format, encoding).await?;
        *kept = Some((generation, Arc::clone(&part)));
        Ok(part)
    }

    /// Renders away from the threads that poll.
    async fn part(
        &self,
        snapshots: Vec<Arc<Snapshot>>,
        selection: &Selection,
        format: Format,
        encoding: Encoding,
    ) -> io::Result<Arc<Part>> {
        let selection = selection.clone();
        let render = move || {
            let page = page::render(&snapshots, &selection, format);
            match encoding {
                Encoding::Identity => Ok(Part::Plain(page.into())),
                Encoding::Gzip => Fragment::new(&page).map(Part::Compressed),
            }
        };
        spawn_blocking(render).await.map_err(io::Error::other)?.map(Arc::new)
    }
}

fn finish(part: &Part, rest: Vec<u8>, format: Format, encoding: Encoding) -> io::Result<Page> {
    let pieces = match part {
        Part::Plain(bytes) => vec![bytes.clone(), rest.into()],
        Part::Compressed(fragment) => gzip(&[fragment, &Fragment::new(&rest)?]),
    };
    Ok(Page { pieces, format, encoding })
}
