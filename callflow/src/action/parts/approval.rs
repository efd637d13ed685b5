//! Who may use a step: KAZOO's `approved_device_id`, `approved_user_id` and `approved_group_id`.

use super::members;
use crate::call::Call;
use crate::resource::{Device, Group, Member, MemberKind, User};
use crate::value::Ref;
use std::collections::BTreeSet;

/// Who is named as allowed.
#[derive(Clone, Copy)]
pub(crate) struct Approval<'a> {
    /// One phone.
    pub(crate) device: &'a Option<Ref<Device>>,
    /// All phones of a person.
    pub(crate) user: &'a Option<Ref<User>>,
    /// All phones of the members of a group.
    pub(crate) group: &'a Option<Ref<Group>>,
}

impl Approval<'_> {
    /// Whether anybody is named.
    pub(crate) fn names_somebody(&self) -> bool {
        self.device.is_some() || self.user.is_some() || self.group.is_some()
    }

    /// Whether who calls is one of those named. Nobody from outside ever is.
    pub(crate) fn holds(&self, call: &Call) -> bool {
        let Some(phone) = call.info().device.as_deref() else {
            return false;
        };
        let user = self.user.as_ref().map(Ref::id);
        self.device.as_ref().is_some_and(|own| own.id() == phone)
            || (user.is_some() && user == call.calling_user())
            || (self.group.as_ref())
                .is_some_and(|group| phones_of_group(call, group.id()).contains(phone))
    }
}

/// The phones of the members of a group.
pub(crate) fn phones_of_group(call: &Call, group: &str) -> BTreeSet<String> {
    let member = Member::new(MemberKind::Group, group);
    members::devices(&call.account().directory, &[member])
}
