//! Variables that KubeBlocks puts into the containers of the legacy API by itself (legacy spec §3.7).

use crate::diagnostic::edit_distance;
use crate::schema::release::Release;

/// Where a variable of the operator's can be seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Builtin {
    /// The first release that has it.
    pub since: Release,
    /// The last one, where it is gone again.
    pub until: Release,
    /// Init containers have it too, up to this release; `None`: always.
    pub init_until: Option<Release>,
}

const EVERYWHERE: Builtin = Builtin { since: Release::V0_5, until: Release::V0_9, init_until: None };
/// What is known of the replicas: since 0.7 it comes with a ConfigMap that main containers alone get.
const REPLICAS: Builtin = Builtin { init_until: Some(Release::V0_6), ..EVERYWHERE };

const NAMES: [&str; 20] = [
    "KB_POD_NAME",
    "KB_POD_UID",
    "KB_NAMESPACE",
    "KB_SA_NAME",
    "KB_NODENAME",
    "KB_HOST_IP",
    "KB_POD_IP",
    "KB_POD_IPS",
    "KB_HOSTIP",
    "KB_PODIP",
    "KB_PODIPS",
    "KB_CLUSTER_NAME",
    "KB_COMP_NAME",
    "KB_CLUSTER_COMP_NAME",
    "KB_CLUSTER_UID_POSTFIX_8",
    "KB_POD_FQDN",
    "KB_TLS_CERT_PATH",
    "KB_TLS_CA_FILE",
    "KB_TLS_CERT_FILE",
    "KB_TLS_KEY_FILE",
];

/// What a lifecycle action is called with (v1 spec §6.1).
pub const ACTION_PARAMETERS: [(&str, &[&str]); 7] = [
    ("accountProvision", &["KB_ACCOUNT_NAME", "KB_ACCOUNT_PASSWORD", "KB_ACCOUNT_STATEMENT"]),
    (
        "switchover",
        &[
            "KB_SWITCHOVER_CANDIDATE_NAME",
            "KB_SWITCHOVER_CANDIDATE_FQDN",
            "KB_SWITCHOVER_CURRENT_NAME",
            "KB_SWITCHOVER_CURRENT_FQDN",
            "KB_SWITCHOVER_ROLE",
        ],
    ),
    ("memberJoin", &["KB_JOIN_MEMBER_POD_FQDN", "KB_JOIN_MEMBER_POD_NAME"]),
    ("memberLeave", &["KB_LEAVE_MEMBER_POD_FQDN", "KB_LEAVE_MEMBER_POD_NAME"]),
    ("reconfigure", &["KB_CONFIG_FILES_CREATED", "KB_CONFIG_FILES_REMOVED", "KB_CONFIG_FILES_UPDATED"]),
    ("dataDump", &["KB_TARGET_POD_NAME"]),
    ("dataLoad", &[]),
];

/// What the jobs of backups and restores are given (v1 spec §6.1).
const OF_BACKUPS: [&str; 26] = [
    "DP_BACKUP_NAME",
    "DP_BACKUP_BASE_PATH",
    "DP_BACKUP_ROOT_PATH",
    "DP_BACKUP_INFO_FILE",
    "DP_TARGET_POD_NAME",
    "DP_TARGET_POD_ROLE",
    "DP_TARGET_RELATIVE_PATH",
    "DP_DB_HOST",
    "DP_DB_PORT",
    "DP_DB_USER",
    "DP_DB_PASSWORD",
    "DP_DATASAFED_BIN_PATH",
    "DP_TTL",
    "DP_TTL_SECONDS",
    "DP_TIME_FORMAT",
    "DP_TIME_ZONE",
    "DP_CHECK_INTERVAL",
    "DP_ARCHIVE_INTERVAL",
    "DP_BACKUP_STOP_TIME",
    "DP_PARENT_BACKUP_NAME",
    "DP_BASE_BACKUP_NAME",
    "DP_BASE_BACKUP_START_TIME",
    "DP_ANCESTOR_INCREMENTAL_BACKUP_NAMES",
    "DP_RESTORE_TIME",
    "DP_RESTORE_TIMESTAMP",
    "KB_CLUSTER_NAME",
];

