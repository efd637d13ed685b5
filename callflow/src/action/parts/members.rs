//! From members to the phones that ring, turn by turn.

use super::endpoint::{self, Terms};
use super::forward::{self, Rung};
use crate::action::RingOrder;
use crate::call::Call;
use crate::cause::Cause;
use crate::check::Finding;
use crate::command::Leg;
use crate::directory::Directory;
use crate::json;
use crate::limits;
use crate::live::{Live, LiveKey, Owner};
use crate::resource::{Member, MemberKind, ResourceKind};
use std::collections::BTreeSet;

/// Weight of a member that has none, in a draw.
const DEFAULT_WEIGHT: u32 = 20;
/// Groups inside groups, at most so deep.
const MAX_DEPTH: usize = 8;

/// Seconds from year 0 to 1970 in the Gregorian calendar.
const GREGORIAN_EPOCH: i64 = 62_167_219_200;

/// The users and devices behind the members, groups opened; at most [`limits::MAX_LEGS`] of them.
///
/// A member's own times win over those of the group that it came through.
fn open(directory: &Directory, members: &[Member], in_order: bool) -> Vec<Member> {
    let mut found = Vec::new();
    let mut path = Vec::new();
    open_into(directory, members, in_order, &mut path, &mut found);
    found
}

fn open_into(
    directory: &Directory,
    members: &[Member],
    in_order: bool,
    path: &mut Vec<String>,
    found: &mut Vec<Member>,
) {
    for member in members {
        if found.len() >= limits::MAX_LEGS {
            return;
        }
        if member.kind != MemberKind::Group {
            if !found.contains(member) {
                found.push(member.clone());
            }
            continue;
        }
        // A group that contains itself is opened once.
        if path.contains(&member.id) || path.len() >= MAX_DEPTH {
            continue;
        }
        let Some(group) = directory.group(&member.id) else {
            continue;
        };
        let mut inner = group.members.0.clone();
        for own in &mut inner {
            own.delay = own.delay.or(member.delay);
            own.timeout = own.timeout.or(member.timeout);
        }
        if in_order {
            // Members without a weight come last, in their order; KAZOO leaves them out.
            inner.sort_by_key(|own| own.weight.unwrap_or(u32::MAX));
        }
        path.push(member.id.clone());
        open_into(directory, &inner, in_order, path, found);
        path.pop();
    }
}

/// The devices that could ring, without looking at who calls.
pub(crate) fn devices(directory: &Directory, members: &[Member]) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for member in open(directory, members, false) {
        if member.kind == MemberKind::Device {
            if directory.device(&member.id).is_some() {
                ids.insert(member.id);
            }
        } else {
            ids.extend(
                directory
                    .devices_of(&member.id)
                    .map(|(id, _)| id.to_owned()),
            );
        }
    }
    ids
}

/// The kind of resource that a member is.
pub(crate) fn kind_of(member: MemberKind) -> ResourceKind {
    match member {
        MemberKind::User => ResourceKind::User,
        MemberKind::Device => ResourceKind::Device,
        MemberKind::Group => ResourceKind::RingGroup,
    }
}

/// How many phones the members have, for captions; empty without any.
pub(crate) fn phones(directory: &Directory, members: &[Member]) -> String {
    match devices(directory, members).len() {
        0 => String::new(),
        1 => "1 phone".to_owned(),
        count => format!("{count} phones"),
    }
}

/// Members that are not there any more.
pub(crate) fn gone(
    directory: &Directory,
    members: &[Member],
    field: &'static str,
) -> Option<Finding> {
    let gone = members
        .iter()
        .filter(|m| directory.get(kind_of(m.kind), &m.id).is_none())
        .count();
    let code = "RESOURCE_MISSING";
    match gone {
        0 => None,
        _ if gone == members.len() => {
            let message = "None of the members is there any more";
            Some(Finding::error(code, Some(field), message))
        }
        1 => {
            let message = "A member is not there any more";
            Some(Finding::warning(code, Some(field), message))
        }
        _ => {
            let message = format!("{gone} members are not there any more");
            Some(Finding::warning(code, Some(field), message))
        }
    }
}

