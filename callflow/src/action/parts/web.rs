//! Telling and asking systems on the web.

use crate::call::Call;
use crate::check::Finding;
use crate::command::HttpMethod;
use crate::field::{Choice, Field, FieldKind};
use crate::route::Origin;
use serde_json::Value;

/// Longest address, in characters.
pub const LONGEST_ADDRESS: usize = 2_048;

/// The method of a request, written in small or large letters; `PUT` only where it makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verb<const PUT: bool>(pub HttpMethod);

impl<const PUT: bool> Field for Verb<PUT> {
    fn kind() -> FieldKind {
        const ALL: [Choice; 3] = [
            Choice {
                value: "get",
                label: "GET",
            },
            Choice {
                value: "post",
                label: "POST",
            },
            Choice {
                value: "put",
                label: "PUT",
            },
        ];
        const WITHOUT_PUT: [Choice; 2] = [ALL[0], ALL[1]];
        if PUT {
            FieldKind::Choice(&ALL)
        } else {
            FieldKind::Choice(&WITHOUT_PUT)
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let word = value.as_str().map(str::to_ascii_lowercase);
        match word.as_deref() {
            Some("get") => Ok(Self(HttpMethod::Get)),
            Some("post") => Ok(Self(HttpMethod::Post)),
            Some("put") if PUT => Ok(Self(HttpMethod::Put)),
            _ if PUT => Err("Choose one of: GET, POST, PUT.".to_owned()),
            _ => Err("Choose one of: GET, POST.".to_owned()),
        }
    }
    fn to_json(&self) -> Value {
        self.0.as_str().to_ascii_lowercase().into()
    }
}

/// Whether it is an address on the web with a host.
#[must_use]
pub fn is_address(url: &str) -> bool {
    let host = authority(url).map(|(_, host, _)| host);
    host.is_some_and(|host| !host.is_empty() && !host.starts_with([':', '@']))
        && url.chars().count() <= LONGEST_ADDRESS
        && !url.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// What is wrong with an address that a person entered.
pub(crate) fn check_address(url: &str, field: &'static str) -> Option<Finding> {
    if url.is_empty() || is_address(url) {
        return None;
    }
    let message = "The address begins with http:// or https:// and names a host";
    Some(Finding::error("ADDRESS_INVALID", Some(field), message))
}

/// Scheme, host with port, and what follows.
fn authority(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    if !["http", "https"]
        .iter()
        .any(|own| scheme.eq_ignore_ascii_case(own))
    {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    Some((scheme, host, path))
}

/// An address that another one names, perhaps by its path alone (RFC 3986 §5.2, without `..`). `None` when that is
/// no address on the web.
#[must_use]
pub fn resolve(base: &str, target: &str) -> Option<String> {
    let target = target.trim();
    if target.contains("://") {
        return is_address(target).then(|| target.to_owned());
    }
    let (scheme, host, path) = authority(base)?;
    let path = path.split('#').next().unwrap_or_default();
    let file = path.split('?').next().unwrap_or_default();
    let joined = if target.is_empty() {
        format!("{scheme}://{host}{path}")
    } else if target.starts_with("//") {
        format!("{scheme}:{target}")
    } else if target.starts_with('/') {
        format!("{scheme}://{host}{target}")
    } else if target.starts_with('?') {
        format!("{scheme}://{host}{file}{target}")
    } else {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{host}{folder}/{target}")
    };
    is_address(&joined).then_some(joined)
}

/// What a webhook tells of a call: everything that every call has, then what steps have set.
#[must_use]
pub fn about(call: &Call) -> Vec<(String, String)> {
    let direction = match call.info().origin {
        Origin::Internal => "internal",
        Origin::External => "inbound",
    };
    let state = if call.is_answered() {
        "answered"
    } else {
        "ringing"
    };
    let mut fields = vec![
        ("account_id".to_owned(), call.account().id.to_string()),
        ("account_realm".to_owned(), call.account().realm.clone()),
        ("callflow_id".to_owned(), call.program().id.to_string()),
        ("direction".to_owned(), direction.to_owned()),
        ("state".to_owned(), state.to_owned()),
    ];
    for name in [
        "call_id",
        "account_name",
        "caller_id_name",
        "caller_id_number",
        "callee_number",
        "capture",
        "digits",
        "language",
        "user_id",
    ] {
        fields.extend(call.variable(name).map(|value| (name.to_owned(), value)));
    }
    for (name, value) in call.variables() {
        put(&mut fields, name, value.to_owned());
    }
    fields
}

/// Adds a field, in place of one of the same name.
pub fn put(fields: &mut Vec<(String, String)>, name: &str, value: String) {
    match fields.iter_mut().find(|(own, _)| own == name) {
        Some((_, own)) => *own = value,
        None => fields.push((name.to_owned(), value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_on_the_web_are_addresses() {
        for good in ["http://a", "HTTPS://a.example:81/b?c=d", "https://u:p@a/"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "http://",
            "https:///x",
            "ftp://a",
            "file:///etc/passwd",
            "a.example",
            "http://a b",
            "http://:80/",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_are_taken_from_where_they_stand() {
        let base = "https://a.example/ivr/start?x=1#top";
        for (target, found) in [
            ("", "https://a.example/ivr/start?x=1"),
            ("next", "https://a.example/ivr/next"),
            ("/next", "https://a.example/next"),
            ("?y=2", "https://a.example/ivr/start?y=2"),
            ("//b.example/n", "https://b.example/n"),
            ("http://b.example", "http://b.example"),
        ] {
            assert_eq!(resolve(base, target).as_deref(), Some(found), "{target}");
        }
        assert_eq!(
            resolve("https://a.example", "n").as_deref(),
            Some("https://a.example/n")
        );
        assert_eq!(resolve(base, "file:///etc/passwd"), None);
        assert_eq!(resolve("", "next"), None);
    }

    #[test]
    fn methods_are_read_in_any_letters() {
        assert_eq!(
            Verb::<false>::from_json(&"GET".into()),
            Ok(Verb(HttpMethod::Get))
        );
        assert!(Verb::<false>::from_json(&"put".into()).is_err());
        assert_eq!(
            Verb::<true>::from_json(&"put".into()),
            Ok(Verb(HttpMethod::Put))
        );
    }
}
