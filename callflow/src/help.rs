//! The help page of each action, from the sources: what the caller hears, the fields, the branches, a call as an
//! example. The editor shows it, and `docs/actions` holds it.
//!
//! Prose and examples come with the feature `help`; without it the pages have fields and branches alone.

mod markdown;

use crate::action::{self, BranchChoice, Branches, Entry, FreeKey};
use crate::directory::Directory;
use crate::field::{FieldKind, FieldSpec, Unit};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Module, prose and example of each page.
const PAGES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The help page of an entry of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// KAZOO's name of the module.
    pub module: String,
    /// The entry's name.
    pub title: String,
    /// What it does, in one line.
    pub summary: String,
    /// The entries of the same module, where there are several.
    pub faces: Vec<Face>,
    /// What the caller hears and what is worth knowing: paragraphs in Markdown. Empty without the feature `help`.
    pub prose: String,
    /// The fields of the form.
    pub fields: Vec<FieldHelp>,
    /// How the call goes on.
    pub branches: BranchHelp,
    /// A call. None without the feature `help`.
    pub example: Option<Example>,
}

/// An entry of the catalog beside others of its module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// The name.
    pub label: String,
    /// What it does, in one line.
    pub help: String,
}

/// A field of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldHelp {
    /// The key in the step's data, dotted where nested.
    pub key: String,
    /// The form's label.
    pub label: String,
    /// What may be entered.
    pub values: String,
    /// What a new step has; empty for nothing.
    pub default: String,
    /// Meaning and consequences.
    pub help: String,
}

/// How a call goes on after the step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchHelp {
    /// In a sentence.
    pub text: String,
    /// The branches that have a name of their own: key and label.
    pub keys: Vec<(String, String)>,
}

/// A call as it is written on the page: what is drawn, what the caller does (`>`), what happens (`<`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// The call, line by line.
    pub call: String,
}

/// The help page of an entry.
#[must_use]
pub fn page(entry: &Entry) -> Page {
    let catalog = action::catalog();
    let faces: Vec<Face> = catalog
        .iter()
        .filter(|other| other.module == entry.module)
        .map(|other| Face {
            label: other.preset.label.to_owned(),
            help: other.preset.help.to_owned(),
        })
        .collect();
    let action = entry.make();
    let text = PAGES.iter().find(|(module, _, _)| *module == entry.module);
    let (prose, call) = text.map_or(("", ""), |(_, prose, call)| (*prose, *call));
    Page {
        module: entry.module.to_owned(),
        title: entry.preset.label.to_owned(),
        summary: format!("{}.", entry.preset.help),
        faces: if faces.len() > 1 { faces } else { Vec::new() },
        prose: prose.to_owned(),
        fields: action.specs().iter().map(field).collect(),
        branches: branches(action.branches(&Directory::default())),
        example: example(call),
    }
}

fn example(call: &str) -> Option<Example> {
    let (first, rest) = call.split_once('\n')?;
    let title = first.strip_prefix("# ");
    Some(Example {
        title: title.unwrap_or("A call").to_owned(),
        call: title.map_or(call, |_| rest).to_owned(),
    })
}

fn field(spec: &FieldSpec) -> FieldHelp {
    let mut values = values(&spec.kind);
    if spec.optional {
        values.push_str("; may be empty");
    }
    FieldHelp {
        key: spec.key.to_owned(),
        label: spec.label.to_owned(),
        values,
        default: default(spec),
        help: spec.help.clone(),
    }
}

