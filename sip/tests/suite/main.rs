//! The core from outside: hand-written messages, and two cores over a simulated network.

mod calls;
mod fuzz;
mod network;
mod offers;
mod peer;
mod probes;
mod publications;
mod referrals;
mod registrations;
mod reliable;
mod replacements;
mod storm;
mod subscriptions;
mod torture;
