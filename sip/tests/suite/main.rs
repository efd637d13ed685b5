//! The core from outside: hand-written messages, and two cores over a simulated network.

mod peer;
mod probes;
