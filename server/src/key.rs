//! The key that passwords in the database are encrypted under: a file beside the database, made when it is missing.

use rand::RngCore;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use store::SecretKey;

/// Length of a key in bytes.
const LENGTH: usize = 32;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error(
        "The key file {path} cannot be read or made: {source}. Check PATCHCORD_DATA and its permissions."
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error(
        "The key file {path} does not hold 64 hexadecimal digits. Restore it from the backup; if there is none, remove it and enter the passwords of the carriers again."
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// The key of the data directory.
///
/// # Errors
/// When it can be neither read nor made.
pub(crate) fn of_passwords(data: &Path) -> Result<SecretKey, KeyError> {
    let directory = data.join("keys");
    let path = directory.join("passwords");
    let failed = |source| KeyError::File {
        path: path.clone(),
        source,
    };
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut directories = DirBuilder::new();
            directories.recursive(true).mode(0o700);
            directories.create(&directory).map_err(failed)?;
            make(&directory, &path).map_err(failed)?;
            // As it is on disk: another process may have been first.
            fs::read_to_string(&path).map_err(failed)?
        }
        read => read.map_err(failed)?,
    };
    let bytes = parse(text.trim()).ok_or_else(|| KeyError::Damaged { path: path.clone() })?;
    Ok(SecretKey::from_bytes(bytes))
}

/// Writes a new key whole or not at all; one that is there already stays.
fn make(directory: &Path, path: &Path) -> io::Result<()> {
    let mut bytes = [0_u8; LENGTH];
    rand::rng().fill_bytes(&mut bytes);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let draft = directory.join(format!("passwords.{:016x}", rand::random::<u64>()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(format!("{text}\n").as_bytes())?;
    file.sync_all()?;
    let linked = match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    };
    fs::remove_file(&draft)?;
    linked
}

fn parse(text: &str) -> Option<[u8; LENGTH]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
    bytes.try_into().ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn key_is_made_once_for_its_owner_alone_and_a_damaged_one_is_told() {
        let data = tempfile::tempdir().expect("a directory");
        let path = data.path().join("keys/passwords");
        of_passwords(data.path()).expect("a key");
        let first = fs::read_to_string(&path).expect("the key");
        of_passwords(data.path()).expect("the same key");
        assert_eq!(fs::read_to_string(&path).expect("the key"), first);
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let files = fs::read_dir(data.path().join("keys")).expect("a directory");
        assert_eq!(files.count(), 1);
        for damaged in ["", "0011", &"zz".repeat(32), &first.trim()[1..]] {
            fs::write(&path, damaged).expect("written");
            let refused = of_passwords(data.path());
            assert!(
                matches!(refused, Err(KeyError::Damaged { .. })),
                "{damaged}"
            );
        }
    }

    #[test]
    fn bytes_are_read_as_they_were_written() {
        let text: String = (0..32).map(|n| format!("{:02x}", n * 8)).collect();
        let bytes = parse(&text).expect("a key");
        assert_eq!((bytes[1], bytes[31]), (8, 248));
    }
}
