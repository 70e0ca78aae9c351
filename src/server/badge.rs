//! Status badges: small images with the name of a channel and its status in words.

use std::cmp::Reverse;

use crate::channel::status::Status;
use crate::health::{ChannelStatus, Verdict};
use crate::server::html::Escaped;

/// Characters of a name that are shown.
const MAX_NAME: usize = 40;
/// Average width of a character at the badge's size; `textLength` makes up for what a font does otherwise.
const CHARACTER: usize = 7;
/// Space at both ends of a text.
const PADDING: usize = 6;

/// The channel that a badge of several shows: the one that is worst for a customer.
pub(super) fn worst<'a>(channels: &[&'a ChannelStatus]) -> Option<&'a ChannelStatus> {
    // Of equally bad ones the first.
    channels.iter().copied().min_by_key(|channel| Reverse(Verdict::alone(channel.status)))
}

/// The badge of a channel.
pub(super) fn of_channel(channel: &ChannelStatus) -> String {
    image(&channel.name, channel.status, &channel.describe())
}

/// The badge of a channel of which nothing is known yet.
pub(super) fn of_unheard(name: &str) -> String {
    image(name, Status::Unknown, &format!("{name} is unknown: nothing was heard of it yet"))
}

/// White text on any of these has a contrast above 4.5 : 1 (WCAG 2.2, 1.4.3).
fn colour(status: Status) -> &'static str {
    match status {
        Status::Ok => "#1a7f37",
        Status::Degraded => "#8a5c00",
        Status::Down => "#cf222e",
        Status::Closed => "#57606a",
        Status::Maintenance => "#0969da",
        Status::Unknown => "#6a737d",
    }
}

fn image(name: &str, status: Status, title: &str) -> String {
    let (name, title) = (shortened(name), printable(title));
    let (left, right) = (text_width(&name), text_width(status.label()));
    let (left_box, right_box) = (left + 2 * PADDING, right + 2 * PADDING);
    let width = left_box + right_box;
    let (name, title, word) = (Escaped(&name), Escaped(&title), status.label());
    let (text_left, text_right) = (PADDING, left_box + PADDING);
    let colour = colour(status);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" viewBox=\"0 0 {width} 20\" \
         role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">{title}</title>\n\
         <rect width=\"{width}\" height=\"20\" rx=\"3\" fill=\"#24292f\"/>\n\
         <rect x=\"{left_box}\" width=\"{right_box}\" height=\"20\" rx=\"3\" fill=\"{colour}\"/>\n\
         <g fill=\"#ffffff\" font-family=\"Verdana, DejaVu Sans, sans-serif\" font-size=\"11\" aria-hidden=\"true\">\n\
         <text x=\"{text_left}\" y=\"14\" textLength=\"{left}\">{name}</text>\n\
         <text x=\"{text_right}\" y=\"14\" textLength=\"{right}\">{word}</text>\n</g>\n</svg>\n"
    )
}

fn text_width(text: &str) -> usize {
    // Scripts beyond the Latin, Greek and Cyrillic ones are about twice as wide.
    let units: usize = text.chars().map(|character| if character < '\u{1100}' { 1 } else { 2 }).sum();
    units.max(1) * CHARACTER
}

fn shortened(name: &str) -> String {
    let name = printable(name);
    if name.chars().count() <= MAX_NAME {
        return name;
    }
    name.chars().take(MAX_NAME - 1).chain(['…']).collect()
}

/// Text without characters that XML 1.0 does not allow, not even escaped.
fn printable(text: &str) -> String {
    let replaced = |character: char| match character {
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        character if character.is_control() => ' ',
        character => character,
    };
    text.chars().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_says_name_and_status() {
        let expected = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"73\" height=\"20\" viewBox=\"0 0 73 20\" \
             role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">Sales is ok</title>\n\
             <rect width=\"73\" height=\"20\" rx=\"3\" fill=\"#24292f\"/>\n\
             <rect x=\"47\" width=\"26\" height=\"20\" rx=\"3\" fill=\"#1a7f37\"/>\n\
             <g fill=\"#ffffff\" font-family=\"Verdana, DejaVu Sans, sans-serif\" font-size=\"11\" aria-hidden=\"true\">\n\
             <text x=\"6\" y=\"14\" textLength=\"35\">Sales</text>\n\
             <text x=\"53\" y=\"14\" textLength=\"14\">ok</text>\n</g>\n</svg>\n";
        assert_eq!(image("Sales", Status::Ok, "Sales is ok"), expected);
    }

    #[test]
    fn a_name_is_shortened_escaped_and_rid_of_control_characters() {
        let image = image("<script>\"'&\u{0}\n\u{ffff}", Status::Down, "</title><script>");
        assert!(image.contains(">&lt;script&gt;&quot;&#39;&amp;  \u{fffd}</text>"), "{image}");
        assert!(image.contains("<title id=\"title\">&lt;/title&gt;&lt;script&gt;</title>"), "{image}");
        assert_eq!(shortened(&"x".repeat(40)), "x".repeat(40));
        assert_eq!(shortened(&"é".repeat(41)), format!("{}…", "é".repeat(39)));
    }

    #[test]
    fn white_text_can_be_read_on_every_colour() {
        for status in Status::ALL {
            let digits = &colour(status)[1..];
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            let luminance = 0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4);
            assert!(1.05 / (luminance + 0.05) >= 4.5, "{status:?} {}", 1.05 / (luminance + 0.05));
        }
    }
}
