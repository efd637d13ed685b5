//! Icons of the sprite and the mark.

use leptos::prelude::*;

/// An icon of `/icons/sprite.svg`, decorative: the control around it carries the name.
pub(crate) fn icon(name: &str, size: u32) -> impl IntoView + use<> {
    let href = format!("/icons/sprite.svg#i-{name}");
    view! {
        <svg class="i" width=size height=size aria-hidden="true">
            <use_ href=href />
        </svg>
    }
}

/// The mark: two jacks joined by a hanging cord.
pub(crate) fn mark(size: u32) -> impl IntoView {
    view! {
        <svg class="mark" width=size height=size viewBox="0 0 28 28" aria-hidden="true">
            <rect width="28" height="28" rx="7" fill="var(--mark-bg)" />
            <circle cx="8.75" cy="8.75" r="3.6" fill="none" stroke="var(--mark-jack)" stroke-width="1.6" />
            <circle cx="19.25" cy="19.25" r="3.6" fill="none" stroke="var(--mark-jack)" stroke-width="1.6" />
            <path
                d="M8.75 8.75C8.75 25 19.25 3 19.25 19.25"
                fill="none"
                stroke="var(--mark-cord)"
                stroke-width="2.2"
                stroke-linecap="round"
            />
        </svg>
    }
}

/// Key caps beside a control; the control's own name says what the keys do.
pub(crate) fn keys(caps: &[&'static str]) -> impl IntoView + use<> {
    let caps: Vec<_> = caps.iter().map(|cap| view! { <kbd>{*cap}</kbd> }).collect();
    view! {
        <span class="keys" aria-hidden="true">
            {caps}
        </span>
    }
}

/// The first letters of the first two words, in capitals: what stands in an avatar.
pub(crate) fn initials(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_two_capitals() {
        assert_eq!(initials("Maya Okafor"), "MO");
        assert_eq!(initials("alder & finch"), "AF");
        assert_eq!(initials(""), "");
    }
}
