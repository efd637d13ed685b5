//! Text to speech: a program of its own that writes a WAV file.
//!
//! The engine is `espeak-ng`, run as a subprocess for every new text. It is not
//! linked: its licence is the GPL. What it speaks is cached by
//! [`Prompts`](crate::prompts::Prompts), so a text is spoken once.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Longest text that is spoken, in bytes. About five minutes of speech.
pub const MAX_TEXT: usize = 4000;
/// How long the engine may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Voice of last resort: British.
const DEFAULT_VOICE: &str = "en";
/// Voices for a region. Any other is spoken by its language's: the engine would take its tag too, but then
/// without the variant that makes the voice female.
const REGIONAL: [&str; 8] = [
    "en-029",
    "en-gb-scotland",
    "en-us",
    "en-us-nyc",
    "es-419",
    "fr-be",
    "fr-ch",
    "pt-br",
];

/// Why a text was not spoken.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The setting names an engine that is not supported.
    #[error("`{0}` is not a speech engine this version can use; set PATCHCORD_TTS to espeak-ng")]
    UnknownEngine(String),
    /// The text is longer than [`MAX_TEXT`].
    #[error("a text of {0} bytes is too long to be spoken; the limit is {MAX_TEXT}")]
    TooLong(usize),
    /// The engine could not be started.
    #[error("starting the speech engine {program} failed: {error}; is it installed?")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The engine ran but produced nothing, or took too long.
    #[error("the speech engine did not speak with voice `{voice}`: {reason}")]
    Failed {
        /// The voice asked for.
        voice: String,
        /// What it said, or what became of it.
        reason: String,
    },
}

/// A way to turn text into speech.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpeechEngine {
    /// The `espeak-ng` program.
    EspeakNg {
        /// Its name or path.
        program: PathBuf,
    },
}

impl Default for SpeechEngine {
    fn default() -> Self {
        Self::EspeakNg {
            program: "espeak-ng".into(),
        }
    }
}

impl FromStr for SpeechEngine {
    type Err = SpeechError;

    /// Reads the value of `PATCHCORD_TTS`: the name or path of an `espeak-ng`.
    fn from_str(setting: &str) -> Result<Self, SpeechError> {
        let setting = setting.trim();
        if setting.is_empty() {
            return Ok(Self::default());
        }
        if setting.contains("://") {
            return Err(SpeechError::UnknownEngine(setting.to_owned()));
        }
        Ok(Self::EspeakNg {
            program: setting.into(),
        })
    }
}

