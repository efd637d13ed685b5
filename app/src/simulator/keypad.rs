//! The twelve keys of the caller's phone.

use crate::editor::{Editor, focus_now};
use callflow::NodeId;
use callflow::simulate::Input;
use leptos::prelude::*;

/// The id of the part that takes typed digits.
pub(super) const CALL_ID: &str = "sim-call";

const KEYS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/// Puts the keyboard where typed digits go to the call.
pub(super) fn focus_call() {
    request_animation_frame(|| {
        focus_now(CALL_ID);
    });
}

/// Brings the keyboard back to the call, when what had it has gone.
pub(super) fn keep_focus() {
    request_animation_frame(|| {
        let lost = document()
            .active_element()
            .is_none_or(|element| element.tag_name() == "BODY");
        if lost {
            focus_now(CALL_ID);
        }
    });
}

/// What a typed key means to the call.
pub(super) fn typed(key: &str) -> Option<Input> {
    let mut letters = key.chars();
    let only = letters.next().filter(|_| letters.next().is_none())?;
    KEYS.contains(&only).then_some(Input::Press(only))
}

/// The keypad. Keys that the present step has a branch for stand out.
#[component]
pub(crate) fn Keypad(editor: Editor) -> impl IntoView {
    let simulator = editor.simulator;
    let offered = Memo::new(move |_| {
        let now: Option<NodeId> = simulator.path.with(|path| path.as_ref()?.now);
        let call = simulator.call.get()?;
        let waits = simulator
            .shown
            .with(|s| s.as_ref().is_some_and(|s| s.waits.key));
        let node = call.draft.flow.node(now.filter(|_| waits)?)?;
        Some(
            node.branches
                .iter()
                .map(|(key, _)| key.to_string())
                .collect::<Vec<_>>(),
        )
    });
    let over = move || {
        simulator
            .shown
            .with(|shown| shown.as_ref().is_none_or(|s| s.over))
    };
    let down = move || {
        simulator
            .call
            .with(|call| match call.as_ref()?.inputs.last() {
                Some(Input::Press(key)) => Some(*key),
                _ => None,
            })
    };
    let keys = KEYS
        .iter()
        .map(|key| {
            let key = *key;
            let name = key.to_string();
            let offer =
                move || offered.with(|keys| keys.as_ref().is_some_and(|keys| keys.contains(&name)));
            let label = match key {
                '*' => Some("Star"),
                '#' => Some("Hash"),
                _ => None,
            };
            view! {
                <button
                    class:is-offer=offer
                    class:is-down=move || down() == Some(key)
                    aria-label=label
                    disabled=over
                    on:click=move |_| editor.simulate([Input::Press(key)])
                >
                    {key.to_string()}
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="keypad" role="group" aria-label="Keypad">
            {keys}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_digits_are_keys_and_other_keys_are_not() {
        assert_eq!(typed("7"), Some(Input::Press('7')));
        assert_eq!(typed("#"), Some(Input::Press('#')));
        for other in ["", "a", "F1", "12", "Enter", "٣"] {
            assert_eq!(typed(other), None, "{other}");
        }
    }
}
