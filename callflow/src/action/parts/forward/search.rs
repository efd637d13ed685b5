//! Looking up what rings, from forwarding to forwarding.

use super::{Rung, plain};
use crate::action::parts::endpoint::{self, Terms};
use crate::action::parts::switch;
use crate::action::{Action, temporal_route};
use crate::call::Call;
use crate::cause::Cause;
use crate::command::{Leg, Outside, Party, Target};
use crate::flow::Flow;
use crate::limits;
use crate::live::{Live, Owner};
use crate::resource::{Endpoint, Forward, Forwards, MatchRule, Shown};
use crate::route::Origin;
use regex_lite::Regex;
use std::sync::Arc;

/// Forwarding that leads back to where it came from, or on for ever.
const CIRCLE: Cause = Cause::DESTINATION_OUT_OF_ORDER;

/// A search for what rings.
pub(super) struct Search<'a> {
    call: &'a Call,
    live: &'a Live,
    terms: Terms,
    rung: Rung,
    /// Who is being looked up: each because the one before forwards to them.
    pub(super) path: Vec<Owner>,
    /// How often forwarding was followed, in all.
    followed: usize,
    pub(super) notes: Vec<String>,
    pub(super) ignore_early_media: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(call: &'a Call, live: &'a Live, terms: Terms, rung: Rung) -> Self {
        Self {
            call,
            live,
            terms,
            rung,
            path: Vec::new(),
            followed: 0,
            notes: Vec::new(),
            ignore_early_media: false,
        }
    }

    pub(super) fn owner(&mut self, owner: &Owner) -> Result<Vec<Leg>, Cause> {
        if self.path.contains(owner) || self.path.len() > limits::MAX_FORWARDS {
            let name = switch::name(self.call, owner);
            self.notes.push(format!(
                "Forwarding goes in a circle at {name}; it is not followed."
            ));
            return Err(CIRCLE);
        }
        self.path.push(owner.clone());
        let legs = match owner {
            Owner::User(id) => self.user(id, owner),
            Owner::Device(id) => self.device(id, owner),
        };
        self.path.pop();
        legs
    }

    fn user(&mut self, id: &str, owner: &Owner) -> Result<Vec<Leg>, Cause> {
        let directory = Arc::clone(&self.call.account().directory);
        let endpoint = directory.endpoint(None, Some(id));
        if endpoint.user.is_none() {
            return Err(Cause::named("NOT_FOUND"));
        }
        endpoint::refusal(self.call, &endpoint, self.terms)?;
        let forwards = endpoint.user_forwards(self.live).unwrap_or_default();
        if let Some(rule) = self.selected(&endpoint, &forwards) {
            return self.forward(owner, &endpoint, &rule);
        }
        if endpoint.is_quiet(self.live) {
            return Err(Cause::named("DO_NOT_DISTURB"));
        }
        let own = self.applies(&forwards.always);
        let mut legs = Vec::new();
        let mut why = None;
        if own {
            match self.forward(owner, &endpoint, &forwards.always) {
                found if forwards.always.substitute => return found,
                Ok(found) => legs.extend(found),
                Err(cause) => why = Some(cause),
            }
        }
        for device in directory.phones_of(self.live, id) {
            match self.phone(&device, Some(id), &[]) {
                Ok(found) => legs.extend(found),
                Err(cause) => why = why.or(Some(cause)),
            }
        }
        if legs.is_empty() {
            Err(why.unwrap_or(Cause::NO_ENDPOINTS))
        } else {
            Ok(legs)
        }
    }

    fn device(&mut self, id: &str, owner: &Owner) -> Result<Vec<Leg>, Cause> {
        let directory = Arc::clone(&self.call.account().directory);
        let user = directory.user_of(self.live, id);
        let endpoint = directory.endpoint(Some(id), user.as_deref());
        if endpoint.device.is_none() {
            return Err(Cause::named("NOT_FOUND"));
        }
        endpoint::refusal(self.call, &endpoint, self.terms)?;
        let both = [
            endpoint.device_forwards(self.live),
            endpoint.user_forwards(self.live),
        ];
        for forwards in both.iter().flatten() {
            if let Some(rule) = self.selected(&endpoint, forwards) {
                return self.forward(owner, &endpoint, &rule);
            }
        }
        // A device that does not forward does as its user does.
        let users = both[1].as_ref().map(|forwards| &forwards.always);
        self.phone(id, user.as_deref(), users.as_slice())
    }

    /// A phone and its own forwarding, else the first of `others` that is on.
    fn phone(
        &mut self,
        id: &str,
        user: Option<&str>,
        others: &[&Forward],
    ) -> Result<Vec<Leg>, Cause> {
        let directory = Arc::clone(&self.call.account().directory);
        let leg = endpoint::phone(self.call, self.live, id, user, self.terms)?;
        let endpoint = directory.endpoint(Some(id), user);
        let own = endpoint.device_forwards(self.live).unwrap_or_default();
        let all = [&own.always].into_iter().chain(others.iter().copied());
        let Some(forward) = all.into_iter().find(|forward| self.applies(forward)) else {
            return Ok(vec![leg]);
        };
        let owner = Owner::Device(id.to_owned());
        match self.forward(&owner, &endpoint, forward) {
            found if forward.substitute => found,
            Ok(mut legs) => {
                legs.insert(0, leg);
                Ok(legs)
            }
            Err(_) => Ok(vec![leg]),
        }
    }

    /// Whether forwarding is on and meant for a call such as this.
    fn applies(&self, forward: &Forward) -> bool {
        // An intercom is for the phone at the other end, not for a number somewhere else.
        forward.is_on()
            && !self.call.memory().auto_answer
            && (self.rung == Rung::Directly || !forward.direct_calls_only)
    }

    /// The first rule that the call fits; only who is called directly has rules.
    fn selected(&self, endpoint: &Endpoint<'_>, forwards: &Forwards) -> Option<Forward> {
        if self.rung == Rung::AsMember {
            return None;
        }
        let fits = |forward: &&Forward| self.applies(forward) && self.fits(endpoint, forward);
        forwards.selective.iter().find(fits).cloned()
    }

    fn fits(&self, endpoint: &Endpoint<'_>, forward: &Forward) -> bool {
        let directory = &self.call.account().directory;
        let list = directory.match_list(&forward.match_list.0);
        let rules = match (list, forward.own_rule()) {
            (Some(list), _) => list.rules().unwrap_or_default(),
            // A rule with a list that is gone fits no call.
            (None, rule) => rule
                .filter(|_| forward.match_list.0.is_empty())
                .into_iter()
                .collect(),
        };
        let zone = endpoint.timezone();
        !rules.is_empty() && rules.iter().all(|rule| self.fits_rule(rule, zone))
    }

    fn fits_rule(&self, rule: &MatchRule, zone: Option<&str>) -> bool {
        match rule {
            MatchRule::Caller { regex, name } => {
                let caller = self.call.caller_id();
                let text = if *name { &caller.name } else { &caller.number };
                Regex::new(regex).is_ok_and(|regex| regex.is_match(text))
            }
            MatchRule::Time(id) => temporal_route::applies_now(self.call, self.live, id, zone),
        }
    }

    /// What rings in place of somebody who was not reached.
    pub(super) fn instead(&mut self, owner: &Owner, cause: &Cause) -> Option<Vec<Leg>> {
        let directory = Arc::clone(&self.call.account().directory);
        let user;
        let (endpoint, phones) = match owner {
            Owner::User(id) => (
                directory.endpoint(None, Some(id)),
                directory.phones_of(self.live, id),
            ),
            Owner::Device(id) => {
                user = directory.user_of(self.live, id);
                (directory.endpoint(Some(id), user.as_deref()), Vec::new())
            }
        };
        let of = |kind: fn(Forwards) -> Forward| endpoint.forward(self.live, kind);
        let forward = match cause.as_str() {
            "USER_BUSY" | "CALL_REJECTED" => of(|forwards| forwards.busy),
            "NO_ANSWER" => of(|forwards| forwards.no_answer),
            "SUBSCRIBER_ABSENT" | "USER_NOT_REGISTERED" | "NO_ENDPOINTS" => {
                of(|forwards| forwards.failover).or_else(|| of(|forwards| forwards.no_answer))
            }
            _ => return None,
        };
        if let Some(forward) = forward {
            return self.forward(owner, &endpoint, &forward).ok();
        }
        // Each of the phones may have a number for the time when it is not there.
        let absent = !matches!(cause.as_str(), "USER_BUSY" | "CALL_REJECTED" | "NO_ANSWER");
        let mut legs = Vec::new();
        for id in phones.iter().filter(|_| absent) {
            let user = endpoint.user.map(|(user, _)| user);
            let endpoint = directory.endpoint(Some(id), user);
            let failover = endpoint.forward(self.live, |forwards| forwards.failover);
            let owner = Owner::Device(id.clone());
            if let Some(forward) = failover {
                let found = self.forward(&owner, &endpoint, &forward);
                legs.extend(found.unwrap_or_default());
            }
        }
        (!legs.is_empty()).then_some(legs)
    }

    /// What rings at the number that calls of an owner are forwarded to.
    fn forward(
        &mut self,
        owner: &Owner,
        endpoint: &Endpoint<'_>,
        forward: &Forward,
    ) -> Result<Vec<Leg>, Cause> {
        self.followed += 1;
        if self.followed > limits::MAX_LEGS {
            return Err(CIRCLE);
        }
        let number = plain(&forward.number.0);
        let class = endpoint.settings.classes.of(&number);
        if endpoint.denies(class) {
            self.notes.push(format!(
                "{} may not forward calls to {number}: {class} numbers are not allowed.",
                switch::name(self.call, owner)
            ));
            return Err(Cause::named("OUTGOING_CALL_BARRED"));
        }
        self.ignore_early_media |= forward.ignore_early_media;
        let language = endpoint.language().map(str::to_owned);
        if let Some(inside) = self.extension(&number) {
            let legs = self.owner(&inside);
            let shown = endpoint.caller_id(Shown::Internal);
            let own = Some(shown).filter(|id| !forward.keep_caller_id && !id.number.is_empty());
            return legs.map(|mut legs| {
                for leg in &mut legs {
                    leg.confirm |= forward.require_keypress;
                    leg.language = leg.language.take().or_else(|| language.clone());
                    leg.caller = leg.caller.take().or_else(|| own.clone());
                }
                legs
            });
        }
        let caller = (!forward.keep_caller_id).then(|| outside_id(endpoint, class));
        let outside = Outside {
            class: Some(class.to_owned()),
            carriers_of: self.carriers(&number),
            diverted_from: Some(self.address(endpoint)),
            number,
            ..Outside::default()
        };
        let leg = Leg {
            confirm: forward.require_keypress,
            language,
            caller: caller.filter(|id| !id.number.is_empty()),
            ..self
                .terms
                .leg(self.call, Target::Outside(Box::new(outside)))
        };
        Ok(vec![leg])
    }

    /// The user or device whom a number of the account rings first.
    fn extension(&self, number: &str) -> Option<Owner> {
        let (flow, catch_all) = self.flow_of(number)?;
        let first = flow.node(flow.root()?).filter(|node| node.enabled)?;
        match &first.action {
            _ if catch_all => None,
            Action::User(user) => Some(Owner::User(user.id.id().to_owned())),
            Action::Device(device) => Some(Owner::Device(device.id.id().to_owned())),
            _ => None,
        }
    }

    /// Whose carriers carry a call outside: those of an account, where the number leads to such a step.
    fn carriers(&self, number: &str) -> Option<String> {
        let (flow, _) = self.flow_of(number)?;
        let mut steps = flow.nodes().map(|(_, node)| &node.action);
        let step = steps.find(|action| action.module() == "resources")?;
        let other = step.get("hunt_account_id");
        let other = other.as_str().filter(|id| !id.is_empty());
        Some(other.map_or_else(|| self.call.account().id.to_string(), str::to_owned))
    }

    /// The flow that answers a number, and whether it answers whatever nothing else does.
    fn flow_of(&self, number: &str) -> Option<(&'a Flow, bool)> {
        let account = self.call.account();
        let route = account.routes.find(number, Origin::Internal)?;
        let program = account.programs.get(&route.callflow)?;
        Some((&program.callflow.flow, route.catch_all))
    }

    /// Who forwards, as an address for the `Diversion` header (RFC 5806).
    fn address(&self, endpoint: &Endpoint<'_>) -> String {
        let presence = endpoint.user.map(|(_, user)| user.presence_id.0.clone());
        let own = endpoint.caller_id(Shown::Internal).number;
        let said = [presence.unwrap_or_default(), own];
        let user = said.into_iter().find(|text| !text.is_empty());
        let user = user.unwrap_or_else(|| self.call.info().dialled.clone());
        let user = user.split('@').next().unwrap_or_default();
        format!("sip:{user}@{}", self.call.account().realm)
    }
}

/// The forwarder's caller ID for a class of numbers outside.
fn outside_id(endpoint: &Endpoint<'_>, class: &str) -> Party {
    let external = endpoint.caller_id(Shown::External);
    let emergency = endpoint.caller_id(Shown::Emergency);
    if class == "emergency" && !emergency.number.is_empty() {
        emergency
    } else {
        external
    }
}
