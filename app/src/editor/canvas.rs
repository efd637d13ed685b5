//! The canvas: what the pointer and the wheel do to the view.

use super::Editor;
use super::block::block_id;
use super::carry;
use super::drop::Look;
use super::find::FindBar;
use super::group::{GroupBar, Lasso, LassoFrame};
use super::navigator::Navigator;
use super::problems::ProblemButton;
use super::tree::Tree;
use super::view_switch::ViewSwitch;
use super::viewport::{Canvas, Viewport, ZOOM_STEP};
use super::wires::Wires;
use crate::ui::icon::{icon, keys};
use callflow::NodeId;
use leptos::html;
use leptos::prelude::*;
use std::cell::Cell;
use std::collections::BTreeSet;
use wasm_bindgen::JsCast;

/// The id of the canvas in the page.
pub(crate) const CANVAS_ID: &str = "canvas";
/// One line of a wheel that counts lines, in pixels.
const WHEEL_LINE: f64 = 20.0;
/// How much the wheel zooms: this many wheel pixels double the size.
const WHEEL_DOUBLES: f64 = 300.0;

thread_local! {
    /// Set while the click that ends a drag has to be ignored.
    static SWALLOW: Cell<bool> = const { Cell::new(false) };
}

/// The click that follows the end of a drag means nothing.
pub(crate) fn swallow_click() {
    SWALLOW.with(|s| s.set(true));
    set_timeout(|| SWALLOW.with(|s| s.set(false)), std::time::Duration::ZERO);
}

/// Puts the keyboard on a block, after the page has caught up.
pub(crate) fn focus_block(step: Option<NodeId>) {
    focus_later(block_id(step));
}

/// Puts the keyboard on the diagram.
pub(crate) fn focus_diagram() {
    focus_later(CANVAS_ID.to_owned());
}

fn focus_later(id: String) {
    leptos::task::spawn_local(async move {
        // The page catches up with its signals before the next task runs.
        leptos::task::tick().await;
        if !focus_now(&id) {
            request_animation_frame(move || {
                focus_now(&id);
            });
        }
    });
}

/// Puts the keyboard on an element; answers whether it is there and took it.
pub(crate) fn focus_now(id: &str) -> bool {
    let element = document()
        .get_element_by_id(id)
        .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    element.is_some_and(|element| {
        let _ = element.focus();
        document()
            .active_element()
            .is_some_and(|active| active.is_same_node(Some(&element)))
    })
}

