//! Asking the server: what it is told, and what its answer means.

use super::xml::{self, Element};
use super::{Pivot, ReplyFormat};
use crate::action::parts::{header, web};
use crate::call::{Call, Ended, Report};
use crate::command::{HttpMethod, HttpRequest};
use crate::flow::Flow;
use crate::limits;
use crate::route::Origin;
use serde_json::Value;
use std::sync::Arc;

/// The least milliseconds for an answer; less was meant in seconds.
const LEAST_TIMEOUT_MS: u64 = 500;

/// What the server wants done.
pub(super) enum Reply {
    /// A flow takes over.
    Flow(Arc<Flow>),
    /// Instructions, in order.
    Instructions(Vec<Element>),
}

/// A further question.
pub(super) struct Question {
    /// Where to; empty is where the instructions came from.
    pub(super) target: String,
    /// How; `None` as the step says.
    pub(super) method: Option<HttpMethod>,
    /// What is told besides, each with KAZOO's name and TwiML's.
    pub(super) fields: Vec<(&'static str, &'static str, String)>,
}

/// The questions of one step on one call.
pub(super) struct Exchange<'a> {
    step: &'a Pivot,
    headers: Vec<(String, String)>,
    /// Where the last instructions came from.
    at: String,
    asked: u32,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(step: &'a Pivot, call: &mut Call) -> Self {
        let pairs = step.custom_request_headers.0.iter().cloned();
        let (headers, wrong): (Vec<_>, Vec<_>) = pairs.partition(|(name, value)| fits(name, value));
        for (name, _) in wrong {
            call.trouble(format!("The header {name} cannot be sent; it is left out."));
        }
        Self {
            step,
            headers,
            at: step.voice_url.0.clone(),
            asked: 0,
        }
    }

    /// An address as the instructions write it.
    pub(super) fn address(&self, target: &str) -> Option<String> {
        web::resolve(&self.at, target)
    }

    /// Asks; `None` when there is nothing that could be done.
    pub(super) async fn ask(
        &mut self,
        call: &mut Call,
        question: Question,
    ) -> Result<Option<Reply>, Ended> {
        let Some(request) = self.request(call, &question) else {
            call.trouble("There is no address on the web to ask; the call goes on.");
            return Ok(None);
        };
        if self.asked >= limits::MAX_WEB_REPLIES {
            call.trouble("The server was asked too often; its instructions go round in a circle.");
            return Ok(None);
        }
        self.asked += 1;
        self.at.clone_from(&request.url);
        let what = request.shown();
        let Some(answer) = call.http(request).await? else {
            return Ok(None);
        };
        if !(200..300).contains(&answer.status) {
            call.trouble(format!("{what} was answered with {}.", answer.status));
            return Ok(None);
        }
        let read = read(&answer.content_type, &answer.body, self.step.req_format);
        Ok(read
            .inspect_err(|why| {
                call.trouble(format!("The answer to {what} cannot be read: {why}."));
            })
            .ok())
    }

    /// Has an address told when the call is over.
    pub(super) fn report_end(&self, call: &mut Call, address: &str) {
        let question = Question {
            target: address.to_owned(),
            method: Some(HttpMethod::Post),
            fields: vec![("Call-Status", "CallStatus", "completed".to_owned())],
        };
        let Some(request) = self.request(call, &question) else {
            call.trouble("The end of the call is told nobody: that is no address on the web.");
            return;
        };
        let twiml = self.step.req_format == ReplyFormat::Twiml;
        let cause_field = if twiml { "HangupCause" } else { "Hangup-Cause" };
        call.report_at_end(Report {
            request,
            cause_field,
        });
    }

    /// The request for a question; `None` when it is not about an address on the web.
    pub(super) fn request(&self, call: &Call, question: &Question) -> Option<HttpRequest> {
        let twiml = self.step.req_format == ReplyFormat::Twiml;
        let mut fields = if twiml {
            twiml_fields(call)
        } else {
            kazoo_fields(call)
        };
        for (kazoo, other, value) in &question.fields {
            let name = if twiml { other } else { kazoo };
            web::put(&mut fields, name, value.clone());
        }
        let method = question.method.unwrap_or(self.step.method.0);
        Some(HttpRequest {
            method,
            url: self.address(&question.target)?,
            headers: self.headers.clone(),
            fields,
            json: self.step.is_json() && method != HttpMethod::Get,
            timeout_ms: self.step.timeout_ms().max(LEAST_TIMEOUT_MS),
            retries: 0,
        })
    }
}

