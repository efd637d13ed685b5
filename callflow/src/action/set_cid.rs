//! Set Caller-ID: shows another name or number. KAZOO module `set_cid`.

use crate::action::parts::template;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Party;
use crate::directory::Directory;
use crate::value::Text;

crate::fields! {
    /// Shows another caller ID on the phones that ring later in this call.
    pub struct SetCid {
        /// The name that is shown; empty leaves it as it is. It may hold values in double braces.
        name: Text<0, 64> = Text::default(), "caller_id_name", "Name";
        /// The number that is shown; empty leaves it as it is. With both empty, the real caller is shown again.
        number: Text<0, 64> = Text::default(), "caller_id_number", "Number";
    }
}

impl Definition for SetCid {
    const MODULE: &'static str = "set_cid";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Set Caller-ID",
        category: Category::CallerId,
        icon: "pencil",
        family: Family::Set,
        help: "Shows another name or number",
        synonyms: &["cli", "rewrite", "cnam", "display name"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let name = template::check("caller_id_name", &self.name.0);
        let number = template::check("caller_id_number", &self.number.0);
        name.into_iter().chain(number).collect()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        let text = format!("{} {}", self.name.0, self.number.0);
        Caption::text(match text.trim() {
            "" => "The real caller",
            text => text,
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.name.0.is_empty() && self.number.0.is_empty() {
            call.set_caller(None);
        } else {
            let (name, number) = (call.text(&self.name.0), call.text(&self.number.0));
            let mut caller = call.caller_id().clone();
            if !name.trim().is_empty() {
                caller.name = name;
            }
            if !number.trim().is_empty() {
                number.trim().clone_into(&mut caller.number);
            }
            call.set_caller(Some(caller));
        }
        let Party { name, number } = call.caller_id();
        let shown = format!("{name} {number}").trim().to_owned();
        call.note_set("caller ID", shown);
        Ok(Next::Continue)
    }
}
