//! Conversations that several actions share.

pub mod announce;
pub mod collect;
pub mod dial;
pub mod endpoint;
pub(crate) mod members;
pub mod onward;
pub mod own_number;
pub mod pattern;
pub mod record;
pub mod restriction;
pub mod sound;
pub mod template;
