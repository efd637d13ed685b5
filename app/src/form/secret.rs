//! Passwords and PINs: written, never read.

use super::{FormField, framed};
use crate::ui::icon::icon;
use callflow::field::FieldKind;
use leptos::prelude::*;
use serde_json::Value;

/// Letters and digits that cannot be mistaken for each other: a power of two, so that each is equally likely.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// About 120 bits.
const PASSWORD_LENGTH: usize = 24;
const PIN_LENGTH: usize = 6;

/// A new password, or a PIN where only digits are taken.
fn made(digits: bool) -> Option<String> {
    let mut bytes = [0_u8; 64];
    let crypto = window().crypto().ok()?;
    crypto.get_random_values_with_u8_array(&mut bytes).ok()?;
    if digits {
        // The last six values of a byte are left out, so that each digit is equally likely.
        let fair = bytes.iter().filter(|byte| **byte < 250);
        let pin: String = fair
            .take(PIN_LENGTH)
            .map(|byte| char::from(b'0' + byte % 10))
            .collect();
        return (pin.len() == PIN_LENGTH).then_some(pin);
    }
    let letters = bytes.iter().take(PASSWORD_LENGTH);
    Some(
        letters
            .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
            .collect(),
    )
}

/// A secret. `Null` leaves the stored one as it is, empty text takes it away.
pub(crate) fn secret(field: &FormField, kept: bool, removable: bool) -> AnyView {
    let FormField { value, error, .. } = *field;
    let digits = matches!(field.spec.kind, FieldKind::Digits { .. });
    let seen = RwSignal::new(false);
    let removed = move || value.with(|v| v.as_str() == Some(""));
    let placeholder = move || {
        if removed() {
            "Taken away when saved"
        } else if kept {
            "Kept as it is"
        } else {
            "None"
        }
    };
    let (on_input, on_made, on_remove) = (field.clone(), field.clone(), field.clone());
    let what = field.spec.label;
    let widget = view! {
        <div class="secret">
            <input
                class="input mono"
                class:is-bad=move || error.with(Option::is_some)
                id=field.id()
                type=move || if seen.get() { "text" } else { "password" }
                inputmode=if digits { "numeric" } else { "text" }
                autocomplete="new-password"
                spellcheck="false"
                maxlength="128"
                placeholder=placeholder
                aria-describedby=field.help_id()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.with(super::typed)
                on:input:target=move |ev| {
                    let text = ev.target().value();
                    on_input.enter(if text.is_empty() { Value::Null } else { Value::String(text) });
                }
            />
            <button
                type="button"
                class="btn"
                aria-pressed=move || if seen.get() { "true" } else { "false" }
                aria-label=format!("Show {what}")
                on:click=move |_| seen.update(|seen| *seen = !*seen)
            >
                {move || if seen.get() { "Hide" } else { "Show" }}
            </button>
            <button
                type="button"
                class="btn"
                aria-label=format!("Generate {what}")
                on:click=move |_| {
                    if let Some(new) = made(digits) {
                        seen.set(true);
                        on_made.enter(Value::String(new));
                    }
                }
            >
                {icon("key-round", 16)}
                "Generate"
            </button>
            {(kept && removable)
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn"
                            aria-label=format!("Remove {what}")
                            aria-pressed=move || if removed() { "true" } else { "false" }
                            on:click=move |_| {
                                on_remove
                                    .enter(
                                        if value.with_untracked(|v| v.as_str() == Some("")) {
                                            Value::Null
                                        } else {
                                            Value::String(String::new())
                                        },
                                    );
                            }
                        >
                            "Remove"
                        </button>
                    }
                })}
        </div>
    };
    framed(field, widget.into_any())
}
