//! The command line: arguments → an answer on stdout → an exit code.
//!
//! Exit codes: 0 clean, 1 findings at or above `--fail-on`, 2 wrong usage or unreadable input, 3 an internal fault.

mod render;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{ArgGroup, Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::diagnostic::Severity;
use crate::helm::chart::ChartProblemKind;
use crate::host::{Change, Host};
use crate::report::{Report, Totals, json, text, word};
use crate::rules::{self, RULES};
use crate::schema;
use crate::schema::release::Release;
use crate::vfs::{Disk, OsDisk, normalize};
use crate::world::{Chart, Contents, World};

/// Language server and CI linter for KubeBlocks YAML and the Helm charts that hold it.
#[derive(Parser, Debug)]
#[command(name = "kubeblocks-ls", version, max_term_width = 100)]
#[command(group(ArgGroup::new("job").args(["check", "render", "explain", "list_rules", "import_crds", "stdio"])))]
#[command(after_help = "Without arguments it is the language server where stdin is a pipe, and this help where it \
    is a terminal.\n\nExit codes: 0 clean; 1 findings at or above --fail-on; 2 wrong usage or unreadable input; 3 an \
    internal fault.")]
pub struct Args {
    /// Checks the charts and KubeBlocks manifests at or below each PATH (default: the working directory)
    #[arg(long)]
    check: bool,

    /// Prints what `helm template` prints for the chart in this folder
    #[arg(long, value_name = "CHART")]
    render: Option<Utf8PathBuf>,

    /// Prints a rule's page
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,

    /// Lists all rules
    #[arg(long)]
    list_rules: bool,

    /// For maintainers: rewrites schemas/kubeblocks/X.Y from the CRDs of a KubeBlocks release in DIR,
    /// or schemas/kubernetes from the OpenAPI definitions there
    #[arg(long, value_name = "DIR", requires = "release")]
    import_crds: Option<Utf8PathBuf>,

    /// Speaks the Language Server Protocol on stdin and stdout
    #[arg(long)]
    stdio: bool,

    /// Charts, files in charts, manifests, or folders of them
    #[arg(value_name = "PATH", requires = "check")]
    paths: Vec<Utf8PathBuf>,

    /// Form of the report
    #[arg(long, value_enum, default_value_t, requires = "check")]
    format: Format,

    /// Least severity that makes the exit code 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY", requires = "check")]
    fail_on: FailOn,

