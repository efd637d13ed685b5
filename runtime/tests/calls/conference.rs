//! Conferences between real phones: each speaks one value, so that a sum shows who is heard.

use crate::exchange::{Exchange, medium};
use crate::phone::{Phone, Seen};
use callflow::AccountId;
use callflow::ResourceKind;
use runtime::media::Codec;
use runtime::{Conference, ConferenceChange};
use serde_json::{Value, json};
use sip::event::CallId;

/// What the upper half of a medium's tone is after its file was made ready.
const MUSIC: u8 = 0x9c;

/// A voice: the A-law byte of a value.
fn voice(value: i16) -> u8 {
    Codec::Pcma.encode(value)
}

/// What two voices together sound like.
fn together(a: u8, b: u8) -> u8 {
    voice(Codec::Pcma.decode(a) + Codec::Pcma.decode(b))
}

/// An exchange whose number 7000 leads members into the room, and 7001 moderators.
async fn exchange(room: Value) -> Exchange {
    let mut exchange = Exchange::new().await;
    medium(&mut exchange, "music", 2_000);
    let Value::Object(mut document) = room else {
        panic!("a room is an object");
    };
    for (key, value) in [
        ("name", json!("Room")),
        ("play_entry_tone", json!(false)),
        ("play_exit_tone", json!(false)),
    ] {
        document.entry(key).or_insert(value);
    }
    callflow::json::set(&mut document, "member.join_muted", false.into());
    let directory = &mut exchange.directory;
    directory.insert(ResourceKind::Conference, "room", document);
    let settings = json!({"music_on_hold": {"media_id": "music"}});
    let settings = settings.as_object().cloned().unwrap();
    directory.insert(ResourceKind::Settings, "settings", settings);
    for (number, moderator) in [("7000", false), ("7001", true)] {
        let data = json!({"id": "room", "moderator": moderator, "welcome_prompt": {"play": false}});
        let gone = json!({"module": "response", "data": {"code": 480}, "children": {}});
        let flow = json!({"module": "conference", "data": data, "children": {"_": gone}});
        exchange.flow(number, flow).await;
    }
    exchange
}

/// A phone that calls a number and is answered.
async fn dials(exchange: &Exchange, extension: &str, number: &str, says: u8) -> (Phone, CallId) {
    let mut phone = exchange.registered(extension).await;
    phone.rtp.speak(says);
    let call = phone.call(number).await;
    phone.answered().await;
    (phone, call)
}

fn rooms(exchange: &Exchange) -> Vec<Conference> {
    exchange
        .handle
        .conferences(&AccountId::from(crate::exchange::ACCOUNT))
}

fn change(exchange: &Exchange, change: &ConferenceChange) -> bool {
    let account = AccountId::from(crate::exchange::ACCOUNT);
    exchange.handle.change_conference(&account, "room", change)
}

#[tokio::test]
async fn three_phones_in_a_room_hear_the_two_others_and_not_themselves() {
    let exchange = exchange(json!({})).await;
    let [a, b, c] = [500, 1_100, 2_300].map(voice);
    let (one, _) = dials(&exchange, "2001", "7000", a).await;
    let (two, _) = dials(&exchange, "2002", "7000", b).await;
    let (three, call) = dials(&exchange, "2003", "7000", c).await;
    one.rtp.hears(together(b, c), 10).await;
    two.rtp.hears(together(a, c), 10).await;
    three.rtp.hears(together(a, b), 10).await;
    assert_eq!(rooms(&exchange)[0].members.len(), 3);
    three.hang_up(call).await;
    one.rtp.forget();
    one.rtp.hears(b, 10).await;
    two.rtp.hears(a, 10).await;
}

#[tokio::test]
async fn room_ends_with_its_last_member_and_who_is_alone_hears_music() {
    let mut exchange = exchange(json!({})).await;
    let [a, b] = [500, 1_100].map(voice);
    let (one, first) = dials(&exchange, "2001", "7000", a).await;
    one.rtp.hears(MUSIC, 10).await;
    let (two, second) = dials(&exchange, "2002", "7000", b).await;
    one.rtp.hears(b, 10).await;
    two.rtp.hears(a, 10).await;
    one.rtp.forget();
    one.rtp.hears(b, 10).await;
    two.hang_up(second).await;
    exchange.record().await;
    one.rtp.forget();
    one.rtp.hears(MUSIC, 10).await;
    one.hang_up(first).await;
    exchange.record().await;
    assert_eq!(rooms(&exchange), []);
}

