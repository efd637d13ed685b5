//! Widgets that are typed into.

use super::{FormField, typed};
use leptos::prelude::*;
use serde_json::Value;

fn text_value(text: String) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::String(text)
    }
}

// The attributes beside the properties are what is read without script.

/// One line.
pub(super) fn line(
    field: &FormField,
    mono: bool,
    max: Option<usize>,
    mode: &'static str,
) -> AnyView {
    let FormField { value, error, .. } = *field;
    let field_on_input = field.clone();
    view! {
        <input
            class="input"
            class:mono=mono
            class:is-bad=move || error.with(Option::is_some)
            id=field.id()
            inputmode=mode
            autocomplete="off"
            spellcheck="false"
            maxlength=max.map(|max| max.to_string())
            aria-describedby=field.help_id()
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            value=value.with_untracked(typed)
            prop:value=move || value.with(typed)
            on:input:target=move |ev| field_on_input.enter(text_value(ev.target().value()))
        />
    }
    .into_any()
}

/// Several lines.
pub(super) fn lines(field: &FormField, max: usize) -> AnyView {
    let FormField { value, error, .. } = *field;
    let field_on_input = field.clone();
    view! {
        <textarea
            class="input area"
            class:is-bad=move || error.with(Option::is_some)
            id=field.id()
            rows="3"
            maxlength=max.to_string()
            aria-describedby=field.help_id()
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            prop:value=move || value.with(typed)
            on:input:target=move |ev| field_on_input.enter(text_value(ev.target().value()))
        >
            {value.with_untracked(typed)}
        </textarea>
    }
    .into_any()
}

/// A day of the calendar.
pub(super) fn day(field: &FormField) -> AnyView {
    let FormField { value, error, .. } = *field;
    let field_on_input = field.clone();
    view! {
        <input
            class="input"
            class:is-bad=move || error.with(Option::is_some)
            id=field.id()
            type="date"
            aria-describedby=field.help_id()
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            value=value.with_untracked(typed)
            prop:value=move || value.with(typed)
            on:input:target=move |ev| field_on_input.enter(text_value(ev.target().value()))
        />
    }
    .into_any()
}

/// A number with its unit.
pub(super) fn measured(field: &FormField, unit: &'static str) -> AnyView {
    let FormField { value, error, .. } = *field;
    let field_on_input = field.clone();
    view! {
        <span class="input measured" class:is-bad=move || error.with(Option::is_some)>
            <input
                id=field.id()
                inputmode="numeric"
                autocomplete="off"
                maxlength="10"
                aria-describedby=field.help_id()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                value=value.with_untracked(typed)
                prop:value=move || value.with(typed)
                on:input:target=move |ev| field_on_input.enter(text_value(ev.target().value()))
            />
            <span class="muted">{unit}</span>
        </span>
    }
    .into_any()
}

/// One line with a list of usual values.
pub(super) fn suggesting(
    field: &FormField,
    usual: &'static [(&'static str, &'static str)],
) -> AnyView {
    let FormField { value, error, .. } = *field;
    let list_id = format!("{}-list", field.id());
    let options = usual
        .iter()
        .map(|(value, label)| view! { <option value=*value>{*label}</option> })
        .collect_view();
    let field_on_input = field.clone();
    view! {
        <input
            class="input"
            class:is-bad=move || error.with(Option::is_some)
            id=field.id()
            list=list_id.clone()
            autocomplete="off"
            spellcheck="false"
            aria-describedby=field.help_id()
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            value=value.with_untracked(typed)
            prop:value=move || value.with(typed)
            on:input:target=move |ev| field_on_input.enter(text_value(ev.target().value()))
        />
        <datalist id=list_id>{options}</datalist>
    }
    .into_any()
}

/// Yes or no.
pub(super) fn check(field: FormField) -> AnyView {
    let value = field.value;
    let id = field.id();
    let help = field.spec.help.clone();
    let label = field.spec.label;
    view! {
        <label class="check">
            <input
                type="checkbox"
                id=id
                checked=value.with_untracked(|v| v.as_bool().unwrap_or(false))
                prop:checked=move || value.with(|v| v.as_bool().unwrap_or(false))
                on:change:target=move |ev| field.enter(Value::Bool(ev.target().checked()))
            />
            <span>{label} <span class="help">{help}</span></span>
        </label>
    }
    .into_any()
}
