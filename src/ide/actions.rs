//! What can be done about findings: fixes, all safe fixes at once, an allowance, the rule's page.

use super::{Cursor, refactor};
use crate::diagnostic::{Diagnostic, Edit, Fix, Safety};
use crate::rules;
use crate::text::{Span, TextRange};
use crate::world::World;
use crate::yaml::parser;
use crate::yaml::tree::Kind;

/// What an action is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// One fix of one finding.
    Fix(Safety),
    /// Every safe fix of the file.
    FixAll,
    /// A comment that allows the finding, with room for the reason.
    Allow,
    /// The rule's page.
    Page,
    /// Something that works becomes something else that works.
    Refactor,
}

/// Something to do.
#[derive(Clone, Debug)]
pub struct Action {
    pub title: String,
    pub purpose: Purpose,
    /// What it is done about; all findings of the file where it is done about no single one.
    pub finding: Option<Diagnostic>,
    /// The one action of its finding that can be taken without a look.
    pub preferred: bool,
    pub edits: Vec<Edit>,
}

/// What can be done about the findings that touch `at`.
pub fn actions(world: &World, at: Span) -> Vec<Action> {
    let mut fixes = Vec::new();
    let mut allowances: Vec<Action> = Vec::new();
    let mut pages: Vec<Action> = Vec::new();
    let found = rules::findings_in(world, at.file);
    for finding in found.iter().filter(|finding| meets(finding.span.range, at.range)) {
        let safe = finding.fixes.iter().filter(|fix| fix.safety == Safety::Safe).count();
        fixes.extend(finding.fixes.iter().map(|fix| Action {
            title: fix.title.clone(),
            purpose: Purpose::Fix(fix.safety),
            finding: Some(finding.clone()),
            preferred: fix.safety == Safety::Safe && safe == 1,
            edits: fix.edits.clone(),
        }));
        let known = |actions: &[Action]| {
            actions.iter().any(|action| action.finding.as_ref().is_some_and(|other| other.rule == finding.rule))
        };
        if let Some(edit) = allow(world, finding).filter(|_| !known(&allowances)) {
            allowances.push(Action {
                title: format!("Allow `{}` here", finding.rule),
                purpose: Purpose::Allow,
                finding: Some(finding.clone()),
                preferred: false,
                edits: vec![edit],
            });
        }
        if rules::find(finding.rule).is_some() && !known(&pages) {
            pages.push(Action {
                title: format!("Show the page of `{}`", finding.rule),
                purpose: Purpose::Page,
                finding: Some(finding.clone()),
                preferred: false,
                edits: Vec::new(),
            });
        }
    }
    let all = fix_all(&found);
    let cursor = Cursor { file: at.file, offset: at.range.start };
    let rewritten = refactor::extract(world, cursor).map(|rewriting| Action {
        title: rewriting.title,
        purpose: Purpose::Refactor,
        finding: None,
        preferred: false,
        edits: rewriting.edits,
    });
    fixes.into_iter().chain(rewritten).chain(all).chain(allowances).chain(pages).collect()
}

/// Every safe fix of the file that does not get in the way of one before it; `None` where there is none.
fn fix_all(found: &[Diagnostic]) -> Option<Action> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut count = 0;
    for finding in found {
        let mut safe = finding.fixes.iter().filter(|fix| fix.safety == Safety::Safe);
        let (Some(Fix { edits: new, .. }), None) = (safe.next(), safe.next()) else { continue };
        let free = |new: &Edit| {
            let apart = |old: &Edit| old.span.file != new.span.file || !meets(old.span.range, new.span.range);
            edits.iter().all(apart)
        };
        if new.iter().all(free) {
            count += 1;
            edits.extend(new.iter().cloned());
        }
    }
    (count > 0).then(|| Action {
        title: if count == 1 {
            "Apply the safe fix of this file".into()
        } else {
            format!("Apply all {count} safe fixes of this file")
        },
        purpose: Purpose::FixAll,
        finding: None,
        preferred: false,
        edits,
    })
}

