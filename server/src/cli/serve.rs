//! `patchcord serve`.

use super::{Configured, Failure, runtime, say};
use crate::serve::{Running, start};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

pub(super) fn run(configured: Configured) -> Result<(), Failure> {
    let (config, log) = configured.read()?;
    let filter = log.unwrap_or_else(|| "info".to_owned());
    let filter = EnvFilter::try_new(&filter).map_err(|error| {
        Failure::Use(format!(
            "PATCHCORD_LOG is “{filter}”, which is not a log filter: {error}. Write info, or info,sip=debug."
        ))
    })?;
    // Logs go to standard error: standard output says only where the program listens.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    runtime()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let running = start(config).await?;
        announce(&running);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        let hurry = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        running.stop(hurry).await;
        Ok(())
    })
}

/// One line for scripts, and, after seeding, what a person needs to look around.
fn announce(running: &Running) {
    let mut line = format!("listening http={}", running.http);
    let sip = running.sip();
    let ports = [
        ("sip_udp", &sip.udp),
        ("sip_tcp", &sip.tcp),
        ("sip_tls", &sip.tls),
    ];
    for (name, addresses) in ports {
        if let Some(address) = addresses.first() {
            line.push_str(&format!(" {name}={address}"));
        }
    }
    say(&line);
    let Some(demo) = &running.demo else {
        return;
    };
    say("");
    say(&format!("Demo. Sign in at http://{}/sign-in", running.http));
    for account in &demo.accounts {
        say(&format!("  {:<32} {}", account.email, account.name));
    }
    let password = demo
        .password
        .as_deref()
        .unwrap_or("the one chosen at the first start");
    say(&format!(
        "Password of everybody, every phone and the trunk, and API token: {password}"
    ));
    if let Some(address) = sip.udp.first() {
        say(&format!(
            "Phones: desk2001 to desk2005, domain fernhill.example, SIP server port {}",
            address.port()
        ));
    }
    say("Dial 2000 main line, 2001 to 2005 people, 9196 echo test, 9197 test tone");
    say("Trunk: user trunk, numbers +441614960120 to +441614960126");
}
