//! Conversations that several actions share.

pub mod announce;
pub mod collect;
pub mod dial;
pub mod endpoint;
pub mod header;
pub(crate) mod mail;
pub(crate) mod members;
pub(crate) mod outside;
pub mod record;
pub mod restriction;
pub mod sound;
pub mod web;
