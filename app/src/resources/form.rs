//! What is entered on a resource's page, and storing it.

use super::host::Host;
use super::layout::{NAME, Tab, is_wide, matters, password, specs, tabs};
use super::{Change, ResourceView, SaveResult, save_resource};
use crate::form::FormField;
use crate::ui::request;
use callflow::json::Object;
use callflow::secret::is_secret_key;
use leptos::html;
use leptos::prelude::*;
use serde_json::Value;

/// The form of one resource. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) account: StoredValue<String>,
    /// What was loaded.
    pub(super) view: StoredValue<ResourceView>,
    pub(super) fields: StoredValue<Vec<FormField>>,
    /// The revision that saving starts from.
    pub(super) base: RwSignal<i64>,
    /// Somebody else's change that came in between.
    pub(super) stale: RwSignal<Option<Change>>,
    /// The widget of a sound file.
    pub(super) sound: NodeRef<html::Input>,
    /// Whether a sound file is chosen.
    pub(super) has_sound: RwSignal<bool>,
    /// The server has been asked and has not answered.
    pub(super) saving: RwSignal<bool>,
    /// Whether the advanced fields are shown.
    pub(super) advanced: RwSignal<bool>,
    /// The page around it.
    pub(super) page: Host,
}

impl Form {
    pub(super) fn new(account: String, view: ResourceView, page: Host) -> Self {
        let fields: Vec<FormField> = specs(view.kind)
            .into_iter()
            .map(|spec| {
                let value = view.values.iter().find(|(key, _)| key == spec.key);
                let value = value.map_or(Value::Null, |(_, value)| value.clone());
                let complaint = view.complaints.iter().find(|(key, _)| key == spec.key);
                let field = FormField::new(spec, value);
                field.error.set(complaint.map(|(_, text)| text.clone()));
                field
            })
            .collect();
        let base = view.change.as_ref().map_or(0, |change| change.revision);
        Self {
            account: StoredValue::new(account),
            view: StoredValue::new(view),
            fields: StoredValue::new(fields),
            base: RwSignal::new(base),
            stale: RwSignal::new(None),
            sound: NodeRef::new(),
            has_sound: RwSignal::new(false),
            saving: RwSignal::new(false),
            advanced: RwSignal::new(false),
            page,
        }
    }