impl SpeechEngine {
    /// What tells the speech of one engine from that of another.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::EspeakNg { .. } => "espeak-ng",
        }
    }

    /// The engine's names for what a call asks for, best first: `voice` is
    /// `male`, `female`, empty, or a name the engine knows; `language` is a tag
    /// such as `en-GB`.
    pub(crate) fn voices(&self, voice: &str, language: &str) -> Vec<String> {
        let language = plain(&language.replace('_', "-").to_ascii_lowercase());
        let voice = plain(voice.trim());
        let (own, variant) = match voice.to_ascii_lowercase().as_str() {
            "" | "male" => (None, ""),
            "female" => (None, "+f3"),
            // KAZOO writes `female/en-US`.
            other if other.starts_with("female-") => (None, "+f3"),
            other if other.starts_with("male-") => (None, ""),
            _ => (Some(voice), ""),
        };
        let (short, region) = language.split_once('-').unwrap_or((&language, ""));
        let wider = crate::prompts::wider(short, region);
        let regional = [language.as_str(), wider].into_iter();
        let tagged = regional
            .filter(|tag| REGIONAL.contains(tag))
            .take(1)
            .chain([short, DEFAULT_VOICE])
            .filter(|language| !language.is_empty())
            .map(|language| format!("{language}{variant}"));
        let mut voices: Vec<String> = own.into_iter().chain(tagged).collect();
        voices.dedup();
        voices
    }

    /// Speaks `text` into the WAV file `path` with the first of `voices` that
    /// the engine has.
    ///
    /// # Errors
    /// When the text is too long, or no voice spoke it.
    pub(crate) async fn speak(
        &self,
        text: &str,
        voices: &[String],
        path: &Path,
    ) -> Result<(), SpeechError> {
        if text.len() > MAX_TEXT {
            return Err(SpeechError::TooLong(text.len()));
        }
        let mut failure = SpeechError::Failed {
            voice: String::new(),
            reason: "no voice was named".to_owned(),
        };
        for voice in voices {
            match self.speak_with(text, voice, path).await {
                Ok(()) => return Ok(()),
                Err(error @ SpeechError::Start { .. }) => return Err(error),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn speak_with(&self, text: &str, voice: &str, path: &Path) -> Result<(), SpeechError> {
        let Self::EspeakNg { program } = self;
        let failed = |reason: String| SpeechError::Failed {
            voice: voice.to_owned(),
            reason,
        };
        let start = |error| SpeechError::Start {
            program: program.display().to_string(),
            error,
        };
        let mut child = Command::new(program)
            // No pause at the end: prompts are strung together.
            .args(["-z", "-b", "1", "-s", "165", "-v", voice, "--stdin", "-w"])
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(start)?;
        let input = child.stdin.take();
        let finished = async {
            if let Some(mut input) = input {
                // A program that exits early closes its end; its exit says why.
                let _ = input.write_all(text.as_bytes()).await;
                let _ = input.shutdown().await;
            }
            child.wait_with_output().await
        };
        let output = tokio::time::timeout(PATIENCE, finished)
            .await
            .map_err(|_| failed(format!("it took longer than {} s", PATIENCE.as_secs())))?
            .map_err(start)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said: String = said.trim().chars().take(200).collect();
            return Err(failed(format!("{} ({})", said, output.status)));
        }
        // It reports success even when it could not write.
        match tokio::fs::metadata(path).await {
            Ok(file) if file.len() > 44 => Ok(()),
            _ => Err(failed("it wrote no sound; has the disk room?".to_owned())),
        }
    }
}

/// Keeps what may stand in a voice name; a slash becomes a hyphen.
fn plain(name: &str) -> String {
    name.chars()
        .map(|symbol| if symbol == '/' { '-' } else { symbol })
        .filter(|symbol| symbol.is_ascii_alphanumeric() || "-_+".contains(*symbol))
        .skip_while(|symbol| *symbol == '-')
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voices(voice: &str, language: &str) -> Vec<String> {
        SpeechEngine::default().voices(voice, language)
    }

    #[test]
    fn voice_is_chosen_by_name_then_language_then_default() {
        assert_eq!(voices("", "en-GB"), ["en"]);
        assert_eq!(voices("female", "fr_FR"), ["fr+f3", "en+f3"]);
        assert_eq!(voices("female/en-US", "de"), ["de+f3", "en+f3"]);
        assert_eq!(voices("mb-en1", ""), ["mb-en1", "en"]);
        assert_eq!(voices("", "fr-CH"), ["fr-ch", "fr", "en"]);
        assert_eq!(voices("", "es-ES"), ["es", "en"]);
        assert_eq!(voices("", "es-MX"), ["es-419", "es", "en"]);
        assert_eq!(voices("", "es-419"), ["es-419", "es", "en"]);
        assert_eq!(voices("", "en-CA"), ["en-us", "en"]);
    }

    #[test]
    fn voice_name_cannot_become_an_option_or_a_path() {
        for voice in voices("--path=/etc", "../../x -w y") {
            assert!(!voice.starts_with('-') && !voice.contains(['/', '.', ' ', '=']));
        }
    }

    #[test]
    fn setting_names_a_program_and_addresses_are_refused() {
        let engine = "/opt/bin/espeak-ng".parse::<SpeechEngine>();
        let program = PathBuf::from("/opt/bin/espeak-ng");
        assert_eq!(engine.ok(), Some(SpeechEngine::EspeakNg { program }));
        assert_eq!("".parse().ok(), Some(SpeechEngine::default()));
        let error = "https://speech.example/v1".parse::<SpeechEngine>();
        assert!(error.is_err_and(|error| error.to_string().contains("PATCHCORD_TTS")));
    }

    #[tokio::test]
    async fn missing_program_and_endless_text_are_reported() {
        let engine = SpeechEngine::EspeakNg {
            program: "/nonexistent/espeak-ng".into(),
        };
        let voices = ["en".to_owned()];
        let path = Path::new("/nonexistent/x.wav");
        let error = engine.speak("Hello", &voices, path).await;
        assert!(error.is_err_and(|error| error.to_string().contains("installed")));
        let endless = "word ".repeat(1000);
        let error = engine.speak(&endless, &voices, path).await;
        assert!(matches!(error, Err(SpeechError::TooLong(5000))));
    }
}
