use crate::attended::{attend, of_two_calls};
use crate::exchange::{Exchange, nothing_is_left};
use crate::phone::Phone;
use crate::pickup::{A, B, C, D, conversation, speaker, talk};
use crate::robustness::fickle;
use crate::transfer::{exchange as people, refer};
use callflow::ResourceKind;
use callflow::resource::Settings;
use rand::{Rng, SeedableRng};
use serde_json::json;
use sip::event::CallId;

/// All phones ask somebody first with *3 and an extension; *9 takes the waiting party back.
async fn exchange() -> Exchange {
    let mut exchange = people().await;
    let ask = json!({"module": "transfer", "data": {"takeback_dtmf": "*9"}});
    let settings = json!({"metaflows": {"patterns": {"^3(\\d{4})$": ask}, "digit_timeout": 200}});
    let settings = settings.as_object().cloned().unwrap();
    exchange
        .directory
        .insert(ResourceKind::Settings, Settings::ID, settings);
    exchange.flow("2004", crate::exchange::ring("2004")).await;
    exchange
}

/// 2001 and 2002 talk; one of them has the other wait and calls 2003. In this order, with the leg of who waits.
struct Asked {
    exchange: Exchange,
    asks: Phone,
    leg: CallId,
    waits: Phone,
    waiting: CallId,
    voices: (u8, u8),
    target: Phone,
    incoming: CallId,
}

async fn asked(by_caller: bool) -> Asked {
    let exchange = exchange().await;
    let (caller, call, callee, answered) = conversation(&exchange).await;
    let mut target = speaker(&exchange, "2003", C).await;
    let (asks, leg, mut waits, waiting, voices) = if by_caller {
        (caller, call, callee, answered, (A, B))
    } else {
        (callee, answered, caller, call, (B, A))
    };
    asks.rtp.press("*32003");
    assert_eq!(waits.offered().await, "sendonly");
    let incoming = target.incoming().await;
    // It is the one who asks that calls.
    assert!(incoming.from.contains(&asks.user[4..]), "{}", incoming.from);
    let incoming = incoming.call;
    Asked {
        exchange,
        asks,
        leg,
        waits,
        waiting,
        voices,
        target,
        incoming,
    }
}

impl Asked {
    /// The one that waited talks with the target, until it hangs up.
    async fn joined(mut self) {
        assert_eq!(self.waits.offered().await, "sendrecv");
        talk((&self.waits, self.voices.1), (&self.target, C)).await;
        self.waits.hang_up(self.waiting).await;
        self.target.ended().await;
        let record = self.exchange.record().await;
        assert_eq!(record.tags["transferred_to"], "2003");
        let causes = record.legs.iter().map(|leg| leg.cause.as_str());
        assert_eq!(causes.filter(|it| *it == "ATTENDED_TRANSFER").count(), 1);
        nothing_is_left(&self.exchange).await;
    }

    /// The first two talk again.
    async fn back(mut self) {
        assert_eq!(self.waits.offered().await, "sendrecv");
        talk((&self.asks, self.voices.0), (&self.waits, self.voices.1)).await;
        self.asks.hang_up(self.leg).await;
        self.waits.ended().await;
        nothing_is_left(&self.exchange).await;
    }
}

#[tokio::test]
async fn who_asks_first_joins_the_others_by_hanging_up() {
    for by_caller in [false, true] {
        for answered in [true, false] {
            let it = asked(by_caller).await;
            if answered {
                it.target.answer(it.incoming).await;
                talk((&it.asks, it.voices.0), (&it.target, C)).await;
                it.asks.hang_up(it.leg).await;
            } else {
                it.asks.hang_up(it.leg).await;
                it.waits.rtp.forget();
                it.waits.rtp.hears_something().await; // that it rings
                it.target.answer(it.incoming).await;
            }
            it.joined().await;
        }
    }
}

#[tokio::test]
async fn party_that_waits_is_taken_back_by_keys_or_when_nobody_answers() {
    for by_caller in [false, true] {
        for how in ["busy", "rings", "answered", "hangs up"] {
            let mut it = asked(by_caller).await;
            match how {
                "busy" => it.target.reject(it.incoming, 486).await,
                "rings" => {
                    it.asks.rtp.press("*9");
                    it.target.cancelled().await;
                }
                _ => {
                    it.target.answer(it.incoming).await;
                    talk((&it.asks, it.voices.0), (&it.target, C)).await;
                    if how == "answered" {
                        it.asks.rtp.press("*9");
                        it.target.ended().await;
                    } else {
                        it.target.hang_up(it.incoming).await;
                    }
                }
            }
            it.back().await;
        }
    }
}

