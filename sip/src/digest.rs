//! Digest authentication: RFC 2617 as phones speak it, RFC 7616 and RFC 8760.
//!
//! Nonces carry their time and are signed, so challenging costs no memory. What is remembered is
//! bounded: nonce counts of nonces in use, and failures per source.

mod guard;
mod nonce;

pub(crate) use guard::Guard;
pub(crate) use nonce::{NonceState, Nonces};

use crate::action::Credentials;
use crate::header::AuthValue;
use crate::uri::quote;
use md5::Md5;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use subtle::ConstantTimeEq;

/// A digest algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// `MD5`
    Md5,
    /// `SHA-256`
    Sha256,
}

impl Algorithm {
    /// The name in a challenge.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    /// The algorithm of a challenge or answer; MD5 if none is named, `None` if it is not one of ours.
    pub fn of(value: &AuthValue) -> Option<Algorithm> {
        match value.param("algorithm") {
            None => Some(Algorithm::Md5),
            Some(name) if name.eq_ignore_ascii_case("MD5") => Some(Algorithm::Md5),
            Some(name) if name.eq_ignore_ascii_case("SHA-256") => Some(Algorithm::Sha256),
            Some(_) => None,
        }
    }

    /// `H(text)` in hexadecimal.
    pub fn hash(self, text: &str) -> String {
        match self {
            Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        }
    }

