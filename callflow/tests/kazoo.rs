#![allow(clippy::unwrap_used, missing_docs)]
//! Documents of KAZOO: whole sets go in with a report of what was made of them, get new ids, and come out equal.

#[path = "generate/documents.rs"]
#[allow(dead_code)]
mod documents;

use callflow::kazoo::{self, Line, Report, Set};
use callflow::{Callflow, Directory, ResourceKind, check};
use documents::{Dice, document, modules};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What may be written in several ways, in one of them: parts that are missing or empty, truth as text where the
/// step is switched off.
fn canonical(step: &Value) -> Value {
    let mut object = step.as_object().unwrap().clone();
    let children = match object.get("children") {
        Some(Value::Object(children)) => children
            .iter()
            .filter(|(_, child)| child.as_object().is_some_and(|c| !c.is_empty()))
            .map(|(key, child)| (key.clone(), canonical(child)))
            .collect(),
        _ => Map::new(),
    };
    object.insert("children".into(), Value::Object(children));
    if !object.get("data").is_some_and(Value::is_object) {
        object.insert("data".into(), json!({}));
    }
    // Steps say their ids where one jumps to another.
    let id = object.get("step_id").and_then(Value::as_str);
    if id.is_some_and(|id| id.parse::<callflow::NodeId>().is_ok()) {
        object.shift_remove("step_id");
    }
    Value::Object(object)
}

fn canonical_document(document: &Value) -> Value {
    let mut object = document.as_object().unwrap().clone();
    object.retain(|key, _| key != "id" && !key.starts_with('_') && !key.starts_with("pvt_"));
    for list in ["numbers", "patterns"] {
        object.entry(list).or_insert_with(|| json!([]));
    }
    let flow = object
        .get("flow")
        .filter(|f| f.as_object().is_some_and(|f| !f.is_empty()));
    let flow = flow.map_or_else(|| json!({}), canonical);
    object.insert("flow".into(), flow);
    Value::Object(object)
}

/// The order of children decides when rules are tried; equality of objects does not look at it.
fn child_order(step: &Value, path: &str, found: &mut BTreeMap<String, Vec<String>>) {
    let Some(children) = step.get("children").and_then(Value::as_object) else {
        return;
    };
    found.insert(path.to_owned(), children.keys().cloned().collect());
    for (key, child) in children {
        child_order(child, &format!("{path}/{key}"), found);
    }
}

fn orders(document: &Value) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    child_order(&document["flow"], "", &mut found);
    found
}

fn assert_equal(one: &Value, other: &Value, at: &str) {
    let (one, other) = (canonical_document(one), canonical_document(other));
    assert_eq!(one, other, "{at}");
    assert_eq!(orders(&one), orders(&other), "{at}: the order of branches");
}

fn text(report: &[Line]) -> String {
    let line = |line: &Line| format!("{} | {} | {}\n", line.document, line.place, line.text);
    report.iter().map(line).collect()
}

fn taken(value: &Value) -> (Set, Report) {
    let (set, report) = kazoo::read(value);
    assert_eq!(text(&report.refused), "", "{value}");
    (set, report)
}

/// Through our own form as text, as it is stored.
fn stored(callflow: &Callflow) -> Callflow {
    let text = callflow.to_json().to_string();
    Callflow::from_json(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn what_goes_in_comes_out_for_every_module() {
    let rounds = rounds(30);
    for module in modules() {
        for round in 0..rounds {
            let mut dice = Dice(round as u64 * 1_000_003 + 7);
            let source = document(&mut dice, module);
            let at = format!("{module} {round}: {source}");
            let (set, _) = taken(&source);
            let callflow = &set.callflows[0].callflow;
            assert_equal(&source, &callflow.to_kazoo(), &at);
            let again = stored(callflow);
            assert_eq!(&again, callflow, "{at}");
            assert_equal(&source, &again.to_kazoo(), &at);
            assert_eq!(taken(&kazoo::export(&set)).0, set, "{at}");
            // Whatever it holds, it can be checked and shown.
            let _ = check::check(callflow, &Directory::default());
        }
    }
}

/// More rounds are a matter of patience: `PATCHCORD_FUZZ` times as many.
fn rounds(usual: usize) -> usize {
    let more = std::env::var("PATCHCORD_FUZZ")
        .ok()
        .and_then(|n| n.parse::<usize>().ok());
    usual * more.unwrap_or(1)
}

fn files(folder: &Path) -> Vec<(String, Value)> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, callflow::json::read(&bytes).unwrap().value)
        })
        .collect()
}

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The documents that stand in a file, without what is around them.
fn inside(file: &Value) -> Vec<Value> {
    match file {
        Value::Array(items) => items.iter().flat_map(inside).collect(),
        Value::Object(object) if object.contains_key("module") => vec![json!({"flow": file})],
        Value::Object(object) if object.contains_key("data") => inside(&object["data"]),
        other => vec![other.clone()],
    }
}