/// Scrolls the outline to a block.
pub(crate) fn scroll_to_block(step: NodeId) {
    if let Some(block) = document().get_element_by_id(&block_id(Some(step))) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        block.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Left, top, right and bottom of the canvas in the window.
pub(crate) fn bounds() -> (f64, f64, f64, f64) {
    document()
        .get_element_by_id(CANVAS_ID)
        .map_or((0.0, 0.0, 0.0, 0.0), |canvas| {
            let rect = canvas.get_bounding_client_rect();
            (rect.left(), rect.top(), rect.right(), rect.bottom())
        })
}

impl Editor {
    /// Another zoom around the middle of the canvas.
    pub(crate) fn zoom_by(&self, steps: f64) {
        let canvas = self.session.canvas.get_untracked();
        self.session.viewport.update(|view| {
            let zoom = ((view.zoom / ZOOM_STEP).round() + steps) * ZOOM_STEP;
            *view = view.zoomed(zoom, canvas.width / 2.0, canvas.height / 2.0);
        });
    }

    /// Shows the whole drawing.
    pub(crate) fn fit(&self) {
        let canvas = self.session.canvas.get_untracked();
        let drawing = self.diagram.with_untracked(|d| d.extent());
        self.session.viewport.set(Viewport::fit(canvas, drawing));
    }

    /// Folds or unfolds a step.
    pub(crate) fn toggle_fold(&self, id: NodeId) {
        let foldable = self
            .document
            .now()
            .flow
            .node(id)
            .is_some_and(|n| !n.branches.is_empty());
        if foldable {
            self.session.folded.update(|folded| {
                if !folded.remove(&id) {
                    folded.insert(id);
                }
            });
            focus_block(Some(id));
        }
    }

    /// Shows a folded branch again.
    pub(crate) fn unfold(&self, id: NodeId) {
        self.session.folded.update(|folded| {
            folded.remove(&id);
        });
        self.focus(Some(id));
    }

    /// After a panel came or went: the drawing keeps the middle of the canvas.
    pub(crate) fn resettle(&self) {
        let editor = *self;
        request_animation_frame(move || {
            let before = editor.session.canvas.get_untracked().width;
            editor.measure();
            let gained = editor.session.canvas.get_untracked().width - before;
            let viewport = editor.session.viewport;
            viewport.update(|view| *view = view.panned((gained / 2.0).round(), 0.0));
        });
    }

    /// Reads the canvas' size.
    fn measure(&self) {
        let (left, top, right, bottom) = bounds();
        if right > left && bottom > top {
            self.session.canvas.set(Canvas {
                width: right - left,
                height: bottom - top,
            });
        }
    }
}

/// The diagram with everything that lies over it.
#[component]
pub(crate) fn CanvasArea(editor: Editor) -> impl IntoView {
    let node = NodeRef::<html::Main>::new();
    let session = editor.session;
    // Where a pan began: the pointer, and the view at that moment.
    let pan = StoredValue::new(None::<(f64, f64, Viewport)>);
    Effect::new(move |_| {
        if node.get().is_none() {
            return;
        }
        editor.measure();
        let canvas = session.canvas.get_untracked();
        let first = editor.diagram.with_untracked(|d| {
            d.items
                .first()
                .map(|i| Viewport::first(canvas, &i.rect, d.extent()))
        });
        if let Some(first) = first {
            session.viewport.set(first);
        }
        let resized = window_event_listener(leptos::ev::resize, move |_| editor.measure());
        on_cleanup(move || resized.remove());
        carry::listen(editor);
    });
    let wheel = move |ev: leptos::ev::WheelEvent| {
        if is_outline() {
            return;
        }
        ev.prevent_default();
        let scale = if ev.delta_mode() == 1 {
            WHEEL_LINE
        } else {
            1.0
        };
        let (dx, dy) = (ev.delta_x() * scale, ev.delta_y() * scale);
        if ev.ctrl_key() || ev.meta_key() {
            let (left, top, ..) = bounds();
            let (x, y) = (
                f64::from(ev.client_x()) - left,
                f64::from(ev.client_y()) - top,
            );
            session.viewport.update(|view| {
                *view = view.zoomed(view.zoom * 2.0_f64.powf(-dy / WHEEL_DOUBLES), x, y);
            });
        } else if ev.shift_key() && dx == 0.0 {
            session
                .viewport
                .update(|view| *view = view.panned(-dy, 0.0));
        } else {
            session
                .viewport
                .update(|view| *view = view.panned(-dx, -dy));
        }
    };
    let down = move |ev: leptos::ev::PointerEvent| {
        if is_outline() || !(ev.button() == 0 || ev.button() == 1) {
            return;
        }
        let (x, y) = (f64::from(ev.client_x()), f64::from(ev.client_y()));
        if ev.shift_key() && ev.button() == 0 {
            session.lasso.set(Some(Lasso::begin(x, y)));
            return;
        }
        pan.set_value(Some((x, y, session.viewport.get_untracked())));
    };
    let moved = move |ev: leptos::ev::PointerEvent| {
        if session.lasso.with_untracked(Option::is_some) {
            let (x, y) = (f64::from(ev.client_x()), f64::from(ev.client_y()));
            session.lasso.update(|lasso| {
                *lasso = lasso.filter(|_| ev.buttons() != 0).map(|it| it.up_to(x, y));
            });
            return;
        }
        if let Some((x, y, view)) = pan.get_value() {
            if ev.buttons() == 0 || session.carry.with_untracked(Option::is_some) {
                pan.set_value(None);
                return;
            }
            let (dx, dy) = (f64::from(ev.client_x()) - x, f64::from(ev.client_y()) - y);
            session.viewport.set(view.panned(dx, dy));
        }
    };
    let up = move |ev: leptos::ev::PointerEvent| {
        if let Some(lasso) = session.lasso.get_untracked() {
            session.lasso.set(None);
            swallow_click();
            editor.choose_within(lasso);
            return;
        }
        if let Some((x, y, _)) = pan.get_value() {
            pan.set_value(None);
            let far = (f64::from(ev.client_x()) - x).hypot(f64::from(ev.client_y()) - y) > 4.0;
            if far {
                swallow_click();
            }
        }
    };
    let clicked = move |ev: leptos::ev::MouseEvent| {
        let on_ground = ev
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|e| {
                e.id() == CANVAS_ID
                    || e.class_list().contains("stage")
                    || e.class_list().contains("tree")
            });
        if on_ground && !SWALLOW.with(Cell::get) {
            editor.ungroup();
            session.selected.set(None);
            session.menu.set(None);
        }
    };
    let class = move || {
        let mut class = String::from("canvas");
        if session.carry.with(Option::is_some) {
            class.push_str(" is-dragging");
        }
        let zoom = session.viewport.with(|v| v.zoom);
        if zoom < 0.4 {
            class.push_str(" far");
        } else if zoom < 0.6 {
            class.push_str(" away");
        }
        class
    };
    let stage = move || {
        let view = session.viewport.get();
        let (width, height) = editor.diagram.with(|d| (d.width, d.height));
        format!("{};--tw:{width}px;--th:{height}px", view.style())
    };
    view! {
        <main
            class=class
            id=CANVAS_ID
            tabindex="-1"
            aria-label="Callflow diagram"
            node_ref=node
            on:wheel=wheel
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:click=clicked
            on:keydown=move |ev| editor.diagram_key(&ev)
        >
            <div class="canvas-bar">
                <ViewSwitch editor />
                <FindBar editor />
                <ProblemButton editor />
            </div>
            <div class="stage" style=stage>
                <Wires editor />
                <Tree editor />
                <QuickAdd editor />
                <EmptyHint editor />
                <Slots editor />
            </div>
            <Navigator editor />
            <DragNote editor />
            <GroupBar editor />
            <LassoFrame editor />
        </main>
    }
    .into_any()
}

