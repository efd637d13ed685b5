//! Prepared audio in memory, bounded by its size.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::media::PreparedAudio;

/// Keeps what was used lately. An evicted piece lives on while a call plays it.
#[derive(Debug)]
pub(super) struct MemoryCache<K> {
    limit: usize,
    entries: Mutex<Entries<K>>,
}

#[derive(Debug)]
struct Entries<K> {
    by_key: HashMap<K, Entry>,
    /// Grows with every use; the entry with the smallest number is the one not
    /// used for longest.
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    audio: Arc<OnceCell<Arc<PreparedAudio>>>,
    used: u64,
}

impl<K: Clone + Eq + Hash> MemoryCache<K> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: Mutex::new(Entries {
                by_key: HashMap::new(),
                clock: 0,
            }),
        }
    }

    /// What is kept under `key`, else what `load` gives. Others who ask for the
    /// same key meanwhile wait for that. A failure is not kept.
    pub(super) async fn get<E>(
        &self,
        key: K,
        load: impl Future<Output = Result<Arc<PreparedAudio>, E>>,
    ) -> Result<Arc<PreparedAudio>, E> {
        let cell = {
            let mut entries = self.lock();
            entries.clock += 1;
            let used = entries.clock;
            let entry = entries.by_key.entry(key.clone()).or_insert_with(|| Entry {
                audio: Arc::default(),
                used,
            });
            entry.used = used;
            entry.audio.clone()
        };
        if let Some(audio) = cell.get() {
            return Ok(audio.clone());
        }
        let loaded = cell.get_or_try_init(|| load).await.cloned();
        let mut entries = self.lock();
        if loaded.is_err() {
            let empty = |entry: &Entry| Arc::ptr_eq(&entry.audio, &cell) && cell.get().is_none();
            if entries.by_key.get(&key).is_some_and(empty) {
                entries.by_key.remove(&key);
            }
        }
        entries.evict(self.limit);
        loaded
    }

    fn lock(&self) -> MutexGuard<'_, Entries<K>> {
        // Every change leaves the map in order.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone + Eq + Hash> Entries<K> {
    /// Drops what was not used for longest until the rest fits. Runs only after
    /// a load, which costs far more than looking at every entry.
    fn evict(&mut self, limit: usize) {
        let size = |entry: &Entry| entry.audio.get().map(|audio| audio.size_bytes());
        let mut total: usize = self.by_key.values().filter_map(size).sum();
        while total > limit {
            let loaded = self.by_key.iter().filter(|(_, it)| size(it).is_some());
            let Some(oldest) = loaded.min_by_key(|(_, it)| it.used).map(|(k, _)| k.clone()) else {
                break;
            };
            if let Some(gone) = self.by_key.remove(&oldest) {
                total -= size(&gone).unwrap_or(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn second() -> Arc<PreparedAudio> {
        Arc::new(PreparedAudio::from_samples(&[0; 8000]))
    }

    #[tokio::test]
    async fn one_load_serves_all_who_ask_at_once() {
        let cache = MemoryCache::new(1 << 20);
        let loads = AtomicUsize::new(0);
        let ask = || {
            cache.get("a", async {
                loads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok::<_, ()>(second())
            })
        };
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        assert!(Arc::ptr_eq(&one.expect("loaded"), &two.expect("loaded")));
        assert!(three.is_ok());
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn failure_is_not_kept() {
        let cache = MemoryCache::new(1 << 20);
        assert!(cache.get("a", async { Err("broken") }).await.is_err());
        assert!(cache.lock().by_key.is_empty());
        assert!(
            cache
                .get("a", async { Ok::<_, &str>(second()) })
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn least_recently_used_is_dropped_when_memory_is_full() {
        // Room for two and a half.
        let cache = MemoryCache::new(40_000);
        let load = || async { Ok::<_, ()>(second()) };
        for key in ["a", "b", "a", "c"] {
            cache.get(key, load()).await.expect("loaded");
        }
        let entries = cache.lock();
        assert!(entries.by_key.contains_key("a") && entries.by_key.contains_key("c"));
        assert!(!entries.by_key.contains_key("b"));
    }
}
