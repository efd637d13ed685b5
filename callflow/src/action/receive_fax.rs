//! Receive Fax: receives a fax for a person. KAZOO module `receive_fax`.

use crate::action::parts::fax::{self, FaxOption};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Fax;
use crate::directory::Directory;
use crate::resource::{ResourceKind, User};
use crate::value::Ref;

crate::fields! {
    /// Answers as a fax machine and sends what comes to a person.
    pub struct ReceiveFax {
        /// Who gets the fax by mail. Left empty, it goes to the account’s own address.
        owner: Option<Ref<User>> = None, "owner_id", "User";
        /// Whether the fax may come as data instead of sound (T.38). Turn it off for carriers that get it wrong.
        t38: FaxOption = FaxOption::Auto, "media.fax_option", "T.38";
    }
}

impl Definition for ReceiveFax {
    const MODULE: &'static str = "receive_fax";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Receive Fax",
        category: Category::Advanced,
        icon: "printer",
        family: Family::Message,
        help: "Sends the fax to a user",
        synonyms: &["fax", "fax to email", "t.38", "telefax"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let field = Some("owner_id");
        let (code, message) = match &self.owner {
            Some(owner) => match directory.user(owner.id()) {
                Some(user) if user.email.0.is_empty() => (
                    "FAX_WITHOUT_EMAIL",
                    "This user has no mail address to send faxes to",
                ),
                _ => return Vec::new(),
            },
            None if directory.settings().email.0.is_empty() => (
                "FAX_WITHOUT_EMAIL",
                "No user chosen, and the account has no mail address either",
            ),
            None => return Vec::new(),
        };
        vec![Finding::warning(code, field, message)]
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = self
            .owner
            .as_ref()
            .and_then(|id| directory.name(ResourceKind::User, id.id()));
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let mut owner = self.owner.as_ref().map(|owner| owner.id().to_owned());
        let gone = |id: &String| call.account().directory.user(id).is_none();
        if owner.as_ref().is_some_and(gone) {
            call.trouble(
                "The user for the fax is not there; it goes to the account’s own address.",
            );
            owner = None;
        }
        let fax = Fax {
            fax_box: None,
            owner,
            t38: self.t38.allows(true),
            station_id: call.info().dialled.clone(),
        };
        fax::receive(call, fax).await
    }
}
