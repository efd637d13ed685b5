#![allow(clippy::unwrap_used, missing_docs)]
//! What actions say is wrong with them.

use callflow::{Action, Directory, ResourceKind};
use serde_json::{Value, json};

/// The codes of the findings of an action with these branches.
fn findings(directory: &Directory, module: &str, data: &Value, keys: &[&str]) -> Vec<&'static str> {
    let action = Action::from_wire(module, data.as_object().unwrap().clone());
    let found = action.check(directory, keys);
    found.iter().map(|finding| finding.code).collect()
}

#[test]
fn actions_say_what_is_wrong_with_them() {
    let mut directory = Directory::default();
    let mut add = |kind, id: &str, document: Value| {
        directory.insert(kind, id, document.as_object().unwrap().clone());
    };
    add(ResourceKind::User, "ann", json!({"first_name": "Ann"}));
    add(
        ResourceKind::Device,
        "d1",
        json!({"owner_id": "ann", "sip": {"username": "d1"}}),
    );
    add(ResourceKind::User, "off", json!({"enabled": false}));
    add(ResourceKind::User, "none", json!({}));
    add(
        ResourceKind::Device,
        "dead",
        json!({"enabled": false, "sip": {"username": "d2"}}),
    );
    add(ResourceKind::RingGroup, "empty", json!({"name": "Nobody"}));
    add(
        ResourceKind::Menu,
        "m",
        json!({"name": "M", "media": {"greeting": "f"}}),
    );
    add(ResourceKind::Menu, "mute", json!({"name": "M"}));
    add(
        ResourceKind::Menu,
        "hunt",
        json!({"name": "M", "media": {"greeting": "f"}, "hunt": true}),
    );
    add(ResourceKind::Media, "f", json!({"name": "F"}));
    add(
        ResourceKind::TimeRule,
        "hours",
        json!({"name": "Hours", "wdays": ["monday"]}),
    );
    add(
        ResourceKind::TimeRule,
        "off",
        json!({"name": "Off", "enabled": false}),
    );
    add(
        ResourceKind::TimeRule,
        "always",
        json!({"name": "Always", "cycle": "daily"}),
    );
    add(
        ResourceKind::VoicemailBox,
        "mute",
        json!({"announcement_only": true, "skip_greeting": true}),
    );
    add(
        ResourceKind::Directory,
        "names",
        json!({"name": "N", "min_dtmf": 3, "max_dtmf": 2}),
    );
    add(ResourceKind::List, "empty", json!({"name": "E"}));
    add(
        ResourceKind::List,
        "broken",
        json!({"entries": [{"pattern": "(?<!x)y", "number": "5", "capture_group_key": "1"}]}),
    );
    add(
        ResourceKind::Callflow,
        "c",
        json!({"numbers": ["+441632960100"]}),
    );
    let member = |id: &str, delay: u32| json!({"id": id, "endpoint_type": "user", "delay": delay});
    let cases = [
        ("play", json!({}), &[][..], &["FIELD_REQUIRED"][..]),
        (
            "play",
            json!({"id": "f", "endless_playback": true, "terminators": []}),
            &["_"],
            &["PLAY_NEVER_ENDS"],
        ),
        ("user", json!({"id": "off"}), &[], &["USER_DISABLED"]),
        ("user", json!({"id": "none"}), &[], &["USER_WITHOUT_DEVICE"]),
        ("user", json!({"id": "ann"}), &[], &[]),
        ("device", json!({"id": "dead"}), &[], &["DEVICE_DISABLED"]),
        ("ring_group", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "ring_group",
            json!({"group_id": "empty"}),
            &[],
            &["RING_GROUP_EMPTY"],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("none", 0)]}),
            &[],
            &["RING_GROUP_EMPTY"],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("ann", 0), member("lost", 0)]}),
            &[],
            &["RESOURCE_MISSING"],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("ann", 20)], "timeout": 20}),
            &[],
            &["MEMBER_NEVER_RINGS"],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("ann", 19)], "timeout": 20}),
            &[],
            &[],
        ),
        (
            "ring_group",
            json!({"endpoints": [member("ann", 0), member("none", 0)], "strategy": "single", "timeout": 20}),
            &[],
            &["MEMBER_NEVER_RINGS"],
        ),
        (
            "menu",
            json!({"id": "m"}),
            &["timeout"],
            &["MENU_WITHOUT_KEYS"],
        ),
        (
            "menu",
            json!({"id": "mute"}),
            &["1"],
            &["MENU_WITHOUT_GREETING"],
        ),
        ("menu", json!({"id": "hunt"}), &[], &[]),
        ("voicemail", json!({"id": "mute"}), &[], &["MAILBOX_SILENT"]),
        (
            "voicemail",
            json!({"id": "mute", "action": "check"}),
            &[],
            &[],
        ),
        (
            "voicemail",
            json!({"interdigit_timeout": 3}),
            &[],
            &["UNIT_DOUBTFUL"],
        ),
        (
            "directory",
            json!({"id": "names"}),
            &[],
            &["DIRECTORY_EMPTY", "DIRECTORY_LETTERS"],
        ),
        ("callflow", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "callflow",
            json!({"flow": {"module": "play"}}),
            &[],
            &["CALLFLOW_INLINE"],
        ),
        (
            "manual_presence",
            json!({"presence_id": "a b"}),
            &[],
            &["PRESENCE_ID_INVALID"],
        ),
        (
            "response",
            json!({"code": 302}),
            &[],
            &["RESPONSE_REDIRECTS"],
        ),
        (
            "response",
            json!({"code": 407}),
            &[],
            &["RESPONSE_CHALLENGES"],
        ),
        ("temporal_route", json!({}), &["_"], &["TIME_WITHOUT_RULES"]),
        (
            "temporal_route",
            json!({}),
            &["off", "_"],
            &["TIME_RULE_NEVER"],
        ),
        (
            "temporal_route",
            json!({}),
            &["always", "hours", "_"],
            &["TIME_RULE_HIDDEN"],
        ),
        (
            "temporal_route",
            json!({"rules": ["hours", "off"]}),
            &["off", "hours"],
            &["TIME_RULE_NEVER", "TIME_RULE_ORDER"],
        ),
        (
            "temporal_route",
            json!({"action": "enable", "rules": ["hours"]}),
            &["_"],
            &[],
        ),
        (
            "temporal_route",
            json!({"action": "reset"}),
            &["_"],
            &["FIELD_REQUIRED"],
        ),
        (
            "temporal_route",
            json!({"action": "disable", "rules": ["hours", "lost"]}),
            &["_"],
            &["RESOURCE_MISSING"],
        ),
        (
            "do_not_disturb",
            json!({"id": "lost"}),
            &[],
            &["RESOURCE_MISSING"],
        ),
        ("do_not_disturb", json!({"id": "d1"}), &[], &[]),
        (
            "hotdesk",
            json!({"id": "ann", "interdigit_timeout": 3}),
            &[],
            &["HOTDESK_DISABLED", "UNIT_DOUBTFUL"],
        ),
        (
            "sleep",
            json!({"duration": 2, "unit": "m"}),
            &[],
            &["SLEEP_LONG"],
        ),
        ("tts", json!({"text": "{{a"}), &[], &["VARIABLE_PLACE"]),
        (
            "branch_variable",
            json!({"variable": "x"}),
            &["_"],
            &["BRANCH_WITHOUT_VALUES"],
        ),
        (
            "branch_variable",
            json!({"variable": "pin", "scope": "doc", "id": "lost"}),
            &["1"],
            &["RESOURCE_MISSING", "VARIABLE_PRIVATE"],
        ),
        ("set_variables", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "set_variables",
            json!({"custom_application_vars": {"": "{{}}"}}),
            &[],
            &["VARIABLE_UNNAMED", "VARIABLE_PLACE"],
        ),
        (
            "set_variable",
            json!({"value": "{{a"}),
            &[],
            &["VARIABLE_PLACE"],
        ),
        ("language", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "collect_dtmf",
            json!({"timeout": 5, "terminator": "*"}),
            &[],
            &["UNIT_DOUBTFUL", "COLLECT_TERMINATOR"],
        ),
        (
            "dynamic_cid",
            json!({"min_digits": 11, "interdigit_timeout": 3}),
            &[],
            &["DIGITS_IMPOSSIBLE", "UNIT_DOUBTFUL"],
        ),
        (
            "dynamic_cid",
            json!({"action": "static"}),
            &[],
            &["CALLER_ID_EMPTY"],
        ),
        (
            "dynamic_cid",
            json!({"action": "static", "caller_id": {"number": "441632960100"}}),
            &[],
            &[],
        ),
        (
            "dynamic_cid",
            json!({"action": "static", "caller_id": {"number": "+442079460999"}}),
            &[],
            &["NUMBER_NOT_OWN"],
        ),
        (
            "dynamic_cid",
            json!({"action": "list"}),
            &[],
            &["FIELD_REQUIRED"],
        ),
        (
            "dynamic_cid",
            json!({"action": "list", "id": "empty"}),
            &[],
            &["LIST_WITHOUT_KEYS"],
        ),
        (
            "dynamic_cid",
            json!({"action": "lists", "id": "broken"}),
            &[],
            &["NUMBER_NOT_OWN"],
        ),
        ("prepend_cid", json!({}), &[], &["PREPEND_EMPTY"]),
        ("prepend_cid", json!({"action": "reset"}), &[], &[]),
        (
            "set_cid",
            json!({"caller_id_number": "{{"}),
            &[],
            &["VARIABLE_PLACE"],
        ),
        (
            "check_cid",
            json!({}),
            &["nomatch"],
            &["PATTERN_MATCHES_ALL"],
        ),
        (
            "check_cid",
            json!({"regex": "^4"}),
            &["_"],
            &["BRANCH_WITHOUT_VALUES"],
        ),
        (
            "cidlistmatch",
            json!({"id": "empty"}),
            &["_"],
            &["LIST_EMPTY", "BRANCH_WITHOUT_VALUES"],
        ),
        ("lookupcidname", json!({}), &[], &["FIELD_REQUIRED"]),
        (
            "lookupcidname",
            json!({"lists": ["lost"]}),
            &[],
            &["RESOURCE_MISSING"],
        ),
        (
            "lookupcidname",
            json!({"lists": ["broken"]}),
            &[],
            &["LIST_PATTERN_INVALID"],
        ),
        (
            "branch_bnumber",
            json!({}),
            &["_"],
            &["BRANCH_WITHOUT_VALUES"],
        ),
        ("vendor", json!({}), &[], &["MODULE_UNKNOWN"]),
        (
            "play",
            json!({"id": "local_stream://default", "terminators": []}),
            &["_"],
            &["PLAY_NEVER_ENDS"],
        ),
        (
            "transfer",
            json!({"target": "ann"}),
            &[],
            &["NUMBER_INVALID"],
        ),
        (
            "transfer",
            json!({"target": "{{digits}}"}),
            &[],
            &["TRANSFER_ANYWHERE"],
        ),
        (
            "transfer",
            json!({"target": "2001", "transfer_type": "attended"}),
            &[],
            &["TRANSFER_BLIND"],
        ),
        ("transfer", json!({}), &[], &[]),
        ("after_bridge", json!({}), &["_"], &["FIELD_REQUIRED"]),
        (
            "after_bridge",
            json!({"data": "reception"}),
            &["_"],
            &["NUMBER_INVALID"],
        ),
        (
            "after_bridge",
            json!({"action": "hangup"}),
            &[],
            &["AFTER_BRIDGE_LAST"],
        ),
        (
            "record_call",
            json!({"url": "ftp://store.example"}),
            &["_"],
            &["URL_INVALID"],
        ),
        (
            "record_call",
            json!({"time_limit": 5, "record_min_sec": 5}),
            &["_"],
            &["RECORDING_TOO_SHORT"],
        ),
        ("record_call", json!({}), &[], &["RECORDING_LAST"]),
        ("record_call", json!({"action": "stop"}), &[], &[]),
        (
            "record_caller",
            json!({"url": "store.example"}),
            &[],
            &["URL_INVALID"],
        ),
        (
            "send_dtmf",
            json!({"digits": "12x"}),
            &[],
            &["DTMF_INVALID"],
        ),
        ("send_dtmf", json!({"digits": "1w2#D"}), &[], &[]),
        ("receive_fax", json!({}), &[], &["FAX_WITHOUT_EMAIL"]),
        (
            "receive_fax",
            json!({"owner_id": "ann"}),
            &[],
            &["FAX_WITHOUT_EMAIL"],
        ),
        ("faxbox", json!({}), &[], &["FAX_BOX_BY_NUMBER"]),
        (
            "faxbox",
            json!({"faxbox_id": "lost"}),
            &[],
            &["RESOURCE_MISSING"],
        ),
        (
            "audio_macro",
            json!({"macros": [{"macro": "play", "id": "lost"}, {"macro": "dance"}, {"macro": "play", "id": "f"}]}),
            &[],
            &["RESOURCE_MISSING", "MACRO_UNKNOWN"],
        ),
    ];
    for (module, data, keys, expected) in cases {
        assert_eq!(
            findings(&directory, module, &data, keys),
            expected,
            "{module} {data}"
        );
    }
}
