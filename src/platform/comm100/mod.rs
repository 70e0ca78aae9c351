//! The comm100 platform.
