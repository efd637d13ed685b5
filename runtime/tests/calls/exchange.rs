//! An exchange on loopback with one account, as its tests want it.

use crate::phone::{PASSWORD, PATIENCE, Phone};
use callflow::field::Fields;
use callflow::json::Object;
use callflow::live::Live;
use callflow::{Account, AccountId, Callflow, CallflowId, Directory, Program, ResourceKind};
use runtime::{
    CallRecord, Carrier, DeviceCredentials, DigestCredentials, Gateway, MailboxCounts, Password,
    Publication, Report, Runtime, RuntimeConfig, RuntimeHandle,
};
use serde_json::{Value, json};
use sip::digest::Algorithm;
use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::mpsc;

pub const REALM: &str = "fernhill.example";
pub const CARRIER_REALM: &str = "harbourvoice.example";
pub const ACCOUNT: &str = "fernhill";
pub const DDI: &str = "+441614960120";

/// An exchange with its reports.
pub struct Exchange {
    pub handle: RuntimeHandle,
    pub reports: mpsc::Receiver<Report>,
    pub data: TempDir,
    version: u32,
    flows: Vec<(String, Value)>,
    pub directory: Directory,
    pub presence: Vec<(String, callflow::command::PresenceState)>,
    pub live: Arc<Live>,
    /// Carriers of the account.
    pub carriers: Vec<Carrier>,
    pub devices: Vec<DeviceCredentials>,
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn digest(username: &str, realm: &str) -> DigestCredentials {
    DigestCredentials {
        username: username.to_owned(),
        realm: realm.to_owned(),
        ha1_md5: Algorithm::Md5.ha1(username, realm, PASSWORD),
        ha1_sha256: Algorithm::Sha256.ha1(username, realm, PASSWORD),
    }
}

/// Users 2001 to 2004, each with one phone `desk2001` … and one mailbox.
fn people() -> Directory {
    let mut directory = Directory::default();
    for extension in ["2001", "2002", "2003", "2004"] {
        let (user, device) = (format!("u{extension}"), format!("d{extension}"));
        directory.insert(
            ResourceKind::User,
            &user,
            object(
                json!({"first_name": "Person", "last_name": extension, "presence_id": extension}),
            ),
        );
        directory.insert(
            ResourceKind::Device,
            &device,
            object(json!({
                "name": format!("Desk {extension}"),
                "owner_id": user,
                "sip": {"username": format!("desk{extension}")},
            })),
        );
        directory.insert(
            ResourceKind::VoicemailBox,
            format!("m{extension}"),
            object(json!({
                "name": extension,
                "mailbox": extension,
                "owner_id": user,
                "skip_greeting": true,
                "skip_instructions": true,
            })),
        );
    }
    directory
}

fn devices() -> Vec<DeviceCredentials> {
    let device = |extension| DeviceCredentials {
        device: format!("d{extension}"),
        digest: digest(&format!("desk{extension}"), REALM),
        enabled: true,
    };
    ["2001", "2002", "2003", "2004"].map(device).to_vec()
}

impl Exchange {
    pub async fn new() -> Exchange {
        Exchange::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut RuntimeConfig)) -> Exchange {
        let data = tempfile::tempdir().expect("a directory");
        let mut config = RuntimeConfig {
            sip: vec!["127.0.0.1:0".parse().expect("an address")],
            rtp_ports: "0".parse().expect("ports"),
            rtp_address: Some([127, 0, 0, 1].into()),
            media_workers: 1,
            data: data.path().to_owned(),
            // Prompts would only make the tests slow; what is heard here are tones and files.
            tts: "/nonexistent/espeak-ng".to_owned(),
            ..RuntimeConfig::default()
        };
        change(&mut config);
        let (handle, reports) = Runtime::start(config).await.expect("an exchange");
        Exchange {
            handle,
            reports,
            data,
            version: 0,
            flows: Vec::new(),
            directory: people(),
            presence: Vec::new(),
            live: Arc::default(),
            carriers: Vec::new(),
            devices: devices(),
        }
    }

    pub fn udp(&self) -> SocketAddr {
        self.handle.listening().udp[0]
    }

    /// Adds or replaces the callflow of a number and publishes.
    pub async fn flow(&mut self, number: &str, flow: Value) {
        self.flows.retain(|(known, _)| known != number);
        self.flows.push((number.to_owned(), flow));
        self.publish().await;
    }

    pub async fn publish(&mut self) {
        self.version += 1;
        let programs = self.flows.iter().map(|(number, flow)| {
            let document =
                json!({"name": format!("Flow {number}"), "numbers": [number], "flow": flow});
            let callflow = Callflow::from_json(&document).expect("a callflow");
            let id = CallflowId::from(format!("f{number}").as_str());
            Arc::new(Program::trusted(id, self.version, callflow))
        });
        let account = Account::new(
            AccountId::from(ACCOUNT),
            "Fernhill Veterinary",
            REALM,
            "Europe/London",
            "en-GB",
            Arc::new(self.directory.clone()),
            programs,
        );
        self.handle
            .publish(Publication {
                limits: runtime::Limits::default(),
                account: Arc::new(account),
                enabled: true,
                ancestors: vec![AccountId::from("harbour")],
                numbers: vec![DDI.to_owned()],
                devices: self.devices.clone(),
                carriers: self.carriers.clone(),
                mailboxes: vec![("m2001".to_owned(), MailboxCounts::default())],
                presence: self.presence.clone(),
                live: Arc::clone(&self.live),
            })
            .await;
    }

