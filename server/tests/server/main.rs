//! The program over real HTTP, on free ports, each test with its own database.
#![allow(clippy::unwrap_used)]

mod accounts;
mod api;
mod bench;
mod browser;
mod command_line;
mod described;
mod faxes;
mod files;
mod history;
mod imports;
mod recordings;
