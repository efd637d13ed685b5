//! Ring Group: rings several people and phones. KAZOO module `ring_group`.

use crate::action::parts::dial::{self, Attempt};
use crate::action::parts::{members, sound};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Dialed, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::directory::Directory;
use crate::resource::{Group, Member, MemberKind, Members, ResourceKind};
use crate::route::Origin;
use crate::value::{HeaderValue, Int, MediaRef, Ref, Seconds, Text};
use std::collections::BTreeSet;

crate::choice! {
    /// How the members of a ring group ring.
    pub enum RingOrder {
        /// All together, each after its delay.
        Simultaneous = "simultaneous", "At the same time";
        /// One member after another.
        Single = "single", "In order";
        /// One member after another, in an order drawn by weight for each call.
        WeightedRandom = "weighted_random", "In a random order by weight";
    }
}

crate::fields! {
    /// Rings users, devices and groups until somebody answers.
    pub struct RingGroup {
        /// Shown on the block.
        name: Text<0, 128> = Text::default(), "name", "Name";
        /// Who rings. Each member has a delay before it rings and a time that it rings, in seconds.
        endpoints: Members = Members::default(), "endpoints", "Members";
        /// A ring group of the account whose members ring too.
        group_id: Option<Ref<Group>> = None, "group_id", "Also the members of";
        /// Whether the members ring together or one after another.
        strategy: RingOrder = RingOrder::Simultaneous, "strategy", "Members ring";
        /// Seconds after which a try ends; empty or 0 gives every member its full time.
        timeout: Option<Seconds<0, 3_600>> = None, "timeout", "Ring for at most";
        /// How often the members are rung before the call goes on.
        repeats: Int<1, 100> = Int(1), "repeats", "Tries";
        /// What the caller hears while it rings; empty is the ordinary ringback tone.
        ringback: MediaRef = MediaRef::default(), "ringback", "Ringback";
        /// Alert-Info that the phones get on calls from colleagues.
        ring_internal: HeaderValue<0, 256> = HeaderValue::default(), "ringtones.internal", "Internal ringtone";
        /// Alert-Info that the phones get on calls from outside.
        ring_external: HeaderValue<0, 256> = HeaderValue::default(), "ringtones.external", "External ringtone";
        /// Calls that a phone sends on to another number (SIP 302) count as not reached.
        ignore_forward: bool = true, "ignore_forward", "Ignore forwarding by phones";
        /// The caller hears ringback, not what a phone sends before it answers.
        ignore_early_media: bool = true, "ignore_early_media", "Ignore early media";
        /// One phone that refuses ends the ringing of all.
        fail_on_single_reject: bool = false, "fail_on_single_reject", "One refusal ends it";
    }
}

impl RingGroup {
    /// Milliseconds that one try may take; `None` as long as the members ring.
    fn limit_ms(&self) -> Option<u64> {
        self.timeout.map(Seconds::millis).filter(|ms| *ms > 0)
    }

    /// The step's members, then those of its group.
    pub(crate) fn members(&self, directory: &Directory) -> Vec<Member> {
        let mut members = self.endpoints.0.clone();
        if let Some(group) = self
            .group_id
            .as_ref()
            .and_then(|id| directory.group(id.id()))
        {
            members.extend(group.members.0.iter().cloned());
        }
        members
    }

    fn alert_info(&self, origin: Origin) -> Option<String> {
        let value = match origin {
            Origin::Internal => &self.ring_internal.0,
            Origin::External => &self.ring_external.0,
        };
        (!value.is_empty()).then(|| value.clone())
    }

    async fn attempt(&self, call: &mut Call) -> Result<Attempt, Ended> {
        let members = self.members(&call.account().directory);
        let live = call.live().await?;
        let mut turns = members::turns(call, &live, &members, self.strategy);
        if let Some(value) = self.alert_info(call.info().origin) {
            for leg in turns.iter_mut().flatten() {
                leg.alert_info = Some(value.clone());
            }
        }
        Ok(Attempt {
            turns,
            timeout_ms: self.limit_ms(),
            ringback: sound::resolve(call, &self.ringback),
            ignore_early_media: self.ignore_early_media,
            fail_on_single_reject: self.fail_on_single_reject,
            ignore_forward: self.ignore_forward,
        })
    }

