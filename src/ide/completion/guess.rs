//! Which of many names is meant most likely: one whose words stand around the cursor.

use super::Question;

/// The words around the cursor.
pub(super) struct Near {
    words: Vec<String>,
    /// Words of the object's kind.
    kind: Vec<String>,
}

impl Near {
    /// Words of the key before the cursor, and of the file's name.
    pub(super) fn of(question: &Question<'_>, at: u32) -> Self {
        let mut words = split(key_before(question.text(), at));
        words.extend(split(question.source().path.file_stem().unwrap_or_default()));
        Self { words, kind: split(kind_before(question.text(), at)) }
    }

    /// How many words of the name are among them.
    pub(super) fn alike(&self, name: &str) -> usize {
        split(name).iter().filter(|word| self.words.contains(word)).count()
    }

    /// How many words of the name begin as one of them does, or one of the object's kind.
    pub(super) fn akin(&self, name: &str) -> usize {
        let begins = |long: &str, short: &str| short.len() > 2 && long.starts_with(short);
        let is_near = |word: &String| {
            let mut all = self.words.iter().chain(&self.kind);
            all.any(|own| own == word || begins(own, word) || begins(word, own))
        };
        split(name).iter().filter(|word| is_near(word)).count()
    }
}

/// What stands behind the last `kind:` at the beginning of a line.
fn kind_before(text: &str, at: u32) -> &str {
    let before = text.get(..at as usize).unwrap_or_default();
    before.rfind("\nkind: ").and_then(|start| before[start + 7..].split_whitespace().next()).unwrap_or_default()
}

/// The key on the line, or above the lines, of an action or a scalar.
pub(super) fn key_before(text: &str, at: u32) -> &str {
    // Of an action that spans lines the first counts.
    let open = text[..at as usize].rfind("{{").filter(|open| !text[*open..at as usize].contains("}}"));
    let start = open.unwrap_or(at as usize);
    let line = text[..start].rfind('\n').map_or(0, |line_break| line_break + 1);
    let own = &text[line..start];
    let above =
        || text[..line].lines().rev().take(8).filter(|line| !line.trim_start().starts_with("{{")).find_map(key_of);
    let found = if own.trim().is_empty() { above() } else { key_of(own) };
    found.unwrap_or_default()
}

fn key_of(line: &str) -> Option<&str> {
    Some(line.trim().trim_start_matches("- ").split_once(':')?.0)
}

/// Words in small letters: at capitals, and between what is no letter.
fn split(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for c in name.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| word.len() > 1);
    words
}
