//! The registrar, and digest authentication of phones.

use crate::peer::*;
use sip::action::{Credentials, Verdict};
use sip::digest::{Algorithm, ClientCredentials, answer};
use sip::event::{Event, UnregisterCause};
use sip::header::{AuthValue, Name};
use sip::message::Message;
use sip::{Config, FlowId, Method, Transport};

const AOR: &str = "bob@fernhill.example";

fn register(cseq: u32, contacts: &str, extra: &str) -> String {
    format!(
        "REGISTER sip:fernhill.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKr{cseq};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:bob@fernhill.example>;tag=r\r\nTo: <sip:bob@fernhill.example>\r\n\
         Call-ID: reg@peer\r\nCSeq: {cseq} REGISTER\r\nUser-Agent: Phone/1\r\n\
         {contacts}{extra}Content-Length: 0\r\n\r\n"
    )
}

fn contact(user: &str, params: &str) -> String {
    format!("Contact: <sip:{user}@192.0.2.9>{params}\r\n")
}

fn users(bench: &Bench) -> Vec<String> {
    let bindings = bench.core.bindings(AOR);
    bindings
        .iter()
        .map(|binding| binding.contact.user().to_owned())
        .collect()
}

fn unregistered(bench: &mut Bench) -> (String, UnregisterCause) {
    match bench.event() {
        Event::Unregistered { contact, cause, .. } => (contact.user().to_owned(), cause),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_contact_is_kept_until_it_expires() {
    let mut bench = Bench::new();
    bench.input(&register(1, &contact("a", ""), "Expires: 120\r\n"));
    let ok = bench.next();
    assert_eq!(
        (ok.code(), ok.header(Name::Contact)),
        (Some(200), Some("<sip:a@192.0.2.9>;expires=120"))
    );
    match bench.event() {
        Event::Registered {
            aor,
            binding,
            refreshed,
        } => {
            assert_eq!((aor.as_str(), refreshed), (AOR, false));
            assert_eq!(binding.flow, bench.flow);
            assert_eq!(binding.user_agent.as_deref(), Some("Phone/1"));
        }
        other => panic!("{other:?}"),
    }
    bench.wait_ms(119_999);
    assert_eq!(users(&bench), ["a"]);
    bench.wait_ms(1);
    assert_eq!(
        unregistered(&mut bench),
        ("a".into(), UnregisterCause::Expired)
    );
    assert_eq!(bench.core.stats().registrations, 0);
    assert_eq!(bench.core.next_timeout(), None);
}

#[test]
fn contacts_come_best_first_and_can_be_fetched_and_removed() {
    let mut bench = Bench::new();
    let two = contact("low", ";q=0.1") + &contact("high", ";q=0.9;expires=100");
    bench.input(&register(1, &two, ""));
    assert_eq!(users(&bench), ["high", "low"]);
    bench.sent.clear();
    bench.events.clear();
    bench.input(&register(2, "", ""));
    let fetched = bench.next();
    let contacts: Vec<&str> = fetched.all(Name::Contact).collect();
    assert_eq!(
        contacts,
        [
            "<sip:high@192.0.2.9>;expires=100",
            "<sip:low@192.0.2.9>;expires=3600"
        ]
    );
    bench.input(&register(3, &contact("high", ";expires=0"), ""));
    assert_eq!(
        unregistered(&mut bench),
        ("high".into(), UnregisterCause::Removed)
    );
    bench.input(&register(4, "Contact: *\r\n", "Expires: 0\r\n"));
    assert_eq!(unregistered(&mut bench).0, "low");
    assert!(users(&bench).is_empty());
}

#[test]
fn a_refresh_is_told_from_a_new_contact_and_an_old_request_changes_nothing() {
    let mut bench = Bench::new();
    bench.input(&register(5, &contact("a", ""), ""));
    bench.events.clear();
    bench.input(&register(6, &contact("a", ""), ""));
    assert!(matches!(
        bench.event(),
        Event::Registered {
            refreshed: true,
            ..
        }
    ));
    bench.sent.clear();
    bench.input(&register(4, &contact("a", ";expires=0"), ""));
    assert_eq!(bench.codes(), [500]);
    bench.input(&register(3, "Contact: *\r\n", "Expires: 0\r\n"));
    assert_eq!(bench.codes(), [500]);
    assert_eq!(users(&bench), ["a"]);
}

#[test]
fn a_repeated_register_gets_the_same_answer_and_no_second_event() {
    let mut bench = Bench::new();
    bench.input(&register(1, &contact("a", ""), ""));
    bench.input(&register(1, &contact("a", ""), ""));
    assert_eq!(bench.codes(), [200, 200]);
    assert_eq!(bench.events.len(), 1);
}

#[test]
fn intervals_are_kept_within_bounds() {
    let mut bench = Bench::new();
    bench.input(&register(1, &contact("a", ";expires=59"), ""));
    let refused = bench.next();
    assert_eq!(
        (refused.code(), refused.header(Name::MinExpires)),
        (Some(423), Some("60"))
    );
    bench.input(&register(2, &contact("a", ";expires=999999"), ""));
    assert_eq!(
        bench.next().header(Name::Contact),
        Some("<sip:a@192.0.2.9>;expires=7200")
    );
    bench.input(&register(3, &contact("b", ";expires=junk"), ""));
    let all = bench.next();
    assert!(
        all.all(Name::Contact)
            .any(|contact| contact == "<sip:b@192.0.2.9>;expires=3600")
    );
}

#[test]
fn malformed_registrations_change_nothing() {
    let mut bench = Bench::new();
    bench.input(&register(1, &contact("a", ""), ""));
    bench.sent.clear();
    bench.input(&register(2, "Contact: *\r\n", ""));
    bench.input(&register(
        3,
        &("Contact: *\r\n".to_owned() + &contact("b", "")),
        "Expires: 0\r\n",
    ));
    bench.input(&register(4, "Contact: <nonsense>\r\n", ""));
    assert_eq!(bench.codes(), [400, 400, 400]);
    assert_eq!(users(&bench), ["a"]);
}

#[test]
fn a_further_contact_replaces_the_one_that_expires_first() {
    let mut config = Config::default();
    config.limits.contacts_per_aor = 2;
    config.limits.registrations = 1;
    let mut bench = Bench::with(config, Transport::Udp);
    bench.input(&register(1, &contact("a", ";expires=600"), ""));
    bench.input(&register(2, &contact("b", ";expires=300"), ""));
    bench.events.clear();
    bench.input(&register(3, &contact("c", ";expires=900"), ""));
    assert_eq!(
        unregistered(&mut bench),
        ("b".into(), UnregisterCause::Replaced)
    );
    assert_eq!(users(&bench), ["c", "a"]);
    bench.sent.clear();
    bench.input(&register(4, &contact("x", ""), "").replace("<sip:bob@", "<sip:eve@"));
    assert_eq!(bench.codes(), [503]);
}

#[test]
fn a_phone_with_an_instance_has_one_contact_per_registration_whatever_its_address() {
    let mut bench = Bench::new();
    let id = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1";
    bench.input(&register(1, &contact("old", id), ""));
    bench.events.clear();
    bench.input(&register(2, &contact("new", id), ""));
    assert_eq!(
        unregistered(&mut bench),
        ("old".into(), UnregisterCause::Replaced)
    );
    assert_eq!(users(&bench), ["new"]);
}

#[test]
fn contacts_of_a_closed_connection_are_gone() {
    let mut bench = Bench::with(Config::default(), Transport::Ws);
    bench.input(&register(
        1,
        &contact("a", ""),
        "Path: <sip:edge.example;lr>\r\n",
    ));
    assert_eq!(
        bench.next().header(Name::Path),
        Some("<sip:edge.example;lr>")
    );
    assert_eq!(bench.core.bindings(AOR)[0].path, ["<sip:edge.example;lr>"]);
    bench.events.clear();
    bench.core.flow_closed(bench.now, FlowId(2));
    bench.core.flow_closed(bench.now, FlowId(1));
    bench.collect();
    assert_eq!(
        unregistered(&mut bench),
        ("a".into(), UnregisterCause::FlowClosed)
    );
}

#[test]
fn a_registered_phone_is_called_on_its_flow_and_path() {
    let mut bench = Bench::new();
    bench.flow.peer = "198.51.100.7:40000".parse().unwrap();
    bench.input(&register(
        1,
        &contact("a", ""),
        "Path: <sip:edge.example;lr>\r\n",
    ));
    bench.sent.clear();
    let binding = bench.core.bindings(AOR)[0].clone();
    let from = address("<sip:2001@fernhill.example>");
    let to = address("<sip:bob@fernhill.example>");
    let call = sip::command::OutgoingCall::to_binding(&binding, from, to, Some(sdp()));
    bench.core.call(bench.now, call).unwrap();
    match bench.core.actions().next() {
        Some(sip::Action::Send { flow, bytes }) => {
            assert_eq!(flow, bench.flow);
            let invite = Message::parse(bytes).unwrap();
            assert_eq!(invite.request_uri_text(), "sip:a@192.0.2.9");
            assert_eq!(invite.header(Name::Route), Some("<sip:edge.example;lr>"));
        }
        other => panic!("{other:?}"),
    }
}

// Authentication

fn credentials() -> Credentials {
    Credentials {
        username: "bob".into(),
        realm: "fernhill.example".into(),
        ha1_md5: Some(Algorithm::Md5.ha1("bob", "fernhill.example", "secret")),
        ha1_sha256: Some(Algorithm::Sha256.ha1("bob", "fernhill.example", "secret")),
        aor: AOR.into(),
    }
}

fn guarded() -> Bench {
    let mut config = Config::default();
    config.digest.algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
    config.digest.max_failures = 3;
    let mut bench = Bench::with(config, Transport::Udp);
    bench.open = false;
    bench
}

/// Gives the verdict on what was asked last and returns the response.
fn decide(bench: &mut Bench) -> Message {
    let ask = bench
        .asked
        .pop_front()
        .expect("a verdict was to be asked for");
    let verdict = match ask.username.as_deref() {
        None | Some("bob") => Verdict::Verify(credentials()),
        Some(_) => Verdict::Challenge {
            realm: "fernhill.example".into(),
        },
    };
    bench.core.authorize(bench.now, ask.id, verdict);
    bench.collect();
    bench.next()
}

fn reply_to(challenge: &Message, nth: usize, user: &str, password: &str, method: Method) -> String {
    let value = challenge.all(Name::WwwAuthenticate).nth(nth).unwrap();
    let client = ClientCredentials {
        username: user.into(),
        password: password.into(),
        realm: None,
    };
    let value = AuthValue::parse(value).unwrap();
    let value = answer(
        &value,
        &client,
        method.name(),
        "sip:fernhill.example",
        "abc",
    )
    .unwrap();
    format!("Authorization: {value}\r\n")
}

#[test]
fn a_challenge_offers_each_algorithm_in_order_of_preference() {
    let mut bench = guarded();
    bench.input(&register(1, &contact("a", ""), ""));
    let challenge = decide(&mut bench);
    assert_eq!(challenge.code(), Some(401));
    let algorithms: Vec<String> = challenge
        .all(Name::WwwAuthenticate)
        .map(|value| {
            AuthValue::parse(value)
                .unwrap()
                .param("algorithm")
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(algorithms, ["SHA-256", "MD5"]);
    for (nth, cseq) in [(0, 2), (1, 3)] {
        let reply = reply_to(&challenge, nth, "bob", "secret", Method::Register);
        bench.input(&register(cseq, &contact("a", ""), &reply));
        assert_eq!(bench.asked[0].username.as_deref(), Some("bob"));
        assert_eq!(bench.asked[0].realm.as_deref(), Some("fernhill.example"));
        assert_eq!(decide(&mut bench).code(), Some(200));
    }
    assert!(matches!(bench.event(), Event::Registered { .. }));
}

#[test]
fn an_answer_used_twice_or_too_late_is_stale_and_asks_nobody() {
    let mut bench = guarded();
    bench.input(&register(1, &contact("a", ""), ""));
    let challenge = decide(&mut bench);
    let reply = reply_to(&challenge, 1, "bob", "secret", Method::Register);
    bench.input(&register(2, &contact("a", ""), &reply));
    assert_eq!(decide(&mut bench).code(), Some(200));
    bench.input(&register(3, &contact("a", ""), &reply));
    let again = bench.next();
    assert_eq!(again.code(), Some(401));
    assert!(
        again
            .header(Name::WwwAuthenticate)
            .unwrap()
            .contains("stale=true")
    );
    assert!(bench.asked.is_empty());

    let late = reply_to(&again, 1, "bob", "secret", Method::Register);
    bench.wait_ms(301_000);
    bench.input(&register(4, &contact("a", ""), &late));
    assert!(
        bench
            .next()
            .header(Name::WwwAuthenticate)
            .unwrap()
            .contains("stale=true")
    );
}

#[test]
fn wrong_passwords_and_unknown_users_lock_the_address_out() {
    let mut bench = guarded();
    bench.input(&register(1, &contact("a", ""), ""));
    let challenge = decide(&mut bench);
    for (cseq, user) in [(2, "bob"), (3, "eve"), (4, "bob")] {
        let reply = reply_to(&challenge, 0, user, "guess", Method::Register);
        bench.input(&register(cseq, &contact("a", ""), &reply));
        let refused = decide(&mut bench);
        assert_eq!(refused.code(), Some(401));
        assert!(
            !refused
                .header(Name::WwwAuthenticate)
                .unwrap()
                .contains("stale")
        );
    }
    assert!(matches!(bench.event(), Event::LockedOut { .. }));
    let right = reply_to(&challenge, 0, "bob", "secret", Method::Register);
    bench.input(&register(5, &contact("a", ""), &right));
    assert_eq!(bench.codes(), [403]);
    bench.wait_ms(300_000);
    bench.input(&register(6, &contact("a", ""), ""));
    assert_eq!(
        decide(&mut bench).code(),
        Some(401),
        "a first challenge is no failure"
    );
    assert!(bench.core.bindings(AOR).is_empty());
}

#[test]
fn a_right_password_in_between_does_not_allow_further_guesses() {
    let mut bench = guarded();
    bench.input(&register(1, &contact("a", ""), ""));
    let challenge = decide(&mut bench);
    for (cseq, nth, user, password, code) in [
        (2, 0, "eve", "guess", 401),
        (3, 0, "eve", "guess", 401),
        (4, 1, "bob", "secret", 200),
        (5, 0, "eve", "guess", 401),
    ] {
        let reply = reply_to(&challenge, nth, user, password, Method::Register);
        bench.input(&register(cseq, &contact("a", ""), &reply));
        assert_eq!(decide(&mut bench).code(), Some(code));
    }
    assert!(matches!(bench.event(), Event::Registered { .. }));
    assert!(matches!(bench.event(), Event::LockedOut { .. }));
}

#[test]
fn an_answer_from_another_address_is_challenged_anew_and_not_counted() {
    let mut bench = guarded();
    bench.input(&register(1, &contact("a", ""), ""));
    let challenge = decide(&mut bench);
    let attacker = bench.flow;
    // Whoever forges a carrier's address has a nonce of his own only.
    bench.flow = attacker.with_peer("198.51.100.7:5060".parse().unwrap());
    for cseq in 2..8 {
        let reply = reply_to(&challenge, 0, "eve", "guess", Method::Register);
        bench.input(&register(cseq, &contact("a", ""), &reply));
        assert_eq!(bench.asked[0].username, None);
        let again = decide(&mut bench);
        assert_eq!(again.code(), Some(401));
        assert!(
            again
                .header(Name::WwwAuthenticate)
                .unwrap()
                .contains("stale=true"),
            "a phone that moved takes up the new nonce"
        );
    }
    assert!(bench.events.is_empty(), "nobody is locked out");
    bench.input(&register(8, &contact("a", ""), ""));
    let challenge = decide(&mut bench);
    let right = reply_to(&challenge, 0, "bob", "secret", Method::Register);
    bench.input(&register(9, &contact("a", ""), &right));
    assert_eq!(decide(&mut bench).code(), Some(200));
}

#[test]
fn an_invite_is_challenged_and_then_let_through() {
    let mut bench = guarded();
    bench.input(&invite());
    assert_eq!(bench.codes(), [100]);
    let challenge = decide(&mut bench);
    assert_eq!(challenge.code(), Some(401));
    bench.input(&request("ACK", "inv", 1, &to_tag(&challenge), "", ""));
    let reply = reply_to(&challenge, 0, "bob", "secret", Method::Invite);
    bench.input(&request("INVITE", "inv2", 2, "", &reply, SDP));
    assert_eq!(bench.codes(), [100]);
    let ask = bench.asked.pop_front().unwrap();
    bench
        .core
        .authorize(bench.now, ask.id, Verdict::Verify(credentials()));
    bench.collect();
    assert_eq!(bench.incoming().identity, AOR);
}

#[test]
fn a_verdict_that_never_comes_is_500_and_one_that_comes_too_late_is_ignored() {
    let mut bench = guarded();
    bench.input(&register(1, &contact("a", ""), ""));
    bench.wait_ms(32_000);
    assert_eq!(bench.codes(), [500]);
    let ask = bench.asked.pop_front().unwrap();
    bench
        .core
        .authorize(bench.now, ask.id, Verdict::Allow { aor: AOR.into() });
    bench.collect();
    assert!(bench.sent.is_empty());
    bench.assert_empty();
}

#[test]
fn a_forged_nonce_is_no_answer() {
    let mut bench = guarded();
    let forged = "Authorization: Digest username=\"bob\", realm=\"fernhill.example\", nonce=\"0\", uri=\"x\", response=\"0\"\r\n";
    bench.input(&register(1, &contact("a", ""), forged));
    assert_eq!(bench.asked[0].username, None);
    let challenge = decide(&mut bench);
    assert_eq!(challenge.code(), Some(401));
    assert!(
        challenge
            .header(Name::WwwAuthenticate)
            .unwrap()
            .contains("stale=true")
    );
    for cseq in 2..9 {
        bench.input(&register(cseq, &contact("a", ""), forged));
        assert_eq!(
            decide(&mut bench).code(),
            Some(401),
            "it is not even a wrong password"
        );
    }
}
