//! Flush DTMF: forgets collected digits. KAZOO module `flush_dtmf`.

use crate::action::collect_dtmf::collection;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, DEFAULT_DIGITS, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::value::Text;

crate::fields! {
    /// Forgets collected digits, and keys that no step has asked for yet.
    pub struct FlushDtmf {
        /// The name of the collection that is forgotten. Keys pressed but not yet asked for belong to default.
        collection_name: Text<0, 50> = Text(DEFAULT_DIGITS.to_owned()), "collection_name", "Name";
    }
}

impl Definition for FlushDtmf {
    const MODULE: &'static str = "flush_dtmf";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Flush DTMF",
        category: Category::Special,
        icon: "trash-2",
        family: Family::Set,
        help: "Forgets keys pressed so far",
        synonyms: &["clear digits", "reset keys", "discard"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(collection(&self.collection_name.0))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let name = collection(&self.collection_name.0);
        if name == DEFAULT_DIGITS {
            call.flush_digits();
        }
        call.set_digits(name, None);
        call.did(format!("forget the digits of {name}"));
        Ok(Next::Continue)
    }
}
