//! Reading presence documents of phones.
//!
//! A walk over the tags without a tree: only few places of a document mean something here. Document types are
//! refused, so nothing expands, and depth and lengths are bounded, since the text comes from outside. Prefixes of
//! namespaces are passed over: phones choose them freely, and the names read here are not ambiguous.

use super::{Activity, Presence};

/// Deepest nesting; PIDF with RPID needs seven.
const MOST_DEPTH: usize = 16;
/// Most tags. A document of 16 KiB of a phone has far fewer.
const MOST_TAGS: usize = 1_000;
/// Most characters of a note that are kept.
const MOST_NOTE: usize = 200;

/// Why a document is not read: a reason phrase.
pub(crate) type Refusal = &'static str;

/// What is known after part of a document.
#[derive(Default)]
struct Reading<'a> {
    /// The elements we are in, outermost first, with their prefixes.
    path: Vec<&'a str>,
    /// Text of the innermost element so far.
    text: String,
    tags: usize,
    begun: bool,
    any_open: bool,
    any_closed: bool,
    activities: Vec<Activity>,
    /// The note of highest rank so far: of the person, of the whole, of a tuple, of the activities.
    note: Option<(u8, String)>,
}

/// Reads a document. What it says of being reached is taken for yes where it says nothing.
///
/// # Errors
/// A reason phrase, when it is no presence document that can be read.
pub(crate) fn read(text: &str) -> Result<Presence, Refusal> {
    let mut reading = Reading::default();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        rest = reading.next(rest)?;
    }
    if !reading.begun || !reading.path.is_empty() {
        return Err("Presence Document Not Complete");
    }
    Ok(Presence {
        open: reading.any_open || !reading.any_closed,
        activities: reading.activities.into_iter().collect(),
        note: reading.note.map(|(_, note)| note),
    })
}

impl<'a> Reading<'a> {
    /// Takes the next piece; what follows it.
    fn next(&mut self, rest: &'a str) -> Result<&'a str, Refusal> {
        if let Some(after) = rest.strip_prefix("<!--") {
            return Ok(past(after, "-->")?.1);
        }
        if let Some(after) = rest.strip_prefix("<![CDATA[") {
            let (inner, after) = past(after, "]]>")?;
            self.write(inner)?;
            return Ok(after);
        }
        if let Some(after) = rest.strip_prefix("<?") {
            return Ok(past(after, "?>")?.1);
        }
        if rest.starts_with("<!") {
            return Err("Document Types Are Not Read");
        }
        if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = past(after, ">")?;
            self.leave(name.trim_end())?;
            return Ok(after);
        }
        if let Some(after) = rest.strip_prefix('<') {
            let (inner, after) = tag(after)?;
            let (inner, closed) = match inner.strip_suffix('/') {
                Some(inner) => (inner, true),
                None => (inner, false),
            };
            let name = inner.split(char::is_whitespace).next().unwrap_or("");
            self.enter(name)?;
            if closed {
                self.leave(name)?;
            }
            return Ok(after);
        }
        let (inner, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        self.write(&decode(inner)?)?;
        Ok(after)
    }

    fn enter(&mut self, name: &'a str) -> Result<(), Refusal> {
        self.tags += 1;
        if name.is_empty() || self.tags > MOST_TAGS || self.path.len() >= MOST_DEPTH {
            return Err("Presence Document Too Complex");
        }
        if self.path.is_empty() && (self.begun || local(name) != "presence") {
            return Err("Not A Presence Document");
        }
        self.begun = true;
        if self.inside("activities") {
            self.activities.extend(Activity::from_name(local(name)));
        }
        self.path.push(name);
        self.text.clear();
        Ok(())
    }

    fn leave(&mut self, name: &str) -> Result<(), Refusal> {
        if self.path.pop() != Some(name) {
            return Err("Presence Document Not Well-Formed");
        }
        let text = std::mem::take(&mut self.text);
        match local(name) {
            "basic" if self.inside("status") => match text.trim() {
                "open" => self.any_open = true,
                "closed" => self.any_closed = true,
                _ => {}
            },
            "note" => self.noted(&text),
            _ => {}
        }
        Ok(())
    }

    /// Keeps a note, unless a better one is there.
    fn noted(&mut self, text: &str) {
        let rank = match self.path.last().map(|name| local(name)) {
            Some("person") => 4,
            Some("presence") => 3,
            Some("tuple") => 2,
            Some("activities") => 1,
            _ => return,
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let note: String = words.join(" ").chars().take(MOST_NOTE).collect();
        let better = self.note.as_ref().is_none_or(|(known, _)| *known < rank);
        if better && !note.is_empty() {
            self.note = Some((rank, note));
        }
    }

    fn inside(&self, name: &str) -> bool {
        self.path.last().is_some_and(|own| local(own) == name)
    }

    fn write(&mut self, text: &str) -> Result<(), Refusal> {
        if self.path.is_empty() && !text.trim().is_empty() {
            return Err("Not A Presence Document");
        }
        self.text.push_str(text);
        Ok(())
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// What stands before a mark, and what after it.
fn past<'a>(text: &'a str, mark: &str) -> Result<(&'a str, &'a str), Refusal> {
    let parts = text.split_once(mark);
    parts.ok_or("Presence Document Not Complete")
}

/// The inside of a tag and what follows it; a `>` within quotes does not end it.
fn tag(text: &str) -> Result<(&str, &str), Refusal> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => {
                let (inner, rest) = text.split_at(at);
                return Ok((inner, rest.get(1..).unwrap_or("")));
            }
            (None, '<') => break,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    Err("Presence Document Not Well-Formed")
}

/// Text with the entities that every document has.
fn decode(text: &str) -> Result<String, Refusal> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let (entity, after) = past(after, ";")?;
        let number = |digits: &str, radix| {
            let code = u32::from_str_radix(digits, radix).ok();
            code.and_then(char::from_u32)
        };
        let c = match entity {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match (entity.strip_prefix("#x"), entity.strip_prefix('#')) {
                (Some(digits), _) => number(digits, 16),
                (None, Some(digits)) => number(digits, 10),
                (None, None) => None,
            },
        };
        decoded.push(c.ok_or("Unknown Entity")?);
        rest = after;
    }
    decoded.push_str(rest);
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As soft phones write it: own prefixes, a person beside the tuple, notes in both.
    const LUNCH: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <!-- a phone --><p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" entity='sip:a>b@h'>
        <p:tuple id="x"><p:status><p:basic> open </p:basic></p:status><p:note>Tuple</p:note></p:tuple>
        <d:person id="q"><r:activities><r:lunch/><r:on-the-phone></r:on-the-phone><r:unheard-of/>
        </r:activities><d:note xml:lang="en">At lunch &amp;
           <![CDATA[<away>]]> &#x2615;</d:note></d:person></p:presence>
        "#;

