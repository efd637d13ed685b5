//! In which language callers are spoken to: what they hear is compared with the same words spoken by an Audio Macro.

use crate::exchange::Exchange;
use crate::rtp::Rtp;
use callflow::ResourceKind;
use serde_json::{Value, json};

/// An announcement, a moment of silence after it, and the end.
fn then_silence(data: &Value) -> Value {
    let sleep = json!({"module": "sleep", "data": {"duration": 1, "unit": "s"}, "children": {}});
    json!({"module": "audio_macro", "data": data, "children": {"_": sleep}})
}

fn prompt(id: &str) -> Value {
    let macros = json!([{"macro": "prompt", "id": id}]);
    then_silence(&json!({"macros": macros}))
}

fn spoken(texts: &[&str], language: &str) -> Value {
    let texts = texts.iter();
    let macros: Vec<Value> = texts
        .map(|text| json!({"macro": "tts", "text": text}))
        .collect();
    let data = json!({"macros": macros, "language": language});
    then_silence(&data)
}

async fn exchange() -> Exchange {
    let mut exchange = Exchange::with(|config| config.tts = "espeak-ng".to_owned()).await;
    exchange.flow("7000", prompt("vm-goodbye")).await;
    exchange.flow("7001", spoken(&["Au revoir."], "fr")).await;
    exchange.flow("7002", spoken(&["Goodbye."], "en-GB")).await;
    exchange
}

/// Everything that a phone hears of a number that hangs up by itself.
async fn heard(exchange: &Exchange, extension: &str, number: &str) -> Rtp {
    let mut phone = exchange.registered(extension).await;
    phone.call(number).await;
    phone.answered().await;
    phone.ended().await;
    phone.rtp.clone()
}

#[tokio::test]
async fn prompts_are_heard_in_the_language_that_a_step_chooses() {
    let mut exchange = exchange().await;
    let french = json!({"module": "language", "data": {"language": "fr"}, "children": {"_": prompt("vm-goodbye")}});
    exchange.flow("7003", french).await;
    let (own, chosen, english, french) = tokio::join!(
        heard(&exchange, "2001", "7000"),
        heard(&exchange, "2002", "7003"),
        heard(&exchange, "2003", "7002"),
        heard(&exchange, "2004", "7001"),
    );
    assert!(!french.sounds().is_empty());
    assert_eq!(chosen.sounds(), french.sounds());
    assert_eq!(own.sounds(), english.sounds());
    assert_ne!(own.sounds(), chosen.sounds());
}

#[tokio::test]
async fn prompts_are_heard_in_the_language_of_the_phone_else_of_its_user() {
    let mut exchange = exchange().await;
    for (kind, id, language) in [
        (ResourceKind::Device, "d2001", "fr-FR"),
        (ResourceKind::User, "u2001", "es"),
        (ResourceKind::User, "u2002", "fr-FR"),
    ] {
        let known = exchange.directory.get(kind, id).expect("a resource");
        let mut document = known.to_object();
        document.insert("language".to_owned(), language.into());
        exchange.directory.insert(kind, id, document);
    }
    let french = spoken(&["Au revoir."], "fr-FR");
    exchange.flow("7001", french).await;
    let (of_phone, of_user, french) = tokio::join!(
        heard(&exchange, "2001", "7000"),
        heard(&exchange, "2002", "7000"),
        heard(&exchange, "2004", "7001"),
    );
    assert!(!french.sounds().is_empty());
    assert_eq!(of_phone.sounds(), french.sounds());
    assert_eq!(of_user.sounds(), french.sounds());
}

#[tokio::test]
async fn member_of_a_room_is_told_in_its_language_who_is_there() {
    let mut exchange = exchange().await;
    let room = json!({"name": "Salle", "language": "fr"});
    let room = room.as_object().cloned().unwrap();
    let directory = &mut exchange.directory;
    directory.insert(ResourceKind::Conference, "room", room);
    let data = json!({"id": "room", "welcome_prompt": {"play": false}});
    let flow = json!({"module": "conference", "data": data, "children": {}});
    exchange.flow("7003", flow).await;
    let french = [
        "Vous entrez dans la conférence.",
        "Vous êtes seul dans cette conférence.",
    ];
    exchange.flow("7001", spoken(&french, "fr")).await;
    let expected = heard(&exchange, "2002", "7001").await.sounds();
    assert!(!expected.is_empty());
    let mut member = exchange.registered("2001").await;
    let call = member.call("7003").await;
    member.answered().await;
    member.rtp.hears_all(&expected).await;
    member.hang_up(call).await;
}
