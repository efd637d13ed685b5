//! The bounds that keep documents and calls finite. One place, so that the editor, the store and the
//! interpreter agree.

/// Most steps one flow may hold.
pub const MAX_NODES: usize = 2_000;
/// Deepest nesting of a document in KAZOO's tree form.
pub const MAX_DEPTH: usize = 500;
/// Largest text of documents that is read at once, in bytes.
pub const MAX_IMPORT_BYTES: usize = 64 << 20;
/// Most JSON values in a text of documents.
pub const MAX_IMPORT_VALUES: usize = 4_000_000;
/// Most documents of one import.
pub const MAX_IMPORT_DOCUMENTS: usize = 20_000;
/// Lines of one part of an import's report; later ones are counted, not kept.
pub const MAX_REPORT_LINES: usize = 2_000;
/// Deepest nesting of what one step or one key of a document holds.
pub const MAX_DATA_DEPTH: usize = 64;
/// Most numbers of one callflow.
pub const MAX_NUMBERS: usize = 1_000;
/// Longest number, extension or feature code, in characters (KAZOO: 36).
pub const MAX_NUMBER_LEN: usize = 36;
/// Longest name of a callflow or resource, in characters.
pub const MAX_NAME_LEN: usize = 128;
/// Most branches of one step.
pub const MAX_BRANCHES: usize = 200;
/// Longest branch key, in characters.
pub const MAX_BRANCH_KEY_LEN: usize = 128;
/// Steps that one call may enter before the loop guard ends it.
pub const MAX_STEPS_PER_CALL: u32 = 1_000;
/// Callflows that one call may branch into before the loop guard ends it (KAZOO's `max_branch_count`).
pub const MAX_CALLFLOW_BRANCHES: u32 = 50;
/// Trace entries kept for one call; later ones are counted, not kept.
pub const MAX_TRACE: usize = 5_000;
/// Digits remembered that no action has asked for yet.
pub const MAX_BUFFERED_DIGITS: usize = 64;
/// Phones that may ring at once for one attempt.
pub const MAX_LEGS: usize = 100;
/// Variables that one call may set.
pub const MAX_VARIABLES: usize = 100;
/// Longest name of a variable, in characters.
pub const MAX_VARIABLE_NAME: usize = 64;
/// Longest value of a variable, in characters.
pub const MAX_VARIABLE_VALUE: usize = 1_024;
/// Longest text with its variables filled in, in characters.
pub const MAX_TEXT: usize = 10_000;
/// Mails that one call may have sent at its end.
pub const MAX_NOTICES: usize = 20;
/// Most entries of one list of numbers.
pub const MAX_LIST_ENTRIES: usize = 10_000;
/// Longest name or number of the caller with what is put before it, in characters.
pub const MAX_SHOWN: usize = 256;
/// Forwardings that one call may follow before it reaches a phone.
pub const MAX_FORWARDS: usize = 5;
/// Rules of selective forwarding that are looked at.
pub const MAX_FORWARD_RULES: usize = 50;
/// Users who may be logged in at one phone.
pub const MAX_AT_DESK: usize = 20;
/// Answers of another system that one step carries out, one after another.
pub const MAX_WEB_REPLIES: u32 = 100;
/// Events kept in the recording of one call; later ones are counted, not kept.
pub const MAX_RECORDED_EVENTS: usize = 20_000;
