//! What every request handler shares.

use crate::assets::Site;
use crate::config::Config;
use crate::feed::FaxQueue;
use crate::metrics::Metrics;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use runtime::RuntimeHandle;
use std::sync::Arc;
use store::Store;

/// Shared state; cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) config: Arc<Config>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) site: Arc<Site>,
    pub(crate) runtime: RuntimeHandle,
    pub(crate) faxes: Arc<FaxQueue>,
    pub(crate) leptos: LeptosOptions,
}

impl FromRef<App> for LeptosOptions {
    fn from_ref(app: &App) -> LeptosOptions {
        app.leptos.clone()
    }
}
