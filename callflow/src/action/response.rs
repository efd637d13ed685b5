//! Response: ends the call with a SIP response. KAZOO module `response`.

use crate::action::parts::announce::announce;
use crate::action::parts::sound;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Repeat;
use crate::directory::Directory;
use crate::value::{HeaderValue, MediaRef, SipCode};

crate::fields! {
    /// Ends the call with a SIP response code. A call that was answered before is hung up.
    pub struct Response {
        /// The response code, from 300 to 699. 486 says busy, 480 not available, 404 no such number, 603
        /// refused.
        code: SipCode = SipCode(486), "code", "Code";
        /// The words after the code; empty takes the usual ones.
        message: HeaderValue<0, 128> = HeaderValue::default(), "message", "Reason";
        /// Played before the response, as early media.
        media: MediaRef = MediaRef::default(), "media", "Play first";
    }
}

/// The usual reason phrase of a final response.
fn phrase(code: u16) -> &'static str {
    // RFC 3261 §21.3–21.6, and 433, 436–438 and 607–608 by their own RFCs.
    match code {
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 | 606 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        423 => "Interval Too Brief",
        433 => "Anonymity Disallowed",
        436 => "Bad Identity Info",
        437 => "Unsupported Credential",
        438 => "Invalid Identity Header",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        493 => "Undecipherable",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        607 => "Unwanted",
        608 => "Rejected",
        _ => match code / 100 {
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        },
    }
}

impl Response {
    fn reason(&self) -> String {
        if self.message.0.trim().is_empty() {
            phrase(self.code.0).to_owned()
        } else {
            self.message.0.trim().to_owned()
        }
    }
}

impl Definition for Response {
    const MODULE: &'static str = "response";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Response",
        category: Category::Advanced,
        icon: "phone-off",
        family: Family::End,
        help: "Ends with a SIP response code",
        synonyms: &["hang up", "reject", "busy", "decline", "sip code"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::None
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let code = self.code.0;
        if code < 400 {
            return vec![Finding::warning(
                "RESPONSE_REDIRECTS",
                Some("code"),
                format!("{code} redirects, but there is no address to go to"),
            )];
        }
        // A challenge makes the caller's side send credentials for ever (RFC 3261 §22).
        if matches!(code, 401 | 407) {
            return vec![Finding::warning(
                "RESPONSE_CHALLENGES",
                Some("code"),
                format!("{code} asks the caller for a password; use 403 to refuse"),
            )];
        }
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(format!("{} {}", self.code.0, self.reason()))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if !self.media.0.is_empty() {
            match sound::resolve(call, &self.media) {
                Some(medium) => {
                    announce(call, vec![medium], Repeat::Times(1), "").await?;
                }
                None => call.trouble("The media file is not there; nothing is played."),
            }
        }
        Ok(Next::End {
            code: self.code.0,
            reason: self.reason(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caption_shows_the_usual_phrase() {
        let caption = Response::default().caption(&Directory::default());
        assert_eq!(caption.text, "486 Busy Here");
    }
}
