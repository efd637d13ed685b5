//! Carrying steps to their places, by pointer or by keyboard.

use super::Editor;
use super::canvas;
use super::drop::{DropPlace, Load, Look, Search, Target, hit};
use super::session::{Carry, Dialog};
use callflow::action::{Action, Entry, catalog};
use callflow::edit::{self, Edit};
use callflow::{Branches, Directory, Flow, NodeId};
use leptos::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;

/// How far a mouse moves before it carries, in CSS pixels; a pen is less steady.
const MOUSE_SLACK: f64 = 4.0;
const PEN_SLACK: f64 = 6.0;
/// Within this distance of the canvas' edge the view scrolls.
const EDGE: f64 = 48.0;
/// The most it scrolls in one frame.
const EDGE_SPEED: f64 = 16.0;

/// A press that may become a carry.
#[derive(Clone)]
pub(crate) struct Press {
    load: Load,
    x: f64,
    y: f64,
    slack: f64,
}

/// The pointer's side of carrying: what was pressed and where the canvas stands.
#[derive(Clone, Copy)]
pub(crate) struct Pointer {
    press: StoredValue<Option<Press>>,
    /// Left, top, right and bottom of the canvas in the window, read once when carrying begins.
    bounds: StoredValue<(f64, f64, f64, f64)>,
    scrolling: StoredValue<bool>,
    /// Whether the pointer has been away from the edge since carrying began: who comes from the catalog crosses the
    /// edge and does not mean to scroll.
    armed: StoredValue<bool>,
}

impl Pointer {
    fn new() -> Self {
        Self {
            press: StoredValue::new(None),
            bounds: StoredValue::new((0.0, 0.0, 0.0, 0.0)),
            scrolling: StoredValue::new(false),
            armed: StoredValue::new(false),
        }
    }
}

/// The catalog entry with this id.
pub(crate) fn entry(id: &str) -> Option<Entry> {
    catalog().into_iter().find(|entry| entry.id() == id)
}

/// Whether nothing can be put after a step and what follows it on its default path.
fn path_ends(flow: &Flow, top: NodeId, directory: &Directory) -> bool {
    let mut at = top;
    loop {
        let Some(node) = flow.node(at) else {
            return true;
        };
        let key = match node.action.branches(directory) {
            Branches::None => return true,
            Branches::Next(_) => "_",
            Branches::Fork { default, .. } => default,
        };
        match node.child(key) {
            Some(child) => at = child,
            None => return false,
        }
    }
}

impl Editor {
    /// Picks something up. `None` when it is gone.
    pub(crate) fn pick_up(&self, load: Load, keyboard: bool) -> Option<Carry> {
        let callflow = self.document.now();
        let flow = callflow.flow.clone();
        let action: Action = match &load {
            Load::New(id) => entry(id)?.make(),
            Load::Step { id, .. } => flow.node(*id)?.action.clone(),
            Load::Several(ids) => {
                let first = edit::taken(&flow, ids).first().copied()?;
                flow.node(first)?.action.clone()
            }
        };
        let (moving, moved) = match &load {
            Load::New(_) => (HashSet::new(), None),
            Load::Step { id, alone: true } => (HashSet::from([*id]), Some(*id)),
            Load::Step { id, alone: false } => (flow.subtree(*id).into_iter().collect(), Some(*id)),
            Load::Several(ids) => (edit::taken(&flow, ids).into_iter().collect(), None),
        };
        let count = moving.len();
        let diagram = self.diagram.get_untracked();
        let directory = self.directory.get_value();
        let ends = match &load {
            Load::Step { id, alone: false } => path_ends(&flow, *id, &directory),
            Load::Several(ids) => match edit::copy_several(&flow, ids, &directory) {
                Ok(piece) => piece
                    .0
                    .root()
                    .is_none_or(|top| path_ends(&piece.0, top, &directory)),
                Err(error) => {
                    self.toasts
                        .fail("These steps cannot be moved together", error);
                    return None;
                }
            },
            _ => action.branches(&directory) == Branches::None,
        };
        let places = Search {
            flow: &flow,
            diagram: &diagram,
            directory: &directory,
            action: &action,
            moving,
            moved,
            ends,
        }
        .places();
        let accepting = accepting(&places);
        let preset = action.preset();
        let detail = match &load {
            Load::New(_) if action.specs().is_empty() => preset.help.to_owned(),
            Load::New(_) => "Choose after you drop".to_owned(),
            Load::Step { id, .. } => flow.caption(*id, &directory).text,
            Load::Several(_) => format!("{} and others", preset.label),
        };
        let title = match &load {
            Load::Several(_) => format!("{count} steps"),
            _ => preset.label.to_owned(),
        };
        Some(Carry {
            load,
            keyboard,
            places: Arc::new(places),
            accepting: Arc::new(accepting),
            title,
            detail,
            icon: preset.icon,
            family: preset.family.as_str(),
        })
    }

