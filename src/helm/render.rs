//! Templates × values → traced text.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::capabilities::Capabilities;
use super::chart::{ChartProblemKind, Metadata, Package};
use super::funcs::{data, flow};
use super::load;
use super::manifest;
use super::reuse::{Basis, Needs, fingerprint};
use super::scope::{self, Scope};
use super::set::{self, SetKind};
use super::sets::ValueSet;
use super::unit::Unit;
use super::values::{self, Nulls};
use super::values_schema;
use crate::diagnostic::Place;
use crate::template::eval::{Bounds, Environment, Fault, FaultKind, Hole, Output};
use crate::template::fmt;
use crate::template::funcs::{self, semver};
use crate::template::traced::{CallId, Calls, Traced};
use crate::template::value::{Data, Map, Value};
use crate::template::{HelmVersion, Syntax};
use crate::text::{FileId, Span, TextRange};
use crate::vfs::Source;

/// What executing one template gave.
#[derive(Debug)]
pub struct Rendered {
    /// Helm's name of the template: `chart/templates/x.yaml`, `chart/charts/sub/templates/y.yaml`.
    pub name: String,
    pub source: Arc<Source>,
    pub text: Traced,
    /// Byte offsets at which something is missing because an action failed.
    pub poisoned: Vec<u32>,
    /// What failed, in the order of execution.
    pub faults: Vec<Fault>,
    /// Values that were printed though they do not exist.
    pub holes: Vec<Hole>,
    pub calls: Arc<Calls>,
    pub(super) needs: Needs,
}

impl Rendered {
    /// The paths that it asked `.Files` of its chart for, there or not.
    pub fn asked_for(&self) -> impl Iterator<Item = &str> {
        let chart = self.name.rsplit_once("/templates/").map_or("", |(chart, _)| chart);
        self.needs.files().filter_map(move |name| name.strip_prefix(chart)?.strip_prefix('/'))
    }
}

/// What rendering one chart under one value set gave.
#[derive(Debug, Default)]
pub struct Render {
    /// What rendered, in path order, without `_` files and NOTES.txt.
    pub files: Vec<Arc<Rendered>>,
    /// NOTES.txt of all charts: executed, but printed for people only.
    pub notes: Vec<Arc<Rendered>>,
    /// What failed, each with the template's source: syntax first, then in the order in which Helm executes.
    pub faults: Vec<TemplateFault>,
    /// Why Helm refuses the chart with these values before it looks at any template. Where the values can be worked
    /// out nevertheless, everything is rendered.
    pub refused: Option<Refusal>,
    /// The paths of values of dependencies that these values switch on and that are not there: nobody knows what they
    /// hold, nor the helpers that such a dependency defines. Those of charts below are among them.
    pub unseen: Vec<String>,
    /// `None` where some template was not executed to its end, or with less than its share of steps.
    basis: Option<Basis>,
}

/// Helm's words, and the place they speak of where there is one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub kind: RefusalKind,
    pub message: String,
    pub span: Option<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalKind {
    /// The values, or other options, cannot be read or put together: nothing is rendered.
    Values,
    /// values.schema.json does not admit the values.
    Schema,
    /// Chart.yaml's `kubeVersion` does not admit the cluster of [`Options::kube_version`].
    KubeVersion,
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self { kind: RefusalKind::Values, message, span: None }
    }
}

impl Render {
    /// Of a file that is not rendered but read as it is.
    pub fn plain(source: Arc<Source>) -> Self {
        Self { files: vec![Arc::new(Rendered::plain(source))], ..Self::default() }
    }

    /// Something is missing from [`Render::files`].
    pub fn is_partial(&self) -> bool {
        let nothing = self.refused.as_ref().is_some_and(|refused| refused.kind == RefusalKind::Values);
        nothing || !self.faults.is_empty()
    }
}

/// An action that failed.
#[derive(Clone, Debug)]
pub struct TemplateFault {
    pub template: Arc<Source>,
    pub fault: Fault,
    pub calls: Arc<Calls>,
}

impl TemplateFault {
    /// The action and how it was reached.
    pub fn place(&self) -> Place {
        self.place_of(self.fault.span)
    }

    /// The same for another span of the action.
    pub fn place_of(&self, span: Span) -> Place {
        self.calls.place(span, self.fault.calls)
    }
}

