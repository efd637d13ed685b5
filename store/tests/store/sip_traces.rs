//! The SIP messages of calls.

use crate::bench::each;
use serde_json::json;
use std::time::Duration;
use store::SipTrace;

fn trace(text: &str) -> SipTrace {
    SipTrace {
        messages: vec![json!({"text": text})],
        left_out: 3,
    }
}

#[tokio::test]
async fn messages_of_a_call_are_kept_for_their_account_alone_and_for_a_time() {
    each(async |bench| {
        let (fernhill, oakfield) = (bench.fernhill().await, bench.oakfield().await);
        let store = &bench.store;
        let keep = async |text| store.keep_sip_trace(&fernhill, "1", &trace(text)).await;
        keep("INVITE").await.unwrap();
        keep("told twice").await.unwrap();
        let kept = store.sip_trace(&fernhill, "1").await.unwrap();
        assert_eq!(kept, Some(trace("INVITE")));
        assert_eq!(store.sip_trace(&oakfield, "1").await.unwrap(), None);
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(store.purge_sip_traces(day).await.unwrap(), 0);
        bench.advance_ms(24 * 60 * 60 * 1_000);
        assert_eq!(store.purge_sip_traces(day).await.unwrap(), 1);
        assert_eq!(store.sip_trace(&fernhill, "1").await.unwrap(), None);
    })
    .await;
}
