use super::*;
use std::collections::BTreeSet;

const WHOLE: [(&str, &str); 4] = [
    ("en", ENGLISH),
    ("fr", FRENCH),
    ("de", SOURCES[4].1[0]),
    ("es", SPANISH),
];

fn ids(source: &str, grammar: bool) -> BTreeSet<String> {
    let ids = names(source);
    ids.filter(|id| id.starts_with(GRAMMAR) == grammar)
        .collect()
}

#[test]
fn every_language_says_every_prompt_and_nothing_else() {
    let english = ids(ENGLISH, false);
    assert!(english.len() > 130);
    for (tag, source) in WHOLE {
        let own = ids(source, false);
        let missing: Vec<_> = english.difference(&own).collect();
        let surplus: Vec<_> = own.difference(&english).collect();
        assert!(missing.is_empty(), "{tag} does not say {missing:?}");
        assert!(surplus.is_empty(), "only {tag} says {surplus:?}");
    }
}

#[test]
fn every_language_knows_how_keys_dates_and_times_are_said() {
    for (tag, source) in WHOLE {
        let own = ids(source, true);
        for id in [
            "say-star",
            "say-hash",
            "say-plus",
            "say-date",
            "say-time",
            "say-date_time",
            "say-since",
        ] {
            assert!(own.contains(id), "{tag} has no {id}");
        }
    }
}

#[test]
fn region_changes_only_what_its_language_has() {
    for (tag, sources) in SOURCES {
        for regional in &sources[1..] {
            for id in names(regional) {
                let known = names(sources[0]).any(|name| name == id);
                assert!(known, "{tag} changes {id}, which is nowhere");
            }
        }
    }
}

#[test]
fn every_file_can_be_read_and_has_each_name_once() {
    for (tag, sources) in SOURCES {
        for source in sources {
            let read = FluentResource::try_new((*source).to_owned());
            let errors = read.err().map(|(_, errors)| errors);
            assert!(errors.is_none(), "{tag}: {errors:?}");
            let all: Vec<_> = names(source).collect();
            let once: BTreeSet<_> = all.iter().collect();
            assert_eq!(all.len(), once.len(), "{tag} has a name twice");
        }
    }
}

#[test]
fn every_prompt_is_complete_and_short_enough_to_be_heard() {
    for catalog in &*CATALOGS {
        for id in ids(ENGLISH, false) {
            let text = catalog.prompt(&id, None).unwrap_or_default();
            assert!(!text.trim().is_empty() && text.len() < 600, "{id}: {text}");
            // An unknown part is written as its name in braces.
            assert!(!text.contains(['{', '}', '\n']), "{id}: {text}");
        }
        assert_eq!(catalog.prompts().len(), ids(ENGLISH, false).len());
    }
}

#[test]
fn unknown_names_and_those_of_the_grammar_are_no_prompts() {
    let english = Catalog::english();
    let text = english.prompt("vm-record_message", None);
    assert!(text.is_some_and(|text| text.contains("tone")));
    assert_eq!(english.prompt("vm-unheard_of", None), None);
    assert_eq!(english.prompt("say-time", None), None);
}

#[test]
fn only_what_can_be_dialled_or_spelled_is_spoken() {
    for (tag, said) in [
        ("en", ["plus", "2", "A", "star", "É", "hash"]),
        ("fr", ["plus", "2", "A", "étoile", "É", "dièse"]),
        ("de", ["plus", "2", "A", "Stern", "É", "Raute"]),
        ("es", ["más", "2", "A", "asterisco", "É", "almohadilla"]),
    ] {
        let catalog = Catalog::tagged(tag).expect("a catalog");
        let heard = "+2a*-( é#".chars().filter_map(|it| catalog.character(it));
        let heard: Vec<_> = heard.collect();
        assert_eq!(heard, said, "{tag}");
    }
}
