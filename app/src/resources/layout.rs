//! In which order and groups the fields of a kind stand on its page. What is named nowhere is advanced.

use callflow::ResourceKind;
use callflow::field::{FieldKind, FieldSpec};
use callflow::secret::is_secret_key;
use serde_json::Value;

/// Fields under one heading.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) help: &'static str,
    /// The fields' keys, in order. A key that the kind does not have is passed over.
    pub(super) keys: &'static [&'static str],
}

/// What stands on a page beside the form's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// The phones of a user.
    Devices,
    /// The mailboxes of a user.
    Mailboxes,
    /// The phones where a user has logged in.
    Desks,
    /// What was switched by phone.
    Switches,
    /// Where a device is registered.
    Registrations,
    /// The messages of a mailbox.
    Messages,
    /// The faxes of a fax box.
    Faxes,
    /// The faxes that are sent from a fax box.
    SentFaxes,
    /// The sound of a medium.
    Sound,
    /// When a time rule applies.
    Schedule,
    /// Who refers to it.
    Uses,
}

/// A tab of a page. A page with one tab shows none.
pub(super) struct Tab {
    pub(super) title: &'static str,
    pub(super) before: &'static [Beside],
    pub(super) sections: &'static [Section],
    pub(super) after: &'static [Beside],
}

const fn tab(title: &'static str, sections: &'static [Section]) -> Tab {
    Tab {
        title,
        before: &[],
        sections,
        after: &[],
    }
}

const fn section(
    title: &'static str,
    help: &'static str,
    keys: &'static [&'static str],
) -> Section {
    Section { title, help, keys }
}

const OUTSIDE: Section = section(
    "Outside calls",
    "Must be a number that this account owns.",
    &["caller_id.external.name", "caller_id.external.number"],
);
const EMERGENCY: Section = section(
    "Emergency calls",
    "Shown on calls to 999 and 112.",
    &["caller_id.emergency.name", "caller_id.emergency.number"],
);
const CALLER_ID: &[Section] = &[
    section(
        "Inside the company",
        "What colleagues see.",
        &["caller_id.internal.name", "caller_id.internal.number"],
    ),
    OUTSIDE,
    EMERGENCY,
];
const FORWARDING: &[Section] = &[
    section(
        "Every call",
        "Sends all calls somewhere else.",
        &[
            "call_forward.enabled",
            "call_forward.number",
            "call_forward.substitute",
            "call_forward.require_keypress",
            "call_forward.keep_caller_id",
            "call_forward.direct_calls_only",
            "call_forward.ignore_early_media",
        ],
    ),
    section(
        "Some calls",
        "When nobody takes the call here.",
        &[
            "call_forward.busy.enabled",
            "call_forward.busy.number",
            "call_forward.no_answer.enabled",
            "call_forward.no_answer.number",
            "call_failover.enabled",
            "call_failover.number",
        ],
    ),
];

const USER: &[Tab] = &[
    Tab {
        title: "General",
        before: &[],
        sections: &[
            section(
                "Person",
                "How this user appears in the directory and on calls.",
                &["first_name", "last_name", "email"],
            ),
            section(
                "Extension",
                "The presence ID is what busy lamps of other phones watch.",
                &["presence_id", "timezone", "contact_list.exclude", "enabled"],
            ),
        ],
        after: &[Beside::Uses],
    },
    Tab {
        title: "Devices",
        before: &[Beside::Devices, Beside::Switches],
        sections: &[],
        after: &[],
    },
    tab("Caller ID", CALLER_ID),
    tab("Call forwarding", FORWARDING),
    Tab {
        title: "Voicemail",
        before: &[Beside::Mailboxes],
        sections: &[section(
            "Email",
            "Where messages go besides the mailbox.",
            &["vm_to_email_enabled"],
        )],
        after: &[],
    },
    Tab {
        title: "Hot-desking",
        before: &[],
        sections: &[section(
            "Hot-desking",
            "The user can log in at any phone that allows it.",
            &[
                "hotdesk.enabled",
                "hotdesk.id",
                "hotdesk.require_pin",
                "hotdesk.pin",
                "hotdesk.keep_logged_in_elsewhere",
            ],
        )],
        after: &[Beside::Desks],
    },
];

