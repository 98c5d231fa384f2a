//! What can be said on the command line.

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::error::ErrorKind;
use clap::{ArgGroup, ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};

use super::render::Template;
use crate::config::Level;
use crate::diagnostic::Severity;
use crate::rules;
use crate::vfs::{Disk, OsDisk};

/// Language server and CI linter for KubeBlocks YAML and the Helm charts that hold it.
#[derive(Parser, Debug)]
#[command(name = "kubeblocks-ls", version, max_term_width = 100)]
#[command(group(ArgGroup::new("job").args([
    "check", "render", "graph", "explain", "list_rules", "import_crds", "stdio", "docs", "completions", "man",
])))]
#[command(group(ArgGroup::new("looking").args(["check", "graph"])))]
#[command(group(ArgGroup::new("fixing").args(["fix", "diff"])))]
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

    /// Writes one page for each rule to this folder
    #[arg(long, value_name = "DIR")]
    pub(super) docs: Option<Utf8PathBuf>,

    /// Prints a script that completes arguments
    #[arg(long, value_name = "SHELL")]
    pub(super) completions: Option<clap_complete::Shell>,

    /// Prints the manual page
    #[arg(long)]
    pub(super) man: bool,

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
    /// Charts, files in charts, manifests, folders or patterns of them; `-` is stdin; `@FILE` has one argument a line
    #[arg(value_name = "PATH", requires = "looking")]
    pub(super) paths: Vec<Utf8PathBuf>,

    /// Form of the report; several may be given
    #[arg(long, value_enum, requires = "job", help_heading = CHECKING)]
    format: Vec<Format>,

    /// File for the report of the --format before it, instead of stdout
    #[arg(long, value_name = "FILE", requires = "format", requires = "check", help_heading = CHECKING)]
    output: Vec<Utf8PathBuf>,

    /// The forms, and where each goes.
    #[arg(skip)]
    pub(super) reports: Vec<(Format, Option<Utf8PathBuf>)>,

    /// Least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY", requires = "check", help_heading = CHECKING)]
    pub(super) fail_on: FailOn,

    /// Ends with 0 also where there are findings
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(super) exit_zero: bool,

    /// Carries out the safe fixes, and tells what is left
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(super) fix: bool,

    /// With --fix or --diff: also the guesses
    #[arg(long = "unsafe", requires = "check", requires = "fixing", help_heading = CHECKING)]
    pub(super) guesses: bool,

    /// Shows what --fix would change, and changes nothing
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(super) diff: bool,

    /// Writes the findings to FILE, as known ones
    #[arg(long, value_name = "FILE", requires = "check", help_heading = CHECKING)]
    pub(super) write_baseline: Option<Utf8PathBuf>,

    /// Leaves out the findings that FILE knows
    #[arg(long, value_name = "FILE", requires = "check", help_heading = CHECKING)]
    pub(super) baseline: Option<Utf8PathBuf>,

    /// Only findings of charts that were changed since this revision of git
    #[arg(long, value_name = "REV", requires = "check", help_heading = CHECKING)]
    pub(super) changed_since: Option<String>,

    /// What this revision of git has is installed: definitions that may not change keep what they say
    #[arg(long, value_name = "REV", requires = "check", help_heading = CHECKING)]
    pub(super) installed: Option<String>,

    /// Name of the file whose text comes on stdin (for the PATH `-`)
    #[arg(long, value_name = "FILE", requires = "check", help_heading = CHECKING)]
    pub(super) stdin_filename: Option<Utf8PathBuf>,

    /// Counts findings by rule, instead of showing them
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(super) statistics: bool,

    /// Findings only: no summary, no start orders, no notes
    #[arg(long, short, requires = "check", help_heading = CHECKING)]
    pub(super) quiet: bool,

    /// Goes on, and tells again whenever something changes, until Ctrl-C
    #[arg(
        long,
        requires = "check",
        conflicts_with_all = ["fixing", "output", "write_baseline", "stdin_filename"],
        help_heading = CHECKING
    )]
    pub(super) watch: bool,

    /// Tells on stderr where the time went
    #[arg(long, requires = "check", help_heading = CHECKING)]
    pub(super) timings: bool,

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
    /// One line for each finding
    Concise,
    /// One JSON document; its schema is schemas/report.json
    Json,
    /// The findings of the JSON document, one a line
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code Quality of GitLab
    Gitlab,
    /// JUnit's XML
    Junit,
    /// Checkstyle's XML
    Checkstyle,
    /// Reviewdog's format
    Rdjson,
}

impl Args {
    /// The arguments of this process, with those of `@FILE` in its place. Ends the process where they are wrong.
    pub fn read() -> Self {
        let mut all = Vec::new();
        for argument in std::env::args_os() {
            match argument.to_str().and_then(|text| text.strip_prefix('@')) {
                Some(path) => match OsDisk.read(&super::working_directory().join(path)) {
                    Ok(bytes) => {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        all.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(OsString::from));
                    }
                    Err(error) => refuse(&format!("cannot read `{path}`: {error}")),
                },
                None => all.push(argument),
            }
        }
        let matches = Self::command().get_matches_from(all);
        let mut args = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        match args.checking.pair(&matches) {
            Ok(reports) => args.checking.reports = reports,
            Err(words) => refuse(words),
        }
        args
    }
}

fn refuse(words: &str) -> ! {
    Args::command().error(ErrorKind::ArgumentConflict, words).exit()
}

impl Checking {
    /// The formats, each with the file that follows it.
    fn pair(&self, matches: &ArgMatches) -> Result<Vec<(Format, Option<Utf8PathBuf>)>, &'static str> {
        let indices = |name| matches.indices_of(name).into_iter().flatten();
        let mut reports: Vec<_> = indices("format").zip(&self.format).map(|(at, format)| (at, *format, None)).collect();
        for (at, path) in indices("output").zip(&self.output) {
            match reports.iter_mut().rev().find(|(format, ..)| *format < at) {
                Some((_, _, file @ None)) => *file = Some(path.clone()),
                _ => return Err("each --output follows the --format it is for"),
            }
        }
        if reports.iter().filter(|(_, _, file)| file.is_none()).count() > 1 {
            return Err("only one --format can go to stdout: give the others an --output");
        }
        if reports.is_empty() {
            reports.push((0, Format::default(), None));
        }
        Ok(reports.into_iter().map(|(_, format, file)| (format, file)).collect())
    }
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
