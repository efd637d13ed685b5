//! Greetings that never end: the caller of a menu would listen for ever.

use crate::action::Action;
use crate::check::Finding;
use crate::directory::Directory;

pub(super) fn check(action: &Action, directory: &Directory) -> Option<Finding> {
    let Action::Menu(step) = action else {
        return None;
    };
    let menu = directory.menu(step.id.id())?;
    is_endless(&menu.greeting.0).then(|| {
        let message = "The greeting of this menu never ends: who presses nothing waits for ever";
        Finding::warning("GREETING_ENDLESS", Some("id"), message)
    })
}

/// A stream plays until it is stopped; so do silence and tones of no length.
fn is_endless(media: &str) -> bool {
    ["http://", "https://", "shout://", "local_stream://"]
        .iter()
        .any(|scheme| media.starts_with(scheme))
        || media.starts_with("silence_stream://-")
        || (media.starts_with("tone_stream://") && media.contains("loops=-1"))
}
