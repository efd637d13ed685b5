//! The first callflow of an account: three questions, and an ordinary draft that the editor opens.

use crate::account::path;
use crate::editor::extension_error;
use crate::trouble::Trouble;
use crate::ui::icon::icon;
use crate::ui::page::{Failed, Loading};
use leptos::html;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

/// The questions in their order.
const STEPS: [&str; 3] = ["Name and number", "Who rings", "When nobody answers"];

/// Something that can be chosen: the kind as in addresses, its id and its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// "users", "devices", "ring-groups", "voicemail-boxes"; nothing for numbers.
    pub(crate) kind: String,
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
}

/// What there is to choose from; the first of each by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FirstChoices {
    /// Spare numbers: E.164 as the id, with spaces as the name.
    pub(crate) numbers: Vec<Choice>,
    /// Users, devices and ring groups.
    pub(crate) ringing: Vec<Choice>,
    /// Mailboxes.
    pub(crate) mailboxes: Vec<Choice>,
}

/// What a call meets when nobody answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Otherwise {
    /// A message is taken in this mailbox.
    Message(String),
    /// Another one rings, then the call ends.
    Ring(Choice),
    /// The call ends.
    End,
}

/// The answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FirstPlan {
    /// Its name.
    pub(crate) name: String,
    /// Numbers that lead to it.
    pub(crate) numbers: Vec<String>,
    /// Who rings, all together.
    pub(crate) ringing: Vec<Choice>,
    /// What comes then.
    pub(crate) otherwise: Otherwise,
}

/// How making it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum FirstMade {
    /// The draft has this id.
    Done(String),
    /// It does not fit; this is why.
    Refused(String),
}

/// Loads what the questions offer.
///
/// # Errors
/// When the person may not see the account.
#[server(prefix = "/ui", endpoint = "first_choices", input = Json)]
pub(crate) async fn load_first_choices(account: String) -> Result<FirstChoices, Trouble> {
    crate::backend::first_choices(&account).await
}

/// Makes the draft.
///
/// # Errors
/// When the person may not change the account.
#[server(prefix = "/ui", endpoint = "first_callflow", input = Json)]
pub(crate) async fn make_first_callflow(
    account: String,
    plan: FirstPlan,
) -> Result<FirstMade, Trouble> {
    crate::backend::first_callflow(&account, plan).await
}

/// Which answer to the last question is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Message,
    Ring,
    End,
}

/// What is entered.
#[derive(Clone, Copy)]
struct Guide {
    account: StoredValue<String>,
    choices: StoredValue<FirstChoices>,
    /// The question that is shown.
    at: RwSignal<usize>,
    name: RwSignal<String>,
    number: RwSignal<String>,
    extension: RwSignal<String>,
    /// Places in `choices.ringing`.
    ringing: RwSignal<Vec<usize>>,
    last: RwSignal<Last>,
    mailbox: RwSignal<usize>,
    other: RwSignal<usize>,
    error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    heading: NodeRef<html::H2>,
}

impl Guide {
    fn new(account: String, choices: FirstChoices) -> Self {
        let number = choices.numbers.first().map(|number| number.id.clone());
        let last = if choices.mailboxes.is_empty() {
            Last::End
        } else {
            Last::Message
        };
        Self {
            account: StoredValue::new(account),
            choices: StoredValue::new(choices),
            at: RwSignal::new(0),
            name: RwSignal::new(String::new()),
            number: RwSignal::new(number.unwrap_or_default()),
            extension: RwSignal::new(String::new()),
            ringing: RwSignal::new(Vec::new()),
            last: RwSignal::new(last),
            mailbox: RwSignal::new(0),
            other: RwSignal::new(0),
            error: RwSignal::new(None),
            busy: RwSignal::new(false),
            heading: NodeRef::new(),
        }
    }

    /// Shows a question; the keyboard goes along.
    fn show(self, at: usize) {
        self.error.set(None);
        self.at.set(at);
        spawn_local(async move {
            leptos::task::tick().await;
            if let Some(heading) = self.heading.get_untracked() {
                let _ = heading.focus();
            }
        });
    }

