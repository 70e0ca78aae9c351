//! `GET /sd`: the targets as Prometheus HTTP service discovery reads them.
//!
//! A job over `/probe` moves `__address__`, which is a target's name here, into `__param_target`. Source: the
//! Prometheus documentation, "Writing HTTP service discovery".

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Serialize;

use crate::server::answer::{self, Answer};
use crate::server::app::App;
use crate::state::Snapshot;

#[derive(Serialize)]
struct TargetGroup<'a> {
    targets: [&'a str; 1],
    labels: BTreeMap<&'a str, &'a str>,
}

impl<'a> TargetGroup<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        let identity = &snapshot.identity;
        let user = identity.user_labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let meta =
            [("__meta_webchat_platform", identity.platform), ("__meta_webchat_base_url", &snapshot.base_url)];
        Self { targets: [&identity.target], labels: user.chain(meta).collect() }
    }
}

pub(super) fn answer(app: &App) -> Answer {
    let snapshots: Vec<_> = app.store.slots().iter().map(|slot| slot.snapshot()).collect();
    let groups: Vec<_> = snapshots.iter().map(|snapshot| TargetGroup::new(snapshot)).collect();
    match serde_json::to_string(&groups) {
        Ok(json) => answer::typed(StatusCode::OK, "application/json", json),
        Err(error) => answer::failure(&error.into()),
    }
}
