//! `--explain`, `--list-rules` and `--docs`.

use camino::Utf8Path;

use super::args::Format;
use super::{CLEAN, USAGE, page, print, say};
use crate::report::{url, word};
use crate::rules::{self, RULES};

pub(super) fn explain(name: &str) -> u8 {
    if let Some(rule) = rules::find(name) {
        // A pipe gets the page as it is.
        match anstream::AutoStream::choice(&std::io::stdout()) {
            anstream::ColorChoice::Never => print(rule.page),
            _ => print(&page::styled(rule.page)),
        }
        return CLEAN;
    }
    say(&unknown(name));
    USAGE
}

pub(super) fn list_rules(format: Option<Format>) -> u8 {
    match format.unwrap_or_default() {
        Format::Text => {
            let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
            let lines = RULES.iter().map(|r| format!("{:width$}  {:7}  {}\n", r.name, word(r.severity), r.summary));
            print(&lines.collect::<String>());
        }
        Format::Json => {
            let rules = RULES.iter().map(|rule| {
                serde_json::json!({
                    "name": rule.name,
                    "severity": word(rule.severity),
                    "summary": rule.summary,
                    "since": rule.since,
                    "url": url(rule.name),
                })
            });
            let rules = serde_json::Value::from_iter(rules);
            print(&format!("{rules:#}\n"));
        }
        _ => {
            say("--list-rules has the formats text and json");
            return USAGE;
        }
    }
    CLEAN
}

/// One page for each rule, and a list of them.
pub(super) fn write_pages(folder: &Utf8Path) -> u8 {
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut index = String::from("# Rules\n\n| rule | severity | what it finds |\n|---|---|---|\n");
        for rule in RULES {
            std::fs::write(folder.join(format!("{}.md", rule.name)), rule.page)?;
            let (name, severity) = (rule.name, word(rule.severity));
            index.push_str(&format!("| [`{name}`]({name}.md) | {severity} | {} |\n", rule.summary));
        }
        std::fs::write(folder.join("index.md"), index)
    };
    match write() {
        Ok(()) => CLEAN,
        Err(error) => {
            say(&format!("cannot write to `{folder}`: {error}"));
            USAGE
        }
    }
}

/// The words for a rule that is not there.
pub(super) fn unknown(name: &str) -> String {
    let near = crate::diagnostic::nearest(name, RULES.iter().map(|rule| rule.name));
    let hint = near.map_or_else(|| "--list-rules names all".to_owned(), |near| format!("did you mean `{near}`?"));
    format!("there is no rule `{name}`; {hint}")
}
