//! `config-schema`: the JSON Schema of the configuration, for editors.

use crate::config::raw::RawFile;

/// The schema, indented, with a line break at its end.
///
/// # Errors
/// A sentence if it cannot be written as JSON.
pub fn config_schema() -> Result<String, String> {
    let schema = schemars::schema_for!(RawFile);
    serde_json::to_string_pretty(&schema)
        .map(|text| format!("{text}\n"))
        .map_err(|error| format!("cannot write the schema: {error}"))
}
