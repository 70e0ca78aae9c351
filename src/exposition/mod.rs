//! From samples to pages: blocks, formats, negotiation and compression.

pub mod block;
pub mod escape;
pub mod number;
pub mod protobuf;

pub use block::{Block, Identity};
