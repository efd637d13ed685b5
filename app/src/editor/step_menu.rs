//! What can be done with a step: the menu beside it, and moving it by one place.

use super::Editor;
use super::drop::Load;
use super::session::{Dialog, Menu};
use crate::ui::icon::{icon, keys};
use callflow::NodeId;
use callflow::edit::{Edit, Place, why_not};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

impl Editor {
    /// Moves a step alone one place up or down along its branch; a first branch changes places with its neighbour.
    pub(crate) fn move_by(&self, id: NodeId, up: bool) {
        let callflow = self.document.now();
        let flow = &callflow.flow;
        let place = if up {
            // Above its parent.
            flow.parent(id)
                .map(|parent| Place(flow.parent(parent.node)))
        } else {
            // Below the step that follows.
            flow.node(id)
                .and_then(|node| match node.branches.as_slice() {
                    [(_, child)] => {
                        let key = self.directory.with_value(|d| {
                            match flow.node(*child)?.action.branches(d) {
                                callflow::Branches::None => None,
                                callflow::Branches::Next(_) => Some("_".to_owned()),
                                callflow::Branches::Fork { default, .. } => {
                                    Some(default.to_owned())
                                }
                            }
                        })?;
                        Some(Place::on(*child, key))
                    }
                    _ => None,
                })
        };
        let Some(place) = place else {
            self.say(if up {
                "This is the first step"
            } else {
                "This is the last step of the branch"
            });
            return;
        };
        let alone = flow.node(id).is_some_and(|node| node.branches.len() <= 1);
        let refused = flow.node(id).and_then(|node| {
            self.directory
                .with_value(|d| why_not(flow, &place, &node.action, d))
        });
        match refused {
            Some(reason) => self.toasts.fail("The step was not moved", reason),
            None => {
                if self.apply(Edit::Move {
                    node: id,
                    to: place,
                    alone,
                }) {
                    super::canvas::focus_block(Some(id));
                }
            }
        }
    }

    /// Moves the branch that leads to a step one place to the left or right. The order in which branches stand is that in
    /// which rules are tried.
    pub(crate) fn move_branch(&self, id: NodeId, left: bool) {
        let callflow = self.document.now();
        let parent = callflow.flow.parent(id);
        let place = parent.and_then(|parent| {
            let branches = &callflow.flow.node(parent.node)?.branches;
            let at = branches.iter().position(|(_, child)| *child == id)?;
            Some((parent, at, branches.len()))
        });
        let Some((parent, at, count)) = place.filter(|(_, _, count)| *count > 1) else {
            self.say("There is no other branch beside this one");
            return;
        };
        let to = if left {
            at.checked_sub(1)
        } else {
            Some(at + 1).filter(|to| *to < count)
        };
        let Some(index) = to else {
            self.say(if left {
                "This is the first branch"
            } else {
                "This is the last branch"
            });
            return;
        };
        let edit = Edit::MoveBranch {
            node: parent.node,
            key: parent.key,
            index,
        };
        if self.apply(edit) {
            self.select(Some(id));
            super::canvas::focus_block(Some(id));
            self.say(format!("Branch {} of {count}", index + 1));
        }
    }

    /// Switches a step off, or on again.
    pub(crate) fn toggle_skip(&self, id: NodeId) {
        let enabled = self
            .document
            .now()
            .flow
            .node(id)
            .is_some_and(|node| node.enabled);
        self.apply(Edit::SetEnabled {
            node: id,
            enabled: !enabled,
        });
    }

    /// The step that a jump leads to, if it is here.
    fn jump_target(&self, id: NodeId) -> Option<NodeId> {
        let flow = &self.document.now().flow;
        let target = flow.node(id)?.action.goes_to()?;
        flow.node(target).map(|_| target)
    }

    /// Goes to the step that a jump leads to.
    fn follow_jump(&self, id: NodeId) {
        if let Some(target) = self.jump_target(id) {
            self.focus(Some(target));
        }
    }

    /// Asks for another key of the branch that leads to a step.
    pub(crate) fn rename_branch_to(&self, id: NodeId) {
        if let Some(parent) = self.document.now().flow.parent(id) {
            self.session.dialog.set(Some(Dialog::RenameBranch {
                node: parent.node,
                key: parent.key,
            }));
        }
    }
}

