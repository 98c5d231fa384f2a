//! What configuration templates read of the objects that KubeBlocks gives them: `cluster`, and `podSpec`. `component` is
//! no object of the API, so nobody knows its fields.

use std::collections::BTreeMap;

use crate::schema::Schemas;
use crate::schema::release::ReleaseSet;
use crate::schema::walk::Place;
use crate::template::Syntax;
use crate::template::ast::{
    Branch, BranchKind, Define, Expr, ExprKind, Node, Pipeline, Segment, Visitor, visit_pipeline,
};
use crate::text::TextRange;

/// A field that no object of this kind has.
pub struct Unknown<'s> {
    /// The name alone.
    pub range: TextRange,
    /// Where it is looked for: `cluster.spec`.
    pub owner: String,
    /// The fields that are there.
    pub fields: Vec<&'s str>,
}

/// The objects, as some releases have them.
pub struct Given<'s> {
    schemas: &'s Schemas,
    objects: Vec<(&'static str, Place<'s>)>,
}

impl<'s> Given<'s> {
    /// With a Cluster of any of these versions of its API.
    pub fn new(schemas: &'s Schemas, api_versions: &[&str], releases: ReleaseSet) -> Self {
        let mut cluster = Place::default();
        for api_version in api_versions {
            cluster = cluster.or(&Place::root(schemas, api_version, "Cluster", releases));
        }
        let pod = Place::of(schemas.pod_spec(), releases);
        Self { schemas, objects: vec![("cluster", cluster), ("podSpec", pod)] }
    }

    /// What is known behind the names of a path.
    pub fn at(&self, path: &[&str]) -> Option<Place<'s>> {
        let (object, keys) = path.split_first()?;
        let (_, place) = self.objects.iter().find(|(name, _)| name == object)?;
        if let ("cluster", ["metadata", keys @ ..]) = (*object, keys) {
            let metadata = Place::of(self.schemas.object_meta(), place.releases());
            return Some(keys.iter().fold(metadata, |place, key| place.key(key)));
        }
        Some(keys.iter().fold(place.clone(), |place, key| place.key(key)))
    }

    /// The fields that a template reads, and no object has.
    pub fn unknown(&self, text: &str, syntax: &Syntax) -> Vec<Unknown<'s>> {
        if !syntax.faults.is_empty() {
            return Vec::new();
        }
        let changes = syntax.functions().any(|range| CHANGING.contains(&range.of(text)));
        let mut walk = Walk {
            given: self,
            uncalled: Vec::new(),
            values: Vec::new(),
            scopes: Vec::new(),
            asked: Vec::new(),
            next: 0,
            changes,
            changed: false,
            grown: false,
            found: Vec::new(),
        };
        // What a loop assigns at its end is read at its beginning.
        for _ in 0..MOST_ROUNDS {
            (walk.next, walk.grown) = (0, false);
            walk.found.clear();
            walk.scopes.clear();
            walk.uncalled = syntax.defines.iter().collect();
            walk.nodes(&syntax.nodes, &Value::root());
            if walk.changed {
                break;
            }
            if !walk.grown {
                return walk.found;
            }
        }
        Vec::new()
    }
}

/// Assignments that lead to assignments, deeper than anybody writes.
const MOST_ROUNDS: usize = 6;

/// Functions that give objects more fields.
const CHANGING: [&str; 6] = ["set", "unset", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite"];

/// What an expression may stand for.
#[derive(Clone, Default)]
struct Value<'s> {
    /// Parts of the objects, by their paths.
    places: BTreeMap<String, Place<'s>>,
    /// All that the template was given.
    root: bool,
    /// Something else too.
    open: bool,
}

impl<'s> Value<'s> {
    fn root() -> Self {
        Self { root: true, ..Self::default() }
    }

    fn open() -> Self {
        Self { open: true, ..Self::default() }
    }

    /// True if there was anything new.
    fn take(&mut self, other: &Self) -> bool {
        let before = (self.places.len(), self.root, self.open);
        self.places.extend(other.places.iter().map(|(path, place)| (path.clone(), place.clone())));
        self.root |= other.root;
        self.open |= other.open;
        before != (self.places.len(), self.root, self.open)
    }

