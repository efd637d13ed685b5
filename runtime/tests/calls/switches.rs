//! What people change by phone, and what calls leave besides their record.

use crate::exchange::{Exchange, ring};
use callflow::live::{Live, LiveKey, LiveValue, Owner};
use runtime::Report;
use serde_json::{Value, json};

fn step(module: &str, data: &Value, next: Option<Value>) -> Value {
    let children = next.map_or(json!({}), |next| json!({"_": next}));
    json!({"module": module, "data": data, "children": children})
}

fn gone(code: u16) -> Value {
    step("response", &json!({"code": code}), None)
}

#[tokio::test]
async fn person_who_turns_do_not_disturb_on_by_phone_is_not_rung_until_it_is_off() {
    let mut exchange = Exchange::new().await;
    for (code, action) in [("*78", "activate"), ("*79", "deactivate")] {
        let data = json!({"action": action});
        let flow = step("do_not_disturb", &data, Some(gone(480)));
        exchange.flow(code, flow).await;
    }
    let mut away = ring("2001");
    away["children"] = json!({"DO_NOT_DISTURB": gone(410)});
    exchange.flow("2001", away).await;
    let mut owner = exchange.registered("2001").await;
    let mut caller = exchange.registered("2002").await;
    for (code, on) in [("*78", true), ("*79", false)] {
        owner.call(code).await;
        let (change, done) = exchange
            .report("a switch", |report| match report {
                Report::Live { change, done, .. } => Some((change, done)),
                _ => None,
            })
            .await;
        assert_eq!(
            change.key,
            LiveKey::DoNotDisturb(Owner::User("u2001".into()))
        );
        assert_eq!(change.value, Some(LiveValue::On(on)));
        done.done();
        assert_eq!(owner.failed().await, 480);
        let call = caller.call("2001").await;
        if on {
            assert_eq!(caller.failed().await, 410);
        } else {
            owner.incoming().await;
            caller.hang_up(call).await;
            owner.cancelled().await;
        }
    }
}

#[tokio::test]
async fn switch_that_could_not_be_stored_is_not_turned() {
    let mut exchange = Exchange::new().await;
    let data = json!({"action": "activate"});
    exchange
        .flow("*78", step("do_not_disturb", &data, Some(gone(480))))
        .await;
    exchange.flow("2001", ring("2001")).await;
    let mut owner = exchange.registered("2001").await;
    let caller = exchange.registered("2002").await;
    owner.call("*78").await;
    let done = exchange
        .report("a switch", |report| match report {
            Report::Live { done, .. } => Some(done),
            _ => None,
        })
        .await;
    done.failed("the disk is full");
    assert_eq!(owner.failed().await, 480);
    let record = exchange.record().await;
    let path: Vec<String> = record.trace.iter().map(|e| e.step.text()).collect();
    assert!(
        path.iter().any(|step| step.contains("the disk is full")),
        "{path:?}"
    );
    caller.call("2001").await;
    owner.incoming().await;
}

#[tokio::test]
async fn switches_that_were_turned_before_count_for_the_first_call() {
    let mut exchange = Exchange::new().await;
    exchange.live = [(
        LiveKey::DoNotDisturb(Owner::Device("d2001".into())),
        LiveValue::On(true),
    )]
    .into_iter()
    .collect::<Live>()
    .into();
    let mut away = ring("2001");
    away["children"] = json!({"DO_NOT_DISTURB": gone(410)});
    exchange.flow("2001", away).await;
    let _quiet = exchange.registered("2001").await;
    let mut caller = exchange.registered("2002").await;
    caller.call("2001").await;
    assert_eq!(caller.failed().await, 410);
}

#[tokio::test]
async fn words_of_a_callflow_stand_in_the_record() {
    let mut exchange = Exchange::new().await;
    let data = json!({"custom_application_vars": {"project": "north of {{caller_id_number}}"}});
    exchange
        .flow("2000", step("set_variables", &data, Some(gone(480))))
        .await;
    let mut caller = exchange.registered("2002").await;
    caller.call("2000").await;
    assert_eq!(caller.failed().await, 480);
    let record = exchange.record().await;
    assert_eq!(record.tags["project"], "north of 2002");
}

#[tokio::test]
async fn missed_call_is_told_when_nobody_took_it() {
    let mut exchange = Exchange::new().await;
    let data = json!({
        "recipients": [{"type": "email", "id": "desk@fernhill.example"}],
        "alert_on_internal_calls": true,
    });
    exchange
        .flow("2000", step("missed_call_alert", &data, Some(gone(480))))
        .await;
    let caller = exchange.registered("2002").await;
    caller.call("2000").await;
    let report = exchange
        .report("a mail", |report| match report {
            Report::Notice(report) => Some(report),
            _ => None,
        })
        .await;
    assert_eq!(report.dialled, "2000");
    assert_eq!(report.notice.caller.number, "2002");
    report.done.done();
    assert_eq!(exchange.record().await.sip_code, Some(480));
}

#[tokio::test]
async fn caller_who_hides_is_not_told_to_the_phone() {
    let mut exchange = Exchange::new().await;
    let hidden = step("privacy", &json!({"mode": "full"}), Some(ring("2001")));
    exchange.flow("2000", hidden).await;
    let mut desk = exchange.registered("2001").await;
    let caller = exchange.registered("2002").await;
    let call = caller.call("2000").await;
    let incoming = desk.incoming().await;
    assert!(
        incoming.from.contains("anonymous") && !incoming.from.contains("2002"),
        "{}",
        incoming.from
    );
    caller.hang_up(call).await;
    desk.cancelled().await;
}