    #[command(flatten)]
    template: render::Template,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Format {
    /// Source frames, for people
    #[default]
    Text,
    /// One JSON document; its schema is schemas/report.json
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum FailOn {
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

const CLEAN: u8 = 0;
const FINDINGS: u8 = 1;
const USAGE: u8 = 2;
const FAULT: u8 = 3;

/// Which door was asked for.
pub enum Door {
    /// The language server.
    Server,
    /// The command line has answered.
    Done(ExitCode),
}

/// Carries out what the arguments ask for, except for the server.
pub fn run(args: &Args) -> Door {
    if args.stdio {
        return Door::Server;
    }
    let code = if args.check {
        check(args)
    } else if let Some(chart) = &args.render {
        render::render(chart, &args.template)
    } else if let Some(rule) = &args.explain {
        explain(rule)
    } else if args.list_rules {
        list_rules()
    } else if let Some(folder) = &args.import_crds {
        import_schemas(folder, &args.template.release)
    } else if io::stdin().is_terminal() {
        print(&<Args as clap::CommandFactory>::command().render_help().ansi().to_string());
        CLEAN
    } else {
        return Door::Server;
    };
    Door::Done(ExitCode::from(code))
}

/// Prints to stdout. A reader that went away (`| head`) is no fault.
fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Says a line on stderr.
fn say(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "kubeblocks-ls: {text}");
}

/// The working directory, absolute.
fn working_directory() -> Utf8PathBuf {
    let folder = std::env::current_dir().ok().and_then(|folder| Utf8PathBuf::from_path_buf(folder).ok());
    folder.unwrap_or_else(|| Utf8PathBuf::from("/"))
}

/// Where a path of the command line really lies: absolute, links resolved.
fn locate(folder: &Utf8Path, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
    normalize(&folder.join(path)).canonicalize_utf8()
}

fn check(args: &Args) -> u8 {
    let folder = working_directory();
    let mut code = CLEAN;
    let given = if args.paths.is_empty() { &[Utf8PathBuf::from(".")][..] } else { &args.paths };
    let mut roots = Vec::new();
    for path in given {
        match locate(&folder, path) {
            Ok(path) => roots.push(path),
            Err(error) => {
                say(&format!("cannot read `{path}`: {error}"));
                code = USAGE;
            }
        }
    }
    let mut host = Host::new(Arc::new(OsDisk));
    host.apply(vec![Change::Roots(roots)]);
    let world = host.world();
    for (path, problem) in unreadable(&world) {
        say(&format!("cannot read `{}`: {problem}", crate::report::relative(&folder, &path)));
        code = USAGE;
    }
    warm(&world);
    let checked = rules::check(&world);
    let totals = totals(&world);
    if totals == Totals::default() && code == CLEAN {
        say("there are no charts and no KubeBlocks manifests here");
    }
    let canonical = folder.canonicalize_utf8().unwrap_or(folder);
    let report = Report { world: &world, findings: &checked, totals, folder: &canonical };
    print(&match args.format {
        Format::Text => text::render(&report),
        Format::Json => match serde_json::to_string_pretty(&json::Document::of(&report)) {
            Ok(text) => text + "\n",
            Err(error) => {
                say(&format!("internal fault: {error}"));
                return FAULT;
            }
        },
    });
    if checked.iter().any(|finding| finding.rule == rules::INTERNAL_FAULT) {
        return FAULT;
    }
    let worst = checked.iter().map(|finding| finding.severity).max();
    if code == CLEAN && worst >= Some(args.fail_on.into()) { FINDINGS } else { code }
}

/// Works every chart out, all processors at once; what is asked later is remembered in the charts.
fn warm(world: &World) {
    let charts: Vec<&Chart> = world.charts.values().flat_map(|chart| chart.views()).collect();
    let bar = progress(charts.len());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(charts.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(chart) = charts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    rules::check_chart(chart);
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
}

/// A bar on stderr, hidden where that is no terminal.
fn progress(charts: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(charts as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} charts") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn totals(world: &World) -> Totals {
    let (charts, manifests): (Vec<_>, Vec<_>) =
        world.charts.values().partition(|chart| matches!(chart.contents, Contents::Package(_)));
    Totals { charts: charts.len(), manifests: manifests.len() }
}

fn unreadable(world: &World) -> Vec<(Utf8PathBuf, String)> {
    let problems = world.charts.values().filter_map(|chart| chart.package()).flat_map(|package| &package.problems);
    problems
        .filter_map(|problem| match &problem.kind {
            ChartProblemKind::Unreadable(words) => Some((world.source(problem.span.file)?.path.clone(), words.clone())),
            _ => None,
        })
        .collect()
}

fn explain(name: &str) -> u8 {
    if let Some(rule) = rules::find(name) {
        print(rule.page);
        return CLEAN;
    }
    let near = crate::diagnostic::nearest(name, RULES.iter().map(|rule| rule.name));
    let hint = near.map_or_else(|| "--list-rules names all".to_owned(), |near| format!("did you mean `{near}`?"));
    say(&format!("there is no rule `{name}`; {hint}"));
    USAGE
}

fn list_rules() -> u8 {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let lines = RULES.iter().map(|r| format!("{:width$}  {:7}  {}\n", r.name, word(r.severity), r.summary));
    print(&lines.collect::<String>());
    CLEAN
}

/// Rewrites the schemas of a release, below the working directory.
fn import_schemas(source: &Utf8Path, release: &str) -> u8 {
    let folder = working_directory();
    let source = folder.join(source);
    let (target, files) = match Release::named(release) {
        Some(release) => (format!("schemas/kubeblocks/{}", release.name()), crds_in(&source)),
        None if release == "kubernetes" => ("schemas/kubernetes".to_owned(), definitions_in(&source)),
        None => {
            let names: Vec<_> = Release::ALL.into_iter().map(Release::name).collect();
            say(&format!("--release is none of kubernetes, {}", names.join(", ")));
            return USAGE;
        }
    };
    match files.and_then(|files| write_schemas(&folder.join(&target), &files)) {
        Ok(count) => {
            say(&format!("wrote {count} files to `{target}`"));
            CLEAN
        }
        Err(error) => {
            say(&format!("{error:#}"));
            USAGE
        }
    }
}

/// What the CRDs of a folder become.
fn crds_in(folder: &Utf8Path) -> anyhow::Result<BTreeMap<String, String>> {
    let names = OsDisk.list(folder).with_context(|| format!("cannot read `{folder}`"))?;
    let mut texts = Vec::new();
    for name in names.into_iter().map(|entry| entry.name).filter(|name| name.ends_with(".yaml")) {
        let bytes = OsDisk.read(&folder.join(&name)).with_context(|| format!("cannot read `{name}`"))?;
        texts.push((name, String::from_utf8(bytes)?));
    }
    let crds = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let files = schema::import::import(crds).map_err(anyhow::Error::msg)?;
    anyhow::ensure!(!files.is_empty(), "there are no CRDs in `{folder}`");
    Ok(files)
}

/// What the OpenAPI definitions in a folder become: `swagger.json`, or `_definitions.json` of a collection of JSON
/// schemas.
fn definitions_in(folder: &Utf8Path) -> anyhow::Result<BTreeMap<String, String>> {
    let bytes = OsDisk.read(&folder.join("swagger.json")).or_else(|_| OsDisk.read(&folder.join("_definitions.json")));
    let document: serde_json::Value =
        serde_json::from_slice(&bytes.with_context(|| format!("cannot read definitions in `{folder}`"))?)?;
    let definitions = ["definitions", "$defs"].iter().find_map(|key| document[*key].as_object());
    schema::openapi::import(definitions.context("there are no definitions")?).map_err(anyhow::Error::msg)
}

/// Writes the files of a release in place of those that are there.
fn write_schemas(folder: &Utf8Path, files: &BTreeMap<String, String>) -> anyhow::Result<usize> {
    std::fs::create_dir_all(folder)?;
    for old in
        OsDisk.list(folder)?.into_iter().filter(|old| old.name.ends_with(".yaml") && !files.contains_key(&old.name))
    {
        std::fs::remove_file(folder.join(old.name))?;
    }
    for (name, text) in files {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(files.len())
}
