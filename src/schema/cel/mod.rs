//! The part of CEL (Common Expression Language) that rules in CRDs use, read in place: nothing is copied out of the
//! object. What is outside that part is an error of its own, so that a rule we cannot read is never judged.

mod eval;
mod parser;

use parser::Expr;

/// A rule that was read.
#[derive(Clone, Debug)]
pub struct Rule {
    expr: Expr,
}

impl Rule {
    /// `None` for what is not in our part of the language.
    pub fn parse(text: &str) -> Option<Self> {
        parser::parse(text).map(|expr| Self { expr })
    }

    /// The rule compares with the object as it was before, so it says nothing about a new one.
    pub fn is_transition(&self) -> bool {
        self.expr.mentions("oldSelf")
    }

    /// Whether `object`, as `self`, obeys the rule.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn holds<'a, D: Data<'a>>(&self, object: D) -> Result<bool, Error> {
        eval::holds(&self.expr, object)
    }
}

/// Why a rule has no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// CEL stops here too, and the API server refuses the object; its words.
    Failed(String),
    /// Outside our part of the language, or the object's text is not known: nothing can be said.
    Unknown,
}

/// What a rule reads.
pub trait Data<'a>: Copy {
    /// What stands here.
    fn open(self) -> Opened<'a, Self>;
    /// The value of a key of a map; `None` where there is none.
    fn get(self, key: &str) -> Option<Self>;
}

/// One level of an object.
pub enum Opened<'a, D> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(&'a str),
    List(Vec<D>),
    Map(Vec<(&'a str, D)>),
    /// The text is not determined by the files.
    Unknown,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    impl<'a> Data<'a> for &'a Value {
        fn open(self) -> Opened<'a, Self> {
            match self {
                Value::Null => Opened::Null,
                Value::Bool(value) => Opened::Bool(*value),
                Value::Number(number) => match number.as_i64() {
                    Some(number) => Opened::Int(number),
                    None => Opened::Double(number.as_f64().unwrap()),
                },
                Value::String(text) if text == "?" => Opened::Unknown,
                Value::String(text) => Opened::Str(text),
                Value::Array(items) => Opened::List(items.iter().collect()),
                Value::Object(map) => Opened::Map(map.iter().map(|(key, value)| (key.as_str(), value)).collect()),
            }
        }

        fn get(self, key: &str) -> Option<Self> {
            self.as_object()?.get(key)
        }
    }

    #[test]
    fn answers() {
        let object = json!({
            "n": 3, "d": 2.5, "s": "file://é", "t": true, "hole": "?", "list": [1, 2, 3], "empty": [],
            "map": {"a": "x", "bb": "yy"},
            "items": [{"name": "a", "def": 1}, {"name": "b", "def": 2}, {"name": "a"}],
        });
        let failed = |words: &str| Err(Error::Failed(words.into()));
        for (rule, expected) in [
            ("self.n == 3 && self.d < 3", Ok(true)),
            ("self.n > 3 ? self.nope : self.t", Ok(true)),
            ("self.n == 3 && self.n == 4 || !self.t", Ok(false)),
            ("has(self.n) && !has(self.m)", Ok(true)),
            ("self.m == 1", failed("no such key: m")),
            ("self.m == 1 || self.t", Ok(true)),
            ("self.t && self.m == 1", failed("no such key: m")),
            ("self.m == 1 && !self.t", Ok(false)),
            ("self.n", failed("no such overload")),
            ("self.n < 'x'", failed("no such overload")),
            ("self.n == 'x'", Ok(false)),
            ("size(self.s) == 8 && self.s.size() == 8 && self.s.startsWith('file://')", Ok(true)),
            ("self.s.endsWith(\"é\") && self.s.contains('//') && self.s.matches('^f.*é$')", Ok(true)),
            ("self.hole == 'x'", Err(Error::Unknown)),
            ("self.hole == 'x' || self.t", Ok(true)),
            ("nonsense(self.n)", Err(Error::Unknown)),
            ("self.n in [1, 3] && 'bb' in self.map && !('c' in self.map)", Ok(true)),
            ("self.list.all(x, x > 0) && self.list.exists(x, x == 3) && self.list.exists_one(x, x == 3)", Ok(true)),
            ("self.empty.all(x, false) && !self.empty.exists(x, true)", Ok(true)),
            ("self.list.map(x, x * 2) == [2, 4, 6] && self.list.filter(x, x % 2 == 1).size() == 2", Ok(true)),
            ("self.items.all(x, size(self.items.filter(c, c.name == x.name)) == 1)", Ok(false)),
            ("self.items.all(x, size(self.items.filter(c, has(c.def))) == 2)", Ok(true)),
            ("self.items.exists(x, x.def == 2)", Ok(true)),
            ("self.items.all(x, x.def > 0)", failed("no such key: def")),
            ("self.map.all(key, size(key) <= 2) && self.map.all(key, size(self.map[key]) == size(key))", Ok(true)),
            ("self.list[2] == 3 && self.list[1 + 1] == -(-3) && self.list[0] - 1 == 0", Ok(true)),
            ("self.list[3] == 3", failed("index out of bounds: 3")),
            ("self.list + [4] == [1, 2, 3, 4] && 'a' + 'b' == 'ab' && 7 / 2 == 3", Ok(true)),
            ("self.items[0] == self.items[0] && self.items[0] != self.items[1]", Ok(true)),
            ("1 / 0 == 1", failed("return error for overflow")),
        ] {
            let parsed = Rule::parse(rule).unwrap_or_else(|| panic!("{rule}"));
            assert_eq!(parsed.holds(&object), expected, "{rule}");
        }
    }

    #[test]
    fn transitions() {
        for (rule, expected) in [
            ("self == oldSelf", true),
            ("!has(oldSelf.topology) || has(self.topology)", true),
            ("self.all(x, oldSelf.exists(y, y == x))", true),
            ("self.oldSelf == 1", false),
        ] {
            assert_eq!(Rule::parse(rule).unwrap().is_transition(), expected, "{rule}");
        }
    }
}