/// What the workloads of OpsDefinitions are given (v1 spec §6.1).
const OF_OPERATIONS: [&str; 11] = [
    "KB_OPS_NAME",
    "KB_OPS_NAMESPACE",
    "KB_CLUSTER_NAME",
    "KB_COMP_NAME",
    "KB_CLUSTER_COMP_NAME",
    "KB_COMP_REPLICAS",
    "KB_COMP_HEADLESS_SVC_NAME",
    "KB_COMP_SERVICE_VERSION",
    "KB_COMP_SVC_NAME",
    "KB_ACCOUNT_USERNAME",
    "KB_ACCOUNT_PASSWORD",
];

/// What jobs for accounts and switchovers were given up to 0.9 (`controllers/apps/systemaccount_controller.go`,
/// `controllers/apps/operations/switchover_util.go`).
const OF_JOBS: [&str; 10] = [
    "KB_ACCOUNT_ENDPOINT",
    "KB_REPLICATION_PRIMARY_POD_IP",
    "KB_REPLICATION_PRIMARY_POD_NAME",
    "KB_REPLICATION_PRIMARY_POD_FQDN",
    "KB_CONSENSUS_LEADER_POD_IP",
    "KB_CONSENSUS_LEADER_POD_NAME",
    "KB_CONSENSUS_LEADER_POD_FQDN",
    "KB_LEADER_POD_IP",
    "KB_LEADER_POD_NAME",
    "KB_LEADER_POD_FQDN",
];

/// What the texts of `connectionCredential` may hold, beside `SVC_PORT_` and a port (legacy spec §3.8).
pub const OF_CREDENTIAL: [&str; 10] = [
    "RANDOM_PASSWD",
    "STRONG_RANDOM_PASSWD",
    "UUID",
    "UUID_B64",
    "UUID_STR_B64",
    "UUID_HEX",
    "SVC_FQDN",
    "HEADLESS_SVC_FQDN",
    "KB_CLUSTER_COMP_NAME",
    "CONN_CREDENTIAL",
];

/// What stands for the Secret that these texts go into: the one placeholder in names of Secrets.
pub const CREDENTIAL_SECRET: &str = "CONN_CREDENTIAL_SECRET_NAME";

/// A name with a prefix of KubeBlocks' own that is none of its names, but for one letter. Plurals may be others.
pub fn near(name: &str) -> Option<&'static str> {
    let parameters = ACTION_PARAMETERS.iter().flat_map(|(_, names)| names.iter().copied());
    let known = names().chain(OF_BACKUPS).chain(OF_OPERATIONS).chain(OF_JOBS).chain(parameters);
    let plural = |one: &str, other: &str| one.strip_suffix('S') == Some(other);
    let is_near =
        |known: &&str| edit_distance(known, name, 1) == Some(1) && !plural(known, name) && !plural(name, known);
    if known.clone().any(|known| known == name) || find(name).is_some() { None } else { known.filter(is_near).min() }
}

/// The names that KubeBlocks gives in objects of a kind, for suggestions; `keys` are those around the place, inside out.
pub fn given<'k>(api_version: &str, kind: &str, keys: impl Iterator<Item = &'k str>) -> Vec<&'static str> {
    match kind {
        "ActionSet" => OF_BACKUPS.to_vec(),
        "OpsDefinition" => OF_OPERATIONS.to_vec(),
        _ => {
            let keys: Vec<&str> = keys.collect();
            let has = |wanted: &[&str]| keys.iter().any(|key| wanted.contains(key));
            let legacy = api_version.is_empty() || api_version == "apps.kubeblocks.io/v1alpha1";
            if legacy && has(&["connectionCredential"]) {
                return OF_CREDENTIAL.to_vec();
            }
            if legacy && has(&["secretKeyRef", "secretRef"]) {
                return vec![CREDENTIAL_SECRET];
            }
            let actions = ACTION_PARAMETERS.iter().filter(|(action, _)| has(&[action]));
            let mut found: Vec<&str> = actions.flat_map(|(_, names)| *names).copied().collect();
            if legacy {
                found.extend(names());
            }
            found
        }
    }
}

