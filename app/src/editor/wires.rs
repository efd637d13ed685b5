//! The lines of the diagram.

use super::Editor;
use super::edges::{JACK, edge};
use leptos::prelude::*;

/// All lines; while something is carried, the one it would go into is drawn again on top in blue.
#[component]
pub(crate) fn Wires(editor: Editor) -> impl IntoView {
    let size = Memo::new(move |_| editor.diagram.with(|d| (d.width, d.height)));
    let lines = move || {
        editor.diagram.with(|d| {
            let lines = d
                .items
                .iter()
                .filter_map(|item| Some(edge(&d.items.get(item.parent?)?.rect, &item.rect)))
                .map(|path| {
                    view! {
                        <g class="wire">
                            <path d=path />
                        </g>
                    }
                })
                .collect_view();
            let jacks = d
                .items
                .iter()
                .filter(|item| !item.children.is_empty())
                .map(|item| {
                    view! { <circle class="jack" cx=item.rect.center() cy=item.rect.bottom() r=JACK /> }
                })
                .collect_view();
            view! {
                {lines}
                {jacks}
            }
        })
    };
    let over = move || {
        let at = editor.session.over.get()?;
        let to = editor.session.carry.with(|c| {
            c.as_ref()
                .and_then(|c| c.places.get(at).filter(|p| p.refused.is_none())?.line_to)
        })?;
        editor.diagram.with(|d| {
            let item = d.items.get(to)?;
            let path = edge(&d.items.get(item.parent?)?.rect, &item.rect);
            Some(view! {
                <g class="wire is-over">
                    <path d=path />
                </g>
            })
        })
    };
    view! {
        <svg
            class="wires"
            width=move || size.get().0
            height=move || size.get().1
            viewBox=move || format!("0 0 {} {}", size.get().0, size.get().1)
            aria-hidden="true"
        >
            {lines}
            {over}
        </svg>
    }
    .into_any()
}