const DEVICE: &[Tab] = &[
    Tab {
        title: "General",
        before: &[],
        sections: &[
            section(
                "Phone",
                "Its name in lists, and whose it is.",
                &["name", "owner_id", "enabled"],
            ),
            section(
                "SIP account",
                "What the phone registers with.",
                &["sip.username", "sip.password"],
            ),
            section(
                "Sound",
                "Whether others can listen on the way to the phone.",
                &[
                    "media.encryption.methods",
                    "media.encryption.enforce_security",
                ],
            ),
        ],
        after: &[Beside::Registrations, Beside::Switches, Beside::Uses],
    },
    tab("Caller ID", CALLER_ID),
    tab("Call forwarding", FORWARDING),
];

const RING_GROUP: &[Tab] = &[plain(&[section(
    "Ring group",
    "Users and devices that ring together.",
    &["name", "endpoints"],
)])];

const MENU: &[Tab] = &[plain(&[
    section(
        "Menu",
        "What the caller hears first.",
        &["name", "media.greeting"],
    ),
    section(
        "Extensions",
        "Whether callers may dial instead of choosing.",
        &["hunt", "branch_extension"],
    ),
    section(
        "Recording",
        "The greeting can be recorded by phone.",
        &["record_pin"],
    ),
])];

const MEDIA: &[Tab] = &[Tab {
    title: "General",
    before: &[],
    sections: &[section(
        "Media file",
        "What it is called, and where its sound comes from.",
        &["name", "media_source", "tts.text", "tts.voice", "language"],
    )],
    after: &[Beside::Sound, Beside::Uses],
}];

const MAILBOX: &[Tab] = &[
    Tab {
        title: "General",
        before: &[],
        sections: &[
            section(
                "Mailbox",
                "Its number, and whose it is.",
                &["name", "mailbox", "owner_id", "pin", "require_pin"],
            ),
            section(
                "Greeting",
                "What callers hear before the tone.",
                &["media.unavailable", "media.temporary_unavailable"],
            ),
            section(
                "Email",
                "Who is told of new messages.",
                &[
                    "notify_email_addresses",
                    "include_message_on_notify",
                    "delete_after_notify",
                ],
            ),
        ],
        after: &[Beside::Uses],
    },
    Tab {
        title: "Messages",
        before: &[Beside::Messages],
        sections: &[],
        after: &[],
    },
];

const CONFERENCE: &[Tab] = &[plain(&[section(
    "Conference",
    "A room where callers meet.",
    &[
        "name",
        "owner_id",
        "conference_numbers",
        "member.numbers",
        "member.pins",
        "member.join_muted",
        "member.join_deaf",
        "moderator.numbers",
        "moderator.pins",
    ],
)])];

const TIME_RULE: &[Tab] = &[Tab {
    title: "General",
    before: &[],
    sections: TIME_RULE_SECTIONS,
    after: &[Beside::Schedule, Beside::Uses],
}];

const TIME_RULE_SECTIONS: &[Section] = &[
    section(
        "Rule",
        "Its name stands on the branch.",
        &["name", "enabled"],
    ),
    section(
        "Days",
        "On which days it applies.",
        &[
            "cycle",
            "interval",
            "wdays",
            "ordinal",
            "days",
            "month",
            "start_date",
            "end_date",
        ],
    ),
    section(
        "Times",
        "From when to when on those days.",
        &["time_window_start", "time_window_stop"],
    ),
];

const TIME_RULE_SET: &[Tab] = &[plain(&[section(
    "Set",
    "Several rules under one name.",
    &["name", "temporal_rules"],
)])];

const DIRECTORY: &[Tab] = &[plain(&[section(
    "Directory",
    "Who stands in it is said with each user.",
    &["name", "search_fields", "sort_by", "confirm_match"],
)])];

