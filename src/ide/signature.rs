//! What the function takes whose arguments are being written.

use super::typed;
use super::{Cursor, hover::Block};
use crate::helm::funcs::words::{self, Words};
use crate::model::config_template::managed;
use crate::text::TextRange;
use crate::world::World;

/// A function, and which of its parameters is written now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// `trunc length text`
    pub label: String,
    /// Bytes of the label.
    pub parameters: Vec<TextRange>,
    /// `None` where it takes no more.
    pub active: Option<usize>,
    pub words: Block,
}

/// The innermost function around the cursor.
pub fn signature(world: &World, at: Cursor) -> Option<Signature> {
    let file = world.files.get(&at.file)?;
    let typed = typed::typed(&file.source.text, file.syntax(), at.offset)?;
    let (call, words) = typed.calls.iter().find_map(|call| Some((call, words(call.words[0])?)))?;
    let label = words.signature();
    let mut parameters = Vec::new();
    let mut start = words.name.len() + 1;
    for param in &words.params {
        parameters.push(TextRange::new(start, start + param.len()));
        start += param.len() + 1;
    }
    let repeated = words.params.iter().position(|param| param.ends_with('…'));
    // What the pipe brings stands last.
    let given = call.argument();
    let free = words.params.len() - usize::from(call.piped && repeated.is_none() && !words.params.is_empty());
    let active = match repeated {
        Some(at) if given >= at => Some(at),
        _ => (given < free).then_some(given),
    };
    Some(Signature { label, parameters, active, words: Block::text(words.text) })
}

fn words(name: &str) -> Option<Words> {
    if name == "template" {
        return words::find("include").map(|words| Words { name: "template", ..words });
    }
    let method = METHODS.iter().find(|(method, ..)| name.strip_suffix(method).is_some_and(|of| of.ends_with('.')));
    let method = method.map(|(name, param, text)| Words { name, params: vec![param], text });
    let managed = || {
        let (name, params, text) = managed().find(|(known, ..)| *known == name)?;
        Some(Words { name, params: params.split(' ').collect(), text })
    };
    method.or_else(|| words::find(name)).or_else(managed)
}

/// Methods of the root object's members, what they take, and what they are for.
const METHODS: [(&str, &str, &str); 5] = [
    ("Files.Get", "path", "The text of a file of the chart."),
    ("Files.GetBytes", "path", "The bytes of a file of the chart."),
    ("Files.Glob", "pattern", "The files that match a pattern such as `scripts/*.sh`."),
    ("Files.Lines", "path", "The lines of a file of the chart."),
    ("Capabilities.APIVersions.Has", "version", "True if the cluster has this API version, or this kind of one."),
];

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// The label with the parameter in brackets.
    fn at(action: &str) -> String {
        let fixture = Fixture::of(&format!("#- templates/a.yaml\na: {{{{ {action} }}}}\n"));
        let (_, cursor) = fixture.cursor();
        let Some(found) = signature(&fixture.world, cursor) else { return String::new() };
        let mut label = found.label;
        if let Some(active) = found.active.map(|active| found.parameters[active]) {
            label.insert(active.end as usize, ']');
            label.insert(active.start as usize, '[');
        }
        label
    }

    #[test]
    fn parameters() {
        for (action, expected) in [
            ("trunc <|>", "trunc [length] text"),
            ("trunc 3 <|>", "trunc length [text]"),
            ("trunc 3 .a <|>", "trunc length text"),
            (".a | trunc <|>", "trunc [length] text"),
            (".a | trunc 3 <|>", "trunc length text"),
            ("printf \"%s\" .a .b<|>", "printf format [value…]"),
            ("printf \"%s\" (index .a <|>)", "index collection [key…]"),
            ("include \"<|>\" .", "include [name] data"),
            ("if eq .a <|>", "eq a [b…]"),
            ("template \"<|>\" .", "template [name] data"),
            (".Files.Get <|>", "Files.Get [path]"),
            ("$.root.Files.Lines \"<|>\"", "Files.Lines [path]"),
            ("getPortByName . <|>", "getPortByName container [name]"),
            (".Values.a <|>", ""),
            ("tru<|>", ""),
        ] {
            assert_eq!(at(action), expected, "{action}");
        }
    }
}
