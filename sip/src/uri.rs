//! SIP, SIPS and TEL URIs (RFC 3261 §19.1, RFC 3966).

use crate::flow::Transport;
use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A URI longer than this is refused.
const MAX_URI_BYTES: usize = 4096;

/// The scheme of a [`Uri`].
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Another scheme, kept so that a request naming it can be answered 416.
    Other(String),
}

impl Scheme {
    fn as_str(&self) -> &str {
        match self {
            Scheme::Sip => "sip",
            Scheme::Sips => "sips",
            Scheme::Tel => "tel",
            Scheme::Other(name) => name,
        }
    }
}

/// The host of a URI or of a `Via`.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Host {
    /// A literal address.
    Ip(IpAddr),
    /// A domain name in lower case.
    Name(String),
}

impl Host {
    /// Reads a host name, IPv4 address or bracketed IPv6 address. `None` if it is none of them.
    pub fn parse(text: &str) -> Option<Host> {
        if let Some(inner) = text.strip_prefix('[') {
            let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
            return Some(Host::Ip(IpAddr::V6(address)));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Host::Ip(address));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if text.is_empty() || text.len() > 255 || !text.chars().all(plain) {
            return None;
        }
        Some(Host::Name(text.to_ascii_lowercase()))
    }

    /// The literal address, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Host::Ip(address) => Some(*address),
            Host::Name(_) => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Ip(IpAddr::V4(address)) => write!(f, "{address}"),
            Host::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Host::Name(name) => f.write_str(name),
        }
    }
}

/// Parameters in the order written; a name without `=` has no value.
pub type Params = Vec<(String, Option<String>)>;

/// Value of a parameter, names compared without case. `Some("")` for a parameter without value.
pub fn param<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_deref().unwrap_or(""))
}

/// A URI, taken apart. `user` is stored unescaped and escaped again when written.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Uri {
    /// Scheme.
    pub scheme: Scheme,
    /// User part; for `tel:` the number. For other schemes everything after the colon.
    pub user: Option<String>,
    /// Host; an empty name for `tel:` and unknown schemes.
    pub host: Host,
    /// Port, if one is written.
    pub port: Option<u16>,
    /// URI parameters.
    pub params: Params,
    /// Everything after `?`, as written.
    pub headers: Option<String>,
}

impl Uri {
    /// `sip:user@host`.
    pub fn sip(user: &str, host: &str) -> Option<Uri> {
        Some(Uri {
            scheme: Scheme::Sip,
            user: (!user.is_empty()).then(|| user.to_owned()),
            host: Host::parse(host)?,
            port: None,
            params: Params::new(),
            headers: None,
        })
    }

    /// Reads a URI without angle brackets. `None` if it is not one.
    pub fn parse(text: &str) -> Option<Uri> {
        let forbidden =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\');
        if text.len() > MAX_URI_BYTES || text.chars().any(forbidden) {
            return None;
        }
        let (scheme, rest) = text.split_once(':')?;
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if scheme.is_empty() || !scheme.chars().all(word) || rest.is_empty() {
            return None;
        }
        match scheme.to_ascii_lowercase().as_str() {
            "sip" => Uri::parse_sip(Scheme::Sip, rest),
            "sips" => Uri::parse_sip(Scheme::Sips, rest),
            "tel" => {
                let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
                Some(Uri::opaque(Scheme::Tel, number, uri_params(params)))
            }
            other => Some(Uri::opaque(
                Scheme::Other(other.to_owned()),
                rest,
                Params::new(),
            )),
        }
    }

    fn opaque(scheme: Scheme, rest: &str, params: Params) -> Uri {
        Uri {
            scheme,
            user: Some(rest.to_owned()),
            host: Host::Name(String::new()),
            port: None,
            params,
            headers: None,
        }
    }

