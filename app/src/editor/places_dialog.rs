//! The places for a step as a list, where the drawing is an outline.

use super::Editor;
use super::dialog::DialogFrame;
use super::drop::Load;
use crate::ui::icon::icon;
use leptos::prelude::*;

/// Every place that takes the step; choosing one puts it there.
#[component]
pub(crate) fn PlacesDialog(editor: Editor, load: Load) -> impl IntoView {
    let Some(carry) = editor.pick_up(load, true) else {
        return ().into_any();
    };
    let close = Callback::new(move |()| editor.close_dialog());
    let rows = carry
        .places
        .iter()
        .filter(|place| place.refused.is_none())
        .map(|place| {
            let (load, target) = (carry.load.clone(), place.target.clone());
            view! {
                <li>
                    <button
                        type="button"
                        on:click=move |_| {
                            editor.session.dialog.set(None);
                            editor.put(load.clone(), &target);
                        }
                    >
                        {icon("plus", 16)}
                        {place.name.clone()}
                    </button>
                </li>
            }
        })
        .collect_view();
    let foot = move || {
        view! {
            <span class="grow"></span>
            <button class="btn" on:click=move |_| close.run(())>
                "Cancel"
            </button>
        }
        .into_any()
    };
    view! {
        <DialogFrame
            title=Signal::stored(format!("Where does {} go?", carry.title))
            tile=Some((carry.icon, carry.family))
            close
            foot
        >
            <ul class="picker" aria-label="Places">
                {rows}
            </ul>
        </DialogFrame>
    }
    .into_any()
}
