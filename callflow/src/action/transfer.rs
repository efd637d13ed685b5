//! Transfer: hands the caller to another number. KAZOO module `transfer`.

use crate::action::parts::{dial, outside, transfer};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::json;
use crate::value::Text;

crate::fields! {
    /// Hands the caller to another number, for good. What called this callflow does not go on.
    pub struct Transfer {
        /// The extension or number, in international form where it is outside. Left empty, the digits that the dialled
        /// number’s pattern captured are taken. `{{digits}}` stands for what the caller keyed before.
        target: Text<0, 64> = Text::default(), "target", "Number";
    }
}

impl Definition for Transfer {
    const MODULE: &'static str = "transfer";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Transfer",
        category: Category::OtherCalls,
        icon: "phone-forwarded",
        family: Family::Connect,
        help: "Hands the caller to another number",
        synonyms: &["redirect", "forward", "refer", "extension", "deflect"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(dial::failure_branches())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        let target = self.target.0.as_str();
        let known = !target.is_empty() && !target.contains("{{");
        if known && outside::dialable(target).is_none() {
            let message = format!("“{target}” is no extension or number");
            found.push(Finding::error("NUMBER_INVALID", Some("target"), message));
        }
        if target.contains("{{") {
            let message = "The caller may choose the number: deny the classes that cost money in the settings";
            found.push(Finding::warning(
                "TRANSFER_ANYWHERE",
                Some("target"),
                message,
            ));
        }
        let said = |key: &str| self.source.get(key).and_then(json::text);
        if said("transfer_type").as_deref() == Some("attended")
            || said("leg").as_deref() == Some("bleg")
        {
            let message = "Only the caller is transferred, and at once";
            found.push(Finding::warning("TRANSFER_BLIND", None, message));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(self.target.0.clone())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let number = if self.target.0.is_empty() {
            call.info().capture.clone().unwrap_or_default()
        } else {
            call.text(&self.target.0)
        };
        if number.is_empty() {
            call.trouble("There is no number to transfer to; the call goes on.");
            return Ok(Next::Continue);
        }
        transfer::to(call, &number).await
    }
}
