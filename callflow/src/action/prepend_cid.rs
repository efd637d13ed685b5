//! Prepend Caller-ID and Reset Prepend: text before the caller ID. KAZOO module `prepend_cid`.

use crate::action::parts::template;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::value::Text;

crate::choice! {
    /// What the step does.
    pub enum Change {
        /// Adds text.
        Prepend = "prepend", "Add text";
        /// Takes added text away.
        Reset = "reset", "Take added text away";
    }
}

crate::choice! {
    /// What new text does to earlier text.
    pub enum Earlier {
        /// It goes before it.
        Keep = "current", "Before text added earlier";
        /// It takes its place.
        Replace = "original", "Instead of text added earlier";
    }
}

crate::fields! {
    /// Puts text before the name and number of the caller, so that whoever answers sees what was called.
    pub struct PrependCid {
        /// Whether text is added, or all text of earlier steps is taken away again.
        action: Change = Change::Prepend, "action", "Change";
        /// Put before the name, for example `Clinic: `. Mind the space at the end. It may hold values in double
        /// braces.
        name: Text<0, 64> = Text::default(), "caller_id_name_prefix", "Before the name";
        /// Put before the number. A phone that calls back dials it too.
        number: Text<0, 64> = Text::default(), "caller_id_number_prefix", "Before the number";
        /// Where the text goes when an earlier step has added some.
        apply_to: Earlier = Earlier::Keep, "apply_to", "Put it";
    }
}

impl Definition for PrependCid {
    const MODULE: &'static str = "prepend_cid";
    const PRESETS: &'static [Preset] = &[
        Preset {
            label: "Prepend Caller-ID",
            category: Category::CallerId,
            icon: "pc-prepend",
            family: Family::Set,
            help: "Adds text before the caller ID",
            synonyms: &["prefix", "cli", "cnam", "label the call"],
            mark: None,
        },
        Preset {
            label: "Reset Prepend",
            category: Category::CallerId,
            icon: "rotate-ccw",
            family: Family::Set,
            help: "Takes added text away again",
            synonyms: &["remove prefix", "undo prepend", "cli"],
            mark: Some(("action", "reset")),
        },
    ];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        if self.action == Change::Reset {
            return Vec::new();
        }
        let fields = [
            ("caller_id_name_prefix", self.name.0.as_str()),
            ("caller_id_number_prefix", self.number.0.as_str()),
        ];
        if fields.iter().all(|(_, text)| text.is_empty()) && self.apply_to == Earlier::Keep {
            let message = "No text is added";
            return vec![Finding::warning(
                "PREPEND_EMPTY",
                Some(fields[0].0),
                message,
            )];
        }
        let broken = fields
            .iter()
            .filter_map(|(field, text)| template::check(field, text));
        broken.collect()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        if self.action == Change::Reset {
            return Caption::default();
        }
        let texts = [&self.name.0, &self.number.0];
        let quoted: Vec<String> = texts
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(|text| format!("“{text}”"))
            .collect();
        Caption::text(quoted.join(" "))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.action == Change::Reset {
            call.prepend("", "", true);
        } else {
            let (name, number) = (call.text(&self.name.0), call.text(&self.number.0));
            call.prepend(&name, &number, self.apply_to == Earlier::Replace);
        }
        let shown = call.caller_shown();
        let shown = format!("{} {}", shown.name, shown.number);
        call.note_set("caller ID", shown.trim());
        Ok(Next::Continue)
    }
}
