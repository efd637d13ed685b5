//! What may be dialled.

use crate::action::Action;
use crate::call::Call;
use crate::directory::Directory;
use crate::resource::{MemberKind, Resource, ResourceKind};
use crate::value::Ref;

/// The class of a number and whether it may not be dialled: the calling device's word counts, then its user's, then
/// the account's.
#[must_use]
pub fn denied(call: &Call, number: &str) -> Option<String> {
    let caller = call.calling_endpoint();
    let class = caller.settings.classes.of(number);
    caller.denies(class).then(|| class.to_owned())
}

/// The class of a number and whether the account itself may not dial it; for callers from outside.
#[must_use]
pub fn denied_to_account(call: &Call, number: &str) -> Option<String> {
    let settings = call.account().directory.settings();
    let class = settings.classes.of(number);
    let denied = settings.restrictions.denies(class).unwrap_or(false);
    denied.then(|| class.to_owned())
}

/// The key among the restrictions that keeps a phone to its own groups (KAZOO).
const CLOSED_GROUPS: &str = "closed_groups";

/// Whether the calling phone may call only people of its own groups, and the callflow is that of somebody else: it
/// rings a person or a phone and, at most, goes on to a mailbox.
#[must_use]
pub fn is_closed_out(call: &Call) -> bool {
    let directory = &call.account().directory;
    let said = call
        .said_of_class(CLOSED_GROUPS)
        .or_else(|| directory.settings().restrictions.denies(CLOSED_GROUPS));
    if said != Some(true) {
        return false;
    }
    let Some(callee) = extension(call) else {
        return false;
    };
    let device = call.info().device.as_deref().unwrap_or_default();
    let caller = with_owner(directory, device);
    let shared = |one: &(MemberKind, &str)| callee.contains(one);
    if caller.iter().any(shared) {
        return false;
    }
    let groups = directory.all(ResourceKind::RingGroup);
    !groups.into_iter().any(|(_, resource)| match &**resource {
        Resource::Group(group) => {
            let holds = |who: &[(MemberKind, &str)]| {
                let mut members = group.members.0.iter();
                members.any(|member| who.contains(&(member.kind, member.id.as_str())))
            };
            holds(&caller) && holds(&callee)
        }
        _ => false,
    })
}

/// Whom a callflow rings that is no more than somebody's extension.
fn extension(call: &Call) -> Option<Vec<(MemberKind, &str)>> {
    let flow = &call.program().callflow.flow;
    let first = flow.node(flow.root()?)?;
    let then = first.child("_").and_then(|id| flow.node(id));
    if then.is_some_and(|node| !matches!(node.action, Action::Voicemail(_))) {
        return None;
    }
    match &first.action {
        Action::User(user) => Some(vec![(MemberKind::User, user.id.id())]),
        Action::Device(device) => Some(with_owner(&call.account().directory, device.id.id())),
        _ => None,
    }
}

/// A phone and the person whose it is.
fn with_owner<'a>(directory: &'a Directory, device: &'a str) -> Vec<(MemberKind, &'a str)> {
    let owner = directory.device(device).and_then(|own| own.owner.as_ref());
    let owner = owner.map(|owner| (MemberKind::User, Ref::id(owner)));
    std::iter::once((MemberKind::Device, device))
        .chain(owner)
        .collect()
}
