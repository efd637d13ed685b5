use crate::exchange::{Exchange, ring};
use serde_json::{Value, json};

fn group(members: &[(&str, u32, u32)]) -> Value {
    let endpoints: Vec<Value> = members
        .iter()
        .map(|(extension, delay, timeout)| {
            json!({"endpoint_type": "user", "id": format!("u{extension}"), "delay": delay, "timeout": timeout})
        })
        .collect();
    json!({
        "module": "ring_group",
        "data": {"name": "Front desk", "strategy": "simultaneous", "endpoints": endpoints},
        "children": {"_": {"module": "response", "data": {"code": 480, "message": "Nobody"}, "children": {}}},
    })
}

#[tokio::test]
async fn first_phone_of_a_group_that_answers_wins_and_the_other_is_told_so() {
    let mut exchange = Exchange::new().await;
    exchange
        .flow("2000", group(&[("2001", 0, 60), ("2002", 0, 60)]))
        .await;
    let mut first = exchange.registered("2001").await;
    let mut second = exchange.registered("2002").await;
    let mut caller = exchange.registered("2003").await;
    let call = caller.call("2000").await;
    let one = first.incoming().await;
    second.incoming().await;
    caller.ringing().await;
    first.answer(one.call).await;
    caller.answered().await;
    assert_eq!(
        second.cancelled().await.as_deref(),
        Some("Call completed elsewhere")
    );
    caller.rtp.speak(0x2a);
    first.rtp.hears(0x2a, 5).await;
    caller.hang_up(call).await;
    first.ended().await;
    let record = exchange.record().await;
    let mut causes: Vec<_> = record.legs.iter().map(|leg| leg.cause.as_str()).collect();
    causes.sort_unstable();
    assert_eq!(causes, ["LOSE_RACE", "NORMAL_CLEARING", "NORMAL_CLEARING"]);
}

#[tokio::test]
async fn all_contacts_of_a_phone_ring() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2001", ring("2001")).await;
    let mut desk = exchange.registered("2001").await;
    let mut soft = exchange.registered("2001").await;
    let registrations = exchange.handle.registrations(&"fernhill".into()).await;
    assert_eq!(registrations.len(), 2);
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2001").await;
    desk.incoming().await;
    let answered = soft.incoming().await;
    soft.answer(answered.call).await;
    caller.answered().await;
    desk.cancelled().await;
    caller.hang_up(call).await;
    soft.ended().await;
}

#[tokio::test]
async fn busy_phone_leads_to_its_branch_with_the_code_it_sent() {
    let mut exchange = Exchange::new().await;
    let mut flow = ring("2002");
    flow["children"] = json!({
        "USER_BUSY": {"module": "response", "data": {"code": 486, "message": "Taken"}, "children": {}},
        "_": {"module": "response", "data": {"code": 404}, "children": {}},
    });
    exchange.flow("2002", flow).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.reject(incoming.call, 486).await;
    assert_eq!(caller.failed().await, 486);
    let record = exchange.record().await;
    assert_eq!(record.sip_code, Some(486));
    assert_eq!(record.legs[1].sip_code, Some(486));
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(
        path.contains(&"not reached: USER_BUSY, SIP 486".to_owned()),
        "{path:?}"
    );
}

#[tokio::test]
async fn phone_that_is_not_registered_is_absent_and_the_flow_goes_on() {
    let mut exchange = Exchange::new().await;
    let mut flow = ring("2002");
    flow["children"] = json!({
        "SUBSCRIBER_ABSENT": {"module": "response", "data": {"code": 410}, "children": {}},
    });
    exchange.flow("2002", flow).await;
    let mut caller = exchange.registered("2001").await;
    caller.call("2002").await;
    assert_eq!(caller.failed().await, 410);
}

