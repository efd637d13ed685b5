//! Which phones calls can reach. Whoever runs the exchange knows; pages ask.

use leptos::prelude::use_context;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;

/// A place where a device is registered (RFC 3261 §10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// The device's id.
    pub device: String,
    /// Where its packets come from, address and port.
    pub address: String,
    /// `UDP`, `TCP` …
    pub transport: String,
    /// What it calls itself (`User-Agent`); may be empty.
    pub user_agent: String,
}

type Answer = Pin<Box<dyn Future<Output = Vec<Reachable>> + Send>>;

/// Asks where the devices of an account, by its id, are registered. Put into the context of pages and server
/// functions beside the store.
#[derive(Clone)]
pub struct Phones(Arc<dyn Fn(String) -> Answer + Send + Sync>);

impl Phones {
    /// Asks in this way.
    pub fn new<F>(ask: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Vec<Reachable>> + Send + 'static,
    {
        Self(Arc::new(move |account| Box::pin(ask(account))))
    }
}

/// The places of an account's devices; none where nobody knows.
pub(super) async fn reachable(account: &str) -> Vec<Reachable> {
    match use_context::<Phones>() {
        Some(phones) => (phones.0)(account.to_owned()).await,
        None => Vec::new(),
    }
}

/// The ids of the devices that calls reach.
pub(super) async fn registered(account: &str) -> HashSet<String> {
    let places = reachable(account).await;
    places.into_iter().map(|place| place.device).collect()
}
