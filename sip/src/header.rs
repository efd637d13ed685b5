//! Header names and the values we take apart.

use crate::method::Method;
use crate::uri::{
    Host, Params, Uri, param, parse_hostport, parse_params, quote, split_quoted, unquote,
    write_params,
};
use std::fmt;
use std::time::Duration;

/// Names of the headers the core reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)] // each is the header of that name
pub enum Name {
    Accept,
    AlertInfo,
    Allow,
    Authorization,
    CallId,
    Contact,
    ContentLength,
    ContentType,
    CSeq,
    Diversion,
    Event,
    Expires,
    From,
    MaxForwards,
    MinExpires,
    MinSe,
    PAssertedIdentity,
    Path,
    Privacy,
    ProxyAuthenticate,
    ProxyAuthorization,
    RAck,
    RSeq,
    Reason,
    RecordRoute,
    ReferTo,
    ReferredBy,
    Replaces,
    Require,
    RetryAfter,
    Route,
    SessionExpires,
    SubscriptionState,
    Supported,
    Timestamp,
    To,
    UserAgent,
    Via,
    WwwAuthenticate,
    /// Any other; read it with [`Message::header_named`](crate::message::Message::header_named).
    Other,
}

/// Long and compact forms.
const NAMES: [(Name, &str, &str); 39] = [
    (Name::Accept, "Accept", ""),
    (Name::AlertInfo, "Alert-Info", ""),
    (Name::Allow, "Allow", ""),
    (Name::Authorization, "Authorization", ""),
    (Name::CallId, "Call-ID", "i"),
    (Name::Contact, "Contact", "m"),
    (Name::ContentLength, "Content-Length", "l"),
    (Name::ContentType, "Content-Type", "c"),
    (Name::CSeq, "CSeq", ""),
    (Name::Diversion, "Diversion", ""),
    (Name::Event, "Event", "o"),
    (Name::Expires, "Expires", ""),
    (Name::From, "From", "f"),
    (Name::MaxForwards, "Max-Forwards", ""),
    (Name::MinExpires, "Min-Expires", ""),
    (Name::MinSe, "Min-SE", ""),
    (Name::PAssertedIdentity, "P-Asserted-Identity", ""),
    (Name::Path, "Path", ""),
    (Name::Privacy, "Privacy", ""),
    (Name::ProxyAuthenticate, "Proxy-Authenticate", ""),
    (Name::ProxyAuthorization, "Proxy-Authorization", ""),
    (Name::RAck, "RAck", ""),
    (Name::RSeq, "RSeq", ""),
    (Name::Reason, "Reason", ""),
    (Name::RecordRoute, "Record-Route", ""),
    (Name::ReferTo, "Refer-To", "r"),
    (Name::ReferredBy, "Referred-By", "b"),
    (Name::Replaces, "Replaces", ""),
    (Name::Require, "Require", ""),
    (Name::RetryAfter, "Retry-After", ""),
    (Name::Route, "Route", ""),
    (Name::SessionExpires, "Session-Expires", "x"),
    (Name::SubscriptionState, "Subscription-State", ""),
    (Name::Supported, "Supported", "k"),
    (Name::Timestamp, "Timestamp", ""),
    (Name::To, "To", "t"),
    (Name::UserAgent, "User-Agent", ""),
    (Name::Via, "Via", "v"),
    (Name::WwwAuthenticate, "WWW-Authenticate", ""),
];

impl Name {
    /// The name written so, in long or compact form, without regard to case.
    pub fn from_text(text: &str) -> Name {
        NAMES
            .iter()
            .find(|(_, long, short)| {
                if text.len() == 1 {
                    short.eq_ignore_ascii_case(text)
                } else {
                    long.eq_ignore_ascii_case(text)
                }
            })
            .map_or(Name::Other, |(name, ..)| *name)
    }

    /// The long form; empty for [`Name::Other`].
    pub fn as_str(self) -> &'static str {
        NAMES
            .iter()
            .find(|(name, ..)| *name == self)
            .map_or("", |(_, long, _)| *long)
    }
}

/// `"Display" <uri>;params`, as in From, To, Contact, Route, Refer-To.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameAddr {
    /// Display name, unquoted.
    pub display: Option<String>,
    /// Address.
    pub uri: Uri,
    /// Header parameters, such as `tag`.
    pub params: Params,
}

impl NameAddr {
    /// An address without display name.
    pub fn new(uri: Uri) -> NameAddr {
        NameAddr {
            display: None,
            uri,
            params: Params::new(),
        }
    }

    /// Reads one value. `None` if it has no valid URI.
    pub fn parse(text: &str) -> Option<NameAddr> {
        let text = text.trim();
        let open = find_unquoted(text, '<');
        let Some(open) = open else {
            // Without brackets, parameters belong to the header (RFC 3261 §20.10).
            let (uri, params) = text.split_once(';').unwrap_or((text, ""));
            if uri.contains(['?', ',']) {
                return None;
            }
            return Some(NameAddr {
                display: None,
                uri: Uri::parse(uri.trim())?,
                params: parse_params(params),
            });
        };
        let rest = text.get(open + 1..)?;
        let close = rest.find('>')?;
        let params = rest.get(close + 1..)?.trim();
        let params = match params.strip_prefix(';') {
            Some(params) => params,
            None if params.is_empty() => "",
            None => return None,
        };
        let display = unquote(text.get(..open)?.trim());
        Some(NameAddr {
            display: (!display.is_empty()).then_some(display),
            uri: Uri::parse(rest.get(..close)?.trim())?,
            params: parse_params(params),
        })
    }

