//! Questions to the host, and operations that only the host can carry out.

use super::{Call, Ended};
use crate::command::{
    Command, Fax, HttpRequest, Join, Left, OpId, Page, Pickup, PickupMode, Query, StoredMessage,
};
use crate::event::{Event, Side};
use crate::live::Live;
use crate::trace::Step;
use std::sync::Arc;

/// What another system answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpAnswer {
    /// The status.
    pub(crate) status: u16,
    /// The media type of the body.
    pub(crate) content_type: String,
    /// The body.
    pub(crate) body: String,
}

/// How connecting with somebody else's call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PickedUp {
    /// There was a conversation, and the other side ended it.
    Talked,
    /// There are so many such calls, and not one.
    NoCall(u32),
    /// It could not be done.
    Failed,
}

impl Call {
    /// Asks for a number; `None` when the host cannot say.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn count(&mut self, query: Query) -> Result<Option<u64>, Ended> {
        match self.ask(query).await? {
            Some(Event::Count { count, .. }) => Ok(Some(count)),
            _ => Ok(None),
        }
    }

    /// The switches that people turn by phone; none when the host cannot say.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn live(&mut self) -> Result<Arc<Live>, Ended> {
        match self.ask(Query::Live).await? {
            Some(Event::Live { live, .. }) => Ok(live),
            _ => Ok(Arc::default()),
        }
    }

    /// The messages of a mailbox, oldest first; `None` when the host cannot say.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn messages(
        &mut self,
        mailbox: &str,
    ) -> Result<Option<Vec<StoredMessage>>, Ended> {
        let query = Query::Messages {
            mailbox: mailbox.to_owned(),
        };
        match self.ask(query).await? {
            Some(Event::Messages { messages, .. }) => Ok(Some(messages)),
            _ => Ok(None),
        }
    }

    async fn ask(&mut self, query: Query) -> Result<Option<Event>, Ended> {
        let op = self.start(|op| Command::Query { op, query });
        self.result(op, "Asking").await
    }

    /// The end of an operation; a failure is noted and is `None`.
    async fn result(&mut self, op: OpId, what: &str) -> Result<Option<Event>, Ended> {
        match self.finish(op).await? {
            Event::Failed { reason, .. } => {
                self.trouble(format!("{what} failed: {reason}"));
                Ok(None)
            }
            event => Ok(Some(event)),
        }
    }

    /// Takes part in a conference until the caller is out of it; `None` when it could not be done.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn join(&mut self, join: Join) -> Result<Option<Left>, Ended> {
        let role = if join.moderator {
            "moderator"
        } else {
            "member"
        };
        let room = join.conference.clone();
        let name = self
            .account
            .directory
            .name(crate::ResourceKind::Conference, &room);
        let name = name.unwrap_or(room);
        self.did(format!("join conference {name} as {role}"));
        let op = self.start(|op| Command::Join { op, join });
        self.left(op, "Joining the conference").await
    }

    /// Speaks to many phones; `None` when it could not be done.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn page(&mut self, page: Page) -> Result<Option<Left>, Ended> {
        let phones: Vec<&str> = page.legs.iter().map(crate::command::Leg::id).collect();
        self.did(format!("page {}", phones.join(", ")));
        let op = self.start(|op| Command::Page { op, page });
        self.left(op, "Paging").await
    }

    async fn left(&mut self, op: OpId, what: &str) -> Result<Option<Left>, Ended> {
        match self.result(op, what).await? {
            Some(Event::Left { why, .. }) => Ok(Some(why)),
            _ => Ok(None),
        }
    }

    /// Connects the caller with a call that exists, until that conversation ends.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn pick_up(&mut self, pickup: Pickup) -> Result<PickedUp, Ended> {
        let listens = pickup.mode == PickupMode::Listen;
        let op = self.start(|op| Command::Pickup { op, pickup });
        Ok(match self.result(op, "Picking up").await? {
            Some(Event::BridgeEnded { by, .. }) => {
                self.answered = true;
                self.memory.was_bridged |= !listens;
                if by == Side::Caller {
                    return Err(Ended);
                }
                PickedUp::Talked
            }
            Some(Event::NoCall { found, .. }) => PickedUp::NoCall(found),
            _ => PickedUp::Failed,
        })
    }

    /// Receives a fax; the pages received and what went wrong. `None` when it could not be begun.
    ///
    /// # Errors
    /// When the caller has gone before the end was told.
    pub(crate) async fn receive_fax(
        &mut self,
        fax: Fax,
    ) -> Result<Option<(u32, Option<String>)>, Ended> {
        self.did("receive a fax");
        let op = self.start(|op| Command::Fax { op, fax });
        match self.result(op, "Receiving a fax").await? {
            Some(Event::FaxEnded { pages, error, .. }) => Ok(Some((pages, error))),
            _ => Ok(None),
        }
    }

    /// Sends keys to the caller's side; says whether it was done.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn send_dtmf(
        &mut self,
        digits: String,
        duration_ms: u32,
    ) -> Result<bool, Ended> {
        self.did(format!("send keys {digits}"));
        let op = self.start(|op| Command::SendDtmf {
            op,
            digits,
            duration_ms,
        });
        Ok(self.result(op, "Sending keys").await?.is_some())
    }

    /// Asks another system; `None` when it could not be reached.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn http(&mut self, request: HttpRequest) -> Result<Option<HttpAnswer>, Ended> {
        let what = request.shown();
        self.did(what.clone());
        let op = self.start(|op| Command::Http { op, request });
        match self.result(op, &what).await? {
            Some(Event::HttpAnswered {
                status,
                content_type,
                body,
                ..
            }) => Ok(Some(HttpAnswer {
                status,
                content_type,
                body,
            })),
            _ => Ok(None),
        }
    }

    /// Notes something that was done, for a person.
    pub(crate) fn did(&mut self, what: impl Into<String>) {
        self.trace(Step::Did { what: what.into() });
    }
}
