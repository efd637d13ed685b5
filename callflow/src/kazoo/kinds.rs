//! Which kind of document something is: by what it says of itself, by where it stands, by its shape.

use crate::json::{self, Object};
use crate::resource::ResourceKind;
use serde_json::Value;

/// Every kind with its `pvt_type` and the plural that KAZOO's API uses.
const KAZOO: [(ResourceKind, &str, &str); 15] = [
    (ResourceKind::Callflow, "callflow", "callflows"),
    (ResourceKind::User, "user", "users"),
    (ResourceKind::Device, "device", "devices"),
    (ResourceKind::RingGroup, "group", "groups"),
    (ResourceKind::Menu, "menu", "menus"),
    (ResourceKind::Media, "media", "media"),
    (ResourceKind::VoicemailBox, "vmbox", "vmboxes"),
    (ResourceKind::Conference, "conference", "conferences"),
    (ResourceKind::TimeRule, "temporal_rule", "temporal_rules"),
    (
        ResourceKind::TimeRuleSet,
        "temporal_rule_set",
        "temporal_rules_sets",
    ),
    (ResourceKind::Directory, "directory", "directories"),
    (ResourceKind::FaxBox, "faxbox", "faxboxes"),
    (ResourceKind::Carrier, "resource", "resources"),
    (ResourceKind::List, "list", "lists"),
    (ResourceKind::Settings, "account", "account"),
];

/// The id of the one document of settings.
pub(super) const SETTINGS: &str = "settings";

/// The plural under which KAZOO's API has a kind; `account` is one document.
pub(super) fn plural(kind: ResourceKind) -> &'static str {
    let known = KAZOO.iter().find(|(own, _, _)| *own == kind);
    known.map_or(kind.path(), |(_, _, plural)| plural)
}

/// The kind with this plural, KAZOO's or ours.
pub(super) fn by_plural(name: &str) -> Option<ResourceKind> {
    let known = KAZOO.iter().find(|(_, _, plural)| *plural == name);
    known
        .map(|(kind, _, _)| *kind)
        .or_else(|| ResourceKind::from_path(name))
}

/// What a document says it is: the kind, or a word that stands for none of them.
pub(super) enum Said<'a> {
    Kind(ResourceKind),
    Other(&'a str),
    Nothing,
}

/// What a document says it is.
pub(super) fn said(object: &Object) -> Said<'_> {
    let Some(word) = object.get("pvt_type").and_then(Value::as_str) else {
        return Said::Nothing;
    };
    let known = KAZOO.iter().find(|(_, own, _)| *own == word);
    known.map_or(Said::Other(word), |(kind, _, _)| Said::Kind(*kind))
}

/// The kind that a document says it is.
pub(super) fn said_kind(object: &Object) -> Option<ResourceKind> {
    match said(object) {
        Said::Kind(kind) => Some(kind),
        Said::Other(_) | Said::Nothing => None,
    }
}

/// Paths that only documents of one kind have; the first kind of which one is there.
const SHAPES: [(ResourceKind, &[&str]); 13] = [
    (ResourceKind::VoicemailBox, &["mailbox"]),
    (ResourceKind::TimeRuleSet, &["temporal_rules"]),
    (
        ResourceKind::TimeRule,
        &["cycle", "time_window_start", "time_window_stop", "wdays"],
    ),
    (
        ResourceKind::User,
        &[
            "first_name",
            "last_name",
            "priv_level",
            "vm_to_email_enabled",
        ],
    ),
    (
        ResourceKind::Conference,
        &[
            "conference_numbers",
            "member",
            "moderator",
            "play_entry_tone",
            "max_participants",
        ],
    ),
    (
        ResourceKind::FaxBox,
        &[
            "fax_identity",
            "fax_header",
            "smtp_permission_list",
            "custom_smtp_email_address",
        ],
    ),
    (
        ResourceKind::Menu,
        &[
            "hunt",
            "interdigit_timeout",
            "max_extension_length",
            "record_pin",
            "media.greeting",
            "media.exit_media",
            "media.invalid_media",
            "media.transfer_media",
        ],
    ),
    (
        ResourceKind::Directory,
        &["min_dtmf", "max_dtmf", "confirm_match", "search_fields"],
    ),
    (
        ResourceKind::Media,
        &[
            "media_source",
            "streamable",
            "tts",
            "content_type",
            "prompt_id",
        ],
    ),
    (
        ResourceKind::Carrier,
        &["gateways", "weight_cost", "flat_rate", "emergency"],
    ),
    (ResourceKind::List, &["entries", "list_type"]),
    (
        ResourceKind::Device,
        &["sip", "device_type", "mac_address", "sip.username"],
    ),
    (ResourceKind::RingGroup, &["endpoints"]),
];

/// The kind whose shape a document has.
pub(super) fn by_shape(object: &Object) -> Option<ResourceKind> {
    let has = |path: &&str| json::get(object, path).is_some();
    SHAPES
        .iter()
        .find(|(_, paths)| paths.iter().any(has))
        .map(|(kind, _)| *kind)
}