#[tokio::test]
async fn keys_mute_unmute_and_deafen_a_member_and_hash_leaves_the_room() {
    let mut exchange = exchange(json!({})).await;
    let [a, b] = [500, 1_100].map(voice);
    let (mut one, _) = dials(&exchange, "2001", "7000", a).await;
    let (two, _) = dials(&exchange, "2002", "7000", b).await;
    let silence = voice(0);
    two.rtp.hears(a, 10).await;
    one.rtp.hears(b, 10).await;
    one.rtp.press("*1");
    two.rtp.forget();
    two.rtp.hears(silence, 30).await;
    assert!(rooms(&exchange)[0].members[0].muted);
    one.rtp.press("*2");
    two.rtp.forget();
    two.rtp.hears(a, 10).await;
    one.rtp.press("*4");
    one.rtp.forget();
    one.rtp.hears(silence, 30).await;
    one.rtp.press("*4");
    one.rtp.forget();
    one.rtp.hears(b, 10).await;
    one.rtp.press("#");
    one.ended().await;
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(
        path.iter().any(|step| step.contains("response")),
        "{path:?}"
    );
    assert_eq!(rooms(&exchange)[0].members.len(), 1);
}

#[tokio::test]
async fn full_room_lets_nobody_in() {
    let mut exchange = exchange(json!({"max_participants": 1})).await;
    let (one, _) = dials(&exchange, "2001", "7000", voice(500)).await;
    one.rtp.hears(MUSIC, 5).await;
    let (mut two, _) = dials(&exchange, "2002", "7000", voice(500)).await;
    two.ended().await;
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(path.iter().any(|step| step.contains("full")), "{path:?}");
}

#[tokio::test]
async fn locked_room_lets_moderators_in_only_until_it_is_unlocked() {
    let mut exchange = exchange(json!({})).await;
    let [a, b, c] = [500, 1_100, 2_300].map(voice);
    let (one, _) = dials(&exchange, "2001", "7000", a).await;
    one.rtp.hears(MUSIC, 5).await;
    assert!(change(&exchange, &ConferenceChange::Lock(true)));
    let (mut two, _) = dials(&exchange, "2002", "7000", b).await;
    two.ended().await;
    let record = exchange.record().await;
    let path: Vec<_> = record.trace.iter().map(|entry| entry.step.text()).collect();
    assert!(path.iter().any(|step| step.contains("locked")), "{path:?}");
    let (three, _) = dials(&exchange, "2003", "7001", c).await;
    three.rtp.hears(a, 5).await;
    assert!(change(&exchange, &ConferenceChange::Lock(false)));
    let call = two.call("7000").await;
    two.answered().await;
    two.rtp.hears(together(a, c), 5).await;
    two.hang_up(call).await;
}

#[tokio::test]
async fn members_wait_with_music_for_the_moderator_and_leave_when_the_last_has_gone() {
    let room = json!({"wait_for_moderator": true, "endconf_grace_time": 0});
    let mut exchange = exchange(room).await;
    let [a, b, c] = [500, 1_100, 2_300].map(voice);
    let (mut one, _) = dials(&exchange, "2001", "7000", a).await;
    let (mut two, _) = dials(&exchange, "2002", "7000", b).await;
    // Two who wait do not hear each other.
    one.rtp.hears(MUSIC, 25).await;
    two.rtp.hears(MUSIC, 25).await;
    assert!(
        rooms(&exchange)[0]
            .members
            .iter()
            .all(|member| member.waiting)
    );
    let (chair, call) = dials(&exchange, "2003", "7001", c).await;
    one.rtp.hears(together(b, c), 10).await;
    two.rtp.hears(together(a, c), 10).await;
    chair.rtp.hears(together(a, b), 10).await;
    chair.hang_up(call).await;
    one.ended().await;
    two.ended().await;
    for _ in 0..3 {
        exchange.record().await;
    }
    assert_eq!(rooms(&exchange), []);
}

