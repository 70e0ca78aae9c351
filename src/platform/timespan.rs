//! Time spans as .NET servers write them.

/// Ticks of .NET are 100 nanoseconds long.
const TICKS_PER_SECOND: f64 = 1e7;

/// Reads a .NET `TimeSpan` in its constant form, `[-][d.]hh:mm:ss[.fffffff]`, as seconds.
///
/// Days are any number of digits, hours 0 to 23, minutes and seconds 0 to 59, the fraction one to seven digits; hours
/// may lack their leading zero and minutes may come without seconds, since the general forms write them so. Returns
/// `None` for anything else.
pub fn parse_timespan(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let mut parts = text.split(':');
    let (first, minutes) = (parts.next()?, number_below(parts.next()?, 60)?);
    // The general long form separates days with a colon: `d:hh:mm:ss`.
    let (third, fourth) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let (days, hours, minutes, seconds) = match (third, fourth) {
        (Some(third), Some(fourth)) => {
            (digits(first)?, number_below(text.split(':').nth(1)?, 24)?, number_below(third, 60)?, fourth)
        }
        (seconds, _) => {
            let (days, hours) = first.split_once('.').unwrap_or(("0", first));
            (digits(days)?, number_below(hours, 24)?, minutes, seconds.unwrap_or("0"))
        }
    };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let seconds = days * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + number_below(seconds, 60)?;
    // Added up in the ticks that .NET counts in, so that no noise of binary fractions is exported.
    Some(sign * (seconds * TICKS_PER_SECOND + ticks(fraction)?) / TICKS_PER_SECOND)
}

/// The digits behind the point as ticks; at most seven.
fn ticks(fraction: &str) -> Option<f64> {
    (fraction.len() <= 7).then(|| digits(&format!("{fraction:0<7}"))).flatten()
}

fn number_below(text: &str, limit: u32) -> Option<f64> {
    (text.len() <= 2).then(|| digits(text)).flatten().filter(|number| *number < f64::from(limit))
}

fn digits(text: &str) -> Option<f64> {
    let all_digits = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::parse_timespan;

    #[test]
    fn every_constant_form_is_read() {
        let cases = [
            ("00:00:00", 0.0),
            ("06:53:57.0500000", 24_837.05),
            ("00:20:38.2649999", 1_238.264_999_9),
            ("1.02:03:04", 93_784.0),
            ("31.00:00:00", 2_678_400.0),
            ("00:01:49.5592564", 109.559_256_4),
            ("-00:00:05", -5.0),
            ("-1.00:00:00.5", -86_400.5),
            ("1:02:03:04", 93_784.0),
            ("0:05", 300.0),
            (" 00:00:07 ", 7.0),
        ];
        for (text, seconds) in cases {
            let parsed = parse_timespan(text).unwrap_or_else(|| panic!("{text} was not read"));
            assert_eq!(parsed.to_string(), seconds.to_string(), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "5",
            "24:00:00",
            "00:60:00",
            "00:00:60",
            "00:00:00.12345678",
            "a:b:c",
            "1:2:3:4:5",
            "--1:00:00",
        ] {
            assert_eq!(parse_timespan(text), None, "{text}");
        }
    }
}
