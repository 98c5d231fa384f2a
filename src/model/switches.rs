//! Values that a chart itself offers beside its defaults: with each of them branches are rendered that the defaults leave
//! out.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::choices::{choices, values_schema};
use super::object::Node;
use super::values;
use crate::helm::sets::ValueSet;
use crate::template::ast::{BranchKind, Command, Expr, ExprKind, Node as Part, Visitor, visit_pipeline};
use crate::text::FileId;
use crate::vfs::Source;
use crate::world::{Chart, File};

/// So many are tried of a chart, in the order of their paths.
const MAX_SWITCHES: usize = 24;

/// The defaults with one value changed, for each value that conditions of the chart's own templates ask for and whose
/// other values are known: a boolean of values.yaml has one, a text those that templates compare it with, and those that
/// values.schema.json lists.
pub fn switches(chart: &Chart) -> Vec<ValueSet> {
    let Some(package) = chart.package() else { return Vec::new() };
    let asked: Vec<Asked<'_>> = chart.own_templates().flat_map(|file| asked(chart, file)).collect();
    let schema = values_schema(package).filter(|_| !asked.is_empty());
    let mut found: BTreeSet<(Vec<&str>, String)> = BTreeSet::new();
    for Asked { path, usual, text } in &asked {
        let listed = schema.as_ref().and_then(|schema| choices(schema, path));
        let others: Vec<Value> = match usual {
            Usual::Bool(is) => vec![json!(!is)],
            Usual::Text(is) => {
                let texts = text.iter().copied().chain(listed.into_iter().flatten());
                texts.filter(|text| !text.is_empty() && text != is).map(|text| json!(text)).collect()
            }
        };
        found.extend(others.into_iter().map(|value| (path.clone(), value.to_string())));
    }
    found.into_iter().take(MAX_SWITCHES).map(|(path, value)| set(chart, &path, &value)).collect()
}

/// A value that is asked for, and the text that it is compared with.
struct Asked<'s> {
    path: Vec<&'s str>,
    usual: Usual<'s>,
    text: Option<&'s str>,
}

/// What values.yaml has there.
enum Usual<'s> {
    Bool(bool),
    Text(&'s str),
}

impl<'s> Usual<'s> {
    fn of(node: Node<'s>) -> Option<Self> {
        let text = node.text()?;
        match text {
            _ if node.is_quoted() => Some(Self::Text(text)),
            "true" => Some(Self::Bool(true)),
            "false" => Some(Self::Bool(false)),
            _ => text.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(Self::Text(text)),
        }
    }
}

fn set(chart: &Chart, path: &[&str], value: &str) -> ValueSet {
    let name = format!("{}={}", path.join("."), value.trim_matches('"'));
    // YAML reads JSON.
    let text = path.iter().rfold(value.to_owned(), |inner, key| format!("{{{}: {inner}}}", json!(key)));
    let source = Source::new(NO_FILE, chart.root.join(&name), text);
    ValueSet { name, files: vec![Arc::new(source)] }
}

/// No file has this number.
const NO_FILE: FileId = FileId(u32::MAX);

fn asked<'s>(chart: &'s Chart, file: &'s File) -> Vec<Asked<'s>> {
    let syntax = file.syntax();
    // Who sets values itself does not leave them to the user.
    if !syntax.faults.is_empty() || file.sets_values() {
        return Vec::new();
    }
    let mut conditions = Conditions::default();
    syntax.visit(&mut conditions);
    let of_values = |(value, text): (&'s Expr, _)| {
        let usual = values::read_by(chart, syntax, value).and_then(Usual::of)?;
        let path = value.value_path()?.iter().map(|segment| segment.name.as_str()).collect();
        Some(Asked { path, usual, text })
    };
    conditions.0.into_iter().filter_map(of_values).collect()
}

/// What conditions of a file consist of, and what that is compared with.
#[derive(Default)]
struct Conditions<'s>(Vec<(&'s Expr, Option<&'s str>)>);

impl<'s> Visitor<'s> for Conditions<'s> {
    fn node(&mut self, node: &'s Part) {
        if let Part::Branch(branch) = node
            && branch.kind == BranchKind::If
        {
            let mut parts = Parts(&mut self.0);
            branch.arms.iter().for_each(|arm| visit_pipeline(&arm.pipeline, &mut parts));
        }
    }
}

/// The same of one condition.
struct Parts<'c, 's>(&'c mut Vec<(&'s Expr, Option<&'s str>)>);

impl<'s> Visitor<'s> for Parts<'_, 's> {
    fn expr(&mut self, expr: &'s Expr) {
        self.0.push((expr, None));
    }

    fn command(&mut self, command: &'s Command) {
        let [function, operands @ ..] = &*command.operands else { return };
        if matches!(&function.kind, ExprKind::Function(name) if ["eq", "ne"].contains(&name.as_str())) {
            let texts = || operands.iter().filter_map(Expr::as_string);
            self.0.extend(operands.iter().flat_map(|operand| texts().map(move |text| (operand, Some(text)))));
        }
    }
}
