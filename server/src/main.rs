//! The `patchcord` program.
fn main() {}