    fn parse_sip(scheme: Scheme, rest: &str) -> Option<Uri> {
        // `?` and `;` are allowed in the user part, so the user is cut off first.
        let (user, rest) = match rest.find('@') {
            Some(at) => (Some(rest.get(..at)?), rest.get(at + 1..)?),
            None => (None, rest),
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers.to_owned())),
            None => (rest, None),
        };
        let (hostport, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = parse_hostport(hostport)?;
        let user = match user {
            // A password is deprecated (RFC 3261 §19.1.1) and never of use to us.
            Some(user) => Some(unescape(
                user.split_once(':').map_or(user, |(name, _)| name),
            )?),
            None => None,
        };
        Some(Uri {
            scheme,
            user: user.filter(|user| !user.is_empty()),
            host,
            port,
            params: uri_params(params),
            headers,
        })
    }

    /// Value of a URI parameter; `Some("")` if it is present without value.
    pub fn param(&self, name: &str) -> Option<&str> {
        param(&self.params, name)
    }

    /// The user part, empty if there is none.
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("")
    }

    /// `user@host` with the host in lower case: the key of an address of record.
    pub fn address(&self) -> String {
        match &self.user {
            Some(user) => format!("{user}@{}", self.host),
            None => self.host.to_string(),
        }
    }

    /// The transport the URI asks for; `None` if it leaves the choice (RFC 3263 §4.1).
    pub fn transport(&self) -> Option<Transport> {
        let named = self.param("transport").map(str::to_ascii_lowercase);
        match (named.as_deref(), &self.scheme) {
            (Some("udp"), _) => Some(Transport::Udp),
            (Some("ws"), Scheme::Sips) | (Some("wss"), _) => Some(Transport::Wss),
            (Some("ws"), _) => Some(Transport::Ws),
            (Some("tls"), _) | (_, Scheme::Sips) => Some(Transport::Tls),
            (Some("tcp"), _) => Some(Transport::Tcp),
            _ => None,
        }
    }

    /// The socket address, when the host is a literal; `default_port` fills in a missing port.
    pub fn socket_addr(&self, default_port: u16) -> Option<SocketAddr> {
        Some(SocketAddr::new(
            self.host.ip()?,
            self.port.unwrap_or(default_port),
        ))
    }

    /// Whether both name the same resource (RFC 3261 §19.1.4).
    pub fn is_equivalent(&self, other: &Uri) -> bool {
        const SIGNIFICANT: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];
        let same = |name: &str| match (self.param(name), other.param(name)) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            (None, None) => true,
            _ => !SIGNIFICANT.contains(&name),
        };
        self.scheme == other.scheme
            && self.user == other.user
            && self.host == other.host
            && self.port == other.port
            && SIGNIFICANT.iter().all(|name| same(name))
            && self
                .params
                .iter()
                .all(|(name, _)| same(&name.to_ascii_lowercase()))
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme.as_str())?;
        match (&self.scheme, &self.user) {
            (Scheme::Tel | Scheme::Other(_), user) => {
                f.write_str(user.as_deref().unwrap_or(""))?;
            }
            (_, Some(user)) => {
                write_escaped(f, user, USER)?;
                write!(f, "@{}", self.host)?;
            }
            (_, None) => write!(f, "{}", self.host)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        for (name, value) in &self.params {
            f.write_char(';')?;
            write_escaped(f, name, PARAM)?;
            if let Some(value) = value {
                f.write_char('=')?;
                write_escaped(f, value, PARAM)?;
            }
        }
        if let Some(headers) = &self.headers {
            write!(f, "?{headers}")?;
        }
        Ok(())
    }
}

/// `host`, `host:port` or `[v6]:port`.
pub(crate) fn parse_hostport(text: &str) -> Option<(Host, Option<u16>)> {
    let text = text.trim();
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']')? + 1;
        (text.get(..end)?, text.get(end..)?)
    } else {
        match text.find(':') {
            Some(colon) => (text.get(..colon)?, text.get(colon..)?),
            None => (text, ""),
        }
    };
    let port = match port.trim().strip_prefix(':') {
        Some(digits) => Some(digits.trim().parse().ok().filter(|port| *port != 0)?),
        None if port.trim().is_empty() => None,
        None => return None,
    };
    Some((Host::parse(host.trim())?, port))
}

/// `;`-separated parameters, quoted strings respected.
pub(crate) fn parse_params(text: &str) -> Params {
    split_quoted(text, ';')
        .filter(|part| !part.is_empty())
        .take(64)
        .map(|part| match part.split_once('=') {
            Some((name, value)) => (name.trim().to_owned(), Some(unquote(value.trim()))),
            None => (part.to_owned(), None),
        })
        .collect()
}