#[tokio::test]
async fn nobody_answers_in_time_and_the_flow_takes_the_default_branch() {
    let mut exchange = Exchange::new().await;
    exchange
        .flow("2000", group(&[("2001", 0, 1), ("2002", 0, 1)]))
        .await;
    let mut first = exchange.registered("2001").await;
    let mut caller = exchange.registered("2003").await;
    caller.call("2000").await;
    first.incoming().await;
    assert_eq!(first.cancelled().await, None);
    assert_eq!(caller.failed().await, 480);
}

#[tokio::test]
async fn member_with_a_delay_rings_later() {
    let mut exchange = Exchange::new().await;
    exchange
        .flow("2000", group(&[("2001", 0, 60), ("2002", 1, 60)]))
        .await;
    let mut first = exchange.registered("2001").await;
    let mut second = exchange.registered("2002").await;
    let mut caller = exchange.registered("2003").await;
    caller.call("2000").await;
    first.incoming().await;
    let late = second.incoming().await;
    second.answer(late.call).await;
    caller.answered().await;
    first.cancelled().await;
    second.hang_up(late.call).await;
    let record = exchange.record().await;
    let leg = |device: &str| {
        let mut legs = record.legs.iter();
        legs.find(|leg| leg.device.as_deref() == Some(device))
            .unwrap()
    };
    // Without the delay both are invited before either can ring.
    assert!(leg("d2001").ringing_at.unwrap() < leg("d2002").started_at);
}

#[tokio::test]
async fn caller_who_gives_up_stops_the_phones() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    callee.incoming().await;
    caller.ringing().await;
    caller.hang_up(call).await;
    assert_eq!(callee.cancelled().await, None);
    let record = exchange.record().await;
    assert_eq!(record.cause, "ORIGINATOR_CANCEL");
    assert_eq!(record.sip_code, Some(487));
    assert_eq!(record.answered_at, None);
}

#[tokio::test]
async fn called_phone_sees_who_calls_and_how_to_ring() {
    let mut exchange = Exchange::new().await;
    let info = "<http://www.example.com>;info=alert-external";
    exchange
        .flow(
            "2002",
            json!({"module": "set_alert_info", "data": {"alert_info": info}, "children": {"_": ring("2002")}}),
        )
        .await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    assert_eq!(incoming.alert_info.as_deref(), Some(info));
    assert!(
        incoming
            .from
            .starts_with("\"Person 2001\" <sip:2001@fernhill.example>")
    );
    assert_eq!(
        incoming.asserted.as_deref(),
        Some("\"Person 2001\" <sip:2001@fernhill.example>")
    );
    caller.ringing().await;
    caller.hang_up(call).await;
}

