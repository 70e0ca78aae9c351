//! Which part of everything a client asked for: `?target=` and `?name[]=`.

use url::form_urlencoded;

/// Targets and families to show; an empty list shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Names of targets, the values of `target`.
    pub targets: Vec<String>,
    /// Names of families, the values of `name[]`, with or without the suffix of their type.
    pub names: Vec<String>,
}

impl Selection {
    /// Reads the query of a request; parameters of other names are ignored.
    pub fn from_query(query: Option<&str>) -> Self {
        let mut selection = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "target" => selection.targets.push(value.into_owned()),
                "name[]" => selection.names.push(value.into_owned()),
                _ => {}
            }
        }
        selection
    }

    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the process's own instruments are shown: they belong to no target.
    pub fn has_own(&self) -> bool {
        self.targets.is_empty()
    }

    /// Whether the family whose samples are called `name` is shown.
    pub fn has_family(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|asked| asked == name || asked == stem(name))
    }

    /// Whether the histogram `name` is shown, which may be asked for by one of its series.
    pub fn has_histogram(&self, name: &str) -> bool {
        let of_series = |asked: &String| {
            ["_bucket", "_count", "_sum"].iter().any(|suffix| asked.strip_suffix(suffix) == Some(name))
        };
        self.has_family(name) || self.names.iter().any(of_series)
    }
}

/// The name of a family without the suffix of its type, as OpenMetrics metadata writes it.
pub fn stem(name: &str) -> &str {
    name.strip_suffix("_total").or_else(|| name.strip_suffix("_info")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_names_targets_and_families() {
        let selection = Selection::from_query(Some("target=a%20b&name[]=x_total&x=y&name%5B%5D=z&target=c"));
        let expected =
            Selection { targets: vec!["a b".into(), "c".into()], names: vec!["x_total".into(), "z".into()] };
        assert_eq!(selection, expected);
        for query in [None, Some(""), Some("debug=true")] {
            assert!(Selection::from_query(query).is_everything());
        }
    }

    #[test]
    fn a_family_is_found_with_and_without_the_suffix_of_its_type() {
        let cases = [
            ("x_total", "x_total", true),
            ("x", "x_total", true),
            ("x", "x_info", true),
            ("x_info", "x_total", false),
            ("x", "x_seconds", false),
            ("x_total", "x", false),
        ];
        for (asked, family, shown) in cases {
            let selection = Selection { names: vec![asked.into()], ..Selection::default() };
            assert_eq!(selection.has_family(family), shown, "{asked} {family}");
        }
        assert!(Selection::default().has_family("anything"));
    }

    #[test]
    fn a_histogram_is_found_by_its_series() {
        for (asked, shown) in [("x", true), ("x_bucket", true), ("x_sum", true), ("x_max", false)] {
            let selection = Selection { names: vec![asked.into()], ..Selection::default() };
            assert_eq!(selection.has_histogram("x"), shown, "{asked}");
        }
    }
}
