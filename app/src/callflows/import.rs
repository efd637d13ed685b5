//! Bringing documents in: a file is looked at first, with a report of what would be made of it, and then taken.

use crate::editor::DialogFrame;
use crate::trouble::Trouble;
use callflow::kazoo::{Line, Part, Report};
use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Largest file that is sent, in bytes.
const LARGEST: f64 = 32.0 * 1024.0 * 1024.0;
/// Most lines of one part that are shown.
const MOST_LINES: usize = 200;

/// What was, or would be, made of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImportOutcome {
    /// How many callflows there are.
    pub(crate) callflows: usize,
    /// How many users, devices, menus and so on.
    pub(crate) resources: usize,
    /// What is to be said about them.
    pub(crate) report: Report,
}

/// Looks at documents, or takes those that can be taken.
///
/// # Errors
/// When the text is no JSON, or the person may not change the account.
#[server(prefix = "/ui", endpoint = "import", input = Json)]
pub(crate) async fn import_documents(
    account: String,
    text: String,
    look: bool,
) -> Result<ImportOutcome, Trouble> {
    crate::backend::import_documents(&account, text, look).await
}

/// How far it is.
#[derive(Clone)]
enum Stage {
    /// A file is to be chosen; the text says what was wrong with the one before.
    Choose(String),
    /// The server is at work.
    Busy,
    /// A file was looked at and may be taken.
    Seen(String, ImportOutcome),
    /// It was taken.
    Done(ImportOutcome),
}

/// The button above the list, and its dialog.
#[component]
pub(crate) fn Import(account: String) -> impl IntoView {
    let account = StoredValue::new(account);
    let stage = RwSignal::new(None::<Stage>);
    // The button needs the browser's half of the program.
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    view! {
        <button
            class="btn"
            type="button"
            disabled=move || !ready.get()
            on:click=move |_| stage.set(Some(Stage::Choose(String::new())))
        >
            "Import"
        </button>
        {move || stage.get().map(|now| view! { <ImportDialog account stage now /> })}
    }
    .into_any()
}

#[component]
fn ImportDialog(
    account: StoredValue<String>,
    stage: RwSignal<Option<Stage>>,
    now: Stage,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let done = matches!(now, Stage::Done(_));
    let close = Callback::new(move |()| {
        stage.set(None);
        if done {
            // Lists and the navigator show what is new.
            let _ = window().location().reload();
        }
    });
    let send = move |text: String, look: bool| {
        stage.set(Some(Stage::Busy));
        spawn_local(async move {
            let sent = import_documents(account.get_value(), text.clone(), look).await;
            // Whoever closed the dialog meanwhile is not shown it again.
            if stage.with_untracked(Option::is_some) {
                stage.set(Some(match sent {
                    Ok(outcome) if look => Stage::Seen(text, outcome),
                    Ok(outcome) => Stage::Done(outcome),
                    Err(trouble) => Stage::Choose(trouble.to_string()),
                }));
            }
        });
    };
    let look = move |ev: leptos::ev::SubmitEvent| {
        ev.prevent_default();
        let Some(form) = form.get_untracked() else {
            return;
        };
        read_file(&form, move |read| match read {
            Ok(text) => send(text, true),
            Err(why) => stage.set(Some(Stage::Choose(why.to_owned()))),
        });
    };
    let cancel = move |label: &'static str| {
        view! {
            <span class="grow"></span>
            <button class="btn" type="button" on:click=move |_| close.run(())>
                {label}
            </button>
        }
    };
    let shown = now.clone();
    let foot = move || match shown.clone() {
        Stage::Choose(_) => view! {
            {cancel("Cancel")}
            <button class="btn btn-primary" type="submit" form="import">
                "Look at the file"
            </button>
        }
        .into_any(),
        Stage::Busy => cancel("Cancel").into_any(),
        Stage::Seen(text, outcome) => {
            let nothing = outcome.callflows + outcome.resources == 0;
            view! {
                {cancel("Cancel")}
                <button class="btn btn-primary" type="button" disabled=nothing on:click=move |_| send(text.clone(), false)>
                    {format!("Import {}", counted(&outcome))}
                </button>
            }
            .into_any()
        }
        Stage::Done(_) => cancel("Close").into_any(),
    };
    let title = match &now {
        Stage::Done(outcome) => format!("{} imported", counted(outcome)),
        _ => "Import documents".to_owned(),
    };
    view! {
        <DialogFrame title=Signal::stored(title) close foot>
            {match now {
                Stage::Choose(why) => {
                    view! {
                        <form id="import" class="import" node_ref=form on:submit=look>
                            <label for="import-file">"File with callflows, users, devices and so on"</label>
                            <input id="import-file" name="documents" type="file" accept=".json,application/json" required />
                            <p class="t2">
                                "JSON from KAZOO or from Patchcord. The file is looked at first; nothing is overwritten."
                            </p>
                            {(!why.is_empty()).then(|| view! { <p class="err-text" role="alert">{why}</p> })}
                        </form>
                    }
                        .into_any()
                }
                Stage::Busy => view! { <p role="status">"The documents are being read."</p> }.into_any(),
                Stage::Seen(_, outcome) | Stage::Done(outcome) => report(&outcome.report).into_any(),
            }}
        </DialogFrame>
    }
    .into_any()
}

