//! The path tester: who rings if this caller dials this number at this time, for the draft and for what is live.

use super::SimulatedAccount;
use crate::editor::Editor;
use crate::ui::icon::icon;
use crate::words::{Words, in_words, tenths};
use callflow::simulate::{self, Outcome, Scene, Script};
use callflow::trace::Step;
use callflow::{Callflow, Directory};
use leptos::prelude::*;
use std::sync::Arc;

/// What a call comes to.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    /// "Draft", "Live v3".
    of: String,
    /// In one line: where it ends.
    end: String,
    /// Who rings, with the seconds after which.
    rings: Vec<(String, String)>,
}

/// The outcome in words. `callflow` finds the flows by their ids.
fn found(of: String, outcome: &Outcome, scene: &Scene, directory: &Directory) -> Found {
    let prompts = std::collections::BTreeMap::new();
    let words = Words {
        directory,
        prompts: &prompts,
    };
    let flow = |id| {
        scene
            .account
            .programs
            .get(id)
            .map(|program| &program.callflow)
    };
    let after = |entry: &callflow::trace::Entry| {
        let ms = entry.at.duration_since(outcome.start).as_millis();
        tenths(i64::try_from(ms).unwrap_or(i64::MAX))
    };
    let mut rings: Vec<(String, String)> = Vec::new();
    let mut last = String::new();
    let mut branches: Vec<String> = Vec::new();
    for entry in &outcome.trace {
        match &entry.step {
            Step::Rang { devices } => {
                for device in devices {
                    let name = words.phone(device);
                    if !rings.iter().any(|(known, _)| *known == name) {
                        rings.push((name, after(entry)));
                    }
                }
            }
            Step::Entered { .. } => {
                let (title, detail) = words.tell(entry, flow(&entry.callflow));
                last = if detail.is_empty() {
                    title
                } else {
                    format!("{title} {detail}")
                };
            }
            Step::Took { .. } => {
                let (title, _) = words.tell(entry, flow(&entry.callflow));
                branches.extend(title.strip_prefix("Takes ").map(str::to_owned));
            }
            _ => {}
        }
    }
    let cause = outcome
        .end
        .as_ref()
        .map_or("cut off".to_owned(), |end| in_words(end.cause.as_str()));
    let way = if branches.is_empty() {
        String::new()
    } else {
        format!("{}: ", branches.join(", "))
    };
    Found {
        of,
        end: format!("{way}ends at {last}. {cause}."),
        rings,
    }
}

fn test(
    editor: Editor,
    known: &SimulatedAccount,
    draft: Option<&Callflow>,
    of: String,
) -> Result<Found, String> {
    let settings = editor.simulator.settings.get_untracked();
    let script: Script = settings.keys.parse().map_err(|e| format!("{e}."))?;
    let scene = settings.scene(known, draft, &editor.id.get_value())?;
    let directory = Arc::clone(&scene.account.directory);
    let outcome = simulate::run(scene.clone(), &script);
    Ok(match outcome {
        Ok(outcome) => found(of, &outcome, &scene, &directory),
        Err(error) => Found {
            of,
            end: format!("No callflow answers {}.", error.0),
            rings: Vec::new(),
        },
    })
}

/// Both answers.
fn both(editor: Editor, known: &SimulatedAccount) -> Result<Vec<Found>, String> {
    let draft = editor.document.now();
    let id = editor.id.get_value();
    let version = known
        .programs
        .iter()
        .find(|p| *p.id.0 == *id)
        .map(|p| p.version);
    let live = version.map_or("Live, without this callflow".to_owned(), |v| {
        format!("Live v{v}")
    });
    Ok(vec![
        test(editor, known, Some(&draft), "Draft".to_owned())?,
        test(editor, known, None, live)?,
    ])
}

/// A field for keys, a button, and who rings.
#[component]
pub(crate) fn Tester(editor: Editor, account: Arc<SimulatedAccount>) -> impl IntoView {
    let settings = editor.simulator.settings;
    let answer = RwSignal::new(None::<Result<Vec<Found>, String>>);
    let ask = move |_| {
        let told = both(editor, &account);
        editor.say(match &told {
            Ok(found) => found.iter().map(aloud).collect::<Vec<_>>().join(" "),
            Err(why) => why.clone(),
        });
        answer.set(Some(told));
    };
    let told = move || match answer.get()? {
        Err(why) => Some(view! { <p class="sim-trouble">{why}</p> }.into_any()),
        Ok(found) => Some(found.into_iter().map(draw).collect_view().into_any()),
    };
    view! {
        <details class="sim-sec sim-more">
            <summary>
                {icon("chevron-down", 14)} <b>"Who rings?"</b> <small>"the whole path at once, draft and live"</small>
            </summary>
            <div class="sim-form sim-ask">
                <label for="sim-keys">"Keys"</label>
                <input
                    class="input"
                    id="sim-keys"
                    autocomplete="off"
                    maxlength="200"
                    placeholder="None, or 1,wait 3,2001#"
                    prop:value=move || settings.with(|s| s.keys.clone())
                    on:input:target=move |ev| settings.update(|s| s.keys = ev.target().value())
                />
                <button class="btn btn-sm" on:click=ask>
                    "Find out"
                </button>
            </div>
            {told}
        </details>
    }
    .into_any()
}

fn aloud(found: &Found) -> String {
    let names: Vec<&str> = found.rings.iter().map(|(name, _)| name.as_str()).collect();
    let rings = if names.is_empty() {
        "nobody rings".to_owned()
    } else {
        format!("rings {}", names.join(", "))
    };
    format!("{}: {rings}; {}", found.of, found.end)
}

fn draw(found: Found) -> impl IntoView + use<> {
    let rings = if found.rings.is_empty() {
        view! { <p class="muted">"Nobody rings"</p> }.into_any()
    } else {
        let rows = found.rings.into_iter().map(|(name, after)| {
            view! {
                <li>
                    {name} <small>{format!("after {after} s")}</small>
                </li>
            }
        });
        view! { <ul>{rows.collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="sim-found" aria-label=found.of.clone()>
            <h3>{found.of.clone()}</h3>
            <p>{found.end}</p>
            {rings}
        </section>
    }
    .into_any()
}
