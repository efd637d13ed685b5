//! One fresh store per test and database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{Access, Caller, Moment, SecretKey, Store};

/// A store filled with the demo, and a clock moved by hand.
pub struct Bench {
    pub store: Store,
    clock: Arc<AtomicI64>,
}

pub const PASSWORD: &str = "correct horse battery";
const START_MS: i64 = 1_760_000_000_000;

impl Bench {
    async fn open(url: &str) -> Bench {
        let clock = Arc::new(AtomicI64::new(START_MS));
        let reading = clock.clone();
        let store = Store::open_with_clock(url, move || {
            Moment::from_millis(reading.load(Ordering::SeqCst))
        })
        .await
        .unwrap()
        .with_key(SecretKey::from_bytes([7; 32]));
        store.seed_demo(PASSWORD).await.unwrap().unwrap();
        Bench { store, clock }
    }

    pub fn advance_ms(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub async fn reseller(&self) -> Caller {
        self.caller("reseller@harbourvoice.example").await
    }

    pub async fn fernhill_admin(&self) -> Caller {
        self.caller("admin@fernhill.example").await
    }

    pub async fn oakfield_admin(&self) -> Caller {
        self.caller("admin@oakfield.example").await
    }

    pub async fn caller(&self, email: &str) -> Caller {
        self.store.caller_by_email(email).await.unwrap()
    }

    pub async fn access(&self, caller: &Caller) -> Access {
        self.store.access(caller, &caller.account_id).await.unwrap()
    }

    /// Fernhill, as its admin.
    pub async fn fernhill(&self) -> Access {
        let admin = self.fernhill_admin().await;
        self.access(&admin).await
    }

    pub async fn oakfield(&self) -> Access {
        let admin = self.oakfield_admin().await;
        self.access(&admin).await
    }
}

/// Runs a test on every database there is.
pub async fn each(test: impl AsyncFn(Bench)) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("test.db").display());
    test(Bench::open(&url).await).await;

    let Ok(url) = std::env::var("PATCHCORD_TEST_POSTGRES_URL") else {
        return;
    };
    sqlx::any::install_default_drivers();
    let schema = format!("t{}", uuid::Uuid::new_v4().simple());
    let admin = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
        .execute(&admin)
        .await
        .unwrap();
    let joint = if url.contains('?') { '&' } else { '?' };
    let bench = Bench::open(&format!("{url}{joint}options=-csearch_path%3D{schema}")).await;
    let store = bench.store.clone();
    test(bench).await;
    store.close().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE")))
        .execute(&admin)
        .await
        .unwrap();
    admin.close().await;
}
