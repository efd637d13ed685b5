#![allow(clippy::unwrap_used, missing_docs)]
//! Documents as nobody should send them: each gives a problem or is read, and none breaks or stalls the program.

use callflow::kazoo::{self, Report, Set};
use callflow::limits::{
    MAX_DEPTH, MAX_IMPORT_BYTES, MAX_IMPORT_DOCUMENTS, MAX_NAME_LEN, MAX_REPORT_LINES,
};
use callflow::simulate::{self, Scene, Script};
use callflow::{Account, Callflow, Directory, ResourceKind, check, outline};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

fn refused(text: &str) -> String {
    kazoo::read_text(text.as_bytes()).map(drop).unwrap_err().0
}

fn read(text: &str) -> (Set, Report) {
    kazoo::read_text(text.as_bytes()).unwrap()
}

/// Everything that is done with a document, short of a call.
fn used(set: &mut Set) {
    let mut report = Report::default();
    set.report_missing(&mut report, |_, _| false);
    set.remap(|kind, id| Some(format!("{}-{}", kind.path(), id.len())));
    let file = kazoo::export(set).to_string();
    let (again, _) = read(&file);
    assert_eq!(again.callflows.len(), set.callflows.len());
    for document in &set.callflows {
        let callflow = &document.callflow;
        let _ = check::check(callflow, &Directory::default());
        let _ = outline::write(&callflow.flow);
        assert_eq!(callflow.flow.well_formed(), Ok(()));
        assert_eq!(&Callflow::from_json(&callflow.to_json()).unwrap(), callflow);
    }
}

