//! Functions, keywords and constants of templates.

use super::{About, Item, Kind, Question};
use crate::helm::funcs::words;
use crate::ide::hover::Block;
use crate::ide::typed::{KEYWORDS, Typed};

/// What people write most, first.
const COMMON: [&str; 12] =
    ["include", "default", "quote", "nindent", "toYaml", "printf", "eq", "and", "or", "not", "indent", "tpl"];

/// What can begin a command or be an argument. Behind `|` the last argument is there already.
pub(super) fn items(question: &Question<'_>, typed: &Typed<'_>, first: bool) -> Vec<Item> {
    let piped = question.text()[..typed.range.start as usize].trim_end().ends_with('|');
    let mut items: Vec<Item> = Vec::new();
    if first {
        items.extend(KEYWORDS.into_iter().map(|keyword| Item::new(keyword, Kind::Keyword)));
    }
    let mut functions: Vec<_> = words::all().filter(|words| !piped || !words.params.is_empty()).collect();
    functions
        .sort_by_key(|words| (COMMON.iter().position(|name| *name == words.name).unwrap_or(COMMON.len()), words.name));
    items.extend(functions.iter().map(|words| {
        let mut params = words.params.clone();
        if piped {
            params.pop();
        }
        Item::new(words.name, Kind::Function).detail(params.join(" ")).about(About::Function(words.name))
    }));
    if !piped {
        items.extend(["true", "false", "nil"].map(|constant| Item::new(constant, Kind::Keyword)));
    }
    items
}

/// The signature and a sentence.
pub(super) fn words(name: &str) -> Vec<Block> {
    let Some(words) = words::find(name) else { return Vec::new() };
    vec![Block::Code { language: "gotmpl", text: words.signature() }, Block::text(words.text)]
}
