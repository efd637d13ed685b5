//! From a stored media reference to something audible.

use crate::action::parts::tone_stream;
use crate::call::Call;
use crate::command::Sound;
use crate::resource::{MediaSource, ResourceKind};
use crate::value::MediaRef;
use std::borrow::Cow;

/// A system prompt in the call's language.
#[must_use]
pub fn prompt(call: &Call, id: &'static str) -> Sound {
    Sound::Prompt {
        id: Cow::Borrowed(id),
        language: call.language().to_owned(),
    }
}

/// What a media reference means; `None` when it means nothing or the medium is gone.
#[must_use]
pub fn resolve(call: &Call, media: &MediaRef) -> Option<Sound> {
    let text = media.0.as_str();
    if text.is_empty() || text == "null" {
        return None;
    }
    if let Some(ms) = text.strip_prefix("silence_stream://") {
        return Some(Sound::Silence {
            ms: ms.parse().unwrap_or(300_000),
        });
    }
    if let Some(tones) = text.strip_prefix("tone_stream://") {
        let tones = tone_stream::read(tones);
        return (!tones.is_empty()).then_some(Sound::Tones(tones));
    }
    if let Some(name) = text.strip_prefix("local_stream://") {
        return music(call, name);
    }
    if ["http://", "https://", "shout://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        return Some(Sound::Stream(text.to_owned()));
    }
    let named = text.strip_prefix("system_media/").or_else(|| {
        // prompt://<account>/<id>/<language>
        text.strip_prefix("prompt://")
            .and_then(|rest| rest.split('/').nth(1))
    });
    if let Some(id) = named {
        return Some(Sound::Prompt {
            id: Cow::Owned(id.to_owned()),
            language: call.language().to_owned(),
        });
    }
    // A path `/account/id` names the medium by its last part.
    let id = text.rsplit('/').next().unwrap_or(text);
    let medium = call.account().directory.media(id)?;
    if medium.source_kind == MediaSource::Tts && medium.file.0.is_empty() {
        let language = medium
            .language
            .as_ref()
            .map_or_else(|| call.language().to_owned(), |l| l.0.clone());
        return Some(Sound::Speak {
            text: medium.text.0.clone(),
            voice: medium.voice.0.clone(),
            language,
        });
    }
    Some(Sound::Media(id.to_owned()))
}

/// Music on hold by the name of its stream: the medium of that name, else the account's.
fn music(call: &Call, name: &str) -> Option<Sound> {
    let directory = &call.account().directory;
    let named = directory
        .all(ResourceKind::Media)
        .find(|(id, medium)| *id == name || medium.name().eq_ignore_ascii_case(name))
        .map(|(id, _)| MediaRef(id.to_owned()));
    let own = || Some(directory.settings().music_on_hold.clone());
    let media = named.or_else(own)?;
    // An account whose music is the stream itself has none.
    if media.0.starts_with("local_stream://") {
        return None;
    }
    resolve(call, &media)
}

/// Whether a medium goes on until something ends it: music on hold does.
#[must_use]
pub fn is_endless(media: &MediaRef) -> bool {
    media.0.starts_with("local_stream://")
}

/// What a block shows of a media reference.
#[must_use]
pub fn caption(directory: &crate::Directory, media: &MediaRef) -> String {
    let text = media.0.as_str();
    if text.starts_with("silence_stream://") {
        return "Silence".to_owned();
    }
    if text.starts_with("tone_stream://") {
        return "Tone".to_owned();
    }
    if let Some((_, address)) = text.split_once("://") {
        return address.to_owned();
    }
    let id = text.rsplit('/').next().unwrap_or(text);
    if text.starts_with("system_media/") {
        return id.to_owned();
    }
    directory.name(ResourceKind::Media, id).unwrap_or_default()
}

/// Whether a media reference points at a medium of the account that is not there.
#[must_use]
pub fn is_dangling(directory: &crate::Directory, media: &MediaRef) -> bool {
    let text = media.0.as_str();
    let own = !text.is_empty() && !text.contains("://") && !text.starts_with("system_media/");
    own && directory
        .get(ResourceKind::Media, text.rsplit('/').next().unwrap_or(text))
        .is_none()
}
