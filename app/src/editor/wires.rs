//! The lines of the diagram.

use super::Editor;
use super::edges::{JACK, edge, link};
use callflow::NodeId;
use leptos::prelude::*;

/// All lines; while something is carried, the one it would go into is drawn again on top in blue. The path of a
/// simulated call lies over the other lines.
#[component]
pub(crate) fn Wires(editor: Editor) -> impl IntoView {
    let size = Memo::new(move |_| editor.diagram.with(|d| (d.width, d.height)));
    let lines = move || {
        let path = editor.simulator.path.get();
        // Whether the call went along the line to a step.
        let went = |step: Option<NodeId>| {
            let path = path.as_ref()?;
            Some(step.is_some_and(|step| path.leads_to(step)))
        };
        let class = |plain: &'static str, went: Option<bool>| match went {
            None => plain.to_owned(),
            Some(true) => format!("{plain} on-path"),
            Some(false) => format!("{plain} off-path"),
        };
        editor.diagram.with(|d| {
            let mut lines: Vec<_> = d
                .items
                .iter()
                .filter_map(|item| {
                    let drawn = edge(&d.items.get(item.parent?)?.rect, &item.rect);
                    Some((went(item.shown.step()), drawn))
                })
                .collect();
            lines.sort_by_key(|(went, _)| *went);
            let lines = lines
                .into_iter()
                .map(|(went, path)| {
                    view! {
                        <g class=class("wire", went)>
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
                    let any = path.is_some().then(|| item.children.iter().any(|id| went(Some(*id)) == Some(true)));
                    view! { <circle class=class("jack", any) cx=item.rect.center() cy=item.rect.bottom() r=JACK /> }
                })
                .collect_view();
            view! {
                {lines}
                {jacks}
            }
        })
    };
    // Where jumps lead; those of the selected steps stand out.
    let links = move || {
        editor.diagram.with(|d| {
            let lines = d.links.iter().filter_map(|(from, to)| {
                let (from, to) = (d.items.get(*from)?, d.items.get(*to)?);
                let (jump, target) = (from.shown.step(), to.shown.step());
                let chosen = move || editor.is_selected(jump) || editor.is_selected(target);
                Some(view! {
                    <g class="wire link" class:is-chosen=chosen>
                        <path d=link(&from.rect, &to.rect) />
                    </g>
                })
            });
            lines.collect_view()
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
            {links}
            {over}
        </svg>
    }
    .into_any()
}
