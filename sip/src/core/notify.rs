//! Subscriptions to what we publish: the notifier of RFC 6665.

use super::{Core, DialogUser};
use crate::dialog::{Dialog, contact};
use crate::event::{Event, SubscriptionId};
use crate::flow::Flow;
use crate::header::{EventHeader, Name, Via};
use crate::message::Message;
use crate::subscribe::{ALLOW_EVENTS, Package, State, document};
use crate::time::Time;
use crate::timer::{Owner, earlier};
use crate::transaction::{ClientOwner, ServerOwner};
use crate::uri::Host;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// See [`Pace`].
const SLICE: Duration = Duration::from_millis(5);

/// One watcher of one resource.
pub(super) struct Subscription {
    id: SubscriptionId,
    pub(super) dialog: Dialog,
    package: Package,
    /// `id` of the Event header, repeated in each NOTIFY.
    event_id: Option<String>,
    resource: String,
    /// Address of record of who watches.
    watcher: String,
    expires_at: Time,
    version: u32,
    sent_at: Option<Time>,
    /// Something changed since the last NOTIFY.
    dirty: bool,
    /// A NOTIFY is under way; the next waits for its answer.
    outstanding: bool,
    /// It waits in [`Pace::waiting`] for its turn.
    queued: bool,
    /// Why it ends; the last NOTIFY says so.
    ending: Option<&'static str>,
}

impl Subscription {
    fn deadline(&self, interval: Duration) -> Option<Time> {
        if self.ending.is_some() {
            return None; // its last NOTIFY ends it
        }
        let waits = self.dirty && !self.outstanding && !self.queued;
        let next = self.sent_at.filter(|_| waits);
        earlier(next.map(|sent| sent + interval), Some(self.expires_at))
    }
}

/// How fast changes are told: so many NOTIFYs in each slice of time, first come, first served. A change that thousands
/// watch would otherwise fill the buffers of sockets and connections at once, and be lost or take them down.
#[derive(Default, Debug)]
pub(super) struct Pace {
    began: Time,
    sent: usize,
    /// Each at most once: [`Subscription::queued`].
    waiting: VecDeque<SubscriptionId>,
}

impl Pace {
    /// Whether one more may go at once.
    fn takes(&mut self, now: Time, burst: usize) -> bool {
        if now >= self.began + SLICE {
            (self.began, self.sent) = (now, 0);
        }
        let free = self.waiting.is_empty() && self.sent < burst;
        self.sent += usize::from(free);
        free
    }
}

impl Core {
    /// A SUBSCRIBE outside any dialog was admitted.
    pub(super) fn subscribe(&mut self, now: Time, tx: u64, request: &Message, watcher: String) {
        let event = request.header(Name::Event).and_then(EventHeader::parse);
        let package = event
            .as_ref()
            .and_then(|event| Package::from_name(&event.package));
        let (Some(event), Some(package)) = (event, package) else {
            return self.reply(now, tx, 489, &[("Allow-Events", ALLOW_EVENTS)], None);
        };
        let Some(expires) = self.wanted_interval(now, tx, request) else {
            return;
        };
        let Some(server) = self.servers.get(&tx) else {
            return;
        };
        let (flow, to_tag) = (server.flow, server.to_tag.clone());
        let Some(resource) = resource(request, &watcher) else {
            return self.reply(now, tx, 404, &[], None);
        };
        let user = resource.split('@').next().unwrap_or("");
        let ours = contact(user, &flow, self.config.external_address);
        let Some(dialog) = Dialog::answering(request, flow, &to_tag, ours) else {
            return self.reply(now, tx, 400, &[], None);
        };
        let id = SubscriptionId(self.id());
        let mut subscription = Box::new(Subscription {
            id,
            dialog,
            package,
            event_id: event.id,
            resource: resource.clone(),
            watcher: watcher.clone(),
            expires_at: now + expires,
            version: 0,
            sent_at: None,
            dirty: true,
            outstanding: false,
            queued: false,
            ending: expires.is_zero().then_some("timeout"),
        });
        // Hosts given by name cannot be told apart from their proxies; the flow is right for both.
        let _ = subscription.dialog.aim();
        self.dialogs
            .insert(subscription.dialog.key(), DialogUser::Subscription(id));
        self.watched
            .entry((package, resource.clone()))
            .or_default()
            .insert(id);
        self.subscribed(now, tx, &subscription, expires);
        if !expires.is_zero() {
            self.emit(Event::Subscribed {
                subscription: id,
                package,
                resource,
                watcher,
            });
        }
        self.subscriptions.insert(id, subscription);
        self.notify(now, id);
    }

