//! `GET /-/healthy` and `GET /-/ready`: about this process, never about a vendor.

use http::StatusCode;

use crate::server::answer::{self, Answer};
use crate::server::app::App;

/// Whether the poll loops report.
pub(super) fn healthy(app: &App) -> Answer {
    if app.engine.is_working() {
        answer::line(StatusCode::OK, "healthy")
    } else {
        answer::line(StatusCode::SERVICE_UNAVAILABLE, "the poll loops have not reported for too long")
    }
}

/// Whether every target was polled once, well or not.
pub(super) fn ready(app: &App) -> Answer {
    if app.store.polled() {
        answer::line(StatusCode::OK, "ready")
    } else {
        answer::line(StatusCode::SERVICE_UNAVAILABLE, "the first polls have not all ended")
    }
}
