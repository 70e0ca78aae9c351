//! Numbers as the text formats write them.

use std::io::Write;

/// Appends the shortest decimal form that reads back as the same float; `NaN`, `+Inf` and `-Inf` by name.
pub fn push_number(page: &mut Vec<u8>, value: f64) {
    let written = if value.is_nan() {
        page.write_all(b"NaN")
    } else if value.is_infinite() {
        page.write_all(if value > 0.0 { b"+Inf" } else { b"-Inf" })
    } else if value != 0.0 && !(1e-5..1e17).contains(&value.abs()) {
        write!(page, "{value:e}")
    } else {
        write!(page, "{value}")
    };
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use super::push_number;

    #[test]
    fn numbers_read_back_as_themselves() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.22, "0.22"),
            (1_772_452_800.5, "1772452800.5"),
            (1e300, "1e300"),
            (-2.5e-9, "-2.5e-9"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            let mut page = Vec::new();
            push_number(&mut page, value);
            assert_eq!(String::from_utf8(page).unwrap(), text);
        }
    }
}
