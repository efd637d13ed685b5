//! From what a callflow wants to be heard to what the media plane plays.

use crate::call::wait_for;
use crate::config::{RuntimeConfig, StartError};
use crate::media::{PlaySource, PreparedAudio, ToneSegment, ToneSpec};
use crate::prompts::{Language, Piece, PromptConfig, Prompts};
use crate::report::{Reply, Report};
use callflow::command::{RecordingId, Sound, Tone};
use callflow::{Account, json};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Level of each frequency of a tone, in dBm0.
const TONE_LEVEL: f64 = -13.0;
/// Pieces of one playback; what comes after is not played.
const MAX_PIECES: usize = 1_000;

/// Finds and makes sounds.
pub(crate) struct Sounds {
    prompts: Prompts,
    config: RuntimeConfig,
    reports: mpsc::Sender<Report>,
}

/// Sounds ready to be played.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) sources: Vec<PlaySource>,
    /// The last of them has no end: the list is to be repeated until it is stopped.
    pub(crate) endless: bool,
}

impl Sounds {
    /// # Errors
    /// When the speech engine of the configuration is none.
    pub(crate) fn new(
        config: &RuntimeConfig,
        reports: mpsc::Sender<Report>,
    ) -> Result<Self, StartError> {
        let engine = config.tts.parse().map_err(StartError::Speech)?;
        let cache = config.data.join("cache").join("tts");
        Ok(Self {
            prompts: Prompts::new(PromptConfig::new(cache, engine)),
            config: config.clone(),
            reports,
        })
    }

    /// Where a recording of a call lies.
    pub(crate) fn recording(&self, id: &RecordingId) -> PathBuf {
        // Ids are made here and hold no separators; a foreign one must not leave the directory.
        let name: String = id.0.chars().filter(|c| !"/\\.".contains(*c)).collect();
        self.config
            .recording_directory()
            .join(name)
            .with_extension("wav")
    }

    /// Prepares sounds in order. What cannot be had is left out.
    ///
    /// # Errors
    /// When nothing could be had; says why the first one could not.
    pub(crate) async fn prepare(
        &self,
        account: &Account,
        sounds: &[Sound],
    ) -> Result<Prepared, String> {
        let mut prepared = Prepared::default();
        let mut trouble = None;
        let mut rest = sounds;
        while let Some(first) = rest.first() {
            if prepared.endless || prepared.sources.len() >= MAX_PIECES {
                break;
            }
            let told = told_together(rest);
            let result = if told > 0 {
                self.tell(account, &rest[..told], &mut prepared).await
            } else {
                self.add(account, first, &mut prepared).await
            };
            rest = &rest[told.max(1)..];
            if let Err(error) = result {
                tracing::warn!(account = %account.id, error, "something cannot be played");
                trouble.get_or_insert(error);
            }
        }
        match trouble {
            Some(error) if prepared.sources.is_empty() => Err(error),
            _ => Ok(prepared),
        }
    }

    /// Prompts, numbers and moments of one language, as sentences.
    ///
    /// # Errors
    /// What is missing; the rest is there.
    async fn tell(
        &self,
        account: &Account,
        sounds: &[Sound],
        prepared: &mut Prepared,
    ) -> Result<(), String> {
        let wanted = sounds.first().and_then(told_in).unwrap_or_default();
        let language = spoken_language(account, wanted);
        let pieces: Vec<Piece<'_>> = sounds.iter().filter_map(piece).collect();
        let numbers_alone = pieces.iter().all(|it| matches!(it, Piece::Number(_)));
        // Voices read numbers in more languages than there are prompts in.
        let tag = if numbers_alone {
            wanted
        } else {
            language.tag()
        };
        let (sentences, unknown) = language.sentences(&pieces);
        let mut trouble = unknown.into_iter().next().map(|error| error.to_string());
        for sentence in sentences {
            match self.prompts.speak(&sentence, "", tag).await {
                Ok(audio) => prepared.sources.push(audio.into()),
                Err(error) => trouble = trouble.or(Some(error.to_string())),
            }
        }
        trouble.map_or(Ok(()), Err)
    }

