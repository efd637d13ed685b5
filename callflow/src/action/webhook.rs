//! Webhook: tells another system of the call. KAZOO module `webhook`.

use crate::action::parts::{header, web};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{HttpMethod, HttpRequest, Update};
use crate::directory::Directory;
use crate::value::{Int, Pairs, Text};

/// Milliseconds that the other side may take; nobody waits for it.
const TIMEOUT_MS: u64 = 10_000;

crate::choice! {
    /// How the fields of a request are written.
    pub enum Format {
        /// As a web form.
        Form = "form-data", "Form";
        /// As a JSON object.
        Json = "json", "JSON";
    }
}

crate::fields! {
    /// Tells your server about the call and goes on at once.
    pub struct Webhook {
        /// The address that is told, beginning with http:// or https://.
        uri: Text<1, 2_048> = Text::default(), "uri", "Address";
        /// How it is told: GET puts the fields into the address, POST and PUT into the body.
        http_verb: web::Verb<true> = web::Verb(HttpMethod::Post), "http_verb", "Method";
        /// How the body is written.
        format: Format = Format::Form, "format", "Body";
        /// How often it is tried again when the server cannot be reached. An answer that says no is not tried again.
        retries: Int<0, 10> = Int(1), "retries", "Retries";
        /// Fields that are told besides those of the call, and in place of those of the same name.
        /// `{{digits}}` and other variables are filled in.
        custom_data: Pairs = Pairs::default(), "custom_data", "Custom data";
        /// Headers of the request.
        custom_request_headers: Pairs = Pairs::default(), "custom_request_headers", "Headers";
    }
}

impl Webhook {
    fn request(&self, call: &mut Call) -> HttpRequest {
        let mut fields = web::about(call);
        for (name, value) in &self.custom_data.0 {
            web::put(&mut fields, name, call.text(value));
        }
        let (headers, wrong): (Vec<_>, Vec<_>) = self
            .custom_request_headers
            .0
            .iter()
            .cloned()
            .partition(|(name, value)| header::may_be_sent(name, value));
        for (name, _) in wrong {
            call.trouble(format!("The header {name} cannot be sent; it is left out."));
        }
        HttpRequest {
            method: self.http_verb.0,
            url: self.uri.0.clone(),
            headers,
            fields,
            json: self.format == Format::Json && self.http_verb.0 != HttpMethod::Get,
            timeout_ms: TIMEOUT_MS,
            retries: u32::try_from(self.retries.0).unwrap_or(0),
        }
    }
}

impl Definition for Webhook {
    const MODULE: &'static str = "webhook";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Webhook",
        category: Category::Advanced,
        icon: "webhook",
        family: Family::Data,
        help: "Tells your server about the call",
        synonyms: &["http", "request", "url", "notify", "integration"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = header::check(
            &self.custom_request_headers,
            "custom_request_headers",
            header::may_be_sent,
            "it is written by itself, or it is no header",
        );
        found.extend(web::check_address(&self.uri.0, "uri"));
        if self.http_verb.0 == HttpMethod::Get && self.format == Format::Json {
            let message = "GET has no body: the fields go into the address";
            found.push(Finding::warning(
                "WEBHOOK_WITHOUT_BODY",
                Some("format"),
                message,
            ));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        let uri = self.uri.0.as_str();
        let address = uri.split_once("://").map_or(uri, |(_, address)| address);
        Caption::text(address.split('?').next().unwrap_or_default())
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if !web::is_address(&self.uri.0) {
            call.trouble("The webhook has no address on the web; nobody is told.");
            return Ok(Next::Continue);
        }
        let request = self.request(call);
        call.did(request.shown());
        call.update(Update::Webhook(request)).await;
        Ok(Next::Continue)
    }
}
