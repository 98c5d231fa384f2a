//! Text to expressions, by the grammar of the CEL specification.

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Expr {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(String),
    List(Vec<Expr>),
    Name(String),
    Field(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    /// `has(x.field)`
    Has(Box<Expr>, String),
    /// `f(x)` and `x.f()` alike: the target is the first argument.
    Call(String, Vec<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `list.all(variable, body)` and its like.
    Fold {
        fold: Fold,
        over: Box<Expr>,
        variable: String,
        body: Box<Expr>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Op {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fold {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

impl Expr {
    pub(super) fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Double(_) | Self::Str(_) => false,
            Self::List(items) | Self::Call(_, items) => items.iter().any(|item| item.mentions(name)),
            Self::Field(of, _) | Self::Has(of, _) | Self::Not(of) | Self::Negate(of) => of.mentions(name),
            Self::Index(a, b) | Self::Binary(_, a, b) | Self::And(a, b) | Self::Or(a, b) => {
                a.mentions(name) || b.mentions(name)
            }
            Self::If(a, b, c) => a.mentions(name) || b.mentions(name) || c.mentions(name),
            Self::Fold { over, body, .. } => over.mentions(name) || body.mentions(name),
        }
    }
}

/// Brackets nest no deeper.
const MAX_DEPTH: u32 = 64;

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Name(String),
    Int(i64),
    Double(f64),
    Str(String),
    Sign(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 23] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]",
    "{",
];

pub(super) fn parse(text: &str) -> Option<Expr> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let expr = parser.conditional()?;
    (parser.at == parser.tokens.len()).then_some(expr)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            // `r"…"` and `b"…"` are other kinds of strings.
            if rest[end..].starts_with(['"', '\'']) {
                return None;
            }
            tokens.push(Token::Name(rest[..end].to_owned()));
            end
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            let number = &rest[..end];
            tokens.push(match number.parse() {
                Ok(number) => Token::Int(number),
                Err(_) => Token::Double(number.parse().ok()?),
            });
            end
        } else if first == '"' || first == '\'' {
            let (string, end) = string(rest, first)?;
            tokens.push(Token::Str(string));
            end
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest.get(length..)?.trim_start();
    }
    Some(tokens)
}

