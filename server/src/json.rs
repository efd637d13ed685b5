//! Reading JSON as deep as flows may be.
//!
//! KAZOO nests each step in the one before, two levels a step. The ordinary reader stops at 128 levels, for the sake of
//! the stack; deeper documents are read here with a list in the place of the stack, up to a bound that the rest of the
//! program can follow.

use serde_json::{Map, Value};

/// Levels the ordinary reader takes.
const ORDINARY: usize = 120;
/// Deepest document: the deepest flow, and room for what is in its steps.
const DEEPEST: usize = 2 * callflow::limits::MAX_DEPTH + 100;

/// Reads a JSON document.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let depth = depth(bytes);
    if depth <= ORDINARY {
        return serde_json::from_slice(bytes).map_err(|error| error.to_string());
    }
    if depth > DEEPEST {
        return Err(format!(
            "it is nested {depth} levels deep; {DEEPEST} are taken"
        ));
    }
    Reader { bytes, at: 0 }.document()
}

/// How deep brackets are nested, texts aside.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A value whose end has not come yet.
enum Open {
    List(Vec<Value>),
    Object(Map<String, Value>, String),
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn document(mut self) -> Result<Value, String> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.peek() {
                Some(b'[') => {
                    self.at += 1;
                    if self.peek() != Some(b']') {
                        open.push(Open::List(Vec::new()));
                        continue;
                    }
                    self.at += 1;
                    Value::Array(Vec::new())
                }
                Some(b'{') => {
                    self.at += 1;
                    if self.peek() != Some(b'}') {
                        let key = self.key()?;
                        open.push(Open::Object(Map::new(), key));
                        continue;
                    }
                    self.at += 1;
                    Value::Object(Map::new())
                }
                _ => self.scalar()?,
            };
            // The value is complete, and may complete those around it.
            loop {
                match open.pop() {
                    None => {
                        return match self.peek() {
                            None => Ok(value),
                            Some(_) => Err(self.wrong("something follows the document")),
                        };
                    }
                    Some(Open::List(mut items)) => {
                        items.push(value);
                        match self.next() {
                            Some(b',') => open.push(Open::List(items)),
                            Some(b']') => {
                                value = Value::Array(items);
                                continue;
                            }
                            _ => return Err(self.wrong("a comma or ] is missing")),
                        }
                    }
                    Some(Open::Object(mut map, key)) => {
                        map.insert(key, value);
                        match self.next() {
                            Some(b',') => {
                                let key = self.key()?;
                                open.push(Open::Object(map, key));
                            }
                            Some(b'}') => {
                                value = Value::Object(map);
                                continue;
                            }
                            _ => return Err(self.wrong("a comma or } is missing")),
                        }
                    }
                }
                break;
            }
        }
    }

    /// The next byte that is not a space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn key(&mut self) -> Result<String, String> {
        let Value::String(key) = self.scalar()? else {
            return Err(self.wrong("a key is not a text"));
        };
        match self.next() {
            Some(b':') => Ok(key),
            _ => Err(self.wrong("a colon is missing")),
        }
    }

    /// A text, number, truth value or null, left to the ordinary reader.
    fn scalar(&mut self) -> Result<Value, String> {
        let is_text = self.peek() == Some(b'"');
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = if is_text {
            let mut escaped = false;
            let end = rest.iter().skip(1).position(|byte| {
                let ends = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            let end = rest.iter().position(|byte| b",]}: \t\r\n".contains(byte));
            end.unwrap_or(rest.len())
        };
        let text = rest.get(..length).unwrap_or_default();
        let value =
            serde_json::from_slice(text).map_err(|_| self.wrong("a value is not readable"))?;
        self.at += length;
        Ok(value)
    }

    fn wrong(&self, what: &str) -> String {
        format!("{what} at byte {}", self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize, inner: &str) -> String {
        format!(
            r#"{}{inner}{}"#,
            r#"{"a\"}": [1, "x]", "#.repeat(levels),
            "]}".repeat(levels)
        )
    }

    #[test]
    fn deep_and_shallow_readers_agree() {
        for inner in [
            "null",
            r#""é\u00e9\\""#,
            "[ ]",
            "{ }",
            "-1.5e3",
            r#"{"b" : [true,false]}"#,
        ] {
            let text = nested(10, inner);
            let ordinary: Value = serde_json::from_str(&text).unwrap();
            let deep = Reader {
                bytes: text.as_bytes(),
                at: 0,
            }
            .document()
            .unwrap();
            assert_eq!(deep, ordinary);
        }
    }

    #[test]
    fn document_deeper_than_the_ordinary_reader_is_read() {
        let text = nested(200, "1");
        let mut value = &parse(text.as_bytes()).unwrap();
        for _ in 0..200 {
            value = &value["a\"}"][2];
        }
        assert_eq!(*value, 1);
    }

    #[test]
    fn broken_documents_are_refused_wherever_they_break() {
        let text = nested(200, "1");
        for end in 0..text.len() {
            assert!(parse(&text.as_bytes()[..end]).is_err(), "{end}");
        }
        assert!(parse(format!("{text} x").as_bytes()).is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(parse(nested(200, "1 2").as_bytes()).is_err());
    }
}
