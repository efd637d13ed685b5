//! Random documents in KAZOO's form: every module of the catalog and unknown ones, fields that fit and that do not,
//! unknown keys, surplus branches.

use callflow::action;
use callflow::field::{FieldKind, FieldSpec};
use callflow::json;
use serde_json::{Map, Value, json};

/// Random numbers that are the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let z = z ^ (z >> 31);
        usize::try_from(z % (sides.max(1) as u64)).unwrap()
    }

    pub fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.roll(items.len())]
    }
}

/// Branch keys as they are met.
pub const KEYS: [&str; 26] = [
    "_",
    "1",
    "2",
    "12",
    "*",
    "#",
    "*97",
    "timeout",
    "max_retries",
    "rule_set",
    "match",
    "nomatch",
    "ON_FAX",
    "ON_VOICE",
    "USER_BUSY",
    "NO_ENDPOINTS",
    "sip:486",
    "+441632960001",
    "true",
    "false",
    "free text, with é and 🐈",
    "hours",
    "a.b",
    "0123456789abcdef0123456789abcdef",
    "fedcba9876543210fedcba9876543210",
    " ",
];

/// Any JSON, not deep.
pub fn anything(dice: &mut Dice, depth: usize) -> Value {
    match dice.roll(if depth == 0 { 8 } else { 10 }) {
        0 => Value::Null,
        1 => json!(dice.one_in(2)),
        2 => json!(dice.roll(100_000)),
        3 => json!(-1.5e300),
        4 => json!(u64::MAX),
        5 => json!("null"),
        6 => json!(""),
        7 => json!(["text", "20", "ümläut 🐈", "a\"b\\c\u{0}"][dice.roll(4)]),
        8 => (0..dice.roll(4))
            .map(|_| anything(dice, depth - 1))
            .collect(),
        _ => Value::Object(
            (0..dice.roll(4))
                .map(|at| (format!("key.{at}"), anything(dice, depth - 1)))
                .collect(),
        ),
    }
}

/// A value that fits a field, as this program or another writes it.
pub fn fitting(dice: &mut Dice, spec: &FieldSpec) -> Value {
    let number = |dice: &mut Dice, min: i64, max: i64| {
        let number = [min, max, min + (max - min) / 2][dice.roll(3)];
        match dice.one_in(3) {
            true => json!(number.to_string()),
            false => json!(number),
        }
    };
    match &spec.kind {
        FieldKind::Integer { min, max } => number(dice, *min, *max),
        FieldKind::Duration { min, max, .. } => number(dice, i64::from(*min), i64::from(*max)),
        FieldKind::SipCode => number(dice, 300, 699),
        FieldKind::Bool => {
            [json!(true), json!(false), json!("true"), json!("false")][dice.roll(4)].clone()
        }
        FieldKind::Choice(choices) => json!(dice.pick(choices).value),
        FieldKind::Resource(_) => json!(dice.pick(&KEYS[23..25])),
        FieldKind::Media => json!(
            [
                "welcome",
                "/account/welcome",
                "system_media/vm-goodbye",
                "silence_stream://3000",
                "https://a.example/b.wav"
            ][dice.roll(5)]
        ),
        FieldKind::Digits { min, .. } => json!("7".repeat((*min).max(1))),
        FieldKind::Keys => [json!(["1", "#"]), json!("1#"), json!([])][dice.roll(3)].clone(),
        FieldKind::Pattern => json!("^2[0-9]+$"),
        FieldKind::Zone => json!("Europe/Dublin"),
        FieldKind::Language => json!("de-DE"),
        FieldKind::Pairs => json!({"a": "b", "c": 3}),
        FieldKind::Members => json!([
            {"id": "u", "endpoint_type": "user", "delay": "3", "timeout": 9, "vendor": [1]},
            {"id": "g", "endpoint_type": "group"},
        ]),
        FieldKind::Resources(_) => json!(["a", "b"]),
        FieldKind::Text { .. } if spec.key.ends_with("url") || spec.key.ends_with("uri") => {
            json!("https://service.example/a?b=c")
        }
        FieldKind::Text { min, .. } | FieldKind::LongText { min, .. } => {
            json!("7".repeat((*min).max(4)))
        }
        FieldKind::Step => json!("n1"),
        FieldKind::Clock => number(dice, 0, 86_400),
        FieldKind::Day => number(dice, 62_586_115_200, 63_934_790_400),
        FieldKind::Several(choices) => json!([dice.pick(choices).value]),
        FieldKind::Assignments(..) => json!({KEYS[23]: KEYS[24]}),
        FieldKind::NumberClasses => json!({"international": {"action": "deny"}}),
        FieldKind::Recipients => json!([
            {"type": "user", "id": [KEYS[23], KEYS[24]]},
            {"type": "email", "id": "a@b.example"},
            {"type": "email", "id": ""},
        ]),
    }
}