#[test]
fn example_callflows_come_back_out_as_they_went_in() {
    let mut count = 0;
    let more = "../../shared/reference/kazoo-examples/shapes";
    for (name, file) in files(&folder("tests/fixtures/kazoo"))
        .into_iter()
        .chain(files(&folder(more)))
    {
        let (set, report) = taken(&file);
        let sources = inside(&file);
        assert_eq!(set.callflows.len(), sources.len(), "{name}");
        assert_eq!(report.understood.len(), sources.len(), "{name}");
        for (source, document) in sources.iter().zip(&set.callflows) {
            if source["numbers"]
                .as_array()
                .is_some_and(|n| n.iter().any(|n| !n.is_string()))
            {
                continue;
            }
            assert_equal(source, &stored(&document.callflow).to_kazoo(), &name);
        }
        count += sources.len();
    }
    assert!(count >= 8);
}

#[test]
fn example_resources_are_recognised_and_come_back_out() {
    let mut count = 0;
    for (name, file) in files(&folder("../../shared/reference/kazoo-examples/resources")) {
        // By what the document says of itself, and by its shape alone.
        let mut silent = file.clone();
        silent.as_object_mut().unwrap().shift_remove("pvt_type");
        for source in [&file, &silent] {
            let (set, _) = taken(source);
            let Some(item) = set.resources.first() else {
                // One file is a callflow whatever its name.
                assert_eq!(set.callflows.len(), 1, "{name}");
                continue;
            };
            let word = format!("{:?}", item.kind).to_lowercase();
            let expected = ["user", "device", "group", "vmbox"]
                .into_iter()
                .find(|k| name.contains(k))
                .unwrap();
            let expected = match expected {
                "group" => "ringgroup",
                "vmbox" => "voicemailbox",
                same => same,
            };
            assert_eq!(word, expected, "{name}");
            assert_eq!(Value::from(item.id.clone()), file["_id"], "{name}");
            let mut bare = file.as_object().unwrap().clone();
            bare.retain(|key, _| !key.starts_with('_') && !key.starts_with("pvt_"));
            assert_eq!(item.document, bare, "{name}");
        }
        count += 1;
    }
    assert!(count == 0 || count >= 17);
}

