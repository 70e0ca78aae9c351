//! The `webchat_exporter` binary.

fn main() {}
