//! What templates read of the values, by the paths that they write.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::object::Node;
use super::values;
use crate::helm::chart::Entry;
use crate::template::Syntax;
use crate::template::ast::{Command, Expr, ExprKind, Segment, Visitor};
use crate::text::TextRange;
use crate::world::Chart;

/// What one template reads.
#[derive(Default, PartialEq)]
pub struct ValueReads {
    /// What stands behind each `.Values`, whatever that is a field of. Who reads a path takes all that is below it.
    pub paths: BTreeSet<Box<[Box<str>]>>,
    /// All values are handed on as one, or the rest of the template cannot be read.
    open: bool,
    /// Texts that are no templates themselves may be rendered.
    renders: bool,
    /// Words of constants that may be such texts.
    words: BTreeSet<Box<str>>,
}

impl ValueReads {
    pub fn of(syntax: &Syntax) -> Self {
        let mut reader = Reader::default();
        syntax.visit(&mut reader);
        let mut reads = reader.reads;
        reads.open |= !syntax.faults.is_empty();
        reads
    }
}

#[derive(Default)]
struct Reader {
    reads: ValueReads,
    /// Operands whose path goes on in the texts behind them.
    indexed: HashSet<TextRange>,
}

impl Reader {
    fn add<'s>(&mut self, path: impl Iterator<Item = &'s str>) {
        let path: Box<[Box<str>]> = path.map(Box::from).collect();
        self.reads.open |= path.is_empty();
        self.reads.paths.insert(path);
    }
}

/// The segments behind `Values`.
fn behind(expr: &Expr) -> Option<&[Segment]> {
    let segments: &[Segment] = match &expr.kind {
        ExprKind::Field(segments) | ExprKind::Variable(_, segments) | ExprKind::Chain(_, segments) => segments,
        _ => return None,
    };
    let at = segments.iter().position(|segment| segment.name == "Values")?;
    Some(&segments[at + 1..])
}

impl<'s> Visitor<'s> for Reader {
    fn command(&mut self, command: &'s Command) {
        let [function, of, keys @ ..] = &*command.operands else { return };
        let is_lookup =
            matches!(&function.kind, ExprKind::Function(name) if ["index", "get", "hasKey"].contains(&&**name));
        let (true, Some(path)) = (is_lookup, behind(of)) else { return };
        let keys: Vec<&str> = keys.iter().map_while(Expr::as_string).collect();
        self.add(path.iter().map(|segment| segment.name.as_str()).chain(keys));
        self.indexed.insert(of.range);
    }

    fn expr(&mut self, expr: &'s Expr) {
        match &expr.kind {
            ExprKind::String(text) if text == "Values" => self.reads.open = true,
            ExprKind::String(text) if text.contains("Values") => self.reads.words.extend(words(text).map(Box::from)),
            ExprKind::Function(name) => self.reads.renders |= name == "tpl",
            _ => {
                if let Some(path) = behind(expr).filter(|_| !self.indexed.contains(&expr.range)) {
                    self.add(path.iter().map(|segment| segment.name.as_str()));
                }
            }
        }
    }
}

/// What may be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c))
}

/// What is read of one value.
#[derive(Default)]
pub struct Taken<'c> {
    /// All of it.
    pub whole: bool,
    pub parts: BTreeMap<&'c str, Taken<'c>>,
}

impl<'c> Taken<'c> {
    fn add(&mut self, path: impl IntoIterator<Item = &'c str>) {
        let last = path.into_iter().fold(self, |at, name| at.parts.entry(name).or_default());
        last.whole = true;
    }
}

/// What the templates of a chart, and of all that it depends on, read of its values.
pub struct Reads<'c> {
    pub taken: Taken<'c>,
    /// Words of texts that may be rendered, too.
    words: HashSet<&'c str>,
}

impl<'c> Reads<'c> {
    /// `None` where nobody can say.
    pub fn of(chart: &'c Chart) -> Option<Self> {
        let package = chart.package().filter(|package| !package.metadata.library)?;
        let mut reads = Self { taken: Taken::default(), words: HashSet::new() };
        let mut renders = false;
        let templates = chart.all_templates();
        for (_, file) in &templates {
            let own = file.value_reads();
            if own.open {
                return None;
            }
            renders |= own.renders;
            own.paths.iter().for_each(|path| reads.taken.add(path.iter().map(|name| &**name)));
            reads.words.extend(own.words.iter().map(|word| &**word));
        }
        if renders {
            let of_templates: HashSet<_> = templates.iter().map(|(_, file)| file.source.id).collect();
            let texts = chart.files.values().filter(|file| !of_templates.contains(&file.source.id));
            let texts = texts.filter(|file| file.source.path.file_name() != Some("values.yaml"));
            let values = values::own(chart).into_iter().flat_map(Node::scalars).filter_map(Node::text);
            let texts = texts.map(|file| file.text()).chain(values).filter(|text| text.contains("Values"));
            reads.words.extend(texts.flat_map(words));
        } else {
            reads.words.clear();
        }
        // Helm itself asks for these, or another chart.
        let names = package.dependencies.iter().map(|dependency| dependency.name.as_str());
        let names = names.chain(package.metadata.dependencies.iter().map(Entry::key));
        names.chain(["global", "exports", "tags"]).for_each(|name| reads.taken.add([name]));
        for entry in &package.metadata.dependencies {
            let conditions = entry.condition.split(',').map(str::trim).filter(|path| !path.is_empty());
            conditions.for_each(|path| reads.taken.add(path.split('.')));
        }
        Some(reads)
    }

    /// The part of this name is read, or something of it, where `taken` is what is read around it.
    pub fn takes(&self, taken: &Taken<'c>, name: &str) -> bool {
        taken.whole || taken.parts.contains_key(name) || self.words.contains(name)
    }
}
