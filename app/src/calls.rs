//! Past and present calls, and the way each one took through its callflow.

mod ladder;
mod legs;

#[cfg(feature = "ssr")]
pub(crate) use ladder::{Arrow, Lane, Meaning, Sound};
pub(crate) use ladder::{Ladder, LadderView, load_ladder};
#[cfg(feature = "ssr")]
pub(crate) use legs::LegSound;
pub(crate) use legs::LegView;

use crate::account::{AccountId, AccountResource, AccountView, path};
use crate::callflows::trail;
use crate::trouble::Trouble;
use crate::ui::icon::icon;
use crate::ui::nav::{Nav, Open};
use crate::ui::number::spaced;
use crate::ui::page::Failed;
use crate::ui::top::PlainTop;
use legs::Legs;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which calls are wanted; empty text asks for all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// A number or a name.
    pub(crate) search: String,
    /// `inbound`, `outbound` or `internal`.
    pub(crate) direction: String,
    /// `answered` or `missed`.
    pub(crate) result: String,
    /// The first day, as in 2026-11-27.
    pub(crate) first: String,
    /// The last day.
    pub(crate) last: String,
    /// Where the piece begins.
    pub(crate) from: Option<String>,
}

impl Wanted {
    /// What the address says.
    fn of(query: &ParamsMap) -> Self {
        let text = |key: &str| query.get(key).unwrap_or_default();
        Self {
            search: text("search"),
            direction: text("direction"),
            result: text("result"),
            first: text("first"),
            last: text("last"),
            from: query.get("from"),
        }
    }

    /// The address of the piece that begins there.
    fn from(&self, from: &str) -> String {
        let parts = [
            ("search", self.search.as_str()),
            ("direction", &self.direction),
            ("result", &self.result),
            ("first", &self.first),
            ("last", &self.last),
            ("from", from),
        ];
        let given = parts.into_iter().filter(|(_, text)| !text.is_empty());
        let given = given.map(|(key, text)| format!("{key}={}", escape(text)));
        format!("?{}", given.collect::<Vec<_>>().join("&"))
    }

    fn asks(&self) -> bool {
        let all = [
            &self.search,
            &self.direction,
            &self.result,
            &self.first,
            &self.last,
        ];
        all.into_iter().any(|text| !text.is_empty())
    }
}

/// One call in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CallRow {
    /// Its id.
    pub(crate) id: String,
    /// The caller's number.
    pub(crate) caller: String,
    /// The caller's name, if there was one.
    pub(crate) caller_name: String,
    /// The number that was dialled.
    pub(crate) callee: String,
    /// When it began, in the account's time: "Today, 10:31".
    pub(crate) began: String,
    /// The same for machines, RFC 3339.
    pub(crate) began_at: String,
    /// How long it lasted in seconds; `None` while it is going on.
    pub(crate) duration_s: Option<i64>,
    /// Whether somebody or something answered.
    pub(crate) answered: bool,
    /// Why it ended, in words.
    pub(crate) cause: String,
    /// The callflow it followed and its version, "Main line 2000 v12".
    pub(crate) followed: String,
}

/// A piece of the list of calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CallList {
    /// The calls, latest first.
    pub(crate) calls: Vec<CallRow>,
    /// Where the next piece begins.
    pub(crate) next: Option<String>,
}

/// One event of a call's way through the flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PathStep {
    /// Seconds since the call began, "7.1".
    pub(crate) at: String,
    /// The number of the step, for entries that enter one.
    pub(crate) step: Option<u32>,
    /// What happened.
    pub(crate) title: String,
    /// Why, or with what.
    pub(crate) detail: String,
}

/// A call with its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CallView {
    /// The call.
    pub(crate) call: CallRow,
    /// What happened, in order.
    pub(crate) path: Vec<PathStep>,
    /// Its legs, the caller's first; known once it is over.
    pub(crate) legs: Vec<LegView>,
    /// Its SIP messages, while they are kept.
    pub(crate) ladder: Option<LadderView>,
}

/// Loads a piece of the account's calls.
///
/// # Errors
/// When the person may not see the account.
#[server(prefix = "/ui", endpoint = "calls", input = Json)]
pub(crate) async fn load_calls(account: String, wanted: Wanted) -> Result<CallList, Trouble> {
    crate::backend::calls(&account, wanted).await
}

/// Loads one call with its way through the flow.
///
/// # Errors
/// When there is no such call in the account.
#[server(prefix = "/ui", endpoint = "call", input = Json)]
pub(crate) async fn load_call(account: String, call: String) -> Result<CallView, Trouble> {
    crate::backend::call(&account, &call).await
}

