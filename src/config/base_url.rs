//! The root of a vendor's API at one site.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::Url;

/// An `http` or `https` URL without credentials, query or fragment, to which paths are appended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Checks `text`.
    ///
    /// # Errors
    /// A lower-case sentence that says what is wrong with it; credentials are never repeated in it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = parse_http_url(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("credentials in a URL end up in logs; use http.basic_auth".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("a base URL has neither query nor fragment".to_owned());
        }
        Ok(Self(url))
    }

    /// The URL with `segments` appended to its path, each encoded, and `query` as its query.
    pub fn join(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// The URL itself.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The URL as people wrote it, without a slash at its end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

/// Checks that `text` is an `http` or `https` URL with a host.
///
/// # Errors
/// A lower-case sentence that says what is wrong with it; the URL is never repeated in it.
pub(crate) fn parse_http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "it does not begin with https:// or http://".to_owned(),
        error => format!("not a URL ({error})"),
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err("not an http or https URL with a host".to_owned());
    }
    Ok(url)
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|reason| de::Error::custom(format!("the base URL is refused: {reason}")))
    }
}

impl Serialize for BaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for BaseUrl {
    fn schema_name() -> Cow<'static, str> {
        "BaseUrl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "uri",
            "description": "An http or https URL without credentials, query or fragment.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn paths_and_queries_are_appended_and_encoded() {
        for text in ["https://chime.example.com/Chime/Api", "https://chime.example.com/Chime/Api/"] {
            let base = BaseUrl::parse(text).unwrap();
            let url = base.join(&["GetQueueInfo", "a b/c"], &[("queueID", "1&2")]);
            assert_eq!(
                url.as_str(),
                "https://chime.example.com/Chime/Api/GetQueueInfo/a%20b%2Fc?queueID=1%262"
            );
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_repeating_credentials() {
        let cases = [
            ("chime.example.com", "it does not begin with https:// or http://"),
            ("ftp://chime.example.com", "not an http or https URL with a host"),
            ("https://u:hunter2@example.com", "credentials in a URL end up in logs; use http.basic_auth"),
            ("https://example.com/?a=1", "a base URL has neither query nor fragment"),
        ];
        for (text, message) in cases {
            assert_eq!(BaseUrl::parse(text).unwrap_err(), message);
        }
    }
}
