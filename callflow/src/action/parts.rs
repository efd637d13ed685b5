//! Conversations that several actions share.

pub mod announce;
pub mod choose;
pub mod collect;
pub mod dial;
pub mod endpoint;
pub(crate) mod fax;
pub(crate) mod forward;
pub mod header;
pub(crate) mod left;
pub(crate) mod mail;
pub mod mailbox;
pub(crate) mod members;
pub mod onward;
pub(crate) mod outside;
pub mod own_number;
pub mod pattern;
pub mod record;
pub mod recording;
pub mod restriction;
pub mod sound;
pub(crate) mod switch;
pub mod template;
pub(crate) mod tone_stream;
pub(crate) mod transfer;
pub mod wait;
pub mod web;
