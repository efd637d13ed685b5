//! Set CAV: adds custom data to the call. KAZOO module `set_variables`.

use crate::action::parts::template;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Update;
use crate::directory::Directory;
use crate::limits;
use crate::value::Pairs;

crate::fields! {
    /// Puts names and values on the call: into its record, and into reach of later steps.
    pub struct SetVariables {
        /// Names and values. A name that is already set gets the new value. A value may hold other values in
        /// double braces, for example {{digits}} or {{caller_id_number}}.
        variables: Pairs = Pairs::default(), "custom_application_vars", "Variables";
        /// Legs that are dialled later carry them too, and so do their records.
        export: bool = false, "export", "Set on called legs too";
    }
}

impl Definition for SetVariables {
    const MODULE: &'static str = "set_variables";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Set CAV",
        category: Category::Advanced,
        icon: "tags",
        family: Family::Data,
        help: "Adds custom data to the CDR",
        synonyms: &["custom application variables", "tag", "label", "cdr"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let field = "custom_application_vars";
        let pairs = &self.variables.0;
        if pairs.is_empty() {
            let message = "No variable is set";
            return vec![Finding::error("FIELD_REQUIRED", Some(field), message)];
        }
        let mut found = Vec::new();
        if pairs.iter().any(|(name, _)| name.trim().is_empty()) {
            let message = "A value has no name";
            found.push(Finding::warning("VARIABLE_UNNAMED", Some(field), message));
        }
        let broken = pairs
            .iter()
            .find_map(|(_, value)| template::check(field, value));
        found.extend(broken);
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(match self.variables.0.as_slice() {
            [] => String::new(),
            [(name, value)] => format!("{name} = {value}"),
            many => format!("{} variables", many.len()),
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.variables.0.is_empty() {
            call.trouble("No variable is named; nothing is set.");
            return Ok(Next::Continue);
        }
        let mut values = Vec::new();
        for (name, template) in &self.variables.0 {
            let value = call.text(template);
            values.extend(set(call, name, &value));
        }
        if !values.is_empty() {
            tell(call, values, self.export).await?;
        }
        Ok(Next::Continue)
    }
}

/// Has values put into the call's record.
///
/// # Errors
/// When the caller has gone.
pub(super) async fn tell(
    call: &mut Call,
    values: Vec<(String, String)>,
    export: bool,
) -> Result<(), Ended> {
    call.update(Update::Tag { values, export }).await;
    // Storing outlives the caller; the steps after it do not.
    if call.is_up() { Ok(()) } else { Err(Ended) }
}

/// Sets one variable; the pair as it was kept, within bounds. `None` when there is no room for it.
pub(super) fn set(call: &mut Call, name: &str, value: &str) -> Option<(String, String)> {
    let name = name.trim();
    if name.is_empty() {
        call.trouble("A value without a name is not set.");
        return None;
    }
    call.set_variable(name, value);
    let name: String = name.chars().take(limits::MAX_VARIABLE_NAME).collect();
    let kept = call.variables().find(|(own, _)| *own == name);
    let value = kept.map(|(_, kept)| kept.to_owned())?;
    call.note_set(name.as_str(), value.as_str());
    Some((name, value))
}
