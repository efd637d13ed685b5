//! The versions of a callflow, and what differs between two of them.

mod drawing;
mod union;

use super::Desk;
use super::callflows::published;
use super::when::told;
use crate::editor::Published;
use crate::trouble::Trouble;
use crate::versions::{
    Comparison, Counts, Discarded, FieldView, HistoryView, Mark, Side, Told, VersionRow, Wanted,
};
use crate::words::sentence;
use callflow::diff::{Change, Kind, changes_in};
use callflow::{Callflow, Directory};
use drawing::{Marks, Subject};
use std::collections::HashSet;
use std::sync::Arc;
use store::{Access, Draft, Page, Publication, Save};
use union::Union;

/// Versions that one piece of the list shows.
const PIECE: u32 = 20;

/// See [`crate::versions::load_history`].
pub(crate) async fn history(
    account: &str,
    callflow: &str,
    wanted: Wanted,
) -> Result<HistoryView, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let zone = desk.store.account(&access).await?.time_zone;
    let draft = desk.store.callflow(&access, callflow).await?;
    let directory = desk.store.directory(&access).await?;
    // One more than is shown: the oldest row too is compared with the version before it.
    let page = Page {
        cursor: wanted.older.clone().filter(|cursor| !cursor.is_empty()),
        limit: Some(PIECE + 1),
        search: None,
    };
    let found = desk.store.history(&access, callflow, &page).await?;
    let rows: Vec<VersionRow> = found
        .items
        .iter()
        .enumerate()
        .take(PIECE as usize)
        .map(|(at, publication)| {
            let before = found.items.get(at + 1);
            version_row(publication, before, &zone, &directory)
        })
        .collect();
    let shown = found.items.get(PIECE as usize - 1);
    let older = shown.filter(|_| found.items.len() > PIECE as usize);
    let live = match draft.live_version {
        Some(version) => Some(desk.store.version(&access, callflow, version).await?),
        None => None,
    };
    let mut view = HistoryView {
        title: draft.callflow.title(),
        revision: draft.revision,
        live: draft.live_version,
        draft: draft_row(&draft, live.as_ref(), &zone, &directory),
        rows,
        older: older.map(|publication| Page::cursor_at(&publication.summary.version.to_string())),
        compared: None,
    };
    if let Some((from, to)) = sides(&wanted, &draft, &view.draft.counts) {
        let old = side(&desk, &access, &draft, from).await?;
        let new = side(&desk, &access, &draft, to).await?;
        view.compared = Some(compare(from, &old, to, &new, &directory));
    }
    Ok(view)
}

/// The sides that are asked for; else the draft against what is live when they differ, else the live version against
/// the one before.
fn sides(wanted: &Wanted, draft: &Draft, unpublished: &Counts) -> Option<(Side, Side)> {
    let live = draft.live_version.map(Side::Version);
    let to = wanted.to.as_deref().and_then(Side::read).or_else(|| {
        if live.is_none() || *unpublished != Counts::default() {
            Some(Side::Draft)
        } else {
            live
        }
    })?;
    let from = wanted.from.as_deref().and_then(Side::read);
    let before = match to {
        Side::Draft => live,
        Side::Version(version) if version > 1 => Some(Side::Version(version - 1)),
        Side::Version(_) => Some(to),
    };
    Some((from.or(before)?, to))
}

async fn side(
    desk: &Desk,
    access: &Access,
    draft: &Draft,
    side: Side,
) -> Result<Arc<Callflow>, Trouble> {
    Ok(Arc::new(match side {
        Side::Draft => draft.callflow.clone(),
        Side::Version(version) => {
            desk.store
                .version(access, &draft.id, version)
                .await?
                .callflow
        }
    }))
}

fn version_row(
    publication: &Publication,
    before: Option<&Publication>,
    zone: &str,
    directory: &Directory,
) -> VersionRow {
    let summary = &publication.summary;
    VersionRow {
        side: Side::Version(summary.version),
        live: summary.live,
        when: told(summary.published_at, zone),
        by: summary.published_by.clone(),
        note: summary.note.clone(),
        counts: before.map_or_else(Counts::default, |before| {
            counts(&changes_in(
                &before.callflow,
                &publication.callflow,
                directory,
            ))
        }),
    }
}

