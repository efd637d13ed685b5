//! The blocks as a tree that can be read, reached by keyboard and clicked.

use super::Editor;
use super::block::{FoldBlock, MainBlock};
use super::diagram::{Item, Shown};
use super::drop::Look;
use super::edges::LABEL_DROP;
use super::step_block::StepBlock;
use callflow::NodeId;
use leptos::prelude::*;

/// The whole tree.
#[component]
pub(crate) fn Tree(editor: Editor) -> impl IntoView {
    let root = Memo::new(move |_| {
        editor
            .diagram
            .with(|d| d.items.first().map(|i| i.children.clone()))
            .unwrap_or_default()
    });
    let name = move || editor.document.current.with(|c| c.title());
    view! {
        <ol class="tree" role="tree" aria-multiselectable="true" aria-label=name>
            <li role="none">
                <MainBlock editor />
                <Below editor children=root.into() branching=Signal::stored(false) group="below-main".to_owned() />
            </li>
        </ol>
    }
    .into_any()
}

/// The steps below a block.
#[component]
fn Below(
    editor: Editor,
    children: Signal<Vec<NodeId>>,
    branching: Signal<bool>,
    group: String,
) -> AnyView {
    let any = Memo::new(move |_| children.with(|c| !c.is_empty()));
    view! {
        <Show when=move || any.get()>
            <ol role="group" id=group.clone() class=move || if branching.get() { "branches" } else { "next" }>
                <For each=move || children.get() key=|id| *id children=move |id| view! { <Branch editor id /> } />
            </ol>
        </Show>
    }
    .into_any()
}

/// A step with the label of its branch and everything below it.
#[component]
fn Branch(editor: Editor, id: NodeId) -> AnyView {
    let item = Memo::new(move |_| editor.diagram.with(|d| d.step(id).cloned()));
    let folded = Memo::new(move |_| {
        item.with(|i| matches!(i.as_ref().map(|i| i.shown), Some(Shown::Fold(_))))
    });
    let children = Signal::derive(move || {
        item.with(|i| i.as_ref().map(|i| i.children.clone()).unwrap_or_default())
    });
    let branching = Signal::derive(move || item.with(|i| i.as_ref().is_some_and(|i| i.branching)));
    view! {
        <li role="none">
            <Label editor id item />
            {move || {
                if folded.get() {
                    view! { <FoldBlock editor id item /> }.into_any()
                } else {
                    view! { <StepBlock editor id item /> }.into_any()
                }
            }}
            <Below editor children branching group=format!("below-{id}") />
        </li>
    }
    .into_any()
}

/// The label of a branch; a click changes its key, as the menu of the step does.
#[component]
fn Label(editor: Editor, id: NodeId, item: Memo<Option<Item>>) -> impl IntoView {
    let choice = Memo::new(move |_| {
        let item = item.get()?;
        if !item.labelled {
            return None;
        }
        let key = item.via?;
        let parent = editor
            .diagram
            .with(|d| d.above(id).and_then(|above| above.shown.step()))?;
        let flow = editor.document.current.get().flow.clone();
        let action = &flow.node(parent)?.action;
        Some(
            editor
                .directory
                .with_value(|d| action.branch_label(key.as_str(), d)),
        )
    });
    let style = move || {
        item.with(|i| {
            i.as_ref().map(|i| {
                format!(
                    "--x:{}px;--y:{}px",
                    i.rect.center(),
                    i.parent_bottom + LABEL_DROP
                )
            })
        })
    };
    let rename = move |ev: leptos::ev::MouseEvent| {
        ev.stop_propagation();
        editor.rename_branch_to(id);
    };
    // While something is carried that may go first on this branch, the label says so.
    let takes = Memo::new(move |_| {
        let position = item.with(|i| i.as_ref().map(|i| (i.parent_bottom, i.rect.center())));
        editor.session.carry.with(|carry| {
            let (Some(carry), Some((bottom, x))) = (carry, position) else {
                return false;
            };
            carry.places.iter().any(|p| {
                p.look == Look::Pill
                    && p.refused.is_none()
                    && p.x == x
                    && p.y == bottom + LABEL_DROP
            })
        })
    });
    // Whether a simulated call took this branch.
    let path = Memo::new(move |_| {
        let path = editor.simulator.path.get();
        path.map(|path| path.leads_to(id))
    });
    move || {
        choice.get().map(|choice| {
            let mut shown: String = choice.label.chars().take(24).collect();
            if shown.len() < choice.label.len() {
                shown.push('…');
            }
            view! {
                <span
                    class="pill"
                    class:key=choice.key_cap
                    class:is-slot=move || takes.get()
                    class:on-path=move || path.get() == Some(true)
                    class:off-path=move || path.get() == Some(false)
                    style=style
                    title=choice.label.clone()
                    aria-hidden="true"
                    on:click=rename
                >
                    {choice.icon.map(|name| crate::ui::icon::icon(name, 12))}
                    {shown}
                    {move || takes.get().then(|| crate::ui::icon::icon("plus", 12))}
                </span>
            }
        })
    }
}
