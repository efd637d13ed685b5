//! Resources for lists and pages.

mod around;
mod save;
mod table;
mod view;

pub(crate) use around::{faxes, messages, sent_faxes};
pub(crate) use save::{delete_resource, save_resource};
pub(crate) use table::resource_table;
pub(crate) use view::resource_view;

use crate::resources::UsedBy;
use crate::trouble::Trouble;
use callflow::ResourceKind;
use store::Use;

/// The kind whose pages stand under this section.
fn kind_of(section: &str) -> Result<ResourceKind, Trouble> {
    ResourceKind::from_path(section)
        .filter(|kind| *kind != ResourceKind::Callflow)
        .ok_or_else(|| Trouble::NotFound("page".to_owned()))
}

/// Those who use a thing, as pages name them.
fn used_by(users: Vec<Use>) -> Vec<UsedBy> {
    let one = |user: Use| {
        let kind = ResourceKind::from_path(&user.kind);
        let settings = kind == Some(ResourceKind::Settings);
        UsedBy {
            // A callflow without a name is told by its numbers, which are stored as a list.
            name: user.name.trim_matches(['[', ']']).replace('"', ""),
            what: kind.map_or_else(String::new, |kind| capital(kind.label())),
            place: if settings {
                user.kind
            } else {
                format!("{}/{}", user.kind, user.id)
            },
        }
    };
    users.into_iter().map(one).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
