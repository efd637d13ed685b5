//! `patchcord serve`: opens the store, starts everything, and stops it again.

use crate::assets::Site;
use crate::config::Config;
use crate::feed::{self, Feed};
use crate::files;
use crate::housekeeping;
use crate::key;
use crate::metrics::Metrics;
use crate::pages;
use crate::state::App;
use leptos::config::LeptosOptions;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{DemoAccount, Store};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Open requests may finish for this long after a stop was asked for.
const GRACE: Duration = Duration::from_secs(5);
/// Base name of the site's program and style files: `pkg/patchcord.js`, `.css`, `_bg.wasm`.
const OUTPUT_NAME: &str = "patchcord";

/// Why the program did not start: what was attempted, what is wrong, what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be used.
    #[error(
        "The data directory {path} cannot be made: {source}. Check PATCHCORD_DATA and its permissions."
    )]
    Data {
        /// The directory.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The key for passwords cannot be used.
    #[error(transparent)]
    Key(#[from] key::KeyError),
    /// The web address cannot be bound.
    #[error(
        "Listening for web and API on {address} failed: {source}. Is another program there? Set PATCHCORD_HTTP to a free address, or to port 0."
    )]
    Http {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The store did not open.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The phone system did not start.
    #[error(transparent)]
    Runtime(#[from] runtime::StartError),
}

/// What a person needs to look around in the demo.
pub struct DemoNotice {
    /// Who signs in.
    pub accounts: Vec<DemoAccount>,
    /// Everybody's password, if it is still known.
    pub password: Option<String>,
}

/// A running program.
pub struct Running {
    /// Where web and API are.
    pub http: SocketAddr,
    /// The store behind it.
    pub store: Store,
    /// The demo, when it is wanted and the database holds it.
    pub demo: Option<DemoNotice>,
    stop: CancellationToken,
    grace: Duration,
    web: JoinHandle<std::io::Result<()>>,
    files: JoinHandle<()>,
    housekeeping: JoinHandle<()>,
    feed: Feed,
}

impl Running {
    /// Where SIP is taken.
    pub fn sip(&self) -> &runtime::Listening {
        self.feed.runtime().listening()
    }

    /// Takes no new calls, lets those in progress go on for the configured time or until `hurry`, and ends what is left:
    /// pages and API answer until then.
    pub async fn stop(self, hurry: impl Future<Output = ()>) {
        let runtime = self.feed.runtime();
        let calls = runtime.active_calls().len();
        if calls > 0 {
            let seconds = self.grace.as_secs();
            tracing::info!(
                calls,
                seconds,
                "calls may go on for a while; a second signal ends them at once"
            );
        }
        tokio::select! {
            _ = runtime.drain(self.grace) => {}
            () = hurry => tracing::info!("calls are ended at once"),
        }
        self.stop.cancel();
        let abort = self.web.abort_handle();
        if tokio::time::timeout(GRACE, self.web).await.is_err() {
            abort.abort();
            tracing::warn!("open requests did not finish in time and were dropped");
        }
        self.feed.stop().await;
        if self.housekeeping.await.is_err() {
            tracing::error!("housekeeping broke off");
        }
        if self.files.await.is_err() {
            tracing::error!("removing files broke off");
        }
        self.store.close().await;
    }
}

/// Opens the store named by the configuration and brings its tables up to date.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    // Messages, hashes and keys lie there: for nobody else on this machine.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data)
        .map_err(|source| StartError::Data {
            path: config.data.display().to_string(),
            source,
        })?;
    let key = key::of_passwords(&config.data)?;
    Ok(Store::open(&config.database_url).await?.with_key(key))
}

/// Starts everything.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let store = open_store(&config).await?;
    let orphaned = store.end_orphaned_calls().await?;
    if orphaned > 0 {
        tracing::warn!(
            calls = orphaned,
            "calls were running when the program stopped last; their records were ended"
        );
    }
    let grace = config.grace;
    let demo = seed(&store, &config).await?;
    let listener = TcpListener::bind(&config.http)
        .await
        .map_err(|source| StartError::Http {
            address: config.http.clone(),
            source,
        })?;
    let http = listener.local_addr().map_err(|source| StartError::Http {
        address: config.http.clone(),
        source,
    })?;
    let feed = feed::start(&store, &config).await?;
    let site = Arc::new(Site::open(config.site.clone()));
    let leptos = LeptosOptions::builder()
        .output_name(OUTPUT_NAME)
        .site_root(config.site.display().to_string())
        .site_pkg_dir(site.package())
        .site_addr(http)
        .build();
    let app = App {
        store: store.clone(),
        config: Arc::new(config),
        metrics: Arc::new(Metrics::default()),
        site,
        runtime: feed.runtime().clone(),
        faxes: Arc::clone(feed.faxes()),
        leptos,
    };
    let stop = CancellationToken::new();
    let data = app.config.data.clone();
    let files = files::follow(store.clone(), data, store.announcements(), stop.clone());
    let files = tokio::spawn(files);
    let kept = app.config.sip_traces;
    let housekeeping = tokio::spawn(housekeeping::keep(store.clone(), kept, stop.clone()));
    let stopped = stop.clone();
    let service = pages::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let web = tokio::spawn(async move {
        axum::serve(listener, service)
            .with_graceful_shutdown(stopped.cancelled_owned())
            .await
    });
    Ok(Running {
        http,
        store,
        demo,
        stop,
        grace,
        web,
        files,
        housekeeping,
        feed,
    })
}

/// Seeds an empty database. The password is kept in the data directory, so that a later start can tell it again.
async fn seed(store: &Store, config: &Config) -> Result<Option<DemoNotice>, StartError> {
    if !config.demo {
        return Ok(None);
    }
    let kept = config.data.join("demo-password");
    let password = match &config.demo_password {
        Some(password) => password.clone(),
        None => random_password(),
    };
    if let Some(demo) = store.seed_demo(&password).await? {
        if let Err(error) = write_secret(&kept, &password) {
            tracing::warn!(%error, "the demo password could not be kept; note it now");
        }
        let accounts = demo.accounts;
        return Ok(Some(DemoNotice {
            accounts,
            password: Some(password),
        }));
    }
    let demo = store.demo().await?;
    Ok(demo.map(|demo| DemoNotice {
        accounts: demo.accounts,
        password: std::fs::read_to_string(&kept).ok(),
    }))
}

/// Writes a file that only its owner may read.
fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

/// 16 letters and digits that cannot be mistaken for each other: about 79 bits.
fn random_password() -> String {
    use rand::Rng;
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    (0..16)
        .filter_map(|_| LETTERS.get(random.random_range(0..LETTERS.len())))
        .map(|letter| char::from(*letter))
        .collect()
}
