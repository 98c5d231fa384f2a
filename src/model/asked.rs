//! Who may ask for a name: the questions of all charts by what a name must have to be taken.

use std::collections::{BTreeMap, HashMap};

use super::facts::Facts;
use super::pattern::Need;
use super::resolve::GroupKind;

/// A question: indexes of its chart and of the question there.
pub type Question = (usize, usize);

/// The questions of a world, by the kind of what they ask for.
#[derive(Default)]
pub struct Asked(BTreeMap<GroupKind<'static>, OfKind>);

#[derive(Default)]
struct OfKind {
    wholes: HashMap<String, Vec<Question>>,
    beginnings: HashMap<String, Vec<Question>>,
    /// Few expressions are not bound to the beginning.
    parts: BTreeMap<String, Vec<Question>>,
}

impl Asked {
    /// Adds the questions of a chart; the next one has a higher number.
    pub fn add(&mut self, at: usize, facts: &Facts) {
        for (number, question) in facts.questions.iter().enumerate() {
            let of_kind = self.0.entry(question.target).or_default();
            let same = match Need::of(question.mode, &question.text) {
                Need::Whole(text) => of_kind.wholes.entry(text).or_default(),
                Need::Beginning(text) => of_kind.beginnings.entry(text).or_default(),
                Need::Part(text) => of_kind.parts.entry(text).or_default(),
            };
            same.push((at, number));
        }
    }

    /// The questions for objects of a kind that may take this name, in the order of charts.
    pub fn asking(&self, of: GroupKind, name: &str) -> Vec<Question> {
        let Some(of_kind) = self.0.get(&of) else { return Vec::new() };
        let beginnings = (0..=name.len()).filter_map(|end| of_kind.beginnings.get(name.get(..end)?));
        let parts = of_kind.parts.iter().filter(|(part, _)| name.contains(&***part)).map(|(_, asked)| asked);
        let mut found: Vec<Question> =
            of_kind.wholes.get(name).into_iter().chain(beginnings).chain(parts).flatten().copied().collect();
        found.sort_unstable();
        found
    }
}
