#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]
//! The call-flow domain: what a callflow is, how it is edited and checked, and how it runs on a call.
//!
//! Pure by rule: no I/O, no clock, no randomness of its own, no async runtime. The same code runs in the
//! browser (editing, checking, simulating) and on the exchange (real calls).
//!
//! The way through it: a [`Callflow`] document holds a [`Flow`], a tree of [`Node`]s each with one
//! [`Action`]. A person's wish is an [`Edit`], applied by [`edit::apply`]. [`check::check`] lists
//! [`Problem`]s. [`compile`] turns a draft into a [`Program`]. An [`Interpreter`] runs the program of an
//! [`Account`] snapshot: [`Event`]s in, [`Command`]s and [`trace::Entry`]s out.

pub mod account;
pub mod action;
pub mod call;
pub mod cause;
pub mod check;
pub mod command;
pub mod diff;
pub mod directory;
pub mod document;
pub mod edit;
pub mod event;
mod face;
pub mod field;
pub mod flow;
pub mod help;
pub mod interpreter;
pub mod json;
pub mod kazoo;
pub mod limits;
pub mod live;
pub mod merge;
pub mod metaflow;
pub mod migrate;
pub mod outgoing_fax;
pub mod outline;
pub mod program;
pub mod replay;
pub mod resource;
pub mod route;
pub mod schema;
pub mod secret;
pub mod simulate;
pub mod tones;
pub mod trace;
pub mod value;
pub mod zone;
pub mod zones;

pub use account::{Account, AccountId};
pub use action::{Action, Branches};
pub use call::Call;
pub use cause::Cause;
pub use check::{Problem, Severity};
pub use command::Command;
pub use directory::Directory;
pub use document::{Callflow, CallflowId};
pub use edit::{Edit, Place};
pub use event::Event;
pub use flow::{BranchKey, Flow, Node, NodeId};
pub use interpreter::Interpreter;
pub use outgoing_fax::{FaxBarred, OutgoingFax, outgoing_fax};
pub use program::{Program, compile};
pub use resource::{Resource, ResourceKind};
pub use route::{Origin, Routes};
pub use tones::Tones;
