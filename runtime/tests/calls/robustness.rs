use crate::exchange::{Exchange, REALM, ring};
use crate::phone::{PATIENCE, Phone, Seen};
use rand::{Rng, SeedableRng};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};

/// A call that works, to show that the exchange still does.
async fn a_call_works(exchange: &mut Exchange) {
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.rtp.speak(0x2a);
    callee.rtp.hears(0x2a, 5).await;
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn hostile_datagrams_leave_the_next_call_as_it_should_be() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = exchange.udp();
    let mut random = rand::rngs::StdRng::seed_from_u64(7);
    let invite = format!(
        "INVITE sip:2002@{REALM} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n\
         From: <sip:desk2001@{REALM}>;tag=1\r\nTo: <sip:2002@{REALM}>\r\nCall-ID: h\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:a@127.0.0.1:9>\r\nContent-Type: application/sdp\r\nContent-Length: 99999\r\n\r\nv=0"
    );
    for _ in 0..500 {
        let mut bytes = invite.clone().into_bytes();
        for _ in 0..random.random_range(1..20) {
            let place = random.random_range(0..bytes.len());
            bytes[place] = random.random();
        }
        bytes.truncate(random.random_range(0..=bytes.len()));
        socket.send_to(&bytes, at).await.unwrap();
    }
    for bytes in [
        &[0_u8; 60_000][..],
        b"",
        b"\r\n\r\n",
        &[0xff; 1_500],
        b"INVITE",
    ] {
        socket.send_to(bytes, at).await.unwrap();
    }
    a_call_works(&mut exchange).await;
}

#[tokio::test]
async fn phone_by_tcp_calls_and_is_called() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    exchange.flow("2001", ring("2001")).await;
    let tcp = exchange.handle.listening().tcp[0];
    let mut by_tcp = Phone::tcp(tcp, "desk2001", REALM).await;
    by_tcp.register().await;
    let mut by_udp = exchange.registered("2002").await;
    let call = by_tcp.call("2002").await;
    let incoming = by_udp.incoming().await;
    by_udp.answer(incoming.call).await;
    by_tcp.answered().await;
    by_tcp.rtp.speak(0x2a);
    by_udp.rtp.hears(0x2a, 5).await;
    by_tcp.hang_up(call).await;
    by_udp.ended().await;
    let call = by_udp.call("2001").await;
    let incoming = by_tcp.incoming().await;
    by_tcp.answer(incoming.call).await;
    by_udp.answered().await;
    by_udp.hang_up(call).await;
    by_tcp.ended().await;
    assert_eq!(
        exchange.handle.registrations(&"fernhill".into()).await[0].transport,
        "TCP"
    );
}

#[tokio::test]
async fn source_that_opens_a_thousand_connections_keeps_no_phone_out() {
    const FLOOD: usize = 1_200;
    let mut exchange = Exchange::with(|config| config.max_connections = 1_024).await;
    exchange.flow("2002", ring("2002")).await;
    let tcp = exchange.handle.listening().tcp[0];
    let mut flood = Vec::new();
    for _ in 0..FLOOD {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        flood.push(socket.connect(tcp).await.unwrap());
    }
    let mut caller = Phone::tcp(tcp, "desk2001", REALM).await;
    caller.register().await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.hang_up(call).await;
    callee.ended().await;
    let stats = exchange.handle.signalling().await;
    assert_eq!(stats.refused_connections, FLOOD as u64 - 256);
}

