use crate::exchange::{Exchange, medium, ring};
use runtime::{MailboxCounts, Report};
use serde_json::{Value, json};

fn menu(exchange: &mut Exchange) -> Value {
    medium(exchange, "greeting", 20_000);
    let document = json!({
        "name": "Main", "retries": 2, "timeout": 5_000, "interdigit_timeout": 500,
        "max_extension_length": 4, "media": {"greeting": "greeting", "exit_media": false, "invalid_media": false},
    });
    let Value::Object(document) = document else {
        unreachable!()
    };
    exchange
        .directory
        .insert(callflow::ResourceKind::Menu, "main", document);
    json!({
        "module": "menu", "data": {"id": "main"},
        "children": {"1": ring("2002"), "2": ring("2003")},
    })
}

#[tokio::test]
async fn key_pressed_during_the_greeting_takes_its_branch() {
    let mut exchange = Exchange::new().await;
    let flow = menu(&mut exchange);
    exchange.flow("2000", flow).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2003").await;
    let call = caller.call("2000").await;
    caller.answered().await;
    caller.rtp.hears_something().await;
    caller.rtp.press("2");
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    callee.rtp.speak(0x33);
    caller.rtp.hears(0x33, 5).await;
    caller.hang_up(call).await;
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(path.contains(&"keys 2".to_owned()), "{path:?}");
}

#[tokio::test]
async fn key_told_by_info_takes_its_branch() {
    let mut exchange = Exchange::new().await;
    let flow = menu(&mut exchange);
    exchange.flow("2000", flow).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2000").await;
    caller.answered().await;
    caller.rtp.hears_something().await;
    let dtmf = sip::command::Command::SendDtmf {
        digit: '1',
        duration_ms: 160,
    };
    caller.command(call, dtmf).await;
    callee.incoming().await;
    caller.hang_up(call).await;
}

fn voicemail() -> Value {
    json!({"module": "voicemail", "data": {"id": "m2001", "action": "compose"}, "children": {}})
}

#[tokio::test]
async fn message_of_a_caller_who_hangs_up_is_stored_and_lights_the_lamp() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2001", voicemail()).await;
    let mut owner = exchange.registered("2001").await;
    owner
        .subscribe("desk2001@fernhill.example", "message-summary")
        .await;
    owner
        .notified("message-summary", "Messages-Waiting: no")
        .await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2001").await;
    caller.answered().await;
    // The tone that asks to speak.
    caller.rtp.hears_something().await;
    speak(&caller).await;
    caller.hang_up(call).await;
    let message = exchange
        .report("a message", |report| match report {
            Report::Message(message) => Some(message),
            _ => None,
        })
        .await;
    assert_eq!(message.mailbox, "m2001");
    assert_eq!(message.caller.number, "2002");
    assert_eq!(message.dialled, "2001");
    assert!(message.duration_ms >= 500, "{}", message.duration_ms);
    let file = hound::WavReader::open(&message.file).unwrap();
    let length_ms = u64::from(file.duration()) / 8;
    assert!(length_ms.abs_diff(message.duration_ms) <= 40);
    let kept = exchange.data.path().join("kept.wav");
    std::fs::rename(&message.file, &kept).unwrap();
    let account = message.account.clone();
    message.done.done();
    let counts = MailboxCounts { new: 1, saved: 0 };
    exchange
        .handle
        .mailbox_counts(&account, "m2001", counts)
        .await;
    let summary = owner
        .notified("message-summary", "Messages-Waiting: yes")
        .await;
    assert!(summary.contains("Voice-Message: 1/0"), "{summary}");
    exchange.record().await;
    let left = std::fs::read_dir(exchange.data.path().join("recordings-in-progress")).unwrap();
    assert_eq!(left.count(), 0, "nothing is left behind");
}

/// Speaks for 100 packets of 20 ms: the tone that asks for it has ended long before.
async fn speak(phone: &crate::phone::Phone) {
    phone.rtp.speak(0x2a);
    let sent = phone.rtp.sent();
    phone.rtp.sends(sent + 100).await;
}

#[tokio::test]
async fn message_that_cannot_be_stored_is_kept_on_disk() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2001", voicemail()).await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2001").await;
    caller.answered().await;
    caller.rtp.hears_something().await;
    speak(&caller).await;
    caller.hang_up(call).await;
    let message = exchange
        .report("a message", |report| match report {
            Report::Message(message) => Some(message),
            _ => None,
        })
        .await;
    let file = message.file.clone();
    message.done.failed("the database is away");
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(
        path.iter()
            .any(|step| step.contains("the database is away")),
        "{path:?}"
    );
    assert!(file.exists());
}

#[tokio::test]
async fn unanswered_caller_hears_a_tone_before_the_final_response() {
    let mut exchange = Exchange::new().await;
    medium(&mut exchange, "closed", 300);
    exchange
        .flow("2000", json!({"module": "response", "data": {"code": 480, "message": "Closed", "media": "closed"}, "children": {}}))
        .await;
    let mut caller = exchange.registered("2001").await;
    caller.call("2000").await;
    caller.early().await;
    caller.rtp.hears_something().await;
    assert_eq!(caller.failed().await, 480);
    let record = exchange.record().await;
    assert_eq!(record.answered_at, None);
    assert_eq!(record.sip_code, Some(480));
}
