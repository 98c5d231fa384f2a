//! YAML text as template values, as sigs.k8s.io/yaml reads it for Helm (spec §6).

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::template::traced::{Made, Traced};
use crate::template::value::{Data, Value};
use crate::text::{Span, TextRange};
use crate::yaml::tree::{Kind, NodeId, Style, Tree};
use crate::yaml::typing::{self, Meaning};

/// Nodes that aliases may add up to before a document counts as a bomb.
const MAX_EXPANSION: usize = 1_000_000;

/// Where a range of the YAML text stands in a file; `None` for text that stands in none.
pub type Born<'b> = &'b dyn Fn(TextRange) -> Option<Span>;

/// A whole document as a value. An empty one is nil.
///
/// # Errors
/// In Helm's words: what sigs.k8s.io/yaml says of text that is not YAML, or that JSON cannot hold.
pub fn read(text: &str, tree: &Tree, born: Born<'_>) -> Result<Value, String> {
    let _ = text;
    if let Some(refusal) = tree.refusal() {
        return Err(format!("error converting YAML to JSON: yaml: {refusal}"));
    }
    match tree.root() {
        None => Ok(Value::NIL),
        Some(root) => {
            Reader { tree, born, spent: 0 }.value(root).map_err(|e| format!("error converting YAML to JSON: {e}"))
        }
    }
}

struct Reader<'r> {
    tree: &'r Tree,
    born: Born<'r>,
    spent: usize,
}

impl Reader<'_> {
    fn value(&mut self, id: NodeId) -> Result<Value, String> {
        self.spent += 1;
        if self.spent > MAX_EXPANSION {
            return Err("yaml: document contains excessive aliasing".to_owned());
        }
        let id = self.tree.resolve(id);
        let node = self.tree.node(id);
        let born = (self.born)(node.range);
        let data = match &node.kind {
            Kind::Scalar { text, style } => self.scalar(text, *style, node.tag.as_deref(), born)?,
            Kind::Sequence(items) => {
                let items = items.iter().map(|item| self.value(*item)).collect::<Result<_, _>>()?;
                Value::list(items).data
            }
            Kind::Mapping(_) => {
                let mut entries = BTreeMap::new();
                self.mapping(id, &mut entries)?;
                Value::map(entries).data
            }
            Kind::Alias { name, .. } => return Err(format!("yaml: unknown anchor '{name}' referenced")),
        };
        Ok(Value { data, born })
    }

    fn mapping(&mut self, id: NodeId, out: &mut BTreeMap<Rc<str>, Value>) -> Result<(), String> {
        let Kind::Mapping(entries) = &self.tree.node(id).kind else { return Ok(()) };
        for (key, value) in entries {
            if self.tree.is_merge_key(*key) {
                let merged = self.tree.resolve(*value);
                let sources = match &self.tree.node(merged).kind {
                    // The first of a list wins, so it is merged last.
                    Kind::Sequence(items) => items.iter().rev().map(|item| self.tree.resolve(*item)).collect(),
                    _ => vec![merged],
                };
                for source in sources {
                    self.spent += 1;
                    if !matches!(self.tree.node(source).kind, Kind::Mapping(_)) || self.spent > MAX_EXPANSION {
                        return Err("yaml: map merge requires map or sequence of maps as the value".to_owned());
                    }
                    self.mapping(source, out)?;
                }
                continue;
            }
            let key = self.key(*key)?;
            let value = self.value(*value)?;
            out.insert(key.into(), value);
        }
        Ok(())
    }

    /// Keys are typed as values are, then made text again.
    fn key(&self, id: NodeId) -> Result<String, String> {
        let node = self.tree.node(self.tree.resolve(id));
        let Kind::Scalar { text, style } = &node.kind else {
            return Err("yaml: invalid map key".to_owned());
        };
        let data = self.scalar(text, *style, node.tag.as_deref(), None)?;
        Ok(match data {
            Data::Nil => {
                return Err("unsupported map key of type: %!s(<nil>), key: %!s(<nil>)".to_owned());
            }
            Data::Bool(value) => value.to_string(),
            Data::Float(value) => super::json::number(value),
            _ => text.clone(),
        })
    }

    fn scalar(&self, text: &str, style: Style, tag: Option<&str>, born: Option<Span>) -> Result<Data, String> {
        let string = |text: &str| Data::Str(Rc::new(Traced::made(text, Made { value: born, known: true })));
        let typed = |meaning: Meaning| match meaning {
            Meaning::Null => Ok(Data::Nil),
            Meaning::Bool(value) => Ok(Data::Bool(value)),
            Meaning::Int(value) => Ok(Data::Float(value as f64)),
            Meaning::Uint(value) => Ok(Data::Float(value as f64)),
            Meaning::Float(value) if value.is_nan() => Err("json: unsupported value: NaN".to_owned()),
            Meaning::Float(value) if value.is_infinite() => {
                Err(format!("json: unsupported value: {}Inf", if value > 0.0 { '+' } else { '-' }))
            }
            Meaning::Float(value) => Ok(Data::Float(value)),
            Meaning::Str => Ok(string(text)),
        };
        match tag {
            Some("!!str") | Some("!") => Ok(string(text)),
            Some("!!int" | "!!float" | "!!bool" | "!!null") => typed(typing::plain(text)),
            Some("!!binary") => {
                use base64::Engine as _;
                let compact: String = text.split_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(compact);
                let bytes = bytes.map_err(|_| "yaml: !!binary value contains invalid base64 data".to_owned())?;
                Ok(string(&String::from_utf8_lossy(&bytes)))
            }
            _ if style == Style::Plain => typed(typing::plain(text)),
            _ => Ok(string(text)),
        }
    }
}
