#![allow(clippy::unwrap_used, missing_docs)]
//! Each check finds what it is for, says it by a code that has a page, and its fixes put it right.

use callflow::check::{self, Checker, Fix};
use callflow::edit::{self, Edit};
use callflow::{
    Callflow, CallflowId, Directory, NodeId, Problem, ResourceKind, Severity, outline, simulate,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

/// The resources of the scenarios, and some that are wrong.
fn directory() -> Directory {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] = json!([
        {"id": "own", "numbers": ["2000"], "flow": {}},
        {"id": "other", "name": "Other", "numbers": ["2001", "no_match"], "patterns": ["^\\*9$"],
         "flow": {"module": "callflow", "data": {"id": "third"}}},
        {"id": "third", "name": "Third", "numbers": ["2003"],
         "flow": {"module": "callflow", "data": {"id": "own"}}},
    ]);
    let mut directory = Directory::clone(&simulate::account(&file).unwrap().directory);
    let mut put = |kind, id: &str, document: Value| {
        directory.insert(kind, id, document.as_object().unwrap().clone());
    };
    put(
        ResourceKind::Menu,
        "radio",
        json!({"name": "Radio", "media": {"greeting": "shout://radio.example/1"}}),
    );
    put(
        ResourceKind::Menu,
        "hasty",
        json!({"name": "Hasty", "timeout": 10, "media": {"greeting": "welcome"}}),
    );
    put(
        ResourceKind::TimeRule,
        "lunch",
        json!({"name": "Lunch", "cycle": "weekly", "wdays": ["monday"], "time_window_start": 43_200,
               "time_window_stop": 46_800}),
    );
    put(
        ResourceKind::TimeRule,
        "always",
        json!({"name": "Always", "cycle": "daily"}),
    );
    put(
        ResourceKind::TimeRule,
        "holiday",
        json!({"name": "Holiday", "cycle": "date", "dates": ["2031-05-05", "12-24"]}),
    );
    directory
}

/// A callflow: `numbers 2000 +44…`, `pattern …`, and the outline of its flow.
fn callflow(text: &str) -> Callflow {
    let mut callflow = Callflow::default();
    let mut flow = String::new();
    for line in text.lines() {
        if let Some(numbers) = line.strip_prefix("numbers ") {
            callflow.numbers = numbers.split_whitespace().map(str::to_owned).collect();
        } else if let Some(pattern) = line.strip_prefix("pattern ") {
            callflow.patterns.push(pattern.to_owned());
        } else {
            flow.push_str(line);
            flow.push('\n');
        }
    }
    callflow.flow = Arc::new(outline::read(&flow).unwrap());
    callflow
}

fn own() -> CallflowId {
    "own".into()
}

fn problems(callflow: &Callflow) -> Vec<Problem> {
    check::check_as(Some(&own()), callflow, &directory())
}

