//! Widgets that choose one thing from a list.

use super::{FormField, InPlace, framed_group, named, typed};
use crate::ui::icon::icon;
use callflow::field::Choice;
use callflow::{Directory, ResourceKind};
use leptos::prelude::*;
use serde_json::Value;

/// Usual time zones; any other IANA name can be typed.
pub(super) const ZONES: &[(&str, &str)] = &[
    ("Europe/London", "London"),
    ("Europe/Dublin", "Dublin"),
    ("Europe/Lisbon", "Lisbon"),
    ("Europe/Paris", "Paris"),
    ("Europe/Berlin", "Berlin"),
    ("Europe/Athens", "Athens"),
    ("America/New_York", "New York"),
    ("America/Chicago", "Chicago"),
    ("America/Denver", "Denver"),
    ("America/Los_Angeles", "Los Angeles"),
    ("America/Toronto", "Toronto"),
    ("America/Sao_Paulo", "São Paulo"),
    ("Asia/Dubai", "Dubai"),
    ("Asia/Kolkata", "Kolkata"),
    ("Asia/Singapore", "Singapore"),
    ("Asia/Tokyo", "Tokyo"),
    ("Australia/Sydney", "Sydney"),
    ("Pacific/Auckland", "Auckland"),
    ("UTC", "UTC"),
];

/// Usual languages; any other language tag can be typed.
pub(super) const LANGUAGES: &[(&str, &str)] = &[
    ("en-GB", "English, United Kingdom"),
    ("en-US", "English, United States"),
    ("de-DE", "German"),
    ("fr-FR", "French"),
    ("fr-CA", "French, Canada"),
    ("es-ES", "Spanish"),
    ("it-IT", "Italian"),
    ("nl-NL", "Dutch"),
    ("pt-BR", "Portuguese, Brazil"),
];

/// Usual final responses (RFC 3261 §21); any other code can be typed.
pub(super) const SIP_CODES: &[(&str, &str)] = &[
    ("403", "Forbidden"),
    ("404", "Not Found"),
    ("408", "Request Timeout"),
    ("410", "Gone"),
    ("480", "Temporarily Unavailable"),
    ("486", "Busy Here"),
    ("488", "Not Acceptable Here"),
    ("500", "Server Internal Error"),
    ("503", "Service Unavailable"),
    ("600", "Busy Everywhere"),
    ("603", "Decline"),
    ("607", "Unwanted"),
];

/// A drop-down of `(value, label)`; a present value that is not in the list stays selectable.
pub(super) fn drop_down(
    field: &FormField,
    options: Vec<(String, String)>,
    empty: Option<String>,
) -> AnyView {
    let FormField { value, error, .. } = *field;
    let known: Vec<String> = options.iter().map(|(v, _)| v.clone()).collect();
    let stray = value.get_untracked();
    let stray = typed(&stray);
    let stray = (!stray.is_empty() && !known.contains(&stray)).then(|| {
        view! { <option value=stray.clone()>{format!("Unknown: {stray}")}</option> }
    });
    let options = options
        .into_iter()
        .map(|(v, label)| {
            let own = v.clone();
            view! {
                <option value=v selected=move || value.with(|chosen| typed(chosen) == own)>
                    {label}
                </option>
            }
        })
        .collect_view();
    let field_on_change = field.clone();
    view! {
        <select
            class="input"
            class:is-bad=move || error.with(Option::is_some)
            id=field.id()
            aria-describedby=field.help_id()
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            prop:value=move || value.with(typed)
            on:change:target=move |ev| {
                let chosen = ev.target().value();
                field_on_change.enter(if chosen.is_empty() { Value::Null } else { Value::String(chosen) });
            }
        >
            {empty
                .map(|label| {
                    view! {
                        <option value="" selected=move || value.with(|v| typed(v).is_empty())>
                            {label}
                        </option>
                    }
                })}
            {stray}
            {options}
        </select>
    }
    .into_any()
}

/// A fixed list.
pub(super) fn select(field: &FormField, choices: &'static [Choice]) -> AnyView {
    let options = choices
        .iter()
        .map(|c| (c.value.to_owned(), c.label.to_owned()))
        .collect();
    let empty = field.spec.optional.then(|| "Not set".to_owned());
    drop_down(field, options, empty)
}

/// Yes, no, or nothing said.
pub(super) fn perhaps(field: &FormField) -> AnyView {
    let options = [("true", "Yes"), ("false", "No")];
    let options = options.map(|(value, label)| (value.to_owned(), label.to_owned()));
    drop_down(field, options.to_vec(), Some("Not set".to_owned()))
}