const FAX_BOX: &[Tab] = &[
    plain(FAX_BOX_SECTIONS),
    Tab {
        title: "Faxes",
        before: &[Beside::SentFaxes, Beside::Faxes],
        sections: &[],
        after: &[],
    },
];

const FAX_BOX_SECTIONS: &[Section] = &[
    section(
        "Fax box",
        "Its name, and whose it is.",
        &["name", "owner_id", "fax_identity"],
    ),
    section(
        "Email",
        "Where faxes and reports go.",
        &[
            "notifications.inbound.email.send_to",
            "notifications.outbound.email.send_to",
        ],
    ),
];

const CARRIER: &[Tab] = &[plain(&[
    section(
        "Carrier",
        "Its name, and whether it is used.",
        &["name", "enabled"],
    ),
    section(
        "SIP",
        "How calls come from it and go to it.",
        &[
            "server",
            "username",
            "password",
            "allowed_addresses",
            "tls_name",
        ],
    ),
    section(
        "Sound",
        "Whether others can listen on the way to it.",
        &[
            "media.encryption.methods",
            "media.encryption.enforce_security",
        ],
    ),
    section(
        "Numbers",
        "Which calls go out through it.",
        &["rules", "weight_cost", "emergency"],
    ),
])];

const LIST: &[Tab] = &[plain(&[section(
    "List",
    "Numbers with names.",
    &["name", "description", "entries"],
)])];

const SETTINGS: &[Tab] = &[Tab {
    title: "General",
    before: &[],
    sections: &[
        OUTSIDE,
        EMERGENCY,
        section(
            "Calls",
            "What holds for every call.",
            &[
                "preflow.always",
                "music_on_hold.media_id",
                "tones",
                "blacklists",
            ],
        ),
        section(
            "Restrictions",
            "What may be dialled unless a user or device says otherwise.",
            &["call_restriction"],
        ),
        section(
            "Email",
            "Mails that are for nobody in particular.",
            &["notifications.email"],
        ),
    ],
    after: &[],
}];

const ANY: &[Tab] = &[plain(&[section("General", "", &["name"])])];

/// The only tab of a page.
const fn plain(sections: &'static [Section]) -> Tab {
    Tab {
        title: "General",
        before: &[],
        sections,
        after: &[Beside::Uses],
    }
}

/// The tabs of a kind's page.
pub(super) fn tabs(kind: ResourceKind) -> &'static [Tab] {
    match kind {
        ResourceKind::User => USER,
        ResourceKind::Device => DEVICE,
        ResourceKind::RingGroup => RING_GROUP,
        ResourceKind::Menu => MENU,
        ResourceKind::Media => MEDIA,
        ResourceKind::VoicemailBox => MAILBOX,
        ResourceKind::Conference => CONFERENCE,
        ResourceKind::TimeRule => TIME_RULE,
        ResourceKind::TimeRuleSet => TIME_RULE_SET,
        ResourceKind::Directory => DIRECTORY,
        ResourceKind::FaxBox => FAX_BOX,
        ResourceKind::Carrier => CARRIER,
        ResourceKind::List => LIST,
        ResourceKind::Settings => SETTINGS,
        ResourceKind::MatchList | ResourceKind::Callflow => ANY,
    }
}

/// The key of what lists show, where people name the thing.
pub(super) const NAME: &str = "name";

/// Fields that follow from something else and are not typed.
const HIDDEN: &[(ResourceKind, &str)] = &[(ResourceKind::Media, "file")];

