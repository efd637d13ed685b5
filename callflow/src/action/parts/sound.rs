//! From a stored media reference to something audible.

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

/// What a block shows of a media reference.
#[must_use]
pub fn caption(directory: &crate::Directory, media: &MediaRef) -> String {
    let text = media.0.as_str();
    if text.starts_with("silence_stream://") {
        return "Silence".to_owned();
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
