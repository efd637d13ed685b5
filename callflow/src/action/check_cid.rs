//! Check Caller-ID: branches on the caller's number. KAZOO module `check_cid`.

use crate::action::parts::pattern;
use crate::action::{
    BranchChoice, Branches, Caption, Category, Definition, Family, FreeKey, Needs, Preset,
};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Party;
use crate::directory::Directory;
use crate::resource::User;
use crate::value::{Pattern, Ref, Text};

crate::fields! {
    /// Branches on the caller's number: by a pattern, or a branch for each number.
    pub struct CheckCid {
        /// A regular expression. The call takes “Match” when the caller's number matches it, else “No match”.
        regex: Pattern = Pattern(ANY.to_owned()), "regex", "Pattern";
        /// Each branch is a number. The call takes the one that is exactly the caller's number.
        use_absolute_mode: bool = false, "use_absolute_mode", "A branch for each number";
        /// The name shown from here on when the number matches; empty leaves it.
        name: Text<0, 64> = Text::default(), "caller_id.external.name", "Show name";
        /// The number shown from here on when the number matches; empty leaves it.
        number: Text<0, 64> = Text::default(), "caller_id.external.number", "Show number";
        /// The user that later steps find as user_id when the number matches. Numbers can be forged, so the caller
        /// gets no rights of that user.
        user_id: Option<Ref<User>> = None, "user_id", "Counts as user";
    }
}

const ANY: &str = ".*";
const MATCH: &str = "match";
const NO_MATCH: &str = "nomatch";

impl CheckCid {
    fn matched(&self, call: &mut Call) {
        if !self.name.0.is_empty() || !self.number.0.is_empty() {
            let mut caller = call.caller_id().clone();
            if !self.name.0.is_empty() {
                caller.name.clone_from(&self.name.0);
            }
            if !self.number.0.is_empty() {
                caller.number.clone_from(&self.number.0);
            }
            call.set_caller(Some(caller));
            let Party { name, number } = call.caller_id();
            let shown = format!("{name} {number}").trim().to_owned();
            call.note_set("caller ID", shown);
        }
        if let Some(user) = &self.user_id {
            call.set_variable("user_id", user.id());
            call.note_set("user_id", user.id());
        }
    }
}

impl Definition for CheckCid {
    const MODULE: &'static str = "check_cid";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Check Caller-ID",
        category: Category::CallerId,
        icon: "split",
        family: Family::Route,
        help: "Branches on the caller’s number",
        synonyms: &["cli", "screening", "match number", "vip"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        let otherwise = BranchChoice::word("_", "Otherwise");
        if self.use_absolute_mode {
            return Branches::Fork {
                choices: vec![otherwise],
                free: Some(FreeKey::Text),
                add_label: "Number",
                default: "_",
            };
        }
        Branches::Fork {
            choices: vec![
                BranchChoice::word(MATCH, "Match"),
                BranchChoice::word(NO_MATCH, "No match"),
                otherwise,
            ],
            free: None,
            add_label: "Result",
            default: "_",
        }
    }

    fn check(&self, _directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        if keys.iter().all(|key| *key == "_") && self.name.0.is_empty() && self.number.0.is_empty()
        {
            let message = "Nothing depends on the result";
            found.push(Finding::warning("BRANCH_WITHOUT_VALUES", None, message));
        }
        if self.regex.0 == ANY && keys.contains(&NO_MATCH) && !self.use_absolute_mode {
            let message = "Every number matches this pattern";
            found.push(Finding::warning(
                "PATTERN_MATCHES_ALL",
                Some("regex"),
                message,
            ));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        if self.use_absolute_mode {
            return Caption::text("A branch for each number");
        }
        Caption {
            text: self.regex.0.clone(),
            mono: true,
            lamp: None,
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let number = call.caller_id().number.clone();
        let matches = match pattern::read(&self.source, "regex", &self.regex, ANY) {
            Ok(regex) => regex.is_none_or(|regex| regex.is_match(&number)),
            Err(text) => {
                call.trouble(format!(
                    "The pattern {text} cannot be read; the call goes on."
                ));
                return Ok(Next::Continue);
            }
        };
        let key = match (matches, self.use_absolute_mode) {
            (false, _) => NO_MATCH,
            (true, true) => number.as_str(),
            (true, false) => MATCH,
        };
        if matches && (!self.use_absolute_mode || call.has_branch(key)) {
            self.matched(call);
        }
        let how = if matches { "matches" } else { "does not match" };
        Ok(Next::Take {
            key: key.to_owned(),
            reason: format!("{number} {how}"),
        })
    }
}
