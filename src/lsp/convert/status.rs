//! How the server is: what it holds, and whether it is at rest.

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::notification::Notification;

use super::Snapshot;
use crate::diagnostic::Severity;
use crate::rules;

/// `kubeblocks/status {}`
#[derive(Deserialize)]
pub(in crate::lsp) struct StatusParams {}

/// What the present world holds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lsp) struct Status {
    version: &'static str,
    /// Charts and lone manifests.
    charts: usize,
    /// Charts times their sets of values.
    renderings: usize,
    /// Those of them in which a template fails.
    failed: usize,
    files: usize,
    /// Documents that the editor owns.
    open: usize,
    findings: Findings,
    /// Bytes that the system counts as ours, where it tells.
    memory: Option<u64>,
}

/// Findings by severity.
#[derive(Serialize)]
struct Findings {
    error: usize,
    warning: usize,
    info: usize,
}

impl Snapshot {
    pub(in crate::lsp) fn status(&self) -> Status {
        let charts = self.world.charts.values().flat_map(|chart| std::iter::once(chart).chain(&chart.others));
        let renderings: Vec<_> = charts.filter_map(|chart| chart.rendering()).collect();
        let found = rules::check(&self.world);
        let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
        Status {
            version: env!("CARGO_PKG_VERSION"),
            charts: self.world.charts.len(),
            renderings: renderings.len(),
            failed: renderings.iter().filter(|render| !render.faults.is_empty()).count(),
            files: self.world.files.len(),
            open: self.open.len(),
            findings: Findings {
                error: count(Severity::Error),
                warning: count(Severity::Warning),
                info: count(Severity::Info),
            },
            memory: crate::vfs::memory(),
        }
    }
}

/// `experimental/serverStatus`, as rust-analyzer has it: told to clients that say `serverStatusNotification`.
pub(in crate::lsp) enum ServerStatus {}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(in crate::lsp) struct ServerStatusParams {
    pub(in crate::lsp) health: Health,
    /// Nothing is being worked out.
    pub(in crate::lsp) quiescent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::lsp) message: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::lsp) enum Health {
    Ok,
    /// It works, but not as it was told.
    Warning,
    /// The last analysis failed.
    Error,
}

impl Notification for ServerStatus {
    type Params = ServerStatusParams;
    const METHOD: &'static str = "experimental/serverStatus";
}
