//! Functions, keywords and constants of templates.

use super::{About, Item, Kind, Question, variables};
use crate::helm::funcs::words;
use crate::ide::hover::Block;
use crate::ide::typed::{KEYWORDS, Typed};

/// What people write most at the beginning of an action, behind a pipe, behind a condition, and elsewhere.
const FIRST: &[&str] =
    &["include", "if", "end", "else", "with", "default", "range", "toYaml", "printf", "define", "tpl"];
const PIPED: &[&str] =
    &["nindent", "quote", "indent", "default", "toYaml", "trunc", "trimSuffix", "replace", "int", "b64enc", "toString"];
const ASKED: &[&str] =
    &["eq", "and", "or", "not", "hasKey", "ne", "semverCompare", "has", "contains", "gt", "lt", "empty"];
const INNER: &[&str] =
    &["include", "printf", "dict", "index", "list", "default", "eq", "tuple", "toYaml", "get", "int"];

/// What can begin a command or be an argument. Behind `|` the last argument is there already.
pub(super) fn items(question: &Question<'_>, typed: &Typed<'_>, first: bool) -> Vec<Item> {
    let before = question.text()[..typed.range.start as usize].trim_end();
    let piped = before.ends_with('|');
    let asked = ["if", "and", "or", "not"].iter().any(|word| before.trim_end_matches('(').trim_end().ends_with(word));
    let asked = asked || typed.calls.first().is_some_and(|call| ["and", "or", "not"].contains(&call.words[0]));
    let common = match () {
        () if piped => PIPED,
        () if asked => ASKED,
        () if first => FIRST,
        () => INNER,
    };
    let rank = |name: &str| common.iter().position(|known| *known == name).unwrap_or(common.len());
    let mut items: Vec<Item> = Vec::new();
    if typed.calls.first().is_some_and(|call| matches!(call.words[..], ["nindent" | "indent"])) {
        let width = width(question.text(), typed.range.start as usize).to_string();
        return vec![Item::new(width, Kind::Value).detail("as far in as it has to be")];
    }
    if first {
        items.extend(KEYWORDS.into_iter().map(|keyword| Item::new(keyword, Kind::Keyword)));
    }
    // A function that is an argument needs parentheses.
    let inner = !piped && !first && !typed.calls.is_empty() && !before.ends_with(['(', '=', ',']);
    let functions = words::all().filter(|words| !piped || !words.params.is_empty());
    items.extend(functions.map(|words| {
        let mut params = words.params.clone();
        if piped {
            params.pop();
        }
        let item = Item::new(words.name, Kind::Function).about(About::Function(words.name));
        let item = match words.name {
            "nindent" | "indent" if piped && !has_argument(question, typed) => {
                item.insert(format!("{} {}", words.name, width(question.text(), typed.range.start as usize)))
            }
            name if inner && !words.params.is_empty() && !has_argument(question, typed) => {
                item.snippet(format!("({name} $1)"))
            }
            _ => item,
        };
        item.detail(params.join(" "))
    }));
    if !piped {
        items.extend(["true", "false", "nil"].map(|constant| Item::new(constant, Kind::Keyword)));
    }
    items.sort_by_key(|item| rank(&item.label));
    // Variables can stand wherever a function can, but behind a pipe.
    if !piped {
        let at = if first { 3.min(items.len()) } else { 0 };
        let variables = variables::items(question).into_iter().filter(|item| item.label != "$");
        items.splice(at..at, variables);
    }
    items
}

/// Something follows on the line before the action ends.
fn has_argument(question: &Question<'_>, typed: &Typed<'_>) -> bool {
    let rest = question.text()[typed.range.end as usize..].lines().next().unwrap_or_default().trim_start();
    !(rest.is_empty() || rest.starts_with(['}', '|', ')']) || rest.starts_with("-}}"))
}

/// How far in the lines have to be that an action prints: as far as it is itself, or one level below its key.
fn width(text: &str, at: usize) -> usize {
    let open = text[..at].rfind("{{").unwrap_or(at);
    let line = text[..open].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[line..open];
    match before.trim().is_empty() {
        true => before.len(),
        false => before.len() - before.trim_start_matches([' ', '-']).len() + 2,
    }
}

/// The signature and a sentence.
pub(in crate::ide) fn words(name: &str) -> Vec<Block> {
    let Some(words) = words::find(name) else { return Vec::new() };
    vec![Block::Code { language: "gotmpl", text: words.signature() }, Block::text(words.text)]
}
