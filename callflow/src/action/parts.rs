//! Conversations that several actions share.

pub mod announce;
pub mod choose;
pub mod collect;
pub mod dial;
pub mod endpoint;
pub mod mailbox;
pub(crate) mod members;
pub mod record;
pub mod restriction;
pub mod sound;
