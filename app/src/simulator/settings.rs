//! Who calls, whom and when, and how the world around reacts: what a person fills in before a call.

use super::SimulatedAccount;
use super::remote::STAND_IN;
use crate::editor::Editor;
use crate::ui::icon::icon;
use crate::ui::number::spaced;
use callflow::resource::Shown as Caller;
use callflow::simulate::{Answer, Phone, Scene};
use callflow::{Callflow, Directory, Origin, Resource, ResourceKind};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Phones that are listed one by one.
const MOST_PHONES: usize = 200;
/// Milliseconds of ringing before a phone that answers, or refuses, does so.
const AFTER_MS: u64 = 4_000;

/// How a phone reacts: name in the form, words.
const REACTIONS: &[(&str, &str)] = &[
    ("rings", "Rings until you decide"),
    ("answers", "Answers after 4 s"),
    ("busy", "Is busy"),
    ("refuses", "Refuses after 4 s"),
    ("absent", "Is not registered"),
];

/// What other systems answer: status, words.
const STATUSES: &[(u16, &str)] = &[
    (200, "200 OK"),
    (204, "204 No Content"),
    (404, "404 Not Found"),
    (500, "500 Internal Server Error"),
    (0, "No answer"),
];

fn reaction(name: &str) -> Phone {
    match name {
        "answers" => Phone::Answers { after_ms: AFTER_MS },
        "busy" => Phone::Busy,
        "refuses" => Phone::Rejects { after_ms: AFTER_MS },
        "absent" => Phone::Unregistered,
        _ => Phone::NoAnswer,
    }
}

/// What is filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// The caller's number.
    pub(crate) number: String,
    /// The caller's name.
    pub(crate) name: String,
    /// The number dialled.
    pub(crate) dialled: String,
    /// When, in the account's time: `2026-11-29T03:00`.
    pub(crate) at: String,
    /// The account's phone that calls; empty for a call from outside.
    pub(crate) device: String,
    /// How phones react, of [`REACTIONS`].
    pub(crate) phones: String,
    /// Phones that react otherwise, by id.
    pub(crate) each: BTreeMap<String, String>,
    /// The status of other systems' answers; 0 when they do not answer.
    pub(crate) status: u16,
    /// The body of their answers.
    pub(crate) body: String,
    /// What the caller does in the path tester.
    pub(crate) keys: String,
}

impl Settings {
    /// Fills in what is still empty.
    pub(crate) fn complete(&mut self, account: &SimulatedAccount, numbers: &[String]) {
        if self.at.is_empty() {
            self.at.clone_from(&account.now);
            self.number = spaced("+441632960100");
            self.dialled = numbers.first().map(|n| spaced(n)).unwrap_or_default();
            self.phones = "rings".to_owned();
            self.status = 200;
        }
    }

    /// The phone that calls, with its caller ID as colleagues see it.
    fn call_from(&mut self, device: String, directory: &Directory) {
        if let Some(phone) = directory.device(&device) {
            let owner = phone.owner.as_ref().map(callflow::value::Ref::id);
            let shown = directory
                .endpoint(Some(&device), owner)
                .caller_id(Caller::Internal);
            let named = |kind, id| directory.name(kind, id).unwrap_or_default();
            let user = owner.map(|id| named(ResourceKind::User, id));
            let own = [
                shown.name,
                user.unwrap_or_default(),
                named(ResourceKind::Device, &device),
            ];
            self.name = own
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or_default();
            self.number = spaced(&shown.number);
        }
        self.device = device;
    }

    /// The scene, on the draft of a callflow or on what is live. Without a number the callflow itself is called.
    ///
    /// # Errors
    /// What is filled in and cannot be, in words.
    pub(crate) fn scene(
        &self,
        known: &SimulatedAccount,
        draft: Option<&Callflow>,
        id: &str,
    ) -> Result<Scene, String> {
        let zone = known.zones.get(&known.time_zone);
        let start = zone.and_then(|zone| zone.read(&self.at));
        let start = start.ok_or("Choose the date and time of the call.")?;
        let account = known.with(draft, id);
        let origin = if self.device.is_empty() {
            Origin::External
        } else {
            Origin::Internal
        };
        let dialled = number(&self.dialled);
        let mut scene = Scene::new(Arc::new(account), dialled.clone());
        if dialled.is_empty() {
            scene.callflow = Some(id.into());
        }
        scene.caller.number = number(&self.number);
        scene.caller.name = self.name.trim().to_owned();
        scene.origin = origin;
        scene.device = (!self.device.is_empty()).then(|| self.device.clone());
        scene.start = start;
        scene.otherwise = reaction(&self.phones);
        let each = self.each.iter().filter(|(_, name)| !name.is_empty());
        scene.phones = each
            .map(|(id, name)| (id.clone(), reaction(name)))
            .collect();
        scene.around.live = known.live();
        scene.around.answer = Answer {
            status: self.status,
            content_type: content_type(&self.body).to_owned(),
            body: self.body.clone(),
        };
        Ok(scene)
    }
}