/// Whether a header may be sent along.
pub(super) fn fits(name: &str, value: &str) -> bool {
    header::is_own(name) && header::may_be_sent(name, value)
}

/// What an answer means: by its type, else by how it begins, else as the step expects it.
pub(super) fn read(content_type: &str, body: &str, expected: ReplyFormat) -> Result<Reply, String> {
    let kind = content_type.to_ascii_lowercase();
    let start = body.trim_start_matches('\u{feff}').trim_start();
    let is_xml = if kind.contains("xml") {
        true
    } else if kind.contains("json") {
        false
    } else if start.starts_with(['<', '{']) {
        start.starts_with('<')
    } else {
        expected == ReplyFormat::Twiml
    };
    if is_xml {
        let root = xml::read(start)?;
        if root.name != "Response" {
            return Err(format!(
                "it begins with <{}> instead of <Response>",
                root.name
            ));
        }
        return Ok(Reply::Instructions(root.children));
    }
    let value: Value = serde_json::from_str(start).map_err(|error| error.to_string())?;
    flow(&value)
}

/// A flow that takes over.
pub(super) fn flow(value: &Value) -> Result<Reply, String> {
    let flow = Flow::from_json(value).map_err(|error| error.0)?;
    if flow.is_empty() {
        return Err("it holds no step".to_owned());
    }
    Ok(Reply::Flow(Arc::new(flow)))
}

fn state(call: &Call) -> &'static str {
    if call.is_answered() {
        "in-progress"
    } else {
        "ringing"
    }
}

fn direction(call: &Call) -> &'static str {
    match call.info().origin {
        Origin::External => "inbound",
        Origin::Internal => "internal",
    }
}

fn kazoo_fields(call: &Call) -> Vec<(String, String)> {
    let caller = call.caller_shown();
    let realm = &call.account().realm;
    let dialled = &call.info().dialled;
    let mut fields: Vec<(String, String)> = [
        ("Call-ID", call.info().id.clone()),
        ("Account-ID", call.account().id.to_string()),
        ("From", format!("{}@{realm}", caller.number)),
        ("From-Realm", realm.clone()),
        ("To", format!("{dialled}@{realm}")),
        ("To-Realm", realm.clone()),
        ("Request", format!("{dialled}@{realm}")),
        ("Call-Status", state(call).to_owned()),
        ("Api-Version", "2015-03-01".to_owned()),
        ("Direction", direction(call).to_owned()),
        ("Caller-ID-Name", caller.name),
        ("Caller-ID-Number", caller.number),
        ("Language", call.language().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    for (name, variable) in [("User-ID", "user_id"), ("Digits", "digits")] {
        fields.extend(
            call.variable(variable)
                .map(|value| (name.to_owned(), value)),
        );
    }
    add_variables(call, &mut fields);
    fields
}

fn twiml_fields(call: &Call) -> Vec<(String, String)> {
    let caller = call.caller_shown();
    let mut fields: Vec<(String, String)> = [
        ("CallSid", call.info().id.clone()),
        ("AccountSid", call.account().id.to_string()),
        ("From", caller.number),
        ("To", call.info().dialled.clone()),
        ("CallStatus", state(call).to_owned()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("Direction", direction(call).to_owned()),
        ("CallerName", caller.name),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    fields.extend(
        call.variable("digits")
            .map(|value| ("Digits".to_owned(), value)),
    );
    add_variables(call, &mut fields);
    fields
}

fn add_variables(call: &Call, fields: &mut Vec<(String, String)>) {
    for (name, value) in call.variables() {
        web::put(fields, name, value.to_owned());
    }
}
