//! Executes what a callflow asks for: the only `match` over its commands on the exchange.

use crate::call::Call;
use callflow::Command;

/// Does one thing, or begins it; its end comes back as an event.
pub(crate) async fn execute(call: &mut Call, command: Command) {
    match command {
        Command::Answer { op } => call.answer_for(op).await,
        Command::Play { op, sounds, repeat } => call.start_play(op, sounds, repeat),
        Command::Record { op, limits } => call.start_recording(op, limits),
        Command::Dial { op, dial } => call.start_dial(op, dial).await,
        Command::Bridge { op, dial } => call.start_bridge(op, dial).await,
        Command::Echo { op } => call.start_echo(op),
        Command::Join { op, join } => call.start_join(op, join).await,
        Command::Page { op, page } => call.start_page(op, page).await,
        Command::Park { op, park } => call.start_park(op, park).await,
        Command::Pickup { op, pickup } => call.start_pickup(op, &pickup),
        Command::SendDtmf { op, digits, .. } => call.send_keys(op, &digits),
        Command::Http { op, request } => call.ask_web(op, request),
        Command::Fax { op, fax } => call.start_fax(op, fax).await,
        Command::DetectFax { op } => call.start_fax_detection(op),
        Command::SetTimer { op, after_ms } => call.set_timer(op, after_ms),
        Command::Cancel { op } => call.cancel(op).await,
        Command::Update { op, update } => call.update(op, update).await,
        Command::Query { op, query } => call.query(op, query),
        Command::End {
            cause,
            code,
            reason,
        } => call.end(cause, code, reason).await,
    }
}
