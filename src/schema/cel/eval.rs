//! The value of an expression. `&&`, `||` and the folds over lists forgive a failure on one side that the other side
//! settles, as CEL does.

use std::cmp::Ordering;
use std::rc::Rc;

use super::parser::{Expr, Fold, Op};
use super::{Data, Error, Opened};
use crate::template::re2;

#[derive(Clone)]
enum Value<'a, D> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(Rc<str>),
    List(Vec<Value<'a, D>>),
    /// A map of the object, or what was not looked into yet.
    Data(D, std::marker::PhantomData<&'a ()>),
}

type Answer<'a, D> = Result<Value<'a, D>, Error>;

struct Scope<'s, 'a, D> {
    name: &'s str,
    value: Value<'a, D>,
    outer: Option<&'s Scope<'s, 'a, D>>,
}

/// A list longer than this is not looked at: folds inside folds cost its square.
const MAX_ITEMS: usize = 10_000;

pub(super) fn holds<'a, D: Data<'a>>(expr: &Expr, object: D) -> Result<bool, Error> {
    truth(eval(expr, &Scope { name: "self", value: data(object), outer: None })?)
}

fn data<'a, D: Data<'a>>(of: D) -> Value<'a, D> {
    Value::Data(of, std::marker::PhantomData)
}

fn failed<T>(words: impl Into<String>) -> Result<T, Error> {
    Err(Error::Failed(words.into()))
}

fn no_overload<T>() -> Result<T, Error> {
    failed("no such overload")
}

fn truth<'a, D: Data<'a>>(value: Value<'a, D>) -> Result<bool, Error> {
    match value.opened()? {
        Value::Bool(value) => Ok(value),
        _ => no_overload(),
    }
}

impl<'a, D: Data<'a>> Value<'a, D> {
    /// Scalars and lists of the object as values of their own; maps stay where they are.
    fn opened(self) -> Answer<'a, D> {
        let Self::Data(of, _) = self else { return Ok(self) };
        Ok(match of.open() {
            Opened::Null => Self::Null,
            Opened::Bool(value) => Self::Bool(value),
            Opened::Int(value) => Self::Int(value),
            Opened::Double(value) => Self::Double(value),
            Opened::Str(text) => Self::Str(text.into()),
            Opened::List(items) => Self::List(items.into_iter().map(data).collect()),
            Opened::Map(_) => self,
            Opened::Unknown => return Err(Error::Unknown),
        })
    }

    fn items(self) -> Result<Vec<Self>, Error> {
        let items = match self.opened()? {
            Self::List(items) => items,
            Self::Data(of, _) => match of.open() {
                Opened::Map(entries) => entries.into_iter().map(|(key, _)| Self::Str(key.into())).collect(),
                _ => return no_overload(),
            },
            _ => return no_overload(),
        };
        if items.len() > MAX_ITEMS { Err(Error::Unknown) } else { Ok(items) }
    }

    fn field(self, name: &str) -> Answer<'a, D> {
        match self.opened()? {
            Self::Data(of, _) => match of.get(name) {
                Some(value) => Ok(data(value)),
                None => failed(format!("no such key: {name}")),
            },
            _ => no_overload(),
        }
    }
}

