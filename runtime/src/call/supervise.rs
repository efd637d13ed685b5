//! What stands around a call: a task of its own, its routing, and clearing up when it fails.

use super::Call;
use super::record::Record;
use crate::live::Change;
use crate::net::{Incoming, SessionId};
use crate::node::Shared;
use crate::report::{CallName, Report};
use crate::router;
use callflow::{AccountId, Cause};
use sip::command::Command as SipCommand;
use std::sync::Arc;

/// Runs a call in a task of its own, so that a panic ends this call and no other.
pub(crate) async fn supervise(shared: Arc<Shared>, incoming: Incoming) {
    let id = uuid::Uuid::now_v7().to_string();
    let session = incoming.session;
    let call = run(Arc::clone(&shared), id.clone(), incoming);
    isolate(&shared, &id, session, call).await;
}

/// Runs the call's future to its end, then clears up what a failed one left. The future tells whose call it was, if it
/// began at all.
pub(super) async fn isolate(
    shared: &Shared,
    id: &str,
    session: SessionId,
    call: impl Future<Output = Option<AccountId>> + Send + 'static,
) {
    let ended = tokio::spawn(call).await;
    // A call that ended in order has removed itself.
    let failed = shared.active.remove(id);
    let account = ended.unwrap_or_else(|error| {
        tracing::error!(call = id, %error, "a call has failed inside; its legs are ended");
        failed.as_ref().map(|call| call.start.account.clone())
    });
    let of = account.map(|account| CallName {
        account,
        id: id.to_owned(),
    });
    shared.signalling.close(session, of).await;
    if let Some(failed) = failed {
        let call = failed.start.id.clone();
        shared.signalling.live(Change::CallGone { call }).await;
        let cause = Cause::NORMAL_TEMPORARY_FAILURE;
        let mut record = Record::new(failed.start, None).finish(cause.as_str(), None);
        record.answered_at = failed.answered_at;
        record.legs.clear();
        shared.report(Report::CallEnded(Box::new(record))).await;
    }
}

async fn run(shared: Arc<Shared>, id: String, incoming: Incoming) -> Option<AccountId> {
    let leg = incoming.call.call;
    let accounts = shared.registry.load();
    let routed = router::route(&accounts, &incoming.call, &shared.config.country_code);
    drop(accounts);
    let started = match routed {
        Ok(routed) => Call::new(Arc::clone(&shared), id, routed, incoming),
        Err(refusal) => Err((refusal, incoming)),
    };
    match started {
        Ok(mut call) => {
            call.begin().await;
            if call.has_room().await {
                call.drive().await;
            }
            let account = call.record.start().account.clone();
            call.finish().await;
            Some(account)
        }
        Err((refusal, incoming)) => {
            let dialled = incoming.call.request_uri.to_string();
            tracing::info!(code = refusal.code, dialled, "a call is refused");
            let reject = SipCommand::Reject {
                code: refusal.code,
                phrase: Some(refusal.reason.to_owned()),
                headers: Vec::new(),
            };
            // The caller may have gone; then there is nobody to refuse.
            let _gone = shared.signalling.command(leg, reject).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuntimeConfig;
    use crate::active::ActiveCall;
    use crate::report::CallStart;
    use crate::report::tests::a_start;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn call_that_panics_is_ended_and_reported_and_nothing_else_is_touched() {
        let data = tempfile::tempdir().expect("a directory");
        let config = RuntimeConfig {
            sip: vec!["127.0.0.1:0".parse().expect("an address")],
            rtp_ports: "0".parse().expect("ports"),
            media_workers: 1,
            data: data.path().to_owned(),
            ..RuntimeConfig::default()
        };
        let (handle, mut reports) = crate::Runtime::start(config).await.expect("an exchange");
        for id in ["one", "other"] {
            let call = ActiveCall::new(CallStart {
                id: id.to_owned(),
                ..a_start()
            });
            let end = CancellationToken::new();
            handle.shared().active.add(call, SessionId(1), end);
        }
        let shared = Arc::clone(handle.shared());
        let (place, _asked) = shared.switchboard.enter(&"a".into(), "one");
        let slot = place.take_slot(None, None);
        let failing =
            async move { panic!("a fault, with {:?}", slot.map(|it| (place, it)).is_ok()) };
        isolate(&shared, "one", SessionId(1), failing).await;
        let (other, _asked) = shared.switchboard.enter(&"a".into(), "other");
        assert!(other.take_slot(Some("101".to_owned()), None).is_ok());
        let Some(Report::CallEnded(record)) = reports.recv().await else {
            panic!("the end of the call is reported");
        };
        assert_eq!(record.start.id, "one");
        assert_eq!(record.cause, "NORMAL_TEMPORARY_FAILURE");
        let left: Vec<String> = handle
            .active_calls()
            .into_iter()
            .map(|call| call.start.id)
            .collect();
        assert_eq!(left, ["other"]);
    }
}
