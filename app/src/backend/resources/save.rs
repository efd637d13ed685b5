//! Storing and deleting resources.

use super::view::{changed, stored};
use super::{kind_of, used_by};
use crate::backend::Desk;
use crate::resources::{Change, DeleteResult, SaveResult, password};
use crate::trouble::Trouble;
use callflow::ResourceKind;
use callflow::json::{self, Object};
use callflow::secret::is_secret_key;
use serde_json::Value;
use store::{Access, Error, Resource};

/// Most fields that one form may send.
const MOST_CHANGES: usize = 500;

/// See [`crate::resources::save_resource`].
pub(crate) async fn save_resource(
    account: &str,
    section: &str,
    id: Option<String>,
    base: i64,
    changes: Vec<(String, Value)>,
) -> Result<SaveResult, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let kind = kind_of(section)?;
    let before = match &id {
        Some(id) => Some(stored(&desk, &access, kind, id).await?),
        None if kind == ResourceKind::Settings => {
            return Err(Trouble::NotFound("page".to_owned()));
        }
        None => None,
    };
    // Changed fields are put into what is stored now; whoever changed the same document must be seen first.
    if let Some(now) = before.as_ref().filter(|now| now.revision != base) {
        return Ok(SaveResult::Stale(stale(&desk, &access, now).await?));
    }
    let document = before.map(|before| before.document).unwrap_or_default();
    let document = match merged(kind, document, changes) {
        Ok(document) => document,
        Err(wrong) => return Ok(SaveResult::Wrong(wrong)),
    };
    let answer = match (&id, kind) {
        (None, _) => desk.store.create_resource(&access, kind, document).await,
        (Some(_), ResourceKind::Settings) => {
            let base = Some(base);
            desk.store.replace_settings(&access, base, document).await
        }
        (Some(id), _) => {
            let base = Some(base);
            desk.store
                .replace_resource(&access, kind, id, base, document)
                .await
        }
    };
    match answer {
        Ok(saved) => Ok(SaveResult::Saved {
            id: saved.id,
            revision: saved.revision,
        }),
        Err(Error::Invalid { field, message }) => {
            Ok(SaveResult::Wrong(vec![(field, sentence(&message))]))
        }
        Err(Error::Taken(why)) if password(kind).is_some() => {
            let key = if kind == ResourceKind::Device {
                "sip.username"
            } else {
                "username"
            };
            Ok(SaveResult::Wrong(vec![(key.to_owned(), why)]))
        }
        Err(Error::Stale { .. }) => {
            let now = stored(&desk, &access, kind, id.as_deref().unwrap_or_default()).await?;
            Ok(SaveResult::Stale(stale(&desk, &access, &now).await?))
        }
        Err(error) => Err(error.into()),
    }
}

/// A document with these fields changed; else what is wrong with them.
fn merged(
    kind: ResourceKind,
    document: Object,
    changes: Vec<(String, Value)>,
) -> Result<Object, Vec<(String, String)>> {
    let (mut resource, _) = callflow::Resource::parse(kind, document);
    let mut wrong = Vec::new();
    let mut secret = Value::Null;
    for (key, value) in changes.into_iter().take(MOST_CHANGES) {
        if password(kind) == Some(key.as_str()) {
            secret = value;
            continue;
        }
        // Empty text takes a secret away.
        let taken = is_secret_key(&key) && value.as_str() == Some("");
        let value = if taken { Value::Null } else { value };
        if let Err(error) = resource.set(&key, &value) {
            wrong.push((error.key, error.message));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut document = resource.to_object();
    if let (Some(key), false) = (password(kind), json::is_blank(&secret)) {
        json::set(&mut document, key, secret);
    }
    Ok(document)
}

/// "write a name" as "Write a name."
fn sentence(text: &str) -> String {
    let mut said = super::capital(text);
    if !said.ends_with(['.', '!', '?']) {
        said.push('.');
    }
    said
}

async fn stale(desk: &Desk, access: &Access, now: &Resource) -> Result<Change, Trouble> {
    let change = changed(desk, access, now).await?;
    Ok(change.unwrap_or_else(|| Change {
        revision: now.revision,
        when: String::new(),
        by: String::new(),
    }))
}

/// See [`crate::resources::delete_resource`].
pub(crate) async fn delete_resource(
    account: &str,
    section: &str,
    id: &str,
    base: i64,
) -> Result<DeleteResult, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let kind = kind_of(section)?;
    let deleted = desk
        .store
        .delete_resource(&access, kind, id, Some(base))
        .await;
    match deleted {
        Ok(()) => Ok(DeleteResult::Deleted),
        Err(Error::InUse { users, .. }) => Ok(DeleteResult::InUse(used_by(users))),
        Err(Error::Stale { .. }) => {
            let now = stored(&desk, &access, kind, id).await?;
            Ok(DeleteResult::Stale(stale(&desk, &access, &now).await?))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    fn change(key: &str, value: Value) -> (String, Value) {
        (key.to_owned(), value)
    }

    #[test]
    fn what_a_form_does_not_send_stays() {
        let stored = object(json!({"name": "Box", "mailbox": "2001", "pin": "4711", "other": [1]}));
        let changes = vec![change("mailbox", json!("2002"))];
        let merged = merged(ResourceKind::VoicemailBox, stored, changes);
        let expected = json!({"name": "Box", "mailbox": "2002", "pin": "4711", "other": [1]});
        assert_eq!(merged, Ok(object(expected)));
    }

    #[test]
    fn empty_text_takes_a_pin_away() {
        let stored = object(json!({"name": "Box", "mailbox": "2001", "pin": "4711"}));
        let changes = vec![change("pin", json!(""))];
        let merged = merged(ResourceKind::VoicemailBox, stored, changes);
        assert_eq!(
            merged,
            Ok(object(json!({"name": "Box", "mailbox": "2001"})))
        );
    }

    #[test]
    fn every_wrong_value_is_told_at_its_field() {
        let changes = vec![
            change("timeout", json!("soon")),
            change("retries", json!("99")),
            change("nothing", json!(1)),
        ];
        let wrong = merged(ResourceKind::Menu, Object::new(), changes);
        let keys: Vec<String> = wrong.unwrap_err().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["timeout", "retries", "nothing"]);
    }

    #[test]
    fn sip_password_is_sent_only_when_it_is_typed() {
        let stored = || object(json!({"name": "Desk", "sip": {"username": "desk"}}));
        let typed = vec![change("sip.password", json!("new"))];
        let document = merged(ResourceKind::Device, stored(), typed).unwrap_or_default();
        assert_eq!(json::get(&document, "sip.password"), Some(&json!("new")));
        let empty = vec![change("sip.password", json!(""))];
        let document = merged(ResourceKind::Device, stored(), empty).unwrap_or_default();
        assert_eq!(json::get(&document, "sip.password"), None);
    }
}
