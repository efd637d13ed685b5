//! What a browser loads when somebody simulates for the first time: the interpreter and the inside of the panel.

use super::shown::Shown;
use super::{Recorded, SimulatedAccount, panel};
use crate::editor::Editor;
use callflow::NodeId;
use callflow::simulate::Input;
use leptos::prelude::*;
use std::sync::Arc;

/// The doors into it. What is reached by them alone stays out of the editor's own part.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    /// The panel below its head.
    pub(super) inside: fn(Editor) -> AnyView,
    /// Begins a call with what is filled in; at a step, when one is given.
    pub(super) begin: fn(Editor, &SimulatedAccount, Option<NodeId>) -> Result<Recorded, String>,
    /// Where a call stands.
    pub(super) shown: fn(&Recorded) -> Shown,
}

/// Loads it.
#[lazy]
pub(super) fn simulator_part() -> Part {
    Part {
        inside: panel::inside,
        begin,
        shown: Shown::of,
    }
}

fn begin(
    editor: Editor,
    account: &SimulatedAccount,
    first: Option<NodeId>,
) -> Result<Recorded, String> {
    let draft = editor.document.now();
    let settings = editor.simulator.settings.get_untracked();
    let id = editor.id.get_value();
    let mut scene = settings.scene(account, Some(&draft), &id)?;
    scene.first_step = first;
    if first.is_some() {
        scene.callflow = Some(id.as_str().into());
    }
    if let Err(error) = callflow::simulate::replay(scene.clone(), &[]) {
        return Err(format!(
            "No callflow answers {}. Write a number of this callflow.",
            error.0
        ));
    }
    Ok(Recorded {
        scene,
        draft,
        inputs: vec![Input::Run],
        prompts: Arc::new(account.prompts.clone()),
    })
}
