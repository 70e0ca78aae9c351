//! A mutex that is never poisoned.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A value behind a mutex that is held for a few instructions and never across an await.
///
/// Every critical section leaves the value whole, so a panic elsewhere is no reason to stop using it.
#[derive(Debug, Default)]
pub(crate) struct Locked<T>(Mutex<T>);

impl<T> Locked<T> {
    /// Takes the value in.
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Waits for its turn.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
