//! JSON text from outside: bounded in depth and in the number of values, with what is odd about it.
//!
//! KAZOO nests each step in the one before, two levels a step, and ordinary readers stop at 128 levels for the
//! sake of the stack. Here a list takes the place of the stack.

use crate::limits;
use serde_json::{Map, Value};
use std::fmt;

/// Deepest document: the deepest flow, and room for what is in its steps.
const DEEPEST: usize = 2 * limits::MAX_DEPTH + 100;
/// Most oddities that are told one by one.
const MOST_ODDITIES: usize = 100;

/// A document, and what is odd about the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The document.
    pub value: Value,
    /// What another reader might understand otherwise, in the order of the text; at most 100.
    pub oddities: Vec<Oddity>,
}

/// Something that is not quite as JSON should be written, and how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// The byte at which it stands, from 0.
    pub at: usize,
    /// What it is and how it was read.
    pub text: String,
}

/// Text that is no JSON document, or one beyond the bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError(pub String);

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TextError {}

/// Reads a JSON document.
///
/// A key that stands twice in one object has its last value; a number that no number type holds is read as text,
/// with all its digits. Both are told as oddities.
///
/// # Errors
/// What is wrong and at which byte, or which bound is passed.
pub fn read(bytes: &[u8]) -> Result<Text, TextError> {
    if bytes.len() > limits::MAX_IMPORT_BYTES {
        return Err(TextError(format!(
            "the text has {} MB; at most {} MB are read",
            bytes.len() >> 20,
            limits::MAX_IMPORT_BYTES >> 20
        )));
    }
    // Some editors begin a file with the mark of its encoding.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader {
        bytes,
        at: 0,
        values: 0,
        oddities: Vec::new(),
    };
    let value = reader.document()?;
    Ok(Text {
        value,
        oddities: reader.oddities,
    })
}

/// A value whose end has not come yet.
enum Open {
    List(Vec<Value>),
    Object(Map<String, Value>, String),
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    values: usize,
    oddities: Vec<Oddity>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, TextError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            if let Some(value) = self.begin(&mut open)?
                && let Some(value) = self.complete(value, &mut open)?
            {
                return match self.peek() {
                    None => Ok(value),
                    Some(_) => Err(self.wrong("something follows the document")),
                };
            }
        }
    }

    /// Reads a value, or the beginning of one that holds others.
    fn begin(&mut self, open: &mut Vec<Open>) -> Result<Option<Value>, TextError> {
        self.values += 1;
        if self.values > limits::MAX_IMPORT_VALUES {
            return Err(TextError(format!(
                "the document holds more than {} values",
                limits::MAX_IMPORT_VALUES
            )));
        }
        let value = match self.peek() {
            Some(b'[') => {
                self.at += 1;
                if self.peek() != Some(b']') {
                    open.push(Open::List(Vec::new()));
                    return self.check_depth(open.len()).map(|()| None);
                }
                self.at += 1;
                Value::Array(Vec::new())
            }
            Some(b'{') => {
                self.at += 1;
                if self.peek() != Some(b'}') {
                    let key = self.key()?;
                    open.push(Open::Object(Map::new(), key));
                    return self.check_depth(open.len()).map(|()| None);
                }
                self.at += 1;
                Value::Object(Map::new())
            }
            Some(b'"') => Value::String(self.string()?),
            _ => self.word()?,
        };
        Ok(Some(value))
    }

    fn check_depth(&self, depth: usize) -> Result<(), TextError> {
        if depth > DEEPEST {
            return Err(self.wrong(&format!("more than {DEEPEST} levels are nested")));
        }
        Ok(())
    }

    /// Puts a value into the one around it, and so on outwards while they end. The outermost is handed back.
    fn complete(
        &mut self,
        mut value: Value,
        open: &mut Vec<Open>,
    ) -> Result<Option<Value>, TextError> {
        loop {
            match open.pop() {
                None => return Ok(Some(value)),
                Some(Open::List(mut items)) => {
                    items.push(value);
                    match self.next() {
                        Some(b',') => {
                            open.push(Open::List(items));
                            return Ok(None);
                        }
                        Some(b']') => value = Value::Array(items),
                        _ => return Err(self.wrong("a comma or ] is missing")),
                    }
                }
                Some(Open::Object(mut map, key)) => {
                    if map.contains_key(&key) {
                        let shown: String = key.chars().take(64).collect();
                        self.odd(format!("“{shown}” stands twice; the last one counts"));
                    }
                    map.insert(key, value);
                    match self.next() {
                        Some(b',') => {
                            let key = self.key()?;
                            open.push(Open::Object(map, key));
                            return Ok(None);
                        }
                        Some(b'}') => value = Value::Object(map),
                        _ => return Err(self.wrong("a comma or } is missing")),
                    }
                }
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

    fn key(&mut self) -> Result<String, TextError> {
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a key in quotation marks is missing"));
        }
        let key = self.string()?;
        match self.next() {
            Some(b':') => Ok(key),
            _ => Err(self.wrong("a colon is missing")),
        }
    }

    fn string(&mut self) -> Result<String, TextError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut escaped = false;
        let end = rest.iter().skip(1).position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        let length = end.map_or(rest.len(), |end| end + 2);
        let text = rest.get(..length).unwrap_or_default();
        let string = serde_json::from_slice(text)
            .map_err(|_| self.wrong("a text has no end, or holds what no text may hold"))?;
        self.at += length;
        Ok(string)
    }

    /// A number, truth value or null.
    fn word(&mut self) -> Result<Value, TextError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|byte| b",]}:\" \t\r\n[{".contains(byte));
        let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let shown = std::str::from_utf8(word).unwrap_or_default();
        let value = match serde_json::from_slice::<Value>(word) {
            Ok(value) if !loses_digits(&value, shown) => value,
            // A number out of any range; anything else is no JSON.
            Ok(_) => self.as_text(shown),
            Err(_) if is_number(shown) => self.as_text(shown),
            Err(_) => return Err(self.wrong("a value is missing or not readable")),
        };
        self.at += word.len();
        Ok(value)
    }

    fn as_text(&mut self, number: &str) -> Value {
        let shown: String = number.chars().take(40).collect();
        self.odd(format!(
            "the number {shown} is beyond all ranges and was read as text"
        ));
        Value::from(number)
    }

    fn odd(&mut self, text: String) {
        if self.oddities.len() < MOST_ODDITIES {
            self.oddities.push(Oddity { at: self.at, text });
        }
    }

    fn wrong(&self, what: &str) -> TextError {
        TextError(format!("{what} at byte {}", self.at))
    }
}

