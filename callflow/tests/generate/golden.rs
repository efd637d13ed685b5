//! Files that are made from the sources and kept beside them, so that a change of them is seen.
//!
//! `PATCHCORD_WRITE=1 cargo test -p callflow` writes them anew.

use std::collections::BTreeSet;
use std::path::Path;

/// Compares files of a folder of the repository with what they should hold, or writes them.
pub fn compare(folder: &str, extension: &str, files: &[(String, String)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let write = std::env::var_os("PATCHCORD_WRITE").is_some();
    if write {
        std::fs::create_dir_all(&path).unwrap();
    }
    let mut wrong = Vec::new();
    for (name, text) in files {
        let file = path.join(name);
        let now = std::fs::read_to_string(&file).unwrap_or_default();
        if now == *text {
            continue;
        }
        match write {
            true => std::fs::write(&file, text).unwrap(),
            false => wrong.push(format!("{name} is not up to date")),
        }
    }
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    for entry in std::fs::read_dir(&path).into_iter().flatten() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let ours = file.extension().is_some_and(|e| e == extension);
        if ours && !names.contains(name.as_str()) {
            match write {
                true => std::fs::remove_file(&file).unwrap(),
                false => wrong.push(format!("{name} belongs to nothing")),
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{folder}: {wrong:#?}\nPATCHCORD_WRITE=1 cargo test -p callflow writes these files."
    );
}