/// A number without what people put between its digits; `00` in front is the international sign.
fn number(typed: &str) -> String {
    let plain: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | '(' | ')'))
        .collect();
    match plain.strip_prefix("00") {
        Some(rest) if rest.len() > 6 => format!("+{rest}"),
        _ => plain,
    }
}

/// The media type of a body, by how it begins.
fn content_type(body: &str) -> &'static str {
    match body.trim_start().chars().next() {
        Some('{' | '[') => "application/json",
        Some('<') => "text/xml",
        _ => "text/plain",
    }
}

/// The enabled phones by name, id first.
fn phones(account: &SimulatedAccount) -> Vec<(String, String)> {
    let mut phones: Vec<(String, String)> = account
        .directory
        .all(ResourceKind::Device)
        .filter(|(_, resource)| matches!(resource.as_ref(), Resource::Device(d) if d.enabled))
        .map(|(id, resource)| (id.to_owned(), resource.name()))
        .collect();
    phones.sort_by(|a, b| a.1.cmp(&b.1));
    phones.truncate(MOST_PHONES);
    phones
}

fn options(all: &[(&'static str, &'static str)], chosen: &str) -> impl IntoView + use<> {
    let options = all.iter().map(|(value, label)| {
        let selected = *value == chosen;
        view! { <option value=*value selected=selected>{*label}</option> }
    });
    options.collect_view()
}

/// Caller, number and time.
#[component]
pub(crate) fn SettingsForm(editor: Editor, account: Arc<SimulatedAccount>) -> impl IntoView {
    let settings = editor.simulator.settings;
    let numbers = move || {
        let numbers = editor.document.current.with(|c| c.numbers.clone());
        numbers
            .iter()
            .map(|n| view! { <option value=spaced(n)></option> })
            .collect_view()
    };
    let city = account
        .time_zone
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .replace('_', " ");
    let begin = move |ev: leptos::ev::KeyboardEvent| {
        if ev.key() == "Enter" {
            ev.prevent_default();
            editor.start_simulation(None);
        }
    };
    view! {
        <div class="sim-sec sim-form" on:keydown=begin>
            <label for="sim-caller">"Caller"</label>
            <span class="sim-caller">
                <input
                    class="input"
                    id="sim-caller"
                    inputmode="tel"
                    autocomplete="off"
                    maxlength="35"
                    placeholder="Withheld"
                    prop:value=move || settings.with(|s| s.number.clone())
                    on:input:target=move |ev| settings.update(|s| s.number = ev.target().value())
                />
                <input
                    class="input"
                    aria-label="Caller’s name"
                    placeholder="Name"
                    autocomplete="off"
                    maxlength="60"
                    prop:value=move || settings.with(|s| s.name.clone())
                    on:input:target=move |ev| settings.update(|s| s.name = ev.target().value())
                />
            </span>
            <label for="sim-dialled">"Dials"</label>
            <input
                class="input"
                id="sim-dialled"
                list="sim-numbers"
                inputmode="tel"
                autocomplete="off"
                maxlength="40"
                placeholder="This callflow"
                prop:value=move || settings.with(|s| s.dialled.clone())
                on:input:target=move |ev| settings.update(|s| s.dialled = ev.target().value())
            />
            <datalist id="sim-numbers">{numbers}</datalist>
            <label for="sim-at">"At"</label>
            <span class="input">
                <input
                    id="sim-at"
                    type="datetime-local"
                    min=account.earliest.clone()
                    max=account.latest.clone()
                    prop:value=move || settings.with(|s| s.at.clone())
                    on:input:target=move |ev| settings.update(|s| s.at = ev.target().value())
                />
                <span class="muted">{city}</span>
            </span>
        </div>
    }
    .into_any()
}

