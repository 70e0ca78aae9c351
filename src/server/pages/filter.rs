//! Which channels and targets a visitor wants to see, from the query of the page's address.

use url::form_urlencoded;

use crate::channel::status::Status;
use crate::server::pages::channel_row::ChannelRow;
use crate::server::pages::target_row::TargetRow;

/// What is shown; everything unless something was chosen. What makes no sense is as if it were not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// A platform's name; empty for all.
    pub(super) platform: String,
    /// Statuses; none for all.
    pub(super) statuses: Vec<Status>,
    /// A part of the name or id of a channel, or of its target's name, however it is capitalized.
    pub(super) name: String,
}

impl Filter {
    /// Reads `platform=chime&status=down&status=unknown&name=sales`.
    pub(super) fn from_query(query: &str) -> Self {
        let mut filter = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "platform" => filter.platform = value.into_owned(),
                "name" => value.trim().clone_into(&mut filter.name),
                "status" => {
                    let known = Status::ALL.into_iter().find(|status| status.label() == value);
                    filter.statuses.extend(known.filter(|status| !filter.statuses.contains(status)));
                }
                _ => {}
            }
        }
        filter
    }

    /// The same without a platform that no target has.
    pub(super) fn among(mut self, platforms: &[&str]) -> Self {
        if !platforms.contains(&self.platform.as_str()) {
            self.platform.clear();
        }
        self
    }

    /// Whether everything is shown.
    pub(super) fn is_empty(&self) -> bool {
        self.platform.is_empty() && self.statuses.is_empty() && self.name.is_empty()
    }

    /// Whether a channel is shown.
    pub(super) fn shows(&self, channel: &ChannelRow) -> bool {
        self.has_platform(channel.platform)
            && (self.statuses.is_empty() || self.statuses.contains(&channel.status))
            && [&channel.name, &channel.channel, &channel.target].into_iter().any(|name| self.has_name(name))
    }

    /// Whether a target is shown: with a channel of it, and, while no status is chosen, for its own name.
    pub(super) fn shows_target(&self, target: &TargetRow, has_shown_channel: bool) -> bool {
        let by_itself =
            self.has_platform(target.platform) && self.statuses.is_empty() && self.has_name(&target.name);
        has_shown_channel || by_itself
    }

    fn has_platform(&self, platform: &str) -> bool {
        self.platform.is_empty() || self.platform == platform
    }

    fn has_name(&self, name: &str) -> bool {
        self.name.is_empty() || name.to_lowercase().contains(&self.name.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::pages::fixture;

    #[test]
    fn a_query_is_read_and_nonsense_left_out() {
        let read = Filter::from_query(
            "status=down&status=odd&status=unknown&status=down&platform=chime&name=+Sales%20&x=y&%zz",
        );
        let expected = Filter {
            platform: "chime".into(),
            statuses: vec![Status::Down, Status::Unknown],
            name: "Sales".into(),
        };
        assert_eq!(read, expected);
        assert!(Filter::from_query("").is_empty());
        assert!(!read.is_empty());
    }

    #[test]
    fn a_platform_that_no_target_has_is_as_if_it_were_not_there() {
        for (query, same) in [
            ("platform=odd", ""),
            ("platform=Chime&name=sales", "name=sales"),
            ("platform=xima", "platform=xima"),
        ] {
            let read = Filter::from_query(query).among(&["chime", "xima"]);
            assert_eq!(read, Filter::from_query(same), "{query}");
        }
    }

    #[test]
    fn a_channel_is_shown_where_everything_chosen_fits() {
        let channel = fixture::channel("web-shop", "7", "Sales", Status::Down);
        for (query, is_shown) in [
            ("", true),
            ("status=down", true),
            ("status=ok&status=down", true),
            ("status=ok", false),
            ("platform=chime", true),
            ("platform=xima", false),
            ("name=SALE", true),
            ("name=shop", true),
            ("name=7", true),
            ("name=support", false),
            ("status=down&platform=chime&name=sales", true),
            ("status=down&platform=xima&name=sales", false),
        ] {
            assert_eq!(Filter::from_query(query).shows(&channel), is_shown, "{query}");
        }
    }

    #[test]
    fn a_target_is_shown_with_its_channels_or_for_its_name() {
        let target = fixture::target("web-shop");
        for (query, has_shown_channel, is_shown) in [
            ("", false, true),
            ("name=shop", false, true),
            ("name=sales", false, false),
            ("name=sales", true, true),
            ("status=down", false, false),
            ("status=down", true, true),
            ("platform=xima", false, false),
        ] {
            let shown = Filter::from_query(query).shows_target(&target, has_shown_channel);
            assert_eq!(shown, is_shown, "{query} {has_shown_channel}");
        }
    }
}
