use crate::exchange::{ACCOUNT, CARRIER_REALM, DDI, Exchange, ring};
use crate::phone::Phone;
use runtime::{Direction, Report};
use serde_json::json;

#[tokio::test]
async fn phone_registers_with_its_password_and_not_without() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let phone = exchange.phone("2001").await.with_password("wrong");
    assert_eq!(phone.try_register().await, 401);
    assert!(
        exchange
            .handle
            .registrations(&ACCOUNT.into())
            .await
            .is_empty()
    );
    let phone = exchange.registered("2001").await;
    let registered = exchange
        .report("a registration", |report| match report {
            Report::Registered { registration, .. } => Some(registration),
            _ => None,
        })
        .await;
    assert_eq!(registered.device, "d2001");
    let known = exchange.handle.registrations(&ACCOUNT.into()).await;
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].contact, registered.contact);
    assert_eq!(
        phone
            .request("REGISTER", &phone.address(), &[("Expires", "0")])
            .await,
        200
    );
    assert!(
        exchange
            .handle
            .registrations(&ACCOUNT.into())
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn unknown_realm_is_not_served_and_unknown_user_is_not_told_apart() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let stranger = Phone::udp(exchange.udp(), "desk2001", "other.example").await;
    assert_eq!(stranger.try_register().await, 404);
    let unknown = Phone::udp(exchange.udp(), "nobody", "fernhill.example").await;
    assert_eq!(unknown.try_register().await, 401);
}

#[tokio::test]
async fn carrier_reaches_a_number_in_any_form_and_no_number_that_is_not_there() {
    let mut exchange = Exchange::new().await;
    exchange.flow(DDI, ring("2001")).await;
    exchange.publish_carrier().await;
    let mut callee = exchange.registered("2001").await;
    let mut trunk = Phone::udp(exchange.udp(), "trunk", CARRIER_REALM).await;
    let at = exchange.udp();
    for dialled in [DDI, "01614960120", "00441614960120"] {
        let from = "sip:07700900123@127.0.0.1";
        let call = trunk.call_as(&format!("sip:{dialled}@{at}"), from).await;
        let incoming = callee.incoming().await;
        assert!(
            incoming.from.contains("<sip:+447700900123@"),
            "{}",
            incoming.from
        );
        trunk.ringing().await;
        trunk.hang_up(call).await;
        callee.cancelled().await;
        let record = exchange.record().await;
        assert_eq!(record.start.direction, Direction::Inbound);
        assert_eq!(record.start.dialled, DDI);
        assert_eq!(record.start.account, ACCOUNT.into());
    }
    trunk
        .call_as(&format!("sip:+441614960999@{at}"), "sip:1@127.0.0.1")
        .await;
    assert_eq!(trunk.failed().await, 404);
}

#[tokio::test]
async fn call_without_password_is_refused() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2001", ring("2001")).await;
    exchange.publish_carrier().await;
    let mut stranger = exchange.phone("2002").await.with_password("wrong");
    stranger.call("2001").await;
    assert!(matches!(stranger.failed().await, 401 | 403 | 407));
    let mut trunk = Phone::udp(exchange.udp(), "trunk", CARRIER_REALM)
        .await
        .with_password("wrong");
    let at = exchange.udp();
    trunk
        .call_as(&format!("sip:{DDI}@{at}"), "sip:1@127.0.0.1")
        .await;
    assert!(matches!(trunk.failed().await, 401 | 403 | 407));
    assert!(exchange.handle.active_calls().is_empty());
}

#[tokio::test]
async fn catch_all_serves_phones_and_not_carriers() {
    let mut exchange = Exchange::new().await;
    exchange
        .flow(
            "no_match",
            json!({"module": "response", "data": {"code": 486}, "children": {}}),
        )
        .await;
    exchange.publish_carrier().await;
    let mut phone = exchange.registered("2001").await;
    phone.call("5551234").await;
    assert_eq!(phone.failed().await, 486);
    let mut trunk = Phone::udp(exchange.udp(), "trunk", CARRIER_REALM).await;
    let at = exchange.udp();
    trunk
        .call_as(&format!("sip:{DDI}@{at}"), "sip:1@127.0.0.1")
        .await;
    assert_eq!(trunk.failed().await, 404);
}

