//! Opening the database and the few things every noun needs of it.

use crate::announce::Announcement;
use crate::attempts::Attempts;
use crate::error::{Error, Result};
use crate::moment::Moment;
use crate::secret::SecretKey;
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Executor, Transaction};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, broadcast};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// Announcements kept for a slow listener; one that falls behind further rereads every account.
const ANNOUNCEMENTS_KEPT: usize = 256;

/// Which database is behind the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// One file on this machine.
    Sqlite,
    /// A server several machines may share.
    Postgres,
}

pub(crate) type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// The door to everything Patchcord remembers. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: AnyPool,
    pub(crate) backend: Backend,
    clock: Clock,
    key: Option<SecretKey>,
    announcements: broadcast::Sender<Announcement>,
    pub(crate) attempts: Arc<Attempts>,
    /// Password hashing takes 19 MiB each; this bounds how many run at once.
    pub(crate) hashing: Arc<Semaphore>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.backend)
    }
}

impl Store {
    /// Opens the database at `url` (`sqlite://path` or `postgres://…`), creates a SQLite file that is missing, and
    /// brings the tables up to date.
    pub async fn open(url: &str) -> Result<Store> {
        let store = Store::connect(url, Arc::new(Moment::now)).await?;
        store.migrate().await?;
        Ok(store)
    }

    /// As [`Store::open`], with another clock: tests move it by hand.
    pub async fn open_with_clock(
        url: &str,
        clock: impl Fn() -> Moment + Send + Sync + 'static,
    ) -> Result<Store> {
        let store = Store::connect(url, Arc::new(clock)).await?;
        store.migrate().await?;
        Ok(store)
    }

    async fn connect(url: &str, clock: Clock) -> Result<Store> {
        sqlx::any::install_default_drivers();
        let (backend, url) = address(url)?;
        let options = AnyPoolOptions::new()
            .max_connections(if backend == Backend::Sqlite { 8 } else { 16 })
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(move |connection, _| Box::pin(prepare(connection, backend)));
        let db = options.connect(&url).await.map_err(|error| {
            Error::Open(format!(
                "{error}. Check PATCHCORD_DATABASE_URL and that the directory or server exists and may be written."
            ))
        })?;
        Ok(Store {
            db,
            backend,
            clock,
            key: None,
            announcements: broadcast::Sender::new(ANNOUNCEMENTS_KEPT),
            attempts: Arc::new(Attempts::new()),
            hashing: Arc::new(Semaphore::new(4)),
        })
    }

    async fn migrate(&self) -> Result<()> {
        MIGRATIONS.run(&self.db).await.map_err(|error| {
            Error::Open(format!(
                "upgrading the tables failed: {error}. Restore the backup, or run the program version that wrote this database."
            ))
        })
    }

    /// The same store with the key for passwords that must be known in the clear. Without it none is stored or read.
    #[must_use]
    pub fn with_key(mut self, key: SecretKey) -> Store {
        self.key = Some(key);
        self
    }

    pub(crate) fn key(&self) -> Option<&SecretKey> {
        self.key.as_ref()
    }

    /// Which database is behind this store.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Listens for changed accounts. After [`broadcast::error::RecvError::Lagged`] read every account again.
    pub fn announcements(&self) -> broadcast::Receiver<Announcement> {
        self.announcements.subscribe()
    }

    /// True when the database answers.
    pub async fn ready(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.db).await.is_ok()
    }

    /// Waits for running statements and closes the database.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Writes a consistent copy of a SQLite database to `path`, which must not exist yet.
    pub async fn copy_to(&self, path: &str) -> Result<()> {
        if self.backend != Backend::Sqlite {
            return Err(Error::invalid(
                "database",
                "PostgreSQL is backed up with its own tool: use pg_dump",
            ));
        }
        sqlx::query("VACUUM INTO $1")
            .bind(path)
            .execute(&self.db)
            .await?;
        Ok(())
    }

    pub(crate) fn now(&self) -> Moment {
        (self.clock)()
    }

    /// Begins a transaction that will write. SQLite takes its write lock at once, so that two of them wait for each
    /// other instead of failing half-way.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>> {
        Ok(match self.backend {
            Backend::Sqlite => self.db.begin_with("BEGIN IMMEDIATE").await?,
            Backend::Postgres => self.db.begin().await?,
        })
    }

    /// Begins a transaction that will write rows of one account. On PostgreSQL writers of the same account wait for each
    /// other here, as they do on SQLite anyway, so that checks such as "is it in use?" hold until the commit.
    pub(crate) async fn begin_on(&self, account_id: &str) -> Result<Transaction<'static, Any>> {
        let mut transaction = self.begin().await?;
        let locked = sqlx::query("UPDATE accounts SET generation = generation WHERE id = $1")
            .bind(account_id)
            .execute(&mut *transaction)
            .await?;
        if locked.rows_affected() == 0 {
            return Err(Error::not_found("account", account_id));
        }
        Ok(transaction)
    }

    /// Counts a change of the account that runtimes have to know of. Announce it after the commit.
    pub(crate) async fn bump(
        transaction: &mut Transaction<'static, Any>,
        account_id: &str,
    ) -> Result<Announcement> {
        sqlx::query("UPDATE accounts SET generation = generation + 1 WHERE id = $1")
            .bind(account_id)
            .execute(&mut **transaction)
            .await?;
        let generation: i64 = sqlx::query_scalar("SELECT generation FROM accounts WHERE id = $1")
            .bind(account_id)
            .fetch_one(&mut **transaction)
            .await?;
        Ok(Announcement {
            account_id: account_id.to_owned(),
            generation,
        })
    }

    pub(crate) fn announce(&self, announcement: Announcement) {
        // Nobody listening is no error: tools open the store without a runtime.
        let _ = self.announcements.send(announcement);
    }
}

/// A new identifier: 32 hexadecimal digits, as KAZOO writes them, growing with time.
pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// Lower case for sorting and searching, the same in every database.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}

fn address(url: &str) -> Result<(Backend, String)> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok((Backend::Postgres, url.to_owned()))
    } else if url.starts_with("sqlite:") {
        let joint = if url.contains('?') { '&' } else { '?' };
        Ok((Backend::Sqlite, format!("{url}{joint}mode=rwc")))
    } else {
        Err(Error::Open(
            "the address must begin with sqlite:// or postgres://".into(),
        ))
    }
}

async fn prepare(connection: &mut AnyConnection, backend: Backend) -> sqlx::Result<()> {
    if backend == Backend::Sqlite {
        // The write-ahead log lets readers go on while one writes; NORMAL survives a crash of the program, and a power
        // cut loses at most the last instants, never consistency.
        for statement in [
            "PRAGMA journal_mode = WAL",
            "PRAGMA busy_timeout = 5000",
            "PRAGMA foreign_keys = ON",
            "PRAGMA synchronous = NORMAL",
        ] {
            connection.execute(statement).await?;
        }
    }
    Ok(())
}
