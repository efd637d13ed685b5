//! The map at the lower right, with the zoom.

use super::Editor;
use super::diagram::Shown;
use super::edges::line;
use super::viewport::Extent;
use crate::ui::icon::icon;
use callflow::check::Severity;
use leptos::html;
use leptos::prelude::*;

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 96.0;
const MARGIN: f64 = 6.0;

/// Scale and shift that bring a drawing onto the map.
fn fit(drawing: Extent) -> (f64, f64, f64) {
    let Extent {
        left,
        width,
        height,
    } = drawing;
    let scale =
        ((WIDTH - 2.0 * MARGIN) / width.max(1.0)).min((HEIGHT - 2.0 * MARGIN) / height.max(1.0));
    (
        scale,
        (WIDTH - width * scale) / 2.0 - left * scale,
        (HEIGHT - height * scale) / 2.0,
    )
}

/// Map and zoom buttons.
#[component]
pub(crate) fn Navigator(editor: Editor) -> impl IntoView {
    let session = editor.session;
    let map = NodeRef::<html::Div>::new();
    let held = StoredValue::new(false);
    // The pressed point comes to the middle of the canvas.
    let go = move |ev: &leptos::ev::PointerEvent| {
        let Some(map) = map.get_untracked() else {
            return;
        };
        let rect = map.get_bounding_client_rect();
        let (scale, dx, dy) = editor.diagram.with_untracked(|d| fit(d.extent()));
        let x = (f64::from(ev.client_x()) - rect.left() - dx) / scale;
        let y = (f64::from(ev.client_y()) - rect.top() - dy) / scale;
        let canvas = session.canvas.get_untracked();
        session.viewport.update(|view| {
            view.x = canvas.width / 2.0 - x * view.zoom;
            view.y = canvas.height / 2.0 - y * view.zoom;
        });
    };
    let blocks = move || {
        let wrong: std::collections::HashSet<_> = editor.problems.with(|all| {
            all.iter()
                .filter(|p| p.severity == Severity::Error)
                .filter_map(|p| p.node)
                .collect()
        });
        let selected = session.selected.get();
        let now = editor.simulator.path.with(|path| path.as_ref()?.now);
        editor.diagram.with(|d| {
            let wires = d
                .items
                .iter()
                .filter_map(|item| Some(line(&d.items.get(item.parent?)?.rect, &item.rect)))
                .collect::<String>();
            let rects = d
                .items
                .iter()
                .map(|item| {
                    let mut class = match item.shown {
                        Shown::Main => "mm-main",
                        Shown::Step(_) => "mm-node",
                        Shown::Fold(_) => "mm-chip",
                    }
                    .to_owned();
                    if item.shown.step().is_some_and(|id| wrong.contains(&id)) {
                        class.push_str(" mm-err");
                    }
                    let here = now.is_some() && now == item.shown.step();
                    if here || selected == Some(item.shown.step()) {
                        class.push_str(" mm-sel");
                    }
                    let r = item.rect;
                    view! { <rect class=class x=r.x y=r.y width=r.width height=r.height rx="14" /> }
                })
                .collect_view();
            view! {
                <g class="mm-wires">
                    <path d=wires />
                </g>
                {rects}
            }
        })
    };
    let transform = move || {
        let (scale, dx, dy) = editor.diagram.with(|d| fit(d.extent()));
        format!("translate({dx:.1} {dy:.1}) scale({scale:.4})")
    };
    let seen = Memo::new(move |_| session.viewport.get().seen(session.canvas.get()));
    let dragging = move || session.carry.with(Option::is_some);
    view! {
        <div class="navigator" class:is-hidden=dragging on:pointerdown=|ev| ev.stop_propagation() on:click=|ev| ev.stop_propagation()>
            <div
                class="map"
                node_ref=map
                on:pointerdown=move |ev| {
                    held.set_value(true);
                    go(&ev);
                }
                on:pointermove=move |ev| {
                    if ev.buttons() == 0 {
                        held.set_value(false);
                    } else if held.get_value() {
                        go(&ev);
                    }
                }
                on:pointerup=move |_| held.set_value(false)
            >
                <svg class="minimap" width=WIDTH height=HEIGHT viewBox="0 0 160 96" role="img" aria-label="Overview map">
                    <g transform=transform>
                        {blocks}
                        <rect
                            class="mm-view"
                            x=move || seen.get().x
                            y=move || seen.get().y
                            width=move || seen.get().width
                            height=move || seen.get().height
                            rx="20"
                        />
                    </g>
                </svg>
            </div>
            <div class="zoom">
                <button class="icon-btn" aria-label="Zoom out" title="Zoom out" on:click=move |_| editor.zoom_by(-1.0)>
                    {icon("minus", 16)}
                </button>
                <output aria-label="Zoom">{move || format!("{}%", session.viewport.get().percent())}</output>
                <button class="icon-btn" aria-label="Zoom in" title="Zoom in" on:click=move |_| editor.zoom_by(1.0)>
                    {icon("plus", 16)}
                </button>
                <button class="icon-btn" aria-label="Fit to screen" title="Fit to screen" on:click=move |_| editor.fit()>
                    {icon("maximize", 16)}
                </button>
            </div>
        </div>
    }
    .into_any()
}