    /// A press on a step: it may become a carry.
    pub(crate) fn press_step(&self, id: NodeId, ev: &leptos::ev::PointerEvent) {
        if ev.ctrl_key() || ev.meta_key() || ev.shift_key() {
            // The click that follows chooses steps.
            ev.stop_propagation();
            return;
        }
        let load = if self.is_grouped(id) {
            Load::Several(self.group())
        } else {
            let alone = ev.alt_key();
            Load::Step { id, alone }
        };
        self.press(load, ev);
    }

    /// A press on something that can be carried. Touch moves the view instead; steps are moved from their menu there.
    pub(crate) fn press(&self, load: Load, ev: &leptos::ev::PointerEvent) {
        if ev.button() != 0
            || ev.pointer_type() == "touch"
            || self.session.carry.with_untracked(Option::is_some)
        {
            return;
        }
        let Some(pointer) = use_pointer(self) else {
            return;
        };
        ev.stop_propagation();
        let slack = if ev.pointer_type() == "pen" {
            PEN_SLACK
        } else {
            MOUSE_SLACK
        };
        pointer.press.set_value(Some(Press {
            load,
            x: f64::from(ev.client_x()),
            y: f64::from(ev.client_y()),
            slack,
        }));
    }

    /// Picks something up with the keyboard and goes to the place nearest to the selection.
    pub(crate) fn pick_up_by_keyboard(&self, load: Load) {
        if canvas::is_outline() {
            self.session.dialog.set(Some(Dialog::Places(load)));
            return;
        }
        let Some(carry) = self.pick_up(load, true) else {
            return;
        };
        let open: Vec<usize> = open_places(&carry.places);
        let Some(first) = open.first().copied() else {
            self.toasts.fail(
                "There is no place for this step",
                "Every branch here ends the call.",
            );
            return;
        };
        let near = self.session.selected.get_untracked().and_then(|step| {
            let below = carry
                .places
                .iter()
                .position(|p| takes_below(p, step) && p.refused.is_none())?;
            Some(below)
        });
        self.session.carry.set(Some(carry));
        self.session.over.set(Some(near.unwrap_or(first)));
        self.announce_place();
        canvas::focus_diagram();
    }

    /// Goes to another place while carrying by keyboard.
    pub(crate) fn step_place(&self, forward: bool) {
        let Some(open) = self
            .session
            .carry
            .with_untracked(|c| c.as_ref().map(|c| open_places(&c.places)))
        else {
            return;
        };
        if open.is_empty() {
            return;
        }
        let over = self.session.over.get_untracked();
        let now = open.iter().position(|at| Some(*at) == over).unwrap_or(0);
        let next = if forward {
            (now + 1) % open.len()
        } else {
            (now + open.len() - 1) % open.len()
        };
        self.session.over.set(open.get(next).copied());
        self.announce_place();
    }

    /// The first or last place.
    pub(crate) fn edge_place(&self, last: bool) {
        let open = self
            .session
            .carry
            .with_untracked(|c| c.as_ref().map(|c| open_places(&c.places)));
        let at = open.and_then(|open| {
            if last {
                open.last().copied()
            } else {
                open.first().copied()
            }
        });
        if at.is_some() {
            self.session.over.set(at);
            self.announce_place();
        }
    }

    /// Says where the carried step would go, and shows that part of the drawing.
    fn announce_place(&self) {
        let over = self.session.over.get_untracked();
        let said = self.session.carry.with_untracked(|carry| {
            let carry = carry.as_ref()?;
            let open = open_places(&carry.places);
            let place = carry.places.get(over?)?;
            let number = open.iter().position(|at| Some(*at) == over)? + 1;
            let text = format!(
                "{}: place {number} of {}, {}",
                carry.title,
                open.len(),
                lower(&place.name)
            );
            Some((text, place.x, place.y))
        });
        if let Some((text, x, y)) = said {
            self.say(text);
            let spot = super::layout::Rect {
                x: x - 96.0,
                y: y - 28.0,
                width: 192.0,
                height: 56.0,
            };
            let canvas = self.session.canvas.get_untracked();
            self.session
                .viewport
                .update(|view| *view = view.showing(canvas, &spot));
        }
    }