    pub(super) fn tabs(self) -> &'static [Tab] {
        self.view.with_value(|view| tabs(view.kind))
    }

    /// What a kind's things are called.
    pub(super) fn noun(self) -> &'static str {
        self.view.with_value(|view| view.kind.label())
    }

    pub(super) fn is_new(self) -> bool {
        self.view.with_value(|view| view.id.is_none())
    }

    pub(super) fn field(self, key: &str) -> Option<FormField> {
        self.fields
            .with_value(|fields| fields.iter().find(|field| field.spec.key == key).cloned())
    }

    /// What is entered in a field; `Null` when there is none.
    pub(super) fn value_of(self, key: &str) -> Value {
        self.field(key)
            .map_or(Value::Null, |field| field.value.get())
    }

    /// Whether a field says something at the moment.
    pub(super) fn matters(self, key: &str) -> bool {
        let kind = self.view.with_value(|view| view.kind);
        matters(kind, key, |other| self.value_of(other))
    }

    /// Fields that no section names.
    pub(super) fn others(self) -> Vec<FormField> {
        let named: Vec<&str> = self
            .tabs()
            .iter()
            .flat_map(|tab| tab.sections)
            .flat_map(|section| section.keys)
            .copied()
            .collect();
        self.fields.with_value(|fields| {
            let others = fields.iter();
            let others = others.filter(|field| !named.contains(&field.spec.key));
            others.cloned().collect()
        })
    }

    /// Whether a secret of this key is stored.
    pub(super) fn is_kept(self, key: &str) -> bool {
        self.view
            .with_value(|view| view.kept.iter().any(|kept| kept == key))
    }

    /// Whether a secret can be taken away: a SIP password goes with its user name only.
    pub(super) fn is_removable(self, key: &str) -> bool {
        self.view.with_value(|view| password(view.kind)) != Some(key)
    }

    fn initial(self, key: &str) -> Value {
        self.view.with_value(|view| {
            let found = view.values.iter().find(|(own, _)| own == key);
            found.map_or(Value::Null, |(_, value)| value.clone())
        })
    }

    /// The fields that are not as they were loaded.
    pub(super) fn changes(self) -> Vec<(String, Value)> {
        let fields = self.fields.get_value();
        let entered = fields
            .iter()
            .map(|field| (field.spec.key.to_owned(), field.value.get()));
        entered
            .filter(|(key, value)| *value != self.initial(key))
            .collect()
    }

    /// Whether something would be lost by leaving.
    pub(super) fn dirty(self) -> bool {
        !self.changes().is_empty() || self.has_sound.get()
    }

    /// What is entered is what is stored: nothing would be lost by leaving.
    pub(super) fn settle(self) {
        let fields = self.fields.get_value();
        for field in fields.iter().filter(|field| field.spec.is_secret()) {
            field.value.set(Value::Null);
        }
        let entered = |field: &FormField| (field.spec.key.to_owned(), field.value.get_untracked());
        let now = fields.iter().map(entered).collect();
        self.view.update_value(|view| view.values = now);
        self.has_sound.set(false);
    }

    /// Puts every field back.
    pub(super) fn forget(self) {
        for field in self.fields.get_value() {
            field.value.set(self.initial(field.spec.key));
            field.error.set(None);
        }
        if let Some(input) = self.sound.get_untracked() {
            input.set_value("");
        }
        self.has_sound.set(false);
    }

    /// What is wrong with the changes, as far as the browser can tell.
    fn complaints(self, changes: &[(String, Value)]) -> Vec<(String, String)> {
        let kind = self.view.with_value(|view| view.kind);
        let (mut resource, _) = callflow::Resource::parse(kind, Object::new());
        let mut wrong = Vec::new();
        let mut try_on = |key: &str, value: &Value| {
            // Stored apart, and empty text takes a secret away.
            let apart = password(kind) == Some(key);
            if apart || is_secret_key(key) && value.as_str() == Some("") {
                return;
            }
            if key == NAME && callflow::json::is_blank(value) {
                wrong.push((key.to_owned(), "Enter a name.".to_owned()));
                return;
            }
            if let Err(error) = resource.set(key, value) {
                wrong.push((error.key, error.message));
            }
        };
        for (key, value) in changes {
            try_on(key, value);
        }
        if self.is_new() {
            // What must be filled in is not there yet.
            for field in self.fields.get_value() {
                let changed = changes.iter().any(|(key, _)| key == field.spec.key);
                if !field.spec.optional && !changed {
                    try_on(field.spec.key, &field.value.get_untracked());
                }
            }
        }
        wrong
    }

    /// Shows what is wrong at its field and goes to the first.
    fn complain(self, wrong: Vec<(String, String)>) {
        let mut first = None;
        for (key, message) in wrong {
            match self.field(&key) {
                Some(field) => {
                    first = first.or(Some(field.clone()));
                    field.error.set(Some(message));
                }
                None => self.page.toasts.fail(
                    format!("Could not save the {}", self.noun()),
                    format!("{key}: {message}"),
                ),
            }
        }
        let Some(field) = first else { return };
        let place = self.tabs().iter().position(|tab| {
            let mut keys = tab.sections.iter().flat_map(|section| section.keys);
            keys.any(|key| *key == field.spec.key)
        });
        if place.is_none() {
            self.advanced.set(true);
        }
        self.page.tab.set(place.unwrap_or(0));
        leptos::task::spawn_local(async move {
            leptos::task::tick().await;
            crate::editor::focus_now(&field.id());
        });
    }

    /// Stores what was changed.
    pub(super) fn save(self) {
        if self.saving.get_untracked() {
            return;
        }
        for field in self.fields.get_value() {
            field.error.set(None);
        }
        let changes = untrack(|| self.changes());
        let wrong = self.complaints(&changes);
        if !wrong.is_empty() {
            self.complain(wrong);
            return;
        }
        self.saving.set(true);
        self.stale.set(None);
        let view = self.view.get_value();
        let account = self.account.get_value();
        let section = view.kind.path().to_owned();
        let base = self.base.get_untracked();
        leptos::task::spawn_local(async move {
            let answer = save_resource(account, section, view.id, base, changes).await;
            self.saving.set(false);
            match answer {
                Ok(SaveResult::Saved { id, revision }) => {
                    self.base.set(revision);
                    self.send_sound(id);
                }
                Ok(SaveResult::Wrong(wrong)) => self.complain(wrong),
                Ok(SaveResult::Stale(change)) => self.stale.set(Some(change)),
                Err(trouble) => self.page.toasts.fail(
                    format!("Could not save the {}", self.noun()),
                    format!("{trouble} Your changes are still here."),
                ),
            }
        });
    }

    /// Sends the sound file that was chosen, after the rest.
    fn send_sound(self, id: String) {
        let input = self.sound.get_untracked();
        let file = input
            .and_then(|input| input.files())
            .and_then(|all| all.get(0));
        let (Some(file), true) = (file, self.has_sound.get_untracked()) else {
            self.page.saved(self, id);
            return;
        };
        let account = self.account.get_value();
        let address = format!("/api/v1/accounts/{account}/media/{id}/audio");
        self.saving.set(true);
        request::send("PUT", &address, Some(&file), move |ended| {
            self.saving.set(false);
            if let Err(why) = ended {
                self.page.toasts.fail("The sound was not stored", why);
                self.has_sound.set(false);
            }
            self.page.saved(self, id);
        });
    }
}

/// Whether the widget of a field takes the whole width.
pub(super) fn wide(field: &FormField) -> bool {
    is_wide(&field.spec)
}
