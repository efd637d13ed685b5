#![allow(clippy::unwrap_used, missing_docs)]
//! What blocks show tells two steps of a kind apart.

use callflow::{Action, Directory, ResourceKind};
use serde_json::{Value, json};

#[test]
fn captions_tell_steps_apart() {
    let mut directory = Directory::default();
    let mut add = |kind, id: &str, document: Value| {
        directory.insert(kind, id, document.as_object().unwrap().clone());
    };
    add(
        ResourceKind::User,
        "ann",
        json!({"first_name": "Ann", "last_name": "Archer", "presence_id": "2001"}),
    );
    for (id, owner) in [("d1", "ann"), ("d2", "ann"), ("d3", "")] {
        add(
            ResourceKind::Device,
            id,
            json!({"name": id, "owner_id": owner, "sip": {"username": id}}),
        );
    }
    add(
        ResourceKind::RingGroup,
        "vets",
        json!({"name": "Duty vets", "endpoints": {"ann": {"type": "user"}, "d3": {"type": "device"}}}),
    );
    add(ResourceKind::Menu, "m", json!({"name": "Main menu"}));
    add(
        ResourceKind::VoicemailBox,
        "b",
        json!({"name": "Ann", "mailbox": "2001"}),
    );
    add(ResourceKind::Media, "f", json!({"name": "Welcome"}));
    add(ResourceKind::Directory, "n", json!({"name": "Staff"}));
    add(ResourceKind::Callflow, "c", json!({"name": "Night"}));
    add(ResourceKind::FaxBox, "fax", json!({"name": "Front office"}));
    add(ResourceKind::List, "l", json!({"name": "Farms"}));
    let caption = |module: &str, data: Value, keys: &[&str]| {
        let action = Action::from_wire(module, data.as_object().unwrap().clone());
        action.caption_with(&directory, keys).text
    };
    for (module, data, keys, expected) in [
        (
            "ring_group",
            json!({"group_id": "vets"}),
            &[][..],
            "Duty vets · 3 phones",
        ),
        (
            "ring_group",
            json!({"name": "Desk", "endpoints": [{"id": "d3", "endpoint_type": "device"}]}),
            &[],
            "Desk · 1 phone",
        ),
        (
            "menu",
            json!({"id": "m"}),
            &["1", "2", "3", "timeout", "_"],
            "Main menu · 3 choices",
        ),
        (
            "manual_presence",
            json!({"presence_id": "2001", "status": "busy"}),
            &[],
            "2001 · Busy",
        ),
        ("response", json!({"code": 486}), &[], "486 Busy Here"),
        (
            "temporal_route",
            json!({"timezone": "Europe/London"}),
            &[],
            "Europe/London",
        ),
        ("user", json!({"id": "ann"}), &[], "Ann Archer 2001"),
        ("device", json!({"id": "d1"}), &[], "d1"),
        ("voicemail", json!({"id": "b"}), &[], "Ann 2001"),
        (
            "voicemail",
            json!({"id": "b", "action": "check"}),
            &[],
            "Ann 2001",
        ),
        ("directory", json!({"id": "n"}), &[], "Staff"),
        ("play", json!({"id": "f"}), &[], "Welcome"),
        (
            "play",
            json!({"id": "silence_stream://300000"}),
            &[],
            "Silence",
        ),
        ("callflow", json!({"id": "c"}), &[], "Night"),
        ("sleep", json!({"duration": 5}), &[], "5 s"),
        (
            "tones",
            json!({"tones": [{"frequencies": [440, 480], "duration_on": 1, "duration_off": 1}]}),
            &[],
            "440+480 Hz",
        ),
        ("tts", json!({"text": "Hello"}), &[], "“Hello”"),
        (
            "play",
            json!({"id": "tone_stream://%(1,1,440)"}),
            &[],
            "Tone",
        ),
        ("jump", json!({"step": 12}), &[], "n12"),
        ("transfer", json!({"target": "2001"}), &[], "2001"),
        ("after_bridge", json!({"data": "2010"}), &[], "2010"),
        ("after_bridge", json!({"action": "park"}), &[], "Park"),
        ("record_call", json!({}), &[], "MP3"),
        (
            "record_call",
            json!({"url": "https://store.example/in"}),
            &[],
            "store.example",
        ),
        ("record_call", json!({"action": "stop"}), &[], ""),
        ("record_caller", json!({"format": "wav"}), &[], "WAV"),
        ("receive_fax", json!({"owner_id": "ann"}), &[], "Ann Archer"),
        ("faxbox", json!({"faxbox_id": "fax"}), &[], "Front office"),
        ("fax_detect", json!({}), &[], "5 s"),
        ("send_dtmf", json!({"digits": "1#"}), &[], "1#"),
        (
            "audio_macro",
            json!({"macros": [{"macro": "play", "id": "f"}, {"macro": "tts", "text": "Hello"}]}),
            &[],
            "Welcome · 2 sounds",
        ),
        (
            "set_alert_info",
            json!({"alert_info": "<http://127.0.0.1>;info=ring2"}),
            &[],
            "info=ring2",
        ),
        (
            "branch_variable",
            json!({"variable": ["call_forward", "enabled"]}),
            &[],
            "call_forward.enabled",
        ),
        (
            "set_variables",
            json!({"custom_application_vars": {"a": "b"}}),
            &[],
            "a = b",
        ),
        (
            "set_variable",
            json!({"variable": "a", "value": ""}),
            &[],
            "a =",
        ),
        ("language", json!({"language": "cy_gb"}), &[], "cy-GB"),
        (
            "collect_dtmf",
            json!({"collection_name": "pin", "max_digits": 4}),
            &[],
            "pin · 4 digits",
        ),
        ("flush_dtmf", json!({}), &[], "default"),
        ("dynamic_cid", json!({}), &[], "Keyed by the caller"),
        (
            "dynamic_cid",
            json!({"action": "list", "id": "l"}),
            &[],
            "Farms",
        ),
        (
            "prepend_cid",
            json!({"caller_id_name_prefix": "Clinic: "}),
            &[],
            "“Clinic: ”",
        ),
        ("prepend_cid", json!({"action": "reset"}), &[], ""),
        ("set_cid", json!({"caller_id_name": "X"}), &[], "X"),
        ("privacy", json!({"mode": "yes"}), &[], "Name and number"),
        ("check_cid", json!({"regex": "^44"}), &[], "^44"),
        ("cidlistmatch", json!({"id": "l"}), &[], "Farms"),
        ("lookupcidname", json!({"lists": ["l", "x"]}), &[], "Farms"),
        (
            "branch_bnumber",
            json!({"hunt": true}),
            &[],
            "Dials the digits",
        ),
    ] {
        assert_eq!(caption(module, data, keys), expected, "{module}");
    }
}
