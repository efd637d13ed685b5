use super::*;
use Piece::{Number, Prompt};

fn said(tag: &str, pieces: &[Piece<'_>]) -> Vec<String> {
    let (sentences, unknown) = Language::of([tag]).sentences(pieces);
    assert!(unknown.is_empty(), "{unknown:?}");
    sentences
}

fn at(text: &str) -> Zoned {
    text.parse().expect("a moment")
}

/// How a moment is told on the evening of Friday, 27 November 2026, in Berlin.
fn told(tag: &str, moment: &str, told: impl Fn(jiff::Timestamp) -> Told) -> String {
    let now = at("2026-11-27T20:00[Europe/Berlin]").timestamp();
    let moment = Piece::Moment(at(&format!("{moment}[Europe/Berlin]")), told(now));
    said(tag, &[moment]).join("|")
}

#[test]
fn messages_are_counted_by_the_rules_of_each_language() {
    for (tag, new, said_so) in [
        ("en-GB", 1, "You have 1 new message."),
        ("en-GB", 3, "You have 3 new messages."),
        ("fr-FR", 1, "Vous avez 1 nouveau message."),
        ("fr-FR", 3, "Vous avez 3 nouveaux messages."),
        ("de-DE", 1, "Sie haben eine neue Nachricht."),
        ("de-DE", 21, "Sie haben 21 neue Nachrichten."),
        ("es-ES", 1, "Tiene un mensaje nuevo."),
        ("es-ES", 21, "Tiene veintiún mensajes nuevos."),
        ("es-MX", 1_200, "Tiene 1200 mensajes nuevos."),
    ] {
        let many = if new == 1 {
            "vm-new_message"
        } else {
            "vm-new_messages"
        };
        let pieces = [Prompt("vm-you_have"), Number(new), Prompt(many)];
        assert_eq!(said(tag, &pieces), [said_so]);
    }
}

#[test]
fn new_and_saved_messages_agree_each_with_its_number() {
    for (tag, new, said_so) in [
        ("en", 1, "You have 1 new and 2 saved messages."),
        (
            "fr",
            1,
            "Vous avez 1 nouveau message et 2 messages sauvegardés.",
        ),
        (
            "fr",
            4,
            "Vous avez 4 nouveaux messages et 2 messages sauvegardés.",
        ),
        (
            "de",
            1,
            "Sie haben eine neue und 2 gespeicherte Nachrichten.",
        ),
        ("es", 1, "Tiene un mensaje nuevo y 2 mensajes guardados."),
    ] {
        let pieces = [
            Prompt("vm-you_have"),
            Number(new),
            Prompt("vm-new_and"),
            Number(2),
            Prompt("vm-saved_messages"),
        ];
        assert_eq!(said(tag, &pieces), [said_so]);
    }
}

#[test]
fn sentences_end_where_a_prompt_ends_one() {
    let pieces = [
        Prompt("vm-message_number"),
        Number(2),
        Prompt("vm-saved"),
        Prompt("vm-thank_you"),
    ];
    // Without a full stop "Message 2" would go on with what follows it.
    assert_eq!(said("en", &pieces), ["Message 2 Saved.", "Thank you."]);
    let pieces = [Prompt("conf-there_are"), Number(3)];
    assert_eq!(said("de", &pieces), ["Außer Ihnen sind noch 3"]);
}

#[test]
fn unknown_prompt_is_left_out_and_told() {
    let pieces = [Prompt("vm-nonsense"), Prompt("vm-saved")];
    let (sentences, unknown) = Language::of(["fr"]).sentences(&pieces);
    assert_eq!(sentences, ["C'est sauvegardé."]);
    assert_eq!(unknown.len(), 1);
    assert!(unknown[0].to_string().contains("vm-nonsense"));
}

#[test]
fn moments_of_today_and_yesterday_are_called_so() {
    for (tag, today, yesterday) in [
        ("en-GB", "today at 3 p.m.", "yesterday at 9 oh 5 a.m."),
        ("en-US", "today at 3 p.m.", "yesterday at 9 oh 5 a.m."),
        ("fr", "aujourd'hui à 15 heures", "hier à 9 heures 5"),
        ("de", "heute um 15 Uhr", "gestern um 9 Uhr 5"),
        (
            "es",
            "hoy a las 3 de la tarde",
            "ayer a las 9 y 5 de la mañana",
        ),
    ] {
        assert_eq!(told(tag, "2026-11-27T15:00", Told::Since), today);
        assert_eq!(told(tag, "2026-11-26T09:05", Told::Since), yesterday);
    }
}

#[test]
fn older_moments_have_their_date_and_those_of_other_years_the_year() {
    for (tag, date, year) in [
        (
            "en-GB",
            "on Sunday the 1st of November at 3 30 p.m.",
            "on Tuesday the 23rd of December 2025 at midday",
        ),
        (
            "en-US",
            "on Sunday, November 1st, at 3 30 p.m.",
            "on Tuesday, December 23rd, 2025 at midday",
        ),
        (
            "fr",
            "le dimanche premier novembre à 15 heures 30",
            "le mardi 23 décembre 2025 à midi",
        ),
        (
            "de",
            "am Sonntag, dem ersten November, um 15 Uhr 30",
            "am Dienstag, dem dreiundzwanzigsten Dezember 2025, um 12 Uhr",
        ),
        (
            "es",
            "el domingo 1 de noviembre a las 3 y 30 de la tarde",
            "el martes 23 de diciembre de 2025 a las 12 del mediodía",
        ),
        (
            "es-AR",
            "el domingo primero de noviembre a las 3 y 30 de la tarde",
            "el martes 23 de diciembre de 2025 a las 12 del mediodía",
        ),
    ] {
        assert_eq!(told(tag, "2026-11-01T15:30", Told::Since), date);
        assert_eq!(told(tag, "2025-12-23T12:00", Told::Since), year);
    }
}

#[test]
fn hours_before_nouns_have_their_gender() {
    for (tag, one, midnight) in [
        ("en", "1 oh 1 a.m.", "midnight"),
        ("fr", "une heure 1", "minuit"),
        ("de", "ein Uhr 1", "0 Uhr"),
        ("es", "la una y 1 de la madrugada", "las 12 de la noche"),
    ] {
        let time = |moment| told(tag, moment, |_| Told::Time);
        assert_eq!(time("2026-11-27T01:01"), one);
        assert_eq!(time("2026-11-27T00:00"), midnight);
    }
}

#[test]
fn date_alone_is_told_without_the_time() {
    for (tag, date) in [
        ("en", "Friday the 27th of November 2026"),
        ("en-US", "Friday, November 27th, 2026"),
        ("fr", "vendredi 27 novembre 2026"),
        ("de", "Freitag, der siebenundzwanzigste November 2026"),
        ("es", "viernes 27 de noviembre de 2026"),
    ] {
        assert_eq!(told(tag, "2026-11-27T15:30", |_| Told::Date), date);
        let both = told(tag, "2026-11-27T15:30", |_| Told::DateTime);
        assert!(both.starts_with(date) && both.len() > date.len(), "{both}");
    }
}
