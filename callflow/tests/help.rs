#![allow(clippy::unwrap_used, missing_docs)]
//! The help pages, and the copies of them in `docs/actions`.
#![cfg(feature = "help")]

#[path = "generate/golden.rs"]
mod golden;

use callflow::action::{self, Entry};
use callflow::help::{self, Page};
use std::collections::BTreeSet;

fn modules() -> Vec<Entry> {
    let mut seen = BTreeSet::new();
    let mut entries = action::catalog();
    entries.retain(|entry| seen.insert(entry.module));
    entries
}

#[test]
fn every_entry_has_prose_and_an_example() {
    for entry in action::catalog() {
        let page = help::page(&entry);
        let at = entry.id();
        assert!(page.prose.len() > 40, "{at}: {}", page.prose);
        assert!(
            !page.prose.contains("```") && !page.prose.starts_with('#'),
            "{at}"
        );
        let example = page.example.as_ref().unwrap();
        assert!(example.call.starts_with("flow"), "{at}: {}", example.call);
        assert!(
            example.call.lines().any(|line| line.starts_with("< ")),
            "{at}"
        );
        assert!(
            !example.title.is_empty() && !example.title.starts_with('#'),
            "{at}"
        );
        assert_eq!(page.fields.len(), entry.make().specs().len(), "{at}");
        let sent: Page = serde_json::from_str(&serde_json::to_string(&page).unwrap()).unwrap();
        assert_eq!(sent, page);
    }
}

#[test]
fn page_says_fields_branches_and_units() {
    let page = |module: &str| help::page(modules().iter().find(|e| e.module == module).unwrap());
    let user = page("user").to_markdown();
    for expected in [
        "# User\n",
        "| Ring for | `timeout` | 1 to 600 seconds | 20 | Seconds to ring before the call goes on. |",
        "At the same time (`simultaneous`), In order (`single`)",
        "`USER_BUSY`",
        "## Example",
    ] {
        assert!(user.contains(expected), "{expected}\n{user}");
    }
    assert!(
        page("menu")
            .branches
            .text
            .contains("up to 4 telephone keys")
    );
    assert!(
        page("response")
            .branches
            .text
            .starts_with("Nothing follows")
    );
    assert!(
        page("echo")
            .to_markdown()
            .contains("There is nothing to set")
    );
}

#[test]
fn documentation_is_up_to_date() {
    let mut files: Vec<(String, String)> = modules()
        .iter()
        .map(|entry| {
            (
                format!("{}.md", entry.module),
                help::page(entry).to_markdown(),
            )
        })
        .collect();
    let mut index = String::from(
        "# Actions\n\nWhat a step of a callflow can do, as the catalog orders it. These pages are made from the \
         sources of the actions.\n",
    );
    let mut category = None;
    for entry in action::catalog() {
        let own = entry.preset.category;
        if category != Some(own) {
            index.push_str(&format!("\n## {}\n\n", own.label()));
            category = Some(own);
        }
        let (label, help) = (entry.preset.label, entry.preset.help);
        index.push_str(&format!("* [{label}]({}.md): {help}.\n", entry.module));
    }
    files.push(("README.md".to_owned(), index));
    golden::compare("docs/actions", "md", &files);
}
