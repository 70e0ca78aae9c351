//! Live data without an account: a model of a contact centre behind simulators of the four vendors' APIs.

mod arrivals;
pub mod centre;
mod configuration;
mod desk;
pub mod model;
mod random;
mod roster;
pub mod scenario;
pub mod server;
pub mod simulator;
pub mod world;

pub use model::Model;
pub use scenario::Scenario;
pub use simulator::Simulator;
pub use world::World;