#[tokio::test]
async fn two_go_on_when_the_one_that_waits_hangs_up() {
    for by_caller in [false, true] {
        let mut it = asked(by_caller).await;
        it.waits.hang_up(it.waiting).await;
        it.target.answer(it.incoming).await;
        talk((&it.asks, it.voices.0), (&it.target, C)).await;
        it.asks.hang_up(it.leg).await;
        it.target.ended().await;
        nothing_is_left(&it.exchange).await;
    }
}

#[tokio::test]
async fn party_of_another_call_waits_and_is_joined_or_taken_back() {
    for code in ["*9", "*1"] {
        for how in ["joined", "while it rings", "back"] {
            let exchange = exchange().await;
            let (mut stays, leg, byte, taker, own) = of_two_calls(&exchange, code).await;
            let mut target = speaker(&exchange, "2004", D).await;
            taker.rtp.press("*32004");
            assert_eq!(stays.offered().await, "sendonly");
            let mut incoming = target.incoming().await;
            if how == "while it rings" {
                taker.hang_up(own).await;
                target.cancelled().await;
                incoming = target.incoming().await;
            }
            target.answer(incoming.call).await;
            if how != "while it rings" {
                talk((&taker, C), (&target, D)).await;
            }
            match how {
                "joined" => taker.hang_up(own).await,
                "back" => target.hang_up(incoming.call).await,
                _ => {}
            }
            assert_eq!(stays.offered().await, "sendrecv");
            if how == "back" {
                talk((&stays, byte), (&taker, C)).await;
                taker.hang_up(own).await;
                stays.ended().await;
            } else {
                talk((&stays, byte), (&target, D)).await;
                stays.hang_up(leg).await;
                target.ended().await;
            }
            nothing_is_left(&exchange).await;
        }
    }
}

#[tokio::test]
async fn nothing_is_left_of_transfers_that_anybody_ends_at_any_moment() {
    let mut exchange = exchange().await;
    let park = json!({"module": "park", "data": {}, "children": {}});
    exchange.flow("*4", park).await;
    let mut random = rand::rngs::StdRng::seed_from_u64(8);
    for (seed, extension) in [(1, "2003"), (2, "2004")] {
        let phone = exchange.registered(extension).await;
        tokio::spawn(fickle(phone, seed));
    }
    let mut transferred = 0;
    for _ in 0..25 {
        let (mut caller, call, mut callee, answered) = conversation(&exchange).await;
        let caller_transfers = random.random_bool(0.5);
        let (asks, leg) = if caller_transfers {
            (&mut caller, call)
        } else {
            (&mut callee, answered)
        };
        let number = ["2003", "2004", "*4", "7"][random.random_range(0..4)];
        match random.random_range(0..3) {
            0 => asks.rtp.press(&format!("*3{number}")),
            1 => {
                let second = asks.call(number).await;
                pause(&mut random, 60).await;
                if let Some(replaces) = asks.may_replace(second).await {
                    attend(asks, leg, number, &replaces).await;
                }
                asks.hang_up(second).await;
            }
            _ => {
                refer(asks, leg, number).await;
            }
        }
        pause(&mut random, 300).await;
        let first = random.random_bool(0.5);
        for hangs_up in [first, !first] {
            if hangs_up {
                caller.hang_up(call).await;
            } else {
                callee.hang_up(answered).await;
            }
            pause(&mut random, 100).await;
        }
        while let Ok(report) = exchange.reports.try_recv() {
            if let runtime::Report::CallEnded(record) = report {
                transferred += usize::from(record.tags.contains_key("transferred_to"));
            }
        }
        // A transferor that has gone may be rung again; it does not answer any more.
        nothing_is_left(&exchange).await;
    }
    assert!(transferred > 0, "no call has been transferred");
}

async fn pause(random: &mut rand::rngs::StdRng, most_ms: u64) {
    let ms = random.random_range(0..most_ms);
    tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
}
