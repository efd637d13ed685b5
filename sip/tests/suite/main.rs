//! The core from outside: hand-written messages, and two cores over a simulated network.

mod calls;
mod fuzz;
mod network;
mod offers;
mod peer;
mod probes;
mod registrations;
mod reliable;
mod subscriptions;
mod torture;
