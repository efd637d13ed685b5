//! Receiving a fax from the caller.

use super::Call;
use super::audio;
use super::update::{tell, wait_for};
use crate::fax::{Line, Work};
use crate::media::{self, APPARATUS_QUEUE, ApparatusRequest, CallingTone};
use crate::node::Shared;
use crate::report::{Ack, FaxReport, Report};
use ::fax::Identity;
use callflow::Event;
use callflow::command::{self, OpId, RecordingId};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How long a fax may take to be stored when the call is over.
const CLOSING: Duration = Duration::from_secs(10);

/// The faxes of a call.
#[derive(Debug, Default)]
pub(crate) struct Faxes {
    /// The one that is being received, or listened for.
    running: Option<OpId>,
    begun: u32,
    /// Each is stored by a task of its own, which may outlast the caller.
    tasks: Vec<JoinHandle<()>>,
}

impl Call {
    /// Puts a fax machine on the caller's leg.
    pub(crate) async fn start_fax(&mut self, op: OpId, wanted: command::Fax) {
        self.stop_play();
        self.caller.audio.keep_to_g711();
        self.offer_direction(self.caller.leg).await;
        let (heard, ear) = mpsc::channel(APPARATUS_QUEUE);
        let (mouth, said) = mpsc::channel(APPARATUS_QUEUE);
        let request = ApparatusRequest {
            op: media::OpId(op.0),
            heard,
            said,
        };
        if let Err(error) = self.caller.audio.leg.attach(request) {
            let reason = error.to_string();
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        self.faxes.begun += 1;
        self.faxes.running = Some(op);
        let name = format!("{}-fax-{}", self.id(), self.faxes.begun);
        let file = self.shared.sounds.recording(&RecordingId(name));
        let file = file.with_extension("tif");
        let start = self.record.start();
        let fax = Receiving {
            shared: Arc::clone(&self.shared),
            file: file.clone(),
            report: FaxReport {
                account: self.account.id.clone(),
                call: start.id.clone(),
                fax_box: wanted.fax_box,
                owner: wanted.owner,
                caller: start.caller.clone(),
                dialled: start.dialled.clone(),
                at: Timestamp::now(),
                file: None,
                pages: 0,
                station_id: String::new(),
                bit_rate: 0,
                corrected: false,
                error: None,
            },
        };
        let line = Line {
            heard: ear,
            said: mouth,
        };
        let done = self.work.0.clone();
        let program = self.shared.config.fax.clone();
        self.faxes.tasks.push(tokio::spawn(async move {
            let identity = Identity::of(&wanted.station_id);
            let received = crate::fax::work(&program, Work::Receive(&file), &identity, line);
            let (pages, error) = fax.keep(received.await).await;
            tell(done, Event::FaxEnded { op, pages, error }).await;
        }));
    }

    /// Listens for the tone of a calling fax machine until it is heard or cancelled. The caller hears silence.
    pub(crate) fn start_fax_detection(&mut self, op: OpId) {
        let (heard, mut ear) = mpsc::channel(APPARATUS_QUEUE);
        let request = ApparatusRequest {
            op: media::OpId(op.0),
            heard,
            said: mpsc::channel(1).1,
        };
        if let Err(error) = self.caller.audio.leg.attach(request) {
            let reason = error.to_string();
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        self.faxes.running = Some(op);
        let done = self.work.0.clone();
        tokio::spawn(async move {
            let mut tone = CallingTone::default();
            while let Some(frame) = ear.recv().await {
                if tone.hear(&frame) {
                    return tell(done, Event::FaxTone { op }).await;
                }
            }
        });
    }

    /// Takes the fax machine off the line, if it is there for this.
    pub(crate) fn stop_fax(&mut self, op: OpId) {
        if self.faxes.running == Some(op) {
            self.faxes.running = None;
            audio::warn(self.caller.audio.leg.cancel(media::OpId(op.0)));
        }
    }

    /// Ends the faxes of a call that is over, and waits until they are stored.
    pub(crate) async fn close_faxes(&mut self) {
        if let Some(op) = self.faxes.running {
            self.stop_fax(op);
        }
        let tasks = std::mem::take(&mut self.faxes.tasks);
        let closing = async {
            for task in tasks {
                // A task that failed has taken its fax with it; there is nothing more to wait for.
                let _over = task.await;
            }
        };
        // The results of their work are not waited for any more.
        self.work.1.close();
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!(call = self.id(), "a fax is still being stored");
        }
    }
}

/// A fax on its way to where it is kept.
struct Receiving {
    shared: Arc<Shared>,
    file: PathBuf,
    report: FaxReport,
}

impl Receiving {
    /// Has the fax stored, or that it failed; the pages and what went wrong.
    async fn keep(mut self, outcome: Result<fax::Outcome, String>) -> (u32, Option<String>) {
        match outcome {
            Ok(outcome) => {
                self.report.pages = outcome.pages;
                self.report.station_id = outcome.station_id;
                self.report.bit_rate = outcome.bit_rate;
                self.report.corrected = outcome.corrected;
                self.report.error = outcome.error;
            }
            Err(why) => {
                tracing::error!(call = self.report.call, why, "a fax was not received");
                self.report.error = Some(why);
            }
        }
        if self.report.error.is_none() && self.report.pages == 0 {
            self.report.error = Some("the other side sent no page".to_owned());
        }
        let written = tokio::fs::metadata(&self.file).await.is_ok();
        if self.report.pages > 0 && written {
            self.report.file = Some(self.file.clone());
        }
        let (pages, error) = (self.report.pages, self.report.error.clone());
        let (ack, answered) = Ack::new();
        let report = Report::Fax {
            fax: Box::new(self.report),
            done: ack,
        };
        self.shared.report(report).await;
        match wait_for(answered).await {
            Ok(()) => {
                if written {
                    // Moved away, as a rule.
                    let _moved = tokio::fs::remove_file(&self.file).await;
                }
                (pages, error)
            }
            Err(why) => {
                let file = self.file.display();
                tracing::error!(%file, why, "a fax stays here: nobody stored it");
                (pages, Some(format!("it could not be stored: {why}")))
            }
        }
    }
}
