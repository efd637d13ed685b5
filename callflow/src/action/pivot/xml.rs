//! Reading small XML documents: elements, attributes, text. No document types, no entities but the usual ones, and
//! bounds on everything, since the text comes from outside.

/// Longest document, in bytes.
const MOST_BYTES: usize = 65_536;
/// Most elements.
const MOST_ELEMENTS: usize = 500;
/// Deepest nesting.
const MOST_DEPTH: usize = 8;
/// Most attributes of one element.
const MOST_ATTRIBUTES: usize = 32;

/// One element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// The name, without the prefix of a namespace.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// What stands in it directly, all pieces together.
    pub(super) text: String,
    /// The elements in it, in order.
    pub(super) children: Vec<Self>,
}

impl Element {
    /// An attribute that is there and not empty.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found
            .map(|(_, value)| value.trim())
            .filter(|v| !v.is_empty())
    }

    /// An attribute, also an empty one.
    pub(super) fn said(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A whole number among the attributes, brought into a range; the default where there is none.
    pub(super) fn number(&self, name: &str, range: (u32, u32), default: u32) -> u32 {
        let read = self.attribute(name).and_then(|text| text.parse().ok());
        read.unwrap_or(default).clamp(range.0, range.1)
    }

    /// The text with single spaces.
    pub(super) fn words(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Reads a document: its one outermost element.
pub(super) fn read(text: &str) -> Result<Element, String> {
    if text.len() > MOST_BYTES {
        return Err(format!("it has more than {MOST_BYTES} bytes"));
    }
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = past(after, "-->")?.1;
        } else if let Some(after) = rest.strip_prefix("<![CDATA[") {
            let (inner, after) = past(after, "]]>")?;
            write(&mut open, inner)?;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("<?") {
            rest = past(after, "?>")?.1;
        } else if rest.starts_with("<!") {
            return Err("a document type is not read".to_owned());
        } else if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = past(after, ">")?;
            let element = open.pop().filter(|own| own.name == local(name.trim()));
            let element = element.ok_or_else(|| format!("</{name}> closes nothing"))?;
            hang(&mut open, &mut root, element)?;
            rest = after;
        } else if let Some(after) = rest.strip_prefix('<') {
            elements += 1;
            if elements > MOST_ELEMENTS || open.len() >= MOST_DEPTH {
                return Err("it has too many elements".to_owned());
            }
            let (element, closed, after) = tag(after)?;
            if closed {
                hang(&mut open, &mut root, element)?;
            } else {
                open.push(element);
            }
            rest = after;
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            let (inner, after) = rest.split_at(end);
            write(&mut open, &decode(inner)?)?;
            rest = after;
        }
    }
    match (open.last(), root) {
        (None, Some(root)) => Ok(root),
        (None, None) => Err("it has no element".to_owned()),
        (Some(open), _) => Err(format!("<{}> is not closed", open.name)),
    }
}

/// What stands before a mark, and what after it.
fn past<'a>(text: &'a str, mark: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once(mark)
        .ok_or_else(|| format!("“{mark}” is missing"))
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn write(open: &mut [Element], text: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("text stands outside of the document".to_owned()),
    }
    Ok(())
}

fn hang(open: &mut [Element], root: &mut Option<Element>, element: Element) -> Result<(), String> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err("there is more than one document".to_owned()),
    }
    Ok(())
}

/// An element's beginning, whether it ends with it, and what follows.
fn tag(text: &str) -> Result<(Element, bool, &str), String> {
    let (name, mut rest) = name(text)?;
    let mut element = Element {
        name: local(name).to_owned(),
        ..Element::default()
    };
    loop {
        let spaced = rest.starts_with(char::is_whitespace);
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return Ok((element, true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((element, false, after));
        }
        if !spaced || element.attributes.len() >= MOST_ATTRIBUTES {
            return Err(format!("<{name} cannot be read"));
        }
        let (key, after) = self::name(rest)?;
        let after = after.trim_start().strip_prefix('=');
        let after = after
            .ok_or_else(|| format!("{key} has no value"))?
            .trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quote = quote.ok_or_else(|| format!("{key} has no quotes"))?;
        let (value, after) = past(after.get(1..).unwrap_or_default(), &quote.to_string())?;
        element
            .attributes
            .push((local(key).to_owned(), decode(value)?));
        rest = after;
    }
}

fn name(text: &str) -> Result<(&str, &str), String> {
    let part = |c: char| c.is_alphanumeric() || "_-.:".contains(c);
    let end = text.find(|c| !part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return Err("a name is missing".to_owned());
    }
    Ok((name, rest))
}

fn decode(text: &str) -> Result<String, String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let (entity, after) = past(after, ";")?;
        decoded.push(character(entity).ok_or_else(|| format!("“&{entity};” is not known"))?);
        rest = after;
    }
    decoded.push_str(rest);
    Ok(decoded)
}

fn character(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        other => {
            let number = other.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_is_read_with_attributes_text_and_nesting() {
        let text = "<?xml version=\"1.0\"?>\n<!-- hello -->\n<k:Response><Gather numDigits='1' action=\"/a?x=1&amp;y=2\">\
                    <Say>One &#38; <![CDATA[<two>]]></Say></Gather><Hangup/></k:Response>\n";
        let root = read(text).unwrap();
        assert_eq!(root.name, "Response");
        let gather = &root.children[0];
        assert_eq!(gather.attribute("action"), Some("/a?x=1&y=2"));
        assert_eq!(gather.number("numDigits", (1, 9), 5), 1);
        assert_eq!(gather.children[0].words(), "One & <two>");
        assert_eq!(root.children[1].name, "Hangup");
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(9), "</a>".repeat(9));
        let wide = format!("<a>{}</a>", "<b/>".repeat(600));
        let long = format!("<a>{}</a>", "x".repeat(70_000));
        for wrong in [
            "",
            "hello",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a b></a>",
            "<a b=c/>",
            "<a b='c/>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a>&x;</a>",
            "<a>&#0;</a>",
            "<a>&",
            "</a>",
            "< a/>",
            "<a",
            "<a b='1'c='2'/>",
            deep.as_str(),
            wide.as_str(),
            long.as_str(),
        ] {
            assert!(read(wrong).is_err(), "{wrong:.40}");
        }
    }
}
