//! A rule's page on a terminal.

const BOLD: &str = "\x1b[1m";
const CODE: &str = "\x1b[36m";
const FAULT: &str = "\x1b[1;31m";
const END: &str = "\x1b[0m";

/// The page's Markdown as a terminal shows it: headings, words and code told apart by their looks, not by signs.
pub(super) fn styled(page: &str) -> String {
    let mut out = String::new();
    let mut in_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let is_mark = line.trim_start().trim_start_matches(['#', '/', ' ', '{', '*']).starts_with('^');
        if in_code && is_mark {
            out.push_str(&format!("    {FAULT}{line}{END}"));
        } else if in_code && !line.is_empty() {
            out.push_str(&format!("    {line}"));
        } else if line.starts_with('#') {
            out.push_str(&format!("{BOLD}{}{END}", line.trim_start_matches('#').trim_start()));
        } else {
            out.push_str(&inline(line));
        }
        out.push('\n');
    }
    out
}

/// Words between backticks and double asterisks.
fn inline(line: &str) -> String {
    let mut out = String::new();
    for (number, part) in line.split('`').enumerate() {
        if number % 2 == 1 {
            out.push_str(&format!("{CODE}{part}{END}"));
            continue;
        }
        for (number, part) in part.split("**").enumerate() {
            out.push_str(&if number % 2 == 1 { format!("{BOLD}{part}{END}") } else { part.to_owned() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_become_looks() {
        let page = "# a-rule\n\nSays `this` **loud**.\n\n```yaml\na: &b 1\n#  ^^ a-rule: no\n\n```\n";
        let expected = "\x1b[1ma-rule\x1b[0m\n\nSays \x1b[36mthis\x1b[0m \x1b[1mloud\x1b[0m.\n\n    a: &b 1\n    \
                        \x1b[1;31m#  ^^ a-rule: no\x1b[0m\n\n";
        assert_eq!(styled(page), expected);
    }
}