#[tokio::test]
async fn phone_may_dial_a_number_of_its_account_in_national_form() {
    let mut exchange = Exchange::new().await;
    exchange
        .flow(
            DDI,
            json!({"module": "response", "data": {"code": 486}, "children": {}}),
        )
        .await;
    let mut phone = exchange.registered("2001").await;
    phone.call("01614960120").await;
    assert_eq!(phone.failed().await, 486);
    assert_eq!(exchange.record().await.start.dialled, DDI);
    phone.call("0999").await;
    assert_eq!(phone.failed().await, 404);
}

#[tokio::test]
async fn removed_account_is_served_no_more() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2001", ring("2001")).await;
    let mut phone = exchange.registered("2002").await;
    exchange.handle.remove(&ACCOUNT.into()).await;
    phone.call("2001").await;
    assert!(matches!(phone.failed().await, 403 | 404));
}

#[tokio::test]
async fn phone_that_is_removed_disabled_or_gets_another_password_is_reached_no_more() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let account = ACCOUNT.into();
    let mut phones = Vec::new();
    for extension in ["2001", "2002", "2003", "2004"] {
        let phone = exchange.registered(extension).await;
        phone.subscribe("2004@fernhill.example", "dialog").await;
        phones.push(phone);
    }
    exchange.devices.remove(0);
    exchange.devices[0].enabled = false;
    exchange.devices[1].digest.ha1_md5 = "another".to_owned();
    exchange.publish().await;
    let left = exchange.handle.registrations(&account).await;
    let left: Vec<&str> = left.iter().map(|it| it.device.as_str()).collect();
    assert_eq!(left, ["d2004"]);
    for phone in &mut phones[..3] {
        phone.watches_no_more("dialog").await;
    }
    // The phone whose password stayed calls and watches as before.
    let pause = json!({"module": "sleep", "data": {"duration": 60}, "children": {}});
    exchange.flow("8001", pause).await;
    phones[3].call("8001").await;
    phones[3].notified("dialog", "initiator").await;
    assert_eq!(phones[0].try_register().await, 401);
    assert_eq!(phones[1].try_register().await, 403);
    assert_eq!(phones[2].try_register().await, 401);
}

#[tokio::test]
async fn codecs_without_anything_in_common_are_refused() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut phone = exchange.registered("2001").await;
    phone
        .call_offering("2002", "m=audio 4000 RTP/AVP 18\r\n")
        .await;
    assert_eq!(phone.failed().await, 488);
}

#[tokio::test]
async fn called_phone_is_offered_first_what_the_caller_speaks_and_may_choose_otherwise() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    for (offer, expected) in [("9 8", "9 8 0"), ("0 9", "0 8 9"), ("8 9", "8 0 9")] {
        let call = caller
            .call_offering("2002", &format!("m=audio 4000 RTP/AVP {offer}\r\n"))
            .await;
        let incoming = callee.incoming().await;
        let body = String::from_utf8(incoming.request.body().to_vec()).unwrap();
        assert!(
            body.contains(&format!("RTP/AVP {expected} 101\r\n")),
            "{body}"
        );
        // It speaks A-law alone.
        callee.answer(incoming.call).await;
        caller.answered().await;
        caller.hang_up(call).await;
        callee.ended().await;
    }
}

