//! Looking for anything in an account.

use super::Desk;
use crate::account::{SECTIONS, path};
use crate::search::Hit;
use crate::trouble::Trouble;
use crate::ui::number::spaced;

/// Characters of a text that are looked for.
const LONGEST: usize = 128;

/// See [`crate::search::search`].
pub(crate) async fn search(account: &str, text: &str) -> Result<Vec<Hit>, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let text: String = text.chars().take(LONGEST).collect();
    let found = desk.store.search(&access, &text).await?;
    let mut hits: Vec<Hit> = found
        .into_iter()
        .filter_map(|hit| shown(account, hit))
        .collect();
    // Groups in the order of the navigation; within a group as they came.
    hits.sort_by_key(|hit| {
        SECTIONS
            .iter()
            .position(|(_, title, _)| *title == hit.group)
    });
    Ok(hits)
}

/// None for what has no page.
fn shown(account: &str, hit: store::Hit) -> Option<Hit> {
    Some(match hit {
        store::Hit::Callflow { id, name, numbers } => {
            let numbers: Vec<String> = numbers.iter().map(|number| spaced(number)).collect();
            let numbers = numbers.join(", ");
            let (title, detail) = match (name.is_empty(), numbers.is_empty()) {
                (false, _) => (name, numbers),
                (true, false) => (numbers, String::new()),
                (true, true) => ("Unnamed callflow".to_owned(), String::new()),
            };
            Hit {
                group: "Callflows".to_owned(),
                icon: "workflow".to_owned(),
                title,
                detail,
                href: path(account, &format!("callflows/{id}")),
            }
        }
        store::Hit::Resource { kind, id, name } => {
            let (slug, title, icon) = SECTIONS.iter().find(|(slug, ..)| *slug == kind)?;
            Hit {
                group: (*title).to_owned(),
                icon: (*icon).to_owned(),
                title: name,
                detail: String::new(),
                href: path(account, &format!("{slug}/{id}")),
            }
        }
        store::Hit::SpareNumber(number) => Hit {
            group: "Numbers".to_owned(),
            icon: "hash".to_owned(),
            title: spaced(&number),
            detail: "Spare".to_owned(),
            href: path(account, "numbers"),
        },
    })
}
