//! Media resources.

use crate::resource::Name;
use crate::value::{Language, LongText, Text};

crate::choice! {
    /// Where a medium's audio comes from.
    pub enum MediaSource {
        /// A file that somebody uploaded.
        Upload = "upload", "Uploaded file";
        /// Text that is spoken.
        Tts = "tts", "Text to speech";
        /// A recording made by phone.
        Recording = "recording", "Recorded by phone";
    }
}

crate::fields! {
    /// Audio to play.
    pub struct Media {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// Where the audio comes from.
        source_kind: MediaSource = MediaSource::Upload, "media_source", "Source";
        /// The text to speak, where it is spoken.
        text: LongText<0, 1000> = LongText::default(), "tts.text", "Text";
        /// The voice, where it is spoken.
        voice: Text<0, 64> = Text::default(), "tts.voice", "Voice";
        /// The language.
        language: Option<Language> = None, "language", "Language";
        /// The stored file's name below the account's media folder.
        file: Text<0, 255> = Text::default(), "file", "File";
    }
}