const U1: &str = "11111111111111111111111111111111";
const D1: &str = "22222222222222222222222222222222";
const G1: &str = "33333333333333333333333333333333";
const M1: &str = "44444444444444444444444444444444";
const B1: &str = "55555555555555555555555555555555";
const R1: &str = "66666666666666666666666666666666";
const S1: &str = "77777777777777777777777777777777";
const F1: &str = "88888888888888888888888888888888";
const N1: &str = "99999999999999999999999999999999";
const DIR1: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const C1: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A whole account, as a dump of its database has it.
fn account() -> Vec<Value> {
    vec![
        json!({"_id": U1, "_rev": "1-x", "pvt_type": "user", "first_name": "Ann", "last_name": U1,
            "directories": {DIR1: C1}, "music_on_hold": {"media_id": F1}}),
        json!({"_id": D1, "pvt_type": "device", "name": "Desk", "owner_id": U1, "sip": {"username": "desk"},
            "hotdesk": {"users": {U1: {}}}}),
        json!({"_id": G1, "pvt_type": "group", "name": "All", "endpoints": {D1: {"type": "device", "weight": 1},
            U1: {"type": "user"}}}),
        json!({"_id": M1, "pvt_type": "menu", "name": "Main", "media": {"greeting": F1, "exit_media": true}}),
        json!({"_id": B1, "pvt_type": "vmbox", "mailbox": "2001", "owner_id": U1, "media": {"unavailable": F1}}),
        json!({"_id": R1, "pvt_type": "temporal_rule", "name": "Hours", "cycle": "weekly", "wdays": ["wensday"]}),
        json!({"_id": S1, "pvt_type": "temporal_rule_set", "name": "All hours", "temporal_rules": [R1]}),
        json!({"_id": F1, "pvt_type": "media", "name": "Welcome", "description": F1}),
        json!({"_id": N1, "pvt_type": "callflow", "numbers": ["2001"], "owner_id": U1, "flow":
            {"module": "user", "data": {"id": U1, "timeout": "20"}, "children": {
                "_": {"module": "voicemail", "data": {"id": B1}, "children": {}}}}}),
        json!({"_id": C1, "pvt_type": "callflow", "name": F1, "numbers": ["2000"],
            "metaflow": {"numbers": {"7": {"module": "play", "data": {"id": F1}, "children": {}}}},
            "flow": {"module": "temporal_route", "data": {"rules": [R1], "rule_set": S1}, "children": {
                R1: {"module": "menu", "data": {"id": M1}, "children": {
                    "1": {"module": "ring_group", "data": {"name": G1, "endpoints": [
                        {"id": U1, "endpoint_type": "user"}, {"id": G1, "endpoint_type": "group"}]}, "children": {}},
                    "2": {"module": "play", "data": {"id": format!("/account/{F1}")}, "children": {}},
                    "3": {"module": "acme", "data": {"caller": U1, "text": U1, "deep": [{"x_media_id": F1}],
                        "says": format!("not {U1}")}, "children": {D1: {"module": "callflow", "data": {"id": N1}}}},
                    "4": {"module": "tts", "data": {"text": U1}, "children": {}}}},
                S1: {"module": "play", "data": {"id": "system_media/vm-goodbye"}, "children": {}},
                "_": {"module": "callflow", "data": {"id": N1}, "children": {}}}}}),
        json!({"_id": DIR1, "pvt_type": "directory", "name": "Directory", "min_dtmf": 3}),
    ]
}

fn marked(kind: ResourceKind, id: &str) -> Option<String> {
    Some(format!("{}-{}", kind.path(), &id[..2]))
}

