//! Hang-up causes, by the names the field uses, and the SIP response each one becomes.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Why a call or an attempt ended: a Q.850-style name such as `USER_BUSY`, or one of KAZOO's own such as
/// `NO_ENDPOINTS`. Also used as a failure branch key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cause(pub Cow<'static, str>);

impl Cause {
    /// Ended in the ordinary way.
    pub const NORMAL_CLEARING: Self = Self(Cow::Borrowed("NORMAL_CLEARING"));
    /// The called party is busy.
    pub const USER_BUSY: Self = Self(Cow::Borrowed("USER_BUSY"));
    /// It rang and nobody answered.
    pub const NO_ANSWER: Self = Self(Cow::Borrowed("NO_ANSWER"));
    /// The phone did not react at all.
    pub const NO_USER_RESPONSE: Self = Self(Cow::Borrowed("NO_USER_RESPONSE"));
    /// The called phone is not registered.
    pub const SUBSCRIBER_ABSENT: Self = Self(Cow::Borrowed("SUBSCRIBER_ABSENT"));
    /// The called party refused.
    pub const CALL_REJECTED: Self = Self(Cow::Borrowed("CALL_REJECTED"));
    /// There is no such number.
    pub const UNALLOCATED_NUMBER: Self = Self(Cow::Borrowed("UNALLOCATED_NUMBER"));
    /// The caller gave up before an answer.
    pub const ORIGINATOR_CANCEL: Self = Self(Cow::Borrowed("ORIGINATOR_CANCEL"));
    /// Another phone answered first.
    pub const LOSE_RACE: Self = Self(Cow::Borrowed("LOSE_RACE"));
    /// There is nobody to ring.
    pub const NO_ENDPOINTS: Self = Self(Cow::Borrowed("NO_ENDPOINTS"));
    /// The network or this exchange failed for the moment.
    pub const NORMAL_TEMPORARY_FAILURE: Self = Self(Cow::Borrowed("NORMAL_TEMPORARY_FAILURE"));
    /// No common codec.
    pub const BEARERCAPABILITY_NOTIMPL: Self = Self(Cow::Borrowed("BEARERCAPABILITY_NOTIMPL"));
    /// The called party's own exchange or forwarding does not work.
    pub const DESTINATION_OUT_OF_ORDER: Self = Self(Cow::Borrowed("DESTINATION_OUT_OF_ORDER"));
    /// No audio arrived for too long.
    pub const MEDIA_TIMEOUT: Self = Self(Cow::Borrowed("MEDIA_TIMEOUT"));
    /// The loop guard ended the call.
    pub const EXCHANGE_ROUTING_ERROR: Self = Self(Cow::Borrowed("EXCHANGE_ROUTING_ERROR"));