impl Rendered {
    /// A file that is not rendered but read as it is.
    pub fn plain(source: Arc<Source>) -> Self {
        let mut text = Traced::new();
        let span = Span { file: source.id, range: TextRange::new(0, source.text.len()) };
        text.push(&source.text, crate::template::traced::Origin::Verbatim(span), CallId(0));
        let (poisoned, faults, holes) = (Vec::new(), Vec::new(), Vec::new());
        let (calls, needs) = (Arc::default(), Needs::default());
        Self { name: source.path.to_string(), source, text, poisoned, faults, holes, calls, needs }
    }

    /// It is a file as it stands ([`Rendered::plain`]), and no template's output.
    pub fn is_plain(&self) -> bool {
        self.name == self.source.path.as_str()
    }
}

/// What `helm template` is told on its command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    pub release: String,
    pub namespace: String,
    /// `--kube-version`; `None` is the one that Helm is made for.
    pub kube_version: Option<String>,
    /// Which Helm is matched.
    pub version: HelmVersion,
    /// Arguments of `--set` and its relatives, each kind in order.
    pub set: Vec<(SetKind, String)>,
    /// Texts of the files that `--set-file` names, by the path given.
    pub set_files: BTreeMap<String, String>,
    /// `--api-versions`
    pub api_versions: Vec<String>,
    /// `--is-upgrade`
    pub upgrade: bool,
    /// `--show-only`: paths or patterns relative to the chart; empty prints all.
    pub show_only: Vec<String>,
    /// `--include-crds`
    pub crds: bool,
    /// False for `--no-hooks`.
    pub hooks: bool,
    /// `--skip-tests`
    pub skip_tests: bool,
    /// False for `--skip-schema-validation`.
    pub schemas: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            release: super::RELEASE_NAME.into(),
            namespace: super::RELEASE_NAMESPACE.into(),
            kube_version: None,
            version: HelmVersion::default(),
            set: Vec::new(),
            set_files: BTreeMap::new(),
            api_versions: Vec::new(),
            upgrade: false,
            show_only: Vec::new(),
            crds: false,
            hooks: true,
            skip_tests: false,
            schemas: true,
        }
    }
}

/// The parsed form of each template file.
pub type Syntaxes<'f, 's> = &'f dyn Fn(FileId) -> Option<&'s Syntax>;

/// Renders all templates of a chart and its dependencies under one value set. `former` is a rendering of the same
/// chart in another state: what an edit cannot have changed is taken from it.
pub fn render<'s>(
    package: &Package,
    values: &ValueSet,
    options: &Options,
    syntax: Syntaxes<'_, 's>,
    former: Option<&Render>,
) -> Render {
    let attempt = |former| match prepare(package, values, options) {
        Ok((scope, refused, unseen)) => Some(Render { refused, unseen, ..execute(scope, syntax, former)? }),
        Err(refused) => Some(Render { refused: Some(refused), ..Render::default() }),
    };
    // Where the former rendering is of no use after all, templates may have changed the values.
    attempt(former).or_else(|| attempt(None)).unwrap_or_default()
}

/// The user's values: files, then `--set` and its relatives in Helm's order.
fn user_values(values: &ValueSet, options: &Options) -> Result<Map, Refusal> {
    let user = Map::new(BTreeMap::new());
    for source in &values.files {
        let over = load::read_values(source).map_err(|(message, span)| Refusal {
            kind: RefusalKind::Values,
            message: loading_error(&format!("failed to parse {}: {message}", source.path), options.version),
            span: Some(span),
        })?;
        values::overlay(&user, &over);
    }
    let file = |path: &str| {
        let text = options.set_files.get(path).cloned();
        text.ok_or_else(|| format!("open {path}: no such file or directory"))
    };
    for kind in [SetKind::Json, SetKind::Typed, SetKind::Text, SetKind::File, SetKind::Literal] {
        for (_, argument) in options.set.iter().filter(|(of, _)| *of == kind) {
            set::apply(kind, argument, &user, options.version, &file).map_err(|message| {
                let newer = options.version == HelmVersion::V4;
                let words = match kind {
                    SetKind::Json if newer && argument.trim_start().starts_with('{') => format!("JSON: {argument}"),
                    SetKind::Json if newer => argument.clone(),
                    SetKind::Json => format!("{argument}: {message}"),
                    _ => return Refusal::from(format!("failed parsing {} data: {message}", kind.option())),
                };
                Refusal::from(format!("failed parsing --set-json data {words}"))
            })?;
        }
    }
    Ok(user)
}

