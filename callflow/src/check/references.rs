//! References to resources that are not there (any more).

use crate::action::Action;
use crate::action::parts::sound;
use crate::check::Finding;
use crate::directory::Directory;
use crate::field::FieldKind;
use crate::value::MediaRef;

pub(super) fn check(action: &Action, directory: &Directory) -> Vec<Finding> {
    let mut found = Vec::new();
    for spec in action.described() {
        if !matches!(spec.kind, FieldKind::Resource(_) | FieldKind::Media) {
            continue;
        }
        let value = action.get(spec.key);
        match (&spec.kind, value.as_str()) {
            (FieldKind::Resource(kind), Some(id)) if directory.get(*kind, id).is_none() => {
                let message = format!("This {} is not there any more", kind.label());
                found.push(Finding::error("RESOURCE_MISSING", Some(spec.key), message));
            }
            (FieldKind::Media, Some(text))
                if sound::is_dangling(directory, &MediaRef(text.to_owned())) =>
            {
                let message = "This media file is not there any more";
                found.push(Finding::error("RESOURCE_MISSING", Some(spec.key), message));
            }
            _ => {}
        }
    }
    found
}
