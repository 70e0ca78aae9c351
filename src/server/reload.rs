//! `POST /-/reload`: reads the configuration again.

use http::StatusCode;
use tokio::sync::oneshot;

use crate::server::answer::{self, Answer};
use crate::server::app::App;

pub(super) async fn answer(app: &App) -> Answer {
    let reload = app.web.reload.as_ref().filter(|_| app.web.enable_lifecycle);
    let Some(reload) = reload else {
        let text = "the lifecycle endpoints are off; --web.enable-lifecycle turns them on";
        return answer::line(StatusCode::FORBIDDEN, text);
    };
    let (result, outcome) = oneshot::channel();
    // Both fail only while the process stops and nobody takes requests any more.
    let sent = reload.send(result).await.is_ok();
    match outcome.await {
        Ok(Ok(())) if sent => answer::line(StatusCode::OK, "reloaded"),
        Ok(Err(refusal)) => answer::line(StatusCode::BAD_REQUEST, &refusal),
        _ => answer::line(StatusCode::SERVICE_UNAVAILABLE, "the process is stopping"),
    }
}
