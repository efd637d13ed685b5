//! The core from outside: hand-written messages, and two cores over a simulated network.

mod calls;
mod offers;
mod peer;
mod probes;
mod reliable;
