//! Conversations that several actions share.

pub mod announce;
pub mod collect;
pub mod dial;
pub mod endpoint;
pub(crate) mod forward;
pub(crate) mod members;
pub mod record;
pub mod restriction;
pub mod sound;
pub(crate) mod switch;