/// The legs of each turn: one turn when all ring together, else one for each member. Turns without a
/// phone that can ring are left out.
pub(crate) fn turns(
    call: &mut Call,
    live: &Live,
    members: &[Member],
    order: RingOrder,
) -> Vec<Vec<Leg>> {
    let in_order = order != RingOrder::Simultaneous;
    let directory = std::sync::Arc::clone(&call.account().directory);
    let opened = open(&directory, members, in_order);
    let now = call.now().as_second().saturating_add(GREGORIAN_EPOCH);
    let callflow = call.program().id.to_string();
    let (gone, mut opened): (Vec<_>, Vec<_>) = opened
        .into_iter()
        .partition(|member| is_logged_out(&directory, live, &callflow, member, now));
    if !gone.is_empty() {
        let names: Vec<String> = gone.iter().map(|member| name(&directory, member)).collect();
        call.did(format!("pass over {}, logged out", names.join(", ")));
    }
    if order == RingOrder::WeightedRandom {
        opened = draw(call, opened);
    }
    let mut turns: Vec<Vec<Leg>> = Vec::new();
    let mut refused = Vec::new();
    for member in opened {
        let legs = legs_of(call, live, &member, &mut refused);
        match turns.first_mut() {
            Some(all) if !in_order => all.extend(legs),
            _ => turns.push(legs),
        }
    }
    for turn in &mut turns {
        merge(turn);
    }
    turns.retain(|legs| !legs.is_empty());
    tell_refused(call, &refused);
    turns
}

/// The phones themselves, each once: no number that calls are forwarded to, and no times.
pub(crate) fn phone_legs(call: &mut Call, live: &Live, members: &[Member]) -> Vec<Leg> {
    let directory = std::sync::Arc::clone(&call.account().directory);
    let terms = Terms {
        delay_s: 0,
        timeout_s: None,
        can_call_self: true,
    };
    let mut found: Vec<Leg> = Vec::new();
    let mut refused = Vec::new();
    for member in open(&directory, members, false) {
        let legs = match member.kind {
            MemberKind::Device => endpoint::device_legs(call, live, &member.id, terms),
            MemberKind::User => endpoint::user_legs(call, live, &member.id, terms),
            MemberKind::Group => Ok(Vec::new()),
        };
        match legs {
            Ok(legs) => found.extend(legs),
            Err(cause) => refuse(&directory, &member, &cause, &mut refused),
        }
    }
    let mut seen = Vec::new();
    found.retain(|leg| {
        let new = !seen.contains(&leg.target);
        seen.push(leg.target.clone());
        new
    });
    tell_refused(call, &refused);
    found
}

/// Notes why a member is left out. Who calls from a member's phone does not need to be told that it stays quiet.
fn refuse(directory: &Directory, member: &Member, cause: &Cause, refused: &mut Vec<String>) {
    if cause.as_str() != "ENDPOINT_CALLED_SELF" {
        refused.push(format!("{} ({cause})", name(directory, member)));
    }
}

fn tell_refused(call: &mut Call, refused: &[String]) {
    if !refused.is_empty() {
        call.trouble(format!("Not rung: {}.", refused.join(", ")));
    }
}

/// Whether a member has logged out of the ring groups of a callflow: by phone, else until the time that an
/// imported document holds. A phone goes with its owner.
fn is_logged_out(
    directory: &Directory,
    live: &Live,
    callflow: &str,
    member: &Member,
    now: i64,
) -> bool {
    let user = match member.kind {
        MemberKind::User => Some(member.id.clone()),
        MemberKind::Device => owner_of(directory, &member.id).map(str::to_owned),
        MemberKind::Group => None,
    };
    let turned = user.and_then(|user| {
        live.is_on(&LiveKey::RingGroup {
            callflow: callflow.to_owned(),
            user,
        })
    });
    let until = member.extra.get("disable_until").and_then(json::integer);
    match turned {
        Some(on) => !on,
        None => until.is_some_and(|until| now <= until),
    }
}

fn owner_of<'a>(directory: &'a Directory, device: &str) -> Option<&'a str> {
    let owner = directory.device(device)?.owner.as_ref()?;
    Some(owner.id())
}

/// Whether a user is among the members, in person or by a phone of their own, groups opened.
pub(crate) fn includes(directory: &Directory, members: &[Member], user: &str) -> bool {
    let opened = open(directory, members, false);
    opened.iter().any(|member| match member.kind {
        MemberKind::User => member.id == user,
        MemberKind::Device => owner_of(directory, &member.id) == Some(user),
        MemberKind::Group => false,
    })
}

/// Draws the members one by one, each with a probability by its weight.
fn draw(call: &mut Call, mut pot: Vec<Member>) -> Vec<Member> {
    let weight = |member: &Member| u64::from(member.weight.unwrap_or(DEFAULT_WEIGHT));
    let mut drawn = Vec::with_capacity(pot.len());
    while !pot.is_empty() {
        let mut ticket = call.random_below(pot.iter().map(weight).sum());
        let at = pot.iter().position(|member| {
            let own = weight(member);
            let hit = ticket < own;
            ticket = ticket.saturating_sub(own);
            hit
        });
        drawn.push(pot.remove(at.unwrap_or(0)));
    }
    drawn
}

