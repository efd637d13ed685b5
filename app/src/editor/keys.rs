//! The keyboard of the editor.

use super::Editor;
use super::canvas;
use super::catalog;
use super::dialog::DialogFrame;
use super::drop::Load;
use super::save::Then;
use super::session::{Dialog, Menu};
use crate::ui::icon::keys;
use crate::ui::nav::FIND_ID;
use callflow::NodeId;
use callflow::edit::Edit;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

impl Editor {
    /// Keys that act anywhere in the editor.
    pub(crate) fn window_key(&self, ev: &leptos::ev::KeyboardEvent) {
        let dialog = self.session.dialog.with_untracked(Option::is_some);
        let command = ev.ctrl_key() || ev.meta_key();
        let typing = in_text(ev);
        match (ev.key().to_lowercase().as_str(), command, ev.shift_key()) {
            ("escape", ..) if self.session.carry.with_untracked(Option::is_some) => {
                self.stop_carrying();
                self.say("Cancelled");
                canvas::focus_block(self.session.selected.get_untracked().flatten());
            }
            ("escape", ..) if !dialog && !self.group().is_empty() => {
                self.ungroup();
                self.say("No steps chosen");
            }
            ("s", true, false) => {
                // The browser's own "save page" helps nobody here.
                ev.prevent_default();
                self.save(Then::Stay);
                return;
            }
            ("s", true, true) if !dialog => self.session.menu.set(Some(Menu::Save)),
            // The browser's own search sees only what is drawn.
            ("f", true, false) if !dialog => self.open_find(),
            ("z", true, false) if !dialog && !typing => self.undo(),
            ("z", true, true) | ("y", true, false) if !dialog && !typing => self.redo(),
            _ => return,
        }
        ev.prevent_default();
    }

    /// Keys that act while the diagram has the focus.
    pub(crate) fn diagram_key(&self, ev: &leptos::ev::KeyboardEvent) {
        if in_text(ev) || self.session.dialog.with_untracked(Option::is_some) {
            return;
        }
        if self
            .session
            .carry
            .with_untracked(|c| c.as_ref().is_some_and(|c| c.keyboard))
        {
            self.carry_key(ev);
            return;
        }
        // A button within a block keeps its own Enter and Space.
        let on_button = ev
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|e| e.closest("button").ok().flatten().is_some());
        let key = ev.key();
        if on_button && (key == "Enter" || key == " ") {
            return;
        }
        let selected = self.session.selected.get_untracked().flatten();
        let command = ev.ctrl_key() || ev.meta_key();
        let done = match (key.as_str(), command, ev.alt_key()) {
            ("ArrowUp", false, true) => self.with(selected, |e, id| e.move_by(id, true)),
            ("ArrowDown", false, true) => self.with(selected, |e, id| e.move_by(id, false)),
            ("ArrowLeft", false, true) => self.with(selected, |e, id| e.move_branch(id, true)),
            ("ArrowRight", false, true) => self.with(selected, |e, id| e.move_branch(id, false)),
            (_, true, _) => self.command_key(&key.to_lowercase(), selected),
            (_, _, true) => false,
            _ if ev.shift_key() && is_walk(&key) => {
                let before = self.with_selected();
                self.walk_key(&key, selected);
                if let Some(id) = self.session.selected.get_untracked().flatten() {
                    let mut group = before;
                    group.insert(id);
                    self.choose(group, Some(id));
                }
                true
            }
            _ => self.walk_key(&key, selected) || self.step_key(ev, &key, selected),
        };
        if done {
            ev.prevent_default();
        }
    }

    fn delete_selection(&self) {
        if self.group().is_empty() {
            self.with(
                self.session.selected.get_untracked().flatten(),
                Self::delete,
            );
        } else {
            self.delete_group();
        }
    }

    fn with(&self, selected: Option<NodeId>, run: impl FnOnce(&Self, NodeId)) -> bool {
        if let Some(id) = selected {
            run(self, id);
        }
        true
    }

    fn command_key(&self, key: &str, selected: Option<NodeId>) -> bool {
        match key {
            "d" => self.with(selected, |e, id| {
                e.apply(Edit::Duplicate { node: id });
                canvas::focus_block(e.session.selected.get_untracked().flatten());
            }),
            "a" => {
                self.group_all();
                true
            }
            " " => self.with(selected, Self::toggle_grouped),
            "c" => {
                self.copy_selection();
                true
            }
            "x" => {
                if self.copy_selection() {
                    self.delete_selection();
                }
                true
            }
            "v" => {
                self.paste(selected);
                true
            }
            _ => false,
        }
    }

    /// Keys that go from block to block.
    fn walk_key(&self, key: &str, selected: Option<NodeId>) -> bool {
        let target = self.diagram.with_untracked(|d| {
            let item = d.find(selected)?;
            match key {
                "ArrowUp" => d.items.get(item.parent?).map(|i| i.shown.step()),
                "ArrowDown" => item.children.first().map(|id| Some(*id)),
                "Home" => Some(None),
                "End" => {
                    let mut at = item;
                    while let Some(next) = at.children.first().and_then(|id| d.step(*id)) {
                        at = next;
                    }
                    Some(at.shown.step())
                }
                "ArrowLeft" | "ArrowRight" => {
                    // The neighbour in the same row of branches, else the nearest block beside this one.
                    let forward = key == "ArrowRight";
                    d.items
                        .iter()
                        .filter(|other| {
                            other.rect.y < item.rect.bottom() && item.rect.y < other.rect.bottom()
                        })
                        .filter(|other| {
                            (other.rect.x > item.rect.x) == forward && other.shown != item.shown
                        })
                        .min_by(|a, b| {
                            let far = |o: &super::diagram::Item| (o.rect.x - item.rect.x).abs();
                            far(a).total_cmp(&far(b))
                        })
                        .map(|i| i.shown.step())
                }
                _ => None,
            }
        });
        if let Some(step) = target {
            self.focus(step);
        }
        is_walk(key)
    }

    /// Keys that do something with the selected block.
    fn step_key(
        &self,
        ev: &leptos::ev::KeyboardEvent,
        key: &str,
        selected: Option<NodeId>,
    ) -> bool {
        match key {
            "Enter" => match selected {
                Some(id) if self.session.folded.with_untracked(|f| f.contains(&id)) => {
                    self.unfold(id);
                }
                Some(id) => self.open_step(id),
                None => self.session.dialog.set(Some(Dialog::Main)),
            },
            " " => return self.with(selected, Self::toggle_fold),
            "Delete" | "Backspace" => self.delete_selection(),
            "m" | "M" if !self.group().is_empty() => self.carry_group(),
            "m" | "M" => {
                return self.with(selected, |e, id| {
                    e.pick_up_by_keyboard(Load::Step { id, alone: false });
                });
            }
            "/" => catalog::focus_search(*self),
            "p" | "P" => self.next_problem(),
            "+" | "=" => self.zoom_by(1.0),
            "-" => self.zoom_by(-1.0),
            "0" => self.fit(),
            "f" | "F" => {
                canvas::focus_now(FIND_ID);
            }
            "?" => self.session.dialog.set(Some(Dialog::Keys)),
            "F10" if ev.shift_key() => return self.with(selected, Self::menu_at),
            "ContextMenu" => return self.with(selected, Self::menu_at),
            _ => return false,
        }
        true
    }

    fn menu_at(&self, id: NodeId) {
        let block = document().get_element_by_id(&super::block::block_id(Some(id)));
        if let Some(block) = block {
            let rect = block.get_bounding_client_rect();
            self.session.menu.set(Some(Menu::Step(
                id,
                rect.left() + 24.0,
                rect.bottom() - 8.0,
            )));
        }
    }

    /// Keys while something is carried by keyboard.
    fn carry_key(&self, ev: &leptos::ev::KeyboardEvent) {
        match ev.key().as_str() {
            "ArrowDown" | "ArrowRight" => self.step_place(true),
            "ArrowUp" | "ArrowLeft" => self.step_place(false),
            "Home" => self.edge_place(false),
            "End" => self.edge_place(true),
            "Enter" | " " => self.put_down(),
            _ => return,
        }
        ev.prevent_default();
        ev.stop_propagation();
    }
}