    /// A cause by name.
    pub fn named(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The cause that a final SIP response of a called phone stands for (RFC 3398 §8.2.6.1, as the field
    /// uses it).
    #[must_use]
    pub fn from_sip(code: u16) -> Self {
        match code {
            404 | 484 | 485 | 604 => Self::UNALLOCATED_NUMBER,
            408 => Self::NO_USER_RESPONSE,
            480 => Self::NO_ANSWER,
            486 | 600 => Self::USER_BUSY,
            487 => Self::ORIGINATOR_CANCEL,
            410 => Self(Cow::Borrowed("NUMBER_CHANGED")),
            403 | 603 | 607 => Self::CALL_REJECTED,
            415 | 488 | 606 => Self::BEARERCAPABILITY_NOTIMPL,
            _ => Self::NORMAL_TEMPORARY_FAILURE,
        }
    }

    /// The response that an unanswered call ends with for this cause.
    #[must_use]
    pub fn response(&self) -> FinalResponse {
        let (code, reason, media) = match self.as_str() {
            "UNALLOCATED_NUMBER" | "NO_ROUTE_DESTINATION" => (
                404,
                "No route to destination",
                Some(FailureMedia::Prompt("fault-can_not_be_completed_as_dialed")),
            ),
            "NO_ROUTE_TRANSIT_NET" => (404, "Invalid number", None),
            "USER_BUSY" => (486, "Number busy", Some(FailureMedia::Busy)),
            "NO_USER_RESPONSE" => (408, "No response", Some(FailureMedia::Reorder)),
            "NO_ANSWER" | "SUBSCRIBER_ABSENT" | "NORMAL_UNSPECIFIED" => {
                (480, "Temporarily Unavailable", None)
            }
            "CALL_REJECTED" => (603, "Call Rejected", Some(FailureMedia::Reorder)),
            "NUMBER_CHANGED" | "REDIRECTION_TO_NEW_DESTINATION" => (410, "Gone", None),
            "EXCHANGE_ROUTING_ERROR" => (
                483,
                "Too Many Hops",
                Some(FailureMedia::Prompt("fault-facility_trouble")),
            ),
            "DESTINATION_OUT_OF_ORDER" => (
                502,
                "Bad Gateway",
                Some(FailureMedia::Prompt("fault-can_not_be_completed_as_dialed")),
            ),
            "INVALID_NUMBER_FORMAT" => (
                484,
                "Address Incomplete",
                Some(FailureMedia::Prompt("fault-can_not_be_completed_as_dialed")),
            ),
            "BEARERCAPABILITY_NOTIMPL" => (488, "Not Acceptable Here", None),
            "OUTGOING_CALL_BARRED"
            | "INCOMING_CALL_BARRED"
            | "BEARERCAPABILITY_NOTAUTH"
            | "BEARERCAPABILITY_NOTAVAIL" => (403, "Forbidden", None),
            "NORMAL_TEMPORARY_FAILURE" => (
                503,
                "Service Unavailable",
                Some(FailureMedia::Prompt(
                    "fault-can_not_be_completed_at_this_time",
                )),
            ),
            "NORMAL_CIRCUIT_CONGESTION"
            | "NETWORK_OUT_OF_ORDER"
            | "SWITCH_CONGESTION"
            | "REQUESTED_CHAN_UNAVAIL" => (503, "Service Unavailable", None),
            "FACILITY_REJECTED" => (510, "Not Extended", None),
            "FACILITY_NOT_IMPLEMENTED" => (501, "Not Implemented", None),
            "SERVICE_NOT_IMPLEMENTED" => (
                501,
                "Not Implemented",
                Some(FailureMedia::Prompt("fault-facility_trouble")),
            ),
            "UNKNOWN" => (500, "Server Internal Error", None),
            // Names that are not causes (`NO_ENDPOINTS`, …) have no response of their own in the field; a
            // caller still needs a final response, and nobody was reachable.
            _ => (480, "Temporarily Unavailable", None),
        };
        FinalResponse {
            code,
            reason,
            media,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The final SIP response for a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalResponse {
    /// Status code, 300 to 699.
    pub code: u16,
    /// Reason phrase.
    pub reason: &'static str,
    /// What the caller hears before it, as early media.
    pub media: Option<FailureMedia>,
}

/// What a caller hears when a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureMedia {
    /// A spoken prompt.
    Prompt(&'static str),
    /// The busy tone.
    Busy,
    /// The reorder ("fast busy") tone.
    Reorder,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_of_the_field_has_its_response() {
        let prompt = |id| Some(FailureMedia::Prompt(id));
        let cannot = prompt("fault-can_not_be_completed_as_dialed");
        for (names, code, media) in [
            ("UNALLOCATED_NUMBER NO_ROUTE_DESTINATION", 404, cannot),
            ("NO_ROUTE_TRANSIT_NET", 404, None),
            ("USER_BUSY", 486, Some(FailureMedia::Busy)),
            ("NO_USER_RESPONSE", 408, Some(FailureMedia::Reorder)),
            ("NO_ANSWER SUBSCRIBER_ABSENT NORMAL_UNSPECIFIED", 480, None),
            ("CALL_REJECTED", 603, Some(FailureMedia::Reorder)),
            ("NUMBER_CHANGED REDIRECTION_TO_NEW_DESTINATION", 410, None),
            (
                "EXCHANGE_ROUTING_ERROR",
                483,
                prompt("fault-facility_trouble"),
            ),
            ("DESTINATION_OUT_OF_ORDER", 502, cannot),
            ("INVALID_NUMBER_FORMAT", 484, cannot),
            ("FACILITY_REJECTED", 510, None),
            (
                "NORMAL_TEMPORARY_FAILURE",
                503,
                prompt("fault-can_not_be_completed_at_this_time"),
            ),
            (
                "NORMAL_CIRCUIT_CONGESTION NETWORK_OUT_OF_ORDER SWITCH_CONGESTION REQUESTED_CHAN_UNAVAIL",
                503,
                None,
            ),
            (
                "OUTGOING_CALL_BARRED INCOMING_CALL_BARRED BEARERCAPABILITY_NOTAUTH BEARERCAPABILITY_NOTAVAIL",
                403,
                None,
            ),
            ("BEARERCAPABILITY_NOTIMPL", 488, None),
            ("FACILITY_NOT_IMPLEMENTED", 501, None),
            (
                "SERVICE_NOT_IMPLEMENTED",
                501,
                prompt("fault-facility_trouble"),
            ),
            ("UNKNOWN", 500, None),
            ("NO_ENDPOINTS DO_NOT_DISTURB sip:486 LOSE_RACE", 480, None),
        ] {
            for name in names.split(' ') {
                let response = Cause::named(name).response();
                assert_eq!((response.code, response.media), (code, media), "{name}");
            }
        }
    }
}
