//! Everything a caller can be played, ready for the media plane: system
//! prompts, spoken text, digits, and audio files.
//!
//! Speech is synthesized once and kept as a WAV file under the cache directory,
//! named after a hash of text, voice and engine. What has been played lately is
//! kept in memory as codec frames and shared by all calls. Several calls that
//! want the same thing at once wait for one conversion. None of this runs on a
//! media worker, and nothing here blocks an async thread.

mod catalog;
mod disk_cache;
mod language;
mod memory_cache;
mod phrase;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::media::{PreparedAudio, WavError};
use crate::tts::{SpeechEngine, SpeechError};
use disk_cache::DiskCache;
pub(crate) use language::wider;
pub use language::{Language, prompt_text, prompt_texts};
use memory_cache::MemoryCache;
pub use phrase::Piece;

/// Largest audio file that is read, in bytes.
const MAX_FILE: u64 = 256 << 20;
/// Speech engines and conversions running at a time.
const CONVERSIONS: usize = 4;
/// Most digits spoken one by one in a row.
const MAX_DIGITS: usize = 40;

/// Why something cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// There is no system prompt of this name.
    #[error("there is no system prompt `{0}`; see the list of prompts for the known names")]
    Unknown(String),
    /// The text could not be spoken.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// The file is not one that can be played.
    #[error("playing {path} failed: {error}")]
    Wav {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: WavError,
    },
    /// The file cannot be read, or the cache directory cannot be written.
    #[error("reading {path} failed: {error}; check that it exists and may be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

/// How prompts are made and kept.
#[derive(Debug, Clone)]
pub struct PromptConfig {
    /// Directory for synthesized speech, usually `<data>/cache/tts`. Created
    /// when missing; may be emptied at any time.
    pub cache_dir: PathBuf,
    /// What speaks.
    pub engine: SpeechEngine,
    /// Memory for prepared audio, in bytes; a second takes 16,000.
    pub memory_bytes: usize,
    /// Disk space for synthesized speech, in bytes. The oldest goes first.
    pub disk_bytes: u64,
}

impl PromptConfig {
    /// The usual limits: 128 MiB in memory (over two hours), 1 GiB on disk.
    pub fn new(cache_dir: impl Into<PathBuf>, engine: SpeechEngine) -> Self {
        Self {
            cache_dir: cache_dir.into(),
            engine,
            memory_bytes: 128 << 20,
            disk_bytes: 1 << 30,
        }
    }
}

/// Makes, finds and keeps what is played. Meant to be shared in an `Arc`.
#[derive(Debug)]
pub struct Prompts {
    engine: SpeechEngine,
    disk: DiskCache,
    memory: MemoryCache<AudioKey>,
    conversions: Semaphore,
}

/// What identifies prepared audio.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum AudioKey {
    /// Hash of text, voice and engine.
    Speech(String),
    /// A file as it was at that time.
    File(PathBuf, Option<SystemTime>, u64),
}

impl Prompts {
    /// Nothing is read or spoken before it is asked for.
    #[must_use]
    pub fn new(config: PromptConfig) -> Self {
        Self {
            engine: config.engine,
            disk: DiskCache::new(config.cache_dir, config.disk_bytes),
            memory: MemoryCache::new(config.memory_bytes),
            conversions: Semaphore::new(CONVERSIONS),
        }
    }

    /// A system prompt by its KAZOO name, such as `vm-record_message`.
    ///
    /// # Errors
    /// `Unknown` for a name that is not in the catalog, else as
    /// [`Prompts::speak`].
    pub async fn prompt(
        &self,
        id: &str,
        language: &Language,
    ) -> Result<Arc<PreparedAudio>, PromptError> {
        let text = language.catalog.prompt(id, None);
        let text = text.ok_or_else(|| PromptError::Unknown(id.to_owned()))?;
        self.speak(&text, "", &language.tag).await
    }

