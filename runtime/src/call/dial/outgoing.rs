//! The INVITE to one contact of a phone.

use super::super::audio::Audio;
use super::super::{Call, caller};
use crate::live;
use crate::net::Contact;
use callflow::Account;
use callflow::command::{Leg, Party};
use sip::command::{Hop, OutgoingCall};
use sip::header::NameAddr;
use sip::uri::Uri;

/// Who calls without a number (RFC 3323 §4.1.1.3).
const ANONYMOUS: &str = "anonymous";

/// The address of record a device registers under; empty when it has none in this realm.
pub(super) fn aor(account: &Account, device: &str) -> String {
    let username = account.directory.device(device);
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
        contact: &Contact,
    ) -> Result<(OutgoingCall, Audio), String> {
        let ip = caller::our_ip(&self.shared, contact.flow.local.ip());
        let near = Some(&self.caller.audio);
        let events = self.media.0.clone();
        let mut audio = Audio::open(&self.shared.media, near, ip, contact.flow.peer.ip(), events)
            .map_err(|error| error.to_string())?;
        let realm = &self.account.realm;
        let from = party(caller, realm).ok_or("the caller's name makes no address")?;
        let username = aor(&self.account, &leg.device);
        let to = Uri::parse(&format!("sip:{username}"))
            .ok_or_else(|| format!("“{username}” is no address"))?;
        let mut headers = vec![("P-Asserted-Identity".to_owned(), from.to_string())];
        if let Some(alert_info) = &leg.alert_info {
            headers.push(("Alert-Info".to_owned(), alert_info.clone()));
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
