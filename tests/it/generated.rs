//! Files that the program writes about itself: `UPDATE=1 cargo test` writes them anew.

use std::path::Path;

use kubeblocks_ls::report::{json, word};
use kubeblocks_ls::rules::RULES;

use crate::support::golden;

#[test]
fn report_schema() {
    golden("schemas/report.json", &json::schema());
}

/// The rule table stands in the README between two comments.
#[test]
fn readme_rule_table() {
    let mut table = String::from("| rule | severity | what it finds |\n|---|---|---|\n");
    for rule in RULES {
        let page = format!("src/rules/{}.md", rule.name.replace('-', "_"));
        table.push_str(&format!("| [`{}`]({page}) | {} | {} |\n", rule.name, word(rule.severity), rule.summary));
    }
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (open, close) = ("<!-- rules -->\n", "<!-- end of rules -->");
    let start = readme.find(open).unwrap() + open.len();
    let end = readme.find(close).unwrap();
    golden("README.md", &format!("{}\n{table}\n{}", &readme[..start], &readme[end..]));
}

/// Everything a user can choose on the command line.
#[test]
fn help() {
    let mut command = <kubeblocks_ls::cli::Args as clap::CommandFactory>::command().term_width(100);
    golden("tests/cli/help.txt", &command.render_long_help().to_string());
}
