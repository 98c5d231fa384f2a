//! What `.` and variables stand for in templates, without rendering: the chart's root object, a part of it, or a `dict`
//! of such parts. It follows `with`, `range`, variables, and what is handed to `define`s.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::ast::{BranchKind, Command, Define, Expr, ExprKind, Node, Pipeline, Segment, Visitor};
use crate::text::{Span, TextRange};
use crate::world::{Chart, File};

/// The step to the items of a list, or to the values of a map.
pub(super) const ITEM: &str = "[]";
/// Different things that one `define` is called with; further ones are not looked at.
const MAX_SHAPES: usize = 8;
/// Bodies of `define`s that are walked for one question.
const MAX_WALKS: usize = 4000;

/// What a value is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Shape {
    /// A part of the root object, by its keys: `Values`, `image`, `tag`.
    Path(Vec<String>),
    /// What `dict` made.
    Dict(Vec<(String, Shape)>),
    Unknown,
}

impl Shape {
    pub(super) fn root() -> Self {
        Self::Path(Vec::new())
    }

    /// What stands behind a key.
    pub(super) fn key(&self, name: &str) -> Self {
        match self {
            Self::Path(path) => {
                let mut path = path.clone();
                path.push(name.to_owned());
                Self::Path(path)
            }
            Self::Dict(entries) => {
                entries.iter().find(|(key, _)| key == name).map_or(Self::Unknown, |(_, shape)| shape.clone())
            }
            Self::Unknown => Self::Unknown,
        }
    }

    fn item(&self) -> Self {
        match self {
            Self::Path(_) => self.key(ITEM),
            Self::Dict(_) | Self::Unknown => Self::Unknown,
        }
    }
}

/// What names mean at one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Scope {
    pub(super) dot: Shape,
    /// Innermost last; `$` is the first.
    pub(super) variables: Vec<Variable>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Variable {
    /// With its `$`.
    pub(super) name: String,
    pub(super) shape: Shape,
    /// Where it is declared; `None` for `$` itself.
    pub(super) declared: Option<TextRange>,
}

impl Scope {
    fn of(dot: Shape) -> Self {
        let root = Variable { name: "$".into(), shape: dot.clone(), declared: None };
        Self { dot, variables: vec![root] }
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }
}

/// A place where a template reads a part of the root object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Read {
    /// All keys from the root: `Values`, `image`.
    pub(super) path: Vec<String>,
    /// The last key, as it is written.
    pub(super) key: Span,
    /// All that is below is taken as it is, whatever its keys.
    pub(super) whole: bool,
}

/// What is known of one chart's templates.
#[derive(Default)]
pub(super) struct Shapes {
    /// What each `define` is called with.
    pub(super) defines: BTreeMap<String, Vec<Shape>>,
    /// Each once, in order.
    pub(super) reads: BTreeSet<Read>,
}

/// Reads all templates of a chart, its own `define`s, and those that they call.
pub(super) fn of(chart: &Chart) -> Shapes {
    let mut shapes = Shapes::default();
    let mut bodies: BTreeMap<&str, Vec<(&File, &Define)>> = BTreeMap::new();
    for file in chart.files.values() {
        for define in &file.syntax().defines {
            bodies.entry(&define.name.text).or_default().push((file, define));
        }
    }
    let mut calls = Vec::new();
    for file in own_templates(chart) {
        let mut walk = Walk::of(file, &mut shapes, &mut calls, None);
        walk.body(&file.syntax().nodes, whole(file), &mut Scope::of(Shape::root()));
    }
    let mut walks = 0;
    // What nobody calls is most likely meant for the root.
    let own = own_templates(chart).flat_map(|file| file.syntax().defines.iter());
    let mut sleeping = own.map(|define| define.name.text.as_str());
    while let Some((name, shape)) = calls.pop().or_else(|| {
        let name = sleeping.find(|name| !shapes.defines.contains_key(*name))?;
        Some((name.to_owned(), Shape::root()))
    }) {
        let known = shapes.defines.entry(name.clone()).or_default();
        if known.contains(&shape) || known.len() >= MAX_SHAPES || walks >= MAX_WALKS {
            continue;
        }
        known.push(shape.clone());
        for (file, define) in bodies.get(name.as_str()).into_iter().flatten() {
            walks += 1;
            let mut walk = Walk::of(file, &mut shapes, &mut calls, None);
            walk.body(&define.body, define.range, &mut Scope::of(shape.clone()));
        }
    }
    shapes
}

