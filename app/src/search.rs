//! Looking for anything in the account: Ctrl K on each of its pages.

use crate::account::{AccountId, SECTIONS, path};
use crate::trouble::Trouble;
use crate::ui::icon::{icon, keys};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// A pause in typing after which is looked.
const PAUSE: Duration = Duration::from_millis(120);
/// The element ids of the list and of its entries.
const LIST_ID: &str = "found";

/// Something found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hit {
    /// What it belongs to: "Callflows", "Devices".
    pub(crate) group: String,
    /// Its picture.
    pub(crate) icon: String,
    /// Its name.
    pub(crate) title: String,
    /// More about it, may be empty.
    pub(crate) detail: String,
    /// Its page.
    pub(crate) href: String,
}

/// Finds callflows, resources and spare numbers of the account.
///
/// # Errors
/// When the person may not see the account.
#[server(prefix = "/ui", endpoint = "search", input = Json)]
pub(crate) async fn search(account: String, text: String) -> Result<Vec<Hit>, Trouble> {
    crate::backend::search(&account, &text).await
}

/// Whether the search is open, for whoever opens it.
#[derive(Clone, Copy)]
pub(crate) struct SearchOpen(pub(crate) RwSignal<bool>);

/// The button in the top bar; nothing outside an account.
#[component]
pub(crate) fn SearchButton() -> impl IntoView {
    use_context::<SearchOpen>().map(|SearchOpen(open)| {
        view! {
            <button
                class="icon-btn search-open"
                type="button"
                aria-label="Search everything"
                aria-keyshortcuts="Control+K"
                title="Search everything, Ctrl K"
                on:click=move |_| open.set(true)
            >
                {icon("search", 18)}
            </button>
        }
    })
}

/// The dialog, and the key that opens it. Stands once around all pages of an account.
#[component]
pub(crate) fn SearchHost(account: AccountId) -> impl IntoView {
    let SearchOpen(open) = expect_context();
    Effect::new(move |_| {
        let key = window_event_listener(leptos::ev::keydown, move |ev: KeyboardEvent| {
            let wanted = (ev.ctrl_key() || ev.meta_key()) && !ev.alt_key() && !ev.shift_key();
            if wanted && ev.key().eq_ignore_ascii_case("k") {
                ev.prevent_default();
                open.update(|open| *open = !*open);
            }
        });
        on_cleanup(move || key.remove());
    });
    move || open.get().then(|| view! { <Search account open /> })
}

/// What is looked for, and what was found.
#[derive(Clone, Copy)]
struct Looking {
    words: RwSignal<String>,
    /// Of the words that were looked for last; none before.
    found: RwSignal<Option<Result<Arc<Vec<Hit>>, Trouble>>>,
    /// The entry that Enter opens.
    at: RwSignal<usize>,
    /// Counts the questions: an answer to an earlier one is not wanted any more.
    asked: StoredValue<u32>,
    pause: StoredValue<Option<TimeoutHandle>>,
}

impl Looking {
    fn new() -> Self {
        Self {
            words: RwSignal::new(String::new()),
            found: RwSignal::new(None),
            at: RwSignal::new(0),
            asked: StoredValue::new(0),
            pause: StoredValue::new(None),
        }
    }

    fn type_words(self, account: &str, words: String) {
        if let Some(waiting) = self.pause.get_value() {
            waiting.clear();
        }
        let question = self.asked.get_value() + 1;
        self.asked.set_value(question);
        self.words.set(words.clone());
        if words.trim().is_empty() {
            self.found.set(None);
            self.at.set(0);
            return;
        }
        let account = account.to_owned();
        let look = move || {
            leptos::task::spawn_local(async move {
                let found = search(account, words).await;
                // The dialog may be gone, or the words have changed.
                if self.asked.try_get_value() == Some(question) {
                    self.at.set(0);
                    self.found.set(Some(found.map(Arc::new)));
                }
            });
        };
        self.pause
            .set_value(set_timeout_with_handle(look, PAUSE).ok());
    }

    /// Pages whose name has the words come first: they are known without asking.
    fn hits(self, account: &str) -> Vec<Hit> {
        let words = self.words.get().trim().to_lowercase();
        let mut hits = pages(account, &words);
        if let Some(Ok(found)) = self.found.get() {
            hits.extend(found.iter().cloned());
        }
        hits
    }
}

/// The pages of the account; all of them when nothing is looked for yet.
fn pages(account: &str, words: &str) -> Vec<Hit> {
    let more = [
        ("callflows", "Callflows", "workflow"),
        ("deleted-callflows", "Deleted callflows", "trash-2"),
    ];
    more.iter()
        .chain(SECTIONS)
        .filter(|(_, title, _)| title.to_lowercase().contains(words))
        .map(|(slug, title, icon)| Hit {
            group: "Pages".to_owned(),
            icon: (*icon).to_owned(),
            title: (*title).to_owned(),
            detail: String::new(),
            href: path(account, slug),
        })
        .collect()
}

