//! Headers that a person adds to a request.

use crate::check::Finding;
use crate::value::Pairs;

/// Longest value, in characters.
const LONGEST: usize = 1_024;

/// Headers that the exchange writes itself: a second one would change where a request goes or how it is read.
const RESERVED: [&str; 34] = [
    "accept",
    "allow",
    "authorization",
    "call-id",
    "connection",
    "contact",
    "content-encoding",
    "content-length",
    "content-type",
    "cseq",
    "event",
    "expires",
    "from",
    "host",
    "identity",
    "max-forwards",
    "p-asserted-identity",
    "p-preferred-identity",
    "privacy",
    "proxy-authorization",
    "proxy-require",
    "record-route",
    "refer-to",
    "referred-by",
    "remote-party-id",
    "replaces",
    "require",
    "route",
    "supported",
    "te",
    "to",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Whether a header may be added to a SIP request or, but for what `Authorization` is for, to a web request.
#[must_use]
pub fn may_be_added(name: &str, value: &str) -> bool {
    is_name(name) && is_value(value) && !RESERVED.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether it may be added to a web request.
#[must_use]
pub fn may_be_sent(name: &str, value: &str) -> bool {
    may_be_added(name, value)
        || (is_value(value)
            && ["accept", "authorization"]
                .iter()
                .any(|own| name.eq_ignore_ascii_case(own)))
}

/// Whether its name begins with `X-`, as headers of one's own should.
#[must_use]
pub fn is_own(name: &str) -> bool {
    let start = name.get(..2);
    start.is_some_and(|start| start.eq_ignore_ascii_case("x-"))
}

/// The headers among `pairs` that may not be added, as findings.
pub(crate) fn check(
    pairs: &Pairs,
    field: &'static str,
    allowed: impl Fn(&str, &str) -> bool,
    want: &str,
) -> Vec<Finding> {
    let wrong = pairs.0.iter().filter(|(name, value)| !allowed(name, value));
    wrong
        .map(|(name, _)| {
            let message = format!("“{name}” cannot be added; {want}");
            Finding::error("HEADER_INVALID", Some(field), message)
        })
        .collect()
}

/// RFC 3261 §25.1 and RFC 9110 §5.6.2: a token.
fn is_name(name: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    !name.is_empty() && name.len() <= 128 && name.chars().all(token)
}

fn is_value(value: &str) -> bool {
    value.chars().count() <= LONGEST && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_exchange_are_left_alone() {
        assert!(may_be_added("X-Branch", "north"));
        for (name, value) in [
            ("From", "x"),
            ("route", "x"),
            ("X Branch", "x"),
            ("", "x"),
            ("X-A", "a\r\nVia: b"),
        ] {
            assert!(!may_be_added(name, value), "{name}");
            assert!(!may_be_sent(name, value), "{name}");
        }
        assert!(may_be_sent("Authorization", "Bearer x") && !may_be_sent("Host", "x"));
        assert!(is_own("x-a") && !is_own("a-x"));
    }
}
