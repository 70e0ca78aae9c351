//! The commands of the binary, one file each.

pub mod check_config;
pub mod config_schema;
pub mod show_config;
