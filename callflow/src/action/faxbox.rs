//! Fax Boxes: receives a fax for a fax box. KAZOO module `faxbox`.

use crate::action::parts::fax::{self, FaxOption};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Fax;
use crate::directory::Directory;
use crate::json;
use crate::resource::{FaxBox, Resource, ResourceKind};
use crate::value::Ref;

crate::fields! {
    /// Answers as a fax machine and delivers what comes to a fax box.
    pub struct ToFaxBox {
        /// The fax box that gets the fax. Left empty, it is the one whose number was dialled.
        id: Option<Ref<FaxBox>> = None, "id", "Fax box";
        /// Whether the fax may come as data instead of sound (T.38). Automatic asks the fax box.
        t38: FaxOption = FaxOption::Auto, "media.fax_option", "T.38";
    }
}

impl ToFaxBox {
    /// The fax box that is named; KAZOO has two keys for it.
    fn named(&self) -> Option<String> {
        let other = || self.source.get("faxbox_id").and_then(json::text);
        let id = self.id.as_ref().map(|id| id.id().to_owned());
        id.or_else(other).filter(|id| !id.is_empty())
    }

    /// The fax box of this step: the one named, else the one whose number was dialled.
    fn fax_box(&self, call: &Call) -> Option<(String, FaxBox)> {
        let directory = &call.account().directory;
        if let Some(id) = self.named() {
            let found = directory.fax_box(&id)?.clone();
            return Some((id, found));
        }
        let dialled = call.info().dialled.as_str();
        directory
            .all(ResourceKind::FaxBox)
            .find_map(|(id, resource)| match resource.as_ref() {
                Resource::FaxBox(own)
                    if [&own.identity.0, &own.caller_number.0].contains(&&dialled.to_owned()) =>
                {
                    Some((id.to_owned(), FaxBox::clone(own)))
                }
                _ => None,
            })
    }
}

/// Whether anybody gets the faxes of a box by mail.
fn is_mailed(own: &FaxBox, directory: &Directory) -> bool {
    let owner = own.owner.as_ref().and_then(|id| directory.user(id.id()));
    !own.inbound_emails.0.is_empty()
        || owner.is_some_and(|owner| !owner.email.0.is_empty())
        || !directory.settings().email.0.is_empty()
}

impl Definition for ToFaxBox {
    const MODULE: &'static str = "faxbox";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Fax Boxes",
        category: Category::Advanced,
        icon: "inbox",
        family: Family::Message,
        help: "Delivers to a fax box",
        synonyms: &["fax", "fax to email", "t.38", "telefax"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let field = Some("id");
        let Some(id) = self.named() else {
            let message = "No fax box chosen: the number dialled chooses it";
            return vec![Finding::warning("FAX_BOX_BY_NUMBER", field, message)];
        };
        match directory.fax_box(&id) {
            // That a chosen one is gone is told for every field; the other key is no field.
            None if self.id.is_none() => {
                let message = "This fax box is not there any more";
                vec![Finding::error("RESOURCE_MISSING", field, message)]
            }
            Some(own) if !is_mailed(own, directory) => {
                let message = "Nobody gets the faxes of this box by mail";
                vec![Finding::warning("FAX_WITHOUT_EMAIL", field, message)]
            }
            _ => Vec::new(),
        }
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = self
            .named()
            .and_then(|id| directory.name(ResourceKind::FaxBox, &id));
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let Some((id, own)) = self.fax_box(call) else {
            call.trouble("There is no such fax box; the call goes on.");
            return Ok(Next::Continue);
        };
        let numbers = [&own.identity.0, &own.caller_number.0, &call.info().dialled];
        let station_id = numbers.into_iter().find(|number| !number.is_empty());
        let station_id = station_id.cloned().unwrap_or_default();
        let fax = Fax {
            fax_box: Some(id),
            owner: own.owner.as_ref().map(|owner| owner.id().to_owned()),
            t38: self.t38.allows(own.t38),
            station_id,
        };
        fax::receive(call, fax).await
    }
}
