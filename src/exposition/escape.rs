//! The one place where text is escaped for an exposition.

/// Appends a label value, escaped as both text formats ask: backslash, double quote and line feed.
///
/// Source: OpenMetrics 1.0 "escaped-string"; the classic format 0.0.4 asks for the same three.
pub fn push_label_value(page: &mut Vec<u8>, value: &str) {
    push_escaped(page, value, true);
}

/// Appends a help text, escaped as both formats understand: backslash and line feed.
pub fn push_help(page: &mut Vec<u8>, help: &str) {
    push_escaped(page, help, false);
}

fn push_escaped(page: &mut Vec<u8>, text: &str, quotes: bool) {
    for byte in text.bytes() {
        match byte {
            b'\\' => page.extend_from_slice(b"\\\\"),
            b'\n' => page.extend_from_slice(b"\\n"),
            b'"' if quotes => page.extend_from_slice(b"\\\""),
            other => page.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_line_feeds_are_escaped_and_nothing_else() {
        let mut page = Vec::new();
        push_label_value(&mut page, "a\"b\\c\nd\té 🐟 {x=\"y\"}");
        assert_eq!(String::from_utf8(page).unwrap(), "a\\\"b\\\\c\\nd\té 🐟 {x=\\\"y\\\"}");
        let mut page = Vec::new();
        push_help(&mut page, "a\"b\\c\nd");
        assert_eq!(String::from_utf8(page).unwrap(), "a\"b\\\\c\\nd");
    }
}
