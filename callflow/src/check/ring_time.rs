//! Members of a ring group that are to ring longer than the try lasts.

use crate::action::{Action, RingGroup, RingOrder};
use crate::check::Finding;
use crate::directory::Directory;
use crate::resource::{Member, ResourceKind};

pub(super) fn check(action: &Action, directory: &Directory) -> Option<Finding> {
    let Action::RingGroup(step) = action else {
        return None;
    };
    let limit = step
        .timeout
        .map(|limit| limit.0)
        .filter(|limit| *limit > 0)?;
    let member = longer(step, directory, limit)?;
    let name = [
        ResourceKind::User,
        ResourceKind::Device,
        ResourceKind::RingGroup,
    ]
    .into_iter()
    .find_map(|kind| directory.name(kind, &member.id))
    .filter(|name| !name.is_empty())
    .unwrap_or_else(|| member.id.clone());
    let seconds = member.timeout.unwrap_or_default();
    let message = format!("{name} is to ring {seconds} s, but the try ends after {limit} s");
    Some(Finding::warning(
        "RING_LONGER_THAN_GROUP",
        Some("timeout"),
        message,
    ))
}

/// The first member that is cut short; one that never rings is told by the action itself.
fn longer<'a>(step: &'a RingGroup, directory: &'a Directory, limit: u32) -> Option<&'a Member> {
    let group = step
        .group_id
        .as_ref()
        .and_then(|id| directory.group(id.id()));
    let groups = group.into_iter().flat_map(|group| group.members.0.iter());
    let mut before = 0_u32;
    for member in step.endpoints.0.iter().chain(groups) {
        let delay = member.delay.unwrap_or(0);
        let begins = before.saturating_add(delay);
        // Only what somebody wrote: the usual 20 seconds give way silently.
        let ends = member.timeout.map(|own| begins.saturating_add(own));
        if begins < limit && ends.is_some_and(|ends| ends > limit) {
            return Some(member);
        }
        if step.strategy != RingOrder::Simultaneous {
            let own = member.timeout.unwrap_or(Member::DEFAULT_TIMEOUT);
            before = begins.saturating_add(own);
        }
    }
    None
}

/// Seconds that a try must last so that every member rings its full time.
pub(super) fn enough(step: &RingGroup, directory: &Directory) -> u32 {
    let group = step
        .group_id
        .as_ref()
        .and_then(|id| directory.group(id.id()));
    let groups = group.into_iter().flat_map(|group| group.members.0.iter());
    let own = |member: &Member| {
        let rings = member.timeout.unwrap_or(Member::DEFAULT_TIMEOUT);
        member.delay.unwrap_or(0).saturating_add(rings)
    };
    let all = step.endpoints.0.iter().chain(groups).map(own);
    match step.strategy {
        RingOrder::Simultaneous => all.max().unwrap_or(0),
        _ => all.fold(0, u32::saturating_add),
    }
}