/// A string in quotes, decoded, and its length as written. Triple quotes are not in our part of the language.
fn string(text: &str, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => out.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                c @ ('\\' | '"' | '\'' | '`' | '?') => c,
                _ => return None,
            }),
            _ if c == quote => return (!text[at + 1..].starts_with(quote)).then_some((out, at + 1)),
            _ => out.push(c),
        }
    }
    None
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(own)) if *own == sign);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Option<String> {
        match self.tokens.get(self.at)? {
            Token::Name(name) => {
                self.at += 1;
                Some(name.clone())
            }
            _ => None,
        }
    }

    fn conditional(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut expr = self.or()?;
        if self.sign("?") {
            let then = self.or()?;
            if !self.sign(":") {
                return None;
            }
            expr = Expr::If(expr.into(), then.into(), self.conditional()?.into());
        }
        self.depth -= 1;
        Some(expr)
    }

    fn or(&mut self) -> Option<Expr> {
        let mut left = self.and()?;
        while self.sign("||") {
            left = Expr::Or(left.into(), self.and()?.into());
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Expr> {
        let mut left = self.relation()?;
        while self.sign("&&") {
            left = Expr::And(left.into(), self.relation()?.into());
        }
        Some(left)
    }

    fn relation(&mut self) -> Option<Expr> {
        let mut left = self.binary(0)?;
        let signs = [
            ("==", Op::Equal),
            ("!=", Op::NotEqual),
            ("<=", Op::LessEqual),
            (">=", Op::GreaterEqual),
            ("<", Op::Less),
            (">", Op::Greater),
        ];
        loop {
            let op = if matches!(self.tokens.get(self.at), Some(Token::Name(name)) if name == "in") {
                self.at += 1;
                Op::In
            } else if let Some((_, op)) = signs.into_iter().find(|(sign, _)| self.sign(sign)) {
                op
            } else {
                return Some(left);
            };
            left = Expr::Binary(op, left.into(), self.binary(0)?.into());
        }
    }

    /// Sums (level 0) of products (level 1).
    fn binary(&mut self, level: usize) -> Option<Expr> {
        const LEVELS: [&[(&str, Op)]; 2] =
            [&[("+", Op::Add), ("-", Op::Subtract)], &[("*", Op::Multiply), ("/", Op::Divide), ("%", Op::Modulo)]];
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some((_, op)) = signs.iter().find(|(sign, _)| self.sign(sign)) {
            left = Expr::Binary(*op, left.into(), self.binary(level + 1)?.into());
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Expr> {
        let start = self.at;
        while self.sign("!") {}
        let nots = self.at - start;
        if nots > 0 {
            let of = self.member()?;
            return Some(if nots % 2 == 1 { Expr::Not(of.into()) } else { Expr::Not(Expr::Not(of.into()).into()) });
        }
        if self.sign("-") {
            return Some(Expr::Negate(self.member()?.into()));
        }
        self.member()
    }

    fn member(&mut self) -> Option<Expr> {
        let mut expr = self.primary()?;
        loop {
            if self.sign(".") {
                let name = self.name()?;
                expr = if self.sign("(") { self.method(expr, name)? } else { Expr::Field(expr.into(), name) };
            } else if self.sign("[") {
                let index = self.conditional()?;
                if !self.sign("]") {
                    return None;
                }
                expr = Expr::Index(expr.into(), index.into());
            } else {
                return Some(expr);
            }
        }
    }

    fn method(&mut self, target: Expr, name: String) -> Option<Expr> {
        let mut args = self.list(")")?;
        let fold = match name.as_str() {
            "all" => Fold::All,
            "exists" => Fold::Exists,
            "exists_one" => Fold::ExistsOne,
            "filter" => Fold::Filter,
            "map" => Fold::Map,
            _ => {
                args.insert(0, target);
                return Some(Expr::Call(name, args));
            }
        };
        let [Expr::Name(variable), body] = <[Expr; 2]>::try_from(args).ok()? else { return None };
        Some(Expr::Fold { fold, over: target.into(), variable, body: body.into() })
    }

    /// Expressions between commas up to the closing sign.
    fn list(&mut self, close: &str) -> Option<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.sign(close) {
            items.push(self.conditional()?);
            if !self.sign(",") {
                return self.sign(close).then_some(items);
            }
        }
        Some(items)
    }

    fn primary(&mut self) -> Option<Expr> {
        if self.sign("(") {
            let expr = self.conditional()?;
            return self.sign(")").then_some(expr);
        }
        if self.sign("[") {
            return Some(Expr::List(self.list("]")?));
        }
        let token = self.tokens.get(self.at)?.clone();
        self.at += 1;
        Some(match token {
            Token::Int(number) => Expr::Int(number),
            Token::Double(number) => Expr::Double(number),
            Token::Str(text) => Expr::Str(text),
            Token::Sign(_) => return None,
            Token::Name(name) => match name.as_str() {
                "null" => Expr::Null,
                "true" => Expr::Bool(true),
                "false" => Expr::Bool(false),
                _ if !self.sign("(") => Expr::Name(name),
                "has" => match <[Expr; 1]>::try_from(self.list(")")?).ok()? {
                    [Expr::Field(of, field)] => Expr::Has(of, field),
                    _ => return None,
                },
                _ => Expr::Call(name, self.list(")")?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_expression() {
        for text in ["", "1 +", "((", "a b", "has(a)", "a.all(1, b)", "r'x'", "{'a': 1}", "'open", "a ? b", "a..b"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"(".repeat(100_000)), None);
    }
}