    /// A SUBSCRIBE inside its dialog: refresh, or the end.
    pub(super) fn resubscribe(
        &mut self,
        now: Time,
        flow: Flow,
        request: &Message,
        via: &Via,
        id: SubscriptionId,
    ) {
        let tx = self.open_server(now, flow, request.clone(), via, ServerOwner::None);
        let Some(expires) = self.wanted_interval(now, tx, request) else {
            return;
        };
        let Some(mut subscription) = self.subscriptions.remove(&id) else {
            return;
        };
        if subscription.ending.is_some() {
            self.subscriptions.insert(id, subscription);
            return self.reply(now, tx, 481, &[], None);
        }
        subscription.dialog.refresh(request);
        let _ = subscription.dialog.aim();
        subscription.expires_at = now + expires;
        subscription.dirty = true;
        subscription.ending = expires.is_zero().then_some("timeout");
        self.subscribed(now, tx, &subscription, expires);
        self.subscriptions.insert(id, subscription);
        self.notify(now, id);
    }

    /// The interval asked for, within bounds; `None` if it was answered 423.
    fn wanted_interval(&mut self, now: Time, tx: u64, request: &Message) -> Option<Duration> {
        let bounds = self.config.subscription;
        let wanted = match request.number(Name::Expires) {
            Some(seconds) => Duration::from_secs(seconds.into()),
            None => bounds.default,
        };
        if !wanted.is_zero() && wanted < bounds.min {
            let min = bounds.min.as_secs().to_string();
            self.reply(now, tx, 423, &[("Min-Expires", &min)], None);
            return None;
        }
        Some(wanted.min(bounds.max))
    }

    fn subscribed(&mut self, now: Time, tx: u64, subscription: &Subscription, expires: Duration) {
        let Some(request) = self
            .servers
            .get(&tx)
            .and_then(|server| server.request.clone())
        else {
            return;
        };
        let Some(builder) = self.response_to(tx, 200, None) else {
            return;
        };
        let bytes = builder
            .repeat(&request, Name::RecordRoute)
            .header("Contact", &subscription.dialog.contact)
            .header("Expires", expires.as_secs())
            .empty();
        self.respond(now, tx, 200, bytes);
    }

    /// Sets the state of a resource (`user@domain`); whoever watches it is told.
    pub fn publish(&mut self, now: Time, resource: &str, state: State) {
        let key = (state.package(), resource.to_owned());
        let neutral = key.0.neutral();
        let old = self.states.get(&key).unwrap_or(&neutral);
        if *old == state {
            return;
        }
        let watchers = self.watched.get(&key).cloned().unwrap_or_default();
        if state == neutral {
            self.states.remove(&key);
        } else {
            self.states.insert(key, state);
        }
        for id in watchers {
            if let Some(subscription) = self.subscriptions.get_mut(&id)
                && subscription.ending.is_none()
            {
                subscription.dirty = true;
                self.notify_when_due(now, id);
            }
        }
    }

    fn notify_when_due(&mut self, now: Time, id: SubscriptionId) {
        let interval = self.config.notify_interval;
        let Some(subscription) = self.subscriptions.get(&id) else {
            return;
        };
        let due = subscription
            .sent_at
            .is_none_or(|sent| sent + interval <= now);
        let at = subscription.deadline(interval);
        let ready = due && subscription.dirty && !subscription.outstanding && !subscription.queued;
        let burst = self.config.limits.notify_burst.max(1);
        if ready && self.pace.takes(now, burst) {
            self.notify(now, id);
        } else if ready {
            self.queue(id);
        } else {
            self.deadlines.set(Owner::Subscription(id.0), at);
        }
    }

    /// Has a NOTIFY wait for its turn.
    fn queue(&mut self, id: SubscriptionId) {
        let interval = self.config.notify_interval;
        let Some(subscription) = self.subscriptions.get_mut(&id) else {
            return;
        };
        subscription.queued = true;
        let at = subscription.deadline(interval);
        self.deadlines.set(Owner::Subscription(id.0), at);
        self.pace.waiting.push_back(id);
        self.deadlines
            .set(Owner::Notifies, Some(self.pace.began + SLICE));
    }

    /// The turn of those that wait.
    pub(super) fn fire_notifies(&mut self, now: Time) {
        let burst = self.config.limits.notify_burst.max(1);
        (self.pace.began, self.pace.sent) = (now, 0);
        while self.pace.sent < burst
            && let Some(id) = self.pace.waiting.pop_front()
        {
            // What ended, or was told meanwhile because it was refreshed, takes no turn.
            let Some(subscription) = self.subscriptions.get_mut(&id) else {
                continue;
            };
            subscription.queued = false;
            if subscription.dirty && !subscription.outstanding && subscription.ending.is_none() {
                self.pace.sent += 1;
                self.notify(now, id);
            }
        }
        let next = (!self.pace.waiting.is_empty()).then(|| now + SLICE);
        self.deadlines.set(Owner::Notifies, next);
    }

