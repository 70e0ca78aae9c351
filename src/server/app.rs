//! What all routes share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::exposition::{Own, PageCache};
use crate::poll::EngineHandle;
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
    /// One permit per scrape or probe that may run at once.
    pub(super) scrapes: Semaphore,
}

impl App {
    /// Routes over `store` and `engine`, counted in `own`.
    pub fn new(store: Arc<Store>, engine: EngineHandle, own: Arc<Own>, web: WebSettings) -> Self {
        let pages = PageCache::new(Arc::clone(&store), Arc::clone(&own));
        let reports = Arc::new(Reports::new(Arc::clone(&store)));
        let scrapes = Semaphore::new(web.max_requests.min(Semaphore::MAX_PERMITS));
        Self { store, engine, own, web, pages, reports, scrapes }
    }
}
