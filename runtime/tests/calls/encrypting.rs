//! Who is offered encrypted sound, and who must have it. What is heard is shown by the media plane's tests.

use crate::exchange::{ACCOUNT, DDI, Exchange, carrier, ring};
use crate::phone::Phone;
use callflow::ResourceKind;
use serde_json::{Value, json};
use sip::command::Command;

/// A key of 30 bytes.
const KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

fn encrypted(tag: u32) -> String {
    format!(
        "m=audio 4000 RTP/SAVP 8\r\na=crypto:{tag} AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20\r\n"
    )
}

const PLAIN: &str = "m=audio 4000 RTP/AVP 8\r\n";

/// Sets how a phone encrypts, and a number that rings phone 2002.
async fn exchange_with(extension: &str, encryption: Value) -> Exchange {
    let mut exchange = Exchange::new().await;
    let document = json!({
        "name": extension,
        "owner_id": format!("u{extension}"),
        "sip": {"username": format!("desk{extension}")},
        "media": {"encryption": encryption},
    });
    let document = document.as_object().cloned().unwrap();
    let id = format!("d{extension}");
    exchange
        .directory
        .insert(ResourceKind::Device, &id, document);
    exchange.flow("2000", ring("2002")).await;
    exchange
}

/// What has been said in the only call, as people see it.
async fn said(exchange: &Exchange) -> String {
    let active = exchange.handle.active_calls().remove(0).start.id;
    let messages = exchange.handle.sip_messages(&ACCOUNT.into(), &active).await;
    let texts = messages.unwrap().messages.into_iter().map(|it| it.text);
    texts.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn phone_that_encrypts_is_rung_with_a_key_that_the_ladder_does_not_show() {
    let exchange = exchange_with("2002", json!({"methods": ["srtp"]})).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.call_offering("2000", PLAIN).await;
    let incoming = callee.incoming().await;
    let offer = String::from_utf8(incoming.request.body().to_vec()).unwrap();
    assert!(offer.contains(" RTP/SAVP 8 0 9 101\r\n"), "{offer}");
    assert!(
        offer.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"),
        "{offer}"
    );
    callee.answer_with(incoming.call, &encrypted(1)).await;
    caller.answered().await;
    let said = said(&exchange).await;
    assert!(said.contains("a=crypto:hidden"), "{said}");
    assert!(!said.contains("inline:"), "{said}");
    // The caller, who offered plain sound, got that.
    assert!(said.contains(" RTP/AVP 8\r\n"), "{said}");
}

#[tokio::test]
async fn whoever_offers_encrypted_sound_is_answered_so_and_others_are_rung_as_ever() {
    let exchange = exchange_with("2003", json!({})).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.call_offering("2000", &encrypted(3)).await;
    let incoming = callee.incoming().await;
    let offer = String::from_utf8(incoming.request.body().to_vec()).unwrap();
    assert!(offer.contains(" RTP/AVP 8 0 9 101\r\n"), "{offer}");
    callee.answer(incoming.call).await;
    caller.answered().await;
    let said = said(&exchange).await;
    // The offer of the phone, and our answer.
    let lines = said.matches("a=crypto:hidden").count();
    assert!(lines >= 2 && !said.contains("inline:"), "{said}");
}

#[tokio::test]
async fn call_with_plain_sound_is_refused_where_encryption_is_enforced() {
    for (extension, media, code) in [
        // The caller's own phone enforces it, and it offers plain sound.
        ("2001", PLAIN.to_owned(), 488),
        // A phone that enforces it offers it.
        ("2001", encrypted(1), 0),
        // Keys that nobody here knows.
        ("2003", "m=audio 4000 RTP/SAVP 8\r\n".to_owned(), 488),
    ] {
        let exchange = exchange_with(extension, json!({"enforce_security": true})).await;
        let mut caller = exchange.registered("2001").await;
        let mut callee = exchange.registered("2002").await;
        caller.call_offering("2000", &media).await;
        if code == 0 {
            callee.incoming().await;
        } else {
            assert_eq!(caller.failed().await, code, "{extension} {media}");
        }
    }
}

#[tokio::test]
async fn phone_that_answers_in_the_clear_what_was_offered_encrypted_is_hung_up() {
    let exchange = exchange_with("2002", json!({"enforce_security": true})).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.call_offering("2000", PLAIN).await;
    let incoming = callee.incoming().await;
    callee.answer_with(incoming.call, PLAIN).await;
    callee.ended().await;
    caller.failed().await;
}

#[tokio::test]
async fn carrier_that_encrypts_is_called_so_and_calls_so_where_that_is_enforced() {
    let mut exchange = Exchange::new().await;
    let mut server = Phone::udp(exchange.udp(), "us", "lines.example").await;
    let document = json!({
        "server": server.local.to_string(),
        "media": {"encryption": {"methods": ["srtp"], "enforce_security": true}},
    });
    let mut lines = carrier("lines", document);
    lines.allowed = vec!["127.0.0.0/8".parse().unwrap()];
    exchange.carriers = vec![lines];
    exchange.flow(DDI, ring("2002")).await;
    let out = json!({"module": "resources", "data": {}, "children": {}});
    exchange.flow("no_match", out).await;
    let mut caller = exchange.registered("2001").await;
    caller.call_offering("01614960999", PLAIN).await;
    let incoming = server.incoming().await;
    let offer = String::from_utf8(incoming.request.body().to_vec()).unwrap();
    assert!(offer.contains(" RTP/SAVP 8 0 9 101\r\n"), "{offer}");
    server.answer_with(incoming.call, &encrypted(2)).await;
    // It took no key that was offered: the second is of another suite.
    server.ended().await;
    caller.failed().await;
    caller.call_offering("01614960999", PLAIN).await;
    let incoming = server.incoming().await;
    server.answer_with(incoming.call, &encrypted(1)).await;
    caller.answered().await;
    // Calls that it brings.
    let at = exchange.udp().to_string();
    let mut line = Phone::udp(exchange.udp(), "07700900123", &at).await;
    line.call_offering(DDI, PLAIN).await;
    assert_eq!(line.failed().await, 488);
    let mut callee = exchange.registered("2002").await;
    line.call_offering(DDI, &encrypted(1)).await;
    callee.incoming().await;
}

#[tokio::test]
async fn session_that_is_changed_stays_encrypted() {
    let exchange = exchange_with("2003", json!({})).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.call_offering("2000", &encrypted(1)).await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    // The other side holds, and the exchange offers the caller so.
    let sdp = callee.rtp.description("sendonly");
    callee.command(incoming.call, Command::Offer { sdp }).await;
    assert_eq!(caller.offered().await, "sendonly");
    let said = said(&exchange).await;
    let offers: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("m=audio"))
        .collect();
    let encrypted = offers.iter().filter(|line| line.contains("RTP/SAVP"));
    assert!(encrypted.count() >= 3, "{offers:#?}");
}
