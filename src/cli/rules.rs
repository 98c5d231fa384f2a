//! `--explain` and `--list-rules`.

use super::{CLEAN, USAGE, print, say};
use crate::report::word;
use crate::rules::{self, RULES};

pub(super) fn explain(name: &str) -> u8 {
    if let Some(rule) = rules::find(name) {
        print(rule.page);
        return CLEAN;
    }
    say(&unknown(name));
    USAGE
}

pub(super) fn list_rules() -> u8 {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let lines = RULES.iter().map(|r| format!("{:width$}  {:7}  {}\n", r.name, word(r.severity), r.summary));
    print(&lines.collect::<String>());
    CLEAN
}

/// The words for a rule that is not there.
pub(super) fn unknown(name: &str) -> String {
    let near = crate::diagnostic::nearest(name, RULES.iter().map(|rule| rule.name));
    let hint = near.map_or_else(|| "--list-rules names all".to_owned(), |near| format!("did you mean `{near}`?"));
    format!("there is no rule `{name}`; {hint}")
}
