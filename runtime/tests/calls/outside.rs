//! Calls to numbers outside, by carriers; and whoever must press a key, or is busy.

use crate::domain::Domain;
use crate::exchange::{CARRIER_REALM, Exchange, carrier, ring};
use crate::phone::{Incoming, Phone, Seen};
use callflow::ResourceKind;
use runtime::Direction;
use serde_json::{Value, json};
use sip::command::Command;
use std::time::Duration;
use tokio::net::UdpSocket;

/// Numbers that nothing else answers go out by the account's carriers.
fn out() -> Value {
    json!({"module": "resources", "data": {}, "children": {}})
}

/// A carrier's server.
async fn lines(exchange: &Exchange) -> Phone {
    Phone::udp(exchange.udp(), "us", "lines.example").await
}

fn to(server: &Phone) -> Value {
    json!({"server": server.local.to_string()})
}

fn header<'a>(incoming: &'a Incoming, name: &str) -> Option<&'a str> {
    incoming.request.header_named(name)
}

fn document(value: Value) -> callflow::json::Object {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// Replaces a person's document; the keys are added to the ordinary ones.
fn person(exchange: &mut Exchange, extension: &str, more: Value) {
    let mut user = document(json!({
        "first_name": "Person", "last_name": extension, "presence_id": extension,
    }));
    user.extend(document(more));
    let id = format!("u{extension}");
    exchange.directory.insert(ResourceKind::User, id, user);
}

#[tokio::test]
async fn number_that_no_callflow_answers_goes_out_by_a_carrier_and_both_sides_hear_each_other() {
    let mut exchange = Exchange::new().await;
    let mut server = lines(&exchange).await;
    exchange.carriers = vec![carrier("lines", to(&server))];
    let caller_id = json!({"external": {"name": "Fernhill", "number": "+441614960120"}});
    person(&mut exchange, "2001", json!({"caller_id": caller_id}));
    exchange.flow("no_match", out()).await;
    let mut caller = exchange.registered("2001").await;
    let call = caller.call("01614960999").await;
    let incoming = server.incoming().await;
    let asked = incoming.request.request_uri_text();
    assert_eq!(asked, format!("sip:+441614960999@{}", server.local));
    let own = "\"Fernhill\" <sip:+441614960120@127.0.0.1>";
    assert!(incoming.from.starts_with(own), "{}", incoming.from);
    assert_eq!(incoming.asserted.as_deref(), Some(own));
    assert_eq!(header(&incoming, "Privacy"), None);
    caller.ringing().await;
    caller.rtp.speak(0x2a);
    server.rtp.speak(0x33);
    server.answer(incoming.call).await;
    caller.answered().await;
    caller.rtp.hears(0x33, 5).await;
    server.rtp.hears(0x2a, 5).await;
    caller.hang_up(call).await;
    server.ended().await;
    let record = exchange.record().await;
    assert_eq!(record.start.direction, Direction::Outbound);
    assert_eq!(record.start.dialled, "01614960999");
    let leg = &record.legs[1];
    assert_eq!(
        (leg.carrier.as_deref(), &leg.device),
        (Some("lines"), &None)
    );
    assert_eq!(leg.number.as_deref(), Some("+441614960999"));
    assert_eq!(leg.peer, Some(server.local));
}

#[tokio::test]
async fn carrier_over_tcp_that_asks_for_a_password_gets_it() {
    let mut exchange = Exchange::new().await;
    let mut server = Phone::behind_tcp(exchange.udp(), "us", "lines.example").await;
    server.demands_password();
    let document = json!({"gateways": [{
        "server": "127.0.0.1", "port": server.local.port(), "transport": "tcp", "username": "us", "prefix": "9",
    }]});
    exchange.carriers = vec![carrier("lines", document)];
    exchange.flow("no_match", out()).await;
    let mut caller = exchange.registered("2001").await;
    let call = caller.call("+441614960999").await;
    let incoming = server.incoming().await;
    let answer = header(&incoming, "Authorization").unwrap_or_default();
    assert!(answer.contains("username=\"us\""), "{answer}");
    assert!(
        incoming
            .request
            .request_uri_text()
            .starts_with("sip:9+44161")
    );
    server.answer(incoming.call).await;
    caller.answered().await;
    caller.hang_up(call).await;
    server.ended().await;
}

#[tokio::test]
async fn password_is_given_to_the_realm_it_is_for_and_no_other() {
    let mut exchange = Exchange::new().await;
    let server = lines(&exchange).await;
    server.demands_password();
    let document = json!({"gateways": [{
        "server": "127.0.0.1", "port": server.local.port(), "username": "us", "realm": "other.example",
    }]});
    exchange.carriers = vec![carrier("lines", document)];
    exchange.flow("no_match", out()).await;
    let mut caller = exchange.registered("2001").await;
    caller.call("+441614960999").await;
    assert_eq!(caller.failed().await, 503);
    let record = exchange.record().await;
    let code = record.legs[1].sip_code;
    assert!(matches!(code, Some(401 | 407)), "{code:?}");
}

#[tokio::test]
async fn dead_failing_and_unknown_servers_are_passed_over_until_one_takes_the_call() {
    let quick = |config: &mut runtime::RuntimeConfig| {
        config.carrier_patience = Duration::from_millis(300);
    };
    let mut exchange = Exchange::with(quick).await;
    let dead = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut fails = lines(&exchange).await;
    let mut takes = lines(&exchange).await;
    let dead = dead.local_addr().unwrap().to_string();
    exchange.carriers = vec![
        carrier(
            "takes",
            json!({"weight_cost": 90, "server": takes.local.to_string()}),
        ),
        carrier(
            "fails",
            json!({"weight_cost": 20, "server": fails.local.to_string()}),
        ),
        carrier(
            "nowhere",
            json!({"weight_cost": 10, "server": "nowhere.invalid"}),
        ),
        carrier("dead", json!({"weight_cost": 5, "server": dead})),
    ];
    exchange.flow("no_match", out()).await;
    let mut caller = exchange.registered("2001").await;
    let call = caller.call("+441614960999").await;
    let refused = fails.incoming().await;
    fails.reject(refused.call, 503).await;
    let incoming = takes.incoming().await;
    takes.answer(incoming.call).await;
    caller.answered().await;
    caller.hang_up(call).await;
    takes.ended().await;
    let record = exchange.record().await;
    let tried: Vec<_> = record
        .legs
        .iter()
        .skip(1)
        .map(|leg| {
            (
                leg.carrier.as_deref().unwrap(),
                leg.sip_code,
                leg.cause.as_str(),
            )
        })
        .collect();
    assert_eq!(
        tried,
        [
            ("dead", None, "NORMAL_TEMPORARY_FAILURE"),
            ("fails", Some(503), "NORMAL_TEMPORARY_FAILURE"),
            ("takes", None, "NORMAL_CLEARING"),
        ]
    );
}

#[tokio::test]
async fn domain_of_a_carrier_names_its_servers_and_the_next_takes_over_from_a_dead_one() {
    let mut domain = Domain::open().await;
    let mut exchange = Exchange::with(|config: &mut runtime::RuntimeConfig| {
        config.carrier_patience = Duration::from_millis(300);
        config.dns = Some(domain.address);
    })
    .await;
    let dead = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut takes = lines(&exchange).await;
    domain.naptr("lines.example", "SIP+D2U", "_sip._udp.lines.example");
    let ports = [dead.local_addr().unwrap().port(), takes.local.port()];
    // The first has the better priority.
    domain.srv("_sip._udp.lines.example", 10, "127.0.0.1", ports[0]);
    domain.srv("_sip._udp.lines.example", 20, "127.0.0.1", ports[1]);
    domain.serve();
    exchange.carriers = vec![carrier("lines", json!({"server": "lines.example"}))];
    exchange.flow("no_match", out()).await;
    let mut caller = exchange.registered("2001").await;
    let call = caller.call("+441614960999").await;
    let incoming = takes.incoming().await;
    let asked = incoming.request.request_uri_text();
    assert_eq!(asked, "sip:+441614960999@lines.example");
    takes.answer(incoming.call).await;
    caller.answered().await;
    caller.hang_up(call).await;
    takes.ended().await;
    let record = exchange.record().await;
    let tried: Vec<_> = record
        .legs
        .iter()
        .skip(1)
        .map(|leg| leg.peer.unwrap().port())
        .collect();
    assert_eq!(tried, ports);
}

#[tokio::test]
async fn what_the_person_called_says_is_final_and_no_further_carrier_is_asked() {
    let mut exchange = Exchange::new().await;
    let mut first = lines(&exchange).await;
    let second = lines(&exchange).await;
    exchange.carriers = vec![
        carrier(
            "first",
            json!({"weight_cost": 1, "server": first.local.to_string()}),
        ),
        carrier("second", to(&second)),
    ];
    exchange.flow("no_match", out()).await;
    let mut caller = exchange.registered("2001").await;
    for code in [486, 404, 603] {
        caller.call("+441614960999").await;
        let incoming = first.incoming().await;
        first.reject(incoming.call, code).await;
        assert_eq!(caller.failed().await, code);
        let record = exchange.record().await;
        assert_eq!(record.legs.len(), 2);
        assert_eq!(record.start.direction, Direction::Outbound);
    }
}

#[tokio::test]
async fn number_that_no_carrier_takes_leads_to_its_branch() {
    let mut exchange = Exchange::new().await;
    let server = lines(&exchange).await;
    let abroad = json!({"server": server.local.to_string(), "rules": ["^\\+1"]});
    exchange.carriers = vec![carrier("abroad", abroad)];
    // Carriers of another account are nobody's business.
    let foreign = carrier("foreign", to(&server));
    exchange
        .publish_carriers_of("oakfield", "oakfield.example", vec![foreign])
        .await;
    for data in [json!({}), json!({"hunt_account_id": "oakfield"})] {
        let gone = json!({"module": "response", "data": {"code": 410}, "children": {}});
        let mut flow = out();
        flow["data"] = data;
        flow["children"] = json!({"NO_ROUTE_DESTINATION": gone});
        exchange.flow("no_match", flow).await;
        let mut caller = exchange.registered("2001").await;
        caller.call("+441614960999").await;
        assert_eq!(caller.failed().await, 410);
        assert_eq!(exchange.record().await.legs.len(), 1);
    }
}

#[tokio::test]
async fn withheld_number_is_told_to_the_carrier_alone() {
    let mut exchange = Exchange::new().await;
    let mut server = lines(&exchange).await;
    exchange.carriers = vec![carrier("lines", to(&server))];
    let caller_id = json!({"external": {"name": "Fernhill", "number": "+441614960120"}});
    person(&mut exchange, "2001", json!({"caller_id": caller_id}));
    let hide = json!({"module": "privacy", "data": {"mode": "full"}, "children": {"_": out()}});
    exchange.flow("no_match", hide).await;
    let caller = exchange.registered("2001").await;
    let call = caller.call("01614960999").await;
    let incoming = server.incoming().await;
    assert!(
        incoming
            .from
            .starts_with("<sip:anonymous@anonymous.invalid>"),
        "{}",
        incoming.from
    );
    assert_eq!(
        incoming.asserted.as_deref(),
        Some("<sip:+441614960120@127.0.0.1>")
    );
    assert_eq!(header(&incoming, "Privacy"), Some("id"));
    caller.hang_up(call).await;
    server.cancelled().await;
}

/// Person 2001 forwards every call to a mobile phone; calls go out by the reseller's carrier.
async fn forwarding(exchange: &mut Exchange, terms: Value) -> Phone {
    let server = lines(exchange).await;
    let shared = carrier("shared", to(&server));
    exchange
        .publish_carriers_of("harbour", CARRIER_REALM, vec![shared])
        .await;
    let mut forward = document(json!({"enabled": true, "number": "07700900123"}));
    forward.extend(document(terms));
    person(exchange, "2001", json!({"call_forward": forward}));
    let mut flow = ring("2001");
    let gone = json!({"module": "response", "data": {"code": 410}, "children": {}});
    flow["children"] = json!({"_": gone});
    exchange.flow("2001", flow).await;
    server
}

#[tokio::test]
async fn forwarded_call_is_connected_when_key_1_is_pressed_and_not_before() {
    let mut exchange = Exchange::new().await;
    let mut mobile = forwarding(&mut exchange, json!({})).await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2001").await;
    let incoming = mobile.incoming().await;
    let asked = incoming.request.request_uri_text();
    assert!(asked.starts_with("sip:+447700900123@"), "{asked}");
    assert_eq!(
        header(&incoming, "Diversion"),
        Some("<sip:2001@fernhill.example>")
    );
    mobile.rtp.speak(0x33);
    mobile.answer(incoming.call).await;
    caller.ringing().await;
    // Another key means nothing.
    mobile.rtp.press("51");
    caller.answered().await;
    caller.rtp.hears(0x33, 5).await;
    caller.hang_up(call).await;
    mobile.ended().await;
    let record = exchange.record().await;
    assert_eq!(record.start.direction, Direction::Outbound);
}

#[tokio::test]
async fn key_told_by_info_confirms_too() {
    let mut exchange = Exchange::new().await;
    let mut mobile = forwarding(&mut exchange, json!({})).await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2001").await;
    let incoming = mobile.incoming().await;
    mobile.answer(incoming.call).await;
    let key = Command::SendDtmf {
        digit: '1',
        duration_ms: 100,
    };
    mobile.command(incoming.call, key).await;
    caller.answered().await;
    caller.hang_up(call).await;
    mobile.ended().await;
}

#[tokio::test]
async fn whoever_answered_in_time_may_press_the_key_when_the_time_to_ring_is_over() {
    let mut exchange = Exchange::new().await;
    let mut mobile = forwarding(&mut exchange, json!({"substitute": false})).await;
    let mut flow = ring("2001");
    flow["data"]["timeout"] = json!(1);
    exchange.flow("2001", flow).await;
    let mut desk = exchange.registered("2001").await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2001").await;
    let incoming = mobile.incoming().await;
    mobile.answer(incoming.call).await;
    desk.incoming().await;
    desk.cancelled().await;
    mobile.rtp.press("1");
    caller.answered().await;
    caller.hang_up(call).await;
    mobile.ended().await;
}

#[tokio::test]
async fn machine_that_answers_and_presses_nothing_is_hung_up_while_the_desk_rings_on() {
    let mut exchange = Exchange::new().await;
    let mut machine = forwarding(&mut exchange, json!({"substitute": false})).await;
    let mut desk = exchange.registered("2001").await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2001").await;
    let ringing = desk.incoming().await;
    let incoming = machine.incoming().await;
    machine.answer(incoming.call).await;
    machine.ended().await;
    desk.answer(ringing.call).await;
    caller.answered().await;
    caller.hang_up(call).await;
    desk.ended().await;
    let record = exchange.record().await;
    assert_eq!(record.start.direction, Direction::Internal);
    let mut legs = record.legs.iter();
    let leg = legs.find(|leg| leg.carrier.is_some()).unwrap();
    assert!(leg.answered_at.is_some());
    assert_eq!(leg.cause, "NO_ANSWER");
}

#[tokio::test]
async fn whoever_hangs_up_instead_of_pressing_the_key_has_not_answered() {
    let mut exchange = Exchange::new().await;
    let mut mobile = forwarding(&mut exchange, json!({})).await;
    let mut caller = exchange.registered("2002").await;
    caller.call("2001").await;
    let incoming = mobile.incoming().await;
    mobile.answer(incoming.call).await;
    caller.ringing().await;
    mobile.rtp.press("3");
    mobile.hang_up(incoming.call).await;
    assert_eq!(caller.failed().await, 410);
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(
        path.contains(&"not reached: NO_ANSWER".to_owned()),
        "{path:?}"
    );
}

#[tokio::test]
async fn desk_that_answers_first_takes_the_call_from_whoever_is_still_asked_for_the_key() {
    let mut exchange = Exchange::new().await;
    let mut mobile = forwarding(&mut exchange, json!({"substitute": false})).await;
    let mut desk = exchange.registered("2001").await;
    let mut caller = exchange.registered("2002").await;
    let call = caller.call("2001").await;
    let ringing = desk.incoming().await;
    let incoming = mobile.incoming().await;
    mobile.answer(incoming.call).await;
    desk.answer(ringing.call).await;
    mobile.ended().await;
    caller.answered().await;
    caller.hang_up(call).await;
    desk.ended().await;
    let record = exchange.record().await;
    assert_eq!(record.start.direction, Direction::Internal);
}

#[tokio::test]
async fn phone_in_a_call_without_call_waiting_is_busy_and_is_not_rung() {
    let mut exchange = Exchange::new().await;
    person(
        &mut exchange,
        "2001",
        json!({"call_waiting": {"enabled": false}}),
    );
    for extension in ["2001", "2002"] {
        exchange.flow(extension, ring(extension)).await;
    }
    let mut owner = exchange.registered("2001").await;
    let mut friend = exchange.registered("2002").await;
    let mut caller = exchange.registered("2003").await;
    // In a call that it made, then in one that it got.
    for makes in [true, false] {
        let call = if makes {
            let call = owner.call("2002").await;
            let incoming = friend.incoming().await;
            friend.answer(incoming.call).await;
            owner.answered().await;
            call
        } else {
            let call = friend.call("2001").await;
            let incoming = owner.incoming().await;
            owner.answer(incoming.call).await;
            friend.answered().await;
            call
        };
        caller.call("2001").await;
        assert_eq!(caller.failed().await, 486);
        let refused = exchange.record().await;
        assert_eq!(refused.cause, "USER_BUSY");
        assert_eq!(refused.legs.len(), 1, "nothing was rung");
        if makes {
            owner.hang_up(call).await;
            friend.ended().await;
        } else {
            friend.hang_up(call).await;
            owner.ended().await;
        }
        exchange.record().await;
    }
    // Free again.
    let call = caller.call("2001").await;
    owner.incoming().await;
    caller.hang_up(call).await;
    owner.cancelled().await;
}

#[tokio::test]
async fn phone_in_a_call_with_call_waiting_rings() {
    let mut exchange = Exchange::new().await;
    for extension in ["2001", "2002"] {
        exchange.flow(extension, ring(extension)).await;
    }
    let mut owner = exchange.registered("2001").await;
    let mut friend = exchange.registered("2002").await;
    let caller = exchange.registered("2003").await;
    owner.call("2002").await;
    let incoming = friend.incoming().await;
    friend.answer(incoming.call).await;
    owner.answered().await;
    caller.call("2001").await;
    owner
        .expect("a second call", |seen| {
            matches!(seen, Seen::Incoming(_)).then_some(())
        })
        .await;
}

#[tokio::test]
async fn group_whose_phones_are_all_unregistered_is_absent() {
    let mut exchange = Exchange::new().await;
    let members = ["2001", "2002"]
        .map(|extension| json!({"endpoint_type": "user", "id": format!("u{extension}")}));
    let gone = json!({"module": "response", "data": {"code": 410}, "children": {}});
    let flow = json!({
        "module": "ring_group",
        "data": {"name": "Desk", "strategy": "simultaneous", "endpoints": members},
        "children": {"SUBSCRIBER_ABSENT": gone},
    });
    exchange.flow("2000", flow).await;
    let mut caller = exchange.registered("2003").await;
    caller.call("2000").await;
    assert_eq!(caller.failed().await, 410);
}