/// Up to three choices side by side.
pub(super) fn cards(field: &FormField, choices: &'static [Choice]) -> AnyView {
    let value = field.value;
    let name = field.id();
    let cards = choices
        .iter()
        .map(|choice| {
            let field = field.clone();
            // The lamp shows a presence state better than its word alone.
            let lamp = matches!(
                (field.spec.key, choice.value),
                ("status", "idle" | "ringing" | "busy")
            )
            .then(|| view! { <span class=format!("lamp {}", choice.value)></span> });
            view! {
                <label class="radio-card">
                    <input
                        type="radio"
                        name=name.clone()
                        value=choice.value
                        checked=value.with_untracked(|v| typed(v) == choice.value)
                        prop:checked=move || value.with(|v| typed(v) == choice.value)
                        on:change=move |_| field.enter(Value::from(choice.value))
                    />
                    <b>{lamp} {choice.label}</b>
                </label>
            }
        })
        .collect_view();
    framed_group(
        field,
        view! { <div class="radio-cards">{cards}</div> }.into_any(),
    )
}

/// One resource of a kind.
pub(super) fn resource(field: &FormField, kind: ResourceKind, directory: &Directory) -> AnyView {
    let empty = if field.spec.optional {
        "None".to_owned()
    } else {
        format!("Choose a {}", kind.label())
    };
    // Callflows are edited on pages of their own.
    let in_place = use_context::<InPlace>().filter(|_| kind != ResourceKind::Callflow);
    let Some(InPlace { directory, open }) = in_place else {
        return drop_down(field, named(directory, kind), Some(empty));
    };
    let list = field.clone();
    let value = field.value;
    let chosen = Memo::new(move |_| {
        let id = value.with(typed);
        directory.with(|d| d.get(kind, &id).is_some()).then_some(id)
    });
    let entered = StoredValue::new(field.clone());
    let saved = Callback::new(move |id: String| {
        entered.with_value(|field| field.enter(Value::String(id)));
    });
    let noun = kind.label();
    view! {
        <div class="in-place">
            {move || {
                let options = directory.with(|d| named(d, kind));
                drop_down(&list, options, Some(empty.clone()))
            }}
            {move || {
                chosen
                    .get()
                    .map(|id| {
                        let label = format!("Edit this {noun}");
                        view! {
                            <button
                                type="button"
                                class="icon-btn"
                                aria-label=label.clone()
                                title=label
                                on:click=move |_| open.run((kind, Some(id.clone()), saved))
                            >
                                {icon("pencil", 16)}
                            </button>
                        }
                    })
            }}
            <button
                type="button"
                class="icon-btn"
                aria-label=format!("New {noun}")
                title=format!("New {noun}")
                on:click=move |_| open.run((kind, None, saved))
            >
                {icon("plus", 16)}
            </button>
        </div>
    }
    .into_any()
}

/// The steps that one of them can lead to: id and name, in reading order. The form around provides it.
#[derive(Clone)]
pub(crate) struct Steps(pub(crate) Vec<(String, String)>);

/// A step of the same callflow.
pub(super) fn step(field: &FormField) -> AnyView {
    let steps = use_context::<Steps>().map_or_else(Vec::new, |steps| steps.0);
    drop_down(field, steps, Some("Choose a step".to_owned()))
}

/// What to play: a media file, silence, or something typed.
pub(super) fn media(field: &FormField, directory: &Directory) -> AnyView {
    let mut options = named(directory, ResourceKind::Media);
    options.insert(
        0,
        ("silence_stream://300000".to_owned(), "Silence".to_owned()),
    );
    // A prompt of the system that can be switched off has an answer already.
    let prompt = field.spec.default == Value::Bool(true);
    if prompt {
        options.insert(0, ("false".to_owned(), "Nothing".to_owned()));
        options.insert(0, ("true".to_owned(), "System prompt".to_owned()));
    }
    let value = field.value;
    let known = options
        .iter()
        .any(|(v, _)| value.with_untracked(|chosen| typed(chosen) == *v));
    let typing = RwSignal::new(!known && value.with_untracked(|v| !typed(v).is_empty()));
    let list_field = field.clone();
    let line_field = field.clone();
    let empty = if field.spec.optional {
        "None"
    } else {
        "Choose a media file"
    };
    let empty = (!prompt).then_some(empty);
    view! {
        {move || {
            if typing.get() {
                super::text::line(&line_field, true, Some(2_048), "url")
            } else {
                drop_down(&list_field, options.clone(), empty.map(str::to_owned))
            }
        }}
        <button type="button" class="link" on:click=move |_| typing.update(|t| *t = !*t)>
            {move || if typing.get() { "Choose from the list" } else { "Enter a prompt or stream address" }}
        </button>
    }
    .into_any()
}
