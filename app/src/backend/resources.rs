//! Lists of resources as tables.

use super::{Desk, all};
use crate::account::SECTIONS;
use crate::resources::ResourceTable;
use crate::trouble::Trouble;
use callflow::field::FieldKind;
use callflow::json::{self, Object};
use callflow::{Directory, ResourceKind};
use serde_json::Value;
use store::{Access, NumberFilter};

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
        ResourceKind::Menu => &[("Retries", "retries"), ("Timeout, ms", "timeout")],
        ResourceKind::Media => &[("Source", "media_source")],
        ResourceKind::VoicemailBox => &[("Mailbox", "mailbox"), ("Owner", "owner_id")],
        ResourceKind::Conference => &[("Numbers", "member.numbers")],
        ResourceKind::TimeRule => &[("Repeats", "cycle")],
        ResourceKind::Carrier => &[("Enabled", "enabled")],
        _ => &[],
    }
}

/// See [`crate::resources::load_resources`].
pub(crate) async fn resource_table(account: &str, section: &str) -> Result<ResourceTable, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    if section == "numbers" {
        return numbers(&desk, &access).await;
    }
    let known = SECTIONS.iter().any(|(slug, ..)| *slug == section);
    let kind = ResourceKind::from_path(section).filter(|_| known);
    let kind = kind.ok_or_else(|| Trouble::NotFound("page".to_owned()))?;
    let directory = desk.store.directory(&access).await?;
    let found = all(|page| {
        let (store, access) = (desk.store.clone(), access.clone());
        async move { store.resources(&access, kind, &page).await }
    })
    .await?;
    let columns = columns(kind);
    let mut titles = vec!["Name".to_owned()];
    titles.extend(columns.iter().map(|(title, _)| (*title).to_owned()));
    let rows = found
        .iter()
        .map(|resource| {
            let mut row = vec![resource.name.clone()];
            row.extend(
                columns
                    .iter()
                    .map(|(_, path)| cell(kind, path, &resource.document, &directory)),
            );
            row
        })
        .collect();
    Ok(ResourceTable {
        columns: titles,
        rows,
    })
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
        (Value::Null, _) => String::new(),
        (Value::String(id), Some(FieldKind::Resource(of))) => {
            directory.name(*of, id).unwrap_or_else(|| id.clone())
        }
        (Value::String(id), _) if path == "owner_id" => directory
            .name(ResourceKind::User, id)
            .unwrap_or_else(|| id.clone()),
        (Value::String(text), Some(FieldKind::Choice(choices))) => choices
            .iter()
            .find(|c| c.value == text)
            .map_or_else(|| text.clone(), |c| c.label.to_owned()),
        (Value::String(text), _) => text.clone(),
        (Value::Bool(on), _) => if *on { "Yes" } else { "No" }.to_owned(),
        (Value::Number(number), _) => number.to_string(),
        (Value::Array(items), _) => items.len().to_string(),
        (Value::Object(items), _) => items.len().to_string(),
    }
}

async fn numbers(desk: &Desk, access: &Access) -> Result<ResourceTable, Trouble> {
    let found = all(|page| {
        let (store, access) = (desk.store.clone(), access.clone());
        async move { store.numbers(&access, NumberFilter::default(), &page).await }
    })
    .await?;
    let rows = found
        .into_iter()
        .map(|number| {
            let used = number.callflow_id.is_some();
            let by = number.callflow_name.filter(|name| !name.is_empty());
            let status = if used { "In use" } else { "Spare" };
            vec![number.display, by.unwrap_or_default(), status.to_owned()]
        })
        .collect();
    Ok(ResourceTable {
        columns: ["Number", "Used by", "Status"].map(str::to_owned).to_vec(),
        rows,
    })
}