#[component]
fn Search(account: AccountId, open: RwSignal<bool>) -> impl IntoView {
    let looking = Looking::new();
    let field = NodeRef::<html::Input>::new();
    // Focus goes back to where it was.
    let before = document().active_element();
    let before = before.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
    let before = StoredValue::new_local(before);
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let close = move || {
        let back = before.get_value();
        open.set(false);
        if let Some(back) = back {
            let _ = back.focus();
        }
    };
    let hits = Memo::new(move |_| looking.hits(&account.0.get()));
    let keydown = move |ev: KeyboardEvent| {
        let count = hits.with(Vec::len).max(1);
        let step = |by: usize| looking.at.update(|at| *at = (*at + by) % count);
        match ev.key().as_str() {
            "ArrowDown" => step(1),
            "ArrowUp" => step(count - 1),
            "Home" if ev.ctrl_key() => looking.at.set(0),
            "End" if ev.ctrl_key() => looking.at.set(count - 1),
            "Enter" => go(looking.at.get_untracked()),
            "Escape" => close(),
            // The field is all there is to stop at.
            "Tab" => {}
            _ => {
                // Ctrl K closes it again; other keys are not for the page below.
                if !(ev.ctrl_key() || ev.meta_key()) {
                    ev.stop_propagation();
                }
                return;
            }
        }
        ev.prevent_default();
        ev.stop_propagation();
    };
    let typed = move |ev: leptos::ev::Event| {
        looking.type_words(&account.0.get_untracked(), event_target_value(&ev));
    };
    let active = move || {
        let some = hits.with(|hits| !hits.is_empty());
        some.then(|| option_id(looking.at.get()))
    };
    let expanded = move || {
        if hits.with(Vec::is_empty) {
            "false"
        } else {
            "true"
        }
    };
    view! {
        <div class="scrim search-scrim" on:keydown=keydown on:click=move |_| close()>
            <div
                class="search-all"
                role="dialog"
                aria-modal="true"
                aria-label="Search everything"
                on:click=|ev| ev.stop_propagation()
            >
                <label class="input search">
                    {icon("search", 18)}
                    <input
                        node_ref=field
                        type="text"
                        role="combobox"
                        aria-label="Name, number or page"
                        aria-autocomplete="list"
                        aria-controls=LIST_ID
                        aria-expanded=expanded
                        aria-activedescendant=active
                        autocomplete="off"
                        placeholder="Name, number or page"
                        on:input=typed
                    />
                    {keys(&["Esc"])}
                </label>
                {move || list(&hits.get(), looking)}
                <p class="search-said muted" role="status">
                    {move || said(looking, hits.with(Vec::len))}
                </p>
            </div>
        </div>
    }
    .into_any()
}

fn option_id(at: usize) -> String {
    format!("{LIST_ID}-{at}")
}

/// Opens the page of an entry. It is loaded anew, so that a page with something unsaved asks first.
fn go(at: usize) {
    let entry = document().get_element_by_id(&option_id(at));
    if let Some(link) = entry.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        link.click();
    }
}

fn said(looking: Looking, count: usize) -> String {
    let words = looking.words.get();
    let words = words.trim();
    match looking.found.get() {
        Some(Err(trouble)) => format!("The search failed: {trouble}"),
        _ if words.is_empty() => String::new(),
        None => "Looking".to_owned(),
        Some(Ok(_)) if count == 0 => format!("Nothing is called “{words}”."),
        Some(Ok(_)) if count == 1 => "1 found".to_owned(),
        Some(Ok(_)) => format!("{count} found"),
    }
}

fn list(hits: &[Hit], looking: Looking) -> AnyView {
    let numbered: Vec<(usize, &Hit)> = hits.iter().enumerate().collect();
    let groups = numbered.chunk_by(|one, other| one.1.group == other.1.group);
    let groups = groups
        .enumerate()
        .map(|(number, group)| {
            let title_id = format!("{LIST_ID}-group-{number}");
            let labelled_by = title_id.clone();
            let title = group.first().map(|(_, hit)| hit.group.clone());
            let entries = group.iter().map(|(at, hit)| entry(*at, hit, looking));
            view! {
                <div role="group" aria-labelledby=labelled_by>
                    <p class="search-group" id=title_id role="presentation">
                        {title}
                    </p>
                    {entries.collect::<Vec<_>>()}
                </div>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="search-list scroll" id=LIST_ID role="listbox" aria-label="Found">
            {groups}
        </div>
    }
    .into_any()
}

fn entry(at: usize, hit: &Hit, looking: Looking) -> AnyView {
    let node = NodeRef::<html::A>::new();
    let chosen = move || looking.at.get() == at;
    Effect::new(move |_| {
        if let (true, Some(node)) = (looking.at.get() == at, node.get()) {
            let nearest = web_sys::ScrollIntoViewOptions::new();
            nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
            node.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    view! {
        <a
            node_ref=node
            id=option_id(at)
            role="option"
            tabindex="-1"
            rel="external"
            href=hit.href.clone()
            aria-selected=move || if chosen() { "true" } else { "false" }
            class:is-active=chosen
            on:pointermove=move |_| looking.at.set(at)
        >
            {icon(&hit.icon, 18)}
            <span>{hit.title.clone()}</span>
            <small>{hit.detail.clone()}</small>
        </a>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::pages;

    #[test]
    fn pages_are_found_by_a_part_of_their_name() {
        let titles = |words: &str| -> Vec<String> {
            let found = pages("a1", words);
            found.into_iter().map(|hit| hit.title).collect()
        };
        assert_eq!(titles("time of day s"), ["Time of day sets"]);
        assert_eq!(titles("callflow"), ["Callflows", "Deleted callflows"]);
        assert!(titles("").len() > 15);
        assert_eq!(pages("a1", "menus")[0].href, "/a/a1/menus");
    }
}
