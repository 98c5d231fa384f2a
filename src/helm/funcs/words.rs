//! The functions of templates in words: parameters, and what each is for.

/// A function as people call it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    pub name: &'static str,
    /// The last one may be given more than once: it ends with `…`.
    pub params: Vec<&'static str>,
    pub text: &'static str,
}

/// All functions, by name.
pub fn all() -> impl Iterator<Item = Words> {
    include_str!("words.txt").lines().filter_map(|line| {
        let (head, text) = line.split_once(": ")?;
        let mut words = head.split(' ');
        Some(Words { name: words.next()?, params: words.collect(), text })
    })
}

/// The function of this name.
pub fn find(name: &str) -> Option<Words> {
    all().find(|words| words.name == name)
}

impl Words {
    /// `trunc length text`
    pub fn signature(&self) -> String {
        std::iter::once(self.name).chain(self.params.iter().copied()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{data, flow};
    use super::*;
    use crate::template::funcs;

    #[test]
    fn every_function_has_words_and_takes_so_many_arguments() {
        let told: BTreeMap<_, _> = all().map(|words| (words.name, words)).collect();
        let names: Vec<_> = all().map(|words| words.name).collect();
        assert!(names.is_sorted(), "in order");
        assert_eq!(names.len(), told.len(), "each once");
        let library = funcs::library().chain(data::FUNCTIONS).chain(flow::FUNCTIONS);
        for function in library {
            let words = told.get(function.name).unwrap_or_else(|| panic!("no words on {}", function.name));
            assert!(words.text.ends_with('.') && words.text.len() < 100, "{}", words.text);
            assert!(words.params.len() >= function.params.len(), "{}", function.name);
            let more = words.params.iter().any(|param| param.ends_with('…'));
            assert!(!more || function.variadic.is_some(), "{}", function.name);
        }
    }
}