    /// What is missing in the question that is shown.
    fn missing(self) -> Option<&'static str> {
        let nobody = self.ringing.with_untracked(Vec::is_empty);
        let some = self.choices.with_value(|all| !all.ringing.is_empty());
        let extension = self.extension.get_untracked();
        match self.at.get_untracked() {
            0 if self.name.with_untracked(|name| name.trim().is_empty()) => {
                Some("Enter a name, such as Main line.")
            }
            0 if !extension.trim().is_empty() => {
                let number = [self.number.get_untracked()];
                extension_error(extension.trim(), &number)
            }
            1 if nobody && some => Some("Choose who rings."),
            _ => None,
        }
    }

    fn next(self) {
        let at = self.at.get_untracked();
        if let Some(missing) = self.missing() {
            self.error.set(Some(missing.to_owned()));
        } else if at + 1 < STEPS.len() {
            self.show(at + 1);
        } else {
            self.make();
        }
    }

    fn plan(self) -> FirstPlan {
        let choices = self.choices.get_value();
        let entered = [self.number, self.extension].map(|text| text.get_untracked());
        let numbers = entered.into_iter().map(|text| text.trim().to_owned());
        let ringing = self.ringing.get_untracked();
        let ringing = ringing.iter().filter_map(|at| choices.ringing.get(*at));
        let mailbox = choices.mailboxes.get(self.mailbox.get_untracked());
        let other = choices.ringing.get(self.other.get_untracked());
        let otherwise = match (self.last.get_untracked(), mailbox, other) {
            (Last::Message, Some(mailbox), _) => Otherwise::Message(mailbox.id.clone()),
            (Last::Ring, _, Some(other)) => Otherwise::Ring(other.clone()),
            _ => Otherwise::End,
        };
        FirstPlan {
            name: self.name.get_untracked().trim().to_owned(),
            numbers: numbers.filter(|text| !text.is_empty()).collect(),
            ringing: ringing.cloned().collect(),
            otherwise,
        }
    }

    fn make(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        let (account, plan) = (self.account.get_value(), self.plan());
        spawn_local(async move {
            let why = match make_first_callflow(account.clone(), plan).await {
                Ok(FirstMade::Done(id)) => {
                    // The editor begins as a page of its own.
                    let place = path(&account, &format!("callflows/{id}"));
                    let _ = window().location().set_href(&place);
                    return;
                }
                Ok(FirstMade::Refused(why)) => why,
                Err(trouble) => trouble.to_string(),
            };
            self.busy.set(false);
            self.error
                .set(Some(format!("{why} Your answers are still here.")));
        });
    }
}