/// Everything that Helm does before it parses templates. The templates can be rendered though Helm refuses to.
fn prepare(
    package: &Package,
    values: &ValueSet,
    options: &Options,
) -> Result<(Scope, Option<Refusal>, Vec<String>), Refusal> {
    if let Some(refused) = unread(package) {
        return Err(refused);
    }
    let user = user_values(values, options)?;
    let defaults = |package: &Package| match options.version {
        HelmVersion::V3 => load::defaults(package),
        HelmVersion::V4 => load::all_defaults(package).unwrap_or_else(|_| load::defaults(package)),
    };
    let mut root = Unit::new(package, package.name(), &defaults);
    let nulls = match options.version {
        HelmVersion::V3 => Nulls::Delete,
        HelmVersion::V4 => Nulls::DeleteOther,
    };
    root.process(&user, nulls)?;
    let capabilities = Capabilities::new(options.version, options.kube_version.as_deref(), &options.api_versions)?;
    let table = values::coalesce(&root, &user, nulls)?;
    let violation = if options.schemas { values_schema::check(&root, &table, options.version) } else { None };
    let violation = violation.map(|violation| Refusal {
        kind: RefusalKind::Schema,
        message: violation.message,
        span: violation.span,
    });
    let refused = violation.or_else(|| unfit(&package.metadata, &capabilities));
    let basis = Basis::new(options, values);
    let unseen = root.unseen();
    Ok((scope::scope(&root, table, &release(options), &Value::object(capabilities), basis), refused, unseen))
}

