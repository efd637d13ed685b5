//! Callflows for the editor.

use super::when::told;
use super::{Desk, all};
use crate::callflows::ImportOutcome;
use crate::editor::{Conflict, EditorData, Live, Published, SaveOutcome};
use crate::trouble::Trouble;
use callflow::{Callflow, Directory, ResourceKind};
use std::sync::Arc;
use store::{Access, Draft, ImportOptions, NumberFilter, Publish, Save};

/// See [`crate::editor::load_editor`].
pub(crate) async fn editor_data(account: &str, callflow: &str) -> Result<EditorData, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let draft = desk.store.callflow(&access, callflow).await?;
    let live = match draft.live_version {
        None => None,
        Some(version) => {
            let published = desk.store.version(&access, callflow, version).await?;
            Some(Live {
                version,
                callflow: Arc::new(published.callflow),
            })
        }
    };
    let directory = desk.store.directory(&access).await?;
    let spare = all(|page| {
        let (store, access) = (desk.store.clone(), access.clone());
        async move {
            store
                .numbers(&access, NumberFilter { spare: true }, &page)
                .await
        }
    })
    .await?;
    Ok(EditorData {
        draft: Arc::new(draft.callflow),
        revision: draft.revision,
        live,
        directory: without_secrets(&directory),
        spare_numbers: spare.into_iter().map(|number| number.number).collect(),
    })
}

/// The directory as browsers may see it.
fn without_secrets(directory: &Directory) -> Directory {
    let mut public = Directory::default();
    for kind in ResourceKind::ALL {
        for (id, resource) in directory.all(kind) {
            let mut document = resource.to_object();
            callflow::secret::strip(&mut document);
            public.insert(kind, id, document);
        }
    }
    public
}

/// See [`crate::editor::save_draft`].
pub(crate) async fn save_draft(
    account: &str,
    callflow: &str,
    base: i64,
    draft: &Callflow,
) -> Result<SaveOutcome, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    match desk
        .store
        .save_callflow(&access, callflow, base, draft.clone())
        .await?
    {
        Save::Saved(saved) => Ok(SaveOutcome::Saved {
            revision: saved.revision,
        }),
        Save::Conflict(theirs) => Ok(SaveOutcome::Conflict(
            conflict(&desk, &access, *theirs).await?,
        )),
    }
}

pub(super) async fn conflict(
    desk: &Desk,
    access: &Access,
    theirs: Draft,
) -> Result<Box<Conflict>, Trouble> {
    let zone = desk.store.account(access).await?.time_zone;
    Ok(Box::new(Conflict {
        when: told(theirs.updated_at, &zone),
        by: theirs.updated_by,
        revision: theirs.revision,
        callflow: Arc::new(theirs.callflow),
    }))
}

/// See [`crate::editor::publish`].
pub(crate) async fn publish(
    account: &str,
    callflow: &str,
    base: i64,
    note: &str,
) -> Result<Published, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let outcome = desk
        .store
        .publish(&access, callflow, Some(base), note)
        .await?;
    published(&desk, &access, outcome).await
}

/// What became of publishing, as pages are told.
pub(super) async fn published(
    desk: &Desk,
    access: &Access,
    outcome: Publish,
) -> Result<Published, Trouble> {
    Ok(match outcome {
        Publish::Live { version, .. } => Published::Live { version },
        Publish::Refused(problems) => Published::Problems(problems),
        Publish::Conflict(theirs) => Published::Conflict(conflict(desk, access, *theirs).await?),
    })
}

/// See [`crate::editor::duplicate`].
pub(crate) async fn duplicate_callflow(account: &str, callflow: &str) -> Result<String, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    Ok(desk.store.duplicate_callflow(&access, callflow).await?.id)
}

/// Makes an empty callflow and answers its id.
pub(crate) async fn create_callflow(account: &str) -> Result<String, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let empty = Callflow {
        name: "New callflow".to_owned(),
        ..Callflow::default()
    };
    Ok(desk.store.create_callflow(&access, empty).await?.id)
}

/// See [`crate::callflows::ImportOutcome`]. What is refused was seen before, so that the others are taken.
pub(crate) async fn import_documents(
    account: &str,
    text: String,
    look: bool,
) -> Result<ImportOutcome, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let read = desk.store.read_documents(text).await?;
    let (set, report) = read.map_err(|why| {
        Trouble::Refused(format!("The file is not JSON: {why}. Choose another one."))
    })?;
    let options = ImportOptions {
        dry_run: look,
        partial: !look,
    };
    let imported = desk.store.import(&access, set, report, options).await?;
    Ok(ImportOutcome {
        callflows: imported.callflows.len(),
        resources: imported.resources.len(),
        report: imported.report,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn directory_for_browsers_has_no_passwords_and_pins() {
        let mut directory = Directory::default();
        let device = json!({"name": "Desk", "sip": {"username": "desk2001", "password": "secret"}});
        let mailbox = json!({"name": "Box", "mailbox": "2001", "pin": "4711"});
        for (kind, value) in [
            (ResourceKind::Device, device),
            (ResourceKind::VoicemailBox, mailbox),
        ] {
            if let Value::Object(object) = value {
                directory.insert(kind, "x", object);
            }
        }
        let text = serde_json::to_string(&without_secrets(&directory)).unwrap_or_default();
        assert!(text.contains("desk2001") && text.contains("Box"), "{text}");
        assert!(!text.contains("secret") && !text.contains("4711"), "{text}");
    }
}