/// Both have a byte in common, or touch.
fn meets(a: TextRange, b: TextRange) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// A comment on a line of its own above the finding's line; `None` where a comment would be text.
fn allow(world: &World, finding: &Diagnostic) -> Option<Edit> {
    let file = world.files.get(&finding.span.file)?;
    let text = &file.source.text;
    let start = text.get(..finding.span.range.start as usize)?.rfind('\n').map_or(0, |line_break| line_break + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    let inside = |range: TextRange| (range.start as usize) < start && start < range.end as usize;
    let syntax = file.syntax();
    if syntax.actions.iter().any(|action| inside(action.range)) {
        return None;
    }
    // A line has one comment; it can name many rules.
    let above = text[..start].trim_end_matches('\n').rfind('\n').map_or(0, |line_break| line_break + 1);
    if let Some(open) = text[above..start].find("kubeblocks-ls: allow(")
        && let Some(close) = text[above + open..start].find(')')
    {
        let at = above + open + close;
        return Some(Edit { span: Span::new(finding.span.file, at, at), text: format!(", {}", finding.rule) });
    }
    let words = format!("kubeblocks-ls: allow({}) reason", finding.rule);
    let in_template = file.source.path.iter().any(|part| part == "templates");
    let comment = if in_template {
        // It takes the line break before it along, so that the output stays as it is; where an action took that already,
        // or other lines would go with it, the one behind it.
        let before = &text[..start];
        let above = before.strip_suffix('\n').unwrap_or_default();
        let is_blank = above.rsplit('\n').next().unwrap_or_default().trim().is_empty();
        let (open, close) = match before.trim_end().ends_with("-}}") {
            true => ("{{- ", " -}}"),
            false if is_blank => ("{{", " -}}"),
            false => ("{{- ", "}}"),
        };
        format!("{indent}{open}/* {words} */{close}\n")
    } else {
        let range = parser::documents(text).into_iter().find(|range| range.touches(start as u32))?;
        let tree = parser::parse(text, range);
        if tree.nodes().any(|node| matches!(node.kind, Kind::Scalar { .. }) && inside(node.range)) {
            return None;
        }
        format!("{indent}# {words}\n")
    };
    Some(Edit { span: Span::new(finding.span.file, start, start), text: comment })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// One line for each action, and what the file is after it.
    fn check(fixture: &str, expected: &[(&str, &str)]) {
        let fixture = Fixture::of(fixture);
        let (source, cursor) = fixture.cursor();
        let at = Span::new(cursor.file, cursor.offset as usize, cursor.offset as usize);
        let mut found = Vec::new();
        for action in actions(&fixture.world, at) {
            let mut edits = action.edits.clone();
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
            let mut text = source.text.clone();
            for edit in &edits {
                assert_eq!(edit.span.file, source.id);
                text = crate::text::replace(&text, edit.span.range, &edit.text);
            }
            let lines = text.lines().filter(|line| !source.text.lines().any(|old| old == *line));
            let preferred = if action.preferred { "! " } else { "" };
            found.push((format!("{preferred}{}", action.title), lines.collect::<Vec<_>>().join("\n")));
        }
        let found: Vec<_> = found.iter().map(|(title, text)| (title.as_str(), text.as_str())).collect();
        assert_eq!(found, expected);
    }

    const HEAD: &str = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {name: x}\nspec:\n";

    #[test]
    fn safe_fixes_are_preferred_and_guesses_are_not() {
        check(
            &format!("#- templates/a.yaml\n{HEAD}  terminationPolicy: delete<|>\n"),
            &[
                ("! Replace by `Delete`", "  terminationPolicy: Delete"),
                ("Apply the safe fix of this file", "  terminationPolicy: Delete"),
                ("Allow `bad-value` here", "  {{- /* kubeblocks-ls: allow(bad-value) reason */}}"),
                ("Show the page of `bad-value`", ""),
            ],
        );
        check(
            "#- /w/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {name: x}\nspec:\n  \
             terminationPolcy: Delete<|>\n",
            &[],
        );
    }

    /// The comment that allows what is found at the cursor.
    fn allowing(fixture: &Fixture) -> String {
        let (_, cursor) = fixture.cursor();
        let at = Span::new(cursor.file, cursor.offset as usize, cursor.offset as usize);
        let mut actions = actions(&fixture.world, at).into_iter();
        actions.find(|action| action.purpose == Purpose::Allow).unwrap().edits.remove(0).text
    }

    #[test]
    fn a_comment_where_blanks_are_taken_away() {
        let text = format!(
            "#- templates/a.yaml\n{HEAD}  terminationPolicy: {{{{ if true -}}}}\n    dele<|>te\n    {{{{- end }}}}\n"
        );
        let fixture = Fixture::of(&text);
        let comment = allowing(&fixture);
        assert_eq!(comment, "    {{- /* kubeblocks-ls: allow(bad-value) reason */ -}}\n");
        let again = text.replace("    dele<|>te", &format!("{comment}    dele<|>te"));
        let found = rules::check(&Fixture::of(&again).world);
        assert_eq!(found.iter().map(|found| found.rule).collect::<Vec<_>>(), ["incomplete-object"]);
    }

    #[test]
    fn a_comment_leaves_blank_lines_where_they_are() {
        let text = format!("#- templates/a.yaml\n{HEAD}\n  terminationPolicy: dele<|>te\n");
        let fixture = Fixture::of(&text);
        let comment = allowing(&fixture);
        assert_eq!(comment, "  {{/* kubeblocks-ls: allow(bad-value) reason */ -}}\n");
        let again = Fixture::of(&text.replace("  terminationPolicy", &format!("{comment}  terminationPolicy")));
        assert!(rules::check(&again.world).iter().all(|found| found.rule != "bad-value"));
        let rendered = |fixture: &Fixture| {
            let all = fixture.world.charts.values().filter_map(|chart| chart.rendering());
            all.flat_map(|render| &render.files).map(|file| file.text.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(rendered(&fixture), rendered(&again));
    }

    #[test]
    fn a_comment_for_many_rules_and_none_inside_of_text() {
        check(
            &format!(
                "#- templates/a.yaml\n{HEAD}  # kubeblocks-ls: allow(wrong-type) why\n  terminationPolicy: delete<|>\n"
            ),
            &[
                ("! Replace by `Delete`", "  terminationPolicy: Delete"),
                ("Apply all 2 safe fixes of this file", "  terminationPolicy: Delete"),
                ("Allow `bad-value` here", "  # kubeblocks-ls: allow(wrong-type, bad-value) why"),
                ("Show the page of `bad-value`", ""),
            ],
        );
        check("#- templates/a.yaml\na: {{ .Values\n   .b<|> | | }}\n", &[]);
    }
}
