//! (being written)

pub mod media;
