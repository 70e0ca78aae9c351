//! Comm100's API over the demo's contact centre.
