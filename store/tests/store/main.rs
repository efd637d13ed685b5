//! What the store promises, the same on SQLite and on PostgreSQL.
//!
//! PostgreSQL is used when `PATCHCORD_TEST_POSTGRES_URL` names a database; `make test` always sets it. Every test gets
//! a schema of its own there.
#![allow(clippy::unwrap_used)]

mod bench;
mod calls;
mod deleted;
mod demo;
mod drafts;
mod files;
mod history;
mod imports;
mod live;
mod number_uses;
mod numbers;
mod outgoing_faxes;
mod publishing;
mod registrations;
mod requests;
mod resources;
mod search;
mod signing_in;
mod sip_traces;
mod tenants;
