//! What a call remembers from one step to the next: variables, digits, the caller as shown, what is to be done
//! at its end.

use super::Call;
use crate::cause::Cause;
use crate::command::{HttpRequest, Notice, Party, Privacy, Update};
use crate::flow::NodeId;
use crate::limits;
use crate::route::Route;
use crate::trace::Step;
use std::collections::BTreeMap;

/// What the caller's leg does when the other side leaves a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AfterBridge {
    /// It is hung up.
    HangUp,
    /// It is parked.
    Park,
    /// It goes on in the callflow of this number.
    Transfer(String),
}

/// What another system is told when the call is over.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// The request, as far as it is known before.
    pub(crate) request: HttpRequest,
    /// The name of the field that says why the call ended.
    pub(crate) cause_field: &'static str,
}

/// Everything of a call that steps leave for later steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Variables by name, as set.
    variables: BTreeMap<String, String>,
    /// Digits by the name of their collection.
    digits: BTreeMap<String, String>,
    /// The caller as set by a step, in place of the real one.
    caller: Option<Party>,
    name_prefix: String,
    number_prefix: String,
    pub(crate) privacy: Privacy,
    pub(crate) after_bridge: Option<AfterBridge>,
    /// Headers for legs dialled later.
    pub(crate) headers: Vec<(String, String)>,
    /// Whether anybody has talked with the caller.
    pub(crate) was_bridged: bool,
    /// Whether the caller has left a message.
    pub(crate) left_message: bool,
    /// Mails that are due when nobody took the call.
    alerts: Vec<Notice>,
    /// Mails that are due at the end in any case.
    notices: Vec<Notice>,
    /// Who is told when the call is over.
    reports: Vec<Report>,
    /// The call is a page or an intercom: phones are asked to answer by themselves.
    pub(crate) auto_answer: bool,
    /// They do so also while they are in a call.
    pub(crate) barge: bool,
}

impl Memory {
    /// The caller as set by a step.
    pub(super) fn caller(&self) -> Option<&Party> {
        self.caller.as_ref()
    }

    /// What stands before the caller's name and number.
    pub(super) fn prefixes(&self) -> (&str, &str) {
        (&self.name_prefix, &self.number_prefix)
    }
}

/// The collection that digits go to when none is named.
pub(crate) const DEFAULT_DIGITS: &str = "default";

/// A name or number as it may be shown: one line of bounded length, whatever a variable held. A line break would
/// start another header (RFC 3261 §7.3.1).
fn shown(text: &str) -> String {
    let printable = text.chars().filter(|c| !c.is_control());
    printable.take(limits::MAX_SHOWN).collect()
}

