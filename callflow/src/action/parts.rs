//! Conversations that several actions share.

pub mod announce;
pub mod collect;
pub mod dial;
pub mod endpoint;
pub mod record;
pub mod sound;
