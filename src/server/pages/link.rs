//! Names in links and in the identifiers of elements.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is encoded in a segment of a path, in a value of a query and in an identifier: all but what RFC 3986 calls
/// unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Text as it stands in a path or in a query; nothing that HTML gives a meaning is left.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The identifier of a channel's element: no two channels share one, and no space is in it.
pub(super) fn channel_element(target: &str, channel: &str) -> String {
    format!("channel/{}/{}", encoded(target), encoded(channel))
}

/// The identifier of a target's element.
pub(super) fn target_element(target: &str) -> String {
    format!("target/{}", encoded(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_has_a_meaning_is_left() {
        assert_eq!(encoded("a b/c?d#e&f=\"<'%é-._~"), "a%20b%2Fc%3Fd%23e%26f%3D%22%3C%27%25%C3%A9-._~");
        assert_eq!(channel_element("a/b", "c"), "channel/a%2Fb/c");
        assert_ne!(channel_element("a", "b/c"), channel_element("a/b", "c"));
    }
}
