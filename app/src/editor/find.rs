//! Finding steps in the callflow that is open, also those inside folds.

use super::Editor;
use super::canvas;
use super::document::Document;
use crate::ui::icon::icon;
use callflow::{Callflow, Directory, NodeId};
use leptos::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

/// The field's id in the page.
const FIELD_ID: &str = "find-step";

/// What is looked for, and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Find {
    /// The words, while the field is open.
    words: RwSignal<Option<String>>,
    /// The blocks that have them, in reading order; `None` is the main block.
    hits: Memo<Arc<Vec<Option<NodeId>>>>,
    /// The same, for each block to ask.
    marked: Memo<HashSet<Option<NodeId>>>,
}

impl Find {
    pub(crate) fn new(
        document: Document,
        directory: StoredValue<Arc<Directory>>,
        resources: RwSignal<u32>,
    ) -> Self {
        let words = RwSignal::new(None::<String>);
        let hits = Memo::new(move |_| {
            let words = words.get().unwrap_or_default().trim().to_lowercase();
            if words.is_empty() {
                return Arc::default();
            }
            resources.track();
            let callflow = document.current.get();
            Arc::new(directory.with_value(|d| search(&callflow, d, &words)))
        });
        let marked = Memo::new(move |_| hits.with(|hits| hits.iter().copied().collect()));
        Self {
            words,
            hits,
            marked,
        }
    }

    /// Whether a block has the words.
    pub(crate) fn hits(self, step: Option<NodeId>) -> bool {
        self.marked.with(|marked| marked.contains(&step))
    }
}

/// The blocks whose name, values, branch or note have these words, which are in lower case.
fn search(callflow: &Callflow, directory: &Directory, words: &str) -> Vec<Option<NodeId>> {
    let flow = &callflow.flow;
    let has = |text: &str| text.to_lowercase().contains(words);
    let mut hits = Vec::new();
    let numbers = callflow.numbers.iter().chain(&callflow.patterns);
    if has(&callflow.name) || numbers.into_iter().any(|number| has(number)) {
        hits.push(None);
    }
    let mut stack: Vec<(NodeId, String)> = Vec::new();
    stack.extend(flow.root().map(|root| (root, String::new())));
    while let Some((id, branch)) = stack.pop() {
        let Some(node) = flow.node(id) else { continue };
        let here = has(node.action.preset().label)
            || has(&flow.caption(id, directory).text)
            || has(&branch)
            || has(&node.note);
        if here {
            hits.push(Some(id));
        }
        let labelled = super::diagram::branches_are_labelled(node, directory);
        stack.extend(node.branches.iter().rev().map(|(key, child)| {
            let label = labelled.then(|| node.action.branch_label(key.as_str(), directory).label);
            (*child, label.unwrap_or_default())
        }));
    }
    hits
}

impl Editor {
    /// Opens the field, or goes back to it.
    pub(crate) fn open_find(&self) {
        self.find
            .words
            .update(|words| *words = words.take().or(Some(String::new())));
        leptos::task::spawn_local(async move {
            leptos::task::tick().await;
            canvas::focus_now(FIELD_ID);
        });
    }

    fn close_find(&self) {
        self.find.words.set(None);
        canvas::focus_block(self.session.selected.get_untracked().flatten());
    }

