//! Every family of every target, in the order of the exposition.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::platform::any;
use crate::platform::family::Family;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::new);

/// All families that targets can have; the process's own instruments are not among them.
#[derive(Debug)]
pub struct Catalogue {
    families: Vec<&'static Family>,
    positions: HashMap<&'static str, usize>,
}

/// The catalogue of this build.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

impl Catalogue {
    fn new() -> Self {
        let families: Vec<&'static Family> = crate::state::families::ROWS
            .iter()
            .map(|row| &row.family)
            .chain(crate::channel::families::ROWS.iter().map(|row| &row.family))
            .chain(any::families())
            .collect();
        let positions =
            families.iter().enumerate().map(|(position, family)| (family.name, position)).collect();
        Self { families, positions }
    }

    /// The families, in order.
    pub fn families(&self) -> &[&'static Family] {
        &self.families
    }

    /// Where a family stands on the page; unknown ones stand last.
    pub fn position(&self, family: &Family) -> usize {
        self.positions.get(family.name).copied().unwrap_or(self.families.len())
    }
}