/// Whether the page shows the outline of narrow screens, which scrolls by itself.
pub(crate) fn is_outline() -> bool {
    narrower_than(761.0)
}

/// Whether the catalog lies over the diagram instead of beside it.
pub(crate) fn is_narrow() -> bool {
    narrower_than(1_024.0)
}

fn narrower_than(width: f64) -> bool {
    window()
        .inner_width()
        .ok()
        .and_then(|w| w.as_f64())
        .is_some_and(|w| w < width)
}

/// The round plus below the selected step.
#[component]
fn QuickAdd(editor: Editor) -> impl IntoView {
    move || {
        let hidden = editor.session.carry.with(Option::is_some)
            || editor.session.dialog.with(Option::is_some);
        let id = editor
            .session
            .selected
            .get()
            .flatten()
            .filter(|_| !hidden && editor.session.group.with(BTreeSet::is_empty))?;
        let (x, y) = editor.diagram.with(|d| {
            d.step(id)
                .map(|i| (i.rect.center(), i.rect.bottom() + 16.0))
        })?;
        let ends = editor.document.current.with(|c| {
            c.flow.node(id).is_none_or(|n| {
                editor.directory.with_value(|d| n.action.branches(d)) == callflow::Branches::None
            })
        });
        (!ends).then(|| {
            view! {
                <button
                    class="quick-add"
                    style=format!("--x:{x}px;--y:{y}px")
                    tabindex="-1"
                    aria-label="Add a step after"
                    title="Add a step after"
                    on:pointerdown=|ev| ev.stop_propagation()
                    on:click=move |ev: leptos::ev::MouseEvent| {
                        ev.stop_propagation();
                        super::catalog::focus_search(editor);
                    }
                >
                    {icon("plus", 14)}
                </button>
            }
        })
    }
}

