//! Somebody else has saved meanwhile.

use super::Editor;
use super::changes::changes;
use super::dialog::DialogFrame;
use super::save::{Then, change_list};
use super::session::Conflict;
use callflow::NodeId;
use callflow::flow::FlowError;
use callflow::merge::{Clash, Merged, Whose, merge};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Whose version stays, or both together? Every way keeps the others within reach: theirs stays in the history, mine
/// can be undone to.
#[component]
pub(crate) fn ConflictDialog(editor: Editor, conflict: Conflict) -> impl IntoView {
    let saved = editor.document.saved.get_untracked();
    let theirs = editor
        .directory
        .with_value(|d| changes(&saved, &conflict.callflow, d));
    let detail = format!(
        "{} saved this callflow, {}. Nothing of yours is lost.",
        conflict.by, conflict.when
    );
    let close = Callback::new(move |()| editor.close_dialog());
    let other = StoredValue::new(conflict);
    let chosen = RwSignal::new(BTreeMap::<Option<NodeId>, Whose>::new());
    let both = move || -> Result<Merged, FlowError> {
        let chosen = chosen.get();
        let mine = editor.document.now();
        let whose = |block| chosen.get(&block).copied().unwrap_or(Whose::Mine);
        other.with_value(|other| {
            editor
                .directory
                .with_value(|d| merge(&saved, &mine, &other.callflow, d, whose))
        })
    };
    let first = untrack(both.clone());
    let fits = first.is_ok();
    let keep_mine = move |_| {
        let Conflict {
            revision, callflow, ..
        } = other.get_value();
        editor.document.was_saved(callflow, revision);
        editor.close_dialog();
        editor.save(Then::Stay);
    };
    let show = move |label: &'static str, next: callflow::Callflow, said: &'static str| {
        let Conflict {
            revision, callflow, ..
        } = other.get_value();
        editor.document.change(label, None, next);
        editor.document.was_saved(callflow, revision);
        editor.session.selected.set(None);
        editor.close_dialog();
        editor.say(said);
    };
    let take_theirs = move |_| {
        show(
            "take the other version",
            other.with_value(|other| (*other.callflow).clone()),
            "You see the other version. Undo brings yours back.",
        );
    };
    let take_both = StoredValue::new(move || match untrack(both.clone()) {
        Ok(merged) => show(
            "merge both versions",
            merged.callflow,
            "You see both versions together. Save keeps them; Undo brings yours back.",
        ),
        Err(why) => editor.toasts.fail("The versions were not merged", why),
    });
    let foot = move || {
        view! {
            <button class="btn btn-quiet" on:click=move |_| close.run(())>
                "Keep editing"
            </button>
            <span class="grow"></span>
            <button class="btn" on:click=take_theirs>
                "Take theirs"
            </button>
            <button class="btn" class:btn-primary=!fits on:click=keep_mine>
                "Keep mine"
            </button>
            {fits
                .then(|| {
                    view! {
                        <button class="btn btn-primary" on:click=move |_| take_both.with_value(|run| run())>
                            "Merge both"
                        </button>
                    }
                })}
        }
        .into_any()
    };
    let nothing = theirs.is_empty();
    let question = match first {
        Ok(merged) => clash_list(merged.clashes, chosen).into_any(),
        Err(why) => {
            let text = format!("The two cannot be merged: {why}. Keep one and repeat the other.");
            view! { <p class="t2">{text}</p> }.into_any()
        }
    };
    view! {
        <DialogFrame title=Signal::stored("Somebody else saved first".to_owned()) question=true close foot>
            <p class="t2">{detail}</p>
            {(!nothing).then(|| view! { <p class="label">"Their changes"</p> })}
            {change_list(theirs)}
            {question}
            <p class="t2">
                "Keep mine saves your version over theirs. Take theirs shows their version here; Undo brings yours back."
            </p>
        </DialogFrame>
    }
    .into_any()
}

/// The blocks that both changed, each with the choice between the two.
fn clash_list(
    clashes: Vec<Clash>,
    chosen: RwSignal<BTreeMap<Option<NodeId>, Whose>>,
) -> impl IntoView {
    if clashes.is_empty() {
        return view! { <p class="t2">"You changed different blocks: Merge both takes the changes of both of you."</p> }
            .into_any();
    }
    let rows = clashes
        .into_iter()
        .enumerate()
        .map(|(at, clash)| clash_choice(at, clash, chosen))
        .collect_view();
    view! {
        <p class="label">"You both changed"</p>
        {rows}
    }
    .into_any()
}

fn clash_choice(
    at: usize,
    clash: Clash,
    chosen: RwSignal<BTreeMap<Option<NodeId>, Whose>>,
) -> impl IntoView {
    let block = clash.node;
    let name = format!("clash-{at}");
    let option = move |whose: Whose, title: &'static str, told: Vec<String>| {
        let text = format!("{title}: {}", told.join("; "));
        let taken = whose == Whose::Mine;
        view! {
            <label class="check">
                <input
                    type="radio"
                    name=name.clone()
                    checked=taken
                    on:change=move |_| {
                        chosen
                            .update(|chosen| {
                                chosen.insert(block, whose);
                            });
                    }
                />
                <span>{text}</span>
            </label>
        }
    };
    view! {
        <fieldset class="clash">
            <legend class="sr">{format!("Block {}", at + 1)}</legend>
            {option(Whose::Mine, "Mine", clash.mine)}
            {option(Whose::Theirs, "Theirs", clash.theirs)}
        </fieldset>
    }
    .into_any()
}
