//! `GET /metrics`: everything, from memory.

use http::StatusCode;
use http::request::Parts;

use crate::exposition::{Selection, negotiate};
use crate::server::answer::{self, Answer};
use crate::server::app::App;
use crate::server::probe;

pub(super) async fn answer(app: &App, request: &Parts) -> Answer {
    let selection = Selection::from_query(request.uri.query());
    if let Some(unknown) = selection.targets.iter().find(|target| app.store.find(target).is_none()) {
        return answer::line(StatusCode::BAD_REQUEST, &probe::unknown_target(unknown));
    }
    let (format, encoding) = (negotiate::format(&request.headers), negotiate::encoding(&request.headers));
    match app.pages.page(&selection, format, encoding).await {
        Ok(page) => answer::page(page),
        Err(error) => answer::failure(&error),
    }
}