/// What may be entered in a field of a kind.
fn values(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text { min: 0, max, .. } => format!("Text of up to {max} characters"),
        FieldKind::Text { min, max, .. } => format!("Text of {min} to {max} characters"),
        FieldKind::LongText { .. } => "Lines of text".to_owned(),
        FieldKind::Integer { min, max } => format!("{min} to {max}"),
        FieldKind::Duration { unit, min, max } => {
            let unit = match unit {
                Unit::Seconds => "seconds",
                Unit::Milliseconds => "milliseconds",
            };
            format!("{min} to {max} {unit}")
        }
        FieldKind::Bool => "Yes or no".to_owned(),
        FieldKind::Choice(choices) => {
            let one = |choice: &crate::field::Choice| match choice.value {
                "" => choice.label.to_owned(),
                value => format!("{} (`{value}`)", choice.label),
            };
            choices.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        FieldKind::Resource(kind) => capitalised(kind.label()),
        FieldKind::Resources(kind) => format!("One {} or several, in order", kind.label()),
        FieldKind::Media => "Media file, prompt, silence or stream".to_owned(),
        FieldKind::Digits { min: 0, max } => format!("Up to {max} telephone keys"),
        FieldKind::Digits { min, max } => format!("{min} to {max} telephone keys"),
        FieldKind::Keys => "Telephone keys".to_owned(),
        FieldKind::Pattern => "Regular expression".to_owned(),
        FieldKind::Zone => "Time zone, such as Europe/London".to_owned(),
        FieldKind::Language => "Language, such as en-GB".to_owned(),
        FieldKind::SipCode => "SIP response code, 300 to 699".to_owned(),
        FieldKind::Pairs => "Names and values".to_owned(),
        FieldKind::Members => "Users, devices and groups, each with its times".to_owned(),
        FieldKind::Recipients => "Users and mail addresses".to_owned(),
        FieldKind::Step => "A step of the same callflow".to_owned(),
        FieldKind::Clock => "Time of the day, 00:00 to 24:00".to_owned(),
        FieldKind::Day => "Day, such as 2026-12-25".to_owned(),
        FieldKind::Several(choices) => {
            let labels: Vec<&str> = choices.iter().map(|choice| choice.label).collect();
            format!("Any of: {}", labels.join(", "))
        }
        FieldKind::Assignments(from, to) => {
            format!("For each {} a {}", from.label(), to.label())
        }
        FieldKind::NumberClasses => "Classes of numbers, each allowed or denied".to_owned(),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// What a new step has in a field.
fn default(spec: &FieldSpec) -> String {
    match (&spec.default, &spec.kind) {
        (Value::Null, _) => String::new(),
        (Value::Bool(yes), _) => if *yes { "yes" } else { "no" }.to_owned(),
        (Value::String(value), FieldKind::Choice(choices)) => {
            let chosen = choices.iter().find(|choice| choice.value == value);
            chosen
                .map_or(value.as_str(), |choice| choice.label)
                .to_owned()
        }
        (Value::String(text), _) => text.clone(),
        (Value::Array(items), FieldKind::Keys) => {
            let keys: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            keys.join(" ")
        }
        (other, _) => other.to_string(),
    }
}

fn branches(branches: Branches) -> BranchHelp {
    let keys = |choices: Vec<BranchChoice>| {
        choices
            .into_iter()
            .map(|choice| (choice.key, choice.label))
            .collect()
    };
    match branches {
        Branches::None => BranchHelp {
            text: "Nothing follows: the call ends here, or leaves the callflow.".to_owned(),
            keys: Vec::new(),
        },
        Branches::Next(choices) if choices.is_empty() => BranchHelp {
            text: "The call goes on at the one next step.".to_owned(),
            keys: Vec::new(),
        },
        Branches::Next(choices) => BranchHelp {
            text: "The call goes on at the next step, or at one of these where it is drawn."
                .to_owned(),
            keys: keys(choices),
        },
        Branches::Fork { choices, free, .. } => {
            let more = match free {
                None => String::new(),
                Some(FreeKey::Digits(1)) => " Any telephone key may be one.".to_owned(),
                Some(FreeKey::Digits(most)) => {
                    format!(" Others of up to {most} telephone keys may be added.")
                }
                Some(FreeKey::Text) => " Others may be added.".to_owned(),
            };
            BranchHelp {
                text: format!("The call takes one of several branches.{more}"),
                keys: keys(choices),
            }
        }
    }
}
