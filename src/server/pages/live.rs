//! `GET /live`: what keeps an open page up to date, as server-sent events (HTML standard, section 9.2).
//!
//! A `change` event holds pieces of HTML and where they go, see [`crate::server::pages::changes`]; a `reload` event says
//! that the page is too old to be brought up to date; an `alive` event breaks a silence. Whoever lost the connection
//! comes back with the identifier of the last event.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use url::form_urlencoded;

use crate::server::pages::changes::Changes;
use crate::server::pages::site::Site;
use crate::server::stream::Source;
use crate::state::Snapshot;

/// A page that cannot be brought up to date.
const RELOAD: &[u8] = b"event: reload\ndata: -\n\n";
/// Something that scripts can see, unlike a comment.
const ALIVE: &[u8] = b"event: alive\ndata: -\n\n";

/// A page that comes back is told of up to so many rows, however few there are.
const FEW_ROWS: usize = 50;
/// The same for a page that was there all the time, which should be loaded again as seldom as possible; all such pages
/// share the event.
const MANY_ROWS: usize = 1000;

/// What is new on the status page.
#[derive(Debug)]
pub(super) struct StatusNews {
    site: Arc<Site>,
    /// The number of the update that the page shows; `None` where that is of another process.
    told: Option<u64>,
    /// Whether the page was told something on this connection, be it that nothing changed.
    is_following: bool,
}

impl StatusNews {
    /// From the update in `Last-Event-ID`, or else in the query, on.
    pub(super) fn asked_for(site: &Arc<Site>, request: &Parts) -> Self {
        let last = request.headers.get("last-event-id").and_then(|value| value.to_str().ok());
        let last = last.map(str::to_owned).or_else(|| parameter(request, "since"));
        let told = last.as_deref().and_then(|last| last.split_once('-'));
        let told = told.filter(|(instance, _)| *instance == site.instance);
        let told = told.and_then(|(_, number)| number.parse().ok());
        Self { site: Arc::clone(site), told, is_following: false }
    }
}

impl Source for StatusNews {
    fn news(&mut self) -> io::Result<Option<Bytes>> {
        let overview = self.site.overview();
        let told = self.told.replace(overview.number);
        let few = if std::mem::replace(&mut self.is_following, true) { MANY_ROWS } else { FEW_ROWS };
        let Some(told) = told.filter(|told| overview.reaches_back_to(*told)) else {
            return Ok(Some(Bytes::from_static(RELOAD)));
        };
        if told == overview.number {
            return Ok(None);
        }
        // The page is then smaller than the event, and made away from the threads that poll.
        if overview.is_mostly_news_since(told, few) {
            return Ok(Some(Bytes::from_static(RELOAD)));
        }
        // Most pages saw the same update, so most are told the same.
        let mut newest = self.site.newest_event.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((from, to, event)) = newest.as_ref()
            && (*from, *to) == (told, overview.number)
        {
            return Ok(Some(event.clone()));
        }
        let id = format!("{}-{}", self.site.instance, overview.number);
        let event = Changes::of_status(&self.site, &overview, told)?.event(&id)?;
        *newest = Some((told, overview.number, event.clone()));
        Ok(Some(event))
    }

    fn heartbeat(&self) -> Bytes {
        Bytes::from_static(ALIVE)
    }
}

/// What is new on the page of a target.
#[derive(Debug)]
pub(super) struct TargetNews {
    site: Arc<Site>,
    name: String,
    shown: Option<Arc<Snapshot>>,
    /// What each section of the page was the last time.
    sections: HashMap<&'static str, String>,
}

impl TargetNews {
    /// For the target in the query, if there is one.
    pub(super) fn asked_for(site: &Arc<Site>, request: &Parts) -> Option<Self> {
        let name = parameter(request, "target")?;
        Some(Self { site: Arc::clone(site), name, shown: None, sections: HashMap::new() })
    }
}

impl Source for TargetNews {
    fn news(&mut self) -> io::Result<Option<Bytes>> {
        let Some(slot) = self.site.store.find(&self.name) else {
            return Ok(Some(Bytes::from_static(RELOAD)));
        };
        let snapshot = slot.snapshot();
        if self.shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, &snapshot)) {
            return Ok(None);
        }
        let mut changes = Changes::of_target(&self.site, &snapshot, self.shown.as_deref())?;
        self.shown = Some(snapshot);
        changes.replaced.retain(|piece| {
            let shown = self.sections.insert(piece.id, piece.html.clone());
            shown.as_ref() != Some(&piece.html)
        });
        changes.event("").map(Some)
    }

    fn heartbeat(&self) -> Bytes {
        Bytes::from_static(ALIVE)
    }
}

