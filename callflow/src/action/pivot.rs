//! Pivot: asks a server what to do with the call. KAZOO module `pivot`.

mod dial;
mod exchange;
mod instructions;
mod xml;

use crate::action::parts::{header, web};
use crate::action::{BranchChoice, Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::HttpMethod;
use crate::directory::Directory;
use crate::json;
use crate::value::{Millis, Pairs, Text};
use exchange::{Exchange, Question, Reply};
use instructions::After;
use serde_json::Value;

crate::choice! {
    /// What a server answers with.
    pub enum ReplyFormat {
        /// Steps as JSON.
        Kazoo = "kazoo", "Callflow steps";
        /// TwiML.
        Twiml = "twiml", "TwiML";
    }
}

crate::choice! {
    /// How the fields of a request are written.
    pub enum RequestBody {
        /// As a web form.
        Form = "form", "Form";
        /// As a JSON object.
        Json = "json", "JSON";
    }
}

crate::fields! {
    /// Asks your server what to do next, and does it. When the server gives no usable answer, the call goes on below.
    pub struct Pivot {
        /// The address that is asked, beginning with http:// or https://.
        voice_url: Text<0, 2_048> = Text::default(), "voice_url", "Address";
        /// How it is asked: GET puts the fields into the address, POST into the body.
        method: web::Verb<false> = web::Verb(HttpMethod::Get), "method", "Method";
        /// What the server answers with. The type of its answer counts first.
        req_format: ReplyFormat = ReplyFormat::Kazoo, "req_format", "Answer";
        /// How the body of a POST is written.
        req_body_format: RequestBody = RequestBody::Form, "req_body_format", "Body";
        /// Milliseconds that the server may take; the caller waits as long. Less than 500 is taken as 500.
        req_timeout_ms: Millis<1, 5_000> = Millis(5_000), "req_timeout_ms", "Wait for the answer";
        /// Headers of the request; their names begin with X-.
        custom_request_headers: Pairs = Pairs::default(), "custom_request_headers", "Headers";
        /// The address that is told when the call is over, and why it ended.
        cdr_url: Text<0, 2_048> = Text::default(), "cdr_url", "Tell the end to";
    }
}

impl Pivot {
    fn is_json(&self) -> bool {
        self.req_body_format == RequestBody::Json
    }

    /// Other editors write the time in seconds, under the old name.
    fn timeout_ms(&self) -> u64 {
        let old = self.source.get("req_timeout").and_then(json::integer);
        let seconds =
            old.filter(|s| (1..=5).contains(s) && !self.source.contains_key("req_timeout_ms"));
        match seconds.and_then(|s| u64::try_from(s).ok()) {
            Some(seconds) => seconds * 1_000,
            None => u64::from(self.req_timeout_ms.0),
        }
    }

    /// Instructions that stand in the document itself, with their type (KAZOO).
    fn serverless(&self) -> Option<(&Value, &str)> {
        let document = json::get(&self.source, "serverless.flow_doc")?;
        let kind = json::get(&self.source, "serverless.flow_type").and_then(Value::as_str);
        (!json::is_blank(document)).then_some((document, kind.unwrap_or_default()))
    }

    async fn first(
        &self,
        call: &mut Call,
        exchange: &mut Exchange<'_>,
    ) -> Result<Option<Reply>, Ended> {
        let Some((document, kind)) = self.serverless() else {
            let question = Question {
                target: self.voice_url.0.clone(),
                method: None,
                fields: Vec::new(),
            };
            return exchange.ask(call, question).await;
        };
        let read = match document {
            Value::String(text) => exchange::read(kind, text, self.req_format),
            steps => exchange::flow(steps),
        };
        Ok(read
            .inspect_err(|why| {
                call.trouble(format!(
                    "The step’s own instructions cannot be read: {why}."
                ));
            })
            .ok())
    }
}

impl Definition for Pivot {
    const MODULE: &'static str = "pivot";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Pivot",
        category: Category::Advanced,
        icon: "braces",
        family: Family::Data,
        help: "Asks your server what to do next",
        synonyms: &["twiml", "http", "api", "script", "web", "integration"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(vec![BranchChoice::word("_", "No usable answer")])
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = header::check(
            &self.custom_request_headers,
            "custom_request_headers",
            exchange::fits,
            "names begin with X-",
        );
        let url = Some("voice_url");
        match self.serverless() {
            None if self.voice_url.0.is_empty() => {
                found.push(Finding::error("FIELD_REQUIRED", url, "Address is empty"));
            }
            _ => found.extend(web::check_address(&self.voice_url.0, "voice_url")),
        }
        found.extend(web::check_address(&self.cdr_url.0, "cdr_url"));
        if self.req_timeout_ms.0 < 100 {
            let message = format!(
                "{} ms is too short for an answer; the unit is not seconds",
                self.req_timeout_ms.0
            );
            let field = Some("req_timeout_ms");
            found.push(Finding::warning("UNIT_DOUBTFUL", field, message));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        let url = self.voice_url.0.as_str();
        let address = url.split_once("://").map_or(url, |(_, address)| address);
        Caption::text(address.split('?').next().unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let mut exchange = Exchange::new(self, call);
        if !self.cdr_url.0.is_empty() {
            exchange.report_end(call, &self.cdr_url.0);
        }
        let mut reply = self.first(call, &mut exchange).await?;
        loop {
            let question = match reply {
                None => return Ok(Next::Continue),
                Some(Reply::Flow(flow)) => {
                    call.did("go on with the steps that the server gave");
                    return Ok(Next::Flow {
                        flow,
                        comes_back: false,
                    });
                }
                Some(Reply::Instructions(list)) => {
                    match instructions::carry_out(call, &exchange, &list).await? {
                        After::Over(next) => return Ok(next),
                        After::Ask(question) => question,
                    }
                }
            };
            reply = exchange.ask(call, question).await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Fields;

    #[test]
    fn addresses_headers_and_waits_that_cannot_be_are_told() {
        for (data, expected) in [
            (serde_json::json!({}), &["FIELD_REQUIRED"][..]),
            (
                serde_json::json!({"voice_url": "ftp://a", "cdr_url": "a"}),
                &["ADDRESS_INVALID", "ADDRESS_INVALID"],
            ),
            (
                serde_json::json!({"voice_url": "http://a", "req_timeout_ms": 5,
                    "custom_request_headers": {"Accept": "a", "X-Mine": "b"}}),
                &["HEADER_INVALID", "UNIT_DOUBTFUL"],
            ),
            (
                serde_json::json!({"serverless": {"flow_doc": {"module": "play"}, "flow_type": "application/json"}}),
                &[],
            ),
        ] {
            let (step, errors) = Pivot::parse(data.as_object().unwrap().clone());
            assert_eq!(errors, []);
            let found = step.check(&Directory::default(), &[]);
            let codes: Vec<_> = found.iter().map(|finding| finding.code).collect();
            assert_eq!(codes, expected, "{data}");
        }
    }

    #[test]
    fn caption_is_the_address_without_its_secrets() {
        let mut step = Pivot::default();
        step.voice_url.0 = "https://ivr.example/start?key=1".to_owned();
        let caption = step.caption(&Directory::default());
        assert_eq!(caption.text, "ivr.example/start");
    }
}
