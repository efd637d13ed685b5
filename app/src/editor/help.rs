//! The help beside what it is about: a page for each action and for each code of a problem.

use super::Editor;
use super::dialog::DialogFrame;
use crate::trouble::Trouble;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// What a page is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Topic {
    /// An action, by its module.
    Action(String),
    /// A problem, by its code.
    Problem(String),
}

/// A page, as HTML that this program wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HelpText {
    /// Its heading.
    pub(crate) title: String,
    /// What is below the heading.
    pub(crate) html: String,
}

/// A page of the help.
///
/// # Errors
/// When there is none about the topic.
#[server(prefix = "/ui", endpoint = "help", input = Json)]
pub(crate) async fn help(topic: Topic) -> Result<HelpText, Trouble> {
    crate::backend::help(&topic)
}

/// A page below the form of a step, loaded when it is opened.
#[component]
pub(crate) fn HelpBeside(topic: Topic) -> impl IntoView {
    let page = RwSignal::new(None::<Result<HelpText, Trouble>>);
    let asked = StoredValue::new(false);
    let load = move |_| {
        if !asked.get_value() {
            asked.set_value(true);
            let topic = topic.clone();
            leptos::task::spawn_local(async move { page.set(Some(help(topic).await)) });
        }
    };
    view! {
        <details class="help-beside" on:toggle=load>
            <summary>"What a caller hears, and examples"</summary>
            {move || shown(page.get())}
        </details>
    }
    .into_any()
}

/// A page in a dialog.
#[component]
pub(crate) fn HelpDialog(editor: Editor, topic: Topic) -> impl IntoView {
    let page = RwSignal::new(None::<Result<HelpText, Trouble>>);
    leptos::task::spawn_local(async move { page.set(Some(help(topic).await)) });
    let close = Callback::new(move |()| editor.close_dialog());
    let title = Signal::derive(move || {
        page.with(|page| match page {
            Some(Ok(page)) => page.title.clone(),
            _ => "Help".to_owned(),
        })
    });
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
        <DialogFrame title close foot>
            {move || shown(page.get())}
        </DialogFrame>
    }
    .into_any()
}

fn shown(page: Option<Result<HelpText, Trouble>>) -> AnyView {
    match page {
        None => view! { <p class="muted">"Loading"</p> }.into_any(),
        Some(Ok(page)) => view! { <div class="prose" inner_html=page.html></div> }.into_any(),
        Some(Err(trouble)) => view! { <p class="error">{trouble.to_string()}</p> }.into_any(),
    }
}