/// Whether a key goes from block to block.
fn is_walk(key: &str) -> bool {
    matches!(
        key,
        "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Home" | "End"
    )
}

/// Whether a key belongs to a field that is being typed into.
pub(crate) fn in_text(ev: &leptos::ev::KeyboardEvent) -> bool {
    ev.target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// All keys, as the `?` key shows them.
const ALL_KEYS: &[(&[&str], &str)] = &[
    (&["↑", "↓"], "Step before or after"),
    (&["←", "→"], "Branch to the left or right"),
    (&["Enter"], "Edit the step"),
    (&["/"], "Find an action, add it after the step"),
    (&["M"], "Pick up, arrows choose a place, Enter puts down"),
    (&["Alt", "↑"], "Move one place up"),
    (&["Alt", "↓"], "Move one place down"),
    (&["Alt", "←"], "Move the branch to the left"),
    (&["Alt", "→"], "Move the branch to the right"),
    (&["Shift", "↓"], "Choose several, also with a click"),
    (&["Ctrl", "A"], "Choose every step"),
    (&["Del"], "Delete the step"),
    (&["Ctrl", "D"], "Duplicate"),
    (&["Ctrl", "C"], "Copy with what follows, then Ctrl V"),
    (&["Ctrl", "Z"], "Undo, with Shift redo"),
    (&["Ctrl", "S"], "Save, with Shift the save menu"),
    (&["Space"], "Fold or unfold the branch"),
    (&["P"], "Next problem"),
    (&["+", "−", "0"], "Zoom in, out, show all"),
    (&["F"], "Find a callflow"),
    (&["Ctrl", "F"], "Find a step"),
    (&["Ctrl", "K"], "Search everything"),
    (&["Shift", "F10"], "Menu of the step"),
];

/// The list of keys.
#[component]
pub(crate) fn KeysDialog(editor: Editor) -> impl IntoView {
    let close = Callback::new(move |()| editor.close_dialog());
    let rows = ALL_KEYS
        .iter()
        .map(|(caps, what)| {
            view! {
                <dt>
                    {keys(caps)} <span class="sr">{caps.join(" ")}</span>
                </dt>
                <dd>{*what}</dd>
            }
        })
        .collect_view();
    let foot = move || {
        view! {
            <span class="grow"></span>
            <button class="btn btn-primary" on:click=move |_| close.run(())>
                "Done"
            </button>
        }
        .into_any()
    };
    view! {
        <DialogFrame title=Signal::stored("Keys on the diagram".to_owned()) close foot>
            <dl class="kmap">{rows}</dl>
        </DialogFrame>
    }
    .into_any()
}
