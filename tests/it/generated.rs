//! Files that the program writes about itself: `UPDATE=1 cargo test` writes them anew.

use std::path::Path;

use kubeblocks_ls::config::Config;
use kubeblocks_ls::ide::settings;
use kubeblocks_ls::report::{json, word};
use kubeblocks_ls::rules::RULES;
use serde_json::{Map, Value};

use crate::support::golden;

#[test]
fn report_schema() {
    golden("schemas/report.json", &json::schema());
}

#[test]
fn config_schema() {
    golden("schemas/config.json", &(serde_json::to_string_pretty(&settings::schema()).unwrap() + "\n"));
}

/// What the README shows between two comments: two findings as they are printed, and the table of rules.
#[test]
fn readme() {
    let printed = read("tests/cli/leakydb.txt");
    let shown = |rule: &&str| rule.contains("[unknown-component-def]") || rule.contains("[missing-wait]");
    let findings: Vec<&str> = printed.split("\n\n").filter(shown).collect();
    assert_eq!(findings.len(), 2);
    let mut table = String::from("| rule | severity | what it finds |\n|---|---|---|\n");
    for rule in RULES {
        let page = format!("src/rules/{}.md", rule.name.replace('-', "_"));
        table.push_str(&format!("| [`{}`]({page}) | {} | {} |\n", rule.name, word(rule.severity), rule.summary));
    }
    let page = with_part(&read("README.md"), "findings", &format!("```text\n{}\n```\n", findings.join("\n\n")));
    golden("README.md", &with_part(&page, "rules", &table));
}

/// The page with this text between two comments.
fn with_part(page: &str, name: &str, part: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let start = page.find(&open).unwrap() + open.len();
    let end = page.find(&close).unwrap();
    format!("{}\n{part}\n{}", &page[..start], &page[end..])
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A JSON file as npm writes it.
fn golden_json(path: &str, value: &Value) {
    golden(path, &(serde_json::to_string_pretty(value).unwrap() + "\n"));
}

/// Everything a user can choose on the command line.
#[test]
fn help() {
    let mut command = <kubeblocks_ls::cli::Args as clap::CommandFactory>::command().term_width(100);
    golden("tests/cli/help.txt", &command.render_long_help().to_string());
}

/// VS Code's settings: those that only an editor has are written by hand, all others are ours; their words stand in
/// `package.nls.json`, to be translated, and both in the README.
#[test]
fn vscode_settings() {
    const MANIFEST: &str = "editors/vscode/package.json";
    const WORDS: &str = "editors/vscode/package.nls.json";
    const PAGE: &str = "editors/vscode/README.md";
    let generator = schemars::generate::SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let schema = generator.into_generator().into_root_schema_for::<Config>().to_value();
    let mut ours = Vec::new();
    settings("", &schema, &mut ours);

    let mut manifest: Value = serde_json::from_str(&read(MANIFEST)).unwrap();
    let mut words: Map<String, Value> = serde_json::from_str(&read(WORDS)).unwrap();
    let all = manifest.pointer_mut("/contributes/configuration/properties").unwrap().as_object_mut().unwrap();
    let by_hand = |name: &str| ["server.", "trace.", "hints.", "lenses."].iter().any(|group| name.starts_with(group));
    all.retain(|name, _| name.strip_prefix("kubeblocks.").is_some_and(by_hand));
    words.retain(|key, _| key.strip_prefix("setting.").is_none_or(by_hand));
    for (name, mut setting) in ours {
        let key = format!("setting.{name}");
        let text = setting.remove("description").unwrap_or_default();
        setting.insert("markdownDescription".into(), format!("%{key}%").into());
        setting.insert("scope".into(), "resource".into());
        words.insert(key, text);
        all.insert(format!("kubeblocks.{name}"), setting.into());
    }

    let mut table = String::from("| setting | default | what it does |\n|---|---|---|\n");
    for (name, setting) in all {
        let key = format!("setting.{}", name.trim_start_matches("kubeblocks."));
        let text = words[&key].as_str().unwrap().replace("\n\n", " ").replace('\n', " ");
        table.push_str(&format!("| `{name}` | `{}` | {text} |\n", setting["default"]));
    }
    golden(PAGE, &with_part(&read(PAGE), "settings", &table));
    golden_json(WORDS, &words.into());
    golden_json(MANIFEST, &manifest);
}

/// The settings at and below an object's schema, in VS Code's words.
fn settings(path: &str, schema: &Value, out: &mut Vec<(String, Map<String, Value>)>) {
    for (name, property) in schema["properties"].as_object().unwrap() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if property["properties"].is_object() {
            settings(&path, property, out);
            continue;
        }
        let mut setting = property.as_object().unwrap().clone();
        setting.remove("format");
        // Words of an enumeration, each with its description.
        if let Some(Value::Array(cases)) = setting.remove("oneOf") {
            let column = |key: &str| -> Vec<Value> { cases.iter().map(|case| case[key].clone()).collect() };
            setting.insert("enum".into(), column("const").into());
            setting.insert("markdownEnumDescriptions".into(), column("description").into());
        }
        out.push((path, setting));
    }
}
