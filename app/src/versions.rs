//! The versions of a callflow: who published what, what differs, and the way back.

mod ask;
mod compared;
mod list;

use crate::account::{AccountId, AccountResource, AccountView, path};
use crate::callflows::trail;
use crate::editor::Published;
use crate::search::SearchButton;
use crate::trouble::Trouble;
use crate::ui::icon::icon;
use crate::ui::page::{Failed, Loading};
use crate::ui::rail::Rail;
use crate::ui::toast::{ToastHost, Toasts};
use crate::ui::top::{Crumbs, PersonMenu, brand};
use ask::{Ask, AskDialog};
use compared::Compared;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use list::VersionList;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The draft, or a published version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    /// What is edited.
    Draft,
    /// A version by its number.
    Version(i64),
}

impl Side {
    /// Reads it from an address.
    #[cfg(feature = "ssr")]
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "draft" => Some(Self::Draft),
            number => number.parse().ok().map(Self::Version),
        }
    }

    /// As it stands in an address.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Draft => "draft".to_owned(),
            Self::Version(number) => number.to_string(),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Draft => f.write_str("Draft"),
            Self::Version(number) => write!(f, "v{number}"),
        }
    }
}

/// How a step differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mark {
    /// Only in the newer version.
    Added,
    /// Only in the older version.
    Removed,
    /// With other values.
    Changed,
    /// At another place.
    Moved,
}

/// How many steps differ, by how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// New steps.
    pub(crate) added: usize,
    /// Steps that are gone.
    pub(crate) removed: usize,
    /// Steps with other values; the main block counts as one.
    pub(crate) changed: usize,
    /// Steps that stand elsewhere.
    pub(crate) moved: usize,
}

impl Counts {
    fn all(&self) -> usize {
        self.added + self.removed + self.changed + self.moved
    }
}

/// The draft or a version in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VersionRow {
    /// Which.
    pub(crate) side: Side,
    /// Whether callers meet it.
    pub(crate) live: bool,
    /// When it was published, or saved, in words.
    pub(crate) when: String,
    /// By whom.
    pub(crate) by: String,
    /// What they wrote about it; may be empty.
    pub(crate) note: String,
    /// What differs from the version before.
    pub(crate) counts: Counts,
}

/// The label of a branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pill {
    /// Its place, as a style.
    pub(crate) place: String,
    /// Its text.
    pub(crate) text: String,
    /// Whether it is a key of the telephone.
    pub(crate) key_cap: bool,
}

/// A step as drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct BlockView {
    /// The step.
    pub(crate) id: String,
    /// Its place, as a style.
    pub(crate) place: String,
    /// The branch that leads to it.
    pub(crate) label: Option<Pill>,
    /// Its name.
    pub(crate) title: String,
    /// The one value that tells two such steps apart.
    pub(crate) detail: String,
    /// What stood there in the older version, where it differs.
    pub(crate) was: Option<String>,
    /// Icon.
    pub(crate) icon: String,
    /// Colour family.
    pub(crate) family: String,
    /// Whether calls pass over it.
    pub(crate) skipped: bool,
    /// How it differs.
    pub(crate) mark: Option<Mark>,
    /// How often the way to it branches: an outline indents it so far.
    pub(crate) level: usize,
    /// With a branch folded into it: how many steps that are.
    pub(crate) hidden: usize,
}

/// A line as drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WireView {
    /// SVG path data.
    pub(crate) path: String,
    /// How the step below it differs.
    pub(crate) mark: Option<Mark>,
}

/// A callflow as drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Drawing {
    /// Name of the callflow.
    pub(crate) title: String,
    /// Its numbers.
    pub(crate) numbers: Vec<String>,
    /// Place of the main block.
    pub(crate) main: String,
    /// Width in pixels.
    pub(crate) width: f64,
    /// Height in pixels.
    pub(crate) height: f64,
    /// Steps in reading order.
    pub(crate) blocks: Vec<BlockView>,
    /// Lines.
    pub(crate) wires: Vec<WireView>,
    /// Where lines begin.
    pub(crate) jacks: Vec<(f64, f64)>,
}

