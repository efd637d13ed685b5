//! Call records, messages, presence.

use crate::bench::each;
use serde_json::json;
use store::{
    CallEnd, CallFilter, CallStart, Direction, Folder, Moment, NewFax, NewMessage, NewRecording,
    Page,
};

fn start(n: i64) -> CallStart {
    CallStart {
        id: format!("call{n}"),
        sip_call_id: format!("sip{n}@192.0.2.1"),
        direction: Direction::Inbound,
        caller_number: "+447700900123".into(),
        caller_name: String::new(),
        callee_number: "+441614960120".into(),
        started_at: Moment::from_millis(1_000 + n),
        callflow_id: None,
        callflow_name: Some("Main line".into()),
        callflow_version: Some(1),
    }
}

fn end() -> CallEnd {
    CallEnd {
        direction: Direction::Outbound,
        answered_at: Some(Moment::from_millis(2_000)),
        ended_at: Moment::from_millis(9_000),
        hangup_cause: "NORMAL_CLEARING".into(),
        sip_code: None,
        trace: json!([{"node": "n1", "reason": "timeout"}]),
        legs: vec![json!({"leg": "a"}), json!({"leg": "b"})],
        tags: [("project".to_owned(), "north".to_owned())].into(),
    }
}

#[tokio::test]
async fn call_record_keeps_path_and_legs() {
    each(async |bench| {
        let access = bench.fernhill().await;
        bench.store.call_started(&access, &start(1)).await.unwrap();
        bench.store.call_started(&access, &start(1)).await.unwrap();
        let running = bench.store.call(&access, "call1").await.unwrap();
        assert_eq!((running.ended_at, running.answered_at), (None, None));
        bench
            .store
            .call_answered(&access, "call1", Moment::from_millis(1_500))
            .await
            .unwrap();
        bench
            .store
            .call_ended(&access, "call1", &end())
            .await
            .unwrap();
        bench
            .store
            .call_ended(&access, "call1", &end())
            .await
            .unwrap();
        let call = bench.store.call(&access, "sip1@192.0.2.1").await.unwrap();
        assert_eq!(call.hangup_cause.as_deref(), Some("NORMAL_CLEARING"));
        assert_eq!(call.tags["project"], "north");
        assert_eq!(
            (running.direction, call.direction),
            (Direction::Inbound, Direction::Outbound)
        );
        assert_eq!(
            bench.store.call_trace(&access, "call1").await.unwrap(),
            end().trace
        );
        assert_eq!(
            bench.store.call_legs(&access, "call1").await.unwrap(),
            end().legs
        );
        let oakfield = bench.oakfield().await;
        assert!(bench.store.call(&oakfield, "call1").await.is_err());
        assert!(bench.store.call_trace(&oakfield, "call1").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn calls_are_listed_newest_first_in_pieces() {
    each(async |bench| {
        let access = bench.fernhill().await;
        for n in 0..7 {
            bench
                .store
                .call_started(&access, &start(n / 2 * 2 + 10 * n % 3))
                .await
                .unwrap();
            bench
                .store
                .call_started(&access, &start(100 + n))
                .await
                .unwrap();
        }
        bench
            .store
            .call_ended(&access, "call106", &end())
            .await
            .unwrap();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = Page {
                cursor,
                limit: Some(3),
                search: None,
            };
            let piece = bench
                .store
                .calls(&access, &CallFilter::default(), &page)
                .await
                .unwrap();
            seen.extend(piece.items.into_iter().map(|c| (c.started_at, c.id)));
            cursor = piece.next;
            if cursor.is_none() {
                break;
            }
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.reverse();
        sorted.dedup();
        assert_eq!(seen, sorted);
        assert_eq!(seen[0].1, "call106");
        let active = CallFilter {
            active: true,
            ..CallFilter::default()
        };
        let running = bench
            .store
            .calls(&access, &active, &Page::largest())
            .await
            .unwrap()
            .items;
        assert_eq!(running.len(), seen.len() - 1);
        assert_eq!(
            bench.store.end_orphaned_calls().await.unwrap(),
            running.len() as u64
        );
    })
    .await;
}

#[tokio::test]
async fn recordings_are_listed_by_time_found_by_call_label_and_number_and_deleted() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let new = |call: &str, label: &str, at: i64| NewRecording {
            call_id: call.into(),
            whole_call: label.is_empty(),
            caller_number: "+441614960120".into(),
            caller_name: "Tom".into(),
            callee_number: "2001".into(),
            label: label.into(),
            duration_ms: 4_200,
            file: format!("recordings/{call}.wav"),
            started_at: Moment::from_millis(at),
        };
        let mut ids = Vec::new();
        for (call, label, at) in [("a", "", 3), ("b", "Äpfel 100%", 2), ("c", "", 1)] {
            let kept = bench.store.add_recording(&access, new(call, label, at));
            ids.push(kept.await.unwrap().id);
        }
        let found = async |call: Option<&str>, page: Page| {
            let listed = bench.store.recordings(&access, call, &page).await.unwrap();
            let calls = listed.items.into_iter().map(|r| r.call_id);
            (calls.collect::<Vec<_>>().join(" "), listed.next)
        };
        assert_eq!(found(None, Page::default()).await.0, "a b c");
        assert_eq!(found(Some("b"), Page::default()).await.0, "b");
        assert_eq!(found(None, Page::searching("äPFEL 100%")).await.0, "b");
        assert_eq!(found(None, Page::searching("0161 496")).await.0, "a b c");
        assert_eq!(found(None, Page::searching("nobody")).await.0, "");
        let two = Page {
            limit: Some(2),
            ..Page::default()
        };
        let (first, next) = found(None, two.clone()).await;
        let rest = Page {
            cursor: next,
            ..two
        };
        assert_eq!(
            (first.as_str(), found(None, rest).await.0.as_str()),
            ("a b", "c")
        );

        let one = bench.store.recording(&access, &ids[1]).await.unwrap();
        assert_eq!((one.label.as_str(), one.whole_call), ("Äpfel 100%", false));
        let oakfield = bench.oakfield().await;
        assert!(bench.store.recording(&oakfield, &ids[1]).await.is_err());
        assert!(
            bench
                .store
                .delete_recording(&oakfield, &ids[1])
                .await
                .is_err()
        );
        bench
            .store
            .delete_recording(&access, &ids[1])
            .await
            .unwrap();
        let left = bench.store.files_to_remove("").await.unwrap();
        assert_eq!(left, ["recordings/b.wav"]);
        assert_eq!(found(None, Page::default()).await.0, "a c");
    })
    .await;
}

#[tokio::test]
async fn messages_move_from_new_to_saved_and_are_counted() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let new = NewMessage {
            box_id: "box".into(),
            caller_number: "2002".into(),
            caller_name: "Tom".into(),
            callee_number: "2001".into(),
            duration_ms: 4_200,
            file: "voicemail/a.wav".into(),
        };
        let first = bench.store.add_message(&access, new.clone()).await.unwrap();
        bench.advance_ms(1_000);
        let second = bench.store.add_message(&access, new).await.unwrap();
        bench
            .store
            .move_message(&access, "box", &first.id, Folder::Saved)
            .await
            .unwrap();
        let listed = bench
            .store
            .messages(&access, "box", &Page::default())
            .await
            .unwrap()
            .items;
        let told: Vec<_> = listed.iter().map(|m| (m.id.as_str(), m.folder)).collect();
        assert_eq!(
            told,
            [
                (second.id.as_str(), Folder::New),
                (first.id.as_str(), Folder::Saved)
            ]
        );
        let counts = bench.store.message_counts(&access).await.unwrap();
        assert_eq!((counts[0].1.new, counts[0].1.saved), (1, 1));
        bench
            .store
            .delete_message(&access, "box", &first.id)
            .await
            .unwrap();
        let files = bench.store.files_to_remove("").await.unwrap();
        assert_eq!(files, ["voicemail/a.wav"]);
        assert!(
            bench
                .store
                .message(&access, "box", &first.id)
                .await
                .is_err()
        );
        let oakfield = bench.oakfield().await;
        assert!(
            bench
                .store
                .delete_message(&oakfield, "box", &second.id)
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn presence_is_remembered_until_it_is_set_again() {
    each(async |bench| {
        let access = bench.fernhill().await;
        bench
            .store
            .set_presence(&access, "2001@fernhill.example", "busy")
            .await
            .unwrap();
        bench
            .store
            .set_presence(&access, "2001@fernhill.example", "idle")
            .await
            .unwrap();
        let states = bench.store.presence(&access).await.unwrap();
        assert_eq!(states.len(), 1);
        assert_eq!(states[0].state, "idle");
    })
    .await;
}

#[tokio::test]
async fn faxes_are_listed_by_time_and_box_found_by_number_and_deleted() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let new = |call: &str, fax_box: &str, at: i64| NewFax {
            call_id: call.into(),
            direction: "inbound".into(),
            box_id: fax_box.into(),
            owner_id: String::new(),
            caller_number: format!("+44161496099{at}"),
            caller_name: String::new(),
            callee_number: "2000".into(),
            station_id: "+44 161 496 0990".into(),
            pages: at,
            bit_rate: 14_400,
            error_correction: true,
            error: if at == 1 { "the line was cut" } else { "" }.into(),
            file: format!("faxes/{call}.tif"),
            started_at: Moment::from_millis(at),
        };
        let mut ids = Vec::new();
        for (call, fax_box, at) in [("a", "one", 3), ("b", "two", 2), ("c", "one", 1)] {
            let kept = bench.store.add_fax(&access, new(call, fax_box, at));
            ids.push(kept.await.unwrap().id);
        }
        let found = async |fax_box: Option<&str>, page: Page| {
            let listed = bench.store.faxes(&access, fax_box, &page).await.unwrap();
            let calls = listed.items.into_iter().map(|fax| fax.fax.call_id);
            calls.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found(None, Page::default()).await, "a b c");
        assert_eq!(found(Some("one"), Page::default()).await, "a c");
        assert_eq!(found(None, Page::searching("0161 4960992")).await, "b");

        let one = bench.store.fax(&access, &ids[2]).await.unwrap();
        assert_eq!(one.fax, new("c", "one", 1));
        let oakfield = bench.oakfield().await;
        assert!(bench.store.fax(&oakfield, &ids[2]).await.is_err());
        assert!(bench.store.delete_fax(&oakfield, &ids[2]).await.is_err());
        let others = bench.store.faxes(&oakfield, None, &Page::default()).await;
        assert!(others.unwrap().items.is_empty());
        bench.store.delete_fax(&access, &ids[2]).await.unwrap();
        let left = bench.store.files_to_remove("").await.unwrap();
        assert_eq!(left, ["faxes/c.tif"]);
        assert_eq!(found(None, Page::default()).await, "a b");
    })
    .await;
}