/// `.Release`
fn release(options: &Options) -> Value {
    let release = [
        ("Name", Value::str(options.release.as_str())),
        ("Namespace", Value::str(options.namespace.as_str())),
        ("IsUpgrade", Value::bool(options.upgrade)),
        ("IsInstall", Value::bool(!options.upgrade)),
        ("Revision", Value::int(1)),
        ("Service", Value::str("Helm")),
    ];
    Value::map(release.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// What a member of `.Release` or `.Capabilities` prints, which is the same for every chart.
pub fn member(options: &Options, path: &[&str]) -> Option<String> {
    let (root, path) = path.split_first()?;
    let root = match *root {
        "Release" => release(options),
        "Capabilities" => Value::object(
            Capabilities::new(options.version, options.kube_version.as_deref(), &options.api_versions).ok()?,
        ),
        _ => return None,
    };
    let step = |value: Value, name: &&str| match &value.data {
        Data::Map(map) => map.get(name),
        Data::Object(object) => object.field(name).or_else(|| object.method(name, &[])?.ok()),
        _ => None,
    };
    Some(fmt::display(&path.iter().try_fold(root, step)?))
}

/// What Helm 3 says of a file that it cannot read, in the words of a version.
fn loading_error(words: &str, version: HelmVersion) -> String {
    if version == HelmVersion::V3 {
        return words.to_owned();
    }
    let values = ["cannot load values.yaml: ", "failed to parse "];
    match words.split_once(": error ") {
        Some((file, error)) if values.iter().any(|start| words.starts_with(start)) => {
            format!("{file}: cannot unmarshal yaml document: error {error}")
        }
        _ => words.replace("of type chart.", "of type v2."),
    }
}

/// A file of the chart or of its dependencies that could not be read: without it nothing is certain.
fn unread(package: &Package) -> Option<Refusal> {
    let own = package.problems.iter().find_map(|problem| match &problem.kind {
        ChartProblemKind::Unreadable(words) => {
            Some(Refusal { kind: RefusalKind::Values, message: words.clone(), span: Some(problem.span) })
        }
        _ => None,
    });
    own.or_else(|| package.dependencies.iter().find_map(|child| unread(&child.package)))
}

/// The chart does not want to run on the cluster.
fn unfit(metadata: &Metadata, capabilities: &Capabilities) -> Option<Refusal> {
    let (wanted, version) = (&metadata.kube_version, capabilities.kube_version());
    let range = semver::Constraint::parse(wanted);
    let parsed = semver::parse_version(version);
    let fits = wanted.is_empty() || range.is_ok_and(|range| parsed.is_ok_and(|version| range.matches(&version)));
    let words = format!("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {version}");
    let span = metadata.places.get("kubeVersion").copied();
    (!fits).then_some(Refusal { kind: RefusalKind::KubeVersion, message: words, span })
}

/// Parses and executes, as far as it goes. What fails only because another file could not be parsed is not told.
/// `None` where something would have been taken from the former rendering that should not have been.
fn execute<'s>(scope: Scope, syntax: Syntaxes<'_, 's>, former: Option<&Render>) -> Option<Render> {
    let Scope { templates, root, basis, reads } = scope;
    let version = basis.version();
    let newer = if version == HelmVersion::V4 { data::NEWER } else { &[] };
    let library = funcs::library().chain(data::FUNCTIONS).chain(flow::FUNCTIONS).chain(newer);
    let mut environment = Environment::new(library, Bounds::default(), version);
    let mut render = Render::default();
    let mut broken = Vec::new();
    let mut sound = Vec::new();
    for template in &templates {
        let Some(syntax) = syntax(template.source.id) else { continue };
        let Err(first) = environment.add(&template.name, syntax, &template.source.text) else {
            sound.push(template);
            continue;
        };
        let rest = syntax.faults.iter().filter(|fault| fault.span != first.span).cloned();
        for fault in std::iter::once(first.clone()).chain(rest) {
            let (template, calls) = (template.source.clone(), Arc::default());
            render.faults.push(TemplateFault { template, fault, calls });
        }
        broken.push((template, syntax));
    }
    let changes = former.and_then(|former| basis.since(former.basis.as_ref()?));
    let known: HashMap<&str, &Arc<Rendered>> = match (&changes, former) {
        (Some(_), Some(former)) => {
            former.files.iter().chain(&former.notes).map(|rendered| (rendered.name.as_str(), rendered)).collect()
        }
        _ => HashMap::new(),
    };
    let mut values = environment.mutates().then(|| fingerprint(&root)).flatten();
    let is_there = |name: &str| sound.iter().any(|template| template.name == name);
    // What templates left behind in the values is the same as before as long as those that did it are the same.
    let mut is_same = known.values().all(|old| !old.needs.changes || is_there(&old.name));
    let mut independent = true;
    for template in sound.into_iter().filter(|template| !template.is_partial()) {
        let old = known.get(template.name.as_str()).copied();
        let spared = |old: &&Arc<Rendered>| {
            changes.as_ref().is_some_and(|changes| changes.spare(old, &template.source, &environment))
        };
        let exhausted = environment.is_exhausted();
        let mut unfinished = false;
        let spared = old.filter(|old| is_same && spared(old));
        let rendered = match spared.filter(|old| !old.needs.changes) {
            Some(old) => old.clone(),
            None => {
                let output = environment.execute(&template.name, template.enter());
                unfinished = output.stopped && environment.mutates();
                let mut needs = reads.take();
                if output.changes {
                    let before = std::mem::replace(&mut values, fingerprint(&root));
                    needs.changes = values.is_none() || values != before;
                }
                let changed = needs.changes || old.is_some_and(|old| old.needs.changes);
                is_same &= spared.is_some() || !changed;
                match spared {
                    Some(old) => old.clone(),
                    None => Arc::new(rendered(template, output, needs, &environment)),
                }
            }
        };
        independent &= !unfinished && !environment.is_exhausted();
        if !independent && !known.is_empty() {
            return None;
        }
        let told = |fault: &&Fault| match fault.kind {
            FaultKind::UndefinedTemplate => !defined_in(&broken, &fault.message),
            FaultKind::Bound => !exhausted,
            _ => true,
        };
        render.faults.extend(rendered.faults.iter().filter(told).map(|fault| {
            let (template, calls) = (template.source.clone(), rendered.calls.clone());
            TemplateFault { template, fault: fault.clone(), calls }
        }));
        let notes = template.name.ends_with("NOTES.txt");
        if notes { &mut render.notes } else { &mut render.files }.push(rendered);
        // The others would find values that are not theirs.
        if unfinished {
            break;
        }
    }
    render.files.sort_by(|a, b| a.name.cmp(&b.name));
    render.basis = independent.then_some(basis);
    Some(render)
}

fn rendered(template: &scope::Template, output: Output, mut needs: Needs, environment: &Environment) -> Rendered {
    needs.templates = output.called.iter().map(|name| (Box::from(&**name), environment.text(name))).collect();
    Rendered {
        name: template.name.clone(),
        source: template.source.clone(),
        text: output.text,
        poisoned: output.poisoned,
        faults: output.faults,
        holes: output.holes,
        calls: Arc::new(output.calls),
        needs,
    }
}

/// Whether a file that could not be parsed defines the template that the words name.
fn defined_in(broken: &[(&scope::Template, &Syntax)], words: &str) -> bool {
    broken.iter().any(|(template, syntax)| {
        let mut names = syntax.defines.iter().map(|define| define.name.text.as_str()).chain([template.name.as_str()]);
        names.any(|name| words.contains(&fmt::quote(name)))
    })
}

/// The documents of one rendered template, split and trimmed as Helm does it (spec §8): bytes of the rendered text.
/// Those that lack what a failed action would have printed are left out.
pub fn documents(rendered: &Rendered) -> Vec<TextRange> {
    let documents = manifest::split(rendered.text.as_str());
    if rendered.poisoned.is_empty() {
        return documents;
    }
    let whole = |&i: &usize| {
        // What stood between two documents may have belonged to either.
        let start = i.checked_sub(1).and_then(|i| documents.get(i)).map_or(0, |before| before.end);
        let end = documents.get(i + 1).map_or(u32::MAX, |after| after.start);
        !rendered.poisoned.iter().any(|at| (start..=end).contains(at))
    };
    (0..documents.len()).filter(whole).map(|i| documents[i]).collect()
}

/// What `helm template` prints for a chart.
///
/// # Errors
/// What Helm says after `Error: `, without its hint on `--debug`.
pub fn template<'s>(
    package: &Package,
    values: &ValueSet,
    options: &Options,
    syntax: Syntaxes<'_, 's>,
) -> Result<String, String> {
    let name = &options.release;
    if !is_release_name(name) {
        let pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
        let words = format!("must match regex {pattern} and the length must not be longer than 53");
        let check = match options.version {
            HelmVersion::V3 => "",
            HelmVersion::V4 => "release name check failed: ",
        };
        return Err(format!("{check}release name {name:?}: invalid release name, {words}"));
    }
    Capabilities::new(options.version, options.kube_version.as_deref(), &[])?;
    user_values(values, options).map_err(|refused| refused.message)?;
    let invalid = package.problems.iter().find_map(|problem| match &problem.kind {
        ChartProblemKind::Invalid(words) => Some(words),
        _ => None,
    });
    if let Some(words) = invalid {
        return Err(loading_error(words, options.version));
    }
    if options.version == HelmVersion::V4 {
        if !matches!(&*package.metadata.api_version, "v1" | "v2") {
            return Err("invalid chart apiVersion".into());
        }
        load::all_defaults(package).map_err(|words| loading_error(&words, options.version))?;
    }
    if package.metadata.library {
        return Err("library charts are not installable".into());
    }
    let present = |name: &str| package.dependencies.iter().any(|child| child.package.metadata.name == name);
    let missing = package.metadata.dependencies.iter().filter(|entry| !present(&entry.name));
    let missing: Vec<_> = missing.map(|entry| entry.name.as_str()).collect();
    if !missing.is_empty() {
        let an = if options.version == HelmVersion::V3 { "An" } else { "an" };
        return Err(format!(
            "{an} error occurred while checking for chart dependencies. You may need to run `helm dependency build` to \
             fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
            missing.join(", ")
        ));
    }
    let render = render(package, values, options, syntax, None);
    if let Some(refused) = render.refused {
        return Err(refused.message);
    }
    if let Some(first) = render.faults.first() {
        return Err(first.fault.helm.clone());
    }
    let files: Vec<_> = render.files.iter().map(Arc::as_ref).collect();
    let mut crds = Vec::new();
    if options.crds {
        collect_crds(package, package.name(), &mut crds);
    }
    manifest::print(&files, &crds, options)
}

/// `crds/` of a chart and of its dependencies, paths and texts.
fn collect_crds<'p>(package: &'p Package, path: &str, out: &mut Vec<(String, &'p str)>) {
    for (file, source) in &package.files {
        if file.starts_with("crds") && matches!(file.extension(), Some("yaml" | "yml" | "json")) {
            out.push((format!("{path}/{file}"), &source.text));
        }
    }
    for child in &package.dependencies {
        collect_crds(&child.package, &format!("{path}/charts/{}", child.name), out);
    }
}

/// `chartutil.ValidateReleaseName`.
fn is_release_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let label =
        |label: &str| label.starts_with(word) && label.ends_with(word) && label.chars().all(|c| word(c) || c == '-');
    name.len() <= 53 && name.split('.').all(label)
}
