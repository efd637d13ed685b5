//! The sound of a medium: listened to, replaced.

use super::beside::framed;
use super::form::Form;
use leptos::prelude::*;

/// The player, and the file that is sent when the form is saved.
#[component]
pub(super) fn Sound(form: Form) -> impl IntoView {
    let view = form.view.get_value();
    let spoken = move || form.value_of("media_source").as_str() == Some("tts");
    let player = view.id.filter(|_| view.around.sound).map(|id| {
        let account = form.account.get_value();
        // Another revision may hold another sound.
        let revision = view.change.map_or(0, |change| change.revision);
        let address = format!("/api/v1/accounts/{account}/media/{id}/audio?revision={revision}");
        view! {
            <audio
                controls
                preload="none"
                aria-label=format!("Listen to {}", view.name)
                src=address
            ></audio>
        }
    });
    let none = player.is_none();
    let upload = view! {
        <div class="field" class:is-hidden=spoken>
            <label for="sound-file">"Sound file"</label>
            <input
                id="sound-file"
                class="input file"
                type="file"
                accept="audio/*,.wav,.mp3,.ogg,.oga,.flac"
                node_ref=form.sound
                aria-describedby="sound-file-help"
                on:change:target=move |ev| {
                    let files = ev.target().files();
                    form.has_sound.set(files.is_some_and(|files| files.length() > 0));
                }
            />
            <span class="help" id="sound-file-help">
                "WAV, MP3, OGG or FLAC, at most 11 MB and ten minutes. It is sent when you save."
            </span>
        </div>
    };
    framed(
        "Sound",
        "What callers hear.",
        view! {
            <div class="sound">
                {player}
                {upload}
                {move || {
                    (none && !spoken())
                        .then(|| view! { <p class="muted">"There is no sound yet. Choose a file."</p> })
                }}
                {move || spoken().then(|| view! { <p class="muted">"The text is spoken when a call needs it."</p> })}
            </div>
        }
        .into_any(),
    )
}
