//! Go to definition.

use super::{Cursor, Links};
use crate::world::World;

/// Where the name under the cursor is defined.
pub fn definition(world: &World, at: Cursor) -> Option<Links> {
    let _ = (world, at);
    None
}
