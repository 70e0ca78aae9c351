//! A parser of the text formats for tests: it refuses whatever the formats do not allow.

/// A sample as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
}

/// The samples of a page; an error names the line that is wrong.
///
/// Checked beside the grammar: metadata before samples, once per family and only of known kinds, samples under the
/// metadata of their own family, and nothing after the end of an OpenMetrics page.
pub(crate) fn parse(page: &str) -> Result<Vec<Parsed>, String> {
    let mut samples: Vec<Parsed> = Vec::new();
    let mut families: Vec<String> = Vec::new();
    let mut ended = false;
    if !page.is_empty() && !page.ends_with('\n') {
        return Err("the page does not end with a line feed".into());
    }
    // Not `lines()`, which also takes a carriage return away.
    for line in page.split_terminator('\n') {
        let wrong = |what: &str| Err(format!("{what}: {line:?}"));
        if ended {
            return wrong("text after the end");
        }
        match line.strip_prefix("# ").map(|rest| rest.splitn(3, ' ').collect::<Vec<_>>()).as_deref() {
            Some(["EOF"]) => ended = true,
            Some(
                ["TYPE", name, "gauge" | "counter" | "info" | "histogram" | "untyped" | "unknown"]
                | ["HELP" | "UNIT", name, _],
            ) => {
                let current = families.last().is_some_and(|last| last == name);
                if !current && families.iter().any(|known| known == name) {
                    return wrong("family occurs twice");
                }
                if !current {
                    families.push((*name).to_owned());
                }
            }
            Some(_) => return wrong("unknown comment"),
            None => {
                let Some(sample) = parse_sample(line) else { return wrong("no sample") };
                let suffix = families.last().and_then(|family| sample.name.strip_prefix(family.as_str()));
                if !matches!(suffix, Some("" | "_total" | "_info" | "_sum" | "_count" | "_bucket")) {
                    return wrong("sample of another family");
                }
                if samples.iter().any(|known| (&known.name, &known.labels) == (&sample.name, &sample.labels))
                {
                    return wrong("series occurs twice");
                }
                samples.push(sample);
            }
        }
    }
    Ok(samples)
}

fn parse_sample(line: &str) -> Option<Parsed> {
    let (name, mut rest) = identifier(line)?;
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = identifier(rest)?;
            let (text, after) = quoted(after.strip_prefix("=\"")?)?;
            labels.push((label.to_owned(), text));
            match after.split_at_checked(1)? {
                (",", after) => rest = after,
                ("}", after) => {
                    rest = after;
                    break;
                }
                _ => return None,
            }
        }
    }
    let value = match rest.strip_prefix(' ')? {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        number if number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte)) => {
            number.parse().ok()?
        }
        _ => return None,
    };
    Some(Parsed { name: name.to_owned(), labels, value })
}

fn identifier(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let (name, rest) = text.split_at(end?);
    (!name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit())).then_some((name, rest))
}

/// The text up to the closing quote, and what follows the quote.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            other => value.push(other),
        }
    }
    None
}
