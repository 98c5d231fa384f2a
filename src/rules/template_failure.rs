//! See `template_failure.md`.

use super::prelude::*;
use super::support::failures::{is_given, lost_key, missing_dependencies};
use crate::helm::render::{RefusalKind, TemplateFault};
use crate::helm::{RELEASE_NAME, RELEASE_NAMESPACE};
use crate::template::eval::FaultKind;

pub(super) static RULE: Rule = Rule {
    name: "template-failure",
    summary: "a template that stops with the values it is given",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("template_failure.md"),
    check: Check::Chart(check),
};

fn check(chart: &Chart, sink: &mut Sink) {
    if let Some(render) = chart.rendering() {
        // `lost-scope` speaks of those that read the root context from another dot.
        let faults: Vec<_> = render.faults.iter().filter(|fault| lost_key(chart, fault).is_none()).collect();
        let mut faults = faults.as_slice();
        let mut told: Vec<&TemplateFault> = Vec::new();
        while let [fault, rest @ ..] = faults {
            faults = rest;
            // What fails for the same reason is one mistake, however often it is written.
            let same = |other: &&TemplateFault| {
                let (fault, other) = (&fault.fault, &other.fault);
                fault.message == other.message && chart.words(fault.span) == chart.words(other.span)
            };
            if told.iter().any(same) {
                continue;
            }
            told.push(fault);
            let again: Vec<_> =
                rest.iter().copied().filter(|other| same(other) && other.fault.span != fault.fault.span).collect();
            report(chart, fault, &again, sink);
        }
    }
}

/// The chart is made to be given values: with others it renders, or its schema wants some that the defaults lack.
fn asks_its_user(chart: &Chart) -> bool {
    let renders = |other: &Chart| other.rendering().is_some_and(|render| !render.is_partial());
    let refused = chart.rendering().and_then(|render| render.refused.as_ref());
    chart.others.iter().any(|other| renders(other))
        || refused.is_some_and(|refused| refused.kind == RefusalKind::Schema)
}

