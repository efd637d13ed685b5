//! Data for looking around: a reseller, two customers, phones, numbers and published callflows.

mod fernhill;
mod oakfield;

use crate::access::{Access, Role};
use crate::account::{AccountKind, NewAccount};
use crate::database::Store;
use crate::error::{Error, Result};
use crate::person::NewPerson;
use crate::publish::Publish;
use crate::token::TokenKind;
use callflow::{Callflow, ResourceKind};
use serde_json::{Map, Value};

/// The demo, for the message at start.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Everybody who may sign in.
    pub accounts: Vec<DemoAccount>,
}

/// An account of the demo.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// Identifier.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Who signs in.
    pub email: String,
}

/// The DDIs of the demo; the last three stay spare.
const NUMBERS: std::ops::RangeInclusive<u64> = 441_614_960_120..=441_614_960_129;

/// Who signs in to the demo.
const PEOPLE: [&str; 3] = [
    "reseller@harbourvoice.example",
    "admin@fernhill.example",
    "admin@oakfield.example",
];

impl Store {
    /// The demo, if this database holds it.
    pub async fn demo(&self) -> Result<Option<Demo>> {
        let mut accounts = Vec::new();
        for email in PEOPLE {
            match self.caller_by_email(email).await {
                Ok(caller) => accounts.push(DemoAccount {
                    id: caller.account_id,
                    name: caller.name,
                    email: caller.email,
                }),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((!accounts.is_empty()).then_some(Demo { accounts }))
    }

    /// Fills an empty database with the demo. `password` becomes everybody's password, every device's and the trunk's,
    /// and works as an API token of the reseller. Returns none, and changes nothing, when there is an account already.
    pub async fn seed_demo(&self, password: &str) -> Result<Option<Demo>> {
        if !self.all_accounts().await?.is_empty() {
            return Ok(None);
        }
        if password.is_empty() || password.len() > 128 || password.chars().any(char::is_control) {
            return Err(Error::invalid(
                "PATCHCORD_DEMO_PASSWORD",
                "set it to 1 to 128 characters, or unset it for a random one",
            ));
        }
        let reseller = Seed::account(
            self,
            None,
            (
                "Harbour Voice",
                "harbourvoice.example",
                AccountKind::Reseller,
            ),
            (PEOPLE[0], Role::Reseller),
            password,
        )
        .await?;
        let fernhill = Seed::account(
            self,
            Some(&reseller),
            (
                "Fernhill Veterinary",
                "fernhill.example",
                AccountKind::Customer,
            ),
            (PEOPLE[1], Role::Admin),
            password,
        )
        .await?;
        let oakfield = Seed::account(
            self,
            Some(&reseller),
            (
                "Oakfield Stables",
                "oakfield.example",
                AccountKind::Customer,
            ),
            (PEOPLE[2], Role::Admin),
            password,
        )
        .await?;
        let caller = self.caller_by_email(&reseller.email).await?;
        self.store_token(&caller, password, TokenKind::Script, "demo")
            .await?;
        for number in NUMBERS {
            let number = format!("+{number}");
            let target = Access::of_program(&fernhill.id);
            self.add_number_once(&caller, &number, Some(&target), None)
                .await?;
        }
        reseller
            .resource(
                ResourceKind::Carrier,
                serde_json::json!({
                    "name": "trunk",
                    "enabled": true,
                    "username": "trunk",
                    "password": password,
                    "allowed_addresses": ["127.0.0.0/8", "::1/128"],
                }),
            )
            .await?;
        fernhill::seed(&fernhill).await?;
        oakfield::seed(&oakfield).await?;
        self.demo().await
    }
}

/// One account being filled.
struct Seed {
    store: Store,
    id: String,
    email: String,
    password: String,
}

/// A person with phone and mailbox, by their identifiers.
struct Person {
    user: String,
    mailbox: String,
}

impl Seed {
    async fn account(
        store: &Store,
        parent: Option<&Seed>,
        (name, realm, kind): (&str, &str, AccountKind),
        (email, role): (&str, Role),
        password: &str,
    ) -> Result<Seed> {
        let account = store
            .insert_account(
                parent.map(|p| p.id.as_str()),
                NewAccount {
                    limits: crate::AccountLimits::default(),
                    name: name.into(),
                    realm: realm.into(),
                    time_zone: "Europe/London".into(),
                    language: "en-GB".into(),
                    kind,
                },
                None,
            )
            .await?
            .first()?;
        let person = NewPerson {
            email: email.into(),
            name: name.into(),
            role,
            password: password.into(),
        };
        store
            .insert_person(&Access::of_program(&account.id), person)
            .await?;
        Ok(Seed {
            store: store.clone(),
            id: account.id,
            email: email.into(),
            password: password.into(),
        })
    }

    fn access(&self) -> Access {
        Access::of_program(&self.id)
    }

    async fn resource(&self, kind: ResourceKind, document: Value) -> Result<String> {
        let document = match document {
            Value::Object(document) => document,
            _ => Map::new(),
        };
        let resource = self
            .store
            .create_resource(&self.access(), kind, document)
            .await?;
        Ok(resource.id)
    }

    /// A person with a desk phone and a mailbox under one extension. The mailbox PIN is the extension.
    async fn person(
        &self,
        (first, last): (&str, &str),
        extension: &str,
        sip_username: &str,
        domain: &str,
    ) -> Result<Person> {
        let caller_id = serde_json::json!({
            "internal": {"name": format!("{first} {last}"), "number": extension},
        });
        let user = self
            .resource(
                ResourceKind::User,
                serde_json::json!({
                    "first_name": first,
                    "last_name": last,
                    "email": format!("{}@{domain}", first.to_lowercase()),
                    "presence_id": extension,
                    "caller_id": caller_id,
                }),
            )
            .await?;
        self.resource(
            ResourceKind::Device,
            serde_json::json!({
                "name": format!("{first}'s desk phone"),
                "device_type": "sip_device",
                "owner_id": user,
                "sip": {"method": "password", "username": sip_username, "password": self.password},
            }),
        )
        .await?;
        let mailbox = self
            .resource(
                ResourceKind::VoicemailBox,
                serde_json::json!({
                    "name": format!("{first} {last}"),
                    "mailbox": extension,
                    "owner_id": user,
                    "pin": extension,
                    "is_setup": true,
                }),
            )
            .await?;
        Ok(Person { user, mailbox })
    }

    /// Spoken text as a media resource.
    async fn speech(&self, name: &str, text: &str) -> Result<String> {
        self.resource(
            ResourceKind::Media,
            serde_json::json!({
                "name": name,
                "media_source": "tts",
                "language": "en-GB",
                "tts": {"text": text, "voice": "female/en-GB"},
            }),
        )
        .await
    }

    /// Makes a callflow and publishes it.
    async fn callflow(&self, document: Value) -> Result<String> {
        let callflow = Callflow::from_json(&document)
            .map_err(|error| Error::invalid("demo callflow", error.to_string()))?;
        let draft = self.store.create_callflow(&self.access(), callflow).await?;
        let outcome = self
            .store
            .publish(&self.access(), &draft.id, None, "Demo")
            .await?;
        if let Publish::Refused(problems) = outcome {
            let first = problems.first().map(|p| p.message.clone());
            return Err(Error::invalid(
                format!("demo callflow {}", draft.callflow.title()),
                first.unwrap_or_default(),
            ));
        }
        Ok(draft.id)
    }

    /// A person's own flow: ring, then mailbox.
    async fn extension(&self, name: &str, numbers: &[&str], person: &Person) -> Result<String> {
        self.callflow(serde_json::json!({
            "name": name,
            "numbers": numbers,
            "flow": {
                "module": "user",
                "data": {"id": person.user, "timeout": 20},
                "children": {"_": voicemail(&person.mailbox)},
            },
        }))
        .await
    }
}

/// A step that takes a message.
fn voicemail(mailbox: &str) -> Value {
    serde_json::json!({"module": "voicemail", "data": {"id": mailbox, "action": "compose"}, "children": {}})
}