    /// Puts down what is carried at the place below it.
    pub(crate) fn put_down(&self) {
        let Some(carry) = self.session.carry.get_untracked() else {
            return;
        };
        let over = self.session.over.get_untracked();
        let place = over.and_then(|at| carry.places.get(at).cloned());
        self.stop_carrying();
        let Some(place) = place else { return };
        match place.refused {
            Some(reason) => self.toasts.fail("The step was not put there", reason),
            None => self.put(carry.load, &place.target),
        }
    }

    /// Nothing is carried any more.
    pub(crate) fn stop_carrying(&self) {
        self.session.carry.set(None);
        self.session.over.set(None);
        if let Some(pointer) = use_pointer(self) {
            pointer.press.set_value(None);
        }
    }

    /// Puts a load at a target; asks for the branch first where that is open.
    pub(crate) fn put(&self, load: Load, target: &Target) {
        let at = match target {
            Target::NewBranch(node) => {
                self.session.dialog.set(Some(Dialog::NewBranch {
                    node: *node,
                    load: Some(load),
                }));
                return;
            }
            Target::At(place) => place.clone(),
        };
        match load {
            Load::Step { id, alone } => {
                let moved = self.apply(Edit::Move {
                    node: id,
                    to: at,
                    alone,
                });
                if moved {
                    canvas::focus_block(Some(id));
                }
            }
            Load::Several(nodes) => {
                let again = nodes.clone();
                if self.apply(Edit::MoveSeveral { nodes, to: at }) {
                    let first = self.session.selected.get_untracked().flatten();
                    self.choose(again, first);
                    canvas::focus_block(first);
                }
            }
            Load::New(id) => {
                let Some(entry) = entry(&id) else { return };
                self.put_new(entry.make(), at);
            }
        }
    }

    /// Puts a new step at a place and opens its form.
    fn put_new(&self, action: Action, at: edit::Place) {
        let before = self.document.now();
        let asks = !action.specs().is_empty();
        let edit = Edit::Insert { at, action };
        if !asks {
            self.apply(edit);
            return;
        }
        let label = edit.label(&before);
        match self.directory.with_value(|d| edit::apply(&before, edit, d)) {
            Ok(applied) => {
                self.document.preview(applied.callflow);
                self.select(applied.focus);
                if let Some(id) = applied.focus {
                    let fresh = Some((before, label));
                    self.session.dialog.set(Some(Dialog::Step { id, fresh }));
                }
            }
            Err(error) => self.toasts.fail("The step was not added", error),
        }
    }

    /// Adds a new step after a block: on its next line, or on a new branch where it branches.
    pub(crate) fn add_after(&self, step: Option<NodeId>, catalog_id: &str) {
        let load = Load::New(catalog_id.to_owned());
        let Some(carry) = self.pick_up(load.clone(), true) else {
            return;
        };
        let place = carry.places.iter().find(|p| takes_below(p, step));
        match place {
            Some(place) if place.refused.is_none() => self.put(load, &place.target.clone()),
            Some(place) => self.toasts.fail(
                "The step was not added",
                place.refused.clone().unwrap_or_default(),
            ),
            None => self.toasts.fail(
                "The step was not added",
                "Nothing can follow the selected step.",
            ),
        }
    }
}

/// The places that take what is carried.
fn open_places(places: &[DropPlace]) -> Vec<usize> {
    places
        .iter()
        .enumerate()
        .filter(|(_, p)| p.refused.is_none())
        .map(|(at, _)| at)
        .collect()
}

/// Whether a place is the one directly below a block.
fn takes_below(place: &DropPlace, step: Option<NodeId>) -> bool {
    match (&place.target, step) {
        (Target::At(at), None) => at.0.is_none(),
        (Target::At(at), Some(id)) => {
            place.look != Look::Pill && at.0.as_ref().is_some_and(|p| p.node == id)
        }
        (Target::NewBranch(node), step) => Some(*node) == step,
    }
}

