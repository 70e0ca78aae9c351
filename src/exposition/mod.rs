//! From samples to pages: blocks, formats, negotiation and compression.
//!
//! `block` the samples of a family of a target · `page` blocks put together · `own` the process's instruments ·
//! `select` what a client wants to see · `negotiate` in which form · `cache` pages that need not be made twice.

pub mod block;
pub mod cache;
pub mod compress;
pub mod escape;
pub mod format;
pub mod negotiate;
pub mod number;
pub mod own;
pub mod page;
pub mod protobuf;
pub mod select;
#[cfg(test)]
mod strict_parser;

pub use block::{Block, Identity};
pub use cache::{Page, PageCache};
pub use format::{Encoding, Format};
pub use own::Own;
pub use select::Selection;