impl Call {
    /// Sets a variable for later steps. Names and values are cut to a bound; a call that sets too many is told.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        let name: String = name.chars().take(limits::MAX_VARIABLE_NAME).collect();
        let value: String = value.chars().take(limits::MAX_VARIABLE_VALUE).collect();
        let variables = &mut self.memory.variables;
        if !variables.contains_key(&name) && variables.len() >= limits::MAX_VARIABLES {
            self.trouble(format!(
                "The variable {name} is not set: a call has at most {} of them.",
                limits::MAX_VARIABLES
            ));
            return;
        }
        variables.insert(name, value);
    }

    /// A variable: one that was set, else one that every call has. Every call has `caller_id_number`,
    /// `caller_id_name`, `callee_number` (what was dialled), `capture` (the digits after a feature code), `digits`
    /// (and `digits.<collection>`), `call_id`, `account_name`, `language` and `user_id`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        if let Some(value) = self.memory.variables.get(name) {
            return Some(value.clone());
        }
        let shown = self.caller_shown();
        Some(match name {
            "caller_id_number" => shown.number,
            "caller_id_name" => shown.name,
            "callee_number" => self.info.dialled.clone(),
            "capture" => self.info.capture.clone()?,
            "digits" => self.digits(DEFAULT_DIGITS)?.to_owned(),
            "call_id" => self.info.id.clone(),
            "account_name" => self.account.name.clone(),
            "language" => self.language.clone(),
            "user_id" => self.calling_user()?.to_owned(),
            other => match other.strip_prefix("digits.") {
                Some(collection) => self.digits(collection)?.to_owned(),
                None => self.info.captures.get(other)?.clone(),
            },
        })
    }

    /// The variables that were set, by name.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.memory.variables.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A text with its `{{variable}}` places filled in; what is not known is left out.
    #[must_use]
    pub fn text(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, behind)) = after.split_once("}}") else {
                break;
            };
            text.push_str(before);
            text.push_str(&self.variable(name.trim()).unwrap_or_default());
            rest = behind;
        }
        text.push_str(rest);
        if let Some((end, _)) = text.char_indices().nth(limits::MAX_TEXT) {
            text.truncate(end);
        }
        text
    }

    /// Digits collected under a name.
    #[must_use]
    pub fn digits(&self, collection: &str) -> Option<&str> {
        self.memory.digits.get(collection).map(String::as_str)
    }

    /// Keeps digits under a name; `None` forgets them.
    pub(crate) fn set_digits(&mut self, collection: &str, digits: Option<String>) {
        match digits {
            Some(digits) => {
                if self.memory.digits.len() < limits::MAX_VARIABLES {
                    self.memory.digits.insert(collection.to_owned(), digits);
                }
            }
            None => {
                self.memory.digits.remove(collection);
            }
        }
    }

    /// The caller without prefixes: as set by a step, else as the call came.
    #[must_use]
    pub fn caller_id(&self) -> &Party {
        self.memory.caller.as_ref().unwrap_or(&self.info.caller)
    }

    /// Shows another caller from now on; `None` goes back to the real one.
    pub(crate) fn set_caller(&mut self, caller: Option<Party>) {
        self.memory.caller = caller.map(|Party { name, number }| Party {
            name: shown(&name),
            number: shown(&number),
        });
    }

    /// Puts words before name and number. They go before earlier ones, or take their place.
    pub(crate) fn prepend(&mut self, name: &str, number: &str, replace: bool) {
        if replace {
            self.memory.name_prefix.clear();
            self.memory.number_prefix.clear();
        }
        let memory = &mut self.memory;
        memory.name_prefix = shown(&format!("{name}{}", memory.name_prefix));
        memory.number_prefix = shown(&format!("{number}{}", memory.number_prefix));
    }

    /// What is withheld from called phones.
    #[must_use]
    pub fn privacy(&self) -> Privacy {
        self.memory.privacy
    }

    pub(crate) fn set_privacy(&mut self, privacy: Privacy) {
        self.memory.privacy = privacy;
    }

    /// The call is for another number from now on: what was dialled after a feature code.
    pub(crate) fn set_dialled(&mut self, number: String) {
        self.info.dialled = number;
    }

    /// The call is for another number from now on, as if the caller had dialled that.
    pub(crate) fn dial_anew(&mut self, number: String, route: &Route) {
        self.info.dialled = number;
        self.info.capture.clone_from(&route.capture);
        self.info.captures.clone_from(&route.captures);
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    /// Has a mail sent at the end if nobody took the call.
    pub(crate) fn alert_if_missed(&mut self, notice: Notice) {
        if self.memory.alerts.len() < limits::MAX_NOTICES {
            self.memory.alerts.push(notice);
        }
    }

    /// Has a mail sent at the end.
    pub(crate) fn notify_at_end(&mut self, notice: Notice) {
        if self.memory.notices.len() < limits::MAX_NOTICES {
            self.memory.notices.push(notice);
        }
    }

    /// Has another system told when the call is over.
    pub(crate) fn report_at_end(&mut self, report: Report) {
        if self.memory.reports.len() < limits::MAX_NOTICES {
            self.memory.reports.push(report);
        }
    }

    /// The call is over: sends the mails that are due and tells other systems. The caller may be gone.
    pub(crate) async fn settle_notices(&mut self, cause: &Cause) {
        let mut due = std::mem::take(&mut self.memory.notices);
        let alerts = std::mem::take(&mut self.memory.alerts);
        if !self.memory.was_bridged && !self.memory.left_message {
            due.extend(alerts);
        }
        let caller = self.caller_shown();
        for mut notice in due {
            notice.caller = caller.clone();
            self.update(Update::Notice(notice)).await;
        }
        for report in std::mem::take(&mut self.memory.reports) {
            let mut request = report.request;
            let field = (report.cause_field.to_owned(), cause.to_string());
            request.fields.push(field);
            self.did(request.shown());
            self.update(Update::Webhook(request)).await;
        }
    }

    /// The step of this flow with an id, if it is there.
    pub(crate) fn step_here(&self, id: NodeId) -> bool {
        self.program.callflow.flow.node(id).is_some()
    }

    /// Notes a switch or variable that was set.
    pub(crate) fn note_set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.trace(Step::Set {
            name: name.into(),
            value: value.into(),
        });
    }
}
