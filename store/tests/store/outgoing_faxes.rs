//! Faxes that are to be sent.

use crate::bench::{Bench, each};
use store::{Access, Error, FaxAttempt, FaxState, NewOutgoingFax, OutgoingFax, Page};

const LEASE_MS: i64 = 60_000;
const PAUSE_MS: i64 = 300_000;

async fn queue(bench: &Bench, access: &Access, number: &str, retries: i64) -> OutgoingFax {
    let new = NewOutgoingFax {
        box_id: "reception".into(),
        number: number.into(),
        file: format!("faxes/f/{number}.tif"),
        pages: 2,
        retries,
    };
    bench.store.queue_fax(access, new).await.unwrap()
}

async fn take(bench: &Bench) -> Option<OutgoingFax> {
    bench.store.take_fax(LEASE_MS).await.unwrap()
}

async fn end(bench: &Bench, fax: &OutgoingFax, reason: &str) -> OutgoingFax {
    let went = FaxAttempt {
        call_id: format!("call {}", fax.attempts),
        pages_sent: if reason.is_empty() { 2 } else { 0 },
        station_id: "LAB".into(),
        bit_rate: 14_400,
        error_correction: true,
        reason: reason.into(),
    };
    let ended = bench
        .store
        .end_fax_attempt(fax, &went, Some(PAUSE_MS))
        .await;
    ended.unwrap()
}