/// Code, step and field of the problem, how many fixes it has, and the callflow that has it.
type Case = (&'static str, u32, Option<&'static str>, usize, &'static str);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("FIELD_INVALID", 1, Some("timeout"), 2, "user {\"id\":\"ann\",\"timeout\":30000}"),
    ("FIELD_INVALID", 1, Some("max_message_length"), 1, "voicemail {\"id\":\"box2001\",\"max_message_length\":\"long\"}"),
    ("FIELD_INVALID", 1, Some("code"), 1, "response {\"code\":200}"),
    ("FIELD_REQUIRED", 1, Some("id"), 0, "user"),
    ("FIELD_REQUIRED", 1, Some("id"), 0, "numbers 2000\nvoicemail"),
    ("RESOURCE_MISSING", 1, Some("id"), 1, "user {\"id\":\"gone\"}\nvoicemail {\"id\":\"box2001\"}"),
    ("RESOURCE_MISSING", 1, Some("media"), 2, "response {\"media\":\"gone\"}"),
    ("RESOURCE_MISSING", 1, Some("group_id"), 2, "ring_group {\"group_id\":\"gone\",\"endpoints\":[{\"id\":\"ann\",\"endpoint_type\":\"user\"}]}"),
    ("RESOURCE_MISSING", 1, Some("endpoints"), 1, "ring_group {\"endpoints\":[{\"id\":\"ann\",\"endpoint_type\":\"user\"},{\"id\":\"gone\",\"endpoint_type\":\"user\"}]}"),
    ("RESOURCE_MISSING", 1, Some("endpoints"), 1, "ring_group {\"endpoints\":[{\"id\":\"gone\",\"endpoint_type\":\"user\"}]}"),
    ("BRANCH_UNREACHABLE", 1, None, 1, "response\n  _: sleep\n    user {\"id\":\"ann\"}"),
    ("BRANCH_UNREACHABLE", 1, None, 2, "menu {\"id\":\"main\"}\n  x: sleep\n  1: sleep"),
    ("BRANCH_UNREACHABLE", 1, None, 1, "menu {\"id\":\"main\"}\n  x: sleep\n    sleep\n  _: sleep"),
    ("BRANCH_WITHOUT_END", 2, None, 1, "sleep\nset_alert_info {\"alert_info\":\"x\"}"),
    ("BRANCH_WITHOUT_END", 1, None, 1, "off user {\"id\":\"ann\"}"),
    ("BRANCH_WITHOUT_END", 1, None, 1, "temporal_route\n  hours: user {\"id\":\"ann\"}"),
    ("CALLFLOW_INLINE", 1, Some("id"), 0, "callflow {\"flow\":{}}"),
    ("DEVICE_DISABLED", 1, Some("id"), 0, "device {\"id\":\"old\"}"),
    ("GREETING_ENDLESS", 1, Some("id"), 0, "menu {\"id\":\"radio\"}\n  1: user {\"id\":\"ann\"}"),
    ("LOOP_WITHOUT_CALLER", 2, None, 1, "user {\"id\":\"ann\"}\ncallflow {\"id\":\"own\"}"),
    ("LOOP_WITHOUT_CALLER", 1, None, 1, "callflow {\"id\":\"other\"}"),
    ("LOOP_WITHOUT_CALLER", 3, None, 1, "sleep {\"duration\":5}\nuser {\"id\":\"ann\"}\njump {\"step\":\"n1\"}"),
    ("LOOP_WITHOUT_CALLER", 4, None, 1, "menu {\"id\":\"main\"}\n  1: sleep\n  2: sleep {\"duration\":5}\n    jump {\"step\":\"n5\"}\n  3: jump {\"step\":\"n3\"}"),
    ("MAILBOX_MISSING", 1, Some("id"), 0, "pattern ^\\*9$\nvoicemail"),
    ("MEMBER_NEVER_RINGS", 1, Some("endpoints"), 1, "ring_group {\"timeout\":10,\"endpoints\":[{\"id\":\"ann\",\"endpoint_type\":\"user\",\"delay\":10}]}"),
    ("MENU_KEY_IS_EXTENSION", 1, None, 0, "menu {\"id\":\"hunting\"}\n  2001: user {\"id\":\"ann\"}"),
    ("MENU_WITHOUT_KEYS", 1, None, 0, "menu {\"id\":\"main\"}\n  timeout: user {\"id\":\"ann\"}"),
    ("MENU_WITHOUT_TIMEOUT", 1, None, 0, "menu {\"id\":\"main\"}\n  1: user {\"id\":\"ann\"}"),
    ("MODULE_UNKNOWN", 1, None, 0, "acme {\"x\":1}"),
    ("NUMBER_EMERGENCY", 0, Some("numbers"), 1, "numbers 112 2000"),
    ("NUMBER_EMERGENCY", 0, Some("patterns"), 0, "pattern ^([0-9]{3})$"),
    ("NUMBER_INVALID", 0, Some("numbers"), 2, "numbers 2000 2(0)1"),
    ("NUMBER_TAKEN", 0, Some("numbers"), 1, "numbers 2000 2001"),
    ("NUMBER_TAKEN", 0, Some("numbers"), 1, "numbers no_match"),
    ("OUTSIDE_LINE_OPEN", 1, Some("to_did"), 1, "numbers +441632960100\noffnet {\"to_did\":\"{{digits}}\"}"),
    ("OUTSIDE_LINE_OPEN", 1, Some("to_did"), 1, "numbers +441632960100\noffnet"),
    ("OUTSIDE_LINE_OPEN", 2, Some("to_did"), 1, "pattern ^\\+44([0-9]+)$\nsleep\nresources"),
    ("PATTERN_INVALID", 0, Some("patterns"), 1, "pattern (?=2000)"),
    ("PATTERN_TAKEN", 0, Some("patterns"), 1, "pattern ^\\*9$"),
    ("PLAY_NEVER_ENDS", 1, Some("terminators"), 2, "play {\"id\":\"sales\",\"endless_playback\":true,\"terminators\":[]}\nuser {\"id\":\"ann\"}"),
    ("PRESENCE_ID_INVALID", 1, Some("presence_id"), 0, "manual_presence {\"presence_id\":\"a b\"}"),
    ("RECORDING_UNANNOUNCED", 2, None, 1, "sleep\nrecord_call {\"action\":\"start\"}\nuser {\"id\":\"ann\"}\nplay {\"id\":\"sales\"}"),
    ("RESPONSE_CHALLENGES", 1, Some("code"), 1, "response {\"code\":401}"),
    ("RESPONSE_REDIRECTS", 1, Some("code"), 1, "response {\"code\":302}"),
    ("RING_GROUP_EMPTY", 1, Some("group_id"), 0, "ring_group {\"group_id\":\"empty\"}"),
    ("RING_LONGER_THAN_GROUP", 1, Some("timeout"), 1, "ring_group {\"timeout\":20,\"endpoints\":[{\"id\":\"ann\",\"endpoint_type\":\"user\",\"delay\":5,\"timeout\":30}]}"),
    ("RING_LONGER_THAN_GROUP", 1, Some("timeout"), 1, "ring_group {\"timeout\":20,\"strategy\":\"single\",\"endpoints\":[{\"id\":\"ann\",\"endpoint_type\":\"user\",\"timeout\":15},\
      {\"id\":\"ben\",\"endpoint_type\":\"user\",\"timeout\":15}]}"),
    ("TIME_RULE_HIDDEN", 1, None, 1, "temporal_route\n  hours: sleep\n  lunch: sleep\n  _: sleep"),
    ("TIME_RULE_NEVER", 1, None, 0, "temporal_route\n  off: sleep\n  _: sleep"),
    ("TIME_RULE_ORDER", 1, None, 1, "temporal_route {\"rules\":[\"hours\",\"christmas\"]}\n  christmas: sleep\n  hours: sleep\n  _: sleep"),
    ("TIME_RULES_OVERLAP", 1, None, 1, "temporal_route\n  hours: sleep\n  christmas: sleep\n  _: sleep"),
    ("TIME_RULES_OVERLAP", 1, None, 1, "temporal_route\n  hours: sleep\n  holiday: sleep\n  _: sleep"),
    ("TIME_WITHOUT_RULES", 1, None, 1, "temporal_route\nuser {\"id\":\"ann\"}"),
    ("UNIT_DOUBTFUL", 1, Some("id"), 0, "menu {\"id\":\"hasty\"}\n  1: sleep"),
    ("USER_WITHOUT_DEVICE", 1, Some("id"), 0, "user {\"id\":\"cat\"}"),
];