pub(crate) fn write_params(f: &mut fmt::Formatter<'_>, params: &Params) -> fmt::Result {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | ';' | ',' | '<' | '>');
    for (name, value) in params {
        write!(f, ";{name}")?;
        match value {
            Some(value) if !value.is_empty() && value.chars().all(plain) => write!(f, "={value}")?,
            Some(value) => write!(f, "={}", quote(value))?,
            None => {}
        }
    }
    Ok(())
}

/// Splits at `separator` outside quoted strings and angle brackets; parts are trimmed.
pub(crate) fn split_quoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let (mut quoted, mut escaped, mut angle) = (false, false, false);
        for (at, c) in current.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '<' if !quoted => angle = true,
                '>' if !quoted => angle = false,
                c if c == separator && !quoted && !angle => {
                    rest = current.get(at + c.len_utf8()..);
                    return current.get(..at).map(str::trim);
                }
                _ => {}
            }
        }
        rest = None;
        Some(current.trim())
    })
}

/// Removes the quotes and backslashes of a quoted string; other text stays as it is.
pub(crate) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else {
        return text.to_owned();
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut plain = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(c);
            escaped = false;
        }
    }
    plain
}

/// A quoted string; control characters become spaces.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

pub(crate) fn unescape(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next()?, rest.next()?];
            let hex = std::str::from_utf8(&hex).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Besides letters and digits, what stands unescaped in a user part (RFC 3261 §25.1).
const USER: &[u8] = b"-_.!~*'()&=+$,;?/";
/// Besides letters and digits, what stands unescaped in a parameter. Its escapes are kept as written.
const PARAM: &[u8] = b"-_.!~*'()[]/:&+$%@,=";

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str, plain: &[u8]) -> fmt::Result {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            f.write_char(char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// Parameters of a URI: no quoting, escapes kept as written.
fn uri_params(text: &str) -> Params {
    text.split(';')
        .filter(|part| !part.is_empty())
        .take(64)
        .map(|part| match part.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (part.to_owned(), None),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_survives_a_round_trip() {
        for text in [
            "sip:alice@atlanta.example",
            "sip:alice@192.0.2.4:5070;transport=tcp;lr",
            "sips:[2001:db8::1]:5061",
            "sip:+4416149601%2320@gw.example;user=phone?Subject=x",
            "sip:2003@h.example?Replaces=a@b",
            "tel:+441614960120;phone-context=example.com",
            "http://example.com/",
        ] {
            assert_eq!(
                Uri::parse(text).map(|uri| uri.to_string()).as_deref(),
                Some(text)
            );
        }
    }

    #[test]
    fn user_part_is_unescaped_and_may_hold_reserved_characters() {
        let uri = Uri::parse("sip:j%40s;day=tue@h.example;lr").unwrap();
        assert_eq!(uri.user(), "j@s;day=tue");
        assert_eq!(uri.param("lr"), Some(""));
    }

    #[test]
    fn nonsense_is_not_a_uri() {
        for text in [
            "",
            "sip:",
            "alice",
            "sip:a@",
            "sip:a@h:0",
            "sip:a@h:99999",
            "sip:a b@h",
            ":x",
            "sip:%4@h",
            "sip:a@[::1",
        ] {
            assert_eq!(Uri::parse(text), None, "{text}");
        }
    }

    #[test]
    fn equivalence_follows_the_rfc() {
        let same = |a: &str, b: &str| {
            Uri::parse(a)
                .unwrap()
                .is_equivalent(&Uri::parse(b).unwrap())
        };
        assert!(same(
            "sip:%61lice@Atlanta.example;transport=TCP",
            "sip:alice@atlanta.example;Transport=tcp"
        ));
        assert!(same(
            "sip:carol@chicago.example",
            "sip:carol@chicago.example;newparam=5"
        ));
        assert!(!same(
            "sip:ALICE@atlanta.example",
            "sip:alice@atlanta.example"
        ));
        assert!(!same(
            "sip:bob@biloxi.example",
            "sip:bob@biloxi.example:5060"
        ));
        assert!(!same(
            "sip:bob@biloxi.example",
            "sip:bob@biloxi.example;transport=udp"
        ));
    }
}
