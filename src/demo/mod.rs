//! Live data without an account: a model of a contact centre behind simulators of the four vendors' APIs.

pub mod centre;
pub mod simulator;

pub use simulator::Simulator;
