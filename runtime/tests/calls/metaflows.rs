use crate::exchange::{Exchange, nothing_is_left};
use crate::pickup::{A, B, C, conversation, speaker, talk};
use crate::transfer::exchange as people;
use callflow::ResourceKind;
use callflow::resource::Settings;
use runtime::Report;
use serde_json::{Value, json};

/// Desk 2002 has these keys.
async fn exchange(metaflows: &Value) -> Exchange {
    let mut exchange = people().await;
    let phone = json!({"name": "Desk 2002", "owner_id": "u2002", "sip": {"username": "desk2002"},
        "metaflows": metaflows});
    let phone = phone.as_object().cloned().unwrap();
    exchange
        .directory
        .insert(ResourceKind::Device, "d2002", phone);
    exchange.publish().await;
    exchange
}

fn blind() -> Value {
    json!({"module": "transfer", "data": {"Transfer-Type": "blind"}})
}

#[tokio::test]
async fn call_is_transferred_by_keys_and_comes_back_when_nobody_takes_it() {
    let exchange =
        exchange(&json!({"patterns": {"^2(\\d{4})$": blind()}, "digit_timeout": 300})).await;
    let (caller, call, mut callee, answered) = conversation(&exchange).await;
    let mut target = speaker(&exchange, "2003", C).await;
    callee.rtp.press("*22003");
    // The other side hears keys as ever; only the exchange understands them.
    caller.rtp.hears_keys("*22003").await;
    let incoming = target.incoming().await;
    target.reject(incoming.call, 486).await;
    talk((&caller, A), (&callee, B)).await;
    for digit in "*22003".chars() {
        let key = sip::command::Command::SendDtmf {
            digit,
            duration_ms: 160,
        };
        callee.command(answered, key).await;
    }
    let incoming = target.incoming().await;
    target.answer(incoming.call).await;
    callee.ended().await;
    talk((&caller, A), (&target, C)).await;
    // Who has no such keys presses in vain.
    caller.rtp.press("*22002");
    target.rtp.hears_keys("*22002").await;
    talk((&caller, A), (&target, C)).await;
    caller.hang_up(call).await;
    target.ended().await;
    caller.rtp.forget();
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn other_side_is_held_and_taken_back_by_keys() {
    let exchange =
        exchange(&json!({"numbers": {"4": {"module": "hold", "data": {"unhold_key": "7"}}}})).await;
    let (mut caller, call, mut callee, _) = conversation(&exchange).await;
    for (hold, resume) in [("*4", "7"), ("*4", "*4")] {
        callee.rtp.press(hold);
        assert_eq!(caller.offered().await, "sendonly");
        callee.rtp.press(resume);
        assert_eq!(caller.offered().await, "sendrecv");
        talk((&caller, A), (&callee, B)).await;
    }
    caller.hang_up(call).await;
    callee.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn call_is_recorded_from_one_sequence_of_keys_to_the_next() {
    let mut exchange = exchange(
        &json!({"numbers": {"1": {"module": "record_call", "data": {"label": "by keys"}}}}),
    )
    .await;
    let (caller, call, mut callee, _) = conversation(&exchange).await;
    callee.rtp.press("*1");
    caller.rtp.hears_keys("*1").await;
    talk((&caller, A), (&callee, B)).await;
    callee.rtp.press("*1");
    let label = exchange
        .report("a recording", |report| match report {
            Report::Recording(recording) => Some(recording.label),
            _ => None,
        })
        .await;
    assert_eq!(label, "by keys");
    talk((&caller, A), (&callee, B)).await;
    caller.hang_up(call).await;
    callee.ended().await;
    nothing_is_left(&exchange).await;
}

#[tokio::test]
async fn keys_of_the_account_are_those_of_all_its_phones_and_may_be_the_other_sides() {
    for (listen_on, by_caller) in [("self", true), ("self", false), ("peer", true)] {
        let mut exchange = people().await;
        let settings = json!({"metaflows": {"binding_digit": "#", "listen_on": listen_on,
            "numbers": {"0": {"module": "hangup"}}}});
        let settings = settings.as_object().cloned().unwrap();
        exchange
            .directory
            .insert(ResourceKind::Settings, Settings::ID, settings);
        exchange.publish().await;
        let (mut caller, _, mut callee, _) = conversation(&exchange).await;
        let presser = if by_caller { &caller } else { &callee };
        presser.rtp.press("#0");
        caller.ended().await;
        callee.ended().await;
        let record = exchange.record().await;
        let mut steps = record.trace.iter().map(|entry| entry.step.text());
        assert!(steps.any(|step| step.contains("keys #0: hang up")));
        nothing_is_left(&exchange).await;
    }
}
