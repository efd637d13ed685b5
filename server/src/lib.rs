#![forbid(unsafe_code)]
#![recursion_limit = "256"]
#![cfg_attr(test, allow(clippy::unwrap_used))]
//! The `patchcord` program as a library: configuration, sign-in, REST API, pages, and the wiring of the other crates.
//!
//! It holds no domain rules. Pages and API call the same functions of [`store`], which decide.

mod api;
mod assets;
mod auth;
pub mod cli;
pub mod config;
mod documents;
mod feed;
mod files;
mod housekeeping;
mod key;
mod mail;
mod metrics;
mod origin;
mod pages;
mod pcap;
mod security;
pub mod serve;
mod state;
mod unread;
mod websocket;
