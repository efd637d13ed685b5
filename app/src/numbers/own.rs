//! The numbers of an account: which callflow each leads to, and leading one elsewhere.

use super::Wanted;
use crate::account::{AccountId, AccountResource, AccountView, CallflowRow, path};
use crate::callflows::trail;
use crate::editor::{DialogFrame, focus_now};
use crate::trouble::Trouble;
use crate::ui::foot::{Does, Foot};
use crate::ui::icon::icon;
use crate::ui::nav::{Nav, Open};
use crate::ui::page::{Failed, Loading};
use crate::ui::toast::{Toast, ToastHost, Toasts, Tone};
use crate::ui::top::PlainTop;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A callflow that has a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// Its id.
    pub(crate) id: String,
    /// Its name, or its numbers.
    pub(crate) title: String,
}

/// A number of the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OwnNumber {
    /// E.164.
    pub(crate) number: String,
    /// With spaces.
    pub(crate) display: String,
    /// The callflow whose draft has it.
    pub(crate) draft: Option<Holder>,
    /// The callflow where its calls arrive now.
    pub(crate) live: Option<Holder>,
}

/// A part of the account's numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OwnNumbers {
    /// The numbers.
    pub(crate) rows: Vec<OwnNumber>,
    /// Where the next part begins.
    pub(crate) next: Option<String>,
}

/// How leading a number elsewhere ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum NumberLed {
    /// It leads there now.
    Done {
        /// The number as it is now.
        now: OwnNumber,
        /// Who had it, and its place there: the way back.
        before: Option<(Holder, usize)>,
    },
    /// It cannot; this is why.
    Refused(String),
}

/// Loads a part of the account's numbers.
///
/// # Errors
/// When the person may not see the account.
#[server(prefix = "/ui", endpoint = "own_numbers", input = Json)]
pub(crate) async fn load_numbers(account: String, wanted: Wanted) -> Result<OwnNumbers, Trouble> {
    crate::backend::own_numbers(&account, wanted).await
}

/// Gives a number to the draft of a callflow, at a place among its numbers or else behind them, or takes it away.
///
/// # Errors
/// When the person may not change the account.
#[server(prefix = "/ui", endpoint = "lead_number", input = Json)]
pub(crate) async fn lead_number(
    account: String,
    number: String,
    callflow: Option<String>,
    place: Option<usize>,
) -> Result<NumberLed, Trouble> {
    crate::backend::lead_number(&account, &number, callflow.as_deref(), place).await
}

/// What changes numbers. A message with a way back may outlive the page, so nothing here belongs to it.
#[derive(Clone)]
struct Change {
    account: String,
    /// Counts what was changed: the page loads its numbers again.
    count: ArcRwSignal<u32>,
    frame: AccountResource,
    toasts: Toasts,
}

impl Change {
    /// Leads a number to a callflow, or nowhere; the message offers the way back.
    fn lead(&self, row: OwnNumber, to: Option<Holder>, place: Option<usize>) {
        let change = self.clone();
        spawn_local(async move {
            let target = to.as_ref().map(|to| to.id.clone());
            let led = lead_number(change.account.clone(), row.number.clone(), target, place).await;
            match led {
                Ok(NumberLed::Done { now, before }) => change.tell(now, before),
                Ok(NumberLed::Refused(why)) => change.failed(&row, why),
                Err(trouble) => change.failed(&row, trouble),
            }
            change.count.update(|count| *count += 1);
            change.frame.refetch();
        });
    }

    fn failed(&self, row: &OwnNumber, why: impl ToString) {
        let title = format!("{} stays where it is", row.display);
        self.toasts.fail(title, why);
    }

    fn tell(&self, now: OwnNumber, before: Option<(Holder, usize)>) {
        let title = match &now.draft {
            Some(holder) => format!("{} leads to “{}”", now.display, holder.title),
            None => format!("{} leads nowhere", now.display),
        };
        let text = follows(&now);
        let change = self.clone();
        let undo = move || {
            let (back, place) = before.clone().unzip();
            change.lead(now.clone(), back, place);
        };
        self.toasts.show(Toast {
            tone: Tone::Plain,
            icon: "hash",
            title,
            text,
            action: Some(("Undo".to_owned(), Arc::new(undo))),
        });
    }
}

/// What has to be published before calls follow.
fn follows(now: &OwnNumber) -> String {
    match (&now.draft, &now.live) {
        (Some(draft), Some(live)) if draft.id == live.id => {
            "Calls to it arrive there as before.".to_owned()
        }
        (Some(draft), Some(live)) => format!(
            "Calls to it arrive at “{}” until you publish that, then “{}”.",
            live.title, draft.title
        ),
        (Some(draft), None) => {
            format!("Calls to it arrive once you publish “{}”.", draft.title)
        }
        (None, Some(live)) => format!(
            "Calls to it arrive at “{}” until you publish that.",
            live.title
        ),
        (None, None) => String::new(),
    }
}