    /// Sends a NOTIFY with the whole state.
    fn notify(&mut self, now: Time, id: SubscriptionId) {
        let branch = self.branch();
        let external = self.config.external_address;
        let interval = self.config.notify_interval;
        let Some(subscription) = self.subscriptions.get_mut(&id) else {
            return;
        };
        let key = (subscription.package, subscription.resource.clone());
        let neutral = key.0.neutral();
        let state = self.states.get(&key).unwrap_or(&neutral);
        let body = document(state, &subscription.resource, subscription.version);
        let left = subscription.expires_at.since(now).as_secs();
        let standing = match subscription.ending {
            Some(reason) => format!("terminated;reason={reason}"),
            None => format!("active;expires={left}"),
        };
        let package = subscription.package;
        let event = match &subscription.event_id {
            Some(id) => format!("{};id={id}", package.name()),
            None => package.name().to_owned(),
        };
        subscription.dialog.local_cseq += 1;
        subscription.version = subscription.version.wrapping_add(1);
        subscription.dirty = false;
        subscription.outstanding = true;
        subscription.sent_at = Some(now);
        let dialog = &subscription.dialog;
        let bytes = dialog
            .request("NOTIFY", dialog.local_cseq, &branch, external)
            .header("Contact", &dialog.contact)
            .header("Event", event)
            .header("Subscription-State", standing)
            .body(package.media_type(), body.as_bytes());
        let flow = dialog.flow;
        let at = subscription.deadline(interval);
        self.deadlines.set(Owner::Subscription(id.0), at);
        self.send_request(now, flow, branch, bytes, ClientOwner::Notify(id));
    }

    /// A NOTIFY got its final response, or none.
    pub(super) fn notified(
        &mut self,
        now: Time,
        id: SubscriptionId,
        code: u16,
        response: Option<&Message>,
    ) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else {
            return;
        };
        subscription.outstanding = false;
        let again = response.is_some_and(|response| response.header(Name::RetryAfter).is_some());
        let failed = code >= 300 && !again;
        if failed || (subscription.ending.is_some() && !subscription.dirty) {
            return self.unsubscribe(id); // RFC 6665 §4.2.2
        }
        if subscription.ending.is_some() {
            return self.notify(now, id);
        }
        self.notify_when_due(now, id);
    }

    pub(super) fn fire_subscription(&mut self, now: Time, id: SubscriptionId) {
        let Some(subscription) = self.subscriptions.get(&id) else {
            return;
        };
        if subscription.expires_at <= now && subscription.ending.is_none() {
            return self.end_subscription(now, id, "timeout");
        }
        self.notify_when_due(now, id);
    }

    /// Ends all that these addresses of record watch. They may subscribe again at once, if they still
    /// may at all: `deactivated` (RFC 6665 §4.1.3).
    pub(super) fn end_subscriptions(&mut self, now: Time, watchers: &BTreeSet<String>) {
        let all = self.subscriptions.values();
        let ended: Vec<SubscriptionId> = all
            .filter(|it| it.ending.is_none() && watchers.contains(&it.watcher))
            .map(|it| it.id)
            .collect();
        for id in ended {
            self.end_subscription(now, id, "deactivated");
        }
    }

    fn end_subscription(&mut self, now: Time, id: SubscriptionId, reason: &'static str) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else {
            return;
        };
        subscription.ending = Some(reason);
        if subscription.outstanding {
            subscription.dirty = true; // the last NOTIFY goes out after this one
        } else {
            self.notify(now, id);
        }
    }

    fn unsubscribe(&mut self, id: SubscriptionId) {
        self.deadlines.set(Owner::Subscription(id.0), None);
        let Some(subscription) = self.subscriptions.remove(&id) else {
            return;
        };
        self.dialogs.remove(&subscription.dialog.key());
        let (package, resource) = (subscription.package, subscription.resource.clone());
        let key = (package, resource.clone());
        if let Some(watchers) = self.watched.get_mut(&key) {
            watchers.remove(&id);
            if watchers.is_empty() {
                self.watched.remove(&key);
            }
        }
        let subscription = subscription.id;
        self.emit(Event::Unsubscribed {
            subscription,
            package,
            resource,
        });
    }
}

/// What is watched: the Request-URI, in the domain of the watcher if it names ours by address.
fn resource(request: &Message, watcher: &str) -> Option<String> {
    let uri = request.request_uri()?;
    let user = uri.user.as_deref()?;
    let host = match (&uri.host, watcher.rsplit_once('@')) {
        (Host::Ip(_), Some((_, domain))) => domain.to_owned(),
        (host, _) => host.to_string(),
    };
    Some(format!("{user}@{host}"))
}
