//! What all routes share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::exposition::{Own, PageCache};
use crate::poll::EngineHandle;
use crate::server::pages::Site;
use crate::server::reports::Reports;
use crate::server::settings::WebSettings;
use crate::state::Store;

/// The state behind the routes.
#[derive(Debug)]
pub struct App {
    pub(super) store: Arc<Store>,
    pub(super) engine: EngineHandle,
    pub(super) own: Arc<Own>,
    pub(super) web: WebSettings,
    pub(super) pages: PageCache,
    pub(super) reports: Arc<Reports>,
    pub(super) site: Arc<Site>,
    /// One permit per scrape or probe that may run at once.
    pub(super) scrapes: Semaphore,
}

impl App {
    /// Routes over `store` and `engine`, counted in `own`.
    pub fn new(store: Arc<Store>, engine: EngineHandle, own: Arc<Own>, web: WebSettings) -> Self {
        let pages = PageCache::new(Arc::clone(&store), Arc::clone(&own));
        let reports = Arc::new(Reports::new(Arc::clone(&store)));
        let site = Arc::new(Site::new(Arc::clone(&store), web.prefix_of_links(), Clock::System));
        let scrapes = Semaphore::new(web.max_requests.min(Semaphore::MAX_PERMITS));
        Self { store, engine, own, web, pages, reports, site, scrapes }
    }

    /// The same, with pages that tell another time.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        let (store, prefix) = (Arc::clone(&self.store), self.web.prefix_of_links());
        self.site = Arc::new(Site::new(store, prefix, clock));
        self
    }
}
