//! When a time rule applies, and what a Time of Day step does: a month, and the changes that come next.

use crate::trouble::Trouble;
use crate::ui::icon::icon;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// How long typing rests before the server is asked.
const REST: Duration = Duration::from_millis(300);

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Subject {
    /// A rule, by what is entered in its fields.
    Rule(Vec<(String, Value)>),
    /// A Time of Day step: its data, and the branches that are drawn, in order.
    Step {
        /// Its data.
        data: Value,
        /// The branches.
        keys: Vec<String>,
    },
}

/// A change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// "Mon 30 Nov, 09:00".
    pub(crate) when: String,
    /// What is so from then on.
    pub(crate) what: String,
    /// Whether something applies from then on.
    pub(crate) on: bool,
}

/// A day of a month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DayView {
    /// 1 to 31.
    pub(crate) day: i8,
    /// Whether it is today.
    pub(crate) today: bool,
    /// "09:00 to 17:30"; empty when the rule does not apply on that day.
    pub(crate) windows: String,
}

/// A month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MonthView {
    /// "November 2026".
    pub(crate) title: String,
    /// Days of the week before its first; weeks begin on Monday.
    pub(crate) skip: i8,
    /// Its days.
    pub(crate) days: Vec<DayView>,
    /// The month before, "2026-10"; `None` at the end of what is shown.
    pub(crate) before: Option<String>,
    /// The month after.
    pub(crate) after: Option<String>,
}

/// What is known of a subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// What is so now.
    pub(crate) now: Turn,
    /// What comes next.
    pub(crate) next: Vec<Turn>,
    /// The zone in which times are told.
    pub(crate) zone: String,
    /// A rule's month.
    pub(crate) month: Option<MonthView>,
}

/// When something applies, or why what is entered does not fit. `month` is one such as "2026-11"; without it the present
/// one is meant.
///
/// # Errors
/// When the person may not see the account.
#[server(prefix = "/ui", endpoint = "schedule", input = Json)]
pub(crate) async fn load_schedule(
    account: String,
    subject: Subject,
    month: Option<String>,
) -> Result<Result<Schedule, String>, Trouble> {
    crate::backend::schedule(&account, subject, month).await
}

/// The month and the changes of a subject, which may be edited meanwhile.
#[component]
pub(crate) fn ScheduleView(
    /// The account.
    account: String,
    /// What is asked about.
    #[prop(into)]
    subject: Signal<Subject>,
) -> impl IntoView {
    let account = StoredValue::new(account);
    let month = RwSignal::new(None::<String>);
    let shown = RwSignal::new(None::<Result<Result<Schedule, String>, Trouble>>);
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let asked = StoredValue::new(0_u32);
    let ask = move || {
        let (account, subject, month) = (
            account.get_value(),
            subject.get_untracked(),
            month.get_untracked(),
        );
        asked.update_value(|asked| *asked += 1);
        let number = asked.get_value();
        leptos::task::spawn_local(async move {
            let answer = load_schedule(account, subject, month).await;
            // Something else may have been asked meanwhile, or the page may be gone.
            if asked.try_get_value() == Some(number) {
                shown.set(Some(answer));
            }
        });
    };
    Effect::new(move |begun: Option<()>| {
        subject.track();
        month.track();
        if let Some(handle) = waiting.get_value() {
            handle.clear();
        }
        let rest = if begun.is_none() {
            Duration::ZERO
        } else {
            REST
        };
        waiting.set_value(set_timeout_with_handle(ask, rest).ok());
    });
    on_cleanup(move || {
        if let Some(Some(handle)) = waiting.try_get_value() {
            handle.clear();
        }
    });
    move || match shown.get() {
        None => view! { <p class="muted">"Loading"</p> }.into_any(),
        Some(Err(trouble)) => view! { <p class="muted">{trouble.to_string()}</p> }.into_any(),
        Some(Ok(Err(unfit))) => view! { <p class="muted">{unfit}</p> }.into_any(),
        Some(Ok(Ok(schedule))) => drawn(schedule, month).into_any(),
    }
}

fn drawn(schedule: Schedule, month: RwSignal<Option<String>>) -> impl IntoView {
    let Schedule {
        now,
        next,
        zone,
        month: calendar,
    } = schedule;
    let rows = next
        .into_iter()
        .map(|turn| {
            view! {
                <li>
                    <span>{turn.when}</span>
                    <span class="turn" class:is-on=turn.on>
                        {turn.what}
                    </span>
                </li>
            }
        })
        .collect::<Vec<_>>();
    let nothing = rows.is_empty();
    view! {
        <div class="schedule">
            {calendar.map(|calendar| calendar_view(calendar, month))}
            <div>
                <p class="schedule-now">
                    "Now: "
                    <b class="turn" class:is-on=now.on>
                        {now.what}
                    </b>
                </p>
                <ol class="turns" aria-label="What changes next">
                    {rows}
                </ol>
                <p class="muted">
                    {if nothing { "Nothing changes within the next 30 years. " } else { "" }} {format!("Times in {zone}.")}
                </p>
            </div>
        </div>
    }
}

fn calendar_view(calendar: MonthView, month: RwSignal<Option<String>>) -> impl IntoView {
    let walk = move |glyph: &'static str, name: &'static str, to: Option<String>| {
        view! {
            <button
                type="button"
                class="icon-btn"
                aria-label=name
                title=name
                disabled=to.is_none()
                on:click=move |_| month.set(to.clone())
            >
                {icon(glyph, 16)}
            </button>
        }
    };
    let heads = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        .map(|day| view! { <span class="cal-head">{day}</span> });
    let skip = (0..calendar.skip)
        .map(|_| view! { <span></span> })
        .collect::<Vec<_>>();
    let days = calendar
        .days
        .into_iter()
        .map(|day| {
            let applies = !day.windows.is_empty();
            let said = if applies {
                format!(", {}", day.windows)
            } else {
                String::new()
            };
            view! {
                <span class="cal-day" class:is-on=applies class:is-today=day.today title=day.windows.clone()>
                    {day.day}
                    <span class="sr">{said}</span>
                </span>
            }
        })
        .collect::<Vec<_>>();
    let (name, title) = (calendar.title.clone(), calendar.title);
    view! {
        <div class="calendar" role="group" aria-label=name>
            <div class="cal-top">
                {walk("chevron-left", "Month before", calendar.before)} <b>{title}</b>
                {walk("chevron-right", "Month after", calendar.after)}
            </div>
            <div class="cal-grid">{heads.collect_view()} {skip} {days}</div>
        </div>
    }
}