    /// Value of a header parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        param(&self.params, name)
    }

    /// The `tag`, if there is one.
    pub fn tag(&self) -> Option<&str> {
        self.param("tag").filter(|tag| !tag.is_empty())
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            write!(f, "{} ", quote(display))?;
        }
        write!(f, "<{}>", self.uri)?;
        write_params(f, &self.params)
    }
}

fn find_unquoted(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == wanted && !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// One hop of a `Via`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Via {
    /// `UDP`, `TCP` …, as written.
    pub transport: String,
    /// Host of sent-by.
    pub host: Host,
    /// Port of sent-by.
    pub port: Option<u16>,
    /// Parameters.
    pub params: Params,
}

impl Via {
    /// Reads one value.
    pub fn parse(text: &str) -> Option<Via> {
        let (protocol, rest) = text.split_once(';').unwrap_or((text, ""));
        let mut parts = protocol.splitn(3, '/').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case("SIP") || parts.next()? != "2.0" {
            return None;
        }
        let (transport, sent_by) = parts.next()?.split_once(|c: char| c.is_whitespace())?;
        let (host, port) = parse_hostport(sent_by)?;
        Some(Via {
            transport: transport.to_owned(),
            host,
            port,
            params: parse_params(rest),
        })
    }

    /// The `branch`, empty if there is none.
    pub fn branch(&self) -> &str {
        param(&self.params, "branch").unwrap_or("")
    }

    /// Whether the sender asks for the answer on its source port (RFC 3581).
    pub fn wants_rport(&self) -> bool {
        param(&self.params, "rport").is_some()
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write_params(f, &self.params)
    }
}

/// `CSeq`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CSeq<'a> {
    /// Sequence number, below 2^31.
    pub number: u32,
    /// Method as written.
    pub method: &'a str,
}

impl<'a> CSeq<'a> {
    /// Reads the value.
    pub fn parse(text: &'a str) -> Option<CSeq<'a>> {
        let (number, method) = text.trim().split_once(|c: char| c.is_whitespace())?;
        let number: u32 = number.parse().ok()?;
        let method = method.trim();
        (number < 1 << 31 && !method.is_empty()).then_some(CSeq { number, method })
    }
}

/// `RAck` (RFC 3262 §7.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RAck {
    /// RSeq of the response acknowledged.
    pub rseq: u32,
    /// CSeq number of the request it answered.
    pub cseq: u32,
    /// Method of that request.
    pub method: Method,
}

impl RAck {
    /// Reads the value.
    pub fn parse(text: &str) -> Option<RAck> {
        let mut words = text.split_whitespace();
        Some(RAck {
            rseq: words.next()?.parse().ok()?,
            cseq: words.next()?.parse().ok()?,
            method: Method::from_name(words.next()?),
        })
    }
}

/// `Reason` (RFC 3326): why a BYE or CANCEL was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// `SIP` or `Q.850`.
    pub protocol: String,
    /// Cause of that protocol.
    pub cause: Option<u16>,
    /// Text.
    pub text: Option<String>,
}

impl Reason {
    /// The SIP code as a reason.
    pub fn sip(code: u16, text: &str) -> Reason {
        Reason {
            protocol: "SIP".to_owned(),
            cause: Some(code),
            text: Some(text.to_owned()),
        }
    }

    /// Tells a phone that stops ringing not to show a missed call (RFC 3326 §3.1).
    pub fn answered_elsewhere() -> Reason {
        Reason::sip(200, "Call completed elsewhere")
    }

    /// Reads one value.
    pub fn parse(text: &str) -> Option<Reason> {
        let (protocol, params) = text.split_once(';').unwrap_or((text, ""));
        let params = parse_params(params);
        let protocol = protocol.trim();
        (!protocol.is_empty()).then(|| Reason {
            protocol: protocol.to_owned(),
            cause: param(&params, "cause").and_then(|cause| cause.parse().ok()),
            text: param(&params, "text").map(str::to_owned),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.protocol)?;
        if let Some(cause) = self.cause {
            write!(f, ";cause={cause}")?;
        }
        if let Some(text) = &self.text {
            write!(f, ";text={}", quote(text))?;
        }
        Ok(())
    }
}

/// `Session-Expires` (RFC 4028 §4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionExpires {
    /// Interval.
    pub interval: Duration,
    /// Whether the caller refreshes; `None` leaves the choice to the callee.
    pub refresher_is_uac: Option<bool>,
}