#[tokio::test]
async fn answered_caller_hears_ringback_while_a_phone_rings() {
    let mut exchange = Exchange::new().await;
    let tone =
        json!([{"frequencies": ["440"], "duration_on": 100, "duration_off": 0, "repeat": 1}]);
    exchange
        .flow(
            "2000",
            json!({"module": "tones", "data": {"tones": tone}, "children": {"_": ring("2002")}}),
        )
        .await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2000").await;
    caller.answered().await;
    let incoming = callee.incoming().await;
    caller.rtp.forget();
    caller.rtp.hears_something().await;
    callee.rtp.speak(0x33);
    callee.answer(incoming.call).await;
    caller.rtp.hears(0x33, 10).await;
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn two_phones_that_answer_at_once_do_not_both_get_the_call() {
    let mut exchange = Exchange::new().await;
    let members = [("2001", 0, 60), ("2002", 0, 60)];
    exchange.flow("2000", group(&members)).await;
    let mut first = exchange.registered("2001").await;
    let mut second = exchange.registered("2002").await;
    let mut caller = exchange.registered("2003").await;
    first.rtp.speak(0x33);
    second.rtp.speak(0x44);
    let call = caller.call("2000").await;
    let one = first.incoming().await;
    let two = second.incoming().await;
    tokio::join!(first.answer(one.call), second.answer(two.call));
    caller.answered().await;
    let winner = tokio::select! {
        () = first.lost() => 0x44,
        () = second.lost() => 0x33,
    };
    caller.rtp.hears(winner, 5).await;
    caller.hang_up(call).await;
    let record = exchange.record().await;
    let talked = record.legs.iter().skip(1);
    assert_eq!(talked.filter(|leg| leg.answered_at.is_some()).count(), 1);
}

#[tokio::test]
async fn early_audio_of_a_phone_is_passed_when_the_flow_wants_it() {
    let mut exchange = Exchange::new().await;
    let mut flow = group(&[("2001", 0, 60)]);
    flow["data"]["ignore_early_media"] = json!(false);
    exchange.flow("2000", flow).await;
    let mut callee = exchange.registered("2001").await;
    let mut caller = exchange.registered("2002").await;
    callee.rtp.speak(0x33);
    let call = caller.call("2000").await;
    let incoming = callee.incoming().await;
    callee.speak_early(incoming.call).await;
    caller.early().await;
    caller.rtp.hears(0x33, 5).await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.rtp.forget();
    caller.rtp.hears(0x33, 5).await;
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn early_audio_of_a_phone_is_ringing_when_the_flow_ignores_it() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2000", group(&[("2001", 0, 60)])).await;
    let mut callee = exchange.registered("2001").await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2000").await;
    let incoming = callee
        .expect("a call", |seen| match seen {
            crate::phone::Seen::Incoming(it) => Some(it.call),
            _ => None,
        })
        .await;
    callee.speak_early(incoming).await;
    caller.ringing().await;
    caller.hang_up(call).await;
    callee.cancelled().await;
}

#[tokio::test]
async fn one_refusal_ends_the_ringing_of_all_when_the_flow_wants_it() {
    let mut exchange = Exchange::new().await;
    let mut flow = group(&[("2001", 0, 60), ("2002", 0, 60)]);
    flow["data"]["fail_on_single_reject"] = json!(true);
    flow["children"]["CALL_REJECTED"] =
        json!({"module": "response", "data": {"code": 603}, "children": {}});
    exchange.flow("2000", flow).await;
    let mut first = exchange.registered("2001").await;
    let mut second = exchange.registered("2002").await;
    let mut caller = exchange.registered("2003").await;
    caller.call("2000").await;
    first.incoming().await;
    let incoming = second.incoming().await;
    second.reject(incoming.call, 603).await;
    assert_eq!(first.cancelled().await, None);
    assert_eq!(caller.failed().await, 603);
}

#[tokio::test]
async fn caller_hears_ringing_while_all_members_are_delayed() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2000", group(&[("2001", 1, 60)])).await;
    let mut callee = exchange.registered("2001").await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2000").await;
    // The called phone itself says nothing.
    caller.ringing().await;
    callee
        .expect("a call", |seen| {
            matches!(seen, crate::phone::Seen::Incoming(_)).then_some(())
        })
        .await;
    caller.hang_up(call).await;
}

#[tokio::test]
async fn caller_hears_ringing_again_when_the_phone_with_early_audio_refuses() {
    let mut exchange = Exchange::new().await;
    let mut flow = group(&[("2001", 0, 60), ("2003", 0, 60)]);
    flow["data"]["ignore_early_media"] = json!(false);
    exchange.flow("2000", flow).await;
    let mut speaks = exchange.registered("2001").await;
    let mut rings = exchange.registered("2003").await;
    let mut caller = exchange.registered("2002").await;
    speaks.rtp.speak(0x33);
    let call = caller.call("2000").await;
    let incoming = speaks.incoming().await;
    rings.incoming().await;
    speaks.speak_early(incoming.call).await;
    caller.early().await;
    caller.rtp.hears(0x33, 5).await;
    speaks.reject(incoming.call, 486).await;
    caller.rtp.hears_other_than(0x33).await;
    caller.hang_up(call).await;
    rings.cancelled().await;
}