/// `/a/{account}/calls`.
#[component]
pub(crate) fn CallsPage() -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(Wanted::of));
    let calls = Resource::new_blocking(
        move || (account.get(), wanted.get()),
        |(account, wanted)| load_calls(account, wanted),
    );
    view! {
        <Title text="Calls" />
        <Suspense>
            {move || {
                let (frame, calls) = (frame.get()?, calls.get()?);
                Some(
                    match (frame, calls) {
                        (Ok(frame), Ok(calls)) => call_list(&frame, &wanted.get(), calls).into_any(),
                        (Err(trouble), _) | (_, Err(trouble)) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Suspense>
    }
    .into_any()
}

fn call_list(frame: &AccountView, wanted: &Wanted, list: CallList) -> impl IntoView + use<> {
    let account = frame.account.id.clone();
    let nothing = list.calls.is_empty();
    let rows = list
        .calls
        .iter()
        .map(|call| call_row(&account, call))
        .collect_view();
    let more = list.next.map(|next| {
        let href = wanted.from(&next);
        view! {
            <div class="pager">
                <a class="btn btn-sm" href=href>
                    "Earlier calls"
                </a>
            </div>
        }
    });
    let content = if nothing {
        let said = if wanted.asks() {
            "No such call."
        } else {
            "No calls yet."
        };
        view! {
            <div class="empty">
                <p>{said}</p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="table-wrap" role="region" aria-label="Table" tabindex="0">
                <table class="table">
                    <thead>
                        <tr>
                            <th>"Caller"</th>
                            <th>"Dialled"</th>
                            <th aria-sort="descending">"Began " {icon("arrow-down", 12)}</th>
                            <th class="r">"Duration"</th>
                            <th>"Ended"</th>
                            <th>"Callflow"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="app no-side">
            <a class="skip" href="#main">
                "Skip to the table"
            </a>
            <PlainTop
                trail=trail(frame)
                here=Signal::stored("Calls".to_owned())
                person=frame.person.clone()
            />
            <Nav view=frame.clone() open=Open::Section("calls".to_owned()) />
            <main class="page" id="main">
                <div class="page-head">
                    <h1>"Calls"</h1>
                </div>
                <form class="toolbar" role="search" method="get">
                    <label class="input search">
                        {icon("search", 16)}
                        <input name="search" placeholder="Number or name" aria-label="Find a call" value=wanted.search.clone() />
                    </label>
                    {choice("direction", "Direction", &wanted.direction, DIRECTIONS)}
                    {choice("result", "Result", &wanted.result, RESULTS)}
                    {day("first", "From", &wanted.first)}
                    {day("last", "To", &wanted.last)}
                    <button class="btn" type="submit">
                        "Show"
                    </button>
                </form>
                {content}
                {more}
            </main>
        </div>
    }
    .into_any()
}

const DIRECTIONS: &[(&str, &str)] = &[
    ("", "All directions"),
    ("inbound", "Inbound"),
    ("outbound", "Outbound"),
    ("internal", "Internal"),
];

const RESULTS: &[(&str, &str)] = &[
    ("", "All results"),
    ("answered", "Answered"),
    ("missed", "Not answered"),
];

fn choice(
    name: &'static str,
    label: &'static str,
    chosen: &str,
    options: &'static [(&'static str, &'static str)],
) -> impl IntoView + use<> {
    let options = options
        .iter()
        .map(|(value, label)| view! { <option value=*value selected=*value == chosen>{*label}</option> })
        .collect_view();
    view! {
        <select class="input" name=name aria-label=label>
            {options}
        </select>
    }
    .into_any()
}

fn day(name: &'static str, label: &'static str, value: &str) -> impl IntoView + use<> {
    view! {
        <label class="day">
            <span class="muted">{label}</span>
            <input class="input" type="date" name=name value=value.to_owned() />
        </label>
    }
    .into_any()
}

/// Text as a value in an address's query.
pub(crate) fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

fn call_row(account: &str, call: &CallRow) -> impl IntoView + use<> {
    view! {
        <tr>
            <td>
                <a class="call-link" href=path(account, &format!("calls/{}", call.id))>
                    <b>{spaced(&call.caller)}</b>
                    <small>{call.caller_name.clone()}</small>
                </a>
            </td>
            <td>{spaced(&call.callee)}</td>
            <td>
                <time datetime=call.began_at.clone()>{call.began.clone()}</time>
            </td>
            <td class="r">{duration(call.duration_s)}</td>
            <td>{ended(call)}</td>
            <td class="t2">{call.followed.clone()}</td>
        </tr>
    }
    .into_any()
}

fn ended(call: &CallRow) -> AnyView {
    let cause = call.cause.clone();
    match (call.duration_s, call.answered) {
        (None, _) => {
            view! { <span class="chip info">{icon("phone", 12)} "Going on"</span> }.into_any()
        }
        (Some(_), true) => {
            view! { <span class="chip ok">{icon("check", 12)} {cause}</span> }.into_any()
        }
        (Some(_), false) => {
            view! { <span class="chip">{icon("phone-missed", 12)} {cause}</span> }.into_any()
        }
    }
}

/// `75` as `1:15`.
fn duration(seconds: Option<i64>) -> String {
    match seconds {
        None => String::new(),
        Some(s) if s >= 3600 => format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60),
        Some(s) => format!("{}:{:02}", s / 60, s % 60),
    }
}

/// `/a/{account}/calls/{call}`.
#[component]
pub(crate) fn CallPage() -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("call").unwrap_or_default()));
    let call = Resource::new_blocking(
        move || (account.get(), id.get()),
        |(account, call)| load_call(account, call),
    );
    view! {
        <Title text="Call" />
        <Suspense>
            {move || {
                let (frame, call) = (frame.get()?, call.get()?);
                Some(
                    match (frame, call) {
                        (Ok(frame), Ok(call)) => call_detail(&frame, call).into_any(),
                        (Err(trouble), _) | (_, Err(trouble)) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Suspense>
    }
    .into_any()
}

/// Where the SIP messages of a call are as a file for Wireshark.
pub(crate) fn pcap(account: &str, call: &str) -> String {
    format!("/api/v1/accounts/{account}/calls/{call}/pcap")
}

fn call_detail(frame: &AccountView, view: CallView) -> impl IntoView + use<> {
    let CallView {
        call,
        path: way,
        legs,
        ladder,
    } = view;
    let pcap = pcap(&frame.account.id, &call.id);
    let ladder = ladder.map(|ladder| {
        let view = Signal::stored(Arc::new(ladder));
        view! {
            <section class="call-ladder" aria-label="SIP ladder">
                <Ladder view pcap />
            </section>
        }
    });
    let mut trail = trail(frame);
    trail.push(("Calls".to_owned(), path(&frame.account.id, "calls")));
    let caller = spaced(&call.caller);
    let facts = [
        ("Caller", format!("{caller} {}", call.caller_name)),
        ("Dialled", spaced(&call.callee)),
        ("Began", call.began.clone()),
        ("Duration", duration(call.duration_s)),
        (
            "Ended",
            if call.duration_s.is_some() {
                call.cause.clone()
            } else {
                "Going on".to_owned()
            },
        ),
        ("Callflow", call.followed.clone()),
    ]
    .into_iter()
    .map(|(term, text)| {
        view! {
            <dt>{term}</dt>
            <dd>{text}</dd>
        }
    })
    .collect_view();
    let steps = way
        .into_iter()
        .map(|step| {
            let marker = match step.step {
                Some(number) => view! { <span class="mk">{number}</span> }.into_any(),
                None => view! { <span class="mk ev-dot"></span> }.into_any(),
            };
            let title = if step.step.is_some() {
                view! { <b>{step.title}</b> }.into_any()
            } else {
                view! { <span class="ev">{step.title}</span> }.into_any()
            };
            view! {
                <li>
                    <time>{step.at}</time>
                    {marker}
                    <div>
                        {title} {(!step.detail.is_empty()).then(|| view! { <small>{step.detail}</small> })}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="app no-side">
            <a class="skip" href="#main">
                "Skip to the call"
            </a>
            <PlainTop trail here=Signal::stored(caller.clone()) person=frame.person.clone() />
            <Nav view=frame.clone() open=Open::Section("calls".to_owned()) />
            <main class="page call-page" id="main">
                <div class="page-head">
                    <h1>"Call from " {caller}</h1>
                </div>
                <dl class="facts">{facts}</dl>
                <section class="call-path" aria-labelledby="path-title">
                    <h2 id="path-title">"Path through the callflow"</h2>
                    <ol class="steps">{steps}</ol>
                </section>
                {(!legs.is_empty()).then(|| view! { <Legs legs /> })}
                {ladder}
            </main>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{duration, escape};

    #[test]
    fn durations_read_as_minutes_and_hours() {
        assert_eq!(duration(Some(8)), "0:08");
        assert_eq!(duration(Some(75)), "1:15");
        assert_eq!(duration(Some(3_725)), "1:02:05");
        assert_eq!(duration(None), "");
    }

    #[test]
    fn search_text_is_escaped_for_the_address() {
        assert_eq!(escape("+44 1/é"), "%2B44%201%2F%C3%A9");
    }
}