/// A chain of so many steps in KAZOO's form, as text.
fn chain(steps: usize, data: &str) -> String {
    let step = format!(r#"{{"module":"sleep","data":{data},"children":{{"_":"#);
    let last = r#"{"module":"echo"}"#;
    format!("{}{last}{}", step.repeat(steps - 1), "}}".repeat(steps - 1))
}

#[test]
fn depth_is_bounded() {
    for open in [
        "[",
        r#"{"a":"#,
        r#"{"module":"sleep","children":{"_":"#,
        "[{\"data\":",
    ] {
        for text in [open.repeat(100_000), format!("{}1", open.repeat(100_000))] {
            assert!(refused(&text).contains("levels are nested"), "{open}");
        }
    }
    assert!(refused(&chain(100_000, "{}")).contains("levels are nested"));
}

#[test]
fn deepest_flow_is_read_and_one_deeper_is_refused() {
    let (mut set, report) = read(&chain(MAX_DEPTH + 1, "{}"));
    assert_eq!(report.refused, []);
    assert_eq!(set.callflows[0].callflow.flow.len(), MAX_DEPTH + 1);
    used(&mut set);
    let (set, report) = read(&chain(MAX_DEPTH + 2, "{}"));
    assert_eq!((set.callflows.len(), report.refused.len()), (0, 1));
    assert!(
        report.refused[0].text.contains("levels"),
        "{:?}",
        report.refused
    );
}

#[test]
fn deep_data_is_refused_wherever_it_stands() {
    let deep = format!("{}1{}", r#"{"a":["#.repeat(548), "]}".repeat(548));
    for file in [
        chain(2, &deep),
        format!(r#"{{"flow":{{"module":"acme","vendor":{deep}}}}}"#),
        format!(r#"{{"flow":{{}},"vendor":{deep}}}"#),
        format!(r#"{{"flow":{{"root":"n1","nodes":{{"n1":{{"module":"acme","data":{deep}}}}}}}}}"#),
        format!(r#"{{"pvt_type":"user","vendor":{deep}}}"#),
    ] {
        let (set, report) = read(&file);
        assert_eq!((set.callflows.len(), set.resources.len()), (0, 0));
        assert!(
            report.refused[0].text.contains("too deeply"),
            "{:?}",
            report.refused
        );
    }
    // What has no place here is kept, and is as deep as any document may be.
    let (mut set, _) = read(&deep);
    assert_eq!(set.others.len(), 1);
    used(&mut set);
    let (_, report) = read(&format!("{}{{}}{}", "[".repeat(20), "]".repeat(20)));
    assert!(report.refused[0].text.contains("packed too deeply"));
}

#[test]
fn size_is_bounded() {
    let spaces = " ".repeat(MAX_IMPORT_BYTES + 1);
    assert!(refused(&spaces).contains("MB"));
    // Fifty megabytes in one text, in many values, in many documents.
    let long = "x".repeat(50 << 20);
    let (set, report) = read(&format!(r#"{{"name":"{long}","flow":{{}}}}"#));
    assert_eq!(set.callflows[0].callflow.name.len(), MAX_NAME_LEN);
    assert!(report.adapted[0].text.contains("cut"));
    let (set, _) = read(&format!(
        r#"{{"flow":{{"module":"tts","data":{{"text":"{long}"}}}}}}"#
    ));
    let _ = check::check(&set.callflows[0].callflow, &Directory::default());
    assert!(refused(&format!("[{}0]", "0,".repeat(25 << 20))).contains("values"));
}

#[test]
fn number_of_documents_is_bounded() {
    let one = r#"{"flow":{"module":"echo"}},"#;
    let (set, report) = read(&format!(
        "[{}5]",
        one.repeat(MAX_IMPORT_DOCUMENTS + MAX_REPORT_LINES + 50)
    ));
    assert_eq!(set.callflows.len(), MAX_IMPORT_DOCUMENTS);
    assert_eq!(report.refused.len(), MAX_REPORT_LINES);
    assert!(report.more > 0);
}

#[test]
fn wide_documents_are_bounded() {
    let step = r#"{"module":"echo"}"#;
    let wide: String = (0..100_000).map(|n| format!(r#""{n}":{step},"#)).collect();
    let (set, report) = read(&format!(
        r#"{{"module":"menu","children":{{{wide}"x":{step}}}}}"#
    ));
    assert_eq!((set.callflows.len(), report.refused.len()), (0, 1));
    let numbers: String = (0..200_000).map(|n| format!("{n},")).collect();
    let (set, report) = read(&format!(r#"{{"numbers":[{numbers}1],"flow":{step}}}"#));
    assert_eq!((set.callflows.len(), report.refused.len()), (0, 1));
    assert!(
        report.refused[0].text.contains("numbers"),
        "{:?}",
        report.refused
    );
    let keys: String = (0..100_000).map(|n| format!(r#""k{n}":{n},"#)).collect();
    let (mut set, report) = read(&format!(r#"{{{keys}"flow":{step}}}"#));
    assert_eq!(report.kept.len(), 1);
    assert!(
        report.kept[0].text.ends_with("and 99988 more"),
        "{}",
        report.kept[0].text
    );
    used(&mut set);
}

#[test]
fn keys_that_stand_twice_are_told_and_the_last_one_counts() {
    let (set, report) = read(
        r#"{"flow": {"module": "menu", "children": {"1": {"module": "echo"}, "1": {"module": "sleep"}}}, "name": "a", "name": "b"}"#,
    );
    let callflow = &set.callflows[0].callflow;
    assert_eq!((callflow.name.as_str(), callflow.flow.len()), ("b", 2));
    let told: Vec<&str> = report
        .adapted
        .iter()
        .map(|line| line.text.as_str())
        .collect();
    assert!(
        told.contains(&"“1” stands twice; the last one counts"),
        "{told:?}"
    );
    assert!(
        told.contains(&"“name” stands twice; the last one counts"),
        "{told:?}"
    );
}

#[test]
fn control_characters_leave_names_and_numbers() {
    let (set, report) = read(
        r#"{"name":"a\u0000b\n","numbers":["20\u000001","\u0000"],"patterns":["^\u00001$"],"flow":{}}"#,
    );
    let callflow = &set.callflows[0].callflow;
    assert_eq!(
        (
            callflow.name.as_str(),
            &callflow.numbers,
            &callflow.patterns
        ),
        ("ab", &vec!["2001".to_owned()], &vec!["^1$".to_owned()])
    );
    assert!(report.adapted.len() >= 4, "{:?}", report.adapted);
    assert!(kazoo::read_text(b"{\"name\":\"\0\"}").is_err());
    assert!(kazoo::read_text(b"\0").is_err());
    assert!(kazoo::read_text(&[0xff; 64]).is_err());
}

/// Values that are valid JSON and sensible nowhere.
fn nonsense() -> Vec<Value> {
    let text = r#"[null, true, -0.0, 1e308, -1e308, 1e-320, 18446744073709551615, -9223372036854775808, 1e999,
        123456789012345678901234567890, "", " ", "null", "undefined", "\u0000", "🐈‍⬛\u202e", "\ud83d\ude00", "NaN",
        "-1", "99999999999999999999", "1e9", "0x10", "../../etc/passwd", "<script>", "'; --", "((((((((((a*)*)*)*)*",
        "[", "%s%n", [], {}, [[]], {"": ""}, [null], {"id": {"id": null}}, [{"id": 7, "endpoint_type": "user"}]]"#;
    let Value::Array(values) = callflow::json::read(text.as_bytes()).unwrap().value else {
        panic!("a list");
    };
    values
}

fn every_field(set: &mut Map<String, Value>, specs: &[callflow::field::FieldSpec], value: &Value) {
    for spec in specs {
        callflow::json::set(set, spec.key, value.clone());
    }
}

#[test]
fn nonsense_in_any_field_is_read_checked_and_called() {
    for value in nonsense() {
        let mut resources: Map<String, Value> = Map::new();
        for kind in ResourceKind::ALL {
            let mut document = Map::new();
            every_field(&mut document, &callflow::Resource::specs(kind), &value);
            let by_id: Map<String, Value> = ["main", "ann", "hours", "vets", "box2001"]
                .into_iter()
                .map(|id| (id.to_owned(), Value::Object(document.clone())))
                .collect();
            resources.insert(kind.path().to_owned(), Value::Object(by_id));
        }
        resources.remove("callflows");
        let account: Value = serde_json::from_str(FERNHILL).unwrap();
        let mut whole = json!({"account": account["account"], "resources": resources});
        for entry in callflow::action::catalog() {
            let mut data = Map::new();
            every_field(&mut data, &entry.make().specs(), &value);
            let file = json!({"numbers": ["2000"], "flow": {"module": entry.module, "data": data, "children": {
                "_": {"module": "user", "data": {"id": "ann"}}, "hours": {"module": "menu", "data": {"id": "main"}}}}});
            let (mut set, report) = kazoo::read(&file);
            assert_eq!(report.refused, [], "{} {value}", entry.id());
            used(&mut set);
            whole["callflows"] = json!([file]);
            let account: Account = simulate::account(&whole).unwrap();
            let script: Script = "1,#".parse().unwrap();
            let outcome = simulate::run(Scene::new(Arc::new(account), "2000"), &script).unwrap();
            assert!(
                outcome.end.is_some(),
                "{} {value}\n{}",
                entry.id(),
                outcome.text()
            );
        }
        let (mut set, _) = kazoo::read(&json!({"resources": whole["resources"]}));
        used(&mut set);
    }
}

#[test]
fn nonsense_instead_of_any_part_gives_a_report() {
    for value in nonsense() {
        for file in [
            value.clone(),
            json!([value]),
            json!({"flow": value}),
            json!({"data": value}),
            json!({"data": [value]}),
            json!({"rows": [{"key": value, "doc": value}]}),
            json!({"callflows": value, "users": value, "resources": value, "account": value, "others": value}),
            json!({"callflows": [value], "users": [value]}),
            json!({"resources": {"users": value}}),
            json!({"name": value, "numbers": value, "patterns": value, "flow": {"module": "echo"}}),
            json!({"numbers": [value], "patterns": [value], "flow": {"module": "echo"}}),
            json!({"contact_list": value, "ui_is_main_number_cf": value, "flow": {"module": "echo"}}),
            json!({"id": value, "_id": value, "pvt_type": value, "pvt_deleted": value, "flow": {"module": "echo"}}),
            json!({"flow": {"module": value, "data": {}}}),
            json!({"flow": {"module": "echo", "data": value, "children": value, "note": value, "id": value}}),
            json!({"flow": {"module": "echo", "children": {"_": value}}}),
            json!({"flow": {"module": "echo", "data": {"skip_module": value}}}),
            json!({"flow": {"version": value, "root": value, "nodes": value, "next": value}}),
            json!({"flow": {"root": "n1", "nodes": {"n1": value}}}),
        ] {
            let (mut set, report) = kazoo::read(&file);
            let lines = report.understood.len() + report.kept.len() + report.refused.len();
            assert!(lines > 0 || set == Set::default(), "{file}");
            used(&mut set);
            let _ = kazoo::documents(&file);
            let _ = simulate::account(&file);
        }
    }
}
