//! What a FieldRef reads of another component (legacy spec §3.1): a path of client-go's jsonpath over the component
//! definition, `componentDef`, and the components of the Cluster that use it, `components`
//! (`pkg/controller/component/component_fieldref_util.go`).

use super::legacy::{APPS, ClusterDefinition, Variable};
use super::object::{Document, Node};
use super::operator::Refused;
use crate::schema::Schema;
use crate::schema::node::Type;
use crate::schema::release::Release;
use crate::text::TextRange;
use crate::world;

/// The operator works on its own types, where every field is there, if empty: only a wrong name ends it.
const FAILS: &str = "The component is never made: `failed to execute jsonpath`.";

/// One step of a path. A filter may leave nothing, and what follows finds nothing in it without an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'t> {
    Field(&'t str),
    /// `[0]`, `[*]`
    Index,
    /// `[?(@.key == "value")]`, with the bytes of the value.
    Filter {
        key: &'t str,
        value: &'t str,
        range: TextRange,
    },
}

/// The steps of a path; `None` where it has forms that are not read here.
pub fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.trim_start().trim_start_matches('$');
    let mut found = Vec::new();
    while !rest.trim_end().is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']')?;
            let at = path.len() - inner.len();
            found.push(selection(&inner[..end], at)?);
            rest = &inner[end + 1..];
            continue;
        }
        let named = rest.strip_prefix('.').unwrap_or(rest);
        let end = named.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(named.len());
        if end == 0 || (!found.is_empty() && named.len() == rest.len()) {
            return None;
        }
        found.push(Step::Field(&named[..end]));
        rest = &named[end..];
    }
    Some(found)
}

/// What stands between brackets; `at` is where it begins in the path.
fn selection(text: &str, at: usize) -> Option<Step<'_>> {
    if text == "*" || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())) {
        return Some(Step::Index);
    }
    let (left, right) = text.strip_prefix("?(")?.strip_suffix(')')?.split_once("==")?;
    let key = left.trim().strip_prefix("@.")?;
    let quoted = right.trim();
    let quote = quoted.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let value = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    // The value lies inside of `text`.
    let start = at + (value.as_ptr() as usize - text.as_ptr() as usize);
    (is_plain(key) && is_plain(value)).then(|| Step::Filter {
        key,
        value,
        range: TextRange::new(start, start + value.len()),
    })
}

/// The path of a FieldRef.
pub fn path(variable: Variable<'_>) -> Option<Node<'_>> {
    variable.node.at("valueFrom.fieldPath").filter(|_| variable.is_field())
}

/// Paths through fields that nothing has (LC-018, LC-019).
pub(super) fn refused<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let legacy = document.kind() == Some("ClusterDefinition") && document.group() == Some(APPS);
    let definition = ClusterDefinition::of(document).filter(|_| legacy);
    let components = definition.into_iter().flat_map(ClusterDefinition::components);
    let variables: Vec<Variable> = components.flat_map(|one| one.variables().map(|(_, one)| one)).collect();
    for node in variables.into_iter().filter_map(path) {
        let text = node.text().unwrap_or_default();
        let root = text.trim().trim_start_matches('{').trim_start_matches(['$', '.']);
        let end = root.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(root.len());
        let reason = match &root[..end] {
            "" => continue,
            "componentDef" | "components" if !is_closed(text) => "a bracket or a quote is not closed".to_owned(),
            "componentDef" | "components" => match steps(text).and_then(|steps| fault(&steps)) {
                Some(reason) => reason,
                None => continue,
            },
            _ => "a path begins with `$.componentDef` or `$.components`".to_owned(),
        };
        found.push(Refused::new(node, reason, FAILS));
    }
}

/// Each bracket and each quote has its other half.
fn is_closed(path: &str) -> bool {
    let (mut open, mut quote) = (Vec::new(), None);
    for c in path.chars() {
        match (quote, c) {
            (Some(begun), _) if begun == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => open.push(']'),
            (None, '(') => open.push(')'),
            (None, ']' | ')') if open.pop() != Some(c) => return false,
            _ => {}
        }
    }
    open.is_empty() && quote.is_none()
}

