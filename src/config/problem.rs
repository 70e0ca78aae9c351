//! What is wrong with a configuration: a message at a place, and the lines around it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_saphyr::Location;

use crate::config::checked::Place;
use crate::config::masking::{self, MaskedLine};

/// Lines shown before the one that is pointed at.
const CONTEXT_LINES: usize = 2;

/// Characters of a line that are shown at most.
const LINE_WIDTH: usize = 160;

/// A configuration file as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Source {
    /// The directory that relative paths in the file are resolved against.
    pub(crate) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// `file:line:column` of a place in this file.
    fn describe(&self, location: Location) -> String {
        format!("{}:{}:{}", self.path.display(), location.line(), location.column())
    }

    /// The line of `location` with a caret beneath it and the lines before; values of secrets are masked, those of a
    /// key named `also_secret` too.
    fn snippet(&self, location: Location, also_secret: Option<&str>) -> Option<String> {
        let number = usize::try_from(location.line()).ok().filter(|line| *line > 0)?;
        let lines = masking::mask(&self.text, also_secret);
        let line = lines.get(number - 1)?;
        let width = number.to_string().len();
        let mut snippet = String::new();
        let first = number.saturating_sub(CONTEXT_LINES + 1);
        for (index, line) in lines.iter().enumerate().take(number).skip(first) {
            let shown = format!(" {:>width$} | {}", index + 1, shown(line));
            snippet.push_str(shown.trim_end());
            snippet.push('\n');
        }
        let column = usize::try_from(location.column()).unwrap_or(1).max(1);
        let length = usize::try_from(location.span().len()).unwrap_or(1);
        let pointer = caret(line, column, length);
        Some(snippet + &format!(" {:>width$} | {pointer}", ""))
    }
}

/// The line without characters that would disturb a terminal, cut where it is too long.
fn shown(line: &MaskedLine) -> String {
    let readable =
        |character: char| if character.is_control() && character != '\t' { '·' } else { character };
    let mut text: String = line.text.chars().take(LINE_WIDTH).map(readable).collect();
    if line.text.chars().nth(LINE_WIDTH).is_some() {
        text.push('…');
    }
    text
}

/// Blanks (and the line's tabs) up to `column`, then carets under `length` characters of the line.
fn caret(line: &MaskedLine, column: usize, length: usize) -> String {
    let start = line.column_of(column - 1).min(LINE_WIDTH);
    let end = line.column_of(column - 1 + length.max(1)).min(line.text.trim_end().chars().count());
    let blanks = line.text.chars().chain(std::iter::repeat(' ')).take(start);
    let blanks: String = blanks.map(|character| if character == '\t' { '\t' } else { ' ' }).collect();
    format!("{blanks}{}", "^".repeat(end.min(LINE_WIDTH).saturating_sub(start).max(1)))
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, where one is to blame.
    pub file: Option<PathBuf>,
    /// Line and column in it, from 1.
    pub position: Option<(u64, u64)>,
    /// What is wrong, in words.
    pub message: String,
    snippet: Option<String>,
}

impl Problem {
    /// A problem of no particular file.
    pub(crate) fn general(message: impl Into<String>) -> Self {
        Self { file: None, position: None, message: message.into(), snippet: None }
    }

    /// A problem of a file as a whole.
    pub(crate) fn of_file(file: &Path, message: impl Into<String>) -> Self {
        Self { file: Some(file.to_owned()), ..Self::general(message) }
    }

    /// A problem at a place in a file.
    pub(crate) fn at(
        source: &Source,
        location: Location,
        message: impl Into<String>,
        also_secret: Option<&str>,
    ) -> Self {
        let snippet = source.snippet(location, also_secret);
        let position = (location.line() > 0).then(|| (location.line(), location.column()));
        Self { file: Some(source.path.clone()), position, message: message.into(), snippet }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(formatter, "{}:", file.display())?;
            if let Some((line, column)) = self.position {
                write!(formatter, "{line}:{column}:")?;
            }
            formatter.write_str(" ")?;
        }
        formatter.write_str(&self.message)?;
        if let Some(snippet) = &self.snippet {
            write!(formatter, "\n{snippet}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a configuration, in the order of files and lines.
///
/// Its text has one paragraph per problem: `file:line:column: message`, then the lines with a caret. Values of secrets
/// are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// An error of `problems`; passes if there are none.
    pub(crate) fn of(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// What is wrong; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n\n")?;
            }
            problem.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Collects problems while several files are checked.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    sources: &'a [Source],
    found: Vec<(usize, Problem)>,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Self {
        Self { sources, found: Vec::new() }
    }

    /// Notes a problem at a place.
    pub(crate) fn at(&mut self, place: Place, message: impl Into<String>) {
        let problem = match self.sources.get(place.source) {
            Some(file) => Problem::at(file, place.location, message, None),
            None => Problem::general(message),
        };
        self.found.push((place.source, problem));
    }

    /// Notes a problem of all files together.
    pub(crate) fn of_first_file(&mut self, message: impl Into<String>) {
        let problem = match self.sources.first() {
            Some(source) => Problem::of_file(&source.path, message),
            None => Problem::general(message),
        };
        self.found.push((0, problem));
    }

    /// `file:line:column` of a place.
    pub(crate) fn describe(&self, place: Place) -> String {
        self.sources.get(place.source).map(|source| source.describe(place.location)).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// An error of all that was found, in the order of files and lines; passes if nothing was.
    pub(crate) fn finish(mut self) -> Result<(), ConfigError> {
        self.found.sort_by_key(|(source, problem)| (*source, problem.position));
        ConfigError::of(self.found.into_iter().map(|(_, problem)| problem).collect())
    }
}

/// The problems of one file.
#[derive(Debug)]
pub(crate) struct Report<'a, 'b> {
    pub(crate) problems: &'a mut Problems<'b>,
    pub(crate) source: usize,
}

impl Report<'_, '_> {
    /// Notes a problem at a place in the file.
    pub(crate) fn at(&mut self, location: Location, message: impl Into<String>) {
        self.problems.at(self.place(location), message);
    }

    /// A place in the file.
    pub(crate) fn place(&self, location: Location) -> Place {
        Place { source: self.source, location }
    }

    /// The value of `result`, or a problem at `location`.
    pub(crate) fn check<T>(&mut self, location: Location, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.at(location, message)).ok()
    }
}
