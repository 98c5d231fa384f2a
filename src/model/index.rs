//! Who defines and who refers.

use std::sync::Arc;

use crate::world::Chart;

/// All definitions of a world.
#[derive(Default)]
pub struct Index {}

impl Index {
    /// Reads every document of every chart once.
    pub fn of<'c>(charts: impl Iterator<Item = &'c Arc<Chart>>) -> Self {
        let _ = charts.count();
        Self::default()
    }
}