/// The fields of a kind's page: those of the resource, and the SIP password that is stored apart.
pub(crate) fn specs(kind: ResourceKind) -> Vec<FieldSpec> {
    let mut specs = callflow::Resource::specs(kind);
    specs.retain(|spec| !HIDDEN.contains(&(kind, spec.key)));
    for spec in &mut specs {
        // Lists need one, although a document may do without.
        if spec.key == NAME {
            spec.optional = false;
        }
    }
    if specs.is_empty() {
        let name = text(NAME, "Name", "The name in lists.", 128);
        specs.push(FieldSpec {
            optional: false,
            ..name
        });
    }
    if let Some(key) = password(kind) {
        specs.push(text(
            key,
            "SIP password",
            "Checked when it registers or calls. Only a hash is stored, so that nobody can read it again.",
            128,
        ));
    }
    specs
}

/// Where a document that is sent holds the SIP password.
pub(crate) fn password(kind: ResourceKind) -> Option<&'static str> {
    match kind {
        ResourceKind::Device => Some("sip.password"),
        ResourceKind::Carrier => Some("password"),
        _ => None,
    }
}

fn text(key: &'static str, label: &'static str, help: &str, max: usize) -> FieldSpec {
    FieldSpec {
        key,
        label,
        help: help.to_owned(),
        kind: FieldKind::Text {
            min: 0,
            max,
            mono: is_secret_key(key),
        },
        optional: true,
        default: Value::Null,
        schema: || serde_json::json!({"type": "string"}),
        canonical: |value| Ok(value.clone()),
    }
}

/// Whether a widget takes the whole width of a form.
pub(super) fn is_wide(spec: &FieldSpec) -> bool {
    match &spec.kind {
        FieldKind::Bool => !spec.optional,
        FieldKind::Choice(choices) => choices.len() <= 3,
        FieldKind::LongText { .. }
        | FieldKind::Keys
        | FieldKind::Pairs
        | FieldKind::Members
        | FieldKind::Resources(_)
        | FieldKind::Recipients
        | FieldKind::Several(_)
        | FieldKind::Assignments(..)
        | FieldKind::NumberClasses => true,
        _ => spec.is_secret() || spec.key == "email",
    }
}

/// Whether a field says something where the others stand as they do: the months of a rule that repeats every week
/// say nothing.
pub(super) fn matters(kind: ResourceKind, key: &str, other: impl Fn(&str) -> Value) -> bool {
    let is = |key: &str, words: &[&str]| words.iter().any(|word| other(key).as_str() == Some(word));
    match (kind, key) {
        (ResourceKind::TimeRule, "interval") => !is("cycle", &["date"]),
        (ResourceKind::TimeRule, "wdays") => is("cycle", &["weekly", "monthly", "yearly"]),
        (ResourceKind::TimeRule, "ordinal" | "days") => is("cycle", &["monthly", "yearly"]),
        (ResourceKind::TimeRule, "month") => is("cycle", &["yearly"]),
        (ResourceKind::Media, "tts.text" | "tts.voice") => is("media_source", &["tts"]),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_stands_once_on_its_page() {
        for kind in ResourceKind::ALL {
            let specs = specs(kind);
            let mut placed: Vec<&str> = tabs(kind)
                .iter()
                .flat_map(|tab| tab.sections)
                .flat_map(|section| section.keys)
                .copied()
                .collect();
            let all = placed.len();
            placed.sort_unstable();
            placed.dedup();
            assert_eq!(placed.len(), all, "{kind:?} names a field twice");
            let known = |key: &&str| specs.iter().any(|spec| spec.key == *key);
            // What a kind without fields of its own will have.
            if !callflow::Resource::specs(kind).is_empty() && kind != ResourceKind::Conference {
                assert!(
                    placed.iter().all(known),
                    "{kind:?} has no field of that name"
                );
            }
        }
    }

    #[test]
    fn tts_fields_and_months_show_only_where_they_count() {
        let says = |word: &'static str| move |_: &str| Value::from(word);
        assert!(matters(ResourceKind::Media, "tts.text", says("tts")));
        assert!(!matters(ResourceKind::Media, "tts.text", says("upload")));
        assert!(!matters(ResourceKind::TimeRule, "month", says("weekly")));
        assert!(matters(ResourceKind::TimeRule, "month", says("yearly")));
    }
}