fn own_templates(chart: &Chart) -> impl Iterator<Item = &File> {
    let package = chart.package();
    let templates = package.into_iter().flat_map(|package| {
        package.files.iter().filter(|(path, _)| path.starts_with("templates")).map(|(_, source)| source.id)
    });
    templates.filter_map(|id| chart.files.get(&id)).map(AsRef::as_ref)
}

fn whole(file: &File) -> TextRange {
    TextRange::new(0, file.source.text.len())
}

/// What names mean at `offset`: one answer, or one for each thing that the `define` around is called with.
pub(super) fn scopes(shapes: &Shapes, file: &File, offset: u32) -> Vec<Scope> {
    let syntax = file.syntax();
    let define = syntax.defines.iter().find(|define| define.range.start < offset && offset < define.range.end);
    let (nodes, range, dots) = match define {
        Some(define) => {
            let known = shapes.defines.get(&define.name.text).cloned().unwrap_or_default();
            (&*define.body, define.range, if known.is_empty() { vec![Shape::root()] } else { known })
        }
        None => (&*syntax.nodes, whole(file), vec![Shape::root()]),
    };
    let mut found: Vec<Scope> = Vec::new();
    for dot in dots {
        let (mut nothing, mut calls) = (Shapes::default(), Vec::new());
        let mut walk = Walk::of(file, &mut nothing, &mut calls, Some(offset));
        walk.body(nodes, range, &mut Scope::of(dot));
        found.extend(walk.found.filter(|scope| !found.contains(scope)));
    }
    found
}

/// All places of the variable under the cursor, and the one that declares it.
pub(super) fn variables(file: &File, offset: u32) -> Option<(Vec<TextRange>, TextRange)> {
    struct Names(Vec<(String, TextRange, bool)>);
    impl<'s> Visitor<'s> for Names {
        fn pipeline(&mut self, pipeline: &'s Pipeline) {
            let declared = pipeline.declared.iter();
            self.0.extend(declared.map(|variable| (variable.name.clone(), variable.range, !pipeline.assigns)));
        }

        fn expr(&mut self, expr: &'s Expr) {
            if let ExprKind::Variable(name, _) = &expr.kind {
                let TextRange { start, .. } = expr.range;
                self.0.push((name.clone(), TextRange { start, end: start + name.len() as u32 }, false));
            }
        }
    }
    let mut names = Names(Vec::new());
    file.syntax().visit(&mut names);
    let (name, _, _) = names.0.iter().find(|(name, range, _)| name.len() > 1 && range.touches(offset))?.clone();
    let shapes = Shapes::default();
    // What a name means behind its last character is what it means itself.
    let of = |range: TextRange, declares: bool| {
        if declares {
            return Some(range);
        }
        let scope = scopes(&shapes, file, range.start).into_iter().next()?;
        scope.variable(&name)?.declared
    };
    let same: Vec<_> = names.0.iter().filter(|(other, ..)| *other == name).collect();
    let here = same.iter().find(|(_, range, _)| range.touches(offset))?;
    let own = of(here.1, here.2)?;
    let all = same.iter().filter(|(_, range, declares)| of(*range, *declares) == Some(own)).map(|(_, range, _)| *range);
    Some((all.collect(), own))
}

struct Walk<'a, 'f> {
    file: &'f File,
    shapes: &'a mut Shapes,
    calls: &'a mut Vec<(String, Shape)>,
    /// Where the scope is wanted, and what it was at the last place before.
    at: Option<u32>,
    found: Option<Scope>,
}

impl<'a, 'f> Walk<'a, 'f> {
    fn of(file: &'f File, shapes: &'a mut Shapes, calls: &'a mut Vec<(String, Shape)>, at: Option<u32>) -> Self {
        Self { file, shapes, calls, at, found: None }
    }

