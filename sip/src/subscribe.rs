//! Event packages we notify of: their names, states and documents.
//!
//! `dialog` (RFC 4235) lights the lamps of busy extensions, `message-summary` (RFC 3842) that of
//! waiting messages, `presence` (RFC 3856) shows who is available.

use crate::presence::{self, Presence};
use std::fmt::Write as _;

/// An event package.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Package {
    /// `dialog`
    Dialog,
    /// `message-summary`
    MessageSummary,
    /// `presence`
    Presence,
}

/// What we write into `Allow-Events`.
pub(crate) const ALLOW_EVENTS: &str = "dialog, message-summary, presence";

impl Package {
    /// The package of that name.
    pub fn from_name(name: &str) -> Option<Package> {
        [Package::Dialog, Package::MessageSummary, Package::Presence]
            .into_iter()
            .find(|package| package.name().eq_ignore_ascii_case(name))
    }

    /// The name in an `Event` header.
    pub fn name(self) -> &'static str {
        match self {
            Package::Dialog => "dialog",
            Package::MessageSummary => "message-summary",
            Package::Presence => "presence",
        }
    }

    /// The media type of its documents.
    pub fn media_type(self) -> &'static str {
        match self {
            Package::Dialog => "application/dialog-info+xml",
            Package::MessageSummary => "application/simple-message-summary",
            Package::Presence => "application/pidf+xml",
        }
    }

    /// The state of a resource nothing was published about.
    pub fn neutral(self) -> State {
        match self {
            Package::Dialog => State::Dialogs(Vec::new()),
            Package::MessageSummary => State::Messages(MessageCount::default()),
            Package::Presence => State::Presence(Presence::default()),
        }
    }
}

/// The state of a watched resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// Calls of an extension; none means idle.
    Dialogs(Vec<DialogState>),
    /// Messages in a mailbox.
    Messages(MessageCount),
    /// Availability.
    Presence(Presence),
}

impl State {
    /// The package this is a state of.
    pub fn package(&self) -> Package {
        match self {
            State::Dialogs(_) => Package::Dialog,
            State::Messages(_) => Package::MessageSummary,
            State::Presence(_) => Package::Presence,
        }
    }
}

/// One call of a watched extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DialogState {
    /// Names the call, unique for this resource.
    pub id: String,
    /// Whether the extension made the call (otherwise it receives it).
    pub initiator: bool,
    /// How far it is.
    pub phase: DialogPhase,
    /// Who is at the other end: display name and URI.
    pub remote: Option<(String, String)>,
}

/// How far a call is (RFC 4235 §3.7.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DialogPhase {
    /// Dialling.
    Trying,
    /// Being set up.
    Proceeding,
    /// Ringing.
    Early,
    /// Talking.
    Confirmed,
}

impl DialogPhase {
    fn name(self) -> &'static str {
        match self {
            DialogPhase::Trying => "trying",
            DialogPhase::Proceeding => "proceeding",
            DialogPhase::Early => "early",
            DialogPhase::Confirmed => "confirmed",
        }
    }
}

/// Voice messages of a mailbox.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MessageCount {
    /// URI of the mailbox to call, if phones shall offer a key for it.
    pub account: Option<String>,
    /// Not listened to.
    pub new: u32,
    /// Kept.
    pub saved: u32,
    /// Not listened to and urgent.
    pub urgent_new: u32,
    /// Kept and urgent.
    pub urgent_saved: u32,
}

/// The document of a NOTIFY: full state, `version` counting per subscription from 0.
pub fn document(state: &State, resource: &str, version: u32) -> String {
    match state {
        State::Dialogs(dialogs) => dialog_info(dialogs, resource, version),
        State::Messages(count) => message_summary(count),
        State::Presence(presence) => presence::document(presence, resource),
    }
}

// Writing into a String cannot fail, so the results of write! are dropped below.

fn dialog_info(dialogs: &[DialogState], resource: &str, version: u32) -> String {
    let entity = escape(&format!("sip:{resource}"));
    let mut xml = format!(
        "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" state=\"full\" entity=\"{entity}\">\n"
    );
    for dialog in dialogs {
        let id = escape(&dialog.id);
        let direction = if dialog.initiator {
            "initiator"
        } else {
            "recipient"
        };
        let _ = writeln!(xml, "<dialog id=\"{id}\" direction=\"{direction}\">");
        let _ = writeln!(xml, "<state>{}</state>", dialog.phase.name());
        let _ = writeln!(
            xml,
            "<local><identity>{entity}</identity><target uri=\"{entity}\"/></local>"
        );
        if let Some((display, uri)) = &dialog.remote {
            let (display, uri) = (escape(display), escape(uri));
            let _ = writeln!(
                xml,
                "<remote><identity display=\"{display}\">{uri}</identity><target uri=\"{uri}\"/></remote>"
            );
        }
        xml.push_str("</dialog>\n");
    }
    xml.push_str("</dialog-info>\n");
    xml
}

fn message_summary(count: &MessageCount) -> String {
    let waiting = if count.new + count.urgent_new > 0 {
        "yes"
    } else {
        "no"
    };
    let mut text = format!("Messages-Waiting: {waiting}\r\n");
    if let Some(account) = &count.account {
        let account = account.replace(['\r', '\n'], "");
        let _ = write!(text, "Message-Account: {account}\r\n");
    }
    let _ = write!(
        text,
        "Voice-Message: {}/{} ({}/{})\r\n",
        count.new, count.saved, count.urgent_new, count.urgent_saved
    );
    text
}

/// Text fit for XML content and attributes; characters XML 1.0 forbids become U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialog_info_escapes_what_a_caller_calls_himself() {
        let state = State::Dialogs(vec![DialogState {
            id: "7".into(),
            initiator: false,
            phase: DialogPhase::Early,
            remote: Some(("<b>\"&'\u{1}".into(), "sip:a&b@h".into())),
        }]);
        let xml = document(&state, "2001@fernhill.example", 3);
        assert!(xml.contains("version=\"3\" state=\"full\" entity=\"sip:2001@fernhill.example\""));
        assert!(
            xml.contains("display=\"&lt;b&gt;&quot;&amp;&apos;\u{fffd}\">sip:a&amp;b@h</identity>")
        );
        assert!(xml.contains("<state>early</state>"));
    }

    #[test]
    fn message_summary_says_whether_anything_is_new() {
        let count = MessageCount {
            new: 2,
            saved: 8,
            urgent_saved: 1,
            ..MessageCount::default()
        };
        assert_eq!(
            document(&State::Messages(count), "x", 0),
            "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/1)\r\n"
        );
        assert!(
            document(&Package::MessageSummary.neutral(), "x", 0)
                .starts_with("Messages-Waiting: no")
        );
    }
}
