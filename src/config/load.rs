//! From files to a checked configuration.

use std::io;
use std::path::{Path, PathBuf};

use serde_saphyr::DuplicateKeyPolicy;

use crate::config::check::check;
use crate::config::checked::Config;
use crate::config::explain::explain;
use crate::config::external::check_external;
use crate::config::problem::{ConfigError, Problem, Problems, Source};
use crate::config::raw::RawFile;

const EMPTY: &str = "the file is empty; a configuration has at least one entry under `targets:`";

/// Reads, merges and checks the files that `patterns` (paths or globs) name; secrets are not read.
///
/// Lists of several files are joined, schedules merged, `global` may be in one of them. Relative paths in a file are
/// resolved against its directory.
///
/// # Errors
/// A pattern that matches nothing, a file that cannot be read, the first mistake of each file's form, or else every
/// mistake of content.
pub fn load(patterns: &[String]) -> Result<Config, ConfigError> {
    checked(&read(patterns)?, |_, _| ())
}

/// As [`load`], and reads the secrets, certificates and calendars that the files refer to, so that what is wrong with
/// them is reported together with everything else; the strings are warnings.
pub(crate) fn load_with_external(patterns: &[String]) -> (Result<Config, ConfigError>, Vec<String>) {
    let mut warnings = Vec::new();
    let config = read(patterns).and_then(|sources| {
        checked(&sources, |config, problems| warnings = check_external(config, problems))
    });
    (config, warnings)
}

/// Checks one configuration text as if it had been read from `path`.
pub fn load_text(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let sources = [Source { path: path.to_owned(), text: text.to_owned() }];
    checked(&sources, |_, _| ())
}

/// The hash that [`Config::hash`] of the files would be: of their names and contents as they are now.
pub fn content_hash(patterns: &[String]) -> Result<String, ConfigError> {
    read(patterns).map(|sources| hash(&sources))
}

fn read(patterns: &[String]) -> Result<Vec<Source>, ConfigError> {
    let mut sources: Vec<Source> = Vec::new();
    for path in expand(patterns)? {
        if sources.iter().any(|source| source.path == path) {
            continue;
        }
        let text =
            std::fs::read_to_string(&path).map_err(|error| Problem::of_file(&path, unreadable(&error)))?;
        sources.push(Source { path, text });
    }
    Ok(sources)
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "cannot read the file: it is not text in UTF-8".to_owned(),
        _ => format!("cannot read the file: {error}"),
    }
}

/// The files that the patterns name: in the patterns' order, those of one glob by name.
fn expand(patterns: &[String]) -> Result<Vec<PathBuf>, ConfigError> {
    let mut paths = Vec::new();
    for pattern in patterns {
        if !pattern.contains(['*', '?', '[']) || Path::new(pattern).is_file() {
            paths.push(PathBuf::from(pattern));
            continue;
        }
        let found = glob::glob(pattern).map_err(|error| {
            Problem::general(format!("{pattern:?} is not a valid pattern: {}", error.msg))
        })?;
        let before = paths.len();
        paths.extend(found.filter_map(Result::ok).filter(|path| path.is_file()));
        if paths.len() == before {
            return Err(Problem::general(format!("no file matches {pattern:?}")).into());
        }
    }
    if paths.is_empty() {
        return Err(Problem::general("no configuration file is given").into());
    }
    Ok(paths)
}

/// Parses and checks the files; `look_further` looks for more problems.
fn checked(
    sources: &[Source],
    look_further: impl FnOnce(&Config, &mut Problems<'_>),
) -> Result<Config, ConfigError> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for source in sources {
        match parse_file(source) {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    ConfigError::of(problems)?;
    let (config, mut problems) = check(sources, &files, hash(sources));
    look_further(&config, &mut problems);
    problems.finish().map(|()| config)
}

fn parse_file(source: &Source) -> Result<RawFile, Problem> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
        // The file is the operator's own: ten thousand targets in it are no attack. Depth and aliases stay bounded.
        budget: serde_saphyr::budget! {
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
        },
    };
    match serde_saphyr::from_str_with_options::<Option<RawFile>>(&source.text, options) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(Problem::of_file(&source.path, EMPTY)),
        Err(error) => {
            let explained = explain(&error);
            Err(Problem::at(source, explained.location, explained.message, explained.also_secret.as_deref()))
        }
    }
}

/// FNV-1a over names and contents: it tells one configuration from the next, it is no protection against intent.
fn hash(sources: &[Source]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for source in sources {
        let path = source.path.to_string_lossy();
        for byte in path.bytes().chain([0]).chain(source.text.bytes()).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}