/// Stands in the place of the list while there is no callflow.
#[component]
pub(super) fn FirstCallflow(account: String) -> impl IntoView {
    let asked = account.clone();
    let choices = Resource::new_blocking(|| (), move |()| load_first_choices(asked.clone()));
    view! {
        <Suspense fallback=Loading>
            {move || {
                let account = account.clone();
                Some(
                    match choices.get()? {
                        Ok(choices) => questions(Guide::new(account, choices)),
                        Err(trouble) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Suspense>
    }
    .into_any()
}

fn questions(guide: Guide) -> AnyView {
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    let progress = STEPS
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let current = move || (guide.at.get() == at).then_some("step");
            let done = move || at < guide.at.get();
            view! {
                <li class:is-done=done aria-current=current>
                    <span class="first-no">
                        {move || if done() { icon("check", 14).into_any() } else { (at + 1).into_any() }}
                    </span>
                    {*name}
                </li>
            }
        })
        .collect_view();
    let body = move || match guide.at.get() {
        0 => names(guide),
        1 => who(guide),
        _ => otherwise(guide),
    };
    let last = move || guide.at.get() + 1 == STEPS.len();
    view! {
        <section class="first" aria-labelledby="first-title">
            <p class="lede">
                "A callflow says what happens to a call. Three answers make the first one; the editor then opens it."
            </p>
            <ol class="first-steps" aria-label="Steps">
                {progress}
            </ol>
            <form
                class="first-card"
                novalidate
                autocomplete="off"
                on:submit=move |ev| {
                    ev.prevent_default();
                    guide.next();
                }
            >
                <h2 id="first-title" tabindex="-1" node_ref=guide.heading>
                    {move || STEPS.get(guide.at.get()).copied()}
                </h2>
                <fieldset class="fields" disabled=move || !ready.get()>
                    {body}
                </fieldset>
                {move || {
                    guide
                        .error
                        .get()
                        .map(|why| {
                            view! {
                                <p class="err-text" role="alert">
                                    {icon("circle-alert", 14)}
                                    {why}
                                </p>
                            }
                        })
                }}
                <div class="first-foot">
                    {move || {
                        let at = guide.at.get();
                        (at > 0)
                            .then(|| {
                                view! {
                                    <button class="btn" type="button" on:click=move |_| guide.show(at - 1)>
                                        "Back"
                                    </button>
                                }
                            })
                    }}
                    <span class="grow"></span>
                    <button
                        class="btn btn-primary"
                        type="submit"
                        disabled=move || !ready.get() || guide.busy.get()
                    >
                        {move || if last() { "Make the callflow" } else { "Next" }}
                    </button>
                </div>
            </form>
        </section>
    }
    .into_any()
}

fn names(guide: Guide) -> AnyView {
    let numbers = guide.choices.with_value(|all| all.numbers.clone());
    let options = numbers
        .into_iter()
        .map(|number| view! { <option value=number.id>{number.name}</option> })
        .collect_view();
    view! {
        <div class="field">
            <label for="first-name">"Name"</label>
            <input
                class="input"
                id="first-name"
                maxlength=callflow::limits::MAX_NAME_LEN.to_string()
                aria-describedby="first-name-help"
                prop:value=guide.name
                on:input:target=move |ev| guide.name.set(ev.target().value())
            />
            <span class="help" id="first-name-help">
                "What it is for, such as Main line."
            </span>
        </div>
        <div class="field">
            <label for="first-number">"Number optional"</label>
            <select
                class="input"
                id="first-number"
                aria-describedby="first-number-help"
                prop:value=guide.number
                on:change:target=move |ev| guide.number.set(ev.target().value())
            >
                {options}
                <option value="">"No number yet"</option>
            </select>
            <span class="help" id="first-number-help">
                "One of your spare numbers. Calls from outside to it arrive here."
            </span>
        </div>
        <div class="field">
            <label for="first-extension">"Extension optional"</label>
            <input
                class="input"
                id="first-extension"
                maxlength=callflow::limits::MAX_NUMBER_LEN.to_string()
                aria-describedby="first-extension-help"
                prop:value=guide.extension
                on:input:target=move |ev| guide.extension.set(ev.target().value())
            />
            <span class="help" id="first-extension-help">
                "What colleagues dial, such as 2000."
            </span>
        </div>
    }
    .into_any()
}

fn who(guide: Guide) -> AnyView {
    let all = guide.choices.with_value(|all| all.ringing.clone());
    if all.is_empty() {
        let account = guide.account.get_value();
        return view! {
            <p class="t2">
                "There is nobody to ring yet. Go on, and add who rings in the editor, or "
                <a class="link" href=path(&account, "users/new")>
                    "add a user"
                </a> " first."
            </p>
        }
        .into_any();
    }
    let rows = all
        .into_iter()
        .enumerate()
        .map(|(at, choice)| {
            let chosen = move || guide.ringing.with(|all| all.contains(&at));
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=chosen
                        on:change:target=move |ev| {
                            let on = ev.target().checked();
                            guide
                                .ringing
                                .update(|all| {
                                    all.retain(|other| *other != at);
                                    if on {
                                        all.push(at);
                                    }
                                });
                        }
                    />
                    <span>{choice.name} " " <small class="muted">{word(&choice.kind)}</small></span>
                </label>
            }
        })
        .collect_view();
    view! {
        <div class="field">
            <p class="help">"All of them ring together for 20 seconds."</p>
            <div class="first-list scroll" role="group" aria-label="Who rings" tabindex="0">
                {rows}
            </div>
        </div>
    }
    .into_any()
}

/// What one thing of a kind is called.
fn word(kind: &str) -> &'static str {
    callflow::ResourceKind::from_path(kind).map_or("", |kind| kind.label())
}

fn otherwise(guide: Guide) -> AnyView {
    let choices = guide.choices.get_value();
    let answer = move |this: Last, title: &'static str, help: &'static str| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name="otherwise"
                    prop:checked=move || guide.last.get() == this
                    on:change=move |_| guide.last.set(this)
                />
                <span>{title} <span class="help">{help}</span></span>
            </label>
        }
    };
    let select = |label: &'static str, all: &[Choice], value: RwSignal<usize>, of: Last| {
        let options = all
            .iter()
            .enumerate()
            .map(|(at, choice)| view! { <option value=at.to_string()>{choice.name.clone()}</option> })
            .collect_view();
        view! {
            <select
                class="input"
                aria-label=label
                disabled=move || guide.last.get() != of
                prop:value=move || value.get().to_string()
                on:change:target=move |ev| value.set(ev.target().value().parse().unwrap_or(0))
            >
                {options}
            </select>
        }
    };
    let message = (!choices.mailboxes.is_empty()).then(|| {
        view! {
            {answer(Last::Message, "Take a message", "The caller hears the greeting and speaks.")}
            {select("Mailbox", &choices.mailboxes, guide.mailbox, Last::Message)}
        }
    });
    let ring = (!choices.ringing.is_empty()).then(|| {
        view! {
            {answer(Last::Ring, "Ring somebody else", "For 20 seconds more, then the call ends.")}
            {select("Who rings then", &choices.ringing, guide.other, Last::Ring)}
        }
    });
    view! {
        <div class="first-answers" role="radiogroup" aria-labelledby="first-title">
            {message}
            {ring}
            {answer(Last::End, "End the call", "The caller hears that nobody is there.")}
        </div>
    }
    .into_any()
}
