//! Faults of backups and operations.

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    newer("method-without-action", BPT, "spec.backupMethods[].actionSetName", Key("nothing"))
        .told(File)
        .when(|node| node.parent().is_some_and(|method| method.text_at("snapshotVolumes") != Some("true"))),
    newer("unknown-backup-method", BPT, "spec.schedules[].backupMethod", Put("zz")),
];
