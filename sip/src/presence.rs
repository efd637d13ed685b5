//! Presence documents: PIDF (RFC 3863) with the person of RFC 4479 and the activities of RFC 4480.

mod read;

pub(crate) use read::read;

use crate::subscribe::escape;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Whether somebody can be reached, and what they do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Presence {
    /// Calls can be taken.
    pub open: bool,
    /// What the person does at the moment.
    pub activities: BTreeSet<Activity>,
    /// A word about it, to be shown as it is.
    pub note: Option<String>,
}

/// What a person does at the moment (RFC 4480 §3.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Activity(&'static str);

/// All of RFC 4480 §3.2, without `other` and `unknown`, which say nothing.
const ACTIVITIES: [&str; 25] = [
    "appointment",
    "away",
    "breakfast",
    "busy",
    "dinner",
    "holiday",
    "in-transit",
    "looking-for-work",
    "lunch",
    "meal",
    "meeting",
    "on-the-phone",
    "performance",
    "permanent-absence",
    "playing",
    "presentation",
    "shopping",
    "sleeping",
    "spectator",
    "steering",
    "travel",
    "tv",
    "vacation",
    "working",
    "worship",
];

impl Activity {
    /// In a call.
    pub const ON_THE_PHONE: Activity = Activity("on-the-phone");
    /// Not to be disturbed.
    pub const BUSY: Activity = Activity("busy");

    /// The activity of that element name.
    pub fn from_name(name: &str) -> Option<Activity> {
        let known = ACTIVITIES.iter().find(|known| **known == name);
        known.map(|name| Activity(name))
    }

    /// The name of its element.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// The document about a resource, `user@domain`. Who knows no activities finds state and note in the tuple.
pub(crate) fn document(presence: &Presence, resource: &str) -> String {
    let entity = escape(&format!("pres:{resource}"));
    let contact = escape(&format!("sip:{resource}"));
    let basic = if presence.open { "open" } else { "closed" };
    let note = presence.note.as_deref().map(escape);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"{entity}\">\n<tuple id=\"t1\"><status><basic>{basic}</basic></status><contact>{contact}</contact>"
    );
    // Writing into a String cannot fail.
    if let Some(note) = &note {
        let _ = write!(xml, "<note>{note}</note>");
    }
    xml.push_str("</tuple>\n");
    if !presence.activities.is_empty() || note.is_some() {
        xml.push_str("<dm:person id=\"p1\">");
        if !presence.activities.is_empty() {
            xml.push_str("<rpid:activities>");
            for activity in &presence.activities {
                let _ = write!(xml, "<rpid:{}/>", activity.name());
            }
            xml.push_str("</rpid:activities>");
        }
        if let Some(note) = &note {
            let _ = write!(xml, "<dm:note>{note}</dm:note>");
        }
        xml.push_str("</dm:person>\n");
    }
    xml.push_str("</presence>\n");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let presence = Presence {
            open: true,
            activities: [Activity::ON_THE_PHONE, Activity::BUSY].into(),
            note: Some("<At> lunch & \"back\" at two".to_owned()),
        };
        let xml = document(&presence, "2001@fernhill.example");
        assert!(xml.contains("entity=\"pres:2001@fernhill.example\""));
        assert!(xml.contains("<rpid:busy/><rpid:on-the-phone/>"), "{xml}");
        assert_eq!(read(&xml), Ok(presence));
        let closed = Presence::default();
        let xml = document(&closed, "2001@fernhill.example");
        assert!(xml.contains("<basic>closed</basic>") && !xml.contains("person"));
        assert_eq!(read(&xml), Ok(closed));
    }
}
