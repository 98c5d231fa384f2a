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
    /// The schema of its own, where that is YAML.
    about: Option<Node<'w>>,
}

impl Knob<'_> {
    /// The only values that it takes, none where it takes others too, and the usual one.
    pub fn choices(&self) -> (Vec<String>, Option<String>) {
        let Some(about) = self.about else {
            return choices(self.name.node.text().unwrap_or_default(), self.name.range);
        };
        let values = about.list("enum").filter_map(|value| value.text()).map(str::to_owned);
        (values.collect(), about.text_at("default").map(str::to_owned))
    }
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
            let labels = cue::labels(text).into_iter();
            found.extend(labels.map(|range| Knob { name: Name { object, node, range }, about: None }));
        }
        for path in [
            "schemaInJSON.properties.spec.properties{key}",
            "schemaInJSON.spec.properties{key}",
            "schema.properties.spec.properties{key}",
        ] {
            for key in each(schema, path) {
                let Some(name) = Name::whole(object, key) else { continue };
                found.push(Knob { name, about: key.parent().and_then(|all| all.get(key.text()?)) });
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

/// What sets something in the text of a config: a line, or an element of XML.
pub struct Setting<'t> {
    /// A word that may be a parameter's name.
    pub name: TextRange,
    /// The names of what it stands in, outermost first: the section of its line, the elements around it.
    around: Vec<&'t str>,
}

impl Setting<'_> {
    /// The names that a schema may have for it, the longest first: `log.file.size`, `file.size`, `size`.
    pub fn names(&self, text: &str) -> Vec<String> {
        let own = self.name.of(text);
        prefixes(&self.around).map(|prefix| format!("{prefix}{own}")).collect()
    }
}

/// What may stand before a name inside of others, the longest first: `log.file.`, `file.`, nothing.
pub fn prefixes<'a>(around: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    (0..=around.len()).map(|from| around[from..].iter().map(|name| format!("{name}.")).collect())
}

/// All that a text sets, in order.
pub fn settings(text: &str) -> Vec<Setting<'_>> {
    if is_xml(text) {
        return elements(text).0;
    }
    let (mut found, mut around, mut start) = (Vec::new(), Vec::new(), 0_u32);
    for line in text.split_inclusive('\n') {
        match section(line) {
            Some(section) => around = section,
            None => {
                let name = setting(line).map(|(name, _)| name.shift(start));
                found.extend(name.map(|name| Setting { name, around: around.clone() }));
            }
        }
        start += line.len() as u32;
    }
    found
}

/// The names of what the end of a text stands in, outermost first.
pub fn around(text: &str) -> Vec<&str> {
    if is_xml(text) {
        return elements(text).1;
    }
    text.lines().rev().find_map(section).unwrap_or_default()
}

/// The names of a line such as `[log.file]`.
fn section(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('[')?.strip_suffix(']')?;
    let inner = inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(inner);
    Some(inner.split('.').map(|name| name.trim_matches([' ', '"'])).collect())
}

/// The first line that is no action of a template begins with an element.
pub fn is_xml(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("{{"));
    lines.next().is_some_and(|line| line.starts_with('<'))
}

/// The elements of a text of XML, and the names of those that are open at its end. Names that actions write are empty.
fn elements(text: &str) -> (Vec<Setting<'_>>, Vec<&str>) {
    let (mut found, mut open, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(next) = text[at..].find('<') {
        at += next + 1;
        let rest = &text[at..];
        if let Some(comment) = rest.strip_prefix("!--") {
            at += 3 + comment.find("-->").unwrap_or(comment.len());
            continue;
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-.:".contains(c))).unwrap_or(rest.len());
        let name = &rest[..end];
        if rest.starts_with('/') {
            open.pop();
        } else if !rest.starts_with(['!', '?', ' ']) {
            // What does not end is being typed.
            let Some(close) = rest.find('>') else { break };
            if !name.is_empty() {
                found.push(Setting { name: TextRange::new(at, at + end), around: open.clone() });
            }
            if !rest[..close].ends_with('/') {
                open.push(name);
            }
        }
    }
    (found, open)
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
    fn names_in_sections_and_elements() {
        let names = |text: &str| -> Vec<String> {
            settings(text).iter().map(|setting| setting.names(text).join(" ")).collect()
        };
        assert_eq!(
            names("a = 1\n[log.file]\nsize = 2\n[[x]]\ny.z = 1\n"),
            ["a", "log.file.size file.size size", "x.y.z y.z"]
        );
        let xml = "{{ if .A }}\n<top>\n<!-- <no> -->\n<a b=\"1\"/><c><d>1</d></c>\n<{{ .X }}><e/></{{ .X }}>\n";
        assert_eq!(names(xml), ["top", "top.a a", "top.c c", "top.c.d c.d d", "top..e .e e"]);
        assert_eq!(around(xml), ["top"]);
        assert_eq!(around("[a.b]\nx"), ["a", "b"]);
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