/// Where the call comes from, what phones do, and what other systems answer.
#[component]
pub(crate) fn Surroundings(editor: Editor, account: Arc<SimulatedAccount>) -> impl IntoView {
    let settings = editor.simulator.settings;
    let all = phones(&account);
    let callers = {
        let chosen = settings.with_untracked(|s| s.device.clone());
        all.iter()
            .map(|(id, name)| {
                let selected = *id == chosen;
                view! { <option value=id.clone() selected=selected>{name.clone()}</option> }
            })
            .collect_view()
    };
    let from = move |device: String| {
        settings.update(|s| s.call_from(device, &account.directory));
    };
    let first = settings.get_untracked();
    let each = all
        .iter()
        .map(|(id, name)| {
            let own = id.clone();
            let chosen = first.each.get(id).cloned().unwrap_or_default();
            view! {
                <li>
                    <label>
                        <span>{name.clone()}</span>
                        <select
                            class="input"
                            on:change:target=move |ev| {
                                settings.update(|s| {
                                    s.each.insert(own.clone(), ev.target().value());
                                });
                            }
                        >
                            <option value="" selected=chosen.is_empty()>
                                "As the others"
                            </option>
                            {options(REACTIONS, &chosen)}
                        </select>
                    </label>
                </li>
            }
        })
        .collect_view();
    let statuses = STATUSES
        .iter()
        .map(|(status, words)| {
            let selected = *status == first.status;
            view! { <option value=status.to_string() selected=selected>{*words}</option> }
        })
        .collect_view();
    let summary = move || {
        settings.with(|s| {
            let from = if s.device.is_empty() {
                "from outside"
            } else {
                "from an own phone"
            };
            let phones = REACTIONS.iter().find(|(name, _)| *name == s.phones);
            let phones = phones.map_or("", |(_, words)| *words).to_lowercase();
            format!("{from}, each phone {phones}")
        })
    };
    view! {
        <details class="sim-sec sim-more">
            <summary>
                {icon("chevron-down", 14)} <b>"Around it"</b> <small>{summary}</small>
            </summary>
            <div class="sim-form">
                <label for="sim-from">"From"</label>
                <select class="input" id="sim-from" on:change:target=move |ev| from(ev.target().value())>
                    <option value="">"Outside, by a carrier"</option>
                    {callers}
                </select>
                <label for="sim-phones">"Phones"</label>
                <select class="input" id="sim-phones" on:change:target=move |ev| settings.update(|s| s.phones = ev.target().value())>
                    {options(REACTIONS, &first.phones)}
                </select>
            </div>
            <details class="sim-each">
                <summary>{icon("chevron-down", 14)} "Phone by phone"</summary>
                <ul>{each}</ul>
            </details>
            <div class="sim-form">
                <label for="sim-status">"Web"</label>
                <select
                    class="input"
                    id="sim-status"
                    aria-label="Web requests are answered with"
                    on:change:target=move |ev| settings.update(|s| s.status = ev.target().value().parse().unwrap_or(200))
                >
                    {statuses}
                </select>
                <label for="sim-body">"Body"</label>
                <textarea
                    class="input area mono"
                    id="sim-body"
                    aria-label="Body of the answer to web requests"
                    rows="2"
                    maxlength="20000"
                    spellcheck="false"
                    placeholder="What your server would answer"
                    prop:value=move || settings.with(|s| s.body.clone())
                    on:input:target=move |ev| settings.update(|s| s.body = ev.target().value())
                ></textarea>
            </div>
            <p class="help">{format!("No request leaves this page. Where a PIN is asked for, it is {STAND_IN}.")}</p>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{account, draft};
    use super::*;

    #[test]
    fn numbers_are_dialled_without_what_stands_between_their_digits() {
        assert_eq!(number(" +44 161 496-0120 "), "+441614960120");
        assert_eq!(number("0044 (161) 496.0120"), "+441614960120");
        assert_eq!(number("*97"), "*97");
        assert_eq!(number("0012"), "0012");
    }

    #[test]
    fn time_is_the_accounts_and_the_draft_stands_for_what_is_published() {
        let (known, draft) = (account(), draft());
        let mut settings = Settings {
            at: "2026-11-30T10:00".to_owned(),
            dialled: "2000".to_owned(),
            ..Settings::default()
        };
        let scene = settings.scene(&known, Some(&draft), "main");
        let scene = scene.unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(scene.start.to_string(), "2026-11-30T09:00:00Z");
        let version = |scene: &Scene| {
            scene
                .account
                .programs
                .get(&"main".into())
                .map(|p| p.version)
        };
        assert_eq!(version(&scene), Some(0));
        let live = settings.scene(&known, None, "main");
        assert_eq!(live.ok().and_then(|scene| version(&scene)), Some(3));
        settings.at = String::new();
        assert!(settings.scene(&known, Some(&draft), "main").is_err());
    }

    #[test]
    fn body_says_by_its_beginning_what_it_is() {
        assert_eq!(content_type("  {\"a\": 1}"), "application/json");
        assert_eq!(content_type("<Response/>"), "text/xml");
        assert_eq!(content_type(""), "text/plain");
    }
}