fn eval<'a, D: Data<'a>>(expr: &Expr, scope: &Scope<'_, 'a, D>) -> Answer<'a, D> {
    Ok(match expr {
        Expr::Null => Value::Null,
        Expr::Bool(value) => Value::Bool(*value),
        Expr::Int(value) => Value::Int(*value),
        Expr::Double(value) => Value::Double(*value),
        Expr::Str(text) => Value::Str(text.as_str().into()),
        Expr::List(items) => Value::List(items.iter().map(|item| eval(item, scope)).collect::<Result<_, _>>()?),
        Expr::Name(name) => {
            let scopes = std::iter::successors(Some(scope), |scope| scope.outer);
            scopes.into_iter().find(|scope| scope.name == name).ok_or(Error::Unknown)?.value.clone()
        }
        Expr::Field(of, name) => eval(of, scope)?.field(name)?,
        Expr::Has(of, name) => match eval(of, scope)?.opened()? {
            Value::Data(of, _) => Value::Bool(of.get(name).is_some()),
            _ => return no_overload(),
        },
        Expr::Index(of, index) => match (eval(of, scope)?.opened()?, eval(index, scope)?.opened()?) {
            (Value::List(items), Value::Int(index)) => {
                let item = usize::try_from(index).ok().and_then(|index| items.into_iter().nth(index));
                item.ok_or_else(|| Error::Failed(format!("index out of bounds: {index}")))?
            }
            (map @ Value::Data(..), Value::Str(key)) => map.field(&key)?,
            _ => return no_overload(),
        },
        Expr::Not(of) => Value::Bool(!truth(eval(of, scope)?)?),
        Expr::Negate(of) => match eval(of, scope)?.opened()? {
            Value::Int(value) => Value::Int(value.checked_neg().ok_or(Error::Unknown)?),
            Value::Double(value) => Value::Double(-value),
            _ => return no_overload(),
        },
        Expr::And(left, right) => Value::Bool(either(left, right, scope, false)?),
        Expr::Or(left, right) => Value::Bool(either(left, right, scope, true)?),
        Expr::If(condition, then, or) => {
            let branch = if truth(eval(condition, scope)?)? { then } else { or };
            eval(branch, scope)?
        }
        Expr::Binary(op, left, right) => binary(*op, eval(left, scope)?.opened()?, eval(right, scope)?.opened()?)?,
        Expr::Call(name, args) => {
            let args = args.iter().map(|arg| eval(arg, scope)?.opened()).collect::<Result<Vec<_>, _>>()?;
            call(name, &args)?
        }
        Expr::Fold { fold, over, variable, body } => {
            let items = eval(over, scope)?.items()?;
            let body = |item| eval(body, &Scope { name: variable, value: item, outer: Some(scope) });
            folded(*fold, items, body)?
        }
    })
}

/// `&&` (settled by false) and `||` (settled by true).
fn either<'a, D: Data<'a>>(left: &Expr, right: &Expr, scope: &Scope<'_, 'a, D>, settles: bool) -> Result<bool, Error> {
    let left = eval(left, scope).and_then(truth);
    if left == Ok(settles) {
        return Ok(settles);
    }
    let right = eval(right, scope).and_then(truth);
    if right == Ok(settles) { right } else { left.and(right) }
}

fn folded<'a, D: Data<'a>>(
    fold: Fold,
    items: Vec<Value<'a, D>>,
    body: impl Fn(Value<'a, D>) -> Answer<'a, D>,
) -> Answer<'a, D> {
    match fold {
        Fold::All | Fold::Exists => {
            let settles = fold == Fold::Exists;
            let mut answer = Ok(!settles);
            for item in items {
                match body(item).and_then(truth) {
                    Ok(value) if value == settles => return Ok(Value::Bool(settles)),
                    Ok(_) => {}
                    Err(error) => answer = Err(error),
                }
            }
            answer.map(Value::Bool)
        }
        Fold::ExistsOne | Fold::Filter => {
            let mut kept = Vec::new();
            for item in items {
                if truth(body(item.clone())?)? {
                    kept.push(item);
                }
            }
            Ok(if fold == Fold::Filter { Value::List(kept) } else { Value::Bool(kept.len() == 1) })
        }
        Fold::Map => items.into_iter().map(body).collect::<Result<_, _>>().map(Value::List),
    }
}