fn is(problem: &Problem, (code, node, field, ..): &Case) -> bool {
    let step = (*node > 0).then_some(NodeId(*node));
    problem.code == *code && problem.node == step && problem.field.as_deref() == *field
}

#[test]
fn each_check_finds_what_it_is_for() {
    for case in CASES {
        let found = problems(&callflow(case.4));
        let own: Vec<_> = found.iter().filter(|problem| is(problem, case)).collect();
        assert_eq!(own.len(), 1, "{case:?}\n{found:#?}");
        assert_eq!(own[0].fixes.len(), case.3, "{case:?}\n{own:#?}");
    }
}

#[test]
fn fixes_put_right_what_they_are_for() {
    let directory = directory();
    for case in CASES {
        let before = callflow(case.4);
        let found = problems(&before);
        let errors = |found: &[Problem]| {
            found
                .iter()
                .filter(|problem| problem.severity == Severity::Error)
                .count()
        };
        for problem in found.iter().filter(|problem| is(problem, case)) {
            for fix in &problem.fixes {
                let after = fix.apply(&before, &directory).unwrap();
                let left = problems(&after);
                let same = |other: &Problem| is(other, case) && other.message == problem.message;
                assert!(!left.iter().any(same), "{case:?}\n{fix:?}\n{left:#?}");
                assert!(
                    errors(&left) <= errors(&found),
                    "{case:?}\n{fix:?}\n{left:#?}"
                );
                assert!(
                    fix.label.len() <= 60 && !fix.label.ends_with('.'),
                    "{fix:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_right_is_not_complained_of() {
    for right in [
        "numbers 2000 +441632960100\nmenu {\"id\":\"main\"}\n  1: user {\"id\":\"ann\"}\n    voicemail {\"id\":\"box2001\"}\n  timeout: response {\"code\":480}",
        "temporal_route\n  christmas: response {\"code\":480}\n  hours: user {\"id\":\"ann\"}\n  _: voicemail {\"id\":\"box2001\"}",
        "temporal_route\n  lunch: response {\"code\":480}\n  hours: user {\"id\":\"ann\"}\n  _: voicemail {\"id\":\"box2001\"}",
        "temporal_route\n  hours: response {\"code\":480}\n  night: user {\"id\":\"ann\"}\n  _: voicemail {\"id\":\"box2001\"}",
        "manual_presence {\"presence_id\":\"2001\"}",
        "play {\"id\":\"closed\"}",
        "callflow {\"id\":\"third\"}\nuser {\"id\":\"ann\"}",
    ] {
        let found = check::check(&callflow(right), &directory());
        assert_eq!(found, [], "{right}");
    }
}

#[test]
fn circle_through_a_menu_is_the_callers_choice() {
    let codes = |text: &str| -> Vec<String> {
        problems(&callflow(text))
            .into_iter()
            .map(|p| p.code.into_owned())
            .collect()
    };
    let loops = |text: &str| codes(text).contains(&"LOOP_WITHOUT_CALLER".to_owned());
    assert!(!loops(
        "menu {\"id\":\"main\"}\n  1: callflow {\"id\":\"own\"}\n  timeout: sleep"
    ));
    assert!(!loops(
        "menu {\"id\":\"main\"}\n  1: jump {\"step\":\"n1\"}\n  timeout: sleep"
    ));
    assert!(!loops("sleep\njump {\"step\":\"n3\"}"));
    assert!(loops(
        "menu {\"id\":\"main\"}\n  1: sleep {\"duration\":5}\n    jump {\"step\":\"n2\"}\n  timeout: sleep"
    ));
}

#[test]
fn announced_recording_is_lawful() {
    for told in [
        "play {\"id\":\"sales\"}\nrecord_call {\"action\":\"start\"}\nuser {\"id\":\"ann\"}",
        "record_call {\"action\":\"start\"}\nsleep\ntts {\"text\":\"Recorded\"}\nuser {\"id\":\"ann\"}",
        "record_call {\"action\":\"stop\"}\nuser {\"id\":\"ann\"}",
        "off record_call {\"action\":\"start\"}\nuser {\"id\":\"ann\"}",
    ] {
        let found = problems(&callflow(told));
        assert!(
            found.iter().all(|p| p.code != "RECORDING_UNANNOUNCED"),
            "{told}"
        );
    }
}

#[test]
fn own_number_is_not_a_clash() {
    assert_eq!(
        problems(&callflow("numbers 2000\nuser {\"id\":\"ann\"}")),
        []
    );
    // Who does not say which callflow it is hears nothing of clashes.
    let found = check::check(
        &callflow("numbers 2001\nuser {\"id\":\"ann\"}"),
        &directory(),
    );
    assert_eq!(found, []);
}

#[test]
fn checker_says_after_every_edit_what_a_fresh_check_says() {
    let directory = Arc::new(directory());
    let mut checker = Checker::default();
    let mut doc = callflow(
        "menu {\"id\":\"main\"}\n  1: user {\"id\":\"ann\"}\n  2: response {\"code\":401}",
    );
    let edits = [
        Edit::SetField {
            node: NodeId(2),
            key: "id".into(),
            value: json!("gone"),
        },
        Edit::SetField {
            node: NodeId(3),
            key: "code".into(),
            value: json!(486),
        },
        Edit::Delete { node: NodeId(2) },
        Edit::RenameBranch {
            node: NodeId(1),
            from: "2".into(),
            to: "timeout".into(),
        },
        Edit::Delete { node: NodeId(1) },
    ];
    for edit in edits {
        doc = edit::apply(&doc, edit, &directory).unwrap().callflow;
        let fresh = check::check_as(Some(&own()), &doc, &directory);
        assert_eq!(checker.check(Some(&own()), &doc, &directory), fresh);
    }
    // Another directory is another answer.
    let mut other = Directory::clone(&directory);
    other.remove(ResourceKind::User, "ann");
    let other = Arc::new(other);
    let doc = callflow("user {\"id\":\"ann\"}");
    assert_eq!(checker.check(None, &doc, &directory).len(), 0);
    assert_eq!(checker.check(None, &doc, &other).len(), 1);
}

#[test]
fn problems_are_told_and_read_again_with_their_fixes() {
    let found = problems(&callflow(
        "numbers 2001\nresponse {\"code\":401}\n  _: sleep",
    ));
    assert!(
        found
            .iter()
            .filter(|problem| !problem.fixes.is_empty())
            .count()
            >= 3
    );
    let told = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Problem>>(&told).unwrap(), found);
    // As older programs tell them.
    let old =
        json!({"code": "X", "severity": "error", "node": "n1", "field": null, "message": "m"});
    let old: Problem = serde_json::from_value(old).unwrap();
    assert_eq!(old.fixes, Vec::<Fix>::new());
    assert!(!serde_json::to_string(&old).unwrap().contains("fixes"));
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Literals in capitals that stand where a code stands: first in a call of `error`, `warning`, `hint` or the like,
/// or before another text.
fn codes_in(text: &str) -> BTreeSet<String> {
    let call = r#"(?:error|warning|hint|finding|problem|circle)\(\s*(?:survey,\s*at,\s*)?"([A-Z]+(?:_[A-Z]+)+)""#;
    let pair = r#"\(\s*"([A-Z]+(?:_[A-Z]+)+)",\s*(?:"|format!|Some\()"#;
    let mut found = BTreeSet::new();
    for pattern in [call, pair] {
        for hit in regex_lite::Regex::new(pattern).unwrap().captures_iter(text) {
            found.insert(hit[1].to_owned());
        }
    }
    found
}

#[test]
fn every_code_has_its_page() {
    let mut paths = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&source, &mut paths);
    let causes = std::fs::read_to_string(source.join("cause.rs")).unwrap();
    let mut codes = BTreeSet::new();
    for path in paths.iter().filter(|path| !path.ends_with("cause.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        // Elsewhere such words are the causes of failed calls.
        if text.contains("Finding") {
            codes.extend(codes_in(text.split("#[cfg(test)]").next().unwrap()));
        }
    }
    codes.retain(|code| !causes.contains(&format!("\"{code}\"")));
    assert!(codes.len() > 35, "{codes:?}");
    let silent: Vec<_> = codes
        .iter()
        .filter(|code| check::explain(code).is_none())
        .collect();
    assert!(
        silent.is_empty(),
        "no src/check/explain/… page for {silent:?}"
    );
}

#[test]
fn pages_are_short_and_complete() {
    for code in check::CODES {
        let page = check::explain(code).unwrap();
        assert!(page.starts_with("# "), "{code}");
        assert!(
            page.contains("\n## On a call\n") && page.contains("\n## What to do\n"),
            "{code}"
        );
        assert!(
            page.lines().count() <= 40 && page.ends_with(".\n"),
            "{code}"
        );
        assert!(
            page.lines().all(|line| line.chars().count() <= 120),
            "{code}"
        );
    }
    assert!(check::CODES.is_sorted());
    assert_eq!(check::explain("NO_SUCH_CODE"), None);
}
