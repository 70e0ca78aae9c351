//! What all pages share.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::exposition::Encoding;
use crate::server::answer;
use crate::server::pages::assets;
use crate::server::pages::filter::Filter;
use crate::server::pages::overview::Overview;
use crate::server::pages::status_page;
use crate::state::Store;

/// The version of this program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How long a page that shows the newest state may be used again: what it says of elapsed time is so much older.
const FRESHNESS: Duration = Duration::from_secs(5);

/// The newest page of everything, with the number of the overview it shows and when it was made.
type Kept = tokio::sync::Mutex<Option<(u64, Instant, Vec<Bytes>)>>;

/// The pages over one store.
#[derive(Debug)]
pub(in crate::server) struct Site {
    /// What links begin with.
    pub(super) prefix: String,
    /// Tells this process from the one that answered before it.
    pub(super) instance: String,
    pub(super) store: Arc<Store>,
    clock: Clock,
    overview: Mutex<Arc<Overview>>,
    plain: Kept,
    compressed: Kept,
    /// The newest event, with the numbers of the updates between which it tells what changed.
    pub(super) newest_event: Mutex<Option<(u64, u64, Bytes)>>,
}

impl Site {
    pub(in crate::server) fn new(store: Arc<Store>, prefix: &str, clock: Clock) -> Self {
        Self {
            prefix: prefix.to_owned(),
            instance: format!("{:x}", clock.now().as_microsecond()),
            store,
            clock,
            overview: Mutex::default(),
            plain: Kept::default(),
            compressed: Kept::default(),
            newest_event: Mutex::default(),
        }
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What the status page shows now.
    pub(super) fn overview(&self) -> Arc<Overview> {
        let mut overview = self.overview.lock().unwrap_or_else(PoisonError::into_inner);
        *overview = overview.refreshed(&self.store);
        Arc::clone(&overview)
    }

    /// Path of the style sheet.
    pub(super) fn style(&self) -> String {
        self.prefix.clone() + &assets::STYLE.path
    }

    /// Path of the script.
    pub(super) fn script(&self) -> String {
        self.prefix.clone() + &assets::SCRIPT.path
    }

    /// Path of the icon.
    pub(super) fn icon(&self) -> String {
        self.prefix.clone() + &assets::ICON.path
    }

    /// The status page. Pages are rendered one after the other, away from the threads that poll, and visitors who ask for
    /// everything at about the same time share one.
    pub(super) async fn status_page(
        self: &Arc<Self>,
        filter: Filter,
        encoding: Encoding,
    ) -> io::Result<Vec<Bytes>> {
        let mut kept = match encoding {
            Encoding::Identity => self.plain.lock().await,
            Encoding::Gzip => self.compressed.lock().await,
        };
        let overview = self.overview();
        let filter = filter.among(&overview.platforms());
        let is_everything = filter.is_empty();
        if let Some((number, made, page)) = kept.as_ref()
            && is_everything
            && *number == overview.number
            && made.elapsed() < FRESHNESS
        {
            return Ok(page.clone());
        }
        let (site, number) = (Arc::clone(self), overview.number);
        let render = move || {
            let page = status_page::render(&site, &overview, &filter).map_err(io::Error::other)?;
            answer::coded(encoding, page.into())
        };
        let page = spawn_blocking(render).await.map_err(io::Error::other)??;
        if is_everything {
            *kept = Some((number, Instant::now(), page.clone()));
        }
        Ok(page)
    }
}
