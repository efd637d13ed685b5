//! From pieces to sentences: what belongs together is spoken in one breath, and numbers agree with what they count.

use super::catalog::Catalog;
use super::{Language, PromptError};
use callflow::command::Told;
use fluent_bundle::FluentArgs;
use jiff::Zoned;

/// A piece of what the system says.
#[derive(Debug, Clone)]
pub enum Piece<'a> {
    /// A prompt by its KAZOO name.
    Prompt(&'a str),
    /// A whole number.
    Number(u64),
    /// A local date and time of day.
    Moment(Zoned, Told),
}

impl Language {
    /// The pieces as sentences. A piece that does not end one, such as "You have", goes on with the next. Prompts
    /// that are unknown are left out and reported beside.
    #[must_use]
    pub fn sentences(&self, pieces: &[Piece<'_>]) -> (Vec<String>, Vec<PromptError>) {
        let (mut sentences, mut unknown) = (Vec::new(), Vec::new());
        let mut open: Vec<String> = Vec::new();
        let mut rest = pieces;
        while let [piece, after @ ..] = rest {
            rest = after;
            let text = match (piece, after) {
                (Piece::Number(count), [Piece::Prompt(id), beyond @ ..]) => {
                    match self.catalog.counted(id, *count) {
                        Some(both) => {
                            rest = beyond;
                            both
                        }
                        None => count.to_string(),
                    }
                }
                (Piece::Number(number), _) => number.to_string(),
                (Piece::Moment(local, told), _) => moment(self.catalog, local, *told),
                (Piece::Prompt(id), _) => match self.catalog.prompt(id, None) {
                    Some(text) => text,
                    None => {
                        unknown.push(PromptError::Unknown((*id).to_owned()));
                        continue;
                    }
                },
            };
            let ends = matches!(piece, Piece::Moment(..)) || text.ends_with(['.', '?', '!', ':']);
            open.push(text);
            if ends {
                sentences.push(std::mem::take(&mut open).join(" "));
            }
        }
        if !open.is_empty() {
            sentences.push(open.join(" "));
        }
        (sentences, unknown)
    }
}

/// A date and time of day in words that a voice of the language reads well.
fn moment(catalog: &Catalog, local: &Zoned, told: Told) -> String {
    let mut values = FluentArgs::new();
    let hour = local.hour();
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    for (name, value) in [
        ("weekday", i64::from(local.weekday().to_monday_one_offset())),
        ("day", i64::from(local.day())),
        ("month", i64::from(local.month())),
        ("hour", i64::from(hour)),
        ("hour12", i64::from(twelve)),
        ("minute", i64::from(local.minute())),
        ("tens", i64::from(local.minute() / 10)),
    ] {
        values.set(name, value);
    }
    // A text: a number would be grouped by thousands where a language does so.
    values.set("year", local.year().to_string());
    values.set("half", if hour < 12 { "am" } else { "pm" });
    let id = match told {
        Told::Date => "say-date",
        Told::Time => "say-time",
        Told::DateTime => "say-date_time",
        Told::Since(now) => {
            values.set(
                "when",
                when(local, &now.to_zoned(local.time_zone().clone())),
            );
            "say-since"
        }
    };
    catalog.format(id, None, &values).unwrap_or_default()
}

/// How far back a moment lies.
fn when(local: &Zoned, now: &Zoned) -> &'static str {
    if local.date() == now.date() {
        "today"
    } else if local.date().tomorrow().is_ok_and(|day| day == now.date()) {
        "yesterday"
    } else if local.year() == now.year() {
        "date"
    } else {
        "year"
    }
}

#[cfg(test)]
mod tests;
