#![forbid(unsafe_code)]
//! The call-flow domain of Patchcord.
