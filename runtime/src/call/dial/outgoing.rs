//! The INVITE to one contact of a phone, or to one server of a carrier.

use super::super::audio::Audio;
use super::super::{Call, caller};
use crate::carriers::{Candidate, EMERGENCY};
use crate::live;
use crate::media::MediaEvent;
use crate::net::{self, Contact, Way};
use crate::node::Shared;
use crate::router;
use callflow::Account;
use callflow::command::{Leg, Outside, Party, Privacy};
use callflow::resource::{Encryption, GatewayTransport};
use sip::command::{Hop, OutgoingCall};
use sip::digest::ClientCredentials;
use sip::header::NameAddr;
use sip::uri::{Host, Uri};
use tokio::sync::mpsc;

/// Who calls without a number (RFC 3323 §4.1.1.3).
const ANONYMOUS: &str = "anonymous";
/// Where whoever calls without a number is, outside (RFC 3323 §4.1.1.3).
const NOWHERE: &str = "anonymous.invalid";
/// Where SIP is taken when nothing else is said (RFC 3261 §19.1.2).
const SIP_PORT: u16 = 5_060;

/// The address of record a leg's device registers under; empty when it has none in this realm, or is none.
pub(super) fn aor(account: &Account, leg: &Leg) -> String {
    let device = leg.device();
    device.map_or_else(String::new, |device| address(account, device))
}