    fn body(&mut self, nodes: &[Node], range: TextRange, scope: &mut Scope) {
        let wanted = self.at.filter(|at| range.touches(*at));
        if wanted.is_some() {
            self.found = Some(scope.clone());
        }
        for node in nodes {
            let end = self.node(node, scope);
            if wanted.is_some_and(|at| end <= at) {
                self.found = Some(scope.clone());
            }
        }
    }

    /// Answers where the node ends.
    fn node(&mut self, node: &Node, scope: &mut Scope) -> u32 {
        match node {
            Node::Text(range) | Node::Break(range) | Node::Continue(range) => range.end,
            Node::Action(action) => {
                let shape = self.pipeline(&action.pipeline, scope);
                if let (Shape::Path(path), [], [command]) =
                    (&shape, &*action.pipeline.declared, &*action.pipeline.commands)
                    && let [only] = &*command.operands
                {
                    self.mark_whole(path, only.range);
                }
                declare(&action.pipeline, [shape], scope);
                action.range.end
            }
            Node::Template(call) => {
                let shape = call.argument.as_ref().map_or(Shape::Unknown, |data| self.pipeline(data, scope));
                self.calls.push((call.name.text.clone(), shape));
                call.range.end
            }
            Node::Branch(branch) => {
                let depth = scope.variables.len();
                let mut heads: Vec<u32> = branch.arms.iter().skip(1).map(|arm| arm.head.start).collect();
                heads.extend(branch.otherwise.as_ref().map(|otherwise| otherwise.head.start));
                heads.push(branch.range.end);
                for (arm, end) in branch.arms.iter().zip(&heads) {
                    let outer = scope.dot.clone();
                    let shape = self.pipeline(&arm.pipeline, scope);
                    let range = TextRange { start: arm.head.end, end: (*end).max(arm.head.end) };
                    match branch.kind {
                        BranchKind::If => declare(&arm.pipeline, [shape], scope),
                        BranchKind::With => {
                            declare(&arm.pipeline, [shape.clone()], scope);
                            scope.dot = shape;
                        }
                        BranchKind::Range => {
                            let item = shape.item();
                            if arm.pipeline.declared.len() == 2 {
                                if let Shape::Path(path) = &shape {
                                    let of = arm
                                        .pipeline
                                        .commands
                                        .first()
                                        .map_or(arm.pipeline.range, |command| command.range);
                                    self.mark_whole(path, of);
                                }
                                declare(&arm.pipeline, [Shape::Unknown, item.clone()], scope);
                            } else {
                                declare(&arm.pipeline, [item.clone()], scope);
                            }
                            scope.dot = item;
                        }
                    }
                    self.body(&arm.body, range, scope);
                    scope.dot = outer;
                }
                if let Some(otherwise) = &branch.otherwise {
                    let range = TextRange { start: otherwise.head.end, end: branch.range.end.max(otherwise.head.end) };
                    self.body(&otherwise.body, range, scope);
                }
                scope.variables.truncate(depth);
                branch.range.end
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, scope: &Scope) -> Shape {
        let mut piped = None;
        for command in &pipeline.commands {
            piped = Some(self.command(command, piped, scope));
        }
        piped.unwrap_or(Shape::Unknown)
    }

    fn command(&mut self, command: &Command, piped: Option<Shape>, scope: &Scope) -> Shape {
        let Some((head, rest)) = command.operands.split_first() else { return Shape::Unknown };
        let ExprKind::Function(name) = &head.kind else {
            let shape = self.expr(head, scope);
            for operand in rest {
                self.expr(operand, scope);
            }
            return if rest.is_empty() && piped.is_none() { shape } else { Shape::Unknown };
        };
        let mut arguments: Vec<Shape> = rest.iter().map(|operand| self.expr(operand, scope)).collect();
        arguments.extend(piped);
        let literal = |at: usize| rest.get(at).and_then(Expr::as_string);
        match name.as_str() {
            "include" => {
                if let Some(name) = literal(0) {
                    self.calls.push((name.to_owned(), arguments.get(1).cloned().unwrap_or(Shape::Unknown)));
                }
                Shape::Unknown
            }
            "dict" => {
                let pairs = (0..arguments.len() / 2)
                    .filter_map(|at| Some((literal(2 * at)?.to_owned(), arguments.get(2 * at + 1)?.clone())));
                Shape::Dict(pairs.collect())
            }
            "index" => self.keys(arguments.first(), rest.get(1..).unwrap_or_default()),
            "get" => self.keys(arguments.first(), rest.get(1..2).unwrap_or_default()),
            "hasKey" => {
                self.keys(arguments.first(), rest.get(1..2).unwrap_or_default());
                Shape::Unknown
            }
            "dig" => {
                let count = arguments.len().saturating_sub(2);
                self.keys(arguments.last(), rest.get(..count).unwrap_or_default())
            }
            "default" | "required" => arguments.into_iter().nth(1).unwrap_or(Shape::Unknown),
            "coalesce" | "or" | "ternary" => arguments.into_iter().next().unwrap_or(Shape::Unknown),
            "deepCopy" | "mustDeepCopy" => arguments.into_iter().next().unwrap_or(Shape::Unknown),
            "first" | "last" => arguments.first().map_or(Shape::Unknown, Shape::item),
            "and" | "not" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "empty" | "len" | "kindIs" | "typeIs" => {
                Shape::Unknown
            }
            _ => {
                for (operand, shape) in rest.iter().zip(&arguments) {
                    if let Shape::Path(path) = shape {
                        self.mark_whole(path, operand.range);
                    }
                }
                if let (Some(Shape::Path(path)), true) = (arguments.last(), arguments.len() > rest.len()) {
                    self.mark_whole(path, command.range);
                }
                Shape::Unknown
            }
        }
    }

    /// Keys that stand as texts behind a value.
    fn keys(&mut self, of: Option<&Shape>, keys: &[Expr]) -> Shape {
        let mut shape = of.cloned().unwrap_or(Shape::Unknown);
        for key in keys {
            match (&key.kind, &shape) {
                (ExprKind::String(name), _) => {
                    shape = shape.key(name);
                    let TextRange { start, end } = key.range;
                    self.read(&shape, TextRange { start: start + 1, end: end.saturating_sub(1).max(start + 1) });
                }
                (_, Shape::Path(path)) => {
                    self.mark_whole(path, key.range);
                    shape = shape.item();
                }
                _ => return Shape::Unknown,
            }
        }
        shape
    }

    fn expr(&mut self, expr: &Expr, scope: &Scope) -> Shape {
        match &expr.kind {
            ExprKind::Dot => scope.dot.clone(),
            ExprKind::Field(segments) => self.segments(scope.dot.clone(), segments),
            ExprKind::Variable(name, segments) => {
                let shape = scope.variable(name).map_or(Shape::Unknown, |variable| variable.shape.clone());
                self.segments(shape, segments)
            }
            ExprKind::Paren(pipeline) => self.pipeline(pipeline, scope),
            ExprKind::Chain(inner, segments) => {
                let shape = self.expr(inner, scope);
                self.segments(shape, segments)
            }
            _ => Shape::Unknown,
        }
    }

    fn segments(&mut self, mut shape: Shape, segments: &[Segment]) -> Shape {
        for segment in segments {
            shape = shape.key(&segment.name);
            self.read(&shape, segment.range);
        }
        shape
    }

    fn read(&mut self, shape: &Shape, key: TextRange) {
        if let Shape::Path(path) = shape
            && self.at.is_none()
        {
            let key = Span { file: self.file.source.id, range: key };
            self.shapes.reads.insert(Read { path: path.clone(), key, whole: false });
        }
    }

    fn mark_whole(&mut self, path: &[String], at: TextRange) {
        if self.at.is_none() {
            let key = Span { file: self.file.source.id, range: at };
            self.shapes.reads.insert(Read { path: path.to_vec(), key, whole: true });
        }
    }
}

fn declare(pipeline: &Pipeline, shapes: impl IntoIterator<Item = Shape>, scope: &mut Scope) {
    for (variable, shape) in pipeline.declared.iter().zip(shapes) {
        if pipeline.assigns {
            if let Some(known) = scope.variables.iter_mut().rev().find(|known| known.name == variable.name) {
                known.shape = if known.shape == shape { shape } else { Shape::Unknown };
            }
        } else {
            scope.variables.push(Variable { name: variable.name.clone(), shape, declared: Some(variable.range) });
        }
    }
}