    async fn add(
        &self,
        account: &Account,
        sound: &Sound,
        prepared: &mut Prepared,
    ) -> Result<(), String> {
        let failed = |error: crate::prompts::PromptError| error.to_string();
        let audio = match sound {
            Sound::Prompt { .. } | Sound::Number { .. } | Sound::Moment { .. } => {
                return self
                    .tell(account, std::slice::from_ref(sound), prepared)
                    .await;
            }
            Sound::Speak {
                text,
                voice,
                language,
            } => {
                let spoken = self.prompts.speak(text, voice, language).await;
                spoken.map_err(failed)?
            }
            Sound::Digits { digits, language } => {
                let language = spoken_language(account, language);
                let all = self.prompts.digits(digits, &language).await;
                let room = MAX_PIECES.saturating_sub(prepared.sources.len());
                let pieces = all.map_err(failed)?.into_iter().take(room);
                prepared.sources.extend(pieces.map(PlaySource::from));
                return Ok(());
            }
            Sound::Media(id) => self.medium(account, id).await?,
            Sound::Recording(id) => {
                let file = self.recording(id);
                self.prompts.file(&file).await.map_err(failed)?
            }
            Sound::Message {
                mailbox,
                message,
                from_ms,
            } => {
                let file = self.message(account, mailbox, message).await?;
                let whole = self.prompts.file(&file).await.map_err(failed)?;
                match from_ms {
                    0 => whole,
                    ms => Arc::new(whole.from_ms(*ms)),
                }
            }
            Sound::Name {
                user,
                text,
                language,
            } => match recorded_name(account, user) {
                Some(id) => self.medium(account, id).await?,
                None => {
                    let spoken = self.prompts.speak(text, "", language).await;
                    spoken.map_err(failed)?
                }
            },
            Sound::Tones(tones) => return add_tones(tones, prepared),
            Sound::Silence { ms } => {
                prepared.sources.push(PlaySource::Silence(*ms));
                return Ok(());
            }
            Sound::Stream(url) => {
                return Err(format!(
                    "“{url}” cannot be played: streams from the web are not supported. Upload the file as a medium."
                ));
            }
        };
        prepared.sources.push(audio.into());
        Ok(())
    }

    /// The file of a message, as the control side has it.
    async fn message(
        &self,
        account: &Account,
        mailbox: &str,
        message: &str,
    ) -> Result<PathBuf, String> {
        let (reply, answered) = Reply::new();
        let report = Report::MessageAudio {
            account: account.id.clone(),
            mailbox: mailbox.to_owned(),
            message: message.to_owned(),
            reply,
        };
        let gone = |_| "nobody keeps messages".to_owned();
        self.reports.send(report).await.map_err(gone)?;
        wait_for(answered).await
    }

    async fn medium(&self, account: &Account, id: &str) -> Result<Arc<PreparedAudio>, String> {
        let medium = account
            .directory
            .media(id)
            .ok_or_else(|| format!("the medium “{id}” is gone"))?;
        let file = medium.file.0.as_str();
        if file.is_empty() {
            let language = medium.language.as_ref();
            let language = language.map_or(account.language.as_str(), |language| &language.0);
            let spoken = self
                .prompts
                .speak(&medium.text.0, &medium.voice.0, language);
            return spoken.await.map_err(|error| error.to_string());
        }
        let inside = Path::new(file)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return Err(format!(
                "the medium “{id}” names a file outside the media folder"
            ));
        }
        let path = self.config.media_directory(&account.id.0).join(file);
        let audio = self.prompts.file(&path).await;
        audio.map_err(|error| error.to_string())
    }
}

/// The medium of a person's recorded name: that of a mailbox of theirs.
fn recorded_name<'a>(account: &'a Account, user: &str) -> Option<&'a str> {
    let mut boxes = account.directory.all(callflow::ResourceKind::VoicemailBox);
    boxes.find_map(|(_, resource)| match resource.as_ref() {
        callflow::Resource::Mailbox(mailbox)
            if mailbox
                .owner
                .as_ref()
                .is_some_and(|owner| owner.id() == user) =>
        {
            let name = json::get(&mailbox.source, "media.name")?.as_str()?;
            account.directory.media(name).map(|_| name)
        }
        _ => None,
    })
}

/// The language that the system speaks in when a call wants this one: else the account's, else English.
fn spoken_language(account: &Account, wanted: &str) -> Language {
    Language::of([wanted, &account.language])
}