fn address(account: &Account, device: &str) -> String {
    let device = account.directory.device(device);
    let username = device.map_or("", |device| device.sip_username.0.as_str());
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
        let encryption_of = |device| router::encryption_of(&self.account, device);
        let encryption = leg.device().map_or_else(Encryption::default, encryption_of);
        let mut audio = Audio::open(
            &self.shared.media,
            near,
            ip,
            contact.flow.peer.ip(),
            encryption,
            events,
        )
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
        // The phones of the account are told who sends the caller on (RFC 3892); others need not know.
        if let Some(transfer) = &self.transfer {
            let by = address(&self.account, &transfer.by);
            headers.push(("Referred-By".to_owned(), format!("<sip:{by}>")));
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

/// A call to a number outside, whichever carrier takes it.
pub(crate) struct Abroad<'a> {
    pub(crate) outside: &'a Outside,
    pub(crate) caller: &'a Party,
    pub(crate) privacy: Privacy,
    /// More headers of the INVITE.
    pub(crate) headers: &'a [(String, String)],
    pub(crate) max_forwards: u8,
    /// A modem is on the line: it is understood over G.711 alone.
    pub(crate) modem: bool,
}

impl Abroad<'_> {
    /// The INVITE to one address of a carrier's server, and the audio it offers, to be bridged with that of `near`.
    ///
    /// # Errors
    /// Why it cannot be tried.
    pub(crate) fn invitation(
        &self,
        shared: &Shared,
        candidate: &Candidate,
        way: Way,
        near: Option<&Audio>,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<(OutgoingCall, Audio), String> {
        let peer = way.peer;
        let local = net::our_address(&shared.config.sip, peer)
            .ok_or_else(|| format!("SIP does not listen on an address that reaches {peer}"))?;
        let ip = caller::our_ip(shared, local);
        let mut audio = Audio::open(
            &shared.media,
            near,
            ip,
            peer.ip(),
            candidate.encryption,
            events,
        )
        .map_err(|error| error.to_string())?;
        if self.modem {
            audio.keep_to_g711();
        }
        let target = request_uri(candidate)?;
        let mut to = target.clone();
        to.port = None;
        to.params.clear();
        let realm = self.outside.from_realm.clone();
        let realm = realm.unwrap_or_else(|| Host::Ip(ip).to_string());
        let (from, mut headers) = identity(self.caller, self.privacy, self.outside, &realm)
            .ok_or_else(|| format!("“{realm}” makes no address of the caller"))?;
        headers.extend(self.headers.iter().cloned());
        headers.retain(|(name, value)| is_header(name, value));
        let call = OutgoingCall {
            hop: Hop::Uri(way.hop(&target)),
            target,
            from,
            to: NameAddr::new(to),
            sdp: Some(audio.offer()),
            headers,
            route: Vec::new(),
            credentials: credentials(candidate),
            max_forwards: self.max_forwards,
        };
        Ok((call, audio))
    }
}

/// The number at a carrier's server.
///
/// # Errors
/// What of it makes no address.
pub(crate) fn request_uri(candidate: &Candidate) -> Result<Uri, String> {
    let server = &candidate.gateway.server;
    let host = match server.server.0.parse() {
        Ok(ip) => Host::Ip(ip).to_string(),
        Err(_) => server.server.0.clone(),
    };
    let mut uri = Uri::sip(&candidate.number, &host)
        .ok_or_else(|| format!("“{host}” is not a host name or address"))?;
    let port = u16::try_from(server.port.0).unwrap_or(SIP_PORT);
    uri.port = (port != SIP_PORT).then_some(port);
    // Over UDP is what a domain that says nothing takes; it may say something else (RFC 3263 §4.1).
    if server.transport != GatewayTransport::Udp {
        let transport = server.transport.as_str().to_owned();
        uri.params.push(("transport".to_owned(), Some(transport)));
    }
    Ok(uri)
}

fn credentials(candidate: &Candidate) -> Option<ClientCredentials> {
    let (server, password) = (
        &candidate.gateway.server,
        candidate.gateway.password.as_ref()?,
    );
    let realm = server.realm.0.clone();
    Some(ClientCredentials {
        username: server.username.0.clone(),
        password: password.0.clone(),
        realm: (!realm.is_empty()).then_some(realm),
    })
}

/// Who calls, as a carrier is told: `From`, and the headers that say more. A carrier is always told the number; that
/// it is withheld is asked of it (RFC 3325 §7), but not where help is called.
fn identity(
    caller: &Party,
    privacy: Privacy,
    outside: &Outside,
    realm: &str,
) -> Option<(NameAddr, Vec<(String, String)>)> {
    let helps = outside.class.as_deref() == Some(EMERGENCY);
    let privacy = if helps { Privacy::default() } else { privacy };
    let known = Party {
        name: shown(caller, privacy).name,
        number: caller.number.clone(),
    };
    let asserted = party(&known, realm)?;
    let mut headers = Vec::new();
    if !known.number.is_empty() {
        headers.push(("P-Asserted-Identity".to_owned(), asserted.to_string()));
    }
    let from = if privacy.number {
        headers.push(("Privacy".to_owned(), "id".to_owned()));
        party(&Party::default(), NOWHERE)?
    } else {
        asserted
    };
    if let Some(uri) = outside.diverted_from.as_deref().and_then(Uri::parse) {
        // RFC 5806 §4.
        headers.push(("Diversion".to_owned(), NameAddr::new(uri).to_string()));
    }
    Some((from, headers))
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
    fn carrier_knows_a_withheld_number_and_is_asked_to_keep_it_but_not_for_help() {
        let ann = Party {
            name: "Ann".into(),
            number: "+441".into(),
        };
        let told = |class: &str, number| {
            let outside = Outside {
                class: Some(class.to_owned()),
                diverted_from: Some("sip:2001@fernhill.example".to_owned()),
                ..Outside::default()
            };
            let privacy = Privacy {
                name: number,
                number,
            };
            let (from, headers) = identity(&ann, privacy, &outside, "192.0.2.1").expect("somebody");
            let all = headers.into_iter().map(|(n, v)| format!("{n}: {v}"));
            (from.to_string(), all.collect::<Vec<_>>())
        };
        let open = (
            "\"Ann\" <sip:+441@192.0.2.1>".to_owned(),
            vec![
                "P-Asserted-Identity: \"Ann\" <sip:+441@192.0.2.1>".to_owned(),
                "Diversion: <sip:2001@fernhill.example>".to_owned(),
            ],
        );
        assert_eq!(told("unknown", false), open);
        assert_eq!(told(EMERGENCY, true), open);
        let (from, headers) = told("unknown", true);
        assert_eq!(from, "<sip:anonymous@anonymous.invalid>");
        assert_eq!(
            headers.get(..2),
            Some(
                [
                    "P-Asserted-Identity: <sip:+441@192.0.2.1>".to_owned(),
                    "Privacy: id".to_owned()
                ]
                .as_slice()
            )
        );
    }

    #[test]
    fn number_is_asked_of_the_server_by_its_name_and_transport() {
        let uri = |server: &str, transport| {
            let candidate = Candidate {
                carrier: "c".to_owned(),
                name: "c".to_owned(),
                gateway: crate::Gateway {
                    server: callflow::resource::Gateway {
                        server: callflow::value::Text(server.to_owned()),
                        port: callflow::value::Int(5_070),
                        transport,
                        ..callflow::resource::Gateway::default()
                    },
                    password: None,
                },
                encryption: Encryption::AsOffered,
                number: "+44*1".to_owned(),
            };
            request_uri(&candidate)
        };
        let text = |server: &str, transport| uri(server, transport).map(|uri| uri.to_string());
        let (udp, tcp) = (GatewayTransport::Udp, GatewayTransport::Tcp);
        assert_eq!(
            text("Sip.Example", udp),
            Ok("sip:+44*1@sip.example:5070".to_owned())
        );
        assert_eq!(
            text("2001:db8::1", tcp),
            Ok("sip:+44*1@[2001:db8::1]:5070;transport=tcp".to_owned())
        );
        assert!(uri("no host", udp).is_err());
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