/// What the page's parts share.
#[derive(Clone, Copy)]
struct OwnPage {
    view: Resource<Result<OwnNumbers, Trouble>>,
    change: StoredValue<Change>,
    /// The number that is being assigned.
    asking: RwSignal<Option<OwnNumber>>,
    ready: RwSignal<bool>,
    /// The number whose button was pressed last: it gets the focus back when the table is drawn anew.
    pressed: StoredValue<Option<String>>,
}

/// `/a/{account}/numbers`. On narrow screens the rows of its table are cards, so that their roles are said: a browser
/// that lays a table out otherwise forgets them.
#[component]
pub(crate) fn OwnNumbersPage() -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let query = use_query_map();
    let wanted = Memo::new(move |_| query.with(Wanted::read));
    let count = ArcRwSignal::new(0_u32);
    let change = Change {
        account: account.get_untracked(),
        count: count.clone(),
        frame,
        toasts: expect_context(),
    };
    let page = OwnPage {
        view: Resource::new_blocking(
            move || (account.get(), wanted.get(), count.get()),
            |(account, wanted, _)| load_numbers(account, wanted),
        ),
        change: StoredValue::new(change),
        asking: RwSignal::new(None),
        ready: RwSignal::new(false),
        pressed: StoredValue::new(None),
    };
    Effect::new(move |_| page.ready.set(true));
    view! {
        <Title text="Numbers" />
        <Transition fallback=Loading>
            {move || {
                let (frame, view) = (frame.get()?, page.view.get()?);
                Some(
                    match (frame, view) {
                        (Ok(frame), Ok(view)) => screen(page, &frame, &wanted.get(), view).into_any(),
                        (Err(trouble), _) | (_, Err(trouble)) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Transition>
    }
    .into_any()
}

fn screen(
    page: OwnPage,
    frame: &AccountView,
    wanted: &Wanted,
    view: OwnNumbers,
) -> impl IntoView + use<> {
    let here = path(&frame.account.id, "numbers");
    let tab = |name: &'static str, spare: bool| {
        let other = Wanted {
            spare,
            after: None,
            ..wanted.clone()
        };
        let current = (wanted.spare == spare).then_some("page");
        view! {
            <a href=other.address(&here) aria-current=current>
                {name}
            </a>
        }
    };
    let next = view.next.map(|after| {
        let other = Wanted {
            after: Some(after),
            ..wanted.clone()
        };
        view! {
            <a class="btn" href=other.address(&here)>
                "More numbers"
            </a>
        }
    });
    let nothing = view.rows.is_empty().then(|| nothing(wanted));
    let account = frame.account.id.clone();
    let rows = view.rows.into_iter();
    let rows = rows
        .map(|row| number_row(page, &account, row))
        .collect_view();
    let callflows = StoredValue::new(frame.callflows.clone());
    let toasts = page.change.with_value(|change| change.toasts);
    Effect::new(move |_| {
        if let Some(number) = page.pressed.get_value() {
            focus_now(&button_id(&number));
        }
    });
    view! {
        <div class="app no-side">
            <a class="skip" href="#main">
                "Skip to the table"
            </a>
            <PlainTop
                trail=trail(frame)
                here=Signal::stored("Numbers".to_owned())
                person=frame.person.clone()
            />
            <Nav view=frame.clone() open=Open::Section("numbers".to_owned()) />
            <main class="page" id="main">
                <div class="page-head">
                    <h1>"Numbers"</h1>
                </div>
                <nav class="tabs-line" aria-label="Numbers by status">
                    {tab("All", false)} {tab("Spare", true)}
                </nav>
                <form class="toolbar" role="search" method="get" action=here.clone()>
                    {wanted.spare.then(|| view! { <input type="hidden" name="spare" value="1" /> })}
                    <label class="input search">
                        {icon("search", 16)}
                        <input
                            name="search"
                            placeholder="Number"
                            aria-label="Find a number"
                            autocomplete="off"
                            value=wanted.search.clone()
                        />
                    </label>
                </form>
                <div class="table-wrap" role="region" aria-label="Numbers" tabindex="0">
                    <table class="table own-numbers" role="table">
                        <thead role="rowgroup">
                            <tr role="row">
                                <th role="columnheader" aria-sort="ascending">"Number " {icon("arrow-up", 12)}</th>
                                <th role="columnheader">"Leads to"</th>
                                <th role="columnheader">"Status"</th>
                                <th role="columnheader">
                                    <span class="sr">"Actions"</span>
                                </th>
                            </tr>
                        </thead>
                        <tbody role="rowgroup">{rows}</tbody>
                    </table>
                </div>
                {nothing}
                <p class="v-none">{next}</p>
            </main>
            {move || page.asking.get().map(|row| callflows.with_value(|all| dialog(page, row, all)))}
            <ToastHost toasts />
        </div>
    }
    .into_any()
}

fn nothing(wanted: &Wanted) -> impl IntoView + use<> {
    let said = match (wanted.search.as_str(), wanted.spare) {
        ("", true) => "No spare number. Every number leads somewhere.".to_owned(),
        ("", false) => "No numbers yet. Your reseller assigns them.".to_owned(),
        (search, _) => format!("No number here has “{search}” in it."),
    };
    view! { <p class="empty">{said}</p> }
}

fn button_id(number: &str) -> String {
    format!("lead-{}", number.trim_start_matches('+'))
}

fn number_row(page: OwnPage, account: &str, row: OwnNumber) -> impl IntoView + use<> {
    let link = |holder: &Holder| {
        let href = path(account, &format!("callflows/{}", holder.id));
        view! {
            <a href=href rel="external">
                {holder.title.clone()}
            </a>
        }
    };
    let leads = match &row.draft {
        Some(holder) => link(holder).into_any(),
        None => view! { <span class="muted">"Nothing yet"</span> }.into_any(),
    };
    let taken = row.draft.is_some();
    let (label, name) = if taken {
        ("Take away", format!("Take away {}", row.display))
    } else {
        ("Assign", format!("Assign {}", row.display))
    };
    let id = button_id(&row.number);
    let display = row.display.clone();
    let status = status(&row);
    let press = move |_| {
        page.pressed.set_value(Some(row.number.clone()));
        if taken {
            page.change
                .with_value(|change| change.lead(row.clone(), None, None));
        } else {
            page.asking.set(Some(row.clone()));
        }
    };
    view! {
        <tr role="row">
            <td role="cell">
                <b>{display}</b>
            </td>
            <td role="cell">{leads}</td>
            <td role="cell">{status}</td>
            <td class="r" role="cell">
                <button
                    class="btn btn-sm"
                    id=id
                    aria-label=name
                    disabled=move || !page.ready.get()
                    on:click=press
                >
                    {label}
                </button>
            </td>
        </tr>
    }
    .into_any()
}

fn status(row: &OwnNumber) -> AnyView {
    match (&row.draft, &row.live) {
        (None, None) => {
            view! { <span class="chip ok">{icon("circle-dot", 12)} "Spare"</span> }.into_any()
        }
        (Some(draft), Some(live)) if draft.id == live.id => {
            view! { <span class="chip">{icon("link", 12)} "In use"</span> }.into_any()
        }
        (Some(_), None) => view! { <span class="chip warn">"Not published yet"</span> }.into_any(),
        (_, Some(live)) => {
            let text = format!("Calls still arrive at “{}”", live.title);
            view! { <span class="chip warn">{text}</span> }.into_any()
        }
    }
}

/// Which callflow does the number lead to?
fn dialog(page: OwnPage, row: OwnNumber, callflows: &[CallflowRow]) -> impl IntoView + use<> {
    let chosen = RwSignal::new(None::<usize>);
    let back = button_id(&row.number);
    let close = Callback::new(move |()| {
        page.asking.set(None);
        focus_now(&back);
    });
    let options = callflows
        .iter()
        .enumerate()
        .map(|(at, callflow)| view! { <option value=at.to_string()>{callflow.title.clone()}</option> })
        .collect_view();
    let holders: Vec<Holder> = callflows
        .iter()
        .map(|callflow| Holder {
            id: callflow.id.clone(),
            title: callflow.title.clone(),
        })
        .collect();
    let title = format!("Assign {}", row.display);
    let run = Callback::new(move |()| {
        let holder = chosen.get_untracked().and_then(|at| holders.get(at));
        if let Some(holder) = holder {
            let to = Some(holder.clone());
            page.change
                .with_value(|change| change.lead(row.clone(), to, None));
        }
        page.asking.set(None);
    });
    let none = Signal::derive(move || chosen.get().is_none());
    let foot =
        move || view! { <Foot close verb="Assign" does=Does::Run(run) disabled=none /> }.into_any();
    view! {
        <DialogFrame title=Signal::stored(title) close foot>
            <div class="field">
                <label for="lead-to">"Callflow"</label>
                <select
                    class="input"
                    id="lead-to"
                    aria-describedby="lead-to-help"
                    on:change:target=move |ev| chosen.set(ev.target().value().parse().ok())
                >
                    <option value="">"Choose a callflow"</option>
                    {options}
                </select>
                <span class="help" id="lead-to-help">
                    "The draft gets the number. Calls follow once it is published."
                </span>
            </div>
        </DialogFrame>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{Holder, OwnNumber, follows};

    fn held(draft: Option<&str>, live: Option<&str>) -> OwnNumber {
        let holder = |title: &str| Holder {
            id: title.to_lowercase(),
            title: title.to_owned(),
        };
        OwnNumber {
            number: "+441614960129".to_owned(),
            display: "+44 161 496 0129".to_owned(),
            draft: draft.map(holder),
            live: live.map(holder),
        }
    }

    #[test]
    fn what_must_be_published_is_told_with_the_one_that_lets_go_first() {
        let told = |draft, live| follows(&held(draft, live));
        assert_eq!(
            told(Some("Fax"), None),
            "Calls to it arrive once you publish “Fax”."
        );
        assert_eq!(
            told(Some("Fax"), Some("Main")),
            "Calls to it arrive at “Main” until you publish that, then “Fax”."
        );
        assert_eq!(
            told(None, Some("Main")),
            "Calls to it arrive at “Main” until you publish that."
        );
        assert_eq!(told(None, None), "");
    }
}
