//! Texts with `{{variable}}` places: what is wrong with them.

use crate::check::Finding;

/// A place that is not closed or has no name; such a text is spoken or shown with its braces.
#[must_use]
pub fn check(field: &'static str, text: &str) -> Option<Finding> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let name = after.split_once("}}").map(|(name, _)| name.trim());
        let message = match name {
            None => "“{{” is not closed by “}}”",
            Some(name) if name.contains('{') => "“{{” is not closed by “}}”",
            Some("") => "“{{}}” names no variable",
            Some(_) => {
                rest = after.split_once("}}").map_or("", |(_, behind)| behind);
                continue;
            }
        };
        return Some(Finding::warning("VARIABLE_PLACE", Some(field), message));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_broken_places_are_told() {
        for fine in ["", "a }} b", "{{ name }}", "{{a}}{{b}} {c}"] {
            assert_eq!(check("text", fine), None, "{fine}");
        }
        for broken in ["{{", "{{a}} {{b", "{{a {{b}}", "{{ }}"] {
            assert!(check("text", broken).is_some(), "{broken}");
        }
    }
}
