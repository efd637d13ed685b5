//! Carriers as the runtime routes by them, and the passwords that they ask of us.

use crate::credential::{Credential, CredentialKind, read_password};
use crate::database::Store;
use crate::error::{Error, Result};
use crate::secret::{Secret, SecretKey};
use callflow::ResourceKind;
use callflow::field::Fields;
use callflow::resource::{Carrier, Gateway};
use serde_json::{Map, Value};
use sqlx::AnyConnection;
use sqlx::Row;
use std::collections::HashMap;

/// Stands for the carrier's own server, whatever its name is.
const OWN: &str = "";

/// A carrier as the runtime routes by it.
#[derive(Clone, Debug, PartialEq)]
pub struct CarrierRoute {
    /// Account that owns the carrier.
    pub account_id: String,
    /// Identifier.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Networks its calls may come from, as `address/prefix`; empty means any.
    pub allowed_addresses: Vec<String>,
    /// How it signs in here; none when the address alone decides.
    pub credential: Option<Credential>,
    /// Which calls it takes, and at which cost.
    pub terms: Carrier,
    /// The servers that calls to it are sent to, in order, each with the password that it asks for; none when it only
    /// sends calls to us.
    pub gateways: Vec<(Gateway, Option<Secret>)>,
}

/// Passwords of servers, by [`Gateway::key`].
pub(crate) type Passwords = Vec<(String, Secret)>;

/// Takes the passwords of its gateways out of a carrier's document, so that they are neither stored in it nor returned.
pub(crate) fn take_passwords(
    kind: ResourceKind,
    document: &mut Map<String, Value>,
) -> Result<Passwords> {
    let gateways = document.get_mut("gateways").and_then(Value::as_array_mut);
    let Some(gateways) = gateways.filter(|_| kind == ResourceKind::Carrier) else {
        return Ok(Passwords::new());
    };
    let mut taken = Passwords::new();
    for (at, item) in gateways.iter_mut().enumerate() {
        let object = item.as_object_mut();
        let Some(value) = object.and_then(|object| object.shift_remove("password")) else {
            continue;
        };
        let path = format!("gateways.{at}.password");
        if let (Some(password), Some(gateway)) = (read_password(&path, value)?, Gateway::read(item))
        {
            taken.push((gateway.key(), Secret::new(password)));
        }
    }
    Ok(taken)
}

/// Where a secret belongs.
fn place(account_id: &str, carrier_id: &str, gateway: &str) -> String {
    format!("{account_id}/{carrier_id}/{gateway}")
}