/// Whether a whole number was read as one that only comes near it.
fn loses_digits(value: &Value, written: &str) -> bool {
    value.is_f64() && written.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// Whether the text is written like a number in JSON.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
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
    fn ordinary_reader_agrees() {
        for inner in [
            "null",
            r#""é\u00e9\\""#,
            "[ ]",
            "{ }",
            "-1.5e3",
            "18446744073709551615",
            r#"{"b" : [true,false]}"#,
        ] {
            let text = nested(10, inner);
            let ordinary: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read(text.as_bytes()).unwrap().value, ordinary);
        }
    }

    #[test]
    fn document_deeper_than_the_ordinary_reader_is_read() {
        let mut value = &read(nested(200, "1").as_bytes()).unwrap().value;
        for _ in 0..200 {
            value = &value["a\"}"][2];
        }
        assert_eq!(*value, 1);
    }

    #[test]
    fn broken_documents_are_refused_wherever_they_break() {
        let text = nested(70, "1");
        for end in 0..text.len() {
            assert!(read(&text.as_bytes()[..end]).is_err(), "{end}");
        }
        for wrong in [
            "",
            "1 2",
            "[1,]",
            "{\"a\"}",
            "{1:2}",
            "nul",
            "01",
            "+1",
            "1.",
            ".5",
            "\"\n\"",
            "\"\0\"",
            "[1 2]",
            "tru\"e\"",
            "\"\\ud800\"",
            "\"\\x\"",
            "\u{7f}",
        ] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        assert!(read(b"\"\xff\"").is_err());
    }

    #[test]
    fn keys_that_stand_twice_are_told() {
        let text = read(br#"{"1": {"a": 1}, "2": 0, "1": {"b": 2}}"#).unwrap();
        assert_eq!(text.value, serde_json::json!({"1": {"b": 2}, "2": 0}));
        assert_eq!(text.oddities.len(), 1);
        assert!(text.oddities[0].text.contains("“1”"));
    }

    #[test]
    fn numbers_beyond_all_ranges_keep_their_digits() {
        let text = read(b"[4420123456789012345678, 1e999, -1e-999, 0.1]").unwrap();
        assert_eq!(text.value[0], "4420123456789012345678");
        assert_eq!(text.value[1], "1e999");
        assert_eq!(text.value[2].as_f64(), Some(-0.0));
        assert_eq!(text.oddities.len(), 2);
    }

    #[test]
    fn mark_of_the_encoding_is_passed_over() {
        assert_eq!(read(b"\xef\xbb\xbf[]").unwrap().value, Value::Array(vec![]));
    }
}