/// What KubeBlocks has under this name; `None` where it has nothing, or may have it only by a Cluster's wish.
pub fn find(name: &str) -> Option<Builtin> {
    if NAMES.contains(&name) {
        return Some(EVERYWHERE);
    }
    match name {
        "KB_REPLICA_COUNT" => Some(Builtin { since: Release::V0_6, ..REPLICAS }),
        "KB_LEADER" | "KB_FOLLOWERS" => Some(REPLICAS),
        // Up to 0.7 it stood beside the replicas.
        "KB_CLUSTER_UID" => Some(EVERYWHERE),
        "KB_COMP_REPLICAS" => Some(Builtin { since: Release::V0_8, ..EVERYWHERE }),
        "KB_POD_LIST" => Some(Builtin { since: Release::V0_9, ..REPLICAS }),
        "LORRY_HTTP_PORT" => Some(Builtin { since: Release::V0_8, ..EVERYWHERE }),
        _ => {
            let rest = name.strip_prefix("KB_")?;
            let start = if rest.starts_with("RSM_") {
                Some(Builtin { since: Release::V0_7, until: Release::V0_8, ..REPLICAS })
            } else if rest.starts_with("ITS_") {
                Some(Builtin { since: Release::V0_9, ..REPLICAS })
            } else {
                None
            };
            let ordinal = rest.strip_suffix("_HOSTNAME").is_some_and(|stem| {
                let number = stem.rsplit('_').next().unwrap_or_default();
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            });
            start.or((ordinal || rest.ends_with("_N")).then_some(REPLICAS))
        }
    }
}

/// A name that is written out here, and that no container has since 1.0.
pub fn is_listed(name: &str) -> bool {
    names().any(|listed| listed == name)
}

/// A name that actions had before 1.0, and no action has since.
pub fn was_of_actions(name: &str) -> bool {
    is_listed(name) || OF_JOBS.contains(&name)
}

/// The names that are written out, for suggestions.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    NAMES.into_iter().chain(["KB_REPLICA_COUNT", "KB_COMP_REPLICAS", "KB_POD_LIST", "KB_CLUSTER_UID"])
}

impl Builtin {
    /// The containers of a release have it.
    pub fn is_in(self, release: Release, init: bool) -> bool {
        let seen = !init || self.init_until.is_none_or(|last| release <= last);
        seen && (self.since..=self.until).contains(&release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_they_are() {
        let told = |name: &str, init: bool| {
            let found = find(name)?;
            let seen: Vec<_> = Release::ALL.into_iter().filter(|r| found.is_in(*r, init)).map(Release::name).collect();
            Some(seen.join(" "))
        };
        for (name, main, init) in [
            ("KB_POD_NAME", "0.5 0.6 0.7 0.8 0.9", "0.5 0.6 0.7 0.8 0.9"),
            ("KB_REPLICA_COUNT", "0.6 0.7 0.8 0.9", "0.6"),
            ("KB_0_HOSTNAME", "0.5 0.6 0.7 0.8 0.9", "0.5 0.6"),
            ("KB_VLLM_N", "0.5 0.6 0.7 0.8 0.9", "0.5 0.6"),
            ("KB_VLLM_12_HOSTNAME", "0.5 0.6 0.7 0.8 0.9", "0.5 0.6"),
            ("KB_RSM_LEADER", "0.7 0.8", ""),
            ("KB_ITS_N", "0.9", ""),
            ("KB_POD_LIST", "0.9", ""),
            ("KB_COMP_REPLICAS", "0.8 0.9", "0.8 0.9"),
        ] {
            assert_eq!(told(name, false).as_deref(), Some(main), "{name}");
            assert_eq!(told(name, true).as_deref(), Some(init), "{name} in an init container");
        }
        assert_eq!(find("KB_SOMETHING"), None);
        assert_eq!(find("META"), None);
    }
}
