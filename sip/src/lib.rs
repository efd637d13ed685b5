//! Patchcord's SIP core, sans-IO.
//!
//! The crate knows messages, transactions, dialogs, calls, registrations and subscriptions. It
//! knows no sockets, threads, clocks or random sources: bytes, [`Time`] and a seed come in,
//! [`Action`]s go out. The host drives it in a loop:
//!
//! ```
//! use bytes::Bytes;
//! use sip::{Action, Config, Core, Flow, FlowId, Time, Transport, command::Command, event::Event};
//!
//! let mut core = Core::new(Config::default(), [7; 32]); // seed from the operating system
//! let flow = Flow {
//!     id: FlowId(1), // the socket
//!     transport: Transport::Udp,
//!     local: "192.0.2.1:5060".parse().unwrap(), // never 0.0.0.0
//!     peer: "192.0.2.9:5060".parse().unwrap(),
//! };
//! let now = Time::from_millis(0);
//! core.input(now, flow, Bytes::from_static(b"OPTIONS sip:pbx@192.0.2.1 SIP/2.0\r\n\
//!     Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\nFrom: <sip:a@192.0.2.9>;tag=1\r\n\
//!     To: <sip:pbx@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"));
//! let actions: Vec<Action> = core.actions().collect();
//! for action in actions {
//!     match action {
//!         Action::Send { flow, bytes } => println!("to {}: {} bytes", flow.peer, bytes.len()),
//!         Action::Event(Event::IncomingCall(call)) => {
//!             core.command(now, call.call, Command::Ring).ok();
//!         }
//!         _ => {} // Authorize, Locate, Close: see `action`
//!     }
//! }
//! let sleep_until = core.next_timeout(); // then core.poll(now)
//! # let _ = sleep_until;
//! ```
//!
//! **Calls.** One leg is one [`event::CallId`]. An INVITE becomes [`event::Event::IncomingCall`]
//! (after the host's verdict on [`Action::Authorize`]); [`Core::call`] makes one. Bodies are
//! handed through as bytes; [`sdp`] reads, writes and negotiates them. Joining two legs is the
//! host's business. Each leg ends with exactly one `Failed`, `Cancelled` or `Ended`.
//!
//! **Registrations.** REGISTER is authorised, stored and reported; [`Core::bindings`] gives the
//! contacts, each with the flow to reach it on.
//!
//! **Subscriptions.** [`Core::publish`] sets what is told to watchers.
//!
//! **Publications.** PUBLISH of presence is authorised, kept for a while and reported as
//! [`event::Event::Published`]; what watchers are told of it is the host's to say.

#![forbid(unsafe_code)]

pub mod action;
pub mod command;
pub mod config;
mod core;
mod dialog;
pub mod digest;
pub mod event;
mod flow;
pub mod header;
mod invite;
pub mod message;
mod method;
pub mod presence;
mod publish;
mod random;
pub mod register;
pub mod replaces;
pub mod sdp;
pub mod subscribe;
mod time;
mod timer;
mod transaction;
pub mod uri;

pub use action::Action;
pub use config::Config;
pub use core::{Core, Stats};
pub use flow::{Flow, FlowId, Transport};
pub use method::Method;
pub use time::Time;
