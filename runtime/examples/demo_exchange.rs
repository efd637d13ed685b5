//! An exchange with one account in the code, for trying phones against it.
//!
//! `cargo run -p runtime --example demo_exchange -- [SIP address] [password]`. Phones `desk2001` to
//! `desk2005` in realm `fernhill.example`, carrier user `trunk` in realm `harbourvoice.example`.
//! Dial 2000 (ring group, then voicemail), 2001 … 2005, 9196 (echo), 9197 (tone), +441614960120.

use callflow::{Account, AccountId, Callflow, CallflowId, Directory, Program, ResourceKind};
use runtime::{
    Carrier, DeviceCredentials, DigestCredentials, Publication, Report, Runtime, RuntimeConfig,
};
use serde_json::{Value, json};
use sip::digest::Algorithm;
use std::sync::Arc;
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

const EXTENSIONS: [&str; 5] = ["2001", "2002", "2003", "2004", "2005"];

fn digest(username: &str, realm: &str, password: &str) -> DigestCredentials {
    DigestCredentials {
        username: username.to_owned(),
        realm: realm.to_owned(),
        ha1_md5: Algorithm::Md5.ha1(username, realm, password),
        ha1_sha256: Algorithm::Sha256.ha1(username, realm, password),
    }
}

fn directory() -> Result<Directory, Failure> {
    let mut directory = Directory::default();
    let mut insert = |kind, id: String, document: Value| -> Result<(), Failure> {
        let document = document.as_object().cloned().ok_or("not an object")?;
        directory.insert(kind, id, document);
        Ok(())
    };
    for extension in EXTENSIONS {
        let user = format!("u{extension}");
        insert(
            ResourceKind::User,
            user.clone(),
            json!({"first_name": "Person", "last_name": extension, "presence_id": extension}),
        )?;
        insert(
            ResourceKind::Device,
            format!("d{extension}"),
            json!({"name": extension, "owner_id": user, "sip": {"username": format!("desk{extension}")}}),
        )?;
        insert(
            ResourceKind::VoicemailBox,
            format!("m{extension}"),
            json!({"name": extension, "mailbox": extension, "owner_id": user}),
        )?;
    }
    Ok(directory)
}

fn flows() -> Vec<(String, Value)> {
    let voicemail = |extension: &str| json!({"module": "voicemail", "data": {"id": format!("m{extension}")}, "children": {}});
    let mut flows: Vec<(String, Value)> = EXTENSIONS
        .iter()
        .map(|extension| {
            let flow = json!({
                "module": "user", "data": {"id": format!("u{extension}"), "timeout": 20},
                "children": {"_": voicemail(extension)},
            });
            ((*extension).to_owned(), flow)
        })
        .collect();
    let members: Vec<Value> = ["2001", "2002"]
        .iter()
        .map(|it| json!({"endpoint_type": "user", "id": format!("u{it}"), "timeout": 15}))
        .collect();
    let group = json!({
        "module": "ring_group", "data": {"name": "Desk", "endpoints": members},
        "children": {"_": voicemail("2001")},
    });
    flows.push(("2000".to_owned(), group.clone()));
    flows.push(("+441614960120".to_owned(), group));
    flows.push((
        "9196".to_owned(),
        json!({"module": "echo", "data": {}, "children": {}}),
    ));
    flows.push((
        "9197".to_owned(),
        json!({"module": "tones", "data": {}, "children": {}}),
    ));
    flows
}

fn fernhill(password: &str) -> Result<Publication, Failure> {
    let realm = "fernhill.example";
    let mut programs = Vec::new();
    for (number, flow) in flows() {
        let callflow = Callflow::from_json(&json!({"numbers": [number], "flow": flow}))?;
        let id = CallflowId::from(number.as_str());
        programs.push(Arc::new(Program::trusted(id, 1, callflow)));
    }
    let account = Account::new(
        AccountId::from("fernhill"),
        "Fernhill Veterinary",
        realm,
        "Europe/London",
        "en-GB",
        Arc::new(directory()?),
        programs,
    );
    let devices = EXTENSIONS.map(|extension| DeviceCredentials {
        device: format!("d{extension}"),
        digest: digest(&format!("desk{extension}"), realm, password),
        enabled: true,
    });
    Ok(Publication {
        limits: runtime::Limits::default(),
        account: Arc::new(account),
        enabled: true,
        ancestors: Vec::new(),
        numbers: vec!["+441614960120".to_owned()],
        devices: devices.to_vec(),
        carriers: vec![Carrier {
            id: "trunk".to_owned(),
            name: "trunk".to_owned(),
            digest: Some(digest("trunk", realm, password)),
            allowed: vec!["127.0.0.0/8".parse()?],
            terms: Arc::default(),
            gateways: Vec::new(),
        }],
        mailboxes: Vec::new(),
        presence: Vec::new(),
        live: Arc::default(),
    })
}

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let sip = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:5060".to_owned());
    let password = arguments.next().unwrap_or_else(|| "demo".to_owned());
    let config = RuntimeConfig {
        sip: vec![sip.parse()?],
        data: std::env::temp_dir().join("patchcord-demo-exchange"),
        ..RuntimeConfig::default()
    };
    let (handle, mut reports) = Runtime::start(config).await?;
    handle.publish(fernhill(&password)?).await;
    println!("listening {:?}", handle.listening());
    loop {
        tokio::select! {
            report = reports.recv() => match report {
                Some(Report::CallEnded(record)) => {
                    println!("{} to {}: {}", record.start.caller.number, record.start.dialled, record.cause);
                    for entry in &record.trace {
                        println!("    {}", entry.step.text());
                    }
                    for leg in &record.legs {
                        println!("    {leg:?}");
                    }
                }
                Some(Report::Message(message)) => {
                    println!("message of {} ms in {}", message.duration_ms, message.file.display());
                    message.done.failed("this example stores nothing; the file stays");
                }
                Some(other) => println!("{other:?}"),
                None => return Ok(()),
            },
            _ = tokio::signal::ctrl_c() => {
                handle.shutdown(Duration::from_secs(2)).await;
                return Ok(());
            }
        }
    }
}
