//! Whom a caller talks with: a phone that this call has rung, or somebody in another call.

use super::Call;
use super::attend::Attending;
use super::bridge::Bridged;
use super::dial::{Fork, Winner};
use super::line::{Far, Line};
use super::pickup::Asking;
use super::record::LegIndex;
use super::transfer::Transfer;
use crate::report::LegRole;
use callflow::Cause;
use std::net::SocketAddr;

/// The other side of a conversation.
pub(crate) enum Party {
    /// A phone that this call has rung.
    Phone(Fork),
    /// Somebody in another call, which has that leg.
    Call(Neighbour),
}

/// Somebody in another call, at the other end of a line.
pub(crate) struct Neighbour {
    pub(crate) line: Line,
    /// Where this call's record tells of them.
    pub(crate) record: LegIndex,
}

impl Party {
    pub(crate) fn phone(&self) -> Option<&Fork> {
        match self {
            Self::Phone(fork) => Some(fork),
            Self::Call(_) => None,
        }
    }

    pub(crate) fn phone_mut(&mut self) -> Option<&mut Fork> {
        match self {
            Self::Phone(fork) => Some(fork),
            Self::Call(_) => None,
        }
    }

    pub(crate) fn neighbour_mut(&mut self) -> Option<&mut Neighbour> {
        match self {
            Self::Phone(_) => None,
            Self::Call(neighbour) => Some(neighbour),
        }
    }
}

/// The line on which another call may say something. A call has one at a time.
pub(crate) fn line<'a>(
    bridged: &'a mut Option<Bridged>,
    winner: &'a mut Option<Winner>,
    pickup: &'a mut Option<Asking>,
    attending: &'a mut Option<Attending>,
    transfer: &'a mut Option<Transfer>,
) -> Option<&'a mut Line> {
    let bridged = bridged.as_mut().and_then(Bridged::neighbour_mut);
    let winner = winner.as_mut().filter(|it| !it.ended);
    let winner = winner.and_then(|it| it.party.neighbour_mut());
    let neighbour = bridged.or(winner).map(|it| &mut it.line);
    let asking = pickup.as_mut().and_then(Asking::line_mut);
    let attending = attending.as_mut().map(Attending::line_mut);
    let transferor = transfer.as_mut().and_then(Transfer::conversation_mut);
    let transferor = transferor.and_then(Bridged::neighbour_mut);
    let transferor = transferor.map(|it| &mut it.line);
    attending.or(neighbour).or(asking).or(transferor)
}

impl Call {
    /// Whom a phone belongs to.
    pub(crate) fn who_is(&self, phone: &Fork) -> callflow::command::Party {
        match phone.device.as_deref() {
            Some(device) => crate::router::device_caller(&self.account, device, None),
            None => callflow::command::Party {
                name: String::new(),
                number: self.record.number(phone.record).unwrap_or_default(),
            },
        }
    }

    /// Ends what this call has of a party.
    pub(crate) async fn leave(&mut self, party: Party, cause: &Cause) {
        match party {
            Party::Phone(fork) => self.hang_up(fork, cause, None).await,
            Party::Call(neighbour) => self.record.ended(neighbour.record, cause.as_str(), None),
        }
    }

    /// Notes in the record that somebody in another call takes part in this one.
    pub(crate) fn neighbour(
        &mut self,
        role: LegRole,
        line: Line,
        device: Option<String>,
        peer: Option<SocketAddr>,
    ) -> Neighbour {
        let record = self.record.joined(role, device, peer);
        Neighbour { line, record }
    }

    /// The caller, as another call is told of it.
    pub(crate) fn caller_as_far(&self) -> Far {
        Far {
            leg: self.caller.audio.leg.reference(),
            device: self.caller.device.clone(),
            peer: self.record.peer(self.caller.record),
        }
    }

    /// A phone that this call has rung, as another call is told of it.
    pub(crate) fn phone_as_far(&self, fork: &Fork) -> Far {
        Far {
            leg: fork.audio.leg.reference(),
            device: fork.device.clone(),
            peer: self.record.peer(fork.record),
        }
    }
}
