//! Names of agent statuses: the built-in ones and those of the configuration.

use std::collections::BTreeMap;

use uuid::Uuid;

/// The name of a status whose id is not known.
pub const OTHER: &str = "other";

/// The vendor's own statuses; an inference from its samples, so the configuration can overrule each.
const BUILT_IN: [(Uuid, &str); 3] =
    [(Uuid::from_u128(0), "online"), (Uuid::from_u128(1), "away"), (Uuid::from_u128(2), "offline")];

/// From status ids to the bounded set of names that labels carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentStatuses {
    by_id: BTreeMap<Uuid, String>,
    names: Vec<String>,
}

impl AgentStatuses {
    /// Adds the configured names to the built-in ones; a configured id replaces a built-in one.
    ///
    /// # Errors
    /// A sentence for the user: a key that is no GUID, one that occurs twice in different spellings, an empty name.
    pub fn new(configured: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut by_id = BTreeMap::new();
        let mut names: Vec<String> = BUILT_IN.iter().map(|(_, name)| (*name).to_owned()).collect();
        for (id, name) in configured {
            let guid =
                Uuid::parse_str(id.trim()).map_err(|_| format!("agent_statuses: {id:?} is not a GUID"))?;
            if name.trim().is_empty() {
                return Err(format!("agent_statuses: the name of {id} is empty"));
            }
            if by_id.insert(guid, name.clone()).is_some() {
                return Err(format!("agent_statuses: {guid} is named twice"));
            }
            if !names.contains(name) && name != OTHER {
                names.push(name.clone());
            }
        }
        for (id, name) in BUILT_IN {
            by_id.entry(id).or_insert_with(|| name.to_owned());
        }
        names.push(OTHER.to_owned());
        Ok(Self { by_id, names })
    }

    /// The name of a status, [`OTHER`] for an unknown id; the letter case of the id does not matter.
    pub fn name(&self, id: &str) -> &str {
        let known = Uuid::parse_str(id.trim()).ok().and_then(|id| self.by_id.get(&id));
        known.map_or(OTHER, String::as_str)
    }

    /// Every name there can be: the built-in ones, the configured ones, and [`OTHER`] as the last.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(configured: &[(&str, &str)]) -> Result<AgentStatuses, String> {
        let configured = configured.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned()));
        AgentStatuses::new(&configured.collect())
    }

    #[test]
    fn ids_are_named_in_any_letter_case_and_configured_names_win() {
        let statuses = statuses(&[
            ("3F2D0C7A-0000-4000-8000-00000000000A", "lunch"),
            ("00000000-0000-0000-0000-000000000001", "back office"),
            ("3f2d0c7a-0000-4000-8000-00000000000b", "lunch"),
        ])
        .unwrap();
        let cases = [
            ("00000000-0000-0000-0000-000000000000", "online"),
            ("00000000-0000-0000-0000-000000000001", "back office"),
            ("00000000-0000-0000-0000-000000000002", "offline"),
            ("3f2d0c7a-0000-4000-8000-00000000000A", "lunch"),
            ("3F2D0C7A-0000-4000-8000-00000000000b", "lunch"),
            ("3f2d0c7a-0000-4000-8000-00000000000c", "other"),
            ("not a guid", "other"),
            ("", "other"),
        ];
        for (id, name) in cases {
            assert_eq!(statuses.name(id), name, "{id}");
        }
        assert_eq!(statuses.names(), ["online", "away", "offline", "back office", "lunch", "other"]);
    }

    #[test]
    fn a_mistake_in_the_configuration_is_named() {
        let cases: [(&[(&str, &str)], &str); 3] = [
            (&[("lunch", "lunch")], "agent_statuses: \"lunch\" is not a GUID"),
            (
                &[("3f2d0c7a-0000-4000-8000-000000000000", " ")],
                "agent_statuses: the name of 3f2d0c7a-0000-4000-8000-000000000000 is empty",
            ),
            (
                &[
                    ("3F2D0C7A-0000-4000-8000-000000000000", "lunch"),
                    ("3f2d0c7a-0000-4000-8000-000000000000", "break"),
                ],
                "agent_statuses: 3f2d0c7a-0000-4000-8000-000000000000 is named twice",
            ),
        ];
        for (configured, message) in cases {
            assert_eq!(statuses(configured).unwrap_err(), message);
        }
    }
}
