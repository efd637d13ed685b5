//! Documents from outside and to outside: single callflows and whole sets.

use callflow::Callflow;
use callflow::json::{self, TextError};
use callflow::kazoo::{self, Line, Part, Report, Set};
use serde_json::Value;

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Our own, with stable step identifiers.
    Patchcord,
    /// KAZOO's nested flow.
    Kazoo,
}

impl Format {
    /// Reads `patchcord` or `kazoo`.
    pub(crate) fn parse(text: &str) -> Option<Format> {
        match text {
            "patchcord" => Some(Format::Patchcord),
            "kazoo" => Some(Format::Kazoo),
            _ => None,
        }
    }
}

/// Writes a document.
pub(crate) fn write(callflow: &Callflow, format: Format) -> Value {
    match format {
        Format::Patchcord => callflow.to_json(),
        Format::Kazoo => callflow.to_kazoo(),
    }
}

/// Writes a whole set.
pub(crate) fn write_set(set: &Set, format: Format) -> Value {
    match format {
        Format::Patchcord => kazoo::export_own(set),
        Format::Kazoo => kazoo::export(set),
    }
}

/// Whether a set holds nothing that can be used here.
pub(crate) fn is_empty(set: &Set) -> bool {
    set.callflows.is_empty() && set.resources.is_empty()
}

/// What is said of a text that holds nothing to import.
pub(crate) const NOTHING: &str = "There is no callflow and no resource in it. Send KAZOO's documents or ours, single or in lists.";

/// Reads texts whose documents may refer to each other, each with its name.
///
/// # Errors
/// The name of the text that is no JSON within the bounds, and why.
pub(crate) fn read(texts: &[(String, Vec<u8>)]) -> Result<(Set, Report), (String, TextError)> {
    if let [(name, bytes)] = texts {
        return kazoo::read_text(bytes).map_err(|error| (name.clone(), error));
    }
    let mut values = Vec::with_capacity(texts.len());
    let mut odd = Vec::new();
    for (name, bytes) in texts {
        let text = json::read(bytes).map_err(|error| (name.clone(), error))?;
        values.push(text.value);
        odd.extend(text.oddities.into_iter().map(|oddity| Line {
            document: name.clone(),
            place: format!("byte {}", oddity.at),
            text: oddity.text,
            ..Line::default()
        }));
    }
    let (set, mut report) = kazoo::read(&Value::Array(values));
    for line in odd {
        report.push(Part::Adapted, line);
    }
    Ok((set, report))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<(String, Vec<u8>)> {
        let named = |(at, text): (usize, &&str)| (format!("{at}.json"), text.as_bytes().to_vec());
        texts.iter().enumerate().map(named).collect()
    }

    #[test]
    fn documents_of_several_texts_are_one_set() {
        let menu = r#"{"menus": {"m": {"name": "Main", "hunt": true, "hunt": false}}}"#;
        let flow = r#"{"id": "c", "flow": {"module": "menu", "data": {"id": "m"}}}"#;
        let (set, mut report) = read(&texts(&[menu, flow])).unwrap();
        assert_eq!((set.callflows.len(), set.resources.len()), (1, 1));
        set.report_missing(&mut report, |_, _| false);
        assert_eq!(report.missing, []);
        assert!(
            report
                .adapted
                .iter()
                .any(|l| l.document == "0.json" && l.text.contains("hunt"))
        );
        let (name, _) = read(&texts(&[menu, "{"])).unwrap_err();
        assert_eq!(name, "1.json");
    }
}
