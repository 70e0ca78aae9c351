//! Log messages on standard error, as logfmt or JSON.

use std::fmt::{self, Write};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use crate::cli::{LogFormat, LogLevel};

/// Begins to log; without effect where a logger is in place already.
pub fn start(level: LogLevel, format: LogFormat) {
    let subscriber = subscriber(level, format, std::io::stderr);
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("The logger was in place already.");
    }
}

fn subscriber<W>(level: LogLevel, format: LogFormat, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    // What libraries say below warnings can hold request headers.
    let of_libraries = if level == LogLevel::Error { "error" } else { "warn" };
    let directives = format!("{of_libraries},webchat_exporter={level}", level = name(level));
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(directives)).with_writer(writer);
    match format {
        LogFormat::Logfmt => Box::new(builder.fmt_fields(Logfmt).event_format(Logfmt).finish()),
        // Without the module: a field of ours, the polled target, has the same name.
        LogFormat::Json => Box::new(builder.with_target(false).json().flatten_event(true).finish()),
    }
}

fn name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    }
}

/// Writes `ts=… level=… msg="…" key=value`, the fields of enclosing spans before those of the message.
struct Logfmt;

impl<S, N> FormatEvent<S, N> for Logfmt
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        write!(writer, "ts={:.3} level={level}", Timestamp::now())?;
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(message) = fields.message {
            push_pair(&mut writer, "msg", &message)?;
        }
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            if let Some(formatted) = span.extensions().get::<FormattedFields<N>>() {
                write!(writer, "{formatted}")?;
            }
        }
        writer.write_str(&fields.pairs)?;
        writeln!(writer)
    }
}

impl<'writer> FormatFields<'writer> for Logfmt {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut pairs = Fields::default();
        fields.record(&mut pairs);
        writer.write_str(&pairs.pairs)
    }
}

/// The fields of a message or span: its text, and the rest as ` key=value`.
#[derive(Default)]
struct Fields {
    message: Option<String>,
    pairs: String,
}

impl Fields {
    fn push(&mut self, field: &Field, value: String) {
        if field.name() == "message" {
            self.message = Some(value);
        } else {
            let pushed = push_pair(&mut self.pairs, field.name(), &value);
            debug_assert!(pushed.is_ok(), "writing to memory cannot fail");
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.push(field, value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, format!("{value:?}"));
    }
}

/// Writes ` key=value`, the value in quotes and escaped where a parser or a terminal could take it for something else.
fn push_pair(out: &mut impl Write, key: &str, value: &str) -> fmt::Result {
    let is_plain = |character: char| !character.is_control() && !character.is_whitespace();
    if !value.is_empty() && value.chars().all(|character| is_plain(character) && !"\"=\\".contains(character))
    {
        write!(out, " {key}={value}")
    } else {
        write!(out, " {key}={value:?}")
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LogLevel, format: LogFormat, log: impl FnOnce()) -> String {
        let memory = Memory::default();
        let writer = memory.clone();
        let subscriber = subscriber(level, format, move || writer.clone());
        tracing::subscriber::with_default(subscriber, log);
        let bytes = memory.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn logfmt_quotes_what_needs_quotes() {
        let text = logged(LogLevel::Info, LogFormat::Logfmt, || {
            let span = tracing::info_span!("poll", target = "desk", collector = "queues");
            let _entered = span.enter();
            let error = io::Error::other("no\nanswer");
            tracing::warn!(reason = "timeout", count = 3, empty = "", error = %error, url = ?"a=b", "Poll failed.");
        });
        let (stamp, rest) = text.split_once(' ').unwrap();
        assert!(stamp.strip_prefix("ts=").unwrap().parse::<Timestamp>().is_ok(), "{stamp}");
        assert_eq!(
            rest,
            "level=warn msg=\"Poll failed.\" target=desk collector=queues reason=timeout count=3 empty=\"\" \
             error=\"no\\nanswer\" url=\"\\\"a=b\\\"\"\n"
        );
    }

    #[test]
    fn levels_below_the_flag_and_chatty_libraries_are_left_out() {
        let text = logged(LogLevel::Info, LogFormat::Logfmt, || {
            tracing::debug!("Not shown.");
            tracing::info!(target: "h2", "Headers.");
            tracing::error!(target: "h2", "Broken.");
        });
        assert!(text.ends_with("level=error msg=Broken.\n"), "{text}");
        assert_eq!(text.lines().count(), 1);
        let text = logged(LogLevel::Error, LogFormat::Logfmt, || tracing::warn!(target: "h2", "Odd."));
        assert_eq!(text, "");
        let text = logged(LogLevel::Debug, LogFormat::Logfmt, || tracing::debug!("Shown."));
        assert!(text.ends_with(" level=debug msg=Shown.\n"), "{text}");
    }

    #[test]
    fn json_is_one_object_per_line() {
        let text = logged(LogLevel::Info, LogFormat::Json, || {
            tracing::info!(address = ":1", target = "desk", "Listening.\n");
        });
        assert_eq!(text.matches("\"target\"").count(), 1, "{text}");
        let object: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(object["level"], "INFO");
        assert_eq!(object["message"], "Listening.\n");
        assert_eq!(object["address"], ":1");
        assert_eq!(text.lines().count(), 1);
    }
}
