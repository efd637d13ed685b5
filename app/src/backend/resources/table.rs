//! Lists of resources: columns in words, sorted, in pages.

use crate::backend::{Desk, all, phones};
use crate::resources::{ListQuery, ResourceRow, ResourceTable};
use crate::trouble::Trouble;
use callflow::field::FieldKind;
use callflow::json::{self, Object};
use callflow::{Directory, ResourceKind};
use serde_json::Value;
use std::collections::HashSet;
use store::Page;

/// Lines on a page.
const LINES: usize = 50;

/// The columns of a kind after its name: title, and where the value is found in the document.
fn columns(kind: ResourceKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        ResourceKind::User => &[("Extension", "presence_id"), ("Email", "email")],
        ResourceKind::Device => &[
            ("SIP user name", "sip.username"),
            ("Owner", "owner_id"),
            ("Enabled", "enabled"),
        ],
        ResourceKind::RingGroup => &[("Members", "endpoints")],
        ResourceKind::Menu => &[("Tries", "retries"), ("Dial extensions", "hunt")],
        ResourceKind::Media => &[("Source", "media_source")],
        ResourceKind::VoicemailBox => &[("Mailbox", "mailbox"), ("Owner", "owner_id")],
        ResourceKind::Conference => &[("Numbers", "member.numbers"), ("Owner", "owner_id")],
        ResourceKind::TimeRule => &[("Repeats", "cycle"), ("Enabled", "enabled")],
        ResourceKind::TimeRuleSet => &[("Rules", "temporal_rules")],
        ResourceKind::FaxBox => &[("Fax number", "fax_identity"), ("Owner", "owner_id")],
        ResourceKind::Carrier => &[("Server", "server"), ("Enabled", "enabled")],
        ResourceKind::List => &[("Entries", "entries"), ("Description", "description")],
        _ => &[],
    }
}

/// See [`crate::resources::load_resources`].
pub(crate) async fn resource_table(
    account: &str,
    section: &str,
    query: ListQuery,
) -> Result<ResourceTable, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let kind = super::kind_of(section)?;
    if kind == ResourceKind::Settings {
        return Err(Trouble::NotFound("list".to_owned()));
    }
    let directory = desk.store.directory(&access).await?;
    let found = all(|page| {
        let (store, access) = (desk.store.clone(), access.clone());
        let page = searching(page, &query.search);
        async move { store.resources(&access, kind, &page).await }
    })
    .await?;
    let phones = matches!(kind, ResourceKind::User | ResourceKind::Device);
    let registered = if phones {
        phones::registered(account).await
    } else {
        HashSet::new()
    };
    let columns = columns(kind);
    let mut titles = vec!["Name".to_owned()];
    titles.extend(columns.iter().map(|(title, _)| (*title).to_owned()));
    let rows = found.into_iter().map(|resource| {
        let mut cells = vec![resource.name];
        let cell = |path: &str| cell(kind, path, &resource.document, &directory);
        cells.extend(columns.iter().map(|(_, path)| cell(path)));
        ResourceRow {
            cells,
            registered: state(kind, &resource.id, &directory, &registered),
            id: Some(resource.id),
        }
    });
    Ok(part(titles, phones, rows.collect(), query))
}

fn searching(page: Page, search: &str) -> Page {
    Page {
        cursor: page.cursor,
        limit: page.limit,
        ..Page::searching(search)
    }
}

/// Whether a phone of it is registered; `None` where there is none.
fn state(
    kind: ResourceKind,
    id: &str,
    directory: &Directory,
    registered: &HashSet<String>,
) -> Option<bool> {
    match kind {
        ResourceKind::Device => Some(registered.contains(id)),
        ResourceKind::User => {
            let devices: Vec<&str> = directory.devices_of(id).map(|(id, _)| id).collect();
            let any = devices.iter().any(|device| registered.contains(*device));
            (!devices.is_empty()).then_some(any)
        }
        _ => None,
    }
}

/// The page that was asked for.
fn part(
    columns: Vec<String>,
    phones: bool,
    mut rows: Vec<ResourceRow>,
    mut query: ListQuery,
) -> ResourceTable {
    query.sort = query.sort.min(columns.len().saturating_sub(1));
    let key = |row: &ResourceRow| {
        let text = row.cells.get(query.sort).cloned().unwrap_or_default();
        // Numbers by their size, words by the alphabet.
        (text.parse::<u64>().unwrap_or(u64::MAX), text.to_lowercase())
    };
    // The store's order by name stays among equals.
    rows.sort_by_cached_key(key);
    if query.falling {
        rows.reverse();
    }
    let total = rows.len();
    let pages = total.div_ceil(LINES).max(1);
    query.page = query.page.min(pages - 1);
    let rows = rows.into_iter().skip(query.page * LINES).take(LINES);
    ResourceTable {
        columns,
        phones,
        rows: rows.collect(),
        total,
        pages,
        query,
    }
}

/// One value in words.
fn cell(kind: ResourceKind, path: &str, document: &Object, directory: &Directory) -> String {
    let specs = callflow::Resource::specs(kind);
    let spec = specs.iter().find(|spec| spec.key == path);
    let value = match json::get(document, path) {
        Some(value) if !value.is_null() => value.clone(),
        _ => spec.map_or(Value::Null, |spec| spec.default.clone()),
    };
    match (&value, spec.map(|spec| &spec.kind)) {
        (_, Some(FieldKind::Choice(choices))) => {
            let stored = json::text(&value).unwrap_or_default();
            let choice = choices.iter().find(|choice| choice.value == stored);
            choice.map_or(stored, |choice| choice.label.to_owned())
        }
        (Value::Null, _) => String::new(),
        (Value::String(id), Some(FieldKind::Resource(of))) => {
            directory.name(*of, id).unwrap_or_else(|| id.clone())
        }
        (Value::String(id), _) if path == "owner_id" => directory
            .name(ResourceKind::User, id)
            .unwrap_or_else(|| id.clone()),
        (Value::String(text), _) => text.clone(),
        (Value::Bool(on), _) => if *on { "Yes" } else { "No" }.to_owned(),
        (Value::Number(number), _) => number.to_string(),
        (Value::Array(items), _) => items.len().to_string(),
        (Value::Object(items), _) => items.len().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&str]) -> Vec<ResourceRow> {
        let row = |cell: &&str| ResourceRow {
            cells: vec![(*cell).to_owned()],
            ..ResourceRow::default()
        };
        cells.iter().map(row).collect()
    }

    fn names(table: &ResourceTable) -> Vec<&str> {
        table.rows.iter().map(|row| row.cells[0].as_str()).collect()
    }

    #[test]
    fn numbers_are_sorted_by_their_size() {
        let query = ListQuery::default();
        let table = part(
            vec!["Name".into()],
            false,
            rows(&["10", "b", "9", "A"]),
            query,
        );
        assert_eq!(names(&table), ["9", "10", "A", "b"]);
        let query = ListQuery {
            falling: true,
            ..ListQuery::default()
        };
        let table = part(vec!["Name".into()], false, rows(&["a", "b"]), query);
        assert_eq!(names(&table), ["b", "a"]);
    }

    #[test]
    fn page_beyond_the_end_is_the_last_one() {
        let cells: Vec<String> = (0..60).map(|n| format!("n{n:02}")).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let query = ListQuery {
            page: 9,
            sort: 7,
            ..ListQuery::default()
        };
        let table = part(vec!["Name".into()], false, rows(&cells), query);
        assert_eq!((table.pages, table.query.page, table.query.sort), (2, 1, 0));
        assert_eq!((table.total, names(&table)[0]), (60, "n50"));
    }
}
