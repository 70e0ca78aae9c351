//! Scalar values of the configuration, checked as they are read so that a mistake is reported at its own line.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A duration as people write it: `30s`, `1m 30s`, `2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration(pub Duration);

impl HumanDuration {
    /// The longest that is accepted: a century, which every clock can add to its time.
    const LONGEST: Duration = Duration::from_hours(24 * 36_525);
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim() == "0" {
            return Ok(Self(Duration::ZERO));
        }
        let duration = humantime::parse_duration(&text).map_err(|error| {
            de::Error::custom(format!(
                "{text:?} is not a duration ({error}); write it like 30s, 1m 30s or 2h"
            ))
        })?;
        if duration > Self::LONGEST {
            return Err(de::Error::custom(format!("{text:?} is too long; a duration is at most 100years")));
        }
        Ok(Self(duration))
    }
}

impl Serialize for HumanDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0))
    }
}

impl JsonSchema for HumanDuration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A duration such as 30s, 1m 30s or 2h.",
            "examples": ["30s", "1m 30s", "2h"],
        })
    }
}

/// A size in bytes: `4MiB`, `512KiB`, `100kB`, or a plain number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub usize);

impl ByteSize {
    const UNITS: [(&'static str, usize); 8] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("kB", 1_000),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, factor) = Self::UNITS
            .iter()
            .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)))
            .unwrap_or((text, 1));
        number.trim().parse::<usize>().ok()?.checked_mul(factor).map(Self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format!("{text:?} is not a size; write it like 4MiB, 512KiB or 1000000"))
        })
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = Self::UNITS[..3]
            .iter()
            .rev()
            .find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor));
        match binary {
            Some((unit, factor)) => write!(formatter, "{}{unit}", self.0 / factor),
            None => write!(formatter, "{}B", self.0),
        }
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "description": "A size in bytes such as 4MiB, 512KiB or 1000000.",
        })
    }
}

/// An IANA time zone, known to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneName(pub TimeZone);

impl<'de> Deserialize<'de> for ZoneName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        TimeZone::get(&text).map(Self).map_err(|_| {
            de::Error::custom(format!(
                "{text:?} is not an IANA time zone; write it like Europe/London or UTC"
            ))
        })
    }
}

impl Serialize for ZoneName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl JsonSchema for ZoneName {
    fn schema_name() -> Cow<'static, str> {
        "TimeZone".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An IANA time zone name such as Europe/London.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written_in_binary_units() {
        for (text, bytes) in [("4MiB", 4 << 20), ("512 KiB", 512 << 10), ("100kB", 100_000), ("77", 77)] {
            assert_eq!(ByteSize::parse(text), Some(ByteSize(bytes)), "{text}");
        }
        assert_eq!(ByteSize::parse("4 mebibytes"), None);
        assert_eq!(ByteSize::parse("-1"), None);
        assert_eq!(ByteSize(4 << 20).to_string(), "4MiB");
        assert_eq!(ByteSize(77).to_string(), "77B");
    }
}
