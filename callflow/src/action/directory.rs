//! Directory: finds a person by name. KAZOO module `directory`.

mod keypad;
mod search;

use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::resource::{NameDirectory, ResourceKind};
use crate::value::Ref;
use std::sync::Arc;

crate::fields! {
    /// Lets the caller spell a name on the keypad and connects with that person.
    pub struct ToDirectory {
        /// The directory that is searched.
        id: Ref<NameDirectory> = Ref::new(""), "id", "Directory";
    }
}

impl Definition for ToDirectory {
    const MODULE: &'static str = "directory";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Directory",
        category: Category::Advanced,
        icon: "book-user",
        family: Family::Prompt,
        help: "Finds a person by name",
        synonyms: &[
            "dial by name",
            "phone book",
            "names",
            "spell",
            "company directory",
        ],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let Some(names) = directory.name_directory(self.id.id()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let field = Some("id");
        if search::people(directory, self.id.id(), names).is_empty() {
            let message = "Nobody stands in this directory";
            found.push(Finding::warning("DIRECTORY_EMPTY", field, message));
        }
        if (1..names.min_dtmf.0).contains(&names.max_dtmf.0) {
            let message = "This directory takes fewer letters than it asks for";
            found.push(Finding::warning("DIRECTORY_LETTERS", field, message));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let name = directory.name(ResourceKind::Directory, self.id.id());
        Caption::text(name.unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let account = Arc::clone(call.account());
        let Some(names) = account.directory.name_directory(self.id.id()) else {
            call.trouble("The directory is not there; the call goes on.");
            return Ok(Next::Continue);
        };
        answer_gently(call).await?;
        let people = search::people(&account.directory, self.id.id(), names);
        search::run(call, names, &people).await
    }
}
