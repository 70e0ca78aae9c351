//! The bundled files, and what a site replaces in them.

use std::borrow::Cow;
use std::path::Path;

use url::Url;

/// A bundled file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Where it lies in the repository and in the directory it is written to; parts are separated by `/`.
    pub path: &'static str,
    /// What is in it, with the bases of links as examples.
    pub text: &'static str,
}

// The build script lists the files and defines `ASSETS`.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Every bundled file, sorted by path.
pub fn assets() -> &'static [Asset] {
    ASSETS
}

/// Where Grafana is in the bundled files.
pub const GRAFANA_URL: &str = "https://grafana.example.com";

/// Where the runbooks are in the bundled files.
pub const RUNBOOK_URL: &str = "https://example.com/webchat_exporter/alerts/runbooks";

/// The bases of a site's links; `None` keeps the example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// In place of [`GRAFANA_URL`].
    pub grafana: Option<Url>,
    /// In place of [`RUNBOOK_URL`].
    pub runbooks: Option<Url>,
}

impl Links {
    /// The text of a file with the site's links; documents keep the examples that they explain.
    pub fn apply(&self, asset: &Asset) -> Cow<'static, str> {
        let mut text = Cow::Borrowed(asset.text);
        if Path::new(asset.path).extension().is_some_and(|extension| extension == "md") {
            return text;
        }
        for (example, url) in [(GRAFANA_URL, &self.grafana), (RUNBOOK_URL, &self.runbooks)] {
            if let Some(url) = url {
                text = Cow::Owned(text.replace(example, &base(url)));
            }
        }
        text
    }
}

/// The URL as a base to which `/` and a path are added; fit for a quoted text in YAML and JSON.
fn base(url: &Url) -> String {
    url.as_str().trim_end_matches('/').replace('\'', "%27")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "runbook_url: 'https://example.com/webchat_exporter/alerts/runbooks/A.md'\n\
                        dashboard_url: 'https://grafana.example.com/d/a'\n";

    fn applied(path: &'static str, links: &Links) -> String {
        links.apply(&Asset { path, text: RULE }).into_owned()
    }

    #[test]
    fn links_are_replaced_in_all_but_documents() {
        let links = Links {
            grafana: Some("https://monitor.example.org/it's/".parse().unwrap()),
            runbooks: Some("http://wiki".parse().unwrap()),
        };
        assert_eq!(
            applied("alerts/a.yml", &links),
            "runbook_url: 'http://wiki/A.md'\ndashboard_url: 'https://monitor.example.org/it%27s/d/a'\n"
        );
        assert_eq!(applied("alerts/a.md", &links), RULE);
        assert_eq!(applied("alerts/a.yml", &Links::default()), RULE);
    }
}