    /// `H(username:realm:password)`: what to keep instead of a password.
    pub fn ha1(self, username: &str, realm: &str, password: &str) -> String {
        self.hash(&format!("{username}:{realm}:{password}"))
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What a client needs to answer challenges.
#[derive(Clone)]
pub struct ClientCredentials {
    /// Digest user name.
    pub username: String,
    /// Password in the clear: a carrier's realm is not known beforehand.
    pub password: String,
    /// The only realm that is answered; `None` answers any.
    pub realm: Option<String>,
}

impl std::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// The `response` of RFC 7616 §3.4.1 (or, without `qop`, of RFC 2069).
fn response(
    algorithm: Algorithm,
    ha1: &str,
    method: &str,
    uri: &str,
    nonce: &str,
    qop: Option<(&str, &str)>,
) -> String {
    let ha2 = algorithm.hash(&format!("{method}:{uri}"));
    match qop {
        Some((nc, cnonce)) => algorithm.hash(&format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}")),
        None => algorithm.hash(&format!("{ha1}:{nonce}:{ha2}")),
    }
}

/// Answers a challenge: the value of an Authorization header. `None` if the challenge is not one we can answer.
pub fn answer(
    challenge: &AuthValue,
    credentials: &ClientCredentials,
    method: &str,
    uri: &str,
    cnonce: &str,
) -> Option<String> {
    if !challenge.scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let algorithm = Algorithm::of(challenge)?;
    let (realm, nonce) = (challenge.param("realm")?, challenge.param("nonce")?);
    if credentials.realm.as_ref().is_some_and(|own| own != realm) {
        return None;
    }
    let offers = challenge.param("qop");
    let auth = offers.is_some_and(|list| list.split(',').any(|qop| qop.trim() == "auth"));
    if offers.is_some() && !auth {
        return None; // auth-int alone
    }
    let ha1 = algorithm.ha1(&credentials.username, realm, &credentials.password);
    let qop = auth.then_some(("00000001", cnonce));
    let digest = response(algorithm, &ha1, method, uri, nonce, qop);
    let mut value = format!(
        "Digest username={}, realm={}, nonce={}, uri={}, response=\"{digest}\", algorithm={}",
        quote(&credentials.username),
        quote(realm),
        quote(nonce),
        quote(uri),
        algorithm.name()
    );
    if auth {
        let _ = write!(value, ", qop=auth, nc=00000001, cnonce=\"{cnonce}\"");
    }
    if let Some(opaque) = challenge.param("opaque") {
        let _ = write!(value, ", opaque={}", quote(opaque));
    }
    Some(value)
}

/// Whether an Authorization value proves knowledge of the password.
///
/// The nonce is judged elsewhere. The comparison takes the same time wherever the values differ.
pub fn verify(answer: &AuthValue, credentials: &Credentials, method: &str) -> bool {
    let check = || {
        let algorithm = Algorithm::of(answer)?;
        let ha1 = match algorithm {
            Algorithm::Md5 => credentials.ha1_md5.as_deref()?,
            Algorithm::Sha256 => credentials.ha1_sha256.as_deref()?,
        }
        .to_ascii_lowercase();
        let (uri, nonce) = (answer.param("uri")?, answer.param("nonce")?);
        let qop = match answer.param("qop") {
            Some("auth") => Some((answer.param("nc")?, answer.param("cnonce")?)),
            Some(_) => return None,
            None => None,
        };
        let expected = response(algorithm, &ha1, method, uri, nonce, qop);
        let given = answer.param("response")?.to_ascii_lowercase();
        let same = expected.as_bytes().ct_eq(given.as_bytes()).into();
        let named = answer.param("username")? == credentials.username
            && answer.param("realm")? == credentials.realm;
        Some(same && named)
    };
    check().unwrap_or(false)
}

/// The value of a WWW-Authenticate header.
pub(crate) fn challenge(realm: &str, algorithm: Algorithm, nonce: &str, stale: bool) -> String {
    let stale = if stale { ", stale=true" } else { "" };
    format!(
        "Digest realm={}, nonce=\"{nonce}\", algorithm={}, qop=\"auth\"{stale}",
        quote(realm),
        algorithm.name()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(username: &str, realm: &str, password: &str) -> Credentials {
        Credentials {
            username: username.into(),
            realm: realm.into(),
            ha1_md5: Some(Algorithm::Md5.ha1(username, realm, password)),
            ha1_sha256: Some(Algorithm::Sha256.ha1(username, realm, password)),
            aor: String::new(),
        }
    }

    // RFC 2617 §3.5
    const RFC_2617: &str = r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41""#;
    // RFC 7616 §3.9.1
    const RFC_7616: &str = r#"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;

    #[test]
    fn examples_of_the_rfcs_verify() {
        let md5 = AuthValue::parse(RFC_2617).unwrap();
        assert!(verify(
            &md5,
            &credentials("Mufasa", "testrealm@host.com", "Circle Of Life"),
            "GET"
        ));
        let sha = AuthValue::parse(RFC_7616).unwrap();
        assert!(verify(
            &sha,
            &credentials("Mufasa", "http-auth@example.org", "Circle of Life"),
            "GET"
        ));
    }

    #[test]
    fn anything_else_than_the_password_fails() {
        let md5 = AuthValue::parse(RFC_2617).unwrap();
        let good = credentials("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert!(!verify(
            &md5,
            &credentials("Mufasa", "testrealm@host.com", "circle of life"),
            "GET"
        ));
        assert!(!verify(&md5, &good, "POST"));
        assert!(!verify(
            &md5,
            &Credentials {
                realm: "other".into(),
                ..good.clone()
            },
            "GET"
        ));
        assert!(!verify(
            &md5,
            &Credentials {
                ha1_md5: None,
                ..good
            },
            "GET"
        ));
    }

    #[test]
    fn our_answers_verify_against_our_challenges() {
        for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
            let text = challenge("a \"realm\"", algorithm, "n0nce", false);
            let challenge = AuthValue::parse(&text).unwrap();
            let client = ClientCredentials {
                username: "tr\"unk".into(),
                password: "s3cret".into(),
                realm: None,
            };
            let value = answer(&challenge, &client, "INVITE", "sip:1@h", "c0").unwrap();
            let value = AuthValue::parse(&value).unwrap();
            assert!(verify(
                &value,
                &credentials("tr\"unk", "a \"realm\"", "s3cret"),
                "INVITE"
            ));
        }
    }

    #[test]
    fn a_challenge_of_another_realm_with_unknown_algorithm_or_only_auth_int_is_not_answered() {
        let client = ClientCredentials {
            username: "u".into(),
            password: "p".into(),
            realm: Some("r".into()),
        };
        for text in [
            r#"Digest realm="r", nonce="n", algorithm=SHA-512-256"#,
            r#"Digest realm="r", nonce="n", qop="auth-int""#,
            r#"Basic realm="r""#,
            r#"Digest realm="other", nonce="n""#,
        ] {
            let value = AuthValue::parse(text).unwrap();
            assert_eq!(answer(&value, &client, "INVITE", "sip:x", "c"), None);
        }
        let own = AuthValue::parse(r#"Digest realm="r", nonce="n""#).unwrap();
        assert!(answer(&own, &client, "INVITE", "sip:x", "c").is_some());
    }
}
