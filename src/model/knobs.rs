//! Parameters of engines: what the schemas that belong to a config file say of each, and the lines that set them.
//! For navigation and completion: whoever is in doubt takes what may be meant.

use super::cue;
use super::index::Object;
use super::object::Node;
use super::owners::{Name, above};
use super::parts::each;
use super::resolve::{CONFIG_CONSTRAINT, PARAM_CONFIG_RENDERER, PARAMETERS_DEFINITION};
use crate::text::TextRange;
use crate::world::World;

/// A parameter as a schema describes it.
pub struct Knob<'w> {
    /// Where it is described.
    pub name: Name<'w>,
    /// The only values that it takes; none where it takes others too.
    pub values: Vec<String>,
    pub default: Option<String>,
}

/// The parameters of the file that a key of a ConfigMap holds.
pub fn of_file<'w>(world: &'w World, map: Object<'w>, key: &str) -> Vec<Knob<'w>> {
    let mut found: Vec<Object<'w>> = Vec::new();
    let mut add = |object: Object<'w>| {
        if !found.iter().any(|known| std::ptr::eq(known.document, object.document)) {
            found.push(object);
        }
    };
    let index = world.index();
    for site in index.matched_by(map) {
        let item = above(site.node).find(|item| item.parent().is_some_and(Node::is_sequence));
        let constraint = item.and_then(|item| item.get("constraintRef").or_else(|| item.get("configConstraintRef")));
        constraint.into_iter().flat_map(|name| index.named_by(name)).for_each(&mut add);
        let definition = Object { chart: site.chart, document: site.node.document };
        for user in index.matched_by(definition) {
            let object = Object { chart: user.chart, document: user.node.document };
            match user.field.kind {
                kind if kind == PARAMETERS_DEFINITION.kind => add(object),
                kind if kind == PARAM_CONFIG_RENDERER.kind => {
                    let names = object.root().map(|root| root.each("spec.parametersDefs[]")).unwrap_or_default();
                    names.into_iter().flat_map(|name| index.named_by(name)).for_each(&mut add);
                }
                _ => {}
            }
        }
    }
    let of_key = |object: &Object<'_>| {
        object.document.kind() == Some(CONFIG_CONSTRAINT.kind)
            || object.root().and_then(|root| root.text_at("spec.fileName")) == Some(key)
    };
    found.into_iter().filter(of_key).flat_map(of_object).collect()
}

/// The parameters that an object describes.
fn of_object(object: Object<'_>) -> Vec<Knob<'_>> {
    let spec = object.root().and_then(|root| root.get("spec"));
    let schemas = ["parametersSchema", "configurationSchema"].into_iter().filter_map(|key| spec?.get(key));
    let mut found = Vec::new();
    for schema in schemas {
        if let Some(node) = schema.get("cue") {
            let text = node.text().unwrap_or_default();
            found.extend(cue::labels(text).into_iter().map(|range| {
                let (values, default) = choices(text, range);
                Knob { name: Name { object, node, range }, values, default }
            }));
        }
        for path in [
            "schemaInJSON.properties.spec.properties{key}",
            "schemaInJSON.spec.properties{key}",
            "schema.properties.spec.properties{key}",
        ] {
            for key in each(schema, path) {
                let Some(name) = Name::whole(object, key) else { continue };
                let about = key.parent().and_then(|all| all.get(key.text()?));
                let values = about.into_iter().flat_map(|about| about.list("enum")).filter_map(|value| value.text());
                let default = about.and_then(|about| about.text_at("default")).map(str::to_owned);
                found.push(Knob { name, values: values.map(str::to_owned).collect(), default });
            }
        }
    }
    found
}

/// The values behind a label, where all of them are written down, and the usual one: `string & "a" | *"b"`.
fn choices(text: &str, label: TextRange) -> (Vec<String>, Option<String>) {
    let line = text[label.end as usize..].lines().next().unwrap_or_default();
    let Some((_, value)) = line.split_once(':') else { return Default::default() };
    let value = value.split(" //").next().unwrap_or_default().trim().trim_end_matches(',');
    let (mut values, mut default, mut closed) = (Vec::new(), None, true);
    for part in value.split('|') {
        // What is a type or a bound says nothing of single values, unless nothing else does.
        let part = part.rsplit('&').next().unwrap_or_default().trim();
        let (usual, part) = part.strip_prefix('*').map_or((false, part), |part| (true, part.trim()));
        let quoted = part.strip_prefix('"').and_then(|part| part.strip_suffix('"')).filter(|part| !part.contains('"'));
        let is_plain = matches!(part, "true" | "false") || part.parse::<f64>().is_ok();
        let Some(word) = quoted.or(Some(part).filter(|_| is_plain)) else {
            if part == "bool" {
                values.extend(["true", "false"].map(str::to_owned));
            }
            closed &= part == "bool";
            continue;
        };
        if usual {
            default = Some(word.to_owned());
        }
        if !values.iter().any(|known| known == word) {
            values.push(word.to_owned());
        }
    }
    if !closed {
        values.clear();
    }
    (values, default)
}

/// The words that may be names of parameters at the beginning of a text's lines, each with what it is set to.
pub fn settings(text: &str) -> impl Iterator<Item = (TextRange, TextRange)> + '_ {
    let mut start = 0_u32;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len() as u32;
        setting(line).map(|(name, value)| (name.shift(at), value.shift(at)))
    })
}

/// The name at the beginning of a line, and the value behind it.
pub fn setting(line: &str) -> Option<(TextRange, TextRange)> {
    let blank = line.len() - line.trim_start_matches([' ', '\t', '"']).len();
    let word = line[blank..].find(|c: char| !(c.is_alphanumeric() || "_-.$".contains(c))).unwrap_or(line.len() - blank);
    let end = blank + word;
    let rest = line[end..].trim_end_matches(['\n', '\r']);
    let behind =
        rest.trim_start_matches(['"', ' ', '\t']).trim_start_matches(['=', ':']).trim_start_matches([' ', '\t', '"']);
    let value = end + rest.len() - behind.len();
    let length = behind.trim_end_matches([' ', '\t', '"', ',']).len();
    (word > 0).then(|| (TextRange::new(blank, end), TextRange::new(value, value + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_cue() {
        for (text, values, default) in [
            ("a: string & \"x\" | *\"y\" // z | u", "x y", Some("y")),
            ("\"a.b\"?: bool & true | false | *true", "true false", Some("true")),
            ("a: bool", "true false", None),
            ("a: int & >=1 & <=9 | *4", "", Some("4")),
            ("a: 1 | 2,", "1 2", None),
            ("a: string | *\"x\"", "", Some("x")),
            ("a: _", "", None),
        ] {
            let label = cue::labels(text)[0];
            let (found, usual) = choices(text, label);
            assert_eq!((found.join(" ").as_str(), usual.as_deref()), (values, default), "{text}");
        }
    }

    #[test]
    fn lines_that_set_something() {
        for (line, name, value) in [
            ("max_connections = 10\n", "max_connections", "10"),
            ("  maxmemory-policy volatile-lru\n", "maxmemory-policy", "volatile-lru"),
            ("\"a.b\": true,\n", "a.b", "true"),
            ("skip-name-resolve\n", "skip-name-resolve", ""),
            ("log.dirs=", "log.dirs", ""),
        ] {
            let (found, set) = setting(line).unwrap();
            assert_eq!((found.of(line), set.of(line)), (name, value), "{line}");
        }
        for line in ["# x = 1", "[mysqld]", "", "{{ if .X }}", "<a>1</a>"] {
            assert_eq!(setting(line), None, "{line}");
        }
    }
}
