//! Style, script and icon of the pages, under names that change with their content.

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use crate::exposition::negotiate;
use crate::server::answer::{self, Answer};
use crate::server::conditional::Tagged;

/// What has its content in its name never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// How long browsers keep what they look for under a fixed name.
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// A file that pages refer to.
#[derive(Debug)]
pub(super) struct Asset {
    /// Path without the prefix.
    pub(super) path: String,
    content_type: &'static str,
    body: Bytes,
}

/// The style sheet.
pub(super) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("css", "text/css; charset=utf-8", include_str!("templates/style.css")));
/// The script.
pub(super) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("js", "text/javascript; charset=utf-8", include_str!("templates/script.js")));
/// The icon that browsers show beside the title.
pub(super) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("svg", "image/svg+xml", include_str!("templates/icon.svg")));

impl Asset {
    fn new(extension: &str, content_type: &'static str, text: &'static str) -> Self {
        let tagged = Tagged::new(text);
        let path = format!("/static/{}.{extension}", tagged.tag.trim_matches('"'));
        Self { path, content_type, body: tagged.body }
    }

    fn answer(&self, headers: &HeaderMap, caching: HeaderValue) -> Answer {
        let encoding = negotiate::encoding(headers);
        let pieces = match answer::coded(encoding, self.body.clone()) {
            Ok(pieces) => pieces,
            Err(error) => return answer::failure(&error),
        };
        let mut answer = answer::with_body(StatusCode::OK, self.content_type, pieces.into());
        answer::set_coding(&mut answer, encoding);
        answer.headers_mut().insert(CACHE_CONTROL, caching);
        answer
    }
}

/// Answers a path below `/static/`.
pub(super) fn answer(request: &Parts, path: &str) -> Answer {
    let asset = [&*STYLE, &*SCRIPT, &*ICON].into_iter().find(|asset| asset.path == path);
    asset.map_or_else(
        || answer::line(StatusCode::NOT_FOUND, "there is no such file; reload the page that refers to it"),
        |asset| asset.answer(&request.headers, FOR_EVER),
    )
}

/// Answers where browsers look for an icon when nobody names one.
pub(super) fn icon(request: &Parts) -> Answer {
    ICON.answer(&request.headers, FOR_A_DAY)
}
