//! The SIP messages of a call, without what nobody may read.

use crate::net::Heard;
use callflow::AccountId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sip::message::Message;
use std::borrow::Cow;
use std::net::SocketAddr;

/// Bytes of one message that are told.
const LONGEST: usize = 16 << 10;
/// Characters of a method, phrase or user that are told.
const SHORT: usize = 64;
/// What stands for what nobody may read.
const HIDDEN: &str = "hidden";

/// A call that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallName {
    pub(crate) account: AccountId,
    pub(crate) id: String,
}

/// The SIP messages of one call, those of all its legs.
#[derive(Clone, Debug, PartialEq)]
pub struct SipTrace {
    /// The account.
    pub account: AccountId,
    /// The call.
    pub call: String,
    /// In the order they went over the wire.
    pub messages: Vec<SipMessage>,
    /// Further messages that were not kept, because there were too many.
    pub left_out: u32,
}

/// A SIP message as it went over the wire, but for what would let its reader call in somebody's name or listen:
/// answers to challenges and the keys of encrypted sound are hidden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SipMessage {
    /// When.
    pub at: Timestamp,
    /// This exchange sent it.
    pub sent: bool,
    /// `UDP`, `TCP`, `TLS`, `WS` or `WSS`.
    pub transport: Cow<'static, str>,
    /// Our address.
    pub local: SocketAddr,
    /// The other side's address.
    pub peer: SocketAddr,
    /// How often, with its repetitions.
    pub times: u32,
    /// A request's method, a response's reason phrase; empty of what cannot be read.
    pub what: String,
    /// A response's status.
    pub code: Option<u16>,
    /// Whom the other side stands for, where the message tells: the user of `From` in a request to us, that of `To` in
    /// one from us.
    pub user: Option<String>,
    /// Its length in bytes.
    pub bytes: usize,
    /// The message.
    pub text: String,
}

impl SipTrace {
    pub(crate) fn new(of: CallName, heard: impl Iterator<Item = Heard>, left_out: u32) -> Self {
        Self {
            account: of.account,
            call: of.id,
            messages: heard.map(|it| SipMessage::new(&it)).collect(),
            left_out,
        }
    }
}

impl SipMessage {
    fn new(heard: &Heard) -> Self {
        let read = Message::parse(heard.bytes.clone()).ok();
        let read = read.as_ref();
        let code = read.and_then(Message::code);
        let what = read.and_then(|it| match it.code() {
            Some(_) => Some(it.phrase()),
            None => it.method_name(),
        });
        let party = read
            .filter(|_| code.is_none())
            .and_then(|it| match heard.sent {
                true => it.to(),
                false => it.from(),
            });
        let user = party.map(|party| party.uri.user().to_owned());
        Self {
            at: heard.at,
            sent: heard.sent,
            transport: heard.flow.transport.via_name().into(),
            local: heard.flow.local,
            peer: heard.flow.peer,
            times: heard.times,
            what: what.unwrap_or_default().chars().take(SHORT).collect(),
            code,
            user: user
                .filter(|user| !user.is_empty())
                .map(|user| user.chars().take(SHORT).collect()),
            bytes: heard.bytes.len(),
            text: readable(&heard.bytes),
        }
    }
}

fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
    let end = text.floor_char_boundary(LONGEST);
    let cut = text.get(..end).unwrap_or_default();
    let mut answers = false;
    let lines = cut.split_inclusive('\n');
    lines
        .map(|line| without_secrets(line, &mut answers))
        .collect()
}

/// One line. `answers` is kept between them: a field goes on in lines that begin with a space (RFC 3261 §7.3.1).
fn without_secrets(line: &str, answers: &mut bool) -> String {
    let lower = line.to_ascii_lowercase();
    if !line.starts_with([' ', '\t']) {
        *answers = lower.starts_with("authorization") || lower.starts_with("proxy-authorization");
    }
    if *answers {
        return hide_answer(line, &lower);
    }
    let keys = ["a=crypto:", "a=ice-pwd:", "k="];
    match keys.iter().find(|key| lower.starts_with(**key)) {
        Some(key) => {
            let name = line.get(..key.len()).unwrap_or_default();
            let body = line.trim_end_matches(['\r', '\n']);
            let end = line.get(body.len()..).unwrap_or_default();
            format!("{name}{HIDDEN}{end}")
        }
        None => line.to_owned(),
    }
}

/// A digest's answer can be tried against passwords at leisure.
fn hide_answer(line: &str, lower: &str) -> String {
    const ANSWER: &str = "response=";
    let mut hidden = String::new();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(ANSWER)) {
        let value = from + at + ANSWER.len();
        hidden.push_str(line.get(from..value).unwrap_or_default());
        let rest = line.get(value..).unwrap_or_default();
        let length = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"').map_or(rest.len(), |end| end + 2),
            None => rest.find([',', '\r', '\n']).unwrap_or(rest.len()),
        };
        hidden.push_str("\"hidden\"");
        from = value + length;
    }
    hidden.push_str(line.get(from..).unwrap_or_default());
    if hidden.ends_with('\n') || !line.ends_with('\n') {
        return hidden;
    }
    hidden + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_challenges_are_hidden_and_the_rest_is_kept() {
        let text = "REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"u\", Response=\"00ff\", uri=\"sip:a\"\r\n\
                    Proxy-Authorization: Digest nc=1,\r\n response=00ff,nc=1\r\nTo: <sip:response=1@a>\r\n\r\n";
        let told = readable(text.as_bytes());
        assert!(!told.contains("00ff"), "{told}");
        assert!(told.contains("Response=\"hidden\", uri=\"sip:a\"\r\n"));
        assert!(told.contains("response=\"hidden\",nc=1\r\n"));
        assert!(told.contains("<sip:response=1@a>\r\n\r\n"));
    }

    #[test]
    fn answer_without_an_end_hides_what_follows_on_its_line_alone() {
        let told = readable(b"x\r\nAuthorization: Digest response=\"00ff\r\nVia: here\r\n");
        assert_eq!(
            told,
            "x\r\nAuthorization: Digest response=\"hidden\"\r\nVia: here\r\n"
        );
    }

    #[test]
    fn keys_of_encrypted_sound_are_hidden() {
        let told = readable(
            b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\na=ice-pwd:x\na=sendrecv\r\n",
        );
        assert_eq!(told, "a=crypto:hidden\r\na=ice-pwd:hidden\na=sendrecv\r\n");
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let long = "é".repeat(LONGEST);
        assert_eq!(readable(long.as_bytes()).len(), LONGEST);
        assert_eq!(readable(&[b'a', 0xff, 0]), "a\u{fffd}\u{fffd}");
    }
}