    #[test]
    fn note_of_the_person_comes_first_and_activities_are_known_by_any_prefix() {
        let presence = read(LUNCH).unwrap();
        assert!(presence.open);
        let names: Vec<_> = presence.activities.iter().map(|it| it.name()).collect();
        assert_eq!(names, ["lunch", "on-the-phone"]);
        assert_eq!(presence.note.as_deref(), Some("At lunch & <away> ☕"));
    }

    #[test]
    fn open_unless_all_that_is_said_is_closed() {
        let of = |tuples: &[&str]| {
            let tuple = |basic| format!("<tuple><status>{basic}</status></tuple>");
            let tuples: String = tuples.iter().map(tuple).collect();
            read(&format!("<presence>{tuples}</presence>"))
                .unwrap()
                .open
        };
        let (open, closed) = ("<basic>open</basic>", "<basic>closed</basic>");
        assert!(of(&[]) && of(&[""]) && of(&[open]) && of(&[closed, open]));
        assert!(!of(&[closed]) && !of(&[closed, closed]));
    }

    #[test]
    fn what_is_no_small_sound_presence_document_is_refused() {
        let deep = format!("<presence>{}", "<a>".repeat(100));
        let wide = format!("<presence>{}</presence>", "<a/>".repeat(2_000));
        for text in [
            "",
            "hello",
            "<presence>",
            "<presence></other>",
            "<presence/><presence/>",
            "<html></html>",
            "<!DOCTYPE presence [<!ENTITY a \"aaaa\">]><presence/>",
            "<presence><note>&a;</note></presence>",
            "<presence><note>&#xd800;</note></presence>",
            "<presence a=\"></presence>",
            "<presence <note/></presence>",
            "<presence/> and more",
            "<presence><![CDATA[",
            &deep,
            &wide,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn long_note_is_cut() {
        let note = "é".repeat(5_000);
        let text = format!("<presence><note>{note}</note></presence>");
        let note = read(&text).unwrap().note.unwrap();
        assert_eq!(note.chars().count(), MOST_NOTE);
    }
}
