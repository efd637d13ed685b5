//! Requests that may be repeated.

use crate::bench::each;
use store::{Begun, Error, StoredAnswer};

#[tokio::test]
async fn repeated_request_gets_the_first_answer() {
    each(async |bench| {
        let caller = bench.fernhill_admin().await;
        let answer = StoredAnswer {
            status: 201,
            body: "{\"id\":1}".into(),
        };
        let begin = || {
            bench
                .store
                .begin_idempotent(&caller, "key-1", "POST /callflows {}")
        };
        assert_eq!(begin().await.unwrap(), Begun::First);
        assert!(matches!(begin().await, Err(Error::KeyBusy)));
        bench
            .store
            .finish_idempotent(&caller, "key-1", Some(&answer))
            .await
            .unwrap();
        assert_eq!(begin().await.unwrap(), Begun::Again(answer));
        let other = bench
            .store
            .begin_idempotent(&caller, "key-1", "POST /callflows {1}")
            .await;
        assert!(matches!(other, Err(Error::KeyReused)));
        let stranger = bench.oakfield_admin().await;
        let theirs = bench
            .store
            .begin_idempotent(&stranger, "key-1", "POST /callflows {}")
            .await
            .unwrap();
        assert_eq!(theirs, Begun::First);
    })
    .await;
}

#[tokio::test]
async fn failed_request_frees_its_key_and_answers_are_forgotten_after_a_day() {
    each(async |bench| {
        let caller = bench.fernhill_admin().await;
        let begin = || bench.store.begin_idempotent(&caller, "k", "a");
        assert_eq!(begin().await.unwrap(), Begun::First);
        bench
            .store
            .finish_idempotent(&caller, "k", None)
            .await
            .unwrap();
        assert_eq!(begin().await.unwrap(), Begun::First);
        let answer = StoredAnswer {
            status: 201,
            body: String::new(),
        };
        bench
            .store
            .finish_idempotent(&caller, "k", Some(&answer))
            .await
            .unwrap();
        bench.advance_ms(25 * 3_600_000);
        assert_eq!(begin().await.unwrap(), Begun::First);
    })
    .await;
}
