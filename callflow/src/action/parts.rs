//! Conversations that several actions share.

pub mod collect;
pub mod dial;
pub mod endpoint;
pub mod sound;
