//! What can be said on the command line.

use camino::Utf8PathBuf;
use clap::{ArgGroup, Parser, ValueEnum};

use super::render::Template;
use crate::config::Level;
use crate::diagnostic::Severity;
use crate::rules;

/// Language server and CI linter for KubeBlocks YAML and the Helm charts that hold it.
#[derive(Parser, Debug)]
#[command(name = "kubeblocks-ls", version, max_term_width = 100)]
#[command(group(ArgGroup::new("job").args(["check", "render", "graph", "explain", "list_rules", "import_crds", "stdio"])))]
#[command(group(ArgGroup::new("looking").args(["check", "graph"])))]
#[command(after_help = "Without arguments it is the language server where stdin is a pipe, and this help where it \
    is a terminal.\n\nExit codes: 0 clean; 1 findings at or above --fail-on; 2 wrong usage or unreadable input; 3 an \
    internal fault.")]
pub struct Args {
    /// Checks the charts and KubeBlocks manifests at or below each PATH (default: the working directory)
    #[arg(long)]
    pub(super) check: bool,

    /// Prints what `helm template` prints for the chart in this folder
    #[arg(long, value_name = "CHART")]
    pub(super) render: Option<Utf8PathBuf>,

    /// Prints a picture of the charts at or below each PATH: components, stages and references (default: mermaid)
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "mermaid")]
    pub(super) graph: Option<Picture>,

    /// Prints a rule's page
    #[arg(long, value_name = "RULE")]
    pub(super) explain: Option<String>,

    /// Lists all rules
    #[arg(long)]
    pub(super) list_rules: bool,

    /// For maintainers: rewrites schemas/kubeblocks/X.Y from the CRDs of a KubeBlocks release in DIR,
    /// or schemas/kubernetes from the OpenAPI definitions there
    #[arg(long, value_name = "DIR", requires = "release")]
    pub(super) import_crds: Option<Utf8PathBuf>,

    /// Speaks the Language Server Protocol on stdin and stdout
    #[arg(long)]
    pub(super) stdio: bool,

    #[command(flatten)]
    pub(super) checking: Checking,

    #[command(flatten)]
    pub(super) template: Template,
}

/// What `--check` looks at and how it tells.
#[derive(clap::Args, Debug)]
pub(super) struct Checking {
    /// Charts, files in charts, manifests, or folders of them
    #[arg(value_name = "PATH", requires = "looking")]
    pub(super) paths: Vec<Utf8PathBuf>,

    /// Form of the report
    #[arg(long, value_enum, default_value_t, requires = "check", help_heading = CHECKING)]
    pub(super) format: Format,

    /// Least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY", requires = "check", help_heading = CHECKING)]
    pub(super) fail_on: FailOn,

    /// Settings, instead of the nearest .kubeblocks-ls.yaml above each chart
    #[arg(long, value_name = "FILE", requires = "check", help_heading = CHECKING)]
    pub(super) config: Option<Utf8PathBuf>,

    /// Severity of a rule over all settings: off, info, warning or error
    #[arg(long, value_name = "RULE=SEVERITY", value_parser = rule_level, requires = "check", help_heading = CHECKING)]
    pub(super) rule: Vec<(String, Level)>,

    /// Paths whose findings are not told, as in .gitignore
    #[arg(long, value_name = "PATTERN", requires = "check", help_heading = CHECKING)]
    pub(super) ignore: Vec<String>,

    /// Shows also what comments allow; it does not count
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(super) show_suppressed: bool,

    /// Tells also which definitions must come from charts that are not in view
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(super) info: bool,
}

/// `missing-wait=off`
fn rule_level(text: &str) -> Result<(String, Level), String> {
    let (name, level) = text.split_once('=').ok_or("write RULE=SEVERITY")?;
    if rules::find(name).is_none() {
        return Err(super::rules::unknown(name));
    }
    Ok((name.to_owned(), level.parse()?))
}

/// The form of `--graph`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Picture {
    /// For Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture as it is
    Svg,
}

const CHECKING: &str = "Options of --check";

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum Format {
    /// Source frames, for people
    #[default]
    Text,
    /// One JSON document; its schema is schemas/report.json
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum FailOn {
    #[default]
    Error,
    Warning,
    Info,
}

impl From<FailOn> for Severity {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Info => Self::Info,
        }
    }
}