impl SessionExpires {
    /// Reads the value.
    pub fn parse(text: &str) -> Option<SessionExpires> {
        let (seconds, params) = text.split_once(';').unwrap_or((text, ""));
        let params = parse_params(params);
        Some(SessionExpires {
            interval: Duration::from_secs(seconds.trim().parse::<u32>().ok()?.into()),
            refresher_is_uac: match param(&params, "refresher") {
                Some("uac") => Some(true),
                Some("uas") => Some(false),
                _ => None,
            },
        })
    }
}

/// `Event` (RFC 6665 §8.2.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventHeader {
    /// Package name.
    pub package: String,
    /// `id` parameter, repeated in every NOTIFY.
    pub id: Option<String>,
}

impl EventHeader {
    /// Reads the value.
    pub fn parse(text: &str) -> Option<EventHeader> {
        let (package, params) = text.split_once(';').unwrap_or((text, ""));
        let package = package.trim();
        (!package.is_empty()).then(|| EventHeader {
            package: package.to_ascii_lowercase(),
            id: param(&parse_params(params), "id").map(str::to_owned),
        })
    }
}

/// `Subscription-State` (RFC 6665 §8.2.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubscriptionState {
    /// `active`, `pending` or `terminated`.
    pub state: String,
    /// Seconds left.
    pub expires_s: Option<u32>,
    /// Why it was terminated.
    pub reason: Option<String>,
}

impl SubscriptionState {
    /// Reads the value.
    pub fn parse(text: &str) -> Option<SubscriptionState> {
        let (state, params) = text.split_once(';').unwrap_or((text, ""));
        let params = parse_params(params);
        let state = state.trim().to_ascii_lowercase();
        (!state.is_empty()).then(|| SubscriptionState {
            state,
            expires_s: param(&params, "expires").and_then(|seconds| seconds.parse().ok()),
            reason: param(&params, "reason").map(str::to_owned),
        })
    }
}

/// A challenge or an answer to one: a scheme and its parameters (RFC 7235 §2.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuthValue {
    /// `Digest`.
    pub scheme: String,
    /// Parameters, unquoted.
    pub params: Params,
}

impl AuthValue {
    /// Reads the value of an Authorization or WWW-Authenticate header.
    pub fn parse(text: &str) -> Option<AuthValue> {
        let (scheme, rest) = text.trim().split_once(|c: char| c.is_whitespace())?;
        let params = split_quoted(rest, ',')
            .take(32)
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.trim().to_owned(), Some(unquote(value.trim()))))
            .collect();
        Some(AuthValue {
            scheme: scheme.to_owned(),
            params,
        })
    }

    /// Value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        param(&self.params, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_addr_reads_the_forms_of_the_rfc() {
        let full =
            NameAddr::parse(r#""A. G. \"Bell\" <x>" <sip:agb@bell.example>;tag=a48s"#).unwrap();
        assert_eq!(full.display.as_deref(), Some(r#"A. G. "Bell" <x>"#));
        assert_eq!(full.tag(), Some("a48s"));
        let bare = NameAddr::parse("sip:+12125551212@phone.example;tag=887s").unwrap();
        assert_eq!((bare.tag(), bare.uri.params.len()), (Some("887s"), 0));
        let words = NameAddr::parse("Anonymous Caller <sip:c8o@anon.example>").unwrap();
        assert_eq!(words.display.as_deref(), Some("Anonymous Caller"));
        for bad in ["", "<sip:a@b", "\"x\" sip:a@b", "<sip:a@b> x"] {
            assert_eq!(NameAddr::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn name_addr_survives_a_round_trip() {
        let text = r#""Smith, \\ \"J\"" <sip:j@h.example;lr>;tag=x;q=0.5"#;
        assert_eq!(NameAddr::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn via_tolerates_white_space_and_reads_parameters() {
        let via =
            Via::parse("SIP / 2.0 / UDP  192.0.2.1 : 5062 ; branch=z9hG4bK77 ;rport").unwrap();
        assert_eq!(
            (via.port, via.branch(), via.wants_rport()),
            (Some(5062), "z9hG4bK77", true)
        );
        assert_eq!(
            via.to_string(),
            "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK77;rport"
        );
        assert_eq!(Via::parse("SIP/3.0/UDP h"), None);
    }

    #[test]
    fn cseq_out_of_range_is_refused() {
        assert_eq!(CSeq::parse("4294967296 INVITE"), None);
        assert_eq!(CSeq::parse("2147483648 INVITE"), None);
        assert_eq!(CSeq::parse("x INVITE"), None);
        assert_eq!(
            CSeq::parse(" 0009  INVITE "),
            Some(CSeq {
                number: 9,
                method: "INVITE"
            })
        );
    }

    #[test]
    fn authorization_is_taken_apart_with_commas_in_quotes() {
        let value = AuthValue::parse(r#"Digest realm="a, b",nonce="x=", qop=auth"#).unwrap();
        assert_eq!(value.param("realm"), Some("a, b"));
        assert_eq!(value.param("NONCE"), Some("x="));
        assert_eq!(value.param("qop"), Some("auth"));
    }

    #[test]
    fn reason_is_written_as_phones_expect_it() {
        assert_eq!(
            Reason::answered_elsewhere().to_string(),
            r#"SIP;cause=200;text="Call completed elsewhere""#
        );
    }
}
