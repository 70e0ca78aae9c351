//! What outsiders may know of the channels: documents for portals, load balancers and scripts.
//!
//! Pure: no input or output, no clock. `document` is the status of everything, `verdict` what a status means as a health
//! check, `answer` the health documents, `polls` what became of a target's polls, `openapi` describes the endpoints. None of it holds a secret or personal data.

pub mod answer;
pub mod document;
pub mod openapi;
pub mod polls;
pub mod verdict;

pub use answer::HealthDocument;
pub use document::{ChannelStatus, StatusDocument, TargetStatus};
pub use polls::TargetPolls;
pub use verdict::Verdict;