/// "2 callflows and 5 other documents".
fn counted(outcome: &ImportOutcome) -> String {
    let of = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    match (outcome.callflows, outcome.resources) {
        (callflows, 0) => of(callflows, "callflow"),
        (0, resources) => of(resources, "document"),
        (callflows, resources) => {
            let callflows = of(callflows, "callflow");
            format!("{callflows} and {}", of(resources, "other document"))
        }
    }
}

/// What stops a document stands first and open; what is only good to know can be unfolded.
fn report(report: &Report) -> impl IntoView + use<> {
    let parts = [
        (Part::Refused, "Refused", "These documents cannot be taken."),
        (Part::LeftOut, "Left out", "The rest does not depend on it."),
        (
            Part::Missing,
            "Missing",
            "Calls pass over what is not there.",
        ),
        (
            Part::Adapted,
            "Adapted",
            "Read or stored in another way than it is written.",
        ),
        (
            Part::Kept,
            "Kept",
            "Without a meaning here; it comes back out on export.",
        ),
        (Part::Understood, "Understood", ""),
    ];
    let parts = parts
        .into_iter()
        .filter(|(part, _, _)| !report.part(*part).is_empty())
        .map(|(part, title, help)| {
            let lines = report.part(part);
            let more = lines.len().saturating_sub(MOST_LINES);
            let rows = lines.iter().take(MOST_LINES).map(line).collect_view();
            view! {
                <details open=part == Part::Refused>
                    <summary>{format!("{title}: {}", lines.len())}</summary>
                    <p class="t2">{help}</p>
                    <ul>{rows}</ul>
                    {(more > 0).then(|| view! { <p class="t2">{format!("and {more} more")}</p> })}
                </details>
            }
        })
        .collect_view();
    view! { <div class="import-report" role="status">{parts}</div> }.into_any()
}

fn line(line: &Line) -> impl IntoView + use<> {
    let place = match line.place.as_str() {
        "" => String::new(),
        place => format!(", {place}"),
    };
    view! {
        <li>
            <b>{line.document.clone()}</b>
            {place}
            ": "
            {line.text.clone()}
        </li>
    }
}

/// Reads the chosen file as text and hands it on.
fn read_file(
    form: &web_sys::HtmlFormElement,
    then: impl FnOnce(Result<String, &'static str>) + 'static,
) {
    const UNREADABLE: &str = "The file could not be read. Choose it again.";
    let data = web_sys::FormData::new_with_form(form);
    let file = data.ok().map(|data| data.get("documents"));
    let Some(file) = file.and_then(|file| file.dyn_into::<web_sys::Blob>().ok()) else {
        return then(Err("Choose a file."));
    };
    if file.size() > LARGEST {
        return then(Err("The file is larger than 32 MB. Import it in parts."));
    }
    let Ok(reader) = web_sys::FileReader::new() else {
        return then(Err(UNREADABLE));
    };
    let result = reader.clone();
    let ended = Closure::once_into_js(move || {
        let text = result.result().ok().and_then(|text| text.as_string());
        then(text.ok_or(UNREADABLE));
    });
    reader.set_onloadend(Some(ended.unchecked_ref()));
    let _ = reader.read_as_text(&file);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_counted_in_words() {
        let of = |callflows, resources| {
            counted(&ImportOutcome {
                callflows,
                resources,
                report: Report::default(),
            })
        };
        assert_eq!(of(1, 0), "1 callflow");
        assert_eq!(of(0, 2), "2 documents");
        assert_eq!(of(2, 1), "2 callflows and 1 other document");
    }
}