/// The menu of a step.
#[component]
pub(crate) fn StepMenu(editor: Editor) -> impl IntoView {
    move || {
        let Some(Menu::Step(id, x, y)) = editor.session.menu.get() else {
            return None;
        };
        let room = super::branch_dialog::has_room(editor, id);
        let labelled = editor
            .diagram
            .with_untracked(|d| d.step(id).is_some_and(|item| item.labelled));
        let jumps = editor.jump_target(id).is_some();
        let skipped = editor
            .document
            .now()
            .flow
            .node(id)
            .is_some_and(|node| !node.enabled);
        let close = move || editor.session.menu.set(None);
        let item = move |glyph: &'static str,
                         name: &'static str,
                         caps: &[&'static str],
                         run: fn(Editor, NodeId)| {
            view! {
                <button
                    role="menuitem"
                    tabindex="-1"
                    class:danger=name.starts_with("Delete")
                    on:click=move |_| {
                        close();
                        run(editor, id);
                    }
                >
                    {icon(glyph, 16)}
                    {name}
                    {keys(caps)}
                </button>
            }
        };
        // Kept inside the window.
        let (left, top) = (
            x.min(window_width() - 270.0).max(8.0),
            y.min(window_height() - 500.0).max(8.0),
        );
        let style = format!("left:{left}px;top:{top}px");
        if editor.is_grouped(id) {
            let several = view! {
                <MenuFrame close=Callback::new(move |()| close()) label="Actions of the chosen steps" class="menu tight at-point" style>
                    {item("move", "Move to another place", &["M"], |e, _| e.carry_group())}
                    {item(
                        "copy",
                        "Copy",
                        &["Ctrl", "C"],
                        |e, _| {
                            e.copy_selection();
                        },
                    )}
                    {item("pause", "Skip, or do not skip", &[], |e, _| e.skip_group())}
                    <hr />
                    {item("trash-2", "Delete steps", &["Del"], |e, _| e.delete_group())}
                </MenuFrame>
            };
            return Some(several.into_any());
        }
        let one = view! {
            <MenuFrame close=Callback::new(move |()| close()) label="Step actions" class="menu tight at-point" style>
                {item("pencil", "Edit", &["Enter"], |e, id| e.open_step(id))}
                {item("arrow-up", "Move up", &["Alt", "↑"], |e, id| e.move_by(id, true))}
                {item("arrow-down", "Move down", &["Alt", "↓"], |e, id| e.move_by(id, false))}
                {item("move", "Move to another place", &["M"], |e, id| e.pick_up_by_keyboard(Load::Step { id, alone: false }))}
                {item(
                    "copy",
                    "Duplicate",
                    &["Ctrl", "D"],
                    |e, id| {
                        e.apply(Edit::Duplicate { node: id });
                    },
                )}
                {room.then(|| {
                    item("plus", "Add a branch", &[], |e, id| {
                        e.session.dialog.set(Some(Dialog::NewBranch { node: id, load: None }));
                    })
                })}
                {labelled.then(|| item("arrow-left", "Move branch left", &["Alt", "←"], |e, id| e.move_branch(id, true)))}
                {labelled.then(|| item("arrow-right", "Move branch right", &["Alt", "→"], |e, id| e.move_branch(id, false)))}
                {labelled.then(|| item("split", "Change the branch", &[], |e, id| e.rename_branch_to(id)))}
                {if skipped {
                    item("play", "Do not skip this step", &[], |e, id| e.toggle_skip(id)).into_any()
                } else {
                    item("pause", "Skip this step", &[], |e, id| e.toggle_skip(id)).into_any()
                }}
                {item("copy", "Copy", &["Ctrl", "C"], |e, id| e.copy(id))}
                {item("replace", "Paste after this step", &["Ctrl", "V"], |e, id| e.paste(Some(id)))}
                {jumps.then(|| item("arrow-right", "Go to the step it leads to", &[], |e, id| e.follow_jump(id)))}
                {item("sticky-note", "Note", &[], |e, id| e.open_note(id))}
                {item("phone", "Simulate from here", &[], |e, id| e.simulate_from(id))}
                <hr />
                {item("trash-2", "Delete step", &["Del"], |e, id| e.delete(id))}
            </MenuFrame>
        };
        Some(one.into_any())
    }
}

fn window_width() -> f64 {
    window()
        .inner_width()
        .ok()
        .and_then(|w| w.as_f64())
        .unwrap_or(1_280.0)
}

fn window_height() -> f64 {
    window()
        .inner_height()
        .ok()
        .and_then(|h| h.as_f64())
        .unwrap_or(720.0)
}

/// A menu: arrows go through its items, Escape and a press beside it close it.
#[component]
pub(crate) fn MenuFrame(
    close: Callback<()>,
    label: &'static str,
    class: &'static str,
    #[prop(into, optional)] style: String,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if node.get().is_some() {
            focus_item(&node, |_, _| 0);
        }
    });
    let keydown = move |ev: leptos::ev::KeyboardEvent| {
        ev.stop_propagation();
        match ev.key().as_str() {
            "Escape" | "Tab" => {
                ev.prevent_default();
                close.run(());
            }
            "ArrowDown" => {
                ev.prevent_default();
                focus_item(&node, |at, count| (at + 1) % count);
            }
            "ArrowUp" => {
                ev.prevent_default();
                focus_item(&node, |at, count| (at + count - 1) % count);
            }
            "Home" => focus_item(&node, |_, _| 0),
            "End" => focus_item(&node, |_, count| count - 1),
            _ => {}
        }
    };
    view! {
        <div class="menu-ground" on:pointerdown=move |_| close.run(()) on:contextmenu=move |ev| ev.prevent_default()></div>
        <div class=class role="menu" aria-label=label style=style node_ref=node on:keydown=keydown>
            {children()}
        </div>
    }
    .into_any()
}

fn focus_item(node: &NodeRef<html::Div>, next: impl Fn(usize, usize) -> usize) {
    let Some(menu) = node.get_untracked() else {
        return;
    };
    let Ok(all) = menu.query_selector_all("[role=menuitem]:not([disabled])") else {
        return;
    };
    let items: Vec<web_sys::HtmlElement> = (0..all.length())
        .filter_map(|at| all.get(at)?.dyn_into::<web_sys::HtmlElement>().ok())
        // Some stand on narrow screens alone.
        .filter(|item| item.offset_width() > 0)
        .collect();
    if items.is_empty() {
        return;
    }
    let active = document().active_element();
    let at = items
        .iter()
        .position(|item| active.as_ref().is_some_and(|a| item.is_same_node(Some(a))))
        .unwrap_or(0);
    if let Some(item) = items.get(next(at, items.len())) {
        let _ = item.focus();
    }
}
