//! Calls of other phones: which phones are meant, and connecting the caller with a call of one of them.

use super::announce::announce;
use super::approval::{Approval, phones_of_group};
use super::sound::prompt;
use crate::action::{Action, Caption};
use crate::call::{Call, Ended, Next, PickedUp};
use crate::check::Finding;
use crate::command::{Pickup, PickupMode, PickupTarget, Repeat};
use crate::directory::Directory;
use crate::limits;
use crate::resource::{Device, Group, ResourceKind, User};
use crate::value::Ref;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whose calls are meant; the first that is set counts.
#[derive(Clone, Copy)]
pub(crate) struct Whose<'a> {
    /// Those of one phone.
    pub(crate) device: &'a Option<Ref<Device>>,
    /// Those of a person's phones.
    pub(crate) user: &'a Option<Ref<User>>,
    /// Those of the phones of a group.
    pub(crate) group: &'a Option<Ref<Group>>,
}

impl Whose<'_> {
    fn chosen(&self) -> Vec<(ResourceKind, &str)> {
        let device = self
            .device
            .as_ref()
            .map(|id| (ResourceKind::Device, id.id()));
        let user = self.user.as_ref().map(|id| (ResourceKind::User, id.id()));
        let group = self
            .group
            .as_ref()
            .map(|id| (ResourceKind::RingGroup, id.id()));
        [device, user, group].into_iter().flatten().collect()
    }

    /// Whether nothing is chosen: what was dialled says whose.
    pub(crate) fn is_open(&self) -> bool {
        self.chosen().is_empty()
    }

    /// The phones that are meant.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn phones(&self, call: &mut Call) -> Result<BTreeSet<String>, Ended> {
        let directory = Arc::clone(&call.account().directory);
        Ok(match self.chosen().first() {
            Some((ResourceKind::Device, id)) => {
                let known = directory.device(id).is_some();
                known.then(|| (*id).to_owned()).into_iter().collect()
            }
            Some((ResourceKind::User, id)) => phones_of_user(call, id).await?,
            Some((_, id)) => phones_of_group(call, id),
            None => BTreeSet::new(),
        })
    }

    /// What the block shows.
    pub(crate) fn caption(&self, directory: &Directory) -> Caption {
        let first = self.chosen().first().copied();
        let name = first.and_then(|(kind, id)| directory.name(kind, id));
        Caption::text(name.unwrap_or_default())
    }

    /// What is wrong with the choice.
    pub(crate) fn check(&self, needed: bool) -> Option<Finding> {
        match self.chosen().len() {
            0 if needed => {
                let message = "No user, group or device chosen";
                Some(Finding::error("FIELD_REQUIRED", Some("user_id"), message))
            }
            0 | 1 => None,
            _ => {
                let message = "Only one counts: the device, else the user, else the group";
                Some(Finding::warning(
                    "PICKUP_AMBIGUOUS",
                    Some("user_id"),
                    message,
                ))
            }
        }
    }
}

/// The phones that ring for a person.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn phones_of_user(call: &mut Call, user: &str) -> Result<BTreeSet<String>, Ended> {
    let live = call.live().await?;
    let directory = &call.account().directory;
    Ok(directory.phones_of(&live, user).into_iter().collect())
}

/// Every phone that the callflow of a number may ring, of all its steps and of the callflows that it leads to.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn phones_of_number(
    call: &mut Call,
    number: &str,
) -> Result<BTreeSet<String>, Ended> {
    let live = call.live().await?;
    let account = call.account();
    let directory = &account.directory;
    let most = usize::try_from(limits::MAX_CALLFLOW_BRANCHES).unwrap_or(0);
    let route = call.find(number).filter(|route| !route.catch_all);
    let mut open = Vec::from_iter(route.map(|route| route.callflow));
    let mut seen = BTreeSet::new();
    let mut phones = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.len() >= most || !seen.insert(id.clone()) {
            continue;
        }
        let Some(program) = account.programs.get(&id) else {
            continue;
        };
        let nodes = program.callflow.flow.nodes().map(|(_, node)| node);
        for node in nodes.filter(|node| node.enabled) {
            match &node.action {
                Action::Device(step) if directory.device(step.id.id()).is_some() => {
                    phones.insert(step.id.id().to_owned());
                }
                Action::User(step) => {
                    phones.extend(directory.phones_of(&live, step.id.id()));
                }
                Action::RingGroup(step) => phones.extend(step.devices(directory)),
                Action::Callflow(step) => {
                    open.extend(step.id.as_ref().map(|id| id.id().into()));
                }
                _ => {}
            }
        }
    }
    Ok(phones)
}

/// The phones whose calls a colleague may take: the caller's own, and those of the groups that the calling phone
/// is in.
pub(crate) fn phones_of_colleagues(call: &Call) -> BTreeSet<String> {
    let directory = &call.account().directory;
    let mut found = BTreeSet::new();
    let Some(phone) = call.info().device.clone() else {
        return found;
    };
    if let Some(user) = call.calling_user() {
        found.extend(directory.devices_of(user).map(|(id, _)| id.to_owned()));
    }
    for (group, _) in directory.all(ResourceKind::RingGroup) {
        let phones = phones_of_group(call, group);
        if phones.contains(&phone) {
            found.extend(phones);
        }
    }
    found
}

/// What is said when there is nothing to connect with.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    /// What is done, for the trace: "pick up a call of".
    pub(crate) doing: &'static str,
    /// The prompt when no phone is meant.
    pub(crate) nobody: &'static str,
    /// The prompt when there is no call.
    pub(crate) no_call: &'static str,
}

/// Connects the caller with a call of one of the phones; the calling phone is never meant. Without one, the
/// caller is told, unanswered, and the call goes on.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn take(
    call: &mut Call,
    mut phones: BTreeSet<String>,
    mode: PickupMode,
    words: Words,
) -> Result<Next, Ended> {
    if let Some(own) = &call.info().device {
        phones.remove(own);
    }
    if phones.is_empty() {
        return say(call, words.nobody).await;
    }
    let phones = Vec::from_iter(phones);
    call.did(format!("{} {}", words.doing, phones.join(", ")));
    let pickup = Pickup {
        target: PickupTarget::Devices(phones),
        mode,
    };
    match call.pick_up(pickup).await? {
        PickedUp::Talked => Ok(Next::Finished),
        PickedUp::NoCall(_) => say(call, words.no_call).await,
        PickedUp::Failed => Ok(Next::Continue),
    }
}

/// Says something, unanswered, and goes on.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn say(call: &mut Call, id: &'static str) -> Result<Next, Ended> {
    let sounds = vec![prompt(call, id)];
    announce(call, sounds, Repeat::Times(1), "").await?;
    Ok(Next::Continue)
}

/// Tells who calls that this is not for them.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn refuse(call: &mut Call) -> Result<Next, Ended> {
    call.did("refuse: who calls is not allowed");
    say(call, "cf-unauthorized_call").await
}

/// Warns of a step that nobody may use.
pub(crate) fn check_approval(approval: Approval<'_>, message: &'static str) -> Option<Finding> {
    (!approval.names_somebody())
        .then(|| Finding::warning("NOBODY_APPROVED", Some("approved_user_id"), message))
}