#[tokio::test]
async fn lost_connection_takes_its_registration_with_it() {
    let mut exchange = Exchange::new().await;
    exchange.publish().await;
    let tcp = exchange.handle.listening().tcp[0];
    let phone = Phone::tcp(tcp, "desk2001", REALM).await;
    phone.register().await;
    drop(phone);
    let device = exchange
        .report("the end of the registration", |report| match report {
            runtime::Report::Unregistered { device, .. } => Some(device),
            _ => None,
        })
        .await;
    assert_eq!(device, "d2001");
    assert!(
        exchange
            .handle
            .registrations(&"fernhill".into())
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn stream_that_cannot_be_cut_is_closed_and_keep_alives_are_answered() {
    let mut exchange = Exchange::new().await;
    let tcp = exchange.handle.listening().tcp[0];
    let mut good = TcpStream::connect(tcp).await.unwrap();
    good.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    good.read_exact(&mut pong).await.unwrap();
    assert_eq!(&pong, b"\r\n");
    let mut bad = TcpStream::connect(tcp).await.unwrap();
    // The exchange may close while we still write.
    let _closed = bad.write_all(&[b'x'; 100_000]).await;
    let mut answer = Vec::new();
    let _reset = bad.read_to_end(&mut answer).await;
    a_call_works(&mut exchange).await;
}

#[tokio::test]
async fn shutdown_ends_calls_refuses_new_ones_and_stops() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    assert!(exchange.handle.is_running());
    exchange.handle.shutdown(Duration::ZERO).await;
    assert!(!exchange.handle.is_running());
    caller.ended().await;
    callee.ended().await;
    assert_eq!(exchange.record().await.cause, "NORMAL_TEMPORARY_FAILURE");
}

#[tokio::test]
async fn exchange_on_all_addresses_writes_the_one_the_packet_came_to() {
    let mut exchange = Exchange::with(|config| {
        config.sip = vec!["0.0.0.0:0".parse().unwrap()];
    })
    .await;
    exchange.flow("2002", ring("2002")).await;
    let at = (std::net::Ipv4Addr::LOCALHOST, exchange.udp().port()).into();
    let mut caller = Phone::udp(at, "desk2001", REALM).await;
    let mut callee = Phone::udp(at, "desk2002", REALM).await;
    caller.register().await;
    callee.register().await;
    let call = caller.call("2002").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    caller.rtp.speak(0x2a);
    callee.rtp.hears(0x2a, 5).await;
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn external_address_is_written_into_sessions() {
    let mut exchange = Exchange::with(|config| {
        // Another address of this machine, so that audio still arrives.
        config.external_address = Some([127, 0, 0, 1].into());
        config.sip = vec!["127.0.0.2:0".parse().unwrap()];
        config.rtp_address = None;
    })
    .await;
    a_call_works(&mut exchange).await;
}

#[tokio::test]
async fn guessing_passwords_locks_the_address_out() {
    let mut exchange = Exchange::with(|config| {
        config.sip_core.digest.max_failures = 3;
    })
    .await;
    exchange.publish().await;
    let guesser = exchange.phone("2001").await.with_password("guess");
    for _ in 0..3 {
        guesser.try_register().await;
    }
    let address = exchange
        .report("the lock-out", |report| match report {
            runtime::Report::LockedOut { address } => Some(address),
            _ => None,
        })
        .await;
    assert!(address.is_loopback());
    let right = exchange.phone("2001").await;
    assert_ne!(right.try_register().await, 200);
}

#[tokio::test]
async fn calls_above_the_limit_are_told_to_come_later() {
    let mut exchange = Exchange::with(|config| config.max_calls = 1).await;
    exchange.flow("2002", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2002").await;
    callee.incoming().await;
    caller.ringing().await;
    let mut other = exchange.registered("2003").await;
    other.call("2002").await;
    assert_eq!(other.failed().await, 503);
    caller.hang_up(call).await;
    exchange.record().await;
    let call = other.call("2002").await;
    callee.incoming().await;
    other.hang_up(call).await;
}

/// A phone whose owner does anything at any time.
pub async fn fickle(mut phone: Phone, seed: u64) {
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    while let Some(seen) = phone.next().await {
        let Seen::Incoming(incoming) = seen else {
            continue;
        };
        let call = incoming.call;
        match random.random_range(0..6) {
            0 => phone.reject(call, 486).await,
            1 => phone.ring(call).await,
            2 => phone.speak_early(call).await,
            3 => phone.answer(call).await,
            4 => {
                phone.answer(call).await;
                phone.hang_up(call).await;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn nothing_is_left_of_calls_that_anybody_ends_at_any_moment() {
    let mut exchange = Exchange::new().await;
    let members: Vec<_> = ["2001", "2002"]
        .iter()
        .map(
            |it| serde_json::json!({"endpoint_type": "user", "id": format!("u{it}"), "timeout": 1}),
        )
        .collect();
    let group = serde_json::json!({
        "module": "ring_group",
        "data": {"endpoints": members, "ignore_early_media": false},
        "children": {"_": {"module": "voicemail", "data": {"id": "m2001"}, "children": {}}},
    });
    exchange.flow("2000", group).await;
    for (seed, extension) in [(1, "2001"), (2, "2002")] {
        let phone = exchange.registered(extension).await;
        tokio::spawn(fickle(phone, seed));
    }
    let mut watcher = exchange.registered("2004").await;
    let caller = exchange.registered("2003").await;
    let mut random = rand::rngs::StdRng::seed_from_u64(3);
    let handle = exchange.handle.clone();
    // Messages are taken and stored nowhere.
    let mut reports = exchange.reports;
    tokio::spawn(async move {
        while let Some(report) = reports.recv().await {
            if let runtime::Report::Message(message) = report {
                message.done.done();
            }
        }
    });
    let mut calls = Vec::new();
    for _ in 0..60 {
        calls.push(caller.call("2000").await);
        let pause = Duration::from_millis(random.random_range(0..40));
        tokio::time::sleep(pause).await;
        if random.random_bool(0.7) {
            let at = random.random_range(0..calls.len());
            caller.hang_up(calls.swap_remove(at)).await;
        }
    }
    for call in calls {
        caller.hang_up(call).await;
    }
    let none_left = async {
        while handle.signalling().await.calls > 0 || !handle.active_calls().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, none_left).await;
    assert!(waited.is_ok(), "{:?}", handle.active_calls());
    for lamp in ["2001", "2002", "2003"] {
        watcher
            .subscribe(&format!("{lamp}@{REALM}"), "dialog")
            .await;
        let state = watcher
            .notified("dialog", &format!("entity=\"sip:{lamp}@"))
            .await;
        assert!(!state.contains("<state>"), "{state}");
    }
    let left = std::fs::read_dir(exchange.data.path().join("recordings-in-progress")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn exchange_that_nobody_holds_any_more_gives_its_port_back() {
    let exchange = Exchange::new().await;
    let at = exchange.udp();
    let Exchange {
        handle,
        mut reports,
        ..
    } = exchange;
    drop(handle);
    // The queue of reports ends with the last of the exchange's threads.
    let ended = tokio::time::timeout(PATIENCE, reports.recv()).await;
    assert!(matches!(ended, Ok(None)));
    assert!(std::net::UdpSocket::bind(at).is_ok());
}
