//! The two buttons below most dialogs: leave it, or do what it is for.

use leptos::prelude::*;

/// What the second button does.
#[derive(Clone, Copy)]
pub(crate) enum Does {
    /// Sends the form with this id.
    Submit(&'static str),
    /// Runs this.
    Run(Callback<()>),
}

/// Cancel and the verb, at the right. What else the foot holds stands at the left.
#[component]
pub(crate) fn Foot(
    /// Leaves the dialog.
    close: Callback<()>,
    /// What leaving is called; "Cancel" when nothing is said.
    #[prop(optional)]
    leave: Option<&'static str>,
    /// What the dialog does.
    #[prop(into)]
    verb: String,
    /// How it does it.
    does: Does,
    /// Whether something is lost by it.
    #[prop(optional)]
    danger: bool,
    /// Whether it cannot be done now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// What stands at the left.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (kind, form, run) = match does {
        Does::Submit(form) => ("submit", Some(form), None),
        Does::Run(run) => ("button", None, Some(run)),
    };
    let class = if danger {
        "btn btn-danger"
    } else {
        "btn btn-primary"
    };
    view! {
        {children.map(|children| children())}
        <span class="grow"></span>
        <button class="btn" type="button" on:click=move |_| close.run(())>
            {leave.unwrap_or("Cancel")}
        </button>
        <button
            class=class
            type=kind
            form=form
            disabled=disabled
            on:click=move |_| {
                if let Some(run) = run {
                    run.run(());
                }
            }
        >
            {verb}
        </button>
    }
    .into_any()
}
