use crate::exchange::{ACCOUNT, Exchange, nothing_is_left, ring};
use runtime::{Report, RuntimeConfig, SipMessage};
use std::time::Duration;

/// What each message is, with its direction seen from the exchange.
fn lines(messages: &[SipMessage]) -> Vec<String> {
    let line = |message: &SipMessage| {
        let first = message.text.lines().next().unwrap_or_default();
        let what = match first.strip_prefix("SIP/2.0 ") {
            Some(status) => status.get(..3).unwrap_or_default(),
            None => first.split(' ').next().unwrap_or_default(),
        };
        format!("{} {what}", if message.sent { ">" } else { "<" })
    };
    messages.iter().map(line).collect()
}

#[tokio::test]
async fn messages_of_both_legs_are_told_after_the_call_and_without_answers_to_challenges() {
    let mut exchange = Exchange::new().await;
    exchange.flow("2000", ring("2002")).await;
    let mut caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2000").await;
    let incoming = callee.incoming().await;
    callee.answer(incoming.call).await;
    caller.answered().await;
    let active = exchange.handle.active_calls().remove(0).start.id;
    let so_far = exchange.handle.sip_messages(&ACCOUNT.into(), &active).await;
    let so_far = lines(&so_far.expect("a call in progress").messages);
    assert!(so_far.contains(&"> 200".to_owned()), "{so_far:?}");
    let oakfield = "oakfield".into();
    let foreign = exchange.handle.sip_messages(&oakfield, &active).await;
    assert_eq!(foreign, None);

    caller.hang_up(call).await;
    nothing_is_left(&exchange).await;
    exchange.handle.shutdown(Duration::ZERO).await;
    let trace = exchange
        .report("the messages", |report| match report {
            Report::Signalling(trace) => Some(trace),
            _ => None,
        })
        .await;
    assert_eq!((&trace.account, trace.left_out), (&ACCOUNT.into(), 0));
    assert_eq!(trace.call, active);
    let lines = lines(&trace.messages);
    // The phone's INVITE is challenged first; the call has begun by then for whoever looks at it.
    let order = ["< INVITE", "> 401", "< ACK", "< INVITE", "> INVITE"];
    let mut found = lines.iter();
    for line in order {
        assert!(found.any(|it| it == line), "{line} in {lines:?}");
    }
    for line in ["< 200", "> 200", "> ACK", "< ACK", "< BYE", "> BYE"] {
        assert!(lines.contains(&line.to_owned()), "{line} in {lines:?}");
    }
    let answers: Vec<&str> = trace
        .messages
        .iter()
        .flat_map(|message| message.text.lines())
        .filter(|line| line.contains("response="))
        .collect();
    assert!(!answers.is_empty());
    for answer in answers {
        assert!(answer.contains("response=\"hidden\""), "{answer}");
    }
}

#[tokio::test]
async fn nothing_is_known_where_messages_are_not_kept() {
    let mut exchange = Exchange::with(|config: &mut RuntimeConfig| {
        config.sip_messages = false;
    })
    .await;
    exchange.flow("2000", ring("2002")).await;
    let caller = exchange.registered("2001").await;
    let mut callee = exchange.registered("2002").await;
    let call = caller.call("2000").await;
    callee.incoming().await;
    let active = exchange.handle.active_calls().remove(0).start.id;
    let so_far = exchange.handle.sip_messages(&ACCOUNT.into(), &active).await;
    assert_eq!(so_far, None);
    caller.hang_up(call).await;
}