    /// A text, spoken. `voice` is `male`, `female`, empty, or a name the engine
    /// knows; `language` is a tag such as `en-GB`.
    ///
    /// # Errors
    /// When the engine fails, the text is longer than
    /// [`MAX_TEXT`](crate::tts::MAX_TEXT), or the cache cannot be written.
    pub async fn speak(
        &self,
        text: &str,
        voice: &str,
        language: &str,
    ) -> Result<Arc<PreparedAudio>, PromptError> {
        let voices = self.engine.voices(voice, language);
        let name = self.speech_name(text, &voices);
        let load = async {
            let _turn = self.conversions.acquire().await;
            let path = self.disk.path(&name);
            if !self.disk.has(&path).await {
                self.synthesize(text, &voices, &path).await?;
            }
            match prepare(path.clone()).await {
                Err(PromptError::Wav { .. }) => {
                    // Damaged in the cache: once more from the beginning.
                    self.synthesize(text, &voices, &path).await?;
                    prepare(path).await
                }
                other => other,
            }
        };
        let key = AudioKey::Speech(name.clone());
        self.memory.get(key, load).await
    }

    /// Digits one by one, and `*`, `#`, `+` and letters by their names. Other
    /// characters are left out; at most 40 are spoken.
    ///
    /// # Errors
    /// As [`Prompts::speak`].
    pub async fn digits(
        &self,
        digits: &str,
        language: &Language,
    ) -> Result<Vec<Arc<PreparedAudio>>, PromptError> {
        let names = digits
            .chars()
            .filter_map(|it| language.catalog.character(it));
        let mut spoken = Vec::new();
        for name in names.take(MAX_DIGITS) {
            spoken.push(self.speak(&name, "", &language.tag).await?);
        }
        Ok(spoken)
    }

    /// A WAV file: uploaded media, a greeting, a recorded message. A file that
    /// has changed since is read again.
    ///
    /// # Errors
    /// When it cannot be read or is not a WAV file that can be converted.
    pub async fn file(&self, path: &Path) -> Result<Arc<PreparedAudio>, PromptError> {
        let read = |error| PromptError::Read {
            path: path.to_owned(),
            error,
        };
        let file = tokio::fs::metadata(path).await.map_err(read)?;
        if file.len() > MAX_FILE {
            return Err(PromptError::Wav {
                path: path.to_owned(),
                error: WavError::TooLong,
            });
        }
        let key = AudioKey::File(path.to_owned(), file.modified().ok(), file.len());
        let load = async {
            let _turn = self.conversions.acquire().await;
            prepare(path.to_owned()).await
        };
        self.memory.get(key, load).await
    }

    async fn synthesize(
        &self,
        text: &str,
        voices: &[String],
        path: &Path,
    ) -> Result<(), PromptError> {
        let failed = |error| PromptError::Read {
            path: path.to_owned(),
            error,
        };
        let part = self.disk.begin(path).await.map_err(failed)?;
        if let Err(error) = self.engine.speak(text, voices, &part).await {
            let _ = tokio::fs::remove_file(&part).await;
            return Err(error.into());
        }
        self.disk.complete(&part, path).await.map_err(failed)
    }

    fn speech_name(&self, text: &str, voices: &[String]) -> String {
        let mut hash = Sha256::new();
        for part in [self.engine.name(), &voices.join(","), text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize()
            .iter()
            .fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
    }
}

async fn prepare(path: PathBuf) -> Result<Arc<PreparedAudio>, PromptError> {
    let converted = tokio::task::spawn_blocking({
        let path = path.clone();
        move || {
            let file = File::open(&path).map_err(|error| PromptError::Read {
                path: path.clone(),
                error,
            })?;
            let audio = PreparedAudio::from_wav(BufReader::new(file));
            audio.map_err(|error| PromptError::Wav { path, error })
        }
    });
    match converted.await {
        Ok(audio) => audio.map(Arc::new),
        Err(error) => Err(PromptError::Read {
            path,
            error: std::io::Error::other(error),
        }),
    }
}
