//! `--render`: what `helm template` prints, told with the same options.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;

use super::{CLEAN, FINDINGS, USAGE, locate, print, print_raw, say, working_directory};
use crate::helm::render::Options;
use crate::helm::set::{self, SetKind};
use crate::helm::sets::ValueSet;
use crate::host::{Change, Host};
use crate::report::origins;
use crate::template::HelmVersion;
use crate::template::value::Map;
use crate::vfs::{Disk, OsDisk};
use crate::world::Chart;

/// What `--render` takes from `helm template`.
#[derive(clap::Args, Debug)]
pub(super) struct Template {
    /// Release name for --render; `1.1` or `kubernetes` for --import-crds
    #[arg(long, value_name = "NAME", default_value = crate::helm::RELEASE_NAME, requires = "job")]
    pub(super) release: String,

    /// Namespace for --render
    #[arg(long, value_name = "NAME", default_value = "default", requires = "render", help_heading = RENDERING)]
    namespace: String,

    /// Values file over values.yaml; the last one wins
    #[arg(short = 'f', long = "values", value_name = "FILE", requires = "render", help_heading = RENDERING)]
    values: Vec<Utf8PathBuf>,

    /// Value over the values files: `a.b=c`
    #[arg(long, value_name = "K=V", requires = "render", help_heading = RENDERING)]
    set: Vec<String>,

    /// The same, never read as a number or the like
    #[arg(long, value_name = "K=V", requires = "render", help_heading = RENDERING)]
    set_string: Vec<String>,

    /// The same, with JSON as the value
    #[arg(long, value_name = "K=JSON", requires = "render", help_heading = RENDERING)]
    set_json: Vec<String>,

    /// The same, with the text of a file as the value
    #[arg(long, value_name = "K=FILE", requires = "render", help_heading = RENDERING)]
    set_file: Vec<String>,

    /// The same, with all that follows as the value
    #[arg(long, value_name = "K=V", requires = "render", help_heading = RENDERING)]
    set_literal: Vec<String>,

    /// Print only these templates, by their path in the chart
    #[arg(short, long, value_name = "TEMPLATE", requires = "render", help_heading = RENDERING)]
    show_only: Vec<String>,

    /// Kubernetes version that templates see
    #[arg(long, value_name = "VERSION", requires = "render", help_heading = RENDERING)]
    kube_version: Option<String>,

    /// API versions, or `group/version/Kind`, that templates see beside the built-in ones
    #[arg(short, long, value_name = "VERSION", requires = "render", help_heading = RENDERING)]
    api_versions: Vec<String>,

    /// `.Release.IsUpgrade` instead of `.Release.IsInstall`
    #[arg(long, requires = "render", help_heading = RENDERING)]
    is_upgrade: bool,

    /// Print the files of `crds/` too
    #[arg(long, requires = "render", help_heading = RENDERING)]
    include_crds: bool,

    /// Leave out hooks
    #[arg(long, requires = "render", help_heading = RENDERING)]
    no_hooks: bool,

    /// Leave out tests
    #[arg(long, requires = "render", help_heading = RENDERING)]
    skip_tests: bool,

    /// Do not look at values.schema.json
    #[arg(long, requires = "render", help_heading = RENDERING)]
    skip_schema_validation: bool,

    /// The Helm that is matched
    #[arg(long, value_enum, default_value_t, requires = "render", help_heading = RENDERING)]
    helm_version: Version,

    /// Print where each line comes from
    #[arg(long, requires = "render", help_heading = RENDERING)]
    origins: bool,
}

const RENDERING: &str = "Options of --render";

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Version {
    /// Helm 3.17
    #[default]
    #[value(name = "3")]
    V3,
    /// Helm 4.1
    #[value(name = "4")]
    V4,
}

impl Template {
    /// # Errors
    /// Helm's words for a file that cannot be read.
    fn options(&self, folder: &Utf8Path) -> Result<Options, String> {
        let kinds = [
            (SetKind::Typed, &self.set),
            (SetKind::Text, &self.set_string),
            (SetKind::Json, &self.set_json),
            (SetKind::File, &self.set_file),
            (SetKind::Literal, &self.set_literal),
        ];
        let set = kinds.into_iter().flat_map(|(kind, all)| all.iter().map(move |argument| (kind, argument.clone())));
        let mut set_files = BTreeMap::new();
        for argument in &self.set_file {
            for path in paths(argument) {
                let bytes = OsDisk.read(&folder.join(&path));
                let bytes = bytes.map_err(|error| format!("cannot read `{path}`: {error}"))?;
                set_files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Ok(Options {
            release: self.release.clone(),
            namespace: self.namespace.clone(),
            kube_version: self.kube_version.clone(),
            version: match self.helm_version {
                Version::V3 => HelmVersion::V3,
                Version::V4 => HelmVersion::V4,
            },
            set: set.collect(),
            set_files,
            api_versions: self.api_versions.clone(),
            upgrade: self.is_upgrade,
            show_only: self.show_only.clone(),
            crds: self.include_crds,
            hooks: !self.no_hooks,
            skip_tests: self.skip_tests,
            schemas: !self.skip_schema_validation,
        })
    }
}

/// The files that an argument of `--set-file` names.
fn paths(argument: &str) -> Vec<String> {
    let named = RefCell::new(Vec::new());
    let note = |path: &str| {
        named.borrow_mut().push(path.to_owned());
        Ok(String::new())
    };
    // What is wrong with the argument is told when it is used.
    drop(set::apply(SetKind::File, argument, &Map::new(BTreeMap::new()), HelmVersion::V3, &note));
    named.into_inner()
}

/// Prints the chart as `helm template` does.
pub(super) fn render(chart: &Utf8Path, template: &Template) -> u8 {
    match prepare(chart, template) {
        Ok((chart, values, options)) => show(&chart, &values, &options, template.origins),
        Err(error) => {
            say(&error);
            USAGE
        }
    }
}

/// The chart and how it is to be rendered, or what the command line has wrong.
fn prepare(chart: &Utf8Path, template: &Template) -> Result<(Arc<Chart>, ValueSet, Options), String> {
    let folder = working_directory();
    let unreadable = |path: &Utf8Path, error: std::io::Error| format!("cannot read `{path}`: {error}");
    let root = locate(&folder, chart).map_err(|error| unreadable(chart, error))?;
    // The process ends with it.
    let mut host = ManuallyDrop::new(Host::new(Arc::new(OsDisk)));
    host.apply(vec![Change::Roots(vec![root.clone()])]);
    let world = host.world();
    let found = world.charts.get(&root).ok_or_else(|| format!("there is no Chart.yaml in `{chart}`"))?;
    let mut values = ValueSet::default();
    for path in &template.values {
        let place = locate(&folder, path).map_err(|error| unreadable(path, error))?;
        let source = host.read(&place).ok_or_else(|| format!("cannot read `{path}`: not a text file"))?;
        values.files.push(source);
    }
    Ok((found.clone(), values, template.options(&folder)?))
}

fn show(chart: &Chart, values: &ValueSet, options: &Options, with_origins: bool) -> u8 {
    match chart.template(values, options) {
        Ok(_) if with_origins => {
            let files = chart.render(values, options).map(|render| render.files).unwrap_or_default();
            print(&files.iter().map(|file| origins::picture(file, chart, &values.files)).collect::<String>());
            CLEAN
        }
        Ok(text) => {
            print_raw(&text);
            CLEAN
        }
        Err(error) => {
            say(&error);
            FINDINGS
        }
    }
}
