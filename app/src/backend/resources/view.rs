//! A resource as its page shows it.

use super::around::around;
use super::{kind_of, used_by};
use crate::backend::Desk;
use crate::backend::when::told;
use crate::resources::{Around, Change, ResourceView, password, specs};
use crate::trouble::Trouble;
use callflow::field::FieldKind;
use callflow::json::Object;
use callflow::{Directory, ResourceKind};
use store::{Access, Resource};

/// See [`crate::resources::load_resource`].
pub(crate) async fn resource_view(
    account: &str,
    section: &str,
    id: Option<String>,
) -> Result<ResourceView, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let kind = kind_of(section)?;
    let directory = desk.store.directory(&access).await?;
    let Some(id) = id else {
        if kind == ResourceKind::Settings {
            // There is one of them, from the beginning.
            return Err(Trouble::NotFound("page".to_owned()));
        }
        return Ok(blank(kind, &directory));
    };
    let stored = stored(&desk, &access, kind, &id).await?;
    let (parsed, errors) = callflow::Resource::parse(kind, stored.document.clone());
    let specs = specs(kind);
    let values = specs
        .iter()
        .filter(|spec| !spec.is_secret())
        .map(|spec| (spec.key.to_owned(), parsed.get(spec.key)))
        .collect();
    let mut kept: Vec<String> = stored.held.iter().map(|key| (*key).to_owned()).collect();
    if let Some(key) = password(kind)
        && desk.store.has_password(&access, kind, &id).await?
    {
        kept.push(key.to_owned());
    }
    let around = around(&desk, &access, &directory, &stored).await?;
    Ok(ResourceView {
        kind,
        values,
        complaints: errors
            .into_iter()
            .map(|error| (error.key, error.message))
            .collect(),
        kept,
        directory: names(kind, &directory),
        used_by: used_by(desk.store.where_used(&access, &id).await?),
        around,
        change: changed(&desk, &access, &stored).await?,
        name: stored.name,
        id: Some(id),
    })
}

/// Reads a resource of any kind; the settings are there even if nobody has changed them.
pub(super) async fn stored(
    desk: &Desk,
    access: &Access,
    kind: ResourceKind,
    id: &str,
) -> Result<Resource, Trouble> {
    Ok(match kind {
        ResourceKind::Settings => desk.store.settings(access).await?,
        _ => desk.store.resource(access, kind, id).await?,
    })
}

/// When a resource was changed last, and by whom; `None` when never.
pub(super) async fn changed(
    desk: &Desk,
    access: &Access,
    stored: &Resource,
) -> Result<Option<Change>, Trouble> {
    if stored.revision == 0 {
        return Ok(None);
    }
    let zone = desk.store.account(access).await?.time_zone;
    Ok(Some(Change {
        revision: stored.revision,
        // It stands in the middle of a sentence.
        when: told(stored.updated_at, &zone).replace("Today", "today"),
        by: stored.updated_by.clone(),
    }))
}

fn blank(kind: ResourceKind, directory: &Directory) -> ResourceView {
    let (fresh, _) = callflow::Resource::parse(kind, Object::new());
    ResourceView {
        kind,
        id: None,
        name: String::new(),
        change: None,
        values: specs(kind)
            .iter()
            .filter(|spec| !spec.is_secret())
            .map(|spec| (spec.key.to_owned(), fresh.get(spec.key)))
            .collect(),
        complaints: Vec::new(),
        kept: Vec::new(),
        directory: names(kind, directory),
        used_by: Vec::new(),
        around: Around::default(),
    }
}

/// What of other documents a form shows: their names, and the classes of numbers.
const SHOWN: [&str; 5] = [
    "name",
    "first_name",
    "last_name",
    "numbers",
    "number_classes",
];

/// The names of what the fields of a kind choose from.
fn names(kind: ResourceKind, directory: &Directory) -> Directory {
    let mut wanted = vec![ResourceKind::Settings];
    for spec in specs(kind) {
        match spec.kind {
            FieldKind::Resource(of) | FieldKind::Resources(of) => wanted.push(of),
            FieldKind::Media => wanted.push(ResourceKind::Media),
            FieldKind::Recipients => wanted.push(ResourceKind::User),
            FieldKind::Assignments(of, to) => wanted.extend([of, to]),
            FieldKind::Members => wanted.extend([
                ResourceKind::User,
                ResourceKind::Device,
                ResourceKind::RingGroup,
            ]),
            _ => {}
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    let mut names = Directory::default();
    for kind in wanted {
        for (id, resource) in directory.all(kind) {
            let mut document = resource.to_object();
            document.retain(|key, _| SHOWN.contains(&key.as_str()));
            names.insert(kind, id, document);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn browsers_get_names_and_nothing_else_of_other_documents() {
        let mut directory = Directory::default();
        let mut add = |kind, id: &str, document: Value| {
            let document = document.as_object().cloned().unwrap_or_default();
            directory.insert(kind, id, document);
        };
        add(
            ResourceKind::User,
            "u",
            json!({"first_name": "Ann", "email": "a@b.example", "hotdesk": {"pin": "4711"}}),
        );
        add(
            ResourceKind::Menu,
            "m",
            json!({"name": "Main", "record_pin": "4711"}),
        );
        add(
            ResourceKind::Settings,
            "settings",
            json!({"number_classes": {"far": "^9"}}),
        );
        let names = names(ResourceKind::Device, &directory);
        let text = serde_json::to_string(&names).unwrap_or_default();
        assert!(text.contains("Ann") && text.contains("far"), "{text}");
        assert!(!text.contains("4711") && !text.contains("a@b") && !text.contains("Main"));
    }

    #[test]
    fn values_of_a_new_resource_hold_no_secret() {
        for kind in ResourceKind::ALL {
            let view = blank(kind, &Directory::default());
            for spec in specs(kind).iter().filter(|spec| spec.is_secret()) {
                let told = view.values.iter().any(|(key, _)| key == spec.key);
                assert!(!told, "{kind:?}: {}", spec.key);
            }
        }
    }

    #[test]
    fn whether_a_pin_is_required_is_no_secret() {
        let told = |kind, wanted: &str| {
            let view = blank(kind, &Directory::default());
            view.values.iter().any(|(key, _)| key == wanted)
        };
        assert!(told(ResourceKind::User, "hotdesk.require_pin"));
        assert!(told(ResourceKind::VoicemailBox, "require_pin"));
        assert!(!told(ResourceKind::User, "hotdesk.pin"));
        assert!(!told(ResourceKind::VoicemailBox, "pin"));
        assert!(!told(ResourceKind::Device, "sip.password"));
    }
}
