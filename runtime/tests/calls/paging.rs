//! Speaking over the speakers of phones.

use crate::exchange::Exchange;
use crate::phone::{Phone, Seen};
use runtime::media::Codec;
use serde_json::{Value, json};
use sip::event::CallId;

fn voice(value: i16) -> u8 {
    Codec::Pcma.encode(value)
}

fn page(audio: &str, timeout: u64) -> Value {
    let members = ["2002", "2003", "2004"]
        .map(|extension| json!({"id": format!("d{extension}"), "endpoint_type": "device"}));
    let data = json!({"endpoints": members, "audio": audio, "timeout": timeout});
    let gone = json!({"module": "response", "data": {"code": 480}, "children": {}});
    json!({"module": "page_group", "data": data, "children": {"_": gone}})
}

/// A caller and two phones that have answered a page.
async fn paged(exchange: &mut Exchange, audio: &str) -> (Phone, CallId, Vec<(Phone, CallId)>) {
    exchange.flow("8000", page(audio, 2)).await;
    let mut caller = exchange.registered("2001").await;
    let mut phones = vec![
        exchange.registered("2002").await,
        exchange.registered("2003").await,
    ];
    caller.rtp.speak(voice(500));
    let call = caller.call("8000").await;
    caller.answered().await;
    let mut listeners = Vec::new();
    for (mut phone, says) in phones.drain(..).zip([1_100, 2_300]) {
        let incoming = phone
            .expect("a call", |seen| match seen {
                Seen::Incoming(it) => Some((it.call, it.alert_info.clone())),
                _ => None,
            })
            .await;
        assert!(incoming.1.unwrap().contains("autoanswer"));
        phone.rtp.speak(voice(says));
        phone.answer(incoming.0).await;
        phone.rtp.hears_something().await;
        listeners.push((phone, incoming.0));
    }
    (caller, call, listeners)
}

#[tokio::test]
async fn page_is_heard_by_two_phones_and_ends_for_all_with_the_caller() {
    let mut exchange = Exchange::new().await;
    let (caller, call, mut listeners) = paged(&mut exchange, "one-way").await;
    // Nobody but the caller is heard: not by the caller, and not by the other phone.
    for rtp in listeners.iter().map(|(phone, _)| &phone.rtp) {
        rtp.forget();
        rtp.hears(voice(500), 10).await;
    }
    caller.rtp.forget();
    caller.rtp.hears(voice(0), 30).await;
    caller.hang_up(call).await;
    for (phone, _) in &mut listeners {
        phone.ended().await;
    }
    let record = exchange.record().await;
    let answered = record.legs.iter().filter(|leg| leg.answered_at.is_some());
    assert_eq!((answered.count(), record.legs.len()), (3, 3));
}

#[tokio::test]
async fn people_at_the_phones_are_heard_in_a_page_of_two_ways() {
    let mut exchange = Exchange::new().await;
    let (mut caller, _, listeners) = paged(&mut exchange, "two-way").await;
    let sum = |a: i16, b: i16| {
        let near = |value| Codec::Pcma.decode(voice(value));
        voice(near(a) + near(b))
    };
    caller.rtp.hears(sum(1_100, 2_300), 10).await;
    listeners[0].0.rtp.hears(sum(500, 2_300), 10).await;
    // The page is over with its last phone.
    for (phone, call) in &listeners {
        phone.hang_up(*call).await;
    }
    caller.ended().await;
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(
        !path.iter().any(|step| step.contains("response")),
        "{path:?}"
    );
}

#[tokio::test]
async fn phones_that_do_not_answer_are_left_out_and_without_any_the_call_goes_on() {
    let mut exchange = Exchange::new().await;
    exchange.flow("8000", page("one-way", 1)).await;
    let mut caller = exchange.registered("2001").await;
    let mut slow = exchange.registered("2002").await;
    let mut busy = exchange.registered("2003").await;
    caller.call("8000").await;
    slow.incoming().await;
    let incoming = busy.incoming().await;
    busy.reject(incoming.call, 486).await;
    slow.cancelled().await;
    caller.ended().await;
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(
        path.iter()
            .any(|step| step.contains("no phone has answered")),
        "{path:?}"
    );
    assert!(
        path.iter().any(|step| step.contains("response")),
        "{path:?}"
    );
    let causes: Vec<_> = record.legs.iter().map(|leg| leg.cause.as_str()).collect();
    assert_eq!(causes[1..], ["NO_ANSWER", "USER_BUSY"]);
}