    fn check_members(&self, directory: &Directory, members: &[Member]) -> Vec<Finding> {
        let field = Some("endpoints");
        let mut found = Vec::from_iter(members::gone(directory, members, "endpoints"));
        // A delay counts inside the time of the try: such a member would never ring.
        let limit = self.timeout.map_or(0, |limit| limit.0);
        let late = members
            .iter()
            .find(|m| limit > 0 && m.delay.unwrap_or(0) >= limit);
        if let Some(member) = late.filter(|_| self.strategy == RingOrder::Simultaneous) {
            let name = directory.name(members::kind_of(member.kind), &member.id);
            found.push(Finding::warning(
                "MEMBER_NEVER_RINGS",
                field,
                format!(
                    "{} never rings: delay {} s, but the try ends after {limit} s",
                    name.unwrap_or_else(|| member.id.clone()),
                    member.delay.unwrap_or(0)
                ),
            ));
        }
        if self.strategy != RingOrder::Simultaneous && limit > 0 {
            let before: u32 = members
                .iter()
                .rev()
                .skip(1)
                .map(|m| m.delay.unwrap_or(0) + m.timeout.unwrap_or(Member::DEFAULT_TIMEOUT))
                .fold(0, u32::saturating_add);
            if before >= limit {
                found.push(Finding::warning(
                    "MEMBER_NEVER_RINGS",
                    Some("timeout"),
                    format!("The try ends after {limit} s, before the last member rings"),
                ));
            }
        }
        found
    }
}

impl Definition for RingGroup {
    const MODULE: &'static str = "ring_group";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Ring Group",
        category: Category::Basic,
        icon: "pc-ringgroup",
        family: Family::Connect,
        help: "Rings phones together or in order",
        synonyms: &["hunt", "hunt group", "team", "department", "group"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(dial::failure_branches())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let members = self.members(directory);
        if self.endpoints.0.is_empty() && self.group_id.is_none() {
            let message = "No members chosen";
            return vec![Finding::error("FIELD_REQUIRED", Some("endpoints"), message)];
        }
        if members.is_empty() {
            let message = "The group has no members to ring";
            return vec![Finding::warning(
                "RING_GROUP_EMPTY",
                Some("group_id"),
                message,
            )];
        }
        let mut found = self.check_members(directory, &members);
        if found.is_empty() && members::devices(directory, &members).is_empty() {
            let message = "None of the members has a phone to ring";
            found.push(Finding::warning(
                "RING_GROUP_EMPTY",
                Some("endpoints"),
                message,
            ));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let group = self.group_id.as_ref();
        let name = if self.name.0.is_empty() {
            // A step with one group and nothing else is that group.
            let only = match (group, self.endpoints.0.as_slice()) {
                (Some(group), []) => Some(group.id()),
                (None, [member]) if member.kind == MemberKind::Group => Some(member.id.as_str()),
                _ => None,
            };
            only.and_then(|id| directory.name(ResourceKind::RingGroup, id))
                .unwrap_or_default()
        } else {
            self.name.0.clone()
        };
        let phones = members::phones(directory, &self.members(directory));
        let parts: Vec<String> = [name, phones]
            .into_iter()
            .filter(|p| !p.is_empty())
            .collect();
        Caption::text(parts.join(" · "))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let mut last = Next::Continue;
        for _ in 0..self.repeats.0 {
            let attempt = self.attempt(call).await?;
            if attempt.turns.is_empty() {
                return Ok(dial::not_rung(call, Cause::NO_ENDPOINTS));
            }
            let dialed = dial::ring(call, attempt).await?;
            // A failure that has its own branch is not tried again; time that ran out is.
            if let Dialed::Failed { cause, sip } = &dialed {
                let by_code = sip.is_some_and(|code| call.has_branch(&format!("sip:{code}")));
                let by_cause = call.has_branch(cause.as_str());
                let timed_out = *cause == Cause::NO_ANSWER && sip.is_none();
                if (by_cause || by_code) && !timed_out {
                    return Ok(dial::after(dialed));
                }
            }
            match dial::after(dialed) {
                Next::Finished => return Ok(Next::Finished),
                failed => last = failed,
            }
        }
        Ok(last)
    }
}

impl RingGroup {
    /// The ids of the devices that may ring, for captions and checks.
    #[must_use]
    pub fn devices(&self, directory: &Directory) -> BTreeSet<String> {
        members::devices(directory, &self.members(directory))
    }
}