#[tokio::test]
async fn room_stays_open_for_a_while_after_the_moderator_and_for_good_when_one_comes_back() {
    let mut exchange = exchange(json!({"endconf_grace_time": 1})).await;
    let [a, b] = [500, 1_100].map(voice);
    let (mut one, _) = dials(&exchange, "2001", "7000", a).await;
    let (chair, call) = dials(&exchange, "2002", "7001", b).await;
    one.rtp.hears(b, 5).await;
    chair.hang_up(call).await;
    exchange.record().await;
    let (chair, call) = dials(&exchange, "2003", "7001", b).await;
    one.rtp.forget();
    // Longer than the room would have stayed open.
    one.rtp.hears(b, 75).await;
    chair.hang_up(call).await;
    one.ended().await;
}

#[tokio::test]
async fn member_is_muted_and_put_out_from_outside() {
    let mut exchange = exchange(json!({})).await;
    let [a, b] = [500, 1_100].map(voice);
    let (mut one, _) = dials(&exchange, "2001", "7000", a).await;
    let (two, _) = dials(&exchange, "2002", "7000", b).await;
    two.rtp.hears(a, 10).await;
    let room = rooms(&exchange).remove(0);
    let member = &room.members[0];
    assert_eq!(
        (member.caller_number.as_str(), member.muted),
        ("2001", false)
    );
    let call = member.call.clone();
    assert!(change(
        &exchange,
        &ConferenceChange::Mute(call.clone(), true)
    ));
    two.rtp.forget();
    two.rtp.hears(voice(0), 30).await;
    assert!(change(&exchange, &ConferenceChange::Remove(call)));
    one.ended().await;
    exchange.record().await;
    let nobody = ConferenceChange::Remove("nobody".to_owned());
    assert!(!change(&exchange, &nobody));
    let account = AccountId::from("another");
    let lock = ConferenceChange::Lock(true);
    assert!(!exchange.handle.change_conference(&account, "room", &lock));
}

#[tokio::test]
async fn entry_and_exit_are_heard_by_the_others_only() {
    let entry = json!({"play_entry_tone": "in", "play_exit_tone": "out"});
    let mut exchange = exchange(entry).await;
    medium(&mut exchange, "in", 400);
    medium(&mut exchange, "out", 400);
    exchange.publish().await;
    let [a, b] = [500, 1_100].map(voice);
    let (one, _) = dials(&exchange, "2001", "7001", a).await;
    one.rtp.hears(MUSIC, 5).await;
    let (three, _) = dials(&exchange, "2003", "7000", voice(0)).await;
    three.rtp.hears(a, 5).await;
    one.rtp.forget();
    three.rtp.forget();
    let (two, call) = dials(&exchange, "2002", "7000", b).await;
    // The tone of the medium on top of whoever speaks.
    one.rtp.hears(together(MUSIC, b), 5).await;
    two.rtp.hears(a, 20).await;
    three.rtp.hears(together(a, b), 10).await;
    three.rtp.forget();
    two.hang_up(call).await;
    three.rtp.hears(together(MUSIC, a), 5).await;
}

#[tokio::test]
async fn member_on_hold_is_not_heard_with_the_music_of_the_phone() {
    let exchange = exchange(json!({})).await;
    let [a, b] = [500, 1_100].map(voice);
    let (mut one, call) = dials(&exchange, "2001", "7000", a).await;
    let (two, _) = dials(&exchange, "2002", "7000", b).await;
    two.rtp.hears(a, 10).await;
    let answered = |seen: &Seen| matches!(seen, Seen::OfferAnswered(_)).then_some(());
    for (direction, heard) in [("sendonly", voice(0)), ("sendrecv", a)] {
        let sdp = one.rtp.description(direction);
        one.command(call, sip::command::Command::Offer { sdp })
            .await;
        one.expect("an answer", answered).await;
        two.rtp.forget();
        two.rtp.hears(heard, 30).await;
    }
}
