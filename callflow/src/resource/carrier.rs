//! Carriers: trunks to the outside world.

use crate::field::{Field, FieldKind, Fields};
use crate::json;
use crate::resource::{EncryptionMethods, Name, TextList};
use crate::value::{Int, Text};
use regex_lite::Regex;
use serde_json::Value;

/// Most patterns of one carrier.
const MOST_RULES: usize = 100;
/// Longest pattern, in characters.
const LONGEST_RULE: usize = 256;
/// Most servers of one carrier.
const MOST_GATEWAYS: usize = 50;

/// Patterns for numbers, one a line: a number that matches any of them is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberRules(pub Vec<String>);

impl NumberRules {
    /// What of a number goes out: the longest part that a matching pattern captures, the whole number when it
    /// captures nothing. `None` when no pattern matches.
    #[must_use]
    pub fn apply<'a>(&self, number: &'a str) -> Option<&'a str> {
        self.0.iter().find_map(|rule| {
            let found = Regex::new(rule).ok()?.captures(number)?;
            let groups = (1..found.len()).filter_map(|at| found.get(at));
            let captured = groups.max_by_key(|group| group.as_str().len());
            Some(captured.map_or(number, |group| group.as_str()))
        })
    }
}

impl Field for NumberRules {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::LongText { min: 0, max: 4_096 }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let rules: Vec<String> = match value {
            Value::Array(items) => items.iter().filter_map(json::text).collect(),
            other if json::is_blank(other) => Vec::new(),
            other => {
                let text = json::text(other).ok_or("Enter one pattern a line.")?;
                let lines = text.lines().map(str::trim);
                lines
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect()
            }
        };
        if rules.len() > MOST_RULES {
            return Err(format!("Enter at most {MOST_RULES} patterns."));
        }
        for rule in &rules {
            if rule.chars().count() > LONGEST_RULE {
                return Err(format!("A pattern has at most {LONGEST_RULE} characters."));
            }
            Regex::new(rule).map_err(|e| format!("“{rule}” is not a regular expression: {e}."))?;
        }
        Ok(Self(rules))
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            serde_json::json!(self.0)
        }
    }
}

crate::choice! {
    /// How calls are sent to a server.
    pub enum GatewayTransport {
        /// Datagrams.
        Udp = "udp", "UDP";
        /// A connection.
        Tcp = "tcp", "TCP";
        /// An encrypted connection; the server must prove its name.
        Tls = "tls", "TLS";
    }
}

crate::fields! {
    /// A carrier that brings calls and takes them.
    pub struct Carrier {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// Whether calls come and go through it.
        enabled: bool = true, "enabled", "Enabled";
        /// The SIP user name; empty when the carrier knows this exchange by its address.
        username: Text<0, 64> = Text::default(), "username", "SIP user name";
        /// Where calls to it are sent, a host name or address, with a port where it is not 5060.
        server: Text<0, 255> = Text::default(), "server", "Server";
        /// How calls are sent to the server.
        transport: GatewayTransport = GatewayTransport::Udp, "transport", "Transport";
        /// Networks that its calls may come from, one a line, for example 192.0.2.0/24.
        allowed_addresses: TextList = TextList::default(), "allowed_addresses", "Allowed addresses";
        /// The name in the certificate that it shows when it connects over TLS, for example sip.carrier.example: its calls
        /// are known by that, wherever they come from.
        tls_name: Text<0, 255> = Text::default(), "tls_name", "Name in its certificate";
        /// Patterns of the numbers that it takes, one a line; what a pattern captures is dialled. Empty takes every
        /// number.
        rules: NumberRules = NumberRules::default(), "rules", "Numbers it takes";
        /// From 0 to 100: of several carriers that take a number, the one with the lowest is tried first.
        weight_cost: Int<0, 100> = Int(50), "weight_cost", "Cost";
        /// Marks that a step may ask for; a step that asks for several needs a carrier that has them all.
        flags: TextList = TextList::default(), "flags", "Flags";
        /// Calls that ask for no flag pass this carrier over.
        require_flags: bool = false, "require_flags", "Only when a flag is asked for";
        /// It takes calls whatever flags they ask for.
        ignore_flags: bool = false, "ignore_flags", "Whatever flag is asked for";
        /// It takes emergency calls, and they are sent to it before all others.
        emergency: bool = false, "emergency", "Emergency calls";
        /// Calls to it have encrypted sound (SRTP), which it must know. Its own calls are encrypted whenever it offers
        /// that. Reach it by TLS: over UDP and TCP, whoever can listen to the call can read its keys as well.
        encryption_methods: EncryptionMethods = EncryptionMethods::default(), "media.encryption.methods", "Encrypt sound";
        /// Its calls and calls to it whose sound is not encrypted are refused.
        enforce_encryption: bool = false, "media.encryption.enforce_security", "Refuse sound that is not encrypted";
    }
}

crate::fields! {
    /// One server of a carrier.
    pub struct Gateway {
        /// Host name or address.
        server: Text<0, 255> = Text::default(), "server", "Server";
        /// Its port.
        port: Int<1, 65_535> = Int(5_060), "port", "Port";
        /// How calls are sent to it.
        transport: GatewayTransport = GatewayTransport::Udp, "transport", "Transport";
        /// Whether it is used.
        enabled: bool = true, "enabled", "Enabled";
        /// The user name that it asks for.
        username: Text<0, 64> = Text::default(), "username", "SIP user name";
        /// The realm that it asks for; empty takes what it says.
        realm: Text<0, 255> = Text::default(), "realm", "Realm";
        /// Put before the number.
        prefix: Text<0, 64> = Text::default(), "prefix", "Prefix";
        /// Put behind the number.
        suffix: Text<0, 64> = Text::default(), "suffix", "Suffix";
    }
}