fn data(dice: &mut Dice, module: &str) -> Value {
    let mut data = Map::new();
    let presets = action::catalog();
    let mut presets = presets.iter().filter(|e| e.module == module);
    if let Some((key, value)) = presets
        .nth(dice.roll(2))
        .and_then(|entry| entry.preset.mark)
    {
        json::set(&mut data, key, json!(value));
    }
    let specs = action::Action::from_wire(module, Map::new()).specs();
    for spec in &specs {
        let value = match dice.roll(8) {
            0..=3 => fitting(dice, spec),
            4 => anything(dice, 2),
            _ => continue,
        };
        json::set(&mut data, spec.key, value);
    }
    for _ in 0..dice.roll(3) {
        let key = dice.pick(&["vendor", "name", "zz.top", "rules", "flow", ""]);
        data.insert((*key).to_owned(), anything(dice, 3));
    }
    // Set beside: `skip_module` is truth, and then written as such.
    if dice.one_in(8) {
        data.insert("skip_module".into(), json!(true));
    }
    Value::Object(data)
}

fn step(dice: &mut Dice, modules: &[&str], depth: usize, budget: &mut usize) -> Value {
    *budget = budget.saturating_sub(1);
    let module = *dice.pick(modules);
    let mut step = Map::new();
    step.insert("module".into(), json!(module));
    match dice.roll(12) {
        0 => {}
        1 => drop(step.insert("data".into(), json!({}))),
        _ => drop(step.insert("data".into(), data(dice, module))),
    }
    if dice.one_in(6) {
        let key = *dice.pick(&["id", "ui_metadata", "nodes", "note", "version"]);
        let value = match key {
            "note" => json!("a remark"),
            _ => anything(dice, 2),
        };
        step.insert(key.into(), value);
    }
    match dice.roll(8) {
        0 => {}
        1 => drop(step.insert("children".into(), json!([]))),
        _ => {
            let mut children = Map::new();
            for _ in 0..dice.roll(4) {
                if depth > 0 && *budget > 0 {
                    let key = (*dice.pick(&KEYS)).to_owned();
                    children.insert(key, self::step(dice, modules, depth - 1, budget));
                }
            }
            step.insert("children".into(), Value::Object(children));
        }
    }
    Value::Object(step)
}

/// A callflow document whose first step is of this module.
pub fn document(dice: &mut Dice, first: &str) -> Value {
    let mut modules: Vec<&str> = action::catalog().iter().map(|e| e.module).collect();
    modules.extend(["acme", "set_iptel_ringgroup", "🐈"]);
    let mut flow = step(dice, &modules, 5, &mut 30);
    flow["module"] = json!(first);
    if flow.get("data").is_some() {
        flow["data"] = data(dice, first);
    }
    let mut document = Map::new();
    if !dice.one_in(4) {
        document.insert("name".into(), json!(["Main", "", "Grüße 🐈"][dice.roll(3)]));
    }
    if !dice.one_in(4) {
        document.insert(
            "numbers".into(),
            json!(["2001", "+441632960001", "undefinedMainNumber"][..dice.roll(4)]),
        );
    }
    if dice.one_in(2) {
        document.insert(
            "patterns".into(),
            json!(["^\\*97([0-9]*)$"][..dice.roll(2)]),
        );
    }
    document.insert("flow".into(), flow);
    for key in [
        "type",
        "featurecode",
        "owner_id",
        "metaflow",
        "ui_metadata",
        "ui_is_main_number_cf",
    ] {
        if dice.one_in(4) {
            document.insert(key.into(), anything(dice, 3));
        }
    }
    if dice.one_in(3) {
        document.insert(
            "contact_list".into(),
            json!({"exclude": dice.one_in(2), "more": 1}),
        );
    }
    Value::Object(document)
}

/// Every module of the catalog, each once, and one that nobody knows.
pub fn modules() -> Vec<&'static str> {
    let mut modules: Vec<&str> = Vec::new();
    for entry in action::catalog() {
        if !modules.contains(&entry.module) {
            modules.push(entry.module);
        }
    }
    modules.push("acme");
    modules
}
