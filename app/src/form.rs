//! Forms made from field descriptions: one widget for each kind of field.

mod adder;
mod assignments;
mod choice;
mod classes;
mod list;
mod members;
mod pairs;
mod recipients;
mod secret;
mod several;
mod text;
mod timeline;

pub(crate) use choice::Steps;
pub(crate) use secret::secret;

use callflow::field::{FieldKind, FieldSpec, Unit};
use callflow::{Directory, ResourceKind};
use leptos::prelude::*;
use serde_json::Value;
use std::sync::Arc;

/// One field of a form: its description, what is entered, and what is wrong with it.
#[derive(Clone)]
pub(crate) struct FormField {
    /// The description.
    pub(crate) spec: Arc<FieldSpec>,
    /// What is entered, as JSON.
    pub(crate) value: RwSignal<Value>,
    /// What is wrong, in words.
    pub(crate) error: RwSignal<Option<String>>,
}

impl FormField {
    /// A field with its present value.
    pub(crate) fn new(spec: FieldSpec, value: Value) -> Self {
        Self {
            spec: Arc::new(spec),
            value: RwSignal::new(value),
            error: RwSignal::new(None),
        }
    }

    /// Enters a value; the complaint about the one before goes away.
    fn enter(&self, value: Value) {
        self.value.set(value);
        self.error.set(None);
    }

    /// The id of the widget in the page.
    pub(crate) fn id(&self) -> String {
        format!("field-{}", self.spec.key.replace('.', "-"))
    }

    fn help_id(&self) -> String {
        format!("{}-help", self.id())
    }
}

/// Making and changing resources beside the form that names them. The form around provides it.
#[derive(Clone, Copy)]
pub(crate) struct InPlace {
    /// The resources as they are now.
    pub(crate) directory: Signal<Arc<Directory>>,
    /// Opens the form of a resource, of a new one when there is no id. What it is told afterwards is the id.
    pub(crate) open: Callback<(ResourceKind, Option<String>, Callback<String>)>,
}

/// What is entered in the other fields of the same form, by key. The form around provides it.
#[derive(Clone)]
struct Entered(Vec<(&'static str, RwSignal<Value>)>);

impl Entered {
    /// What is entered in a field; `Null` when there is none.
    fn value(key: &str) -> Signal<Value> {
        let fields = use_context::<Self>();
        let found = fields.and_then(|all| all.0.iter().find(|(own, _)| *own == key).copied());
        found.map_or_else(
            || Signal::stored(Value::Null),
            |(_, value)| Signal::from(value),
        )
    }
}

/// Shows fields in their order. The first widget takes the focus of the dialog around it.
#[component]
pub(crate) fn Fields(fields: Vec<FormField>, directory: Arc<Directory>) -> impl IntoView {
    provide_context(Entered(
        fields.iter().map(|it| (it.spec.key, it.value)).collect(),
    ));
    fields
        .into_iter()
        .map(move |field| one_field(field, &directory))
        .collect_view()
}

/// One field: its widget with label, help and complaint.
pub(crate) fn one_field(field: FormField, directory: &Arc<Directory>) -> AnyView {
    let kind = field.spec.kind.clone();
    match kind {
        // Not saying either is a third answer.
        FieldKind::Bool if field.spec.optional => framed(&field, choice::perhaps(&field)),
        FieldKind::Bool => text::check(field),
        FieldKind::Text { mono, max, .. } => {
            framed(&field, text::line(&field, mono, Some(max), "text"))
        }
        FieldKind::LongText { max, .. } => framed(&field, text::lines(&field, max)),
        FieldKind::Integer { .. } => framed(&field, text::line(&field, false, Some(20), "numeric")),
        FieldKind::Duration { unit, .. } => {
            let unit = match unit {
                Unit::Seconds => "seconds",
                Unit::Milliseconds => "milliseconds",
            };
            framed(&field, text::measured(&field, unit))
        }
        FieldKind::Digits { max, .. } => framed(&field, text::line(&field, true, Some(max), "tel")),
        FieldKind::Pattern => framed(&field, text::line(&field, true, Some(256), "text")),
        FieldKind::Zone => framed(&field, text::suggesting(&field, choice::ZONES)),
        FieldKind::Language => framed(&field, text::suggesting(&field, choice::LANGUAGES)),
        FieldKind::SipCode => framed(&field, text::suggesting(&field, choice::SIP_CODES)),
        FieldKind::Choice(choices) if choices.len() <= 3 => choice::cards(&field, choices),
        FieldKind::Choice(choices) => framed(&field, choice::select(&field, choices)),
        FieldKind::Resource(kind) => framed(&field, choice::resource(&field, kind, directory)),
        FieldKind::Media => framed(&field, choice::media(&field, directory)),
        FieldKind::Keys => list::keys(&field),
        FieldKind::Resources(kind) => list::resources(&field, kind, directory),
        FieldKind::Pairs => pairs::pairs(&field),
        FieldKind::Members => members::members(&field, directory),
        FieldKind::Step => framed(&field, choice::step(&field)),
        FieldKind::Recipients => recipients::recipients(&field, directory),
        FieldKind::Clock => framed(&field, text::line(&field, false, Some(8), "text")),
        FieldKind::Day => framed(&field, text::day(&field)),
        FieldKind::Several(choices) => several::several(&field, choices),
        FieldKind::Assignments(of, to) => assignments::assignments(&field, of, to, directory),
        FieldKind::NumberClasses => classes::classes(&field, directory),
    }
}

/// Label, widget, help and complaint.
fn framed(field: &FormField, widget: AnyView) -> AnyView {
    view! {
        <div class="field">
            <label for=field.id()>{label(field)}</label>
            {widget}
            {below(field)}
        </div>
    }
    .into_any()
}

/// The same for a group of widgets.
fn framed_group(field: &FormField, widgets: AnyView) -> AnyView {
    let id = format!("{}-label", field.id());
    let labelled_by = id.clone();
    view! {
        <div class="field" role="group" aria-labelledby=labelled_by aria-describedby=field.help_id()>
            <span class="label" id=id>
                {label(field)}
            </span>
            {widgets}
            {below(field)}
        </div>
    }
    .into_any()
}

fn label(field: &FormField) -> impl IntoView + use<> {
    let optional = field.spec.optional && !matches!(field.spec.kind, FieldKind::Bool);
    view! {
        {field.spec.label}
        {optional.then(|| view! { <span class="muted optional">" optional"</span> })}
    }
    .into_any()
}

fn below(field: &FormField) -> impl IntoView + use<> {
    let error = field.error;
    let help = field.spec.help.clone();
    let id = field.help_id();
    view! {
        {move || {
            error
                .get()
                .map(|message| {
                    view! {
                        <span class="err-text" role="alert">
                            {crate::ui::icon::icon("circle-alert", 14)}
                            {message}
                        </span>
                    }
                })
        }}
        <span class="help" id=id>
            {help}
        </span>
    }
    .into_any()
}

/// A value as a person would type it.
fn typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(typed).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

/// Resources of a kind by name, for lists to choose from.
fn named(directory: &Directory, kind: ResourceKind) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = directory
        .all(kind)
        .map(|(id, resource)| {
            let name = resource.name();
            (
                id.to_owned(),
                if name.is_empty() { id.to_owned() } else { name },
            )
        })
        .collect();
    all.sort_by_key(|(_, name)| name.to_lowercase());
    all
}
