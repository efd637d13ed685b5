//! The media plane as phones see it: real packets on loopback.

#[path = "media_plane/bridging.rs"]
mod bridging;
#[path = "media_plane/encrypting.rs"]
mod encrypting;
#[path = "media_plane/keys.rs"]
mod keys;
#[path = "media_plane/listening.rs"]
mod listening;
#[path = "media_plane/phone.rs"]
mod phone;
#[path = "media_plane/playback.rs"]
mod playback;
#[path = "media_plane/recording.rs"]
mod recording;
#[path = "media_plane/reports.rs"]
mod reports;
#[path = "media_plane/rooms.rs"]
mod rooms;
#[path = "media_plane/sources.rs"]
mod sources;
#[path = "media_plane/taping.rs"]
mod taping;
#[path = "media_plane/wideband.rs"]
mod wideband;