#[tokio::test]
async fn fax_is_sent_once_and_tells_how_it_went() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let queued = queue(&bench, &access, "+441614960999", 1).await;
        assert_eq!(queued.state, FaxState::Queued);
        assert_eq!(queued.next_attempt_at, Some(queued.created_at));
        let taken = take(&bench).await.unwrap();
        assert_eq!((taken.state, taken.attempts), (FaxState::Sending, 1));
        assert_eq!(take(&bench).await, None, "nobody else gets it");
        let sent = end(&bench, &taken, "").await;
        assert_eq!(sent.state, FaxState::Sent);
        assert_eq!((sent.last.pages_sent, sent.last.bit_rate), (2, 14_400));
        assert_eq!(sent.last.call_id, "call 1");
        assert!(sent.ended_at.is_some());
        bench.advance_ms(PAUSE_MS * 10);
        assert_eq!(take(&bench).await, None);
        assert_eq!(bench.store.next_fax_due().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn fax_that_fails_is_tried_again_as_often_as_its_box_says() {
    each(async |bench| {
        let access = bench.fernhill().await;
        queue(&bench, &access, "1", 1).await;
        let first = take(&bench).await.unwrap();
        let waits = end(&bench, &first, "busy").await;
        assert_eq!(
            (waits.state, waits.last.reason.as_str()),
            (FaxState::Queued, "busy")
        );
        assert_eq!(waits.ended_at, None);
        assert_eq!(take(&bench).await, None, "not before the pause is over");
        assert_eq!(
            bench.store.next_fax_due().await.unwrap(),
            waits.next_attempt_at
        );
        bench.advance_ms(PAUSE_MS);
        let second = take(&bench).await.unwrap();
        assert_eq!((&second.id, second.attempts), (&first.id, 2));
        let failed = end(&bench, &second, "no answer").await;
        assert_eq!(
            (failed.state, failed.last.reason.as_str()),
            (FaxState::Failed, "no answer")
        );
        bench.advance_ms(PAUSE_MS);
        assert_eq!(take(&bench).await, None);
    })
    .await;
}

#[tokio::test]
async fn fax_that_can_never_be_sent_is_not_tried_again() {
    each(async |bench| {
        let access = bench.fernhill().await;
        queue(&bench, &access, "1", 4).await;
        let taken = take(&bench).await.unwrap();
        let went = FaxAttempt {
            reason: "no carrier takes the number".into(),
            ..FaxAttempt::default()
        };
        let ended = bench.store.end_fax_attempt(&taken, &went, None).await;
        assert_eq!(ended.unwrap().state, FaxState::Failed);
        assert_eq!(bench.store.next_fax_due().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn account_has_so_many_faxes_waiting_and_no_more() {
    each(async |bench| {
        let access = bench.fernhill().await;
        for _ in 0..200 {
            queue(&bench, &access, "1", 1).await;
        }
        let new = || NewOutgoingFax {
            box_id: "reception".into(),
            number: "1".into(),
            file: "faxes/f/1.tif".into(),
            pages: 1,
            retries: 0,
        };
        let refused = bench.store.queue_fax(&access, new()).await;
        assert!(matches!(refused, Err(Error::Full(_))), "{refused:?}");
        let first = take(&bench).await.unwrap();
        end(&bench, &first, "").await;
        assert!(bench.store.queue_fax(&access, new()).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn attempt_that_the_end_of_the_program_cuts_off_is_made_again_and_costs_no_retry() {
    each(async |bench| {
        let access = bench.fernhill().await;
        queue(&bench, &access, "1", 0).await;
        let first = take(&bench).await.unwrap();
        bench.advance_ms(LEASE_MS - 1);
        assert!(bench.store.keep_fax_taken(&first, LEASE_MS).await.unwrap());
        bench.advance_ms(LEASE_MS - 1);
        assert_eq!(take(&bench).await, None, "whoever sends it still lives");
        bench.advance_ms(1);
        let again = take(&bench).await.unwrap();
        assert_eq!(again.attempts, 2);
        assert!(!bench.store.keep_fax_taken(&first, LEASE_MS).await.unwrap());
        let late = end(&bench, &first, "").await;
        assert_eq!(late.state, FaxState::Sending, "the first is not believed");
        assert_eq!(end(&bench, &again, "busy").await.state, FaxState::Failed);
    })
    .await;
}

#[tokio::test]
async fn fax_that_stops_the_program_each_time_is_given_up() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let queued = queue(&bench, &access, "1", 4).await;
        for attempt in 1..=4 {
            assert_eq!(take(&bench).await.unwrap().attempts, attempt);
            bench.advance_ms(LEASE_MS);
        }
        assert_eq!(take(&bench).await, None);
        let fax = bench.store.outgoing_fax(&access, &queued.id).await.unwrap();
        assert_eq!(fax.state, FaxState::Failed);
        assert!(fax.last.reason.contains("the program stopped"));
    })
    .await;
}

#[tokio::test]
async fn cancelled_fax_is_not_sent_whatever_its_attempt_comes_to() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let waiting = queue(&bench, &access, "1", 4).await;
        let before = bench.store.cancel_fax(&access, &waiting.id).await.unwrap();
        assert_eq!(before.state, FaxState::Queued);
        assert_eq!(take(&bench).await, None);

        queue(&bench, &access, "2", 4).await;
        let sending = take(&bench).await.unwrap();
        let before = bench.store.cancel_fax(&access, &sending.id).await.unwrap();
        assert_eq!(before.state, FaxState::Sending, "its call is to be ended");
        assert!(
            !bench
                .store
                .keep_fax_taken(&sending, LEASE_MS)
                .await
                .unwrap()
        );
        assert_eq!(
            end(&bench, &sending, "dropped").await.state,
            FaxState::Cancelled
        );

        queue(&bench, &access, "3", 4).await;
        let sent = end(&bench, &take(&bench).await.unwrap(), "").await;
        let cancelled = bench.store.cancel_fax(&access, &sent.id).await.unwrap();
        assert_eq!(cancelled.state, FaxState::Sent, "it is over");
        let after = bench.store.outgoing_fax(&access, &sent.id).await.unwrap();
        assert_eq!(after.state, FaxState::Sent);
    })
    .await;
}

#[tokio::test]
async fn faxes_of_another_account_are_not_there() {
    each(async |bench| {
        let (access, other) = (bench.fernhill().await, bench.oakfield().await);
        let fax = queue(&bench, &access, "+441614960999", 1).await;
        let missing = |error| matches!(error, Err(Error::NotFound { .. }));
        assert!(missing(bench.store.outgoing_fax(&other, &fax.id).await));
        assert!(missing(bench.store.cancel_fax(&other, &fax.id).await));
        assert!(
            bench
                .store
                .delete_outgoing_fax(&other, &fax.id)
                .await
                .is_err()
        );
        let listed = async |access: &Access, fax_box: Option<&str>, search: Option<&str>| {
            let page = Page {
                search: search.map(str::to_owned),
                ..Page::default()
            };
            let found = bench.store.outgoing_faxes(access, fax_box, &page).await;
            found.unwrap().items.len()
        };
        assert_eq!(listed(&other, None, None).await, 0);
        assert_eq!(listed(&access, Some("reception"), Some("0999")).await, 1);
        assert_eq!(listed(&access, Some("another"), None).await, 0);
        assert_eq!(listed(&access, None, Some("0998")).await, 0);
    })
    .await;
}

#[tokio::test]
async fn deleted_fax_leaves_its_pages_to_be_removed_and_is_not_sent() {
    each(async |bench| {
        let access = bench.fernhill().await;
        let fax = queue(&bench, &access, "1", 1).await;
        bench
            .store
            .delete_outgoing_fax(&access, &fax.id)
            .await
            .unwrap();
        assert_eq!(
            bench.store.files_to_remove("").await.unwrap(),
            ["faxes/f/1.tif"]
        );
        assert_eq!(take(&bench).await, None);
    })
    .await;
}
