//! Numbers of the emergency services that a callflow would keep to itself.

use crate::check::Finding;
use crate::check::numbers::without;
use crate::directory::Directory;
use crate::document::Callflow;
use regex_lite::Regex;

/// Dialled in an emergency somewhere: Europe, North America, the United Kingdom, Australia.
const EMERGENCY: [&str; 4] = ["112", "911", "999", "000"];

pub(super) fn check(callflow: &Callflow, directory: &Directory) -> Vec<Finding> {
    let settings = directory.settings();
    let classes = settings.classes.0.iter();
    let own: Vec<Regex> = classes
        .filter(|(class, _)| class == "emergency")
        .filter_map(|(_, pattern)| Regex::new(pattern).ok())
        .collect();
    let is_emergency = |number: &str| own.iter().any(|pattern| pattern.is_match(number));
    let mut found = Vec::new();
    for number in callflow
        .numbers
        .iter()
        .filter(|number| is_emergency(number))
    {
        let message = format!("{number} calls for help: it must reach the emergency services");
        let finding = Finding::warning("NUMBER_EMERGENCY", Some("numbers"), message);
        found.push(finding.with(Some(without(callflow, number))));
    }
    let called: Vec<&str> = EMERGENCY.into_iter().filter(|n| is_emergency(n)).collect();
    for pattern in &callflow.patterns {
        let Ok(regex) = Regex::new(pattern) else {
            continue;
        };
        if let Some(number) = called.iter().find(|number| regex.is_match(number)) {
            let message =
                format!("“{pattern}” takes {number}, which must reach the emergency services");
            found.push(Finding::warning(
                "NUMBER_EMERGENCY",
                Some("patterns"),
                message,
            ));
        }
    }
    found
}
