//! The engine: walks from step to step. Which branch is taken is decided here, once, for all actions.

use crate::action::parts::left;
use crate::action::{Action, Needs};
use crate::call::{Call, Ended, Next};
use crate::cause::{Cause, FailureMedia};
use crate::command::{Command, Repeat, Sound};
use crate::document::{Callflow, CallflowId};
use crate::flow::{BranchKey, Flow, NodeId};
use crate::interpreter::entrance;
use crate::limits;
use crate::program::Program;
use crate::tones::Tones;
use crate::trace::Step;
use std::borrow::Cow;
use std::sync::Arc;

/// How a walk goes on after one step.
enum Move {
    To(NodeId),
    Stop,
    Over(Finish),
}

/// How a call ends.
struct Finish {
    cause: Cause,
    response: Option<(u16, String)>,
    reason: String,
}

pub(super) async fn run(mut call: Call) {
    let finish = match walk(&mut call).await {
        Ok(finish) => finish,
        Err(Ended) => Finish {
            cause: call.hangup_cause(),
            response: None,
            reason: "the caller hung up".to_owned(),
        },
    };
    call.cancel_open();
    call.settle_notices(&finish.cause).await;
    if call.is_up() && call.is_answered() && finish.response.is_none() {
        failure_media(&mut call, &finish.cause).await;
    }
    let fallback = finish.cause.response();
    let (code, reason) = finish
        .response
        .unwrap_or((fallback.code, fallback.reason.to_owned()));
    call.trace(Step::Ended {
        cause: finish.cause.to_string(),
        reason: finish.reason,
    });
    call.command(Command::End {
        cause: finish.cause,
        code,
        reason,
    });
}

/// An answered caller hears why the call failed before it is hung up; an unanswered one gets the code,
/// and its own network or phone says so.
async fn failure_media(call: &mut Call, cause: &Cause) {
    if *cause == Cause::NORMAL_CLEARING {
        return;
    }
    let sound = match cause.response().media {
        Some(FailureMedia::Prompt(id)) => Sound::Prompt {
            id: Cow::Borrowed(id),
            language: call.language().to_owned(),
        },
        Some(FailureMedia::Busy) => Sound::Tones(Tones::of(call.account()).busy(5)),
        Some(FailureMedia::Reorder) => Sound::Tones(Tones::of(call.account()).congestion(10)),
        None => return,
    };
    // A hang-up meanwhile changes nothing: the call ends either way.
    let _gone = call.play_through(vec![sound], Repeat::Times(1)).await;
    call.cancel_open();
}

async fn walk(call: &mut Call) -> Result<Finish, Ended> {
    let Some(mut at) = call.program().callflow.flow.root() else {
        return Ok(end(Cause::NORMAL_CLEARING, "the callflow has no steps"));
    };
    call.find_caller().await?;
    // Where called flows come back to.
    let mut stack: Vec<(Arc<Program>, Option<NodeId>)> = Vec::new();
    if let Some(refusal) = entrance::admit(call).await? {
        return Ok(end(refusal.cause, &refusal.reason));
    }
    if let Some(first) = entrance::preflow(call)
        && let Some(root) = first.callflow.flow.root()
    {
        stack.push((call.program_arc(), Some(at)));
        call.trace(Step::Into {
            target: first.id.clone(),
        });
        call.set_program(first);
        at = root;
    }
    let mut steps = 0;
    let mut branches = 0;
    loop {
        steps += 1;
        if steps > limits::MAX_STEPS_PER_CALL {
            return Ok(guard(call, "steps"));
        }
        // A step that stores something may outlive the caller; no other is begun.
        if !call.is_up() {
            return Err(Ended);
        }
        let next = step(call, at).await?;
        let moved = match next {
            Next::Callflow {
                target,
                capture,
                comes_back,
            } => {
                branches += 1;
                if branches > limits::MAX_CALLFLOW_BRANCHES {
                    return Ok(guard(call, "callflows"));
                }
                enter(call, &mut stack, at, &target, capture, comes_back)
            }
            Next::Transfer { target } => {
                branches += 1;
                if branches > limits::MAX_CALLFLOW_BRANCHES {
                    return Ok(guard(call, "callflows"));
                }
                let moved = enter(call, &mut stack, at, &target, None, false);
                if call.program().id == target {
                    stack.clear();
                }
                moved
            }
            Next::Flow { flow, comes_back } => {
                branches += 1;
                if branches > limits::MAX_CALLFLOW_BRANCHES {
                    return Ok(guard(call, "callflows"));
                }
                let program = inner(call.program(), at, flow);
                follow(call, &mut stack, at, program, comes_back)
            }
            Next::Jump { to } => jump(call, at, to),
            next => choose(call, at, next),
        };
        at = match moved {
            Move::To(node) => node,
            Move::Over(finish) => return Ok(finish),
            Move::Stop => loop {
                match stack.pop() {
                    None => return Ok(run_out(call)),
                    Some((program, back_at)) => {
                        call.set_program(program);
                        if let Some(node) = back_at {
                            call.set_node(Some(node));
                            call.trace(Step::Back);
                            break node;
                        }
                    }
                }
            },
        };
    }
}

