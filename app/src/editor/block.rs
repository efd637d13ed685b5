//! The main block, folded branches, and what all blocks share.

use super::Editor;
use super::diagram::Item;
use super::layout::Rect;
use super::session::Dialog;
use crate::ui::icon::icon;
use crate::ui::number::spaced;
use callflow::NodeId;
use callflow::check::Severity;
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

/// The id of a block in the page.
pub(crate) fn block_id(step: Option<NodeId>) -> String {
    step.map_or_else(|| "block-main".to_owned(), |id| format!("block-{id}"))
}

pub(crate) fn place(rect: Rect) -> String {
    format!(
        "--x:{}px;--y:{}px;--w:{}px;--h:{}px",
        rect.x, rect.y, rect.width, rect.height
    )
}

/// What every block does with the keyboard and the pointer.
pub(crate) fn tab_index(editor: Editor, step: Option<NodeId>) -> impl Fn() -> &'static str + Copy {
    move || {
        // One stop: the selected block, else the main block.
        let main = step.is_none() && editor.session.selected.with(Option::is_none);
        if main || editor.is_selected(step) {
            "0"
        } else {
            "-1"
        }
    }
}

pub(crate) fn drop_class(editor: Editor, step: Option<NodeId>) -> impl Fn() -> &'static str + Copy {
    move || {
        editor.session.carry.with(|carry| match carry {
            None => "",
            Some(carry) if step.is_some_and(|id| carry.load.moves(id)) => "is-moving",
            Some(carry) if carry.accepting.contains(&step) => "is-target",
            Some(_) => "no-drop",
        })
    }
}

/// Name and numbers.
#[component]
pub(crate) fn MainBlock(editor: Editor) -> impl IntoView {
    let callflow = editor.document.current;
    let style = move || {
        editor.diagram.with(|d| {
            d.items
                .first()
                .map(|item| place(item.rect))
                .unwrap_or_default()
        })
    };
    let selected = move || editor.session.selected.get() == Some(None);
    let target = drop_class(editor, None);
    let open = move |ev: leptos::ev::MouseEvent| {
        ev.stop_propagation();
        editor.session.dialog.set(Some(Dialog::Main));
    };
    let numbers = move || {
        callflow.with(|c| {
            let shown: Vec<_> = c
                .numbers
                .iter()
                .take(SHOWN_NUMBERS)
                .enumerate()
                .map(|(at, n)| number_chip(at, n, &c.numbers))
                .collect();
            let more = c.numbers.len().saturating_sub(SHOWN_NUMBERS);
            view! {
                {shown}
                {(more > 0).then(|| view! { <span class="num">{format!("+{more} more")}</span> })}
            }
        })
    };
    let path = move || {
        let path = editor.simulator.path.get();
        path.map_or(
            "",
            |path| if path.from_top { "on-path" } else { "off-path" },
        )
    };
    let nothing = move || callflow.with(|c| c.numbers.is_empty());
    let problem = move || editor.worst.with(|worst| worst.get(&None).cloned());
    view! {
        <div
            class=move || format!("main-block node {} {}", target(), path())
            class:is-selected=selected
            class:is-hit=move || editor.find.hits(None)
            id=block_id(None)
            style=style
            role="treeitem"
            {..custom_attribute("aria-level", "1")}
            aria-expanded="true"
            aria-owns="below-main"
            aria-selected=move || if selected() { "true" } else { "false" }
            tabindex=tab_index(editor, None)
            on:click=move |_| {
                editor.ungroup();
                editor.session.selected.set(Some(None));
            }
            on:dblclick=open
        >
            <div class="mb-head">
                <span class="mb-icon">{icon("phone", 16)}</span>
                <span class="sr">"Callflow "</span>
                <span class="mb-name">{move || callflow.with(|c| c.title())}</span>
                <button class="mb-edit" aria-label="Change name and numbers" title="Change name and numbers" on:click=open>
                    {icon("pencil", 14)}
                </button>
            </div>
            <div class="mb-nums">
                {numbers}
                <button class="num-add" class:wide=nothing aria-label=move || (!nothing()).then_some("Add number") title="Add number" on:click=open>
                    {icon("plus", 14)}
                    {move || nothing().then_some("Click to add number")}
                </button>
            </div>
            {move || problem().map(|(severity, message)| badge(severity, message, true))}
        </div>
    }
    .into_any()
}

/// Number chips that fit the main block.
const SHOWN_NUMBERS: usize = 3;

fn number_chip(at: usize, number: &str, all: &[String]) -> impl IntoView + use<> {
    let ddi = number.starts_with('+');
    let first = all.iter().position(|n| n.starts_with('+') == ddi) == Some(at);
    let (short, long) = if ddi {
        ("DDI", "Direct dial number")
    } else {
        ("Ext", "Extension")
    };
    view! {
        <span class="num" title=long>
            {first.then(|| view! { <abbr>{short}</abbr> })}
            {spaced(number)}
        </span>
    }
    .into_any()
}

/// The mark of a problem. `aloud` where nothing else in the block says it.
pub(crate) fn badge(severity: Severity, message: String, aloud: bool) -> impl IntoView {
    let (class, glyph, word) = match severity {
        Severity::Error => ("err-badge", "circle-alert", "Problem"),
        Severity::Warning | Severity::Hint => ("err-badge warn", "triangle-alert", "Warning"),
    };
    let said = aloud.then(|| format!(". {word}: {message}"));
    view! {
        <span class=class title=message>
            {icon(glyph, 12)}
            {said.map(|said| view! { <span class="sr">{said}</span> })}
        </span>
    }
    .into_any()
}

/// A step that is folded together with everything below it.
#[component]
pub(crate) fn FoldBlock(editor: Editor, id: NodeId, item: Memo<Option<Item>>) -> impl IntoView {
    let rect = move || item.with(|i| i.as_ref().map(|i| place(i.rect)).unwrap_or_default());
    let hidden = move || item.with(|i| i.as_ref().map_or(0, |i| i.hidden));
    let level = move || item.with(|i| i.as_ref().map(|i| i.level.to_string()));
    let selected = move || editor.session.selected.get() == Some(Some(id));
    let target = drop_class(editor, Some(id));
    let path = move || {
        let path = editor.simulator.path.get();
        path.map_or("", |path| path.mark(id).class())
    };
    view! {
        <div
            class=move || format!("node chip-node {} {}", target(), path())
            class:is-selected=selected
            id=block_id(Some(id))
            style=rect
            role="treeitem"
            {..custom_attribute("aria-level", level)}
            aria-expanded="false"
            aria-selected=move || if selected() { "true" } else { "false" }
            tabindex=tab_index(editor, Some(id))
            on:click=move |_| editor.unfold(id)
        >
            {icon("unfold-vertical", 16)}
            <span>
                <b>{move || format!("{} steps", hidden())}</b>
                " hidden"
            </span>
        </div>
    }
    .into_any()
}
