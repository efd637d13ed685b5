#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]
//! What Patchcord remembers: accounts, people, numbers, resources, callflows and their publications, calls.
//!
//! One file per noun, each adding methods to [`Store`]. SQLite by default, PostgreSQL by URL, the same SQL on both.
//!
//! **Tenants are separated in the query.** Every method that touches an account's rows takes an [`Access`], which only
//! [`Store::access`] hands out after checking that the caller may reach the account, and binds that account's identifier.
//!
//! **A callflow** is edited as a [`Draft`] and goes live as a [`Publication`], which never changes. A runtime gets an
//! [`AccountSnapshot`] and reads it again when an [`Announcement`] names its account.
//!
//! The crate knows nothing of HTTP, pages or SIP.

mod access;
mod account;
mod announce;
mod attempts;
mod call;
mod carrier;
mod counts;
mod credential;
mod database;
mod deleted;
mod demo;
mod draft;
mod error;
mod fax;
mod files;
mod history;
mod idempotency;
mod import;
mod live;
mod mention;
mod message;
mod moment;
mod number;
mod number_use;
mod outgoing_fax;
mod page;
mod password;
mod person;
mod presence;
mod publish;
mod recording;
mod registration;
mod resource;
mod search;
mod secret;
mod settings;
mod sip_trace;
mod snapshot;
mod token;

pub use access::{Access, Caller, Role};
pub use account::{Account, AccountChange, AccountKind, AccountLimits, NewAccount};
pub use announce::Announcement;
pub use call::{Call, CallEnd, CallFilter, CallStart, Direction};
pub use carrier::CarrierRoute;
pub use counts::AccountCounts;
pub use credential::{Credential, CredentialKind};
pub use database::{Backend, Store};
pub use deleted::{DeletedCallflow, LostNumber, Restored};
pub use demo::{Demo, DemoAccount};
pub use draft::{Draft, DraftSummary, LiveState, Save};
pub use error::{Error, Result, Use};
pub use fax::{Fax, NewFax};
pub use files::media_file;
pub use idempotency::{Made, Once, StoredAnswer};
pub use import::{ImportOptions, Imported, ImportedCallflow, ImportedResource};
pub use message::{Folder, Message, MessageCounts, NewMessage};
pub use moment::Moment;
pub use number::{Number, NumberFilter, dialled, spaced};
pub use number_use::{NumberHolder, NumberLed, NumberUse};
pub use outgoing_fax::{FaxAttempt, FaxState, NewOutgoingFax, OutgoingFax};
pub use page::{Listed, Page};
pub use person::{NewPerson, Person};
pub use presence::ManualPresence;
pub use publish::{Publication, PublicationSummary, Publish};
pub use recording::{NewRecording, Recording};
pub use registration::RegistrationChange;
pub use resource::Resource;
pub use search::Hit;
pub use secret::{Secret, SecretKey};
pub use sip_trace::SipTrace;
pub use snapshot::AccountSnapshot;
pub use token::{IssuedToken, SignIn, TokenKind};