fn binary<'a, D: Data<'a>>(op: Op, left: Value<'a, D>, right: Value<'a, D>) -> Answer<'a, D> {
    use Value::{Bool, Double, Int, List, Str};
    Ok(match op {
        Op::Equal => Bool(equal(&left, &right)?),
        Op::NotEqual => Bool(!equal(&left, &right)?),
        Op::In => match right {
            List(items) => {
                let mut found = false;
                for item in items {
                    found |= equal(&left, &item.opened()?)?;
                }
                Bool(found)
            }
            Value::Data(of, _) => match left {
                Str(key) => Bool(of.get(&key).is_some()),
                _ => Bool(false),
            },
            _ => return no_overload(),
        },
        Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => {
            let order = match (&left, &right) {
                (Int(a), Int(b)) => Some(a.cmp(b)),
                (Str(a), Str(b)) => Some(a.cmp(b)),
                (Bool(a), Bool(b)) => Some(a.cmp(b)),
                (Double(a), Double(b)) => a.partial_cmp(b),
                (Int(a), Double(b)) => (*a as f64).partial_cmp(b),
                (Double(a), Int(b)) => a.partial_cmp(&(*b as f64)),
                _ => return no_overload(),
            };
            Bool(order.is_some_and(|order| match op {
                Op::Less => order == Ordering::Less,
                Op::LessEqual => order != Ordering::Greater,
                Op::Greater => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }))
        }
        Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo => match (left, right) {
            (Int(a), Int(b)) => {
                let result = match op {
                    Op::Add => a.checked_add(b),
                    Op::Subtract => a.checked_sub(b),
                    Op::Multiply => a.checked_mul(b),
                    Op::Divide => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                Int(result.ok_or_else(|| Error::Failed("return error for overflow".into()))?)
            }
            (Double(a), Double(b)) => Double(match op {
                Op::Add => a + b,
                Op::Subtract => a - b,
                Op::Multiply => a * b,
                Op::Divide => a / b,
                _ => return no_overload(),
            }),
            (Str(a), Str(b)) if op == Op::Add => Str(format!("{a}{b}").into()),
            (List(a), List(b)) if op == Op::Add => List(a.into_iter().chain(b).collect()),
            _ => return no_overload(),
        },
    })
}

fn equal<'a, D: Data<'a>>(left: &Value<'a, D>, right: &Value<'a, D>) -> Result<bool, Error> {
    use Value::{Bool, Double, Int, List, Null, Str};
    Ok(match (left, right) {
        (Null, Null) => true,
        (Bool(a), Bool(b)) => a == b,
        (Int(a), Int(b)) => a == b,
        (Double(a), Double(b)) => a == b,
        (Int(a), Double(b)) | (Double(b), Int(a)) => *a as f64 == *b,
        (Str(a), Str(b)) => a == b,
        (List(a), List(b)) => {
            let mut same = a.len() == b.len();
            for (a, b) in a.iter().zip(b) {
                same = same && equal(&a.clone().opened()?, &b.clone().opened()?)?;
            }
            same
        }
        (Value::Data(a, _), Value::Data(b, _)) => {
            let (Opened::Map(a), Opened::Map(b)) = (a.open(), b.open()) else { return Ok(false) };
            let mut same = a.len() == b.len();
            for (key, value) in a {
                let other = b.iter().find(|(other, _)| *other == key);
                same = match other {
                    Some((_, other)) if same => equal(&data(value).opened()?, &data(*other).opened()?)?,
                    _ => false,
                };
            }
            same
        }
        _ => false,
    })
}

/// The functions that rules in CRDs use.
fn call<'a, D: Data<'a>>(name: &str, args: &[Value<'a, D>]) -> Answer<'a, D> {
    use Value::{Bool, Int, Str};
    Ok(match (name, args) {
        ("size", [Str(text)]) => Int(text.chars().count() as i64),
        ("size", [list @ (Value::List(_) | Value::Data(..))]) => Int(list.clone().items()?.len() as i64),
        ("startsWith", [Str(text), Str(prefix)]) => Bool(text.starts_with(&**prefix)),
        ("endsWith", [Str(text), Str(suffix)]) => Bool(text.ends_with(&**suffix)),
        ("contains", [Str(text), Str(part)]) => Bool(text.contains(&**part)),
        ("matches", [Str(text), Str(pattern)]) => {
            Bool(re2::compile(pattern).map_err(|_| Error::Unknown)?.regex.is_match(text))
        }
        _ => return Err(Error::Unknown),
    })
}