fn draft_row(
    draft: &Draft,
    live: Option<&Publication>,
    zone: &str,
    directory: &Directory,
) -> VersionRow {
    VersionRow {
        side: Side::Draft,
        live: false,
        when: told(draft.updated_at, zone),
        by: draft.updated_by.clone(),
        note: String::new(),
        counts: live.map_or_else(Counts::default, |live| {
            counts(&changes_in(&live.callflow, &draft.callflow, directory))
        }),
    }
}

/// How many steps were added, removed, moved and changed; a changed main block counts as one.
fn counts(changes: &[Change]) -> Counts {
    let count = |kinds: &[Kind]| {
        let nodes: HashSet<_> = changes
            .iter()
            .filter(|change| kinds.contains(&change.kind))
            .map(|change| change.node)
            .collect();
        nodes.len()
    };
    Counts {
        added: count(&[Kind::Added]),
        removed: count(&[Kind::Removed]),
        changed: count(&[Kind::Changed, Kind::Main]),
        moved: count(&[Kind::Moved]),
    }
}

fn mark(kind: Kind) -> Option<Mark> {
    match kind {
        Kind::Main => None,
        Kind::Added => Some(Mark::Added),
        Kind::Removed => Some(Mark::Removed),
        Kind::Changed => Some(Mark::Changed),
        Kind::Moved => Some(Mark::Moved),
    }
}

fn compare(
    from: Side,
    old: &Callflow,
    to: Side,
    new: &Callflow,
    directory: &Directory,
) -> Comparison {
    let changes = changes_in(old, new, directory);
    let mut marks = Marks::new();
    for change in &changes {
        if let (Some(node), Some(mark)) = (change.node, mark(change.kind)) {
            // A step that was changed and moved is marked as changed; both are told.
            let now = marks.entry(node).or_insert(mark);
            if mark == Mark::Changed {
                *now = mark;
            }
        }
    }
    let subject = |union: Union, callflow, flows, former| {
        Subject {
            union,
            callflow,
            flows,
            former,
            marks: &marks,
            directory,
        }
        .draw()
    };
    let flows = [&*new.flow, &*old.flow];
    Comparison {
        from,
        to,
        counts: counts(&changes),
        together: subject(
            Union::together(&old.flow, &new.flow),
            new,
            flows,
            Some(&old.flow),
        ),
        before: subject(Union::of(&old.flow), old, [flows[1]; 2], None),
        after: subject(Union::of(&new.flow), new, [flows[0]; 2], None),
        changes: changes
            .iter()
            .map(|change| tell(change, old, new, directory))
            .collect(),
    }
}

fn tell(change: &Change, old: &Callflow, new: &Callflow, directory: &Directory) -> Told {
    let node = change
        .node
        .and_then(|id| new.flow.node(id).or_else(|| old.flow.node(id)));
    let fields = change.fields.iter().filter_map(|field| {
        let [from, to] = callflow::diff::told(field, &node?.action, directory);
        Some(FieldView {
            label: field.label.clone(),
            from,
            to,
        })
    });
    Told {
        node: change.node.map(|id| id.to_string()),
        mark: mark(change.kind),
        text: sentence(&change.text),
        fields: fields.collect(),
    }
}

/// See [`crate::versions::roll_back`].
pub(crate) async fn roll_back(
    account: &str,
    callflow: &str,
    version: i64,
) -> Result<Published, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let outcome = desk.store.rollback(&access, callflow, version).await?;
    published(&desk, &access, outcome).await
}

/// See [`crate::versions::discard_draft`].
pub(crate) async fn discard_draft(
    account: &str,
    callflow: &str,
    base: i64,
) -> Result<Discarded, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    Ok(
        match desk
            .store
            .discard_draft(&access, callflow, Some(base))
            .await?
        {
            Save::Saved(_) => Discarded::Done,
            Save::Conflict(theirs) => Discarded::Saved {
                by: theirs.updated_by,
            },
        },
    )
}
