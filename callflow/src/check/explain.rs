//! What each code means, on a page of its own: for people who look it up.

macro_rules! pages {
    ($( $code:literal, )*) => {
        /// Every code that a problem may have.
        pub const CODES: &[&str] = &[$( $code, )*];

        /// The page about a code, in Markdown.
        #[must_use]
        pub fn explain(code: &str) -> Option<&'static str> {
            match code {
                $( $code => Some(include_str!(concat!("explain/", $code, ".md"))), )*
                _ => None,
            }
        }
    };
}

pages! {
    "BRANCH_UNREACHABLE",
    "BRANCH_WITHOUT_END",
    "CALLFLOW_INLINE",
    "DEVICE_DISABLED",
    "FIELD_INVALID",
    "FIELD_REQUIRED",
    "FLOW_MALFORMED",
    "GREETING_ENDLESS",
    "LOOP_WITHOUT_CALLER",
    "MAILBOX_MISSING",
    "MAILBOX_SILENT",
    "MEMBER_NEVER_RINGS",
    "MENU_KEY_IS_EXTENSION",
    "MENU_WITHOUT_GREETING",
    "MENU_WITHOUT_KEYS",
    "MENU_WITHOUT_TIMEOUT",
    "MODULE_UNKNOWN",
    "NUMBER_EMERGENCY",
    "NUMBER_INVALID",
    "NUMBER_TAKEN",
    "OUTSIDE_LINE_OPEN",
    "PATTERN_INVALID",
    "PATTERN_TAKEN",
    "PLAY_NEVER_ENDS",
    "PRESENCE_ID_INVALID",
    "RECORDING_UNANNOUNCED",
    "RESOURCE_MISSING",
    "RESPONSE_CHALLENGES",
    "RESPONSE_REDIRECTS",
    "RING_GROUP_EMPTY",
    "RING_LONGER_THAN_GROUP",
    "SLEEP_LONG",
    "TIME_RULES_CHANGE",
    "TIME_RULES_OVERLAP",
    "TIME_RULE_HIDDEN",
    "TIME_RULE_NEVER",
    "TIME_RULE_ORDER",
    "TIME_WITHOUT_RULES",
    "UNIT_DOUBTFUL",
    "USER_DISABLED",
    "USER_WITHOUT_DEVICE",
    "VOICEMAIL_CHECK",
}