/// Why a path cannot be walked, in any release.
fn fault(steps: &[Step]) -> Option<String> {
    let (Step::Field(root), rest) = steps.split_first()? else { return None };
    let releases = [Release::V0_6, Release::V0_7, Release::V0_8, Release::V0_9];
    let faults = releases.into_iter().map(|release| {
        let (kind, list) = match *root {
            "componentDef" => ("ClusterDefinition", "componentDefs"),
            _ => ("Cluster", "componentSpecs"),
        };
        let all = world::schemas().get(release, "apps.kubeblocks.io/v1alpha1", kind)?.key("spec")?.key(list)?;
        walk(if *root == "componentDef" { all.item()? } else { all }, root, rest)
    });
    faults.collect::<Option<Vec<String>>>()?.pop()
}

fn walk<'t>(mut schema: Schema<'_>, mut around: &'t str, steps: &[Step<'t>]) -> Option<String> {
    for step in steps {
        let is_list = schema.node().kind == Some(Type::Array);
        match step {
            Step::Field(name) if is_list => {
                return Some(format!("`{around}` is a list: before `{name}` belongs `[0]`"));
            }
            Step::Field(name) => {
                let open = schema.node().preserve_unknown || schema.properties().len() == 0;
                // The operator also takes the names that the fields have in its code.
                let coded = |(other, _): (&str, Schema)| other.eq_ignore_ascii_case(name) && other != *name;
                if open || schema.properties().any(coded) {
                    return None;
                }
                let Some(next) = schema.property(name) else {
                    return Some(format!("`{around}` has no field `{name}`"));
                };
                (schema, around) = (next, name);
            }
            Step::Index | Step::Filter { .. } => schema = schema.item()?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let told = |path: &str| {
            let words = steps(path)?.into_iter().map(|step| match step {
                Step::Field(name) => name.to_owned(),
                Step::Index => "[]".to_owned(),
                Step::Filter { key, value, range } => {
                    assert_eq!(range.of(path), value);
                    format!("[{key}={value}]")
                }
            });
            Some(words.collect::<Vec<_>>().join(" "))
        };
        for (path, want) in [
            ("$.componentDef.service.ports[0].port", Some("componentDef service ports [] port")),
            (
                r#"$.componentDef.service.ports[?(@.name == "sql")].port"#,
                Some("componentDef service ports [name=sql] port"),
            ),
            ("$.components[*].name", Some("components [] name")),
            (".components", Some("components")),
            ("$..name", None),
            ("$.components['name']", None),
            ("$.components[0", None),
            (r#"$.a[?(@.x > 1)]"#, None),
        ] {
            assert_eq!(told(path).as_deref(), want, "{path}");
        }
    }

    #[test]
    fn brackets() {
        for (path, want) in [
            (r#"$.a.b[?(@.name == "x")].c"#, true),
            (r#"$.a.b[?(@.name == "x"].c"#, false),
            (r#"$.a.b[?(@.name == "x)].c"#, false),
            (r#"$.a.b[?(@.name == ")")].c"#, true),
            ("$.a.b[0", false),
            ("$.a.b0]", false),
        ] {
            assert_eq!(is_closed(path), want, "{path}");
        }
    }

    #[test]
    fn faults() {
        for (path, want) in [
            ("$.componentDef.service.ports[0].port", None),
            ("$.componentDef.services.ports[0].port", Some("`componentDef` has no field `services`")),
            ("$.componentDef.service.ports.port", Some("`ports` is a list: before `port` belongs `[0]`")),
            ("$.componentDef.podSpec.containers[0].anything", None),
            ("$.components[0].replicas", None),
            ("$.components[0].replica", Some("`components` has no field `replica`")),
            ("$.components.replicas", Some("`components` is a list: before `replicas` belongs `[0]`")),
            ("$.componentDef.Name", None),
        ] {
            assert_eq!(steps(path).and_then(|steps| fault(&steps)).as_deref(), want, "{path}");
        }
    }
}
