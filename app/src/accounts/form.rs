//! Adding an account, and changing one: name, realm, limits, and who administers it.

use super::{AccountRow, Accounts};
use crate::account::AccountName;
use crate::editor::DialogFrame;
use crate::form::{FormField, one_field, secret};
use crate::trouble::Trouble;
use crate::ui::foot::{Does, Foot};
use callflow::Directory;
use callflow::field::{Choice, FieldKind, FieldSpec};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// Limits of an account; nothing sets none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LimitsEntry {
    /// Calls at once.
    pub(crate) calls: Option<u32>,
    /// Calls to and from outside at once.
    pub(crate) outside_calls: Option<u32>,
    /// Calls that begin within a minute.
    pub(crate) calls_per_minute: Option<u32>,
}

/// An account as it is entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountEntry {
    /// Its name.
    pub(crate) name: String,
    /// SIP realm.
    pub(crate) realm: String,
    /// IANA time zone.
    pub(crate) time_zone: String,
    /// Language of prompts.
    pub(crate) language: String,
    /// Whether it may have accounts below it; of a new one.
    pub(crate) reseller: bool,
    /// Whether its calls are answered.
    pub(crate) enabled: bool,
    /// Its limits.
    pub(crate) limits: LimitsEntry,
    /// Of a new one: address and password of its first administrator.
    pub(crate) administrator: Option<(String, String)>,
}

/// What came of storing an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum AccountSaved {
    /// It is stored.
    Done(AccountName),
    /// What is wrong, by field.
    Wrong(Vec<(String, String)>),
    /// Somebody else has changed it.
    Stale,
}

/// Makes an account below the signed-in reseller, or changes the one of this id and revision.
///
/// # Errors
/// When the person is no reseller, or may not see the account.
#[server(prefix = "/ui", endpoint = "save-account", input = Json)]
pub(crate) async fn save_account(
    existing: Option<(String, i64)>,
    entry: AccountEntry,
) -> Result<AccountSaved, Trouble> {
    crate::backend::save_account(existing, entry).await
}

const KINDS: &[Choice] = &[
    Choice {
        value: "customer",
        label: "Customer",
    },
    Choice {
        value: "reseller",
        label: "Reseller",
    },
];

const STATES: &[Choice] = &[
    Choice {
        value: "true",
        label: "Active",
    },
    Choice {
        value: "false",
        label: "Disabled",
    },
];

fn spec(key: &'static str, label: &'static str, help: &str, kind: FieldKind) -> FieldSpec {
    FieldSpec {
        key,
        label,
        help: help.to_owned(),
        kind,
        optional: false,
        default: Value::Null,
        schema: || json!({}),
        canonical: |value| Ok(value.clone()),
    }
}

fn text(max: usize, mono: bool) -> FieldKind {
    FieldKind::Text { min: 1, max, mono }
}

const LIMIT: FieldKind = FieldKind::Integer {
    min: 0,
    max: 1_000_000,
};

/// The fields of a form, with what they hold at first.
fn fields(row: Option<&AccountRow>) -> Vec<FormField> {
    let new = row.is_none();
    let text_of = |of: fn(&AccountRow) -> &str, other: &str| Value::from(row.map_or(other, of));
    let limit = |of: fn(&LimitsEntry) -> Option<u32>| {
        row.and_then(|row| of(&row.limits))
            .map_or(Value::Null, Value::from)
    };
    let optional = |mut spec: FieldSpec| {
        spec.optional = true;
        spec
    };
    let mut fields = vec![
        FormField::new(
            spec("name", "Name", "As it stands in lists.", text(128, false)),
            text_of(|row| &row.account.name, ""),
        ),
        FormField::new(
            spec(
                "realm",
                "Realm",
                "The SIP domain of its phones, such as office.example.com.",
                text(253, true),
            ),
            text_of(|row| &row.realm, ""),
        ),
        FormField::new(
            spec(
                "time_zone",
                "Time zone",
                "Where its hours and times are told.",
                FieldKind::Zone,
            ),
            text_of(|row| &row.time_zone, "Europe/London"),
        ),
        FormField::new(
            spec(
                "language",
                "Language",
                "In which callers are spoken to.",
                FieldKind::Language,
            ),
            text_of(|row| &row.language, "en-GB"),
        ),
        FormField::new(
            optional(spec(
                "limits.calls",
                "Calls at once",
                "Empty sets no limit. Calls for help are not counted.",
                LIMIT,
            )),
            limit(|limits| limits.calls),
        ),
        FormField::new(
            optional(spec(
                "limits.outside_calls",
                "Calls to and from outside at once",
                "Empty sets no limit.",
                LIMIT,
            )),
            limit(|limits| limits.outside_calls),
        ),
        FormField::new(
            optional(spec(
                "limits.calls_per_minute",
                "New calls a minute",
                "Empty sets no limit.",
                LIMIT,
            )),
            limit(|limits| limits.calls_per_minute),
        ),
    ];
    if new {
        fields.push(FormField::new(
            spec(
                "kind",
                "Kind",
                "A reseller has accounts below it.",
                FieldKind::Choice(KINDS),
            ),
            Value::from("customer"),
        ));
        fields.push(FormField::new(
            optional(spec(
                "email",
                "Administrator’s email",
                "Who signs in to run it. Can be added later.",
                text(254, false),
            )),
            Value::Null,
        ));
        fields.push(FormField::new(
            optional(spec(
                "password",
                "Administrator’s password",
                "At least 8 characters. It is not shown again.",
                text(256, true),
            )),
            Value::Null,
        ));
    } else {
        let state = row.is_none_or(|row| !row.disabled);
        fields.push(FormField::new(
            spec(
                "enabled",
                "Calls",
                "A disabled account’s phones and people are turned away.",
                FieldKind::Choice(STATES),
            ),
            Value::from(if state { "true" } else { "false" }),
        ));
    }
    fields
}