fn parameter(request: &Parts, name: &str) -> Option<String> {
    let query = request.uri.query().unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::status::Status;
    use crate::clock::Clock;
    use crate::server::pages::fixture;
    use crate::state::Store;

    fn site(status: Status) -> Arc<Site> {
        let store = Arc::new(Store::default());
        store.replace(vec![store.slot(snapshot(status))]);
        Arc::new(Site::new(store, "", Clock::StoppedAt(fixture::NOW)))
    }

    fn snapshot(status: Status) -> Snapshot {
        let channels = vec![fixture::channel_view("1", "Sales", status)];
        fixture::snapshot("shop", Some(true), channels)
    }

    fn asked(uri: &str, last: Option<&str>) -> Parts {
        let mut request = http::Request::get(uri);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn text(news: io::Result<Option<Bytes>>) -> Option<String> {
        news.unwrap().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn a_page_is_told_what_changed_since_it_was_made() {
        let site = site(Status::Ok);
        let since = format!("{}-{}", site.instance, site.overview().number);
        let mut by_query = StatusNews::asked_for(&site, &asked(&format!("/live?since={since}"), None));
        assert_eq!(text(by_query.news()), None);
        site.store.slots()[0].publish(snapshot(Status::Down));
        let event = text(by_query.news()).unwrap();
        let id = format!("id: {}-2\nevent: change\ndata: {{", site.instance);
        assert!(event.starts_with(&id) && event.contains("Sales at shop is down"), "{event}");
        assert_eq!(text(by_query.news()), None);
        let mut back = StatusNews::asked_for(&site, &asked("/live?since=old-7", Some(&since)));
        assert_eq!(text(back.news()), Some(event));
    }

    #[test]
    fn a_page_of_another_process_is_made_anew() {
        let site = site(Status::Ok);
        for uri in ["/live", "/live?since=5-1", "/live?since=x", &format!("/live?since={}-9", site.instance)]
        {
            let mut news = StatusNews::asked_for(&site, &asked(uri, None));
            assert_eq!(text(news.news()).as_deref(), Some("event: reload\ndata: -\n\n"), "{uri}");
            assert_eq!(text(news.news()), None, "{uri}");
        }
    }

    /// A target with so many channels, each with so many customers waiting.
    fn crowd(channels: usize, waiting: f64) -> Snapshot {
        let views = (0..channels).map(|number| {
            let mut view = fixture::channel_view(&number.to_string(), "Sales", Status::Ok);
            view.facts.queue_length = Some(waiting);
            view
        });
        fixture::snapshot("shop", Some(true), views.collect())
    }

    #[test]
    fn a_page_of_which_most_is_old_is_made_anew() {
        // Rows of channels of which the target's row shows only how many they are.
        for (channels, changed, comes_back_to_reload, follows_to_reload) in [
            (60, 50, false, false),
            (60, 51, true, false),
            (200, 100, false, false),
            (200, 101, true, false),
            (1999, 1000, false, false),
            (1999, 1001, true, true),
        ] {
            let site = site(Status::Ok);
            let slot = &site.store.slots()[0];
            slot.publish(crowd(channels, 0.0));
            let uri = format!("/live?since={}-{}", site.instance, site.overview().number);
            let mut following = StatusNews::asked_for(&site, &asked(&uri, None));
            assert_eq!(text(following.news()), None);
            let mut snapshot = crowd(channels, 0.0);
            snapshot.channels[..changed].clone_from_slice(&crowd(changed, 1.0).channels);
            slot.publish(snapshot);
            let mut back = StatusNews::asked_for(&site, &asked(&uri, None));
            for (news, to_reload) in [(&mut back, comes_back_to_reload), (&mut following, follows_to_reload)]
            {
                let is_reload = text(news.news()).unwrap().starts_with("event: reload");
                assert_eq!(is_reload, to_reload, "{changed} of {channels}");
            }
        }
    }

    #[test]
    fn the_page_of_a_target_is_told_of_its_sections_until_the_target_goes() {
        let site = site(Status::Ok);
        let mut news = TargetNews::asked_for(&site, &asked("/live?target=shop", None)).unwrap();
        let first = text(news.news()).unwrap();
        assert!(first.contains("\"id\":\"channels\"") && first.contains("\"id\":\"polls\""), "{first}");
        assert_eq!(text(news.news()), None);
        site.store.slots()[0].publish(snapshot(Status::Down));
        let second = text(news.news()).unwrap();
        assert!(second.contains("\"id\":\"channels\"") && !second.contains("\"id\":\"polls\""), "{second}");
        assert!(second.contains("Sales at shop is down: no agent is available"), "{second}");
        site.store.replace(Vec::new());
        assert_eq!(text(news.news()).as_deref(), Some("event: reload\ndata: -\n\n"));
        assert!(TargetNews::asked_for(&site, &asked("/live?since=1", None)).is_none());
    }
}