async fn step(call: &mut Call, at: NodeId) -> Result<Next, Ended> {
    let Some(node) = call.program().callflow.flow.node(at).cloned() else {
        return Ok(Next::Continue);
    };
    call.set_node(Some(at));
    call.trace(Step::Entered {
        module: node.action.module().to_owned(),
    });
    if !node.enabled {
        call.trace(Step::Skipped);
        return Ok(Next::Continue);
    }
    if let Action::Unknown(unknown) = &node.action {
        let message = format!(
            "The action “{}” is not known here; the call goes on.",
            unknown.module
        );
        call.trace(Step::Trouble { message });
        return Ok(Next::Continue);
    }
    let next = node.action.run(call).await;
    call.cancel_open();
    match next {
        Ok(Next::Finished) => {
            let next = left::alone(call).await;
            call.cancel_open();
            next
        }
        next => next,
    }
}

/// The one rule for branches: the exact key; for a failure its cause, then `sip:<code>`; then `_`.
fn choose(call: &mut Call, at: NodeId, next: Next) -> Move {
    let failed = matches!(next, Next::Failed { .. });
    let (wanted, reason): (Vec<String>, String) = match next {
        Next::Continue => (Vec::new(), "the step is done".to_owned()),
        Next::Take { key, reason } => (vec![key], reason),
        Next::Failed { cause, sip } => {
            let keys = std::iter::once(cause.to_string())
                .chain(sip.map(|code| format!("sip:{code}")))
                .collect();
            let reason = format!("not reached, {cause}");
            call.remember(cause);
            (keys, reason)
        }
        Next::Finished => {
            return Move::Over(end(Cause::NORMAL_CLEARING, "the conversation is over"));
        }
        Next::End { code, reason } => {
            let cause = Cause::from_sip(code);
            return Move::Over(Finish {
                cause,
                response: Some((code, reason)),
                reason: format!("answered with {code}"),
            });
        }
        Next::HangUp { cause, reason } => {
            return Move::Over(Finish {
                cause,
                response: None,
                reason,
            });
        }
        // Handled by the caller.
        Next::Callflow { .. } | Next::Transfer { .. } | Next::Flow { .. } | Next::Jump { .. } => {
            (Vec::new(), String::new())
        }
    };
    let Some(node) = call.program().callflow.flow.node(at).cloned() else {
        return Move::Stop;
    };
    if !failed && node.enabled && node.action.needs() == Needs::Answered {
        // Somebody was busy earlier, but the caller has been spoken to since: no busy tone at the end.
        call.forget();
    }
    for key in &wanted {
        if let Some(child) = node.child(key) {
            call.trace(Step::Took {
                key: BranchKey::from(key.as_str()),
                reason,
            });
            return Move::To(child);
        }
    }
    match node.child("_") {
        Some(child) => {
            let reason = match wanted.first() {
                Some(key) => format!("{reason}; there is no branch “{key}”"),
                None => reason,
            };
            call.trace(Step::Took {
                key: BranchKey::default_branch(),
                reason,
            });
            Move::To(child)
        }
        None => Move::Stop,
    }
}

fn enter(
    call: &mut Call,
    stack: &mut Vec<(Arc<Program>, Option<NodeId>)>,
    at: NodeId,
    target: &CallflowId,
    capture: Option<String>,
    comes_back: bool,
) -> Move {
    let program = call.account().programs.get(target).cloned();
    let Some(program) = program.filter(|program| program.callflow.flow.root().is_some()) else {
        let message =
            format!("The callflow “{target}” is not published or has no steps; the call goes on.");
        call.trace(Step::Trouble { message });
        return choose(call, at, Next::Continue);
    };
    call.trace(Step::Into {
        target: target.clone(),
    });
    if capture.is_some() {
        call.set_capture(capture);
    }
    follow(call, stack, at, program, comes_back)
}

/// A flow without a document as a program. Its steps are numbered on their own, so it has an id of its own.
fn inner(of: &Program, at: NodeId, flow: Arc<Flow>) -> Arc<Program> {
    let id = CallflowId::from(format!("{}#{at}", of.id).as_str());
    let callflow = Callflow {
        name: of.callflow.title(),
        flow,
        ..Callflow::default()
    };
    Arc::new(Program::trusted(id, of.version, callflow))
}

/// Goes on at the first step of a program.
fn follow(
    call: &mut Call,
    stack: &mut Vec<(Arc<Program>, Option<NodeId>)>,
    at: NodeId,
    program: Arc<Program>,
    comes_back: bool,
) -> Move {
    let Some(root) = program.callflow.flow.root() else {
        call.trouble("The flow has no steps; the call goes on.");
        return choose(call, at, Next::Continue);
    };
    if comes_back {
        let back = call
            .program()
            .callflow
            .flow
            .node(at)
            .and_then(|node| node.child("_"));
        stack.push((call.program_arc(), back));
    }
    call.set_program(program);
    Move::To(root)
}

/// Goes on at another step of the flow.
fn jump(call: &mut Call, at: NodeId, to: NodeId) -> Move {
    if !call.step_here(to) {
        call.trouble("The step to jump to is not there; the call goes on.");
        return choose(call, at, Next::Continue);
    }
    call.trace(Step::Jumped { to });
    Move::To(to)
}

fn run_out(call: &Call) -> Finish {
    match call.remembered() {
        Some(cause) => end(cause, "the flow has no further step"),
        None => end(Cause::NORMAL_CLEARING, "the flow has no further step"),
    }
}

fn guard(call: &mut Call, what: &str) -> Finish {
    let message =
        format!("The call went through too many {what}; the flow goes round in a circle.");
    call.trace(Step::Trouble { message });
    end(Cause::EXCHANGE_ROUTING_ERROR, "loop guard")
}

fn end(cause: Cause, reason: &str) -> Finish {
    Finish {
        cause,
        response: None,
        reason: reason.to_owned(),
    }
}