/// A value that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FieldView {
    /// What the form calls it.
    pub(crate) label: String,
    /// Before; empty when there was none.
    pub(crate) from: String,
    /// Now; empty when there is none.
    pub(crate) to: String,
}

/// A difference in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The step; none for the main block.
    pub(crate) node: Option<String>,
    /// How it differs; none for the main block.
    pub(crate) mark: Option<Mark>,
    /// The sentence.
    pub(crate) text: String,
    /// The values that differ.
    pub(crate) fields: Vec<FieldView>,
}

/// Two versions beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Comparison {
    /// The older one.
    pub(crate) from: Side,
    /// The newer one.
    pub(crate) to: Side,
    /// How much differs.
    pub(crate) counts: Counts,
    /// What differs, in words.
    pub(crate) changes: Vec<Told>,
    /// The newer one with the removed steps in their old place.
    pub(crate) together: Drawing,
    /// The older one alone.
    pub(crate) before: Drawing,
    /// The newer one alone.
    pub(crate) after: Drawing,
}

/// Everything the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HistoryView {
    /// The callflow's name.
    pub(crate) title: String,
    /// The draft's revision.
    pub(crate) revision: i64,
    /// The version that callers meet.
    pub(crate) live: Option<i64>,
    /// The draft.
    pub(crate) draft: VersionRow,
    /// Versions, newest first.
    pub(crate) rows: Vec<VersionRow>,
    /// Where older versions begin.
    pub(crate) older: Option<String>,
    /// What is compared; nothing before there are two versions to compare.
    pub(crate) compared: Option<Comparison>,
}

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// The older side.
    pub(crate) from: Option<String>,
    /// The newer side.
    pub(crate) to: Option<String>,
    /// Where the list of versions begins.
    pub(crate) older: Option<String>,
}

/// How discarding a draft ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Discarded {
    /// The draft is what is live.
    Done,
    /// Somebody saved meanwhile; nothing was dropped.
    Saved {
        /// Who.
        by: String,
    },
}

/// Loads the versions of a callflow and a comparison of two.
///
/// # Errors
/// When there is no such callflow or version in the account.
#[server(prefix = "/ui", endpoint = "history", input = Json)]
pub(crate) async fn load_history(
    account: String,
    callflow: String,
    wanted: Wanted,
) -> Result<HistoryView, Trouble> {
    crate::backend::history(&account, &callflow, wanted).await
}

/// Makes an old version live again, as a new version.
///
/// # Errors
/// When there is no such version, or another callflow has one of its numbers by now.
#[server(prefix = "/ui", endpoint = "roll_back", input = Json)]
pub(crate) async fn roll_back(
    account: String,
    callflow: String,
    version: i64,
) -> Result<Published, Trouble> {
    crate::backend::roll_back(&account, &callflow, version).await
}

/// Drops the draft with this revision for what is live.
///
/// # Errors
/// When the callflow was never published.
#[server(prefix = "/ui", endpoint = "discard_draft", input = Json)]
pub(crate) async fn discard_draft(
    account: String,
    callflow: String,
    base: i64,
) -> Result<Discarded, Trouble> {
    crate::backend::discard_draft(&account, &callflow, base).await
}

/// The page's address, and what its parts share.
#[derive(Clone, Copy)]
pub(crate) struct History {
    /// The account.
    account: StoredValue<String>,
    /// The callflow.
    callflow: StoredValue<String>,
    /// What is loaded.
    view: Resource<Result<HistoryView, Trouble>>,
    /// The open question.
    asking: RwSignal<Option<Ask>>,
    /// Whether the page has come alive.
    ready: RwSignal<bool>,
    /// Messages.
    toasts: Toasts,
}

impl History {
    /// The address of a comparison.
    fn address(&self, from: Option<Side>, to: Side) -> String {
        let rest = self
            .callflow
            .with_value(|id| format!("callflows/{id}/versions"));
        let page = self.account.with_value(|account| path(account, &rest));
        match from {
            Some(from) => format!("{page}?from={}&to={}", from.key(), to.key()),
            None => format!("{page}?to={}", to.key()),
        }
    }
}