fn report(chart: &Chart, template: &TemplateFault, again: &[&TemplateFault], sink: &mut Sink) {
    let (fault, place) = (&template.fault, template.place());
    let expression = chart.words(fault.span);
    let helm = fault.helm.lines().next().unwrap_or_default();
    // The values of a dependency that is not there are not known, and only a path from the root tells whose they are.
    let missing = missing_dependencies(chart);
    let own = |path: &str| !is_given(&missing, path.split([' ', ')', '|', '}']).next().unwrap_or_default());
    let is_own = || expression.contains(".Values.") && expression.split(".Values.").skip(1).all(own);
    if !missing.is_empty() && !is_own() {
        return;
    }
    match fault.kind {
        FaultKind::Execution | FaultKind::Endless => {
            let (message, help) = explain(&fault.message, expression);
            let mut report = sink
                .report(&place, message)
                .why(format!("Helm stops here, and nothing of the chart is installed. Helm says: {helm}"))
                .help(help);
            for template in again {
                report = report.related(&template.place(), "the same here");
            }
        }
        // The release that charts are checked under is ours, not the user's.
        FaultKind::Refused if fault.message.contains(RELEASE_NAME) || fault.message.contains(RELEASE_NAMESPACE) => {}
        FaultKind::Refused if expression.contains("required") => {
            sink.report(&place, format!("this chart cannot be installed as it is: {}", one_line(&fault.message)))
                .severity(Severity::Info)
                .why("`required` wants a value that values.yaml does not give. Nothing below it was checked.")
                .help("Give it in `ci/` values, or in the configuration, to have the rest of the chart checked.");
        }
        FaultKind::Refused => {
            let report = sink
                .report(&place, format!("the chart refuses its own values: {}", one_line(&fault.message)))
                .why(format!("`fail` is reached with the values that stand in the chart. Helm says: {helm}"))
                .help("Let the defaults of values.yaml pass, or use `required` where the user must give a value.");
            if asks_its_user(chart) {
                report.severity(Severity::Info);
            }
        }
        FaultKind::Bound => {
            sink.report(&place, format!("this template is too large to be checked: {}", one_line(&fault.message)))
                .severity(Severity::Warning)
                .why("Templates are executed up to a limit, so that one chart cannot stop the check of all others.");
        }
        FaultKind::Syntax | FaultKind::UndefinedTemplate => {}
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Helm's words in ours, and what to do. `expression` is the text that failed.
fn explain(helm: &str, expression: &str) -> (String, String) {
    if let Some((_, field)) = helm.strip_prefix("nil pointer evaluating ").and_then(|rest| rest.rsplit_once('.')) {
        let owner = owner(expression, field);
        let message = match owner {
            Some(owner) => format!("`{owner}` has no value, so `.{field}` cannot be read from it"),
            None => format!("`.{field}` is read from something that has no value"),
        };
        let owner = owner.unwrap_or("it");
        return (
            message,
            format!("Give `{owner}` a value in values.yaml, or guard this with `{{{{ with {owner} }}}}`."),
        );
    }
    if let Some((field, of)) = helm.strip_prefix("can't evaluate field ").and_then(|rest| rest.split_once(" in type "))
    {
        let of = if of == "interface {}" { "this value" } else { go_type(of) };
        let message = format!("there is no `.{field}` in {of}");
        let help = match field {
            "Values" | "Chart" | "Release" | "Files" | "Capabilities" | "Template" => {
                format!("Inside `range`, `with` and helpers the dot is another thing: `$.{field}` is the chart's.")
            }
            _ => "See what the dot is at this place: `range` and `with` change it.".to_owned(),
        };
        return (message, help);
    }
    if let Some((wanted, got)) =
        helm.strip_prefix("wrong type for value; expected ").and_then(|rest| rest.split_once("; got "))
    {
        let message = format!("{} is needed here, but this is {}", go_type(wanted), go_type(got));
        let help = if got == "interface {}" || got == "nil" {
            "Give it a value in values.yaml, or a fallback with `default`."
        } else if wanted == "string" {
            "Turn it into text with `toString` or `quote`."
        } else {
            "Look at the value in values.yaml, or convert it."
        };
        return (message, help.to_owned());
    }
    if let Some(value) = helm.strip_prefix("range can't iterate over ") {
        let message = format!("`range` needs a list or a mapping, but this is `{}`", shorten(value));
        return (message, "Use `until N` to count to a number.".to_owned());
    }
    if let Some((function, rest)) =
        helm.strip_prefix("wrong number of args for ").and_then(|rest| rest.split_once(": "))
        && let Some((want, got)) = rest.strip_prefix("want ").and_then(|rest| rest.split_once(" got "))
    {
        let message = format!("`{function}` takes {want} arguments, but gets {got}");
        return (message, "A value that is piped in counts as the last argument.".to_owned());
    }
    if let Some((function, cause)) = helm.strip_prefix("error calling ").and_then(|rest| rest.split_once(": ")) {
        let cause = one_line(cause);
        let cause = match cause.as_str() {
            "incompatible types for comparison" => "the two sides are of different types",
            "invalid type for comparison" => "only numbers and texts have an order",
            cause => cause,
        };
        let help = match function {
            "eq" | "ne" | "lt" | "le" | "gt" | "ge" => {
                "Make both sides the same: `int` for numbers, `toString` for text."
            }
            "include" | "tpl" => "Look at the helper that is called here.",
            _ => "Look at the arguments, and at the values they come from.",
        };
        return (format!("`{function}` fails: {}", shorten(cause)), help.to_owned());
    }
    (format!("this fails: {}", shorten(&one_line(helm))), "Look at the values it uses.".to_owned())
}

/// `.Values.a` of `.Values.a.b`, where `b` is the field that could not be read.
fn owner<'a>(expression: &'a str, field: &str) -> Option<&'a str> {
    let chain = expression.trim();
    if !chain.starts_with(['.', '$']) || chain.contains(|c: char| c.is_whitespace() || "(){}|".contains(c)) {
        return None;
    }
    let dotted = format!(".{field}");
    let mut found = chain.match_indices(&dotted).filter(|(at, _)| {
        let rest = &chain[at + dotted.len()..];
        rest.is_empty() || rest.starts_with('.')
    });
    let (at, _) = found.next()?;
    (found.next().is_none() && at > 0).then(|| &chain[..at])
}

/// A Go type in the words of values.yaml.
fn go_type(name: &str) -> &'static str {
    match name {
        "string" => "text",
        "int" | "int64" | "float64" | "uint64" => "a number",
        "bool" => "`true` or `false`",
        "map[string]interface {}" | "chartutil.Values" | "common.Values" => "a mapping",
        "[]interface {}" => "a list",
        "interface {}" | "nil" | "<nil>" => "nothing",
        _ => "a value of another type",
    }
}

fn shorten(text: &str) -> String {
    let short: String = text.chars().take(120).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helms_words() {
        let cases = [
            (
                "nil pointer evaluating interface {}.tag",
                ".Values.image.tag",
                "`.Values.image` has no value, so `.tag` cannot be read from it",
            ),
            ("nil pointer evaluating interface {}.tag", "index x", "`.tag` is read from something that has no value"),
            ("nil pointer evaluating interface {}.a", ".Values.a.a", "`.a` is read from something that has no value"),
            ("can't evaluate field Values in type string", ".Values.x", "there is no `.Values` in text"),
            ("wrong type for value; expected string; got float64", ".x", "text is needed here, but this is a number"),
            ("range can't iterate over 5", ".x", "`range` needs a list or a mapping, but this is `5`"),
            ("wrong number of args for upper: want 1 got 0", "upper", "`upper` takes 1 arguments, but gets 0"),
            (
                "error calling eq: incompatible types for comparison",
                "eq 1 2",
                "`eq` fails: the two sides are of different types",
            ),
        ];
        for (helm, expression, ours) in cases {
            assert_eq!(explain(helm, expression).0, ours);
        }
    }
}