/// The language of what is told as a part of a sentence; `None` for any other sound.
fn told_in(sound: &Sound) -> Option<&str> {
    match sound {
        Sound::Prompt { language, .. }
        | Sound::Number { language, .. }
        | Sound::Moment { language, .. } => Some(language),
        _ => None,
    }
}

/// How many of the sounds at the beginning are told together.
fn told_together(sounds: &[Sound]) -> usize {
    let language = sounds.first().and_then(told_in);
    let same = |sound: &&Sound| language.is_some() && told_in(sound) == language;
    sounds.iter().take_while(same).count()
}

fn piece(sound: &Sound) -> Option<Piece<'_>> {
    match sound {
        Sound::Prompt { id, .. } => Some(Piece::Prompt(id)),
        Sound::Number { number, .. } => Some(Piece::Number(*number)),
        Sound::Moment { at, told, zone, .. } => {
            let local = at
                .in_tz(zone)
                .unwrap_or_else(|_| at.to_zoned(jiff::tz::TimeZone::UTC));
            Some(Piece::Moment(local, *told))
        }
        _ => None,
    }
}

pub(crate) fn add_tones(tones: &[Tone], prepared: &mut Prepared) -> Result<(), String> {
    // A cadence is the same few tones again and again.
    let mut made: Vec<(&Tone, Arc<PreparedAudio>)> = Vec::new();
    for tone in tones {
        let sounds = |it: &Tone| {
            it.hertz == tone.hertz && it.on_ms == tone.on_ms && it.off_ms == tone.off_ms
        };
        let known = made.iter().find(|(it, _)| sounds(it));
        let audio = match known {
            Some((_, audio)) => Arc::clone(audio),
            None => {
                let audio = Arc::new(prepared_tone(tone)?);
                made.push((tone, Arc::clone(&audio)));
                audio
            }
        };
        prepared.endless = tone.times == 0;
        let times = usize::try_from(tone.times.max(1)).unwrap_or(MAX_PIECES);
        let room = MAX_PIECES.saturating_sub(prepared.sources.len());
        let pieces = std::iter::repeat_n(PlaySource::from(audio), times.min(room));
        prepared.sources.extend(pieces);
        if prepared.endless {
            break;
        }
    }
    Ok(())
}

fn prepared_tone(tone: &Tone) -> Result<PreparedAudio, String> {
    let spec = ToneSpec {
        segments: vec![ToneSegment {
            frequencies: tone.hertz.iter().copied().map(f64::from).collect(),
            level_db: TONE_LEVEL,
            on_ms: tone.on_ms,
            off_ms: tone.off_ms,
        }],
    };
    spec.prepare().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_are_repeated_as_often_as_asked_and_endless_ones_come_last() {
        let mut prepared = Prepared::default();
        let five = Tone {
            times: 5,
            ..Tone::beep()
        };
        let endless = Tone {
            times: 0,
            ..Tone::beep()
        };
        let tones = [five, endless, Tone::beep()];
        add_tones(&tones, &mut prepared).expect("tones");
        assert_eq!(prepared.sources.len(), 6);
        assert!(prepared.endless);
    }

    #[test]
    fn prompts_and_numbers_of_one_language_are_told_together() {
        let prompt = |id: &'static str, language: &str| Sound::Prompt {
            id: id.into(),
            language: language.to_owned(),
        };
        let number = Sound::Number {
            number: 2,
            language: "de".to_owned(),
        };
        let sounds = [
            prompt("vm-you_have", "de"),
            number,
            prompt("vm-new_messages", "de"),
            prompt("vm-saved", "fr"),
            Sound::Silence { ms: 20 },
        ];
        assert_eq!(told_together(&sounds), 3);
        assert_eq!(told_together(&sounds[3..]), 1);
        assert_eq!(told_together(&sounds[4..]), 0);
        assert_eq!(told_together(&[]), 0);
    }

    #[test]
    fn recording_stays_in_its_directory() {
        let sounds = Sounds::new(&RuntimeConfig::default(), mpsc::channel(1).0).expect("sounds");
        let path = sounds.recording(&RecordingId("../../etc/passwd".into()));
        assert_eq!(path, Path::new("data/recordings-in-progress/etcpasswd.wav"));
    }
}