/// `/a/{account}/callflows/{callflow}/versions`.
#[component]
pub(crate) fn VersionsPage() -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| params.with(|p| p.get("callflow").unwrap_or_default()));
    let wanted = Memo::new(move |_| {
        query.with(|q| Wanted {
            from: q.get("from"),
            to: q.get("to"),
            older: q.get("older"),
        })
    });
    let view = Resource::new_blocking(
        move || (account.get(), id.get(), wanted.get()),
        |(account, callflow, wanted)| load_history(account, callflow, wanted),
    );
    let history = History {
        account: StoredValue::new(account.get_untracked()),
        callflow: StoredValue::new(id.get_untracked()),
        view,
        asking: RwSignal::new(None),
        ready: RwSignal::new(false),
        toasts: Toasts::new(),
    };
    Effect::new(move |_| history.ready.set(true));
    view! {
        <Title text="Versions" />
        <Transition fallback=Loading>
            {move || {
                let (frame, view) = (frame.get()?, view.get()?);
                Some(
                    match (frame, view) {
                        (Ok(frame), Ok(view)) => screen(history, frame, view).into_any(),
                        (Err(trouble), _) | (_, Err(trouble)) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Transition>
        <AskDialog history />
        <ToastHost toasts=history.toasts />
    }
    .into_any()
}

/// What callers meet, and how far the draft is ahead of it.
fn state(view: &HistoryView) -> impl IntoView + use<> {
    let (dot, live) = match view.live {
        Some(version) => ("dot live", format!("Live v{version}")),
        None => ("dot", "Not live yet".to_owned()),
    };
    let pending = match view.draft.counts.all() {
        _ if view.live.is_none() => "Draft saved".to_owned(),
        0 => "No unpublished changes".to_owned(),
        1 => "1 unpublished change".to_owned(),
        count => format!("{count} unpublished changes"),
    };
    let ahead = view.live.is_none() || view.draft.counts != Counts::default();
    view! {
        <span class="state">
            <span class=dot></span>
            {live}
            <span class="sep"></span>
            <span class=if ahead { "pend" } else { "muted" }>
                {ahead.then(|| view! { <span class="dot warn"></span> })}
                {pending}
            </span>
        </span>
    }
    .into_any()
}

fn screen(history: History, frame: AccountView, view: HistoryView) -> impl IntoView {
    let mut trail = trail(&frame);
    let callflows = path(&frame.account.id, "callflows");
    let editor = format!("{callflows}/{}", history.callflow.get_value());
    trail.push(("Callflows".to_owned(), callflows.clone()));
    trail.push((view.title.clone(), editor.clone()));
    let navigate = use_navigate();
    let list = Callback::new(move |()| navigate(&callflows, Default::default()));
    let unpublished = view.draft.counts != Counts::default() || view.live.is_none();
    let person = frame.person.clone();
    view! {
        <div class="app rail versions">
            <a class="skip" href="#compared">
                "Skip to the comparison"
            </a>
            <header class="topbar">
                {brand()}
                <a class="icon-btn m-only" href=editor rel="external" aria-label="Back to the callflow">
                    {icon("chevron-left", 20)}
                </a>
                <div class="title-wrap">
                    <Crumbs trail here=Signal::stored("Versions".to_owned()) leaves=true />
                    {state(&view)}
                </div>
                <div class="top-actions">
                    <button
                        class="btn m-keep"
                        class:btn-primary=unpublished
                        disabled=move || !history.ready.get() || !unpublished
                        on:click=move |_| history.asking.set(Some(Ask::Publish))
                    >
                        {icon("upload", 16)}
                        "Publish draft"
                    </button>
                    <SearchButton />
                    <PersonMenu person />
                </div>
            </header>
            <Rail view=frame list />
            <VersionList history view=view.clone() />
            <Compared history view />
            <nav class="mobile-bar m-only" aria-label="Versions">
                <a href="#versions">{icon("history", 20)} "Versions"</a>
                <a href="#compared">{icon("list-tree", 20)} "Comparison"</a>
            </nav>
        </div>
    }
    .into_any()
}