#[tokio::test]
async fn carrier_without_password_is_known_by_its_address() {
    let mut exchange = Exchange::new().await;
    exchange.flow(DDI, ring("2001")).await;
    exchange.publish_carrier_with(None).await;
    let mut callee = exchange.registered("2001").await;
    let mut trunk = Phone::udp(exchange.udp(), "x", "y")
        .await
        .with_password("none");
    let to = format!("sip:{DDI}@{}", exchange.udp());
    let call = trunk.call_as(&to, "sip:07700900123@127.0.0.1").await;
    callee.incoming().await;
    trunk.ringing().await;
    trunk.hang_up(call).await;
    // A phone is asked for its password nevertheless.
    let mut thief = exchange.phone("2002").await.with_password("wrong");
    thief.call("2001").await;
    assert!(matches!(thief.failed().await, 401 | 403 | 407));
}

#[tokio::test]
async fn phone_that_names_its_extension_or_the_exchanges_address_is_found() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    exchange.publish_carrier().await;
    let mut callee = exchange.registered("2002").await;
    let mut caller = exchange.phone("2001").await;
    let at = exchange.udp();
    let by_address = format!("sip:desk2001@{at}");
    for from in ["sip:2001@fernhill.example", by_address.as_str()] {
        let call = caller.call_as(&format!("sip:2002@{at}"), from).await;
        let incoming = callee.incoming().await;
        assert!(incoming.from.contains("sip:2001@fernhill.example"));
        caller.ringing().await;
        caller.hang_up(call).await;
        callee.cancelled().await;
    }
    let code = caller
        .request("REGISTER", &by_address, &[("Expires", "600")])
        .await;
    assert_eq!(code, 200);
}

#[tokio::test]
async fn carrier_reaches_no_number_of_an_account_that_is_not_below_its_own() {
    let mut exchange = Exchange::new().await;
    exchange.flow(DDI, ring("2001")).await;
    exchange
        .publish_carrier_of("elsewhere", "elsewhere.example", None)
        .await;
    let mut trunk = Phone::udp(exchange.udp(), "x", "y")
        .await
        .with_password("none");
    let to = format!("sip:{DDI}@{}", exchange.udp());
    trunk.call_as(&to, "sip:07700900123@127.0.0.1").await;
    assert_eq!(trunk.failed().await, 404);
}

#[tokio::test]
async fn of_carriers_with_one_address_the_one_that_serves_the_number_is_taken() {
    let mut exchange = Exchange::new().await;
    exchange.flow(DDI, ring("2001")).await;
    // First in order of account, and none of the number's business.
    exchange
        .publish_carrier_of("elsewhere", "elsewhere.example", None)
        .await;
    exchange.publish_carrier_with(None).await;
    let mut callee = exchange.registered("2001").await;
    let mut trunk = Phone::udp(exchange.udp(), "x", "y")
        .await
        .with_password("none");
    let to = format!("sip:{DDI}@{}", exchange.udp());
    // The caller's name is that of a phone: carriers are not asked for a phone's password.
    let call = trunk.call_as(&to, "sip:desk2002@127.0.0.1").await;
    callee.incoming().await;
    trunk.ringing().await;
    trunk.hang_up(call).await;
}

#[tokio::test]
async fn phones_answer_the_digest_algorithm_that_they_know() {
    use runtime::Algorithm::{Md5, Sha256};
    for (offered, unknown) in [
        (vec![Md5], Some(Sha256)),
        (vec![Sha256], Some(Md5)),
        (vec![Sha256, Md5], None),
    ] {
        let offer = offered.clone();
        let mut exchange = Exchange::with(|config| config.sip_core.digest.algorithms = offer).await;
        exchange.publish().await;
        let phone = async |algorithm| exchange.phone("2001").await.knowing(algorithm);
        for algorithm in offered {
            let wrong = phone(algorithm).await.with_password("wrong");
            assert_eq!(wrong.try_register().await, 401, "{algorithm:?}");
            assert_eq!(
                phone(algorithm).await.try_register().await,
                200,
                "{algorithm:?}"
            );
        }
        if let Some(algorithm) = unknown {
            let lost = phone(algorithm).await;
            assert_eq!(lost.try_register().await, 401, "{algorithm:?}");
        }
    }
}
