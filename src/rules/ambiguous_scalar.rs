//! See `ambiguous_scalar.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::printed::{Printed, printed};
use crate::yaml::typing::{self, Meaning};

pub(super) static RULE: Rule = Rule {
    name: "ambiguous-scalar",
    summary: "a value without quotes that is printed as something else",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("ambiguous_scalar.md"),
    check: Check::Part(check),
};

fn check(chart: &Chart, document: &Document, sink: &mut Sink) {
    for value in printed(document) {
        let written = chart.words(value.value);
        let Some((what, safety)) = misread(written, &value) else { continue };
        sink.report(&value.value, format!("`{written}` is {what}, so it is printed as `{}`", value.text))
            .why("YAML gives a scalar without quotes a type, and what templates print is the value, not the text.")
            .help(format!("Write `\"{written}\"`."))
            .replace("Put it in quotes", safety, format!("\"{written}\""));
    }
}

/// What the text is to YAML, where that is not what is printed. A switch that is quoted is on, whatever it says.
fn misread(written: &str, value: &Printed<'_>) -> Option<(&'static str, Safety)> {
    // In a scalar that is a string anyway nobody wants another type.
    let in_text = value.within.is_some_and(Node::is_quoted);
    // Of a number that stands alone in a text's field `wrong-type` speaks.
    let part = in_text || value.within.and_then(Node::text).is_some_and(|text| text != value.text);
    match typing::plain(written) {
        Meaning::Float(number) => {
            let version = written.ends_with('0') && written.split('.').count() == 2;
            let version = version && written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            // `4.0` processors are 4 processors; the version 4.0 is another one than 4.
            let key = value.within.map(Node::heading).and_then(Node::text).unwrap_or_default().to_ascii_lowercase();
            let named = key.contains("version") || key.ends_with("tag") || matches!(value.before, Some(':' | '-'));
            let other = part && named && version && value.text == number.to_string() && value.text != written;
            other.then_some(("a number", Safety::Safe))
        }
        Meaning::Int(number) => {
            let octal = written.len() > 1 && written.starts_with('0') && written.bytes().all(|b| b.is_ascii_digit());
            let other = octal && part && value.text == number.to_string();
            other.then_some(("an octal number", Safety::Safe))
        }
        Meaning::Bool(is) => {
            let word = matches!(written.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off");
            (word && in_text && value.text == is.to_string()).then_some(("a truth value", Safety::Unsafe))
        }
        _ => None,
    }
}