impl Carrier {
    /// Whether it takes calls that ask for these flags.
    #[must_use]
    pub fn has_flags(&self, wanted: &[String]) -> bool {
        if self.ignore_flags {
            return true;
        }
        let all = wanted.iter().all(|flag| self.flags.0.contains(flag));
        all && !(self.require_flags && wanted.is_empty())
    }

    /// What of a number goes out through it; `None` when it does not take the number.
    #[must_use]
    pub fn takes<'a>(&self, number: &'a str) -> Option<&'a str> {
        if self.rules.0.is_empty() {
            return Some(number);
        }
        self.rules.apply(number)
    }

    /// The servers that calls to it are sent to, in order: its own, then those of a KAZOO document's `gateways`.
    #[must_use]
    pub fn gateways(&self) -> Vec<Gateway> {
        let listed = self.listed_gateways().into_iter();
        self.own_gateway().into_iter().chain(listed).collect()
    }

    /// The server of its own; `None` when none is named.
    #[must_use]
    pub fn own_gateway(&self) -> Option<Gateway> {
        (!self.server.0.is_empty()).then(|| {
            let (host, port) = host_and_port(&self.server.0);
            Gateway {
                server: Text(host.to_owned()),
                port: Int(port),
                transport: self.transport,
                username: self.username.clone(),
                ..Gateway::default()
            }
        })
    }

    /// The servers of a KAZOO document's `gateways` that are used, in order.
    #[must_use]
    pub fn listed_gateways(&self) -> Vec<Gateway> {
        let listed = self.source.get("gateways").and_then(Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(|item| {
            let gateway = Gateway::read(item)?;
            Some(gateway).filter(|gateway| gateway.enabled && !gateway.server.0.is_empty())
        });
        listed.take(MOST_GATEWAYS).collect()
    }
}

impl Gateway {
    /// Reads an item of `gateways`; `None` when it is no object.
    #[must_use]
    pub fn read(item: &Value) -> Option<Self> {
        Some(Self::parse(item.as_object()?.clone()).0)
    }

    /// Names it among the servers of its carrier, for as long as user name and server stay: what its password belongs to.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}@{}:{}", self.username.0, self.server.0, self.port.0)
    }
}

/// `host`, `host:port`, `[address]:port` or a bare IPv6 address.
fn host_and_port(server: &str) -> (&str, i64) {
    let bare = || (server.trim_start_matches('[').trim_end_matches(']'), 5_060);
    let Some((host, port)) = server.rsplit_once(':') else {
        return bare();
    };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    match port.parse::<u16>() {
        Ok(port) if port > 0 && (bracketed || !host.contains(':')) => (
            host.trim_start_matches('[').trim_end_matches(']'),
            i64::from(port),
        ),
        _ => bare(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn carrier(document: &Value) -> Carrier {
        let (carrier, errors) = Carrier::parse(document.as_object().unwrap().clone());
        assert_eq!(errors, []);
        carrier
    }

    #[test]
    fn pattern_says_what_of_a_number_goes_out() {
        let carrier = carrier(&json!({"rules": ["^\\+44(\\d{9,10})$", "^00\\d+$"]}));
        assert_eq!(carrier.takes("+441632960999"), Some("1632960999"));
        assert_eq!(carrier.takes("0044"), Some("0044"));
        assert_eq!(carrier.takes("+353"), None);
        assert_eq!(Carrier::default().takes("+353"), Some("+353"));
    }

    #[test]
    fn every_flag_asked_for_must_be_there() {
        let wanted = ["fax".to_owned(), "cheap".to_owned()];
        assert!(!carrier(&json!({"flags": ["fax"]})).has_flags(&wanted));
        assert!(carrier(&json!({"flags": ["fax", "cheap"]})).has_flags(&wanted));
        assert!(carrier(&json!({"ignore_flags": true})).has_flags(&wanted));
        assert!(!carrier(&json!({"require_flags": true})).has_flags(&[]));
        assert!(carrier(&json!({})).has_flags(&[]));
    }

    #[test]
    fn own_server_comes_before_the_listed_ones() {
        let document = json!({"server": "[2001:db8::1]:5070", "username": "us", "gateways": [
            {"server": "sip.example", "port": 5080, "prefix": "9"}, {"server": "off.example", "enabled": false}]});
        let carrier = carrier(&document);
        let servers: Vec<_> = carrier
            .gateways()
            .into_iter()
            .map(|g| (g.server.0, g.port.0, g.prefix.0))
            .collect();
        assert_eq!(
            servers,
            [
                ("2001:db8::1".to_owned(), 5_070, String::new()),
                ("sip.example".to_owned(), 5_080, "9".to_owned())
            ]
        );
        assert_eq!(Value::Object(carrier.to_object()), document);
        assert_eq!(host_and_port("2001:db8::1"), ("2001:db8::1", 5_060));
        assert_eq!(host_and_port("host:0"), ("host:0", 5_060));
    }

    #[test]
    fn pattern_that_is_none_is_refused() {
        let (_, errors) = Carrier::parse(json!({"rules": ["("]}).as_object().unwrap().clone());
        assert_eq!(errors.len(), 1);
    }
}