    /// Every item of a list.
    fn items(&self) -> Self {
        let mut items = Self { open: self.open || self.root, ..Self::default() };
        for (path, place) in &self.places {
            let item = place.item();
            match item.schemas() {
                [] => items.open = true,
                _ => _ = items.places.insert(format!("{path}[]"), item),
            }
        }
        items
    }
}

struct Walk<'g, 's, 't> {
    given: &'g Given<'s>,
    /// Defines that were not called yet with all that the template was given: each is read for the first call.
    uncalled: Vec<&'t Define>,
    /// What each variable may stand for, in the order of declarations.
    values: Vec<Value<'s>>,
    /// The variables that can be read here.
    scopes: Vec<(&'t str, usize)>,
    /// Texts in the conditions around: a field of such a name may have been asked for.
    asked: Vec<&'t str>,
    /// The number of the next declaration.
    next: usize,
    /// Some maps get more fields than they were made with.
    changes: bool,
    /// One of the objects may be such a map.
    changed: bool,
    /// A variable got a value that it did not have in the round before.
    grown: bool,
    found: Vec<Unknown<'s>>,
}

impl<'s, 't> Walk<'_, 's, 't> {
    fn nodes(&mut self, nodes: &'t [Node], dot: &Value<'s>) {
        for node in nodes {
            match node {
                Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
                Node::Action(action) => _ = self.pipeline(&action.pipeline, dot),
                Node::Template(call) => {
                    let value = call.argument.as_ref().map(|argument| self.pipeline(argument, dot));
                    if value.is_some_and(|value| value.root && !value.open && value.places.is_empty()) {
                        self.call(&call.name.text);
                    }
                }
                Node::Branch(branch) => self.branch(branch, dot),
            }
        }
    }

    fn call(&mut self, name: &str) {
        let Some(define) = Define::first_called(&mut self.uncalled, name) else { return };
        let scopes = std::mem::take(&mut self.scopes);
        self.nodes(&define.body, &Value::root());
        self.scopes = scopes;
    }

    fn branch(&mut self, branch: &'t Branch, dot: &Value<'s>) {
        let (scopes, asked) = (self.scopes.len(), self.asked.len());
        for arm in &branch.arms {
            let value = match branch.kind {
                BranchKind::Range => self.range(&arm.pipeline, dot),
                BranchKind::If | BranchKind::With => self.pipeline(&arm.pipeline, dot),
            };
            self.asked.extend(texts(&arm.pipeline));
            let inner = if branch.kind == BranchKind::If { dot } else { &value };
            let body = self.scopes.len();
            self.nodes(&arm.body, inner);
            self.scopes.truncate(body);
        }
        if let Some(otherwise) = &branch.otherwise {
            self.nodes(&otherwise.body, dot);
        }
        self.scopes.truncate(scopes);
        self.asked.truncate(asked);
    }

    /// What the dot is inside of a loop.
    fn range(&mut self, pipeline: &'t Pipeline, dot: &Value<'s>) -> Value<'s> {
        let items = self.value(pipeline, dot).items();
        if let [.., last] = &*pipeline.declared {
            if pipeline.declared.len() == 2 {
                self.declare(&pipeline.declared[0].name, &Value::open());
            }
            self.declare(&last.name, &items);
        }
        items
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, dot: &Value<'s>) -> Value<'s> {
        let value = self.value(pipeline, dot);
        for variable in &pipeline.declared {
            if !pipeline.assigns {
                self.declare(&variable.name, &value);
            } else if let Some((_, at)) = self.scopes.iter().rfind(|(name, _)| *name == variable.name) {
                self.grown |= self.values[*at].take(&value);
            }
        }
        value
    }

    fn declare(&mut self, name: &'t str, value: &Value<'s>) {
        if self.next == self.values.len() {
            self.values.push(Value::default());
        }
        self.grown |= self.values[self.next].take(value);
        self.scopes.push((name, self.next));
        self.next += 1;
    }

    fn value(&mut self, pipeline: &'t Pipeline, dot: &Value<'s>) -> Value<'s> {
        let operands: Vec<Vec<Value>> = pipeline
            .commands
            .iter()
            .map(|command| command.operands.iter().map(|operand| self.expr(operand, dot)).collect())
            .collect();
        for (command, values) in pipeline.commands.iter().zip(&operands) {
            let changing =
                |operand: &Expr| matches!(&operand.kind, ExprKind::Function(name) if CHANGING.contains(&&**name));
            let known = |value: &Value| value.root || !value.places.is_empty();
            let piped = pipeline.commands.len() > 1;
            self.changed |= command.operands.iter().any(changing) && (piped || values.iter().any(known));
        }
        let ([command], [values]) = (&*pipeline.commands, &*operands) else { return Value::open() };
        match (&*command.operands, values.as_slice()) {
            ([_], [value]) => value.clone(),
            ([function, ..], [_, first, ..]) => match &function.kind {
                ExprKind::Function(name)
                    if matches!(name.as_str(), "index" | "first" | "last") && values.len() <= 3 =>
                {
                    first.items()
                }
                // An object without fields, to be replaced.
                ExprKind::Function(name) if name == "fromJson" && command.operands[1].as_string() == Some("{}") => {
                    self.nothing()
                }
                _ => Value::open(),
            },
            _ => Value::open(),
        }
    }

    /// A map without fields, unless it gets some.
    fn nothing(&self) -> Value<'s> {
        if self.changes { Value::open() } else { Value::default() }
    }

    fn expr(&mut self, expr: &'t Expr, dot: &Value<'s>) -> Value<'s> {
        match &expr.kind {
            ExprKind::Dot => dot.clone(),
            ExprKind::Nil => Value::default(),
            ExprKind::String(text) if text.is_empty() => Value::default(),
            ExprKind::Function(name) if name == "dict" => self.nothing(),
            ExprKind::Field(segments) => self.fields(dot.clone(), segments),
            ExprKind::Variable(name, segments) if name == "$" => self.fields(Value::root(), segments),
            ExprKind::Variable(name, segments) => {
                let at = self.scopes.iter().rfind(|(known, _)| known == name).map(|(_, at)| *at);
                let value = at.map_or_else(Value::open, |at| self.values[at].clone());
                self.fields(value, segments)
            }
            ExprKind::Paren(pipeline) => self.value(pipeline, dot),
            ExprKind::Chain(inner, segments) => {
                let value = self.expr(inner, dot);
                self.fields(value, segments)
            }
            _ => Value::open(),
        }
    }

    fn fields(&mut self, mut value: Value<'s>, segments: &'t [Segment]) -> Value<'s> {
        for segment in segments {
            value = self.field(&value, segment);
        }
        value
    }

    fn field(&mut self, value: &Value<'s>, segment: &'t Segment) -> Value<'s> {
        let name = segment.name.as_str();
        let mut below = Value { open: value.open, ..Value::default() };
        if value.root {
            match self.given.objects.iter().find(|(object, _)| *object == name) {
                Some((_, place)) => _ = below.places.insert(name.to_owned(), place.clone()),
                None => below.open = true,
            }
        }
        for (path, place) in &value.places {
            // CRDs do not say what metadata holds.
            let metadata = path == "cluster" && name == "metadata";
            let meta = metadata.then(|| Place::of(self.given.schemas.object_meta(), place.releases()));
            let part = meta.unwrap_or_else(|| place.key(name));
            below.open |= !place.is_closed();
            if !part.schemas().is_empty() {
                below.places.insert(format!("{path}.{name}"), part);
            }
        }
        if below.open || !below.places.is_empty() || value.places.is_empty() || self.asked.contains(&name) {
            return below;
        }
        let mut fields: Vec<&str> = value.places.values().flat_map(Place::fields).map(|field| field.name).collect();
        fields.sort_unstable();
        fields.dedup();
        let owner = value.places.keys().next().cloned().unwrap_or_default();
        self.found.push(Unknown { range: segment.range, owner, fields });
        Value::open()
    }
}

/// The texts that a pipeline holds.
fn texts(pipeline: &Pipeline) -> Vec<&str> {
    struct Texts<'t>(Vec<&'t str>);
    impl<'t> Visitor<'t> for Texts<'t> {
        fn expr(&mut self, expr: &'t Expr) {
            self.0.extend(expr.as_string());
        }
    }
    let mut texts = Texts(Vec::new());
    visit_pipeline(pipeline, &mut texts);
    texts.0
}