#[test]
fn ids_are_replaced_wherever_they_are_mentioned_and_never_in_text() {
    let (mut set, _) = taken(&json!(account()));
    set.remap(marked);
    let out = kazoo::export(&set);
    let flow = &out["callflows"][1]["flow"];
    let (rule, rules) = ("time-rules-66", "time-rule-sets-77");
    assert_eq!(orders(&out["callflows"][1])[""], [rule, rules, "_"]);
    assert_eq!(flow["data"], json!({"rules": [rule], "rule_set": rules}));
    let menu = &flow["children"][rule];
    assert_eq!(menu["data"]["id"], "menus-44");
    assert_eq!(
        menu["children"]["1"]["data"],
        json!({"name": G1, "endpoints": [{"id": "users-11", "endpoint_type": "user"},
            {"id": "ring-groups-33", "endpoint_type": "group"}]})
    );
    assert_eq!(menu["children"]["2"]["data"]["id"], "/account/media-88");
    assert_eq!(
        menu["children"]["3"]["data"],
        json!({"caller": "users-11", "text": U1, "deep": [{"x_media_id": "media-88"}], "says": format!("not {U1}")})
    );
    assert_eq!(
        menu["children"]["3"]["children"]["devices-22"]["data"]["id"],
        "callflows-99"
    );
    assert_eq!(menu["children"]["4"]["data"]["text"], U1);
    assert_eq!(
        flow["children"][rules]["data"]["id"],
        "system_media/vm-goodbye"
    );
    let callflow = &out["callflows"][1];
    assert_eq!(
        (&callflow["id"], &callflow["name"]),
        (&json!("callflows-bb"), &json!(F1))
    );
    assert_eq!(
        callflow["metaflow"]["numbers"]["7"]["data"]["id"],
        "media-88"
    );
    assert_eq!(out["callflows"][0]["owner_id"], "users-11");
    let user = &out["users"][0];
    assert_eq!(
        user["directories"],
        json!({"directories-aa": "callflows-bb"})
    );
    assert_eq!(user["music_on_hold"]["media_id"], "media-88");
    assert_eq!(user["last_name"], U1);
    assert_eq!(out["devices"][0]["owner_id"], "users-11");
    assert_eq!(
        out["devices"][0]["hotdesk"]["users"],
        json!({"users-11": {}})
    );
    let members: Vec<&String> = out["groups"][0]["endpoints"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(members, ["devices-22", "users-11"]);
    assert_eq!(
        out["menus"][0]["media"],
        json!({"greeting": "media-88", "exit_media": true})
    );
    assert_eq!(out["vmboxes"][0]["owner_id"], "users-11");
    assert_eq!(out["vmboxes"][0]["media"]["unavailable"], "media-88");
    assert_eq!(
        out["temporal_rules_sets"][0]["temporal_rules"],
        json!([rule])
    );
    assert_eq!(out["media"][0]["description"], F1);
}

#[test]
fn new_ids_and_back_again_is_as_before() {
    let (set, _) = taken(&json!(account()));
    let mut there = set.clone();
    there.remap(marked);
    assert_ne!(there, set);
    let mut back = there.clone();
    back.remap(|kind, id| {
        let old = set.resources.iter().map(|i| (i.kind, i.id.clone()));
        let flows = set
            .callflows
            .iter()
            .map(|d| (ResourceKind::Callflow, d.id.as_ref().unwrap().to_string()));
        old.chain(flows)
            .find(|(own, old)| *own == kind && marked(kind, old).unwrap() == id)
            .map(|(_, old)| old)
    });
    // What was a mention because nothing else looks so is one no longer: keys and values of unknown modules.
    let flow = |set: &Set| kazoo::export(set)["callflows"][1]["flow"]["children"].clone();
    let plain = |text: String| text.replace("users-11", U1).replace("devices-22", D1);
    assert_eq!(plain(flow(&back).to_string()), flow(&set).to_string());
    assert_eq!(back.resources, set.resources);
}

#[test]
fn short_ids_are_replaced_where_a_field_refers_to_them_and_nowhere_else() {
    let file = json!({
        "menus": {"main": {"name": "main"}},
        "callflows": [{"id": "main", "name": "main", "numbers": ["main"], "flow":
            {"module": "menu", "data": {"id": "main", "vendor": "main"}, "children": {
                "1": {"module": "callflow", "data": {"id": "main"}},
                "main": {"module": "manual_presence", "data": {"presence_id": "main"}}}}}],
    });
    let (mut set, _) = taken(&file);
    set.remap(|kind, id| Some(format!("{}/{id}", kind.path())));
    let out = kazoo::export(&set);
    let flow = &out["callflows"][0]["flow"];
    assert_eq!(flow["data"], json!({"id": "menus/main", "vendor": "main"}));
    assert_eq!(flow["children"]["1"]["data"]["id"], "callflows/main");
    assert_eq!(flow["children"]["main"]["data"]["presence_id"], "main");
    assert_eq!(out["callflows"][0]["numbers"], json!(["main"]));
}

#[test]
fn every_container_gives_the_same_set() {
    let account = account();
    let (expected, _) = taken(&json!(account));
    let rows: Vec<Value> = account
        .iter()
        .map(|doc| json!({"id": doc["_id"], "key": doc["_id"], "value": {"rev": "1"}, "doc": doc}))
        .collect();
    let enveloped: Vec<Value> = account
        .iter()
        .map(|doc| json!({"data": doc, "auth_token": "x", "metadata": {}}))
        .collect();
    for container in [
        json!({"data": account, "page_size": 50, "revision": "x", "status": "success"}),
        json!({"docs": account}),
        json!({"total_rows": 11, "offset": 0, "rows": rows}),
        json!(enveloped),
    ] {
        let (set, _) = taken(&container);
        assert_eq!(set, expected, "{container}");
    }
    let exported = kazoo::export(&expected);
    let (again, _) = taken(&exported);
    assert_eq!(again, expected);
    assert_eq!(kazoo::export(&again), exported);
    // By kind and id, as our own files have it.
    let mut by_id = json!({});
    for item in &expected.resources {
        by_id[item.kind.path()][&item.id] = Value::Object(item.document.clone());
    }
    let (ours, _) = taken(&json!({"callflows": exported["callflows"], "resources": by_id}));
    assert_eq!(ours, expected);
    assert_eq!(taken(&kazoo::export_own(&expected)).0, expected);
}

#[test]
fn our_own_form_keeps_settings_other_documents_and_ids_of_steps() {
    let file = json!([
        {"id": "c", "pvt_type": "callflow", "numbers": ["1"], "flow":
            {"version": 1, "root": "n7", "nodes": {"n7": {"module": "echo", "children": {}}}, "next": 9}},
        {"id": "a", "pvt_type": "account", "call_restriction": {"international": {"action": "deny"}}},
        {"id": "l", "pvt_type": "dialplan", "system": ["+44"]},
    ]);
    let (set, _) = taken(&file);
    let own = kazoo::export_own(&set);
    assert!(own["callflows"][0]["flow"]["nodes"]["n7"].is_object());
    assert_eq!(taken(&own).0, set);
    assert_eq!(kazoo::export_own(&Set::default()), json!({"callflows": []}));
}

#[test]
fn carriers_and_resources_by_kind_are_told_apart() {
    let carrier = json!({"id": "c1", "name": "Trunk", "gateways": [{"server": "sip.example"}], "rules": ["^\\+"]});
    let (set, _) = taken(&json!({"resources": [carrier]}));
    assert_eq!(set.resources[0].kind, ResourceKind::Carrier);
    let (set, _) = taken(&json!({"resources": {"users": {"u": {"first_name": "A"}}}}));
    assert_eq!(set.resources[0].kind, ResourceKind::User);
    let (set, _) = taken(&carrier);
    assert_eq!(set.resources[0].kind, ResourceKind::Carrier);
}

#[test]
fn report_tells_what_was_read_otherwise_and_what_is_kept() {
    let file = json!([
        {"id": "c", "name": 2001, "numbers": [2001, "2001", 2002, null, "undefinedMainNumber"], "type": "main",
         "ui_metadata": {}, "flow":
            {"module": "device", "data": {"id": "null", "timeout": "20", "can_call_self": "false", "vendor": 1},
             "children": {"_": {"module": "acme", "data": [], "extra": 1, "children": {"1": {}, "2": null}},
                "x": {"module": "user", "data": {"id": "u", "timeout": "soon"}}}}},
        {"id": "r", "cycle": "weekly", "wdays": ["monday", "wensday"], "time_window_start": "3600"},
        {"id": "x", "pvt_type": "dialplan", "system": []},
        {"id": "s", "name": "only a summary", "numbers": []},
    ]);
    let (set, report) = taken(&file);
    assert_eq!(
        (set.callflows.len(), set.resources.len(), set.others.len()),
        (1, 1, 2)
    );
    let adapted = text(&report.adapted);
    for expected in [
        "2001 | name | 2001 is read as text",
        "2001 | numbers | The number 2001 is read as text",
        "2001 | numbers | \"2001\" stands twice",
        "2001 | numbers | null was left out: it is no text",
        "2001 | step n1 (device), id | “null” stands for nothing chosen",
        "2001 | step n1 (device), timeout | “20” is read as 20",
        "2001 | step n1 (device), can_call_self | “false” is read as false",
        "2001 | step n2 (acme) | The list under “data” is read as no data",
        "2001 | step n2 (acme) | The branch “1” leads to nothing and was left out",
        "2001 | step n2 (acme) | The branch “2” leads to nothing and was left out",
        "2001 | step n3 (user), timeout | “soon” does not fit, 20 is used. Enter 1 to 600 seconds.",
        "time-rules | wdays.1 | “wensday” is read as “wednesday”",
        "time_window_start | “3600” is read as 3600",
    ] {
        let found = adapted.contains(expected.strip_prefix("time-rules | ").unwrap_or(expected));
        assert!(found, "{expected}\n{adapted}");
    }
    let kept = text(&report.kept);
    for expected in [
        "2001 | numbers | “undefinedMainNumber” cannot be dialled",
        "2001 |  | Kept without a meaning here: type, ui_metadata",
        "2001 | step n1 (device) | Kept without a meaning here: vendor",
        "2001 | step n2 (acme) | Kept without a meaning here: extra",
        "2001 | step n2 (acme) | The module is not known; calls pass the step over",
        "document 3 |  | Documents of the type “dialplan” have no place here",
        "document 4 |  | It is not clear what kind of document this is",
    ] {
        assert!(kept.contains(expected), "{expected}\n{kept}");
    }
    assert_eq!(
        set.callflows[0].callflow.numbers,
        ["2001", "2002", "undefinedMainNumber"]
    );
    let sent: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(sent, report);
}

#[test]
fn what_fits_is_not_worth_a_line() {
    let (_, report) = taken(
        &json!({"id": "c", "numbers": ["2001"], "flow": {"module": "ring_group", "data": {
        "endpoints": [{"id": "u", "endpoint_type": "user", "timeout": 20, "delay": 0, "weight": 10}],
        "name": "", "strategy": "single", "timeout": 20.0}, "children": {}}}),
    );
    assert_eq!(text(&report.adapted), "");
    assert_eq!(text(&report.kept), "");
    for (name, file) in files(&folder("tests/fixtures/kazoo/resources")) {
        let kind = ResourceKind::from_path(&name).unwrap();
        let (set, report) = taken(&json!({kind.path(): [file]}));
        assert_eq!(set.resources[0].kind, kind);
        let adapted = text(&report.adapted).replace("The document has no id", "");
        assert!(!adapted.contains("does not fit"), "{name}: {adapted}");
    }
}

#[test]
fn references_that_lead_nowhere_are_missing() {
    let mut documents = account();
    documents.retain(|doc| ![B1, R1, F1, G1].contains(&doc["_id"].as_str().unwrap()));
    let (set, mut report) = taken(&json!(documents));
    set.report_missing(&mut report, |_, _| false);
    let missing = text(&report.missing);
    let expected = [
        format!("2001 |  | The mailbox {B1} is not there"),
        format!("{F1} |  | The ring group {G1} is not there"),
        format!("{F1} |  | The media file {F1} is not there"),
        format!("{F1} |  | The time rule {R1} is not there"),
        format!("Main |  | The media file {F1} is not there"),
        format!("All hours |  | The time rule {R1} is not there"),
        format!("users {U1} |  | The media file {F1} is not there"),
    ];
    for line in &expected {
        assert!(missing.contains(line), "{line}\n{missing}");
    }
    assert_eq!(report.missing.len(), expected.len(), "{missing}");
    let mut known = Report::default();
    set.report_missing(&mut known, |kind, id| {
        kind == ResourceKind::Media || id != R1
    });
    assert_eq!(known.missing.len(), 2, "{}", text(&known.missing));
}

#[test]
fn one_bad_document_does_not_stop_the_others() {
    let good = json!({"id": "good", "flow": {"module": "echo"}});
    let (set, report) = kazoo::read(&json!([
        5,
        {"id": "a", "flow": {"data": {}}},
        {"id": "b", "flow": 7},
        {"id": "c", "name": {}, "flow": {"module": "echo"}},
        {"id": "d", "flow": {"module": "echo", "children": {"1": "x"}}},
        {"id": "e", "pvt_deleted": true, "pvt_type": "callflow", "flow": {"module": "echo"}},
        {"_id": "_design/callflows", "pvt_type": "callflow", "flow": {}},
        {"id": "f", "flow": {"version": 99, "root": null, "nodes": {}}},
        good, good,
    ]));
    assert_eq!(set.callflows.len(), 1);
    assert_eq!(report.refused.len(), 7, "{}", text(&report.refused));
    assert_eq!(report.left_out.len(), 2, "{}", text(&report.left_out));
    assert!(text(&report.left_out).contains("It was deleted where it comes from"));
    assert!(text(&report.refused).contains("There is another callflow with this id"));
    assert!(text(&report.refused).contains("versions up to"));
}

#[test]
fn documents_of_our_own_interface_lose_what_it_added() {
    let (set, _) = taken(
        &json!({"id": "c", "revision": 3, "state": "live", "live_version": 2, "created_at": "x",
        "updated_at": "x", "updated_by": "x", "numbers": [], "patterns": [],
        "flow": {"version": 1, "root": "n1", "nodes": {"n1": {"module": "echo", "children": {}}}, "next": 2}}),
    );
    assert!(set.callflows[0].callflow.extra.is_empty());
}

#[test]
fn resources_without_an_id_get_one_and_a_flow_may_be_missing() {
    let (set, report) = taken(&json!({"users": [{"first_name": "A"}, {"first_name": "B"}],
        "callflows": [{"pvt_type": "callflow", "name": "Empty"}], "account": {"name": "Us", "call_restriction": {}}}));
    assert_eq!(set.resources.len(), 3);
    assert_ne!(set.resources[0].id, set.resources[1].id);
    assert_eq!(
        (set.resources[2].kind, set.resources[2].id.as_str()),
        (ResourceKind::Settings, "settings")
    );
    assert!(set.callflows[0].callflow.flow.is_empty());
    assert!(text(&report.adapted).contains("There is none; it is empty"));
    let (again, _) = taken(&kazoo::export(&set));
    assert_eq!(again.resources.len(), 3);
}
