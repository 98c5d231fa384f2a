//! Why templates fail, and what comes of it.

use crate::helm::chart::{ChartProblem, ChartProblemKind};
use crate::helm::render::TemplateFault;
use crate::model::object::Document;
use crate::template::dots::Dot;
use crate::template::eval::FaultKind;
use crate::world::Chart;
use crate::yaml::tree::ProblemKind;

/// What only the chart's root context has.
const ROOT: [&str; 6] = [".Values", ".Chart", ".Release", ".Files", ".Capabilities", ".Template"];

/// The field of the root context that a dot without it was asked for, where that is why the template stopped.
pub(in crate::rules) fn lost_key(chart: &Chart, template: &TemplateFault) -> Option<&'static str> {
    let fault = &template.fault;
    if fault.kind != FaultKind::Execution {
        return None;
    }
    let expression = chart.words(fault.span);
    let chain = expression.strip_prefix('$').unwrap_or(expression);
    let key = ROOT
        .into_iter()
        .find(|key| chain.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ', ')'])))?;
    let mut fields = chain[key.len()..].trim_start_matches('.').split(|c: char| !c.is_alphanumeric() && c != '_');
    let next = fields.next().unwrap_or_default();
    // Which of two fields of one name has failed?
    let twice = fields.any(|field| field == next);
    let unlike = fault.message.strip_prefix("can't evaluate field ").and_then(|rest| rest.split_once(" in type "));
    let nothing = fault.message.strip_prefix("nil pointer evaluating interface {}.");
    let lost = unlike.is_some_and(|(field, _)| field == &key[1..]) || nothing.is_some_and(|field| field == next);
    let (dot, _) = chart.files.get(&fault.span.file)?.syntax().dot_at(fault.span.range.start);
    // A value below `.Values` that is not there is another fault, told by another rule.
    (lost && !twice && !matches!(dot, Dot::Root)).then_some(key)
}

/// The paths of values of dependencies that are not there and that the values switch on.
pub(in crate::rules) fn missing_dependencies(chart: &Chart) -> Vec<String> {
    missing(chart).map(|(_, name, _)| name.to_owned()).chain(chart.unseen().iter().cloned()).collect()
}

/// A path of values may have been given by one of these dependencies.
pub(in crate::rules) fn is_given(missing: &[String], path: &str) -> bool {
    missing.iter().any(|from| match path.strip_prefix(from.as_str()) {
        Some(rest) => from.is_empty() || rest.is_empty() || rest.starts_with('.'),
        None => false,
    })
}

/// What is missing though values.yaml switches it on, with the place that names it; true for what Helm can fetch.
pub(in crate::rules) fn missing(chart: &Chart) -> impl Iterator<Item = (&ChartProblem, &str, bool)> {
    let problems = chart.package().into_iter().flat_map(|package| &package.problems);
    problems.filter_map(|problem| match &problem.kind {
        ChartProblemKind::MissingDependency { name, remote } => Some((problem, name.as_str(), *remote)),
        _ => None,
    })
}

/// What is printed nothing at byte `offset` of the rendered text leaves a line that ends in a colon, as in
/// `image: name:`, and is no YAML for it.
pub(in crate::rules) fn breaks(document: &Document, offset: u32) -> bool {
    let (number, line) = document.line_at(offset);
    let syntax = document.tree().problems().iter().filter(|problem| matches!(problem.kind, ProblemKind::Syntax(_)));
    line.trim_end().ends_with(':')
        && document.line_at(offset + 1).0 > number
        && syntax.into_iter().any(|problem| document.line(problem.range).0 == number)
}

/// A value that does not exist is the reason why rendered line `number` of the document is no YAML.
pub(in crate::rules) fn breaks_line(document: &Document, number: usize) -> bool {
    let mut offsets = document.rendered().holes.iter().filter_map(|hole| hole.at);
    offsets.any(|offset| document.line_at(offset).0 == number && breaks(document, offset))
}
