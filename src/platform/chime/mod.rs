//! The chime platform.
