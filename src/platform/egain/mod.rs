//! The egain platform.