/// Blocks below which something can be put.
fn accepting(places: &[DropPlace]) -> HashSet<Option<NodeId>> {
    places
        .iter()
        .filter(|p| p.refused.is_none())
        .map(|p| match &p.target {
            Target::At(at) => at.0.as_ref().map(|parent| parent.node),
            Target::NewBranch(node) => Some(*node),
        })
        .collect()
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

fn use_pointer(_editor: &Editor) -> Option<Pointer> {
    use_context::<Pointer>().or_else(|| POINTER.with(|p| *p.borrow()))
}

thread_local! {
    // Event handlers run outside the reactive owner, where no context is found.
    static POINTER: std::cell::RefCell<Option<Pointer>> = const { std::cell::RefCell::new(None) };
}

/// Listens to the window while the editor is on the screen.
pub(crate) fn listen(editor: Editor) {
    let pointer = Pointer::new();
    POINTER.with(|p| *p.borrow_mut() = Some(pointer));
    let moved = window_event_listener(leptos::ev::pointermove, move |ev| {
        let (x, y) = (f64::from(ev.client_x()), f64::from(ev.client_y()));
        pointer_moved(editor, pointer, x, y);
    });
    let up = window_event_listener(leptos::ev::pointerup, move |_| {
        pointer.press.set_value(None);
        let carrying = editor
            .session
            .carry
            .with_untracked(|c| c.as_ref().is_some_and(|c| !c.keyboard));
        if carrying {
            editor.put_down();
            canvas::swallow_click();
        }
    });
    let cancelled =
        window_event_listener(leptos::ev::pointercancel, move |_| editor.stop_carrying());
    on_cleanup(move || {
        moved.remove();
        up.remove();
        cancelled.remove();
        POINTER.with(|p| *p.borrow_mut() = None);
    });
}

fn pointer_moved(editor: Editor, pointer: Pointer, x: f64, y: f64) {
    let carrying = editor
        .session
        .carry
        .with_untracked(|c| c.as_ref().map(|c| c.keyboard));
    match carrying {
        Some(true) => {}
        Some(false) => {
            editor.session.pointer.set((x, y));
            aim(editor, pointer, x, y);
            scroll_at_edge(editor, pointer);
        }
        None => {
            let begun = pointer.press.with_value(|press| {
                let press = press.as_ref()?;
                let far = (x - press.x).hypot(y - press.y) >= press.slack;
                far.then(|| press.load.clone())
            });
            let Some(load) = begun else { return };
            pointer.press.set_value(None);
            if let Some(carry) = editor.pick_up(load, false) {
                pointer.bounds.set_value(canvas::bounds());
                pointer.armed.set_value(false);
                editor.session.menu.set(None);
                editor.session.pointer.set((x, y));
                editor.session.carry.set(Some(carry));
                aim(editor, pointer, x, y);
            }
        }
    }
}

/// Finds the place under the pointer.
fn aim(editor: Editor, pointer: Pointer, x: f64, y: f64) {
    let (left, top, ..) = pointer.bounds.get_value();
    let over = within(pointer, x, y)
        .then(|| {
            let view = editor.session.viewport.get_untracked();
            let (x, y) = view.to_drawing(x - left, y - top);
            editor
                .session
                .carry
                .with_untracked(|c| c.as_ref().and_then(|c| hit(&c.places, x, y)))
        })
        .flatten();
    if over != editor.session.over.get_untracked() {
        editor.session.over.set(over);
    }
}

/// Scrolls frame by frame as long as the pointer stays near the canvas' edge.
fn scroll_at_edge(editor: Editor, pointer: Pointer) {
    if edge_speed(editor, pointer) == (0.0, 0.0) {
        let (x, y) = editor.session.pointer.get_untracked();
        if within(pointer, x, y) {
            pointer.armed.set_value(true);
        }
        return;
    }
    if pointer.scrolling.get_value() || !pointer.armed.get_value() {
        return;
    }
    pointer.scrolling.set_value(true);
    scroll_frame(editor, pointer);
}

fn scroll_frame(editor: Editor, pointer: Pointer) {
    request_animation_frame(move || {
        // The editor may have gone between two frames.
        let Some(carrying) = editor.session.carry.try_with_untracked(Option::is_some) else {
            return;
        };
        let (dx, dy) = edge_speed(editor, pointer);
        if !carrying || (dx, dy) == (0.0, 0.0) {
            pointer.scrolling.set_value(false);
            return;
        }
        editor
            .session
            .viewport
            .update(|view| *view = view.panned(dx, dy));
        let (x, y) = editor.session.pointer.get_untracked();
        aim(editor, pointer, x, y);
        scroll_frame(editor, pointer);
    });
}

/// Whether a point of the window lies on the canvas.
fn within(pointer: Pointer, x: f64, y: f64) -> bool {
    let (left, top, right, bottom) = pointer.bounds.get_value();
    x >= left && x <= right && y >= top && y <= bottom
}

/// Pixels to scroll in one frame; faster the nearer the pointer is to the edge.
fn edge_speed(editor: Editor, pointer: Pointer) -> (f64, f64) {
    let (x, y) = editor.session.pointer.get_untracked();
    let (left, top, right, bottom) = pointer.bounds.get_value();
    if !within(pointer, x, y) {
        return (0.0, 0.0);
    }
    let speed = |near: f64, far: f64| {
        let pull = |distance: f64| ((EDGE - distance) / EDGE).clamp(0.0, 1.0) * EDGE_SPEED;
        pull(near) - pull(far)
    };
    (speed(x - left, right - x), speed(y - top, bottom - y))
}
