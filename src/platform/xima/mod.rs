//! The xima platform.
