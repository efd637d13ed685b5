#![forbid(unsafe_code)]
//! The exchange: sockets, RTP and calls around the pure crates `sip` and `callflow`.
//!
//! One thread drives the SIP core and owns its sockets; a few media workers relay and play audio; each
//! call is one task that runs its callflow. What is published takes effect for the next call; a call in
//! progress keeps what it began with. Nothing here knows of SQL or pages: accounts come in by
//! [`RuntimeHandle::publish`], and what is to be stored goes out as [`Report`]s.
//!
//! ```no_run
//! # async fn example(publication: runtime::Publication) -> Result<(), runtime::StartError> {
//! use runtime::{Report, Runtime, RuntimeConfig};
//!
//! let (handle, mut reports) = Runtime::start(RuntimeConfig::default()).await?;
//! println!("SIP on {:?}", handle.listening().udp);
//! handle.publish(publication).await;
//! while let Some(report) = reports.recv().await {
//!     if let Report::Message(message) = report {
//!         // Move message.file to its place, store it, then:
//!         message.done.done();
//!     }
//! }
//! handle.shutdown(std::time::Duration::from_secs(10)).await;
//! # Ok(())
//! # }
//! ```

mod active;
mod call;
mod carriers;
mod config;
mod execute;
mod fax;
mod limits;
mod live;
pub mod media;
mod net;
mod node;
mod occupied;
pub mod prompts;
mod publication;
mod registrations;
mod registry;
mod report;
mod rooms;
mod router;
mod sound;
mod switchboard;
mod switches;
pub mod tts;
mod web;

pub use active::{ActiveCall, CallCounts, Doing};
pub use call::{FaxEnd, FaxOrder, FaxSent};
pub use config::{Listening, RuntimeConfig, StartError};
pub use limits::Limits;
pub use net::{SignallingStats, TlsError, TlsFiles};
pub use node::{Runtime, RuntimeHandle, WebConnection};
pub use publication::{
    Carrier, DeviceCredentials, DigestCredentials, Gateway, MailboxCounts, Network, Password,
    Publication,
};
pub use registrations::{KeptRegistration, RegistrationChange};
pub use report::{
    Ack, CallRecord, CallStart, Direction, FaxReport, LegRecord, LegRole, MailboxReport,
    MailboxUpdate, MediaRecord, MenuGreeting, Message, NoticeReport, Recording, Registration,
    Reply, Report, SipMessage, SipTrace,
};
pub use rooms::{Conference, ConferenceChange, ConferenceMember};
pub use sip::digest::Algorithm;