    /// Goes to the next block that has the words, or to the one before.
    fn next_hit(&self, forward: bool) {
        let hits = self.find.hits.get_untracked();
        if hits.is_empty() {
            self.say("Nothing found");
            return;
        }
        let selected = self.session.selected.get_untracked();
        let at = hits.iter().position(|hit| Some(*hit) == selected);
        let count = hits.len();
        let next = match (at, forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        if let Some(hit) = hits.get(next).copied() {
            self.select(hit);
            let name = hit.and_then(|id| {
                let flow = &self.document.now().flow;
                self.directory.with_value(|d| flow.step_name(id, d))
            });
            let name = name.unwrap_or_else(|| "Name and numbers".to_owned());
            self.say(format!("{} of {count}: {name}", next + 1));
        }
    }
}

/// The button, or the field while something is looked for.
#[component]
pub(crate) fn FindBar(editor: Editor) -> impl IntoView {
    let Find { words, hits, .. } = editor.find;
    let open = Memo::new(move |_| words.with(Option::is_some));
    let told = move || {
        let count = hits.with(|hits| hits.len());
        if words.with(|words| words.as_ref().is_none_or(|it| it.trim().is_empty())) {
            return String::new();
        }
        let selected = editor.session.selected.get();
        match hits.with(|hits| hits.iter().position(|hit| Some(*hit) == selected)) {
            Some(at) => format!("{} of {count}", at + 1),
            None if count == 0 => "Nothing found".to_owned(),
            None => format!("{count} found"),
        }
    };
    let key = move |ev: leptos::ev::KeyboardEvent| {
        match ev.key().as_str() {
            "Enter" => editor.next_hit(!ev.shift_key()),
            "Escape" => editor.close_find(),
            _ => return,
        }
        ev.prevent_default();
        ev.stop_propagation();
    };
    let walk = move |glyph: &'static str, name: &'static str, forward: bool| {
        view! {
            <button class="icon-btn" aria-label=name title=name on:click=move |_| editor.next_hit(forward)>
                {icon(glyph, 16)}
            </button>
        }
    };
    let field = move || {
        view! {
            <div class="find" role="search" aria-label="Find in this callflow" on:pointerdown=|ev| ev.stop_propagation()>
                {icon("search", 16)}
                <input
                    id=FIELD_ID
                    type="text"
                    maxlength="100"
                    autocomplete="off"
                    placeholder="Find a step"
                    aria-label="Find a step"
                    aria-describedby="find-told"
                    prop:value=move || words.get().unwrap_or_default()
                    on:input:target=move |ev| words.set(Some(ev.target().value()))
                    on:keydown=key
                />
                <span class="muted" id="find-told" role="status">
                    {told}
                </span>
                {walk("arrow-up", "Found before", false)}
                {walk("arrow-down", "Found next", true)}
                <button class="icon-btn" aria-label="Close" title="Close" on:click=move |_| editor.close_find()>
                    {icon("x", 16)}
                </button>
            </div>
        }
    };
    view! {
        <Show
            when=move || open.get()
            fallback=move || {
                view! {
                    <button class="btn btn-sm find-open" aria-label="Find a step" title="Find a step" on:click=move |_| editor.open_find()>
                        {icon("search", 16)}
                    </button>
                }
            }
        >
            {field}
        </Show>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use callflow::ResourceKind;
    use serde_json::json;

    #[test]
    fn steps_are_found_by_name_value_branch_note_and_number() {
        let mut directory = Directory::default();
        let menu = json!({"name": "Welcome"}).as_object().cloned();
        directory.insert(ResourceKind::Menu, "m1", menu.unwrap_or_default());
        let document = json!({ "name": "Main line", "numbers": ["2000"], "flow": { "root": "n1", "nodes": {
            "n1": { "module": "menu", "data": { "id": "m1" }, "children": { "1": "n2", "timeout": "n3" } },
            "n2": { "module": "sleep", "data": { "duration": 5 }, "note": "Ask Tom" },
            "n3": { "module": "jump", "data": { "step": "n2" } },
        } } });
        let callflow = Callflow::from_json(&document).unwrap_or_else(|e| panic!("{e}"));
        let found = |words: &str| {
            let hits = search(&callflow, &directory, words);
            let ids = hits.into_iter().map(|hit| hit.map_or(0, |id| id.0));
            ids.collect::<Vec<_>>()
        };
        assert_eq!(found("welcome"), [1]);
        assert_eq!(found("sleep"), [2, 3]);
        assert_eq!(found("tom"), [2]);
        assert_eq!(found("timeout"), [3]);
        assert_eq!(found("200"), [0]);
        assert_eq!(found("nobody"), [0; 0]);
    }
}
