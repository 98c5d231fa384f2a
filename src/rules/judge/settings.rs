//! What the settings for a file say of its findings.

use crate::diagnostic::Diagnostic;
use crate::rules::{INTERNAL_FAULT, find};
use crate::text::FileId;
use crate::world::World;

/// Takes findings away that nobody wants to see, and gives the others the wanted severity.
pub(super) fn apply(world: &World, file: FileId, found: &mut Vec<Diagnostic>) {
    if found.is_empty() || world.config.files.is_empty() && world.config.chosen.is_empty() {
        return;
    }
    let Some(source) = world.source(file) else { return };
    let settings = world.config.at(&source.path);
    found.retain_mut(|finding| {
        if settings.ignored && finding.rule != INTERNAL_FAULT {
            return false;
        }
        let Some(level) = settings.rules.get(finding.rule) else { return true };
        let usual = find(finding.rule).map_or(finding.severity, |rule| rule.severity);
        let severity = level.apply(usual, finding.severity);
        finding.severity = severity.unwrap_or(finding.severity);
        severity.is_some()
    });
}