/// What is entered, or what does not fit, by field.
fn entry(fields: &[FormField]) -> Result<AccountEntry, Vec<(String, String)>> {
    let mut wrong = Vec::new();
    let value = |key: &str| {
        let field = fields.iter().find(|field| field.spec.key == key);
        field.map_or(Value::Null, |field| field.value.get_untracked())
    };
    let typed = |key: &str| match value(key) {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut limit = |key: &str| {
        let text = typed(key);
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok();
        if number.is_none() {
            let message = "Enter a whole number, or nothing for no limit.".to_owned();
            wrong.push((key.to_owned(), message));
        }
        number
    };
    let limits = LimitsEntry {
        calls: limit("limits.calls"),
        outside_calls: limit("limits.outside_calls"),
        calls_per_minute: limit("limits.calls_per_minute"),
    };
    for (key, message) in [("name", "Enter a name."), ("realm", "Enter a realm.")] {
        if typed(key).is_empty() {
            wrong.push((key.to_owned(), message.to_owned()));
        }
    }
    let (email, password) = (typed("email"), typed("password"));
    let administrator = match (email.is_empty(), password.is_empty()) {
        (true, true) => None,
        (false, false) => Some((email, password)),
        (true, false) => {
            wrong.push((
                "email".to_owned(),
                "Enter who the password is for.".to_owned(),
            ));
            None
        }
        (false, true) => {
            wrong.push((
                "password".to_owned(),
                "Enter a password, or have one made.".to_owned(),
            ));
            None
        }
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(AccountEntry {
        name: typed("name"),
        realm: typed("realm"),
        time_zone: typed("time_zone"),
        language: typed("language"),
        reseller: typed("kind") == "reseller",
        enabled: typed("enabled") != "false",
        limits,
        administrator,
    })
}

/// The form, of an account or of a new one.
#[component]
pub(super) fn AccountDialog(accounts: Accounts, row: Option<AccountRow>) -> impl IntoView {
    let fields = StoredValue::new(fields(row.as_ref()));
    let existing = row
        .as_ref()
        .map(|row| (row.account.id.clone(), row.revision));
    let existing = StoredValue::new(existing);
    let saving = RwSignal::new(false);
    let close = Callback::new(move |()| accounts.asking.set(None));
    let complain = move |wrong: Vec<(String, String)>| {
        for (key, message) in wrong {
            let field =
                fields.with_value(|all| all.iter().find(|field| field.spec.key == key).cloned());
            match field {
                Some(field) => field.error.set(Some(message)),
                None => accounts.toasts.fail("The account was not saved", message),
            }
        }
    };
    let save = move || {
        for field in fields.get_value() {
            field.error.set(None);
        }
        let entry = match fields.with_value(|fields| entry(fields)) {
            Ok(entry) => entry,
            Err(wrong) => return complain(wrong),
        };
        if saving.get_untracked() {
            return;
        }
        saving.set(true);
        spawn_local(async move {
            let answer = save_account(existing.get_value(), entry).await;
            saving.set(false);
            match answer {
                Ok(AccountSaved::Done(account)) => {
                    accounts.asking.set(None);
                    accounts
                        .toasts
                        .good(format!("{} is saved", account.name), "");
                    accounts.view.refetch();
                }
                Ok(AccountSaved::Wrong(wrong)) => complain(wrong),
                Ok(AccountSaved::Stale) => {
                    accounts.toasts.fail(
                        "The account was not saved",
                        "Somebody else has changed it. Close the form and open it again.",
                    );
                    accounts.view.refetch();
                }
                Err(trouble) => accounts.toasts.fail("The account was not saved", trouble),
            }
        });
    };
    let (title, verb) = match &row {
        Some(row) => (row.account.name.clone(), "Save"),
        None => ("Add an account".to_owned(), "Add account"),
    };
    let directory = Arc::new(Directory::default());
    let widgets = fields
        .get_value()
        .into_iter()
        .map(|field| match field.spec.key {
            "password" => secret(&field, false, false),
            _ => one_field(field, &directory),
        })
        .collect_view();
    let foot = move || {
        view! { <Foot close verb=verb does=Does::Submit("account-form") disabled=saving /> }
            .into_any()
    };
    view! {
        <DialogFrame title=Signal::stored(title) close foot>
            <form
                id="account-form"
                class="fields"
                novalidate
                on:submit=move |ev| {
                    ev.prevent_default();
                    save();
                }
            >
                {widgets}
            </form>
        </DialogFrame>
    }
    .into_any()
}
