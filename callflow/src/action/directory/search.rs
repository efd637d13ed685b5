//! The conversation with somebody who looks for a name.

use super::keypad::{fold, spell};
use crate::action::parts::choose::{Question, TRIES, choose};
use crate::action::parts::collect::{Collect, collect};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::command::{Repeat, Sound};
use crate::directory::Directory;
use crate::document::CallflowId;
use crate::resource::{NameDirectory, Resource, ResourceKind, SearchFields, SortBy};

/// Most letters where the directory names no limit.
const MOST_LETTERS: usize = 30;
/// How long to wait for the first letter, in milliseconds.
const FIRST_MS: u64 = 5_000;
/// How long a pause ends the name, in milliseconds.
const PAUSE_MS: u64 = 2_000;

/// Somebody who stands in a directory.
pub(super) struct Person {
    user: String,
    name: String,
    /// What is typed for the name, from its beginning.
    spellings: Vec<String>,
    callflow: String,
}

/// The people of a directory, in its order.
pub(super) fn people(directory: &Directory, id: &str, names: &NameDirectory) -> Vec<Person> {
    let mut people = Vec::new();
    for (user_id, resource) in directory.all(ResourceKind::User) {
        let Resource::User(user) = resource.as_ref() else {
            continue;
        };
        let Some((_, callflow)) = user.directories.0.iter().find(|(own, _)| own == id) else {
            continue;
        };
        let (first, last) = (fold(&user.first_name.0), fold(&user.last_name.0));
        let by_first = || spell(&format!("{first}{last}"));
        let by_last = || spell(&format!("{last}{first}"));
        let spellings = match names.search_fields {
            SearchFields::Both => vec![by_first(), by_last()],
            SearchFields::FirstName => vec![by_first()],
            SearchFields::LastName => vec![by_last()],
        };
        let person = Person {
            user: user_id.to_owned(),
            name: user.name(),
            spellings,
            callflow: callflow.clone(),
        };
        let order = match names.sort_by {
            SortBy::LastName => (last, first),
            SortBy::FirstName => (first, last),
        };
        people.push((order, person));
    }
    people.sort_by(|(one, _), (other, _)| one.cmp(other));
    people.into_iter().map(|(_, person)| person).collect()
}

/// How one search ended.
enum Found<'a> {
    Person(&'a Person),
    /// The caller searches again.
    Nobody,
    /// The caller has left the directory.
    Left,
    /// The caller does not answer any more.
    Silence,
}

/// Asks for names until a person is found.
pub(super) async fn run(
    call: &mut Call,
    names: &NameDirectory,
    people: &[Person],
) -> Result<Next, Ended> {
    if people.is_empty() {
        call.trouble("Nobody stands in the directory; the call goes on.");
        say(call, "dir-no_results_found").await?;
        return Ok(Next::Continue);
    }
    for _ in 0..TRIES {
        match search(call, names, people).await? {
            Found::Person(person) => {
                call.did(format!("connect with {}", person.name));
                return Ok(Next::Callflow {
                    target: CallflowId::from(person.callflow.as_str()),
                    capture: None,
                    comes_back: true,
                });
            }
            Found::Left => return Ok(Next::Continue),
            Found::Nobody => {}
            Found::Silence => break,
        }
    }
    say(call, "menu-exit").await?;
    Ok(Next::HangUp {
        cause: Cause::NORMAL_CLEARING,
        reason: "nobody was found in the directory".to_owned(),
    })
}

async fn search<'a>(
    call: &mut Call,
    names: &NameDirectory,
    people: &'a [Person],
) -> Result<Found<'a>, Ended> {
    let fewest = usize::try_from(names.min_dtmf.0).unwrap_or(1);
    let most = match usize::try_from(names.max_dtmf.0) {
        Ok(most) if most > 0 => most.max(fewest),
        _ => MOST_LETTERS,
    };
    let question = match names.search_fields {
        SearchFields::Both => "dir-enter_person_name",
        SearchFields::FirstName => "dir-enter_person_firstname",
        SearchFields::LastName => "dir-enter_person_lastname",
    };
    let wanted = Collect {
        prompt: vec![prompt(call, question)],
        max: most,
        first_ms: FIRST_MS,
        between_ms: PAUSE_MS,
        terminators: "#",
        may_grow: &|typed| !typed.contains('0'),
    };
    let typed = collect(call, wanted).await?;
    if typed.contains('0') {
        return Ok(Found::Left);
    }
    if typed.len() < fewest {
        say(call, "dir-specify_minimum").await?;
        return Ok(Found::Nobody);
    }
    let fits = |person: &&Person| person.spellings.iter().any(|own| own.starts_with(&typed));
    let hits: Vec<&Person> = people.iter().filter(fits).collect();
    // Who was told to end with # does so, though the last letter has ended it already.
    let hash = typed.len() == most;
    match hits.as_slice() {
        [] => {
            say(call, "dir-no_results_found").await?;
            Ok(Found::Nobody)
        }
        [person] if !names.confirm_match => Ok(Found::Person(person)),
        [person] => confirm(call, person, hash).await,
        several => offer(call, several, hash).await,
    }
}

async fn confirm<'a>(
    call: &mut Call,
    person: &'a Person,
    mut hash: bool,
) -> Result<Found<'a>, Ended> {
    let sounds = vec![
        prompt(call, "dir-found"),
        spoken(call, person),
        prompt(call, "dir-confirm_menu"),
    ];
    Ok(match ask(call, &sounds, "12", &mut hash).await? {
        Some('1') => Found::Person(person),
        _ => Found::Nobody,
    })
}

/// Offers one after another.
async fn offer<'a>(
    call: &mut Call,
    people: &[&'a Person],
    mut hash: bool,
) -> Result<Found<'a>, Ended> {
    for (number, person) in (1..).zip(people) {
        let sounds = vec![
            prompt(call, "dir-result_number"),
            Sound::Number {
                number,
                language: call.language().to_owned(),
            },
            spoken(call, person),
            prompt(call, "dir-result_menu"),
        ];
        match ask(call, &sounds, "123", &mut hash).await? {
            Some('1') => return Ok(Found::Person(person)),
            Some('2') => {}
            Some(_) => return Ok(Found::Nobody),
            None => return Ok(Found::Silence),
        }
    }
    say(call, "dir-no_more_results").await?;
    Ok(Found::Nobody)
}

/// Asks for a key. One `#` that ended the name is passed over.
async fn ask(
    call: &mut Call,
    sounds: &[Sound],
    keys: &str,
    hash: &mut bool,
) -> Result<Option<char>, Ended> {
    loop {
        let keys = format!("{keys}{}", if *hash { "#" } else { "" });
        let question = Question {
            pressed: None,
            first: sounds.to_vec(),
            again: sounds.to_vec(),
            keys: &keys,
            wrong: "dir-invalid_key",
        };
        *hash = false;
        match choose(call, question).await? {
            Some('#') => {}
            answer => return Ok(answer),
        }
    }
}

fn spoken(call: &Call, person: &Person) -> Sound {
    Sound::Name {
        user: person.user.clone(),
        text: person.name.clone(),
        language: call.language().to_owned(),
    }
}

async fn say(call: &mut Call, id: &'static str) -> Result<(), Ended> {
    let sounds = vec![prompt(call, id)];
    call.play_through(sounds, Repeat::Times(1)).await
}