/// Brings the stored passwords in line with a document that is being written. Those that are not named stay, as long as
/// their server does.
pub(crate) async fn write(
    connection: &mut AnyConnection,
    key: Option<&SecretKey>,
    (account_id, id): (&str, &str),
    document: &Map<String, Value>,
    own: Option<&str>,
    mut passwords: Passwords,
) -> Result<()> {
    let (carrier, _) = Carrier::parse(document.clone());
    let own = own.map(|password| (OWN.to_owned(), Secret::new(password.to_owned())));
    passwords.extend(own);
    let gateways = document.get("gateways").and_then(Value::as_array);
    let listed = gateways.into_iter().flatten().filter_map(Gateway::read);
    let mut servers: Vec<String> = listed.map(|gateway| gateway.key()).collect();
    if !carrier.username.0.is_empty() {
        servers.push(OWN.to_owned());
    }
    let stored: Vec<String> = sqlx::query_scalar(
        "SELECT gateway FROM carrier_passwords WHERE account_id = $1 AND carrier_id = $2",
    )
    .bind(account_id)
    .bind(id)
    .fetch_all(&mut *connection)
    .await?;
    for gone in stored.iter().filter(|gateway| !servers.contains(gateway)) {
        sqlx::query(
            "DELETE FROM carrier_passwords WHERE account_id = $1 AND carrier_id = $2 AND gateway = $3",
        )
        .bind(account_id)
        .bind(id)
        .bind(gone)
        .execute(&mut *connection)
        .await?;
    }
    for (gateway, password) in passwords {
        let place = place(account_id, id, &gateway);
        let secret = key.and_then(|key| key.seal(&place, &password));
        let Some(secret) = secret else {
            return Err(Error::invalid(
                "password",
                "it cannot be kept, because this program was started without its key; set PATCHCORD_DATA to the \
                 data directory",
            ));
        };
        sqlx::query(
            "INSERT INTO carrier_passwords (account_id, carrier_id, gateway, secret) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account_id, carrier_id, gateway) DO UPDATE SET secret = excluded.secret",
        )
        .bind(account_id)
        .bind(id)
        .bind(&gateway)
        .bind(&secret)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Drops the passwords of a carrier.
pub(crate) async fn delete(
    connection: &mut AnyConnection,
    account_id: &str,
    id: &str,
) -> Result<()> {
    sqlx::query("DELETE FROM carrier_passwords WHERE account_id = $1 AND carrier_id = $2")
        .bind(account_id)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

impl Store {
    /// The enabled carriers of one account, with what proves who they are and who we are.
    pub(crate) async fn carrier_routes(
        &self,
        account_id: &str,
        credentials: &[Credential],
    ) -> Result<Vec<CarrierRoute>> {
        let rows = sqlx::query(
            "SELECT id, name, document FROM resources WHERE account_id = $1 AND kind = 'carriers' ORDER BY id",
        )
        .bind(account_id)
        .fetch_all(&self.db)
        .await?;
        let mut passwords = self.carrier_passwords(account_id).await?;
        let mut routes = Vec::with_capacity(rows.len());
        for row in rows {
            let id: String = row.try_get(0)?;
            let text: String = row.try_get(2)?;
            let document = serde_json::from_str(&text).map_err(|source| Error::Corrupt {
                what: "carrier",
                source,
            })?;
            let (terms, _) = Carrier::parse(document);
            if !terms.enabled {
                continue;
            }
            let mut passwords = passwords.remove(&id).unwrap_or_default();
            let own = terms.own_gateway();
            let own = own.map(|gateway| (gateway, passwords.remove(OWN)));
            let listed = terms.listed_gateways().into_iter();
            let listed = listed.map(|gateway| {
                let password = passwords.get(&gateway.key()).cloned();
                (gateway, password)
            });
            routes.push(CarrierRoute {
                account_id: account_id.to_owned(),
                name: row.try_get(1)?,
                allowed_addresses: terms.allowed_addresses.0.clone(),
                credential: credentials
                    .iter()
                    .find(|c| c.kind == CredentialKind::Carrier && c.resource_id == id)
                    .cloned(),
                gateways: own.into_iter().chain(listed).collect(),
                terms,
                id,
            });
        }
        Ok(routes)
    }

    /// The passwords of an account's carriers, by carrier and server.
    async fn carrier_passwords(
        &self,
        account_id: &str,
    ) -> Result<HashMap<String, HashMap<String, Secret>>> {
        let rows = sqlx::query(
            "SELECT carrier_id, gateway, secret FROM carrier_passwords WHERE account_id = $1",
        )
        .bind(account_id)
        .fetch_all(&self.db)
        .await?;
        let mut found: HashMap<String, HashMap<String, Secret>> = HashMap::new();
        for row in rows {
            let (carrier, gateway): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let sealed: String = row.try_get(2)?;
            let place = place(account_id, &carrier, &gateway);
            match self.key().and_then(|key| key.open(&place, &sealed)) {
                Some(secret) => {
                    found.entry(carrier).or_default().insert(gateway, secret);
                }
                None => tracing::error!(
                    account_id,
                    carrier,
                    "a carrier's password cannot be read with the key of this machine, and calls go to it without; \
                     copy the directory `keys` of the data directory from the machine that wrote it, or enter the \
                     password again"
                ),
            }
        }
        Ok(found)
    }
}