    /// A reseller with a carrier.
    pub async fn publish_carrier(&self) {
        self.publish_carrier_with(Some(digest("trunk", CARRIER_REALM)))
            .await;
    }

    /// A reseller with a carrier that has this password, or none.
    pub async fn publish_carrier_with(&self, digest: Option<DigestCredentials>) {
        self.publish_carrier_of("harbour", CARRIER_REALM, digest)
            .await;
    }

    /// An account with a carrier that has this password, or none.
    pub async fn publish_carrier_of(
        &self,
        account: &str,
        realm: &str,
        digest: Option<DigestCredentials>,
    ) {
        let carrier = Carrier {
            id: "trunk".to_owned(),
            name: "trunk".to_owned(),
            digest,
            allowed: vec!["127.0.0.0/8".parse().expect("a network")],
            terms: Arc::default(),
            gateways: Vec::new(),
        };
        self.publish_carriers_of(account, realm, vec![carrier])
            .await;
    }

    /// An account that has nothing but carriers.
    pub async fn publish_carriers_of(&self, account: &str, realm: &str, carriers: Vec<Carrier>) {
        let account = Account::new(
            AccountId::from(account),
            account,
            realm,
            "Europe/London",
            "en-GB",
            Arc::new(Directory::default()),
            [],
        );
        self.handle
            .publish(Publication {
                limits: runtime::Limits::default(),
                account: Arc::new(account),
                enabled: true,
                ancestors: Vec::new(),
                numbers: Vec::new(),
                devices: Vec::new(),
                carriers,
                mailboxes: Vec::new(),
                presence: Vec::new(),
                live: Arc::default(),
            })
            .await;
    }

    /// A phone that is not registered.
    pub async fn phone(&self, extension: &str) -> Phone {
        Phone::udp(self.udp(), &format!("desk{extension}"), REALM).await
    }

    /// A phone that is registered.
    pub async fn registered(&self, extension: &str) -> Phone {
        let phone = self.phone(extension).await;
        phone.register().await;
        phone
    }

    /// The next report that `wanted` takes; others are dropped.
    pub async fn report<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(Report) -> Option<T>,
    ) -> T {
        let waiting = async {
            loop {
                let report = self.reports.recv().await.expect("an exchange");
                if let Some(found) = wanted(report) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("waited for a report: {what}"),
        }
    }

    /// The record of the next call that ends.
    pub async fn record(&mut self) -> CallRecord {
        self.report("the end of a call", |report| match report {
            Report::CallEnded(record) => Some(*record),
            _ => None,
        })
        .await
    }
}

/// Waits until no call and no leg is left.
pub async fn nothing_is_left(exchange: &Exchange) {
    let handle = &exchange.handle;
    let none_left = async {
        while handle.signalling().await.calls > 0 || !handle.active_calls().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, none_left).await;
    assert!(waited.is_ok(), "{:?}", handle.active_calls());
}

/// A carrier that takes calls, as its document says; one that asks for a password gets it.
pub fn carrier(id: &str, document: Value) -> Carrier {
    let (terms, errors) = callflow::resource::Carrier::parse(object(document));
    assert_eq!(errors, []);
    let gateways = terms.gateways().into_iter();
    Carrier {
        id: id.to_owned(),
        name: id.to_owned(),
        digest: None,
        allowed: Vec::new(),
        gateways: gateways
            .map(|server| Gateway {
                password: (!server.username.0.is_empty()).then(|| Password(PASSWORD.to_owned())),
                server,
            })
            .collect(),
        terms: Arc::new(terms),
    }
}

/// A step that rings a user's phones for a long time.
pub fn ring(extension: &str) -> Value {
    json!({"module": "user", "data": {"id": format!("u{extension}"), "timeout": 60}, "children": {}})
}

/// A file of a tone in the account's media folder, and the medium that plays it.
pub fn medium(exchange: &mut Exchange, id: &str, ms: u32) {
    let folder = exchange.data.path().join("media").join("fernhill");
    std::fs::create_dir_all(&folder).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(folder.join(format!("{id}.wav")), spec).unwrap();
    for n in 0..ms * 8 {
        file.write_sample(if n % 20 < 10 { 8_000_i16 } else { -8_000 })
            .unwrap();
    }
    file.finalize().unwrap();
    let document = json!({"name": id, "media_source": "upload", "file": format!("{id}.wav")});
    exchange
        .directory
        .insert(ResourceKind::Media, id, object(document));
}
