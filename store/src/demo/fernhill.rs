//! The veterinary practice: five people, a spoken menu, opening hours.

use super::{Person, Seed, voicemail};
use crate::error::Result;
use callflow::ResourceKind;
use serde_json::{Value, json};

const PEOPLE: [(&str, &str, &str); 5] = [
    ("Priya", "Nair", "2001"),
    ("Tom", "Ashworth", "2002"),
    ("Helen", "Marsh", "2003"),
    ("Daniel", "Osei", "2004"),
    ("Ruth", "Calder", "2005"),
];

/// What the main line is made of, by identifier.
struct MainLine {
    reception: String,
    mailbox: String,
    day_menu: String,
    night_menu: String,
    closed: String,
    hours: String,
    christmas: String,
}

/// Fills the account.
pub(super) async fn seed(account: &Seed) -> Result<()> {
    let mut people = Vec::new();
    for (first, last, extension) in PEOPLE {
        let sip_username = format!("desk{extension}");
        let person = account
            .person((first, last), extension, &sip_username, "fernhill.example")
            .await?;
        people.push(person);
    }
    for (person, (first, last, extension)) in people.iter().zip(PEOPLE) {
        // The last digit of the extension is the last digit of the direct number: 2001 has …0121.
        let direct = format!("+44161496012{}", extension.trim_start_matches("200"));
        account
            .extension(&format!("{first} {last}"), &[extension, &direct], person)
            .await?;
    }
    let main = main_line(account, &people).await?;
    account.callflow(main_flow(&main)).await?;
    account
        .callflow(json!({
            "name": "Check voicemail",
            "numbers": ["*97"],
            "featurecode": {"name": "voicemail[action=check]", "number": "97"},
            "flow": {"module": "voicemail", "data": {"action": "check", "single_mailbox_login": true}, "children": {}},
        }))
        .await?;
    account
        .callflow(json!({
            "name": "Echo test",
            "numbers": ["9196"],
            "flow": {"module": "echo", "data": {}, "children": {}},
        }))
        .await?;
    account
        .callflow(json!({
            "name": "Test tone",
            "numbers": ["9197"],
            "flow": {
                "module": "tones",
                "data": {"tones": [{"frequencies": [1004], "duration_on": 60_000, "duration_off": 0, "repeat": 5}]},
                "children": {},
            },
        }))
        .await?;
    rooms(account, &people).await
}

async fn main_line(account: &Seed, people: &[Person]) -> Result<MainLine> {
    let endpoints: serde_json::Map<String, Value> = people
        .iter()
        .take(3)
        .zip(1_u32..)
        .map(|(person, weight)| {
            (
                person.user.clone(),
                json!({"type": "user", "weight": weight}),
            )
        })
        .collect();
    let reception = account
        .resource(
            ResourceKind::RingGroup,
            json!({"name": "Reception", "endpoints": endpoints}),
        )
        .await?;
    let mailbox = account
        .resource(
            ResourceKind::VoicemailBox,
            json!({"name": "Reception", "mailbox": "2000", "pin": "2000", "is_setup": true,
                   "notify_email_addresses": ["reception@fernhill.example"]}),
        )
        .await?;
    let day = account
        .speech(
            "Welcome",
            "Welcome to Fernhill Veterinary. For reception, press 1. To reach a member of staff, dial their extension.",
        )
        .await?;
    let night = account
        .speech(
            "Out of hours",
            "Fernhill Veterinary is closed now. In an emergency, press 1 and we will ring the vet on duty.",
        )
        .await?;
    let closed = account
        .speech(
            "Christmas",
            "Fernhill Veterinary is closed today. Please leave a message after the tone.",
        )
        .await?;
    let hours = account
        .resource(
            ResourceKind::TimeRule,
            json!({"name": "Opening hours", "cycle": "weekly", "interval": 1,
                   "wdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
                   "time_window_start": 28_800, "time_window_stop": 68_400}),
        )
        .await?;
    let christmas = account
        .resource(
            ResourceKind::TimeRule,
            json!({"name": "Christmas Day", "cycle": "yearly", "interval": 1, "month": 12, "days": [25],
                   "time_window_start": 0, "time_window_stop": 86_400}),
        )
        .await?;
    account
        .resource(
            ResourceKind::TimeRuleSet,
            json!({"name": "Holidays", "temporal_rules": [christmas.clone()]}),
        )
        .await?;
    Ok(MainLine {
        reception,
        mailbox,
        day_menu: menu(account, "Main menu", &day).await?,
        night_menu: menu(account, "Out of hours menu", &night).await?,
        closed,
        hours,
        christmas,
    })
}

async fn menu(account: &Seed, name: &str, greeting: &str) -> Result<String> {
    account
        .resource(
            ResourceKind::Menu,
            json!({"name": name, "retries": 3, "timeout": 5_000, "interdigit_timeout": 2_000,
                   "max_extension_length": 4, "hunt": true, "hunt_allow": "^200[1-5]$", "branch_extension": true,
                   "media": {"greeting": greeting}}),
        )
        .await
}

/// Christmas is tried before the hours. By night the same choices, with another greeting.
fn main_flow(main: &MainLine) -> Value {
    let ring = || {
        json!({
            "module": "ring_group",
            "data": {
                "name": "Reception",
                "strategy": "simultaneous",
                "timeout": 20,
                "endpoints": [{"id": main.reception, "endpoint_type": "group", "delay": 0, "timeout": 20}],
            },
            "children": {"_": voicemail(&main.mailbox)},
        })
    };
    let menu = |id: &str| {
        json!({
            "module": "menu",
            "data": {"id": id},
            "children": {"1": ring(), "timeout": ring(), "_": voicemail(&main.mailbox)},
        })
    };
    let mut branches = serde_json::Map::new();
    branches.insert(
        main.christmas.clone(),
        json!({"module": "play", "data": {"id": main.closed}, "children": {"_": voicemail(&main.mailbox)}}),
    );
    branches.insert(main.hours.clone(), menu(&main.day_menu));
    branches.insert("_".into(), menu(&main.night_menu));
    json!({
        "name": "Main line",
        "numbers": ["2000", "+441614960120", "+441614960126"],
        "ui_is_main_number_cf": true,
        "flow": {"module": "temporal_route", "data": {}, "children": branches},
    })
}

/// Conference, directory, fax box, a list.
async fn rooms(account: &Seed, people: &[Person]) -> Result<()> {
    account
        .resource(
            ResourceKind::Conference,
            json!({"name": "Staff meeting", "conference_numbers": ["2100"],
                   "member": {"join_muted": false, "join_deaf": false, "pins": [], "numbers": []},
                   "moderator": {"pins": [], "numbers": []}, "max_participants": 20}),
        )
        .await?;
    account
        .resource(
            ResourceKind::Directory,
            json!({"name": "Staff", "min_dtmf": 3, "max_dtmf": 0, "sort_by": "last_name", "confirm_match": true}),
        )
        .await?;
    let owner = people.first().map(|person| person.user.clone());
    account
        .resource(
            ResourceKind::FaxBox,
            json!({"name": "Reception fax", "owner_id": owner, "caller_name": "Fernhill Veterinary",
                   "caller_id": "+441614960126", "fax_header": "Fernhill Veterinary", "retries": 1,
                   "fax_timezone": "Europe/London"}),
        )
        .await?;
    Ok(())
}
