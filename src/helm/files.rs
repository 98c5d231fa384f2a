//! `.Files`: what of a chart's folder templates may read (spec §9).

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use camino::Utf8Path;

use super::chart::Package;
use super::glob::Glob;
use super::reuse::Reads;
use crate::template::bytes;
use crate::template::funcs::Param;
use crate::template::traced::{CallId, Origin, Traced};
use crate::template::value::{Data, Map, Object, Value};
use crate::text::{Span, TextRange};
use crate::vfs::Source;

/// `engine.files`: paths and contents.
#[derive(Clone, Debug)]
pub(super) struct Files {
    /// By path, compared as Go compares strings.
    files: BTreeMap<String, Content>,
    /// Helm's name of the chart.
    chart: Rc<str>,
    reads: Rc<Reads>,
}

/// Whether `.Files` of the chart shows the file.
pub(super) fn is_shown(package: &Package, path: &Utf8Path) -> bool {
    match path.as_str() {
        "Chart.yaml" | "Chart.lock" | "values.yaml" | "values.schema.json" => false,
        "requirements.yaml" | "requirements.lock" => package.metadata.api_version == "v1",
        path => !path.starts_with("templates/"),
    }
}

/// The paths that `.Files` of the chart has.
pub(crate) fn paths(package: &Package) -> impl Iterator<Item = &str> {
    let all = package.files.keys().chain(package.binaries.keys());
    all.filter(|path| is_shown(package, path)).map(|path| path.as_str())
}

/// Whether `.Files.Glob` finds one of the paths.
pub(crate) fn matches(pattern: &str, paths: &[&str]) -> bool {
    Glob::of_files(pattern).is_none_or(|glob| paths.iter().any(|path| glob.matches(path)))
}

#[derive(Clone, Debug)]
enum Content {
    Text(Arc<Source>),
    Binary(Arc<[u8]>),
}

impl Content {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(source) => source.text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// The text, which stands in the file as it is.
    fn text(&self) -> Traced {
        match self {
            Self::Text(source) => {
                let span = Span { file: source.id, range: TextRange::new(0, source.text.len()) };
                let mut text = Traced::new();
                text.push(&source.text, Origin::Verbatim(span), CallId(0));
                text
            }
            Self::Binary(bytes) => Traced::made(bytes::text(bytes), Default::default()),
        }
    }
}

impl Files {
    /// What Helm keeps of a chart besides templates and values.
    pub(super) fn of(package: &Package, chart: &str, reads: &Rc<Reads>) -> Self {
        let texts = package.files.iter().map(|(path, source)| (path, Content::Text(source.clone())));
        let binaries = package.binaries.iter().map(|(path, bytes)| (path, Content::Binary(bytes.clone())));
        let shown = texts.chain(binaries).filter(|(path, _)| is_shown(package, path));
        let files = shown.map(|(path, content)| (path.to_string(), content)).collect();
        Self { files, chart: chart.into(), reads: reads.clone() }
    }

    fn read(&self, path: &str) {
        self.reads.file(format!("{}/{path}", self.chart));
    }

    fn read_all(&self) {
        self.reads.listing();
        self.files.keys().for_each(|path| self.read(path));
    }

    fn get(&self, path: Option<&Value>) -> Option<&Content> {
        let path = path?.as_str()?;
        self.read(path);
        self.files.get(path)
    }

    /// The files whose paths match; all of them where the pattern is none.
    fn glob(&self, pattern: &str) -> Self {
        let glob = Glob::of_files(pattern);
        let matches = |path: &str| glob.as_ref().is_none_or(|glob| glob.matches(path));
        self.reads.listing();
        let found = self.files.iter().filter(|(path, _)| matches(path));
        Self { files: found.map(|(p, c)| (p.clone(), c.clone())).collect(), ..self.clone() }
    }

    fn lines(&self, path: Option<&Value>) -> Result<Value, String> {
        let Some(content) = self.get(path) else { return Ok(Value::strings(Vec::new())) };
        let text = content.text();
        if text.is_empty() {
            return Err("runtime error: index out of range [-1]".into());
        }
        let mut lines = text.split("\n");
        if lines.last().is_some_and(Traced::is_empty) {
            lines.pop();
        }
        Ok(Value::strings(lines.into_iter().map(Value::traced).collect()))
    }

    /// Base names and texts as YAML.
    fn as_yaml(&self, text: impl Fn(&Content) -> Value) -> Value {
        self.read_all();
        let entries = self.files.iter();
        let entries = entries
            .map(|(path, content)| (Rc::from(Utf8Path::new(path).file_name().unwrap_or_default()), text(content)));
        let map = Value::map(entries.collect());
        Value::traced(super::to_yaml::write(&map, super::to_yaml::Flavour::Plain).unwrap_or_default())
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        Some(match name {
            "Get" => Ok(self.get(args.first()).map_or(Value::str(""), |content| Value::traced(content.text()))),
            "GetBytes" => {
                let bytes = self.get(args.first()).map(Content::bytes).unwrap_or_default();
                Ok(Data::Bytes(bytes.into()).into())
            }
            "Lines" => self.lines(args.first()),
            "Glob" => {
                let pattern = args.first().and_then(Value::as_str).unwrap_or_default();
                Ok(Value::object(self.glob(pattern)))
            }
            "AsConfig" => Ok(self.as_yaml(|content| Value::traced(content.text()))),
            "AsSecrets" => {
                Ok(self
                    .as_yaml(|content| Value::str(base64::engine::general_purpose::STANDARD.encode(content.bytes()))))
            }
            _ => return None,
        })
    }

    fn params(&self, method: &str) -> Option<&'static [Param]> {
        Some(match method {
            "Get" | "GetBytes" | "Lines" | "Glob" => &[Param::Str],
            _ => &[],
        })
    }

    fn display(&self) -> String {
        self.read_all();
        let entries = self.files.iter().map(|(path, content)| {
            let bytes: Vec<_> = content.bytes().iter().map(u8::to_string).collect();
            format!("{path}:[{}]", bytes.join(" "))
        });
        format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
    }

    fn as_map(&self) -> Option<Map> {
        let bytes = |content: &Content| Data::Bytes(content.bytes().into()).into();
        self.read_all();
        Some(Map::new(self.files.iter().map(|(path, content)| (path.as_str().into(), bytes(content))).collect()))
    }

    fn kind(&self) -> &'static str {
        "map"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