fn legs_of(call: &mut Call, live: &Live, member: &Member, refused: &mut Vec<String>) -> Vec<Leg> {
    let terms = Terms {
        delay_s: member.delay.unwrap_or(0),
        timeout_s: Some(member.timeout.unwrap_or(Member::DEFAULT_TIMEOUT)),
        // A colleague's own other phones ring; only the calling phone does not.
        can_call_self: true,
    };
    let owner = match member.kind {
        MemberKind::Device => Owner::Device(member.id.clone()),
        MemberKind::User => Owner::User(member.id.clone()),
        MemberKind::Group => return Vec::new(),
    };
    match forward::reach(call, live, &owner, terms, Rung::AsMember) {
        Ok(reach) => reach.legs,
        Err(cause) => {
            refuse(&call.account().directory, member, &cause, refused);
            Vec::new()
        }
    }
}

fn name(directory: &Directory, member: &Member) -> String {
    let kind = kind_of(member.kind);
    let name = directory.name(kind, &member.id).filter(|n| !n.is_empty());
    name.unwrap_or_else(|| member.id.clone())
}

/// A phone that several members name rings once: ringing times that touch become one.
fn merge(legs: &mut Vec<Leg>) {
    legs.sort_by_key(|leg| leg.delay_ms);
    let mut merged: Vec<Leg> = Vec::with_capacity(legs.len());
    for leg in legs.drain(..) {
        let end = |leg: &Leg| leg.delay_ms.saturating_add(leg.timeout_ms.unwrap_or(0));
        let same = merged
            .iter_mut()
            .rev()
            .find(|known| known.target == leg.target);
        match same {
            Some(known) if leg.delay_ms <= end(known) => {
                let until = end(known).max(end(&leg));
                known.timeout_ms = Some(until.saturating_sub(known.delay_ms));
                // Whoever is rung in person does not confirm what was forwarded.
                known.confirm &= leg.confirm;
            }
            _ => merged.push(leg),
        }
    }
    *legs = merged;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Target;
    use serde_json::{Value, json};

    fn leg(device: &str, delay_ms: u64, timeout_ms: u64) -> Leg {
        Leg {
            delay_ms,
            timeout_ms: Some(timeout_ms),
            ..Leg::to(Target::Device(device.into()))
        }
    }

    fn directory(groups: &[(&str, Value)]) -> Directory {
        let mut directory = Directory::default();
        for (id, group) in groups {
            let object = group.as_object().cloned().unwrap_or_default();
            directory.insert(ResourceKind::RingGroup, *id, object);
        }
        directory
    }

    fn ids(members: &[Member]) -> Vec<&str> {
        members.iter().map(|m| m.id.as_str()).collect()
    }

    #[test]
    fn phone_named_twice_rings_once_for_the_longer_time() {
        let mut legs = vec![
            leg("a", 0, 20_000),
            leg("b", 0, 5_000),
            leg("a", 10_000, 20_000),
        ];
        merge(&mut legs);
        assert_eq!(legs, [leg("a", 0, 30_000), leg("b", 0, 5_000)]);
    }

    #[test]
    fn phone_rings_again_after_a_pause() {
        let mut legs = vec![leg("a", 30_000, 5_000), leg("a", 0, 5_000)];
        merge(&mut legs);
        assert_eq!(legs.len(), 2);
    }

    #[test]
    fn group_in_order_follows_weight_and_keeps_members_without_one() {
        let directory = directory(&[(
            "g",
            json!({"endpoints": {"x": {"type": "user"}, "b": {"type": "user", "weight": 2},
                                 "a": {"type": "user", "weight": 1}, "c": {"type": "user", "weight": 2}}}),
        )]);
        let opened = open(&directory, &[Member::new(MemberKind::Group, "g")], true);
        assert_eq!(ids(&opened), ["a", "b", "c", "x"]);
    }

    #[test]
    fn groups_that_contain_each_other_are_opened_once() {
        let directory = directory(&[
            (
                "g",
                json!({"endpoints": {"h": {"type": "group"}, "a": {"type": "user"}}}),
            ),
            (
                "h",
                json!({"endpoints": {"g": {"type": "group"}, "b": {"type": "user"}}}),
            ),
        ]);
        let opened = open(&directory, &[Member::new(MemberKind::Group, "g")], false);
        assert_eq!(ids(&opened), ["b", "a"]);
    }

    #[test]
    fn own_times_win_over_those_of_the_group() {
        let directory = directory(&[(
            "g",
            json!({"endpoints": {"a": {"type": "user", "delay": 3}, "b": {"type": "user"}}}),
        )]);
        let mut group = Member::new(MemberKind::Group, "g");
        group.delay = Some(9);
        group.timeout = Some(12);
        let opened = open(&directory, &[group], false);
        let times: Vec<_> = opened.iter().map(|m| (m.delay, m.timeout)).collect();
        assert_eq!(times, [(Some(3), Some(12)), (Some(9), Some(12))]);
    }
}
