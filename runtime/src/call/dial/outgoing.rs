//! The INVITE to one contact of a phone.

use super::super::audio::Audio;
use super::super::{Call, caller};
use crate::live;
use crate::net::Contact;
use callflow::Account;
use callflow::command::{Leg, Party, Privacy};
use sip::command::{Hop, OutgoingCall};
use sip::header::NameAddr;
use sip::uri::Uri;

/// Who calls without a number (RFC 3323 §4.1.1.3).
const ANONYMOUS: &str = "anonymous";

/// The address of record a leg's device registers under; empty when it has none in this realm, or is none.
pub(super) fn aor(account: &Account, leg: &Leg) -> String {
    let device = leg.device();
    let username = device.and_then(|device| account.directory.device(device));
    let username = username.map_or("", |device| device.sip_username.0.as_str());
    live::qualified(username, &account.realm).unwrap_or_default()
}

impl Call {
    /// The INVITE to one contact, and the audio it offers.
    ///
    /// # Errors
    /// Why it cannot be tried.
    pub(super) fn invitation(
        &self,
        leg: &Leg,
        caller: &Party,
        privacy: Privacy,
        contact: &Contact,
    ) -> Result<(OutgoingCall, Audio), String> {
        let ip = caller::our_ip(&self.shared, contact.flow.local.ip());
        let near = Some(&self.caller.audio);
        let events = self.media.0.clone();
        let mut audio = Audio::open(&self.shared.media, near, ip, contact.flow.peer.ip(), events)
            .map_err(|error| error.to_string())?;
        let realm = &self.account.realm;
        let shown = shown(leg.caller.as_ref().unwrap_or(caller), privacy);
        let from = party(&shown, realm).ok_or("the caller's name makes no address")?;
        let username = aor(&self.account, leg);
        let to = Uri::parse(&format!("sip:{username}"))
            .ok_or_else(|| format!("“{username}” is no address"))?;
        let mut headers = vec![("P-Asserted-Identity".to_owned(), from.to_string())];
        if privacy.number {
            // RFC 3323 §4.2, RFC 3325 §9.3.
            headers.push(("Privacy".to_owned(), "id".to_owned()));
        }
        if let Some(alert_info) = &leg.alert_info {
            headers.push(("Alert-Info".to_owned(), alert_info.clone()));
        }
        if leg.auto_answer {
            headers.extend(auto_answer(realm, leg.alert_info.is_none()));
        }
        headers.extend(leg.headers.iter().cloned());
        headers.retain(|(name, value)| is_header(name, value));
        let call = OutgoingCall {
            target: contact.uri.clone(),
            hop: Hop::Flow(contact.flow),
            from,
            to: NameAddr::new(to),
            sdp: Some(audio.offer()),
            headers,
            route: contact.path.clone(),
            credentials: None,
            max_forwards: self.caller.max_forwards,
        };
        Ok((call, audio))
    }
}

/// The caller without what is withheld.
fn shown(caller: &Party, privacy: Privacy) -> Party {
    Party {
        name: match privacy.name || privacy.number {
            true => String::new(),
            false => caller.name.clone(),
        },
        number: match privacy.number {
            true => String::new(),
            false => caller.number.clone(),
        },
    }
}

/// Asks a phone to answer by itself, in the ways of the makers: RFC 5373, then Snom, Yealink, Grandstream and Polycom.
fn auto_answer(realm: &str, alert_info: bool) -> Vec<(String, String)> {
    let mut headers = vec![
        ("Answer-Mode".to_owned(), "Auto".to_owned()),
        (
            "Call-Info".to_owned(),
            format!("<sip:{realm}>;answer-after=0"),
        ),
    ];
    if alert_info {
        let value = format!("<http://{realm}>;info=alert-autoanswer;delay=0");
        headers.push(("Alert-Info".to_owned(), value));
    }
    headers
}

/// The caller as an address of the realm.
fn party(caller: &Party, realm: &str) -> Option<NameAddr> {
    let number = match caller.number.as_str() {
        "" => ANONYMOUS,
        number => number,
    };
    let mut address = NameAddr::new(Uri::sip(number, realm)?);
    let name: String = caller.name.chars().filter(|c| !c.is_control()).collect();
    address.display = (!name.is_empty()).then_some(name);
    Some(address)
}

/// Whether this may be written as a header: nothing in it may end the line.
fn is_header(name: &str, value: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    !name.is_empty() && name.chars().all(token) && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caller_without_number_is_anonymous_and_names_are_quoted() {
        let shown = |name: &str, number: &str| {
            let caller = Party {
                name: name.into(),
                number: number.into(),
            };
            party(&caller, "fernhill.example").map(|address| address.to_string())
        };
        assert_eq!(
            shown("", "").as_deref(),
            Some("<sip:anonymous@fernhill.example>")
        );
        assert_eq!(
            shown("Ann \"A\" B\r\nX: y", "2001").as_deref(),
            Some("\"Ann \\\"A\\\" BX: y\" <sip:2001@fernhill.example>")
        );
    }

    #[test]
    fn withheld_number_takes_the_name_with_it() {
        let caller = Party {
            name: "Ann".into(),
            number: "2001".into(),
        };
        let hide = |name, number| shown(&caller, Privacy { name, number });
        assert_eq!(hide(true, false).number, "2001");
        assert_eq!(hide(true, false).name, "");
        assert_eq!(hide(false, true), Party::default());
    }

    #[test]
    fn what_would_end_a_line_is_no_header() {
        assert!(is_header(
            "Alert-Info",
            "<http://example.com>;info=internal"
        ));
        assert!(!is_header("X", "a\r\nVia: b"));
        assert!(!is_header("X: y", "a"));
        assert!(!is_header("", "a"));
    }
}
