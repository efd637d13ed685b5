//! Contacts of phones over a restart.

use crate::bench::each;
use serde_json::{Value, json};
use store::{Moment, RegistrationChange};

fn change(account: &str, contact: &str, kept: Option<(Value, Moment)>) -> RegistrationChange {
    RegistrationChange {
        account_id: account.to_owned(),
        aor: "desk2001@fernhill.example".to_owned(),
        contact: contact.to_owned(),
        kept,
    }
}

#[tokio::test]
async fn contact_is_kept_as_last_refreshed_until_it_is_lost_or_over() {
    each(async |bench| {
        let store = &bench.store;
        let access = bench.fernhill().await;
        let id = access.account_id();
        let soon = Moment::from_millis(Moment::now().millis() + 60_000);
        let over = Moment::from_millis(1);
        let desk = |cseq: u32| Some((json!({"desk": cseq}), soon));
        store
            .keep_registrations(&[
                change(id, "sip:desk@one", desk(1)),
                change(id, "sip:desk@one", desk(2)),
                change(id, "sip:desk@two", desk(3)),
                change(id, "sip:desk@old", Some((json!({}), over))),
                change("no such account", "sip:desk@three", desk(4)),
            ])
            .await
            .unwrap();
        let kept = store.kept_registrations().await.unwrap();
        assert_eq!(kept, [json!({"desk": 2}), json!({"desk": 3})]);
        let lost = change(id, "sip:desk@one", None);
        let strange = change(bench.oakfield().await.account_id(), "sip:desk@two", None);
        store.keep_registrations(&[lost, strange]).await.unwrap();
        let kept = store.kept_registrations().await.unwrap();
        assert_eq!(kept, [json!({"desk": 3})]);
    })
    .await;
}