/// What an empty callflow shows below its main block.
#[component]
fn EmptyHint(editor: Editor) -> impl IntoView {
    move || {
        let empty = editor.document.current.with(|c| c.flow.is_empty());
        let (x, y) = editor.diagram.with(|d| {
            d.items
                .first()
                .map(|i| (i.rect.center(), i.rect.bottom() + 24.0))
        })?;
        let over = editor.session.over.get().is_some();
        empty.then(|| {
            view! {
                <div class="first-step" class:is-over=over style=format!("--x:{x}px;--y:{y}px")>
                    <div class="first-box">"Drag the first action here"</div>
                    <p class="t2">"or press " {keys(&["/"])} " and type its name"</p>
                </div>
            }
        })
    }
}

/// The places, while something is carried. They are drawn once; the one below the pointer is drawn again on top.
#[component]
fn Slots(editor: Editor) -> impl IntoView {
    let session = editor.session;
    let places = move || {
        let carry = session.carry.get()?;
        let slots = carry
            .places
            .iter()
            .filter(|place| place.refused.is_none())
            .filter_map(|place| {
                let style = format!("--x:{}px;--y:{}px", place.x, place.y);
                let (class, word) = match place.look {
                    Look::Edge => ("slot", ""),
                    Look::Tail => ("slot tail", "Add at the end"),
                    Look::Branch(word) => ("slot branch", word),
                    // The label of the branch, and the box of the empty callflow, stand for these.
                    Look::Pill | Look::First => return None,
                };
                Some(view! {
                    <span class=class style=style aria-hidden="true">
                        {icon("plus", 12)}
                        {word}
                    </span>
                })
            })
            .collect_view();
        Some(slots)
    };
    let over = move || {
        let at = session.over.get()?;
        let (x, y) = session.carry.with(|carry| {
            let place = carry.as_ref()?.places.get(at)?;
            let drawn = place.refused.is_none() && place.look != Look::First;
            drawn.then_some((place.x, place.y))
        })?;
        Some(view! {
            <span class="slot is-over" style=format!("--x:{x}px;--y:{y}px") aria-hidden="true">
                {icon("plus", 12)}
                "Insert here"
            </span>
        })
    };
    view! {
        {places}
        {over}
    }
    .into_any()
}

/// What the dark bar says while something is carried.
#[component]
fn DragNote(editor: Editor) -> impl IntoView {
    let session = editor.session;
    move || {
        let carry = session.carry.get()?;
        let open = carry.places.iter().filter(|p| p.refused.is_none()).count();
        let places = carry.places.clone();
        let keyboard = carry.keyboard;
        let where_to = move || match session.over.get().and_then(|at| places.get(at)) {
            None => "Choose a place".to_owned(),
            Some(place) => place.refused.clone().unwrap_or_else(|| place.name.clone()),
        };
        Some(view! {
            <div class="drag-note" role=if keyboard { None } else { Some("status") }>
                {where_to}
                <span>{if open == 1 { "1 place".to_owned() } else { format!("{open} places") }}</span>
                {keyboard.then(|| view! { <span>{keys(&["↑", "↓"])} " choose, " {keys(&["Enter"])} " puts down"</span> })}
                <span>{keys(&["Esc"])} " cancels"</span>
            </div>
        })
    }
}

/// The future step beside the pointer.
#[component]
pub(crate) fn Ghost(editor: Editor) -> impl IntoView {
    let session = editor.session;
    move || {
        let carry = session.carry.get().filter(|c| !c.keyboard)?;
        let style = move || {
            let (x, y) = session.pointer.get();
            format!("--x:{}px;--y:{}px", x + 16.0, y + 14.0)
        };
        Some(view! {
            <div class="ghost" style=style aria-hidden="true">
                <span class=format!("tile fam-{}", carry.family)>{icon(carry.icon, 18)}</span>
                <span class="node-text">
                    <b>{carry.title}</b>
                    <small>{carry.detail}</small>
                </span>
            </div>
        })
    }
}
