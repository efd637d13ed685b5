//! With the feature `embed`, turns the built site (directory `PATCHCORD_SITE`) into a table of files compiled into the
//! program, each with its brotli and gzip form and a hash of its contents.

fn main() {
    println!("cargo:rerun-if-env-changed=PATCHCORD_SITE");
    #[cfg(feature = "embed")]
    embed::write();
}

#[cfg(feature = "embed")]
mod embed {
    use sha2::{Digest, Sha256};
    use std::fmt::Write as _;
    use std::fs;
    use std::io::Write as _;
    use std::path::{Path, PathBuf};

    pub fn write() {
        let site = std::env::var_os("PATCHCORD_SITE").map(PathBuf::from).expect(
            "embedding the site: PATCHCORD_SITE is not set; build the site first and name its directory",
        );
        let site = fs::canonicalize(&site).unwrap_or_else(|error| {
            panic!(
                "embedding the site from {}: {error}; build it first",
                site.display()
            )
        });
        let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
        let mut files = Vec::new();
        list(&site, &mut files);
        files.sort();
        let mut all = Sha256::new();
        let mut table = String::from("pub static FILES: &[File] = &[\n");
        for (number, path) in files.iter().enumerate() {
            let bytes = fs::read(path).expect("reading a file of the site");
            let name = path
                .strip_prefix(&site)
                .expect("listed below the site")
                .to_string_lossy()
                .replace('\\', "/");
            all.update(name.as_bytes());
            all.update(&bytes);
            let packed = |suffix: &str, data: Option<Vec<u8>>| -> String {
                // A form that saves nothing is left out.
                match data.filter(|data| data.len() < bytes.len() * 19 / 20) {
                    None => "None".into(),
                    Some(data) => {
                        let file = out.join(format!("{number}.{suffix}"));
                        fs::write(&file, data).expect("writing a packed file");
                        format!("Some(include_bytes!({:?}))", file.display().to_string())
                    }
                }
            };
            let text = is_text(&name);
            let brotli = packed("br", text.then(|| brotli(&bytes)));
            let gzip = packed("gz", text.then(|| gzip(&bytes)));
            writeln!(
                table,
                "    File {{ path: {name:?}, etag: {:?}, plain: include_bytes!({:?}), brotli: {brotli}, gzip: {gzip} }},",
                hash(&Sha256::digest(&bytes)),
                path.display().to_string(),
            )
            .expect("writing to a string");
        }
        writeln!(
            table,
            "];\npub static HASH: &str = {:?};",
            hash(&all.finalize())
        )
        .expect("writing to a string");
        fs::write(out.join("site.rs"), table).expect("writing the table of files");
    }

    fn list(dir: &Path, files: &mut Vec<PathBuf>) {
        println!("cargo:rerun-if-changed={}", dir.display());
        for entry in fs::read_dir(dir).expect("reading a directory of the site") {
            let path = entry.expect("reading a directory entry").path();
            if path.is_dir() {
                list(&path, files);
            } else {
                println!("cargo:rerun-if-changed={}", path.display());
                files.push(path);
            }
        }
    }

    fn is_text(name: &str) -> bool {
        [
            "js", "mjs", "wasm", "css", "svg", "html", "json", "txt", "map",
        ]
        .iter()
        .any(|ending| name.rsplit('.').next() == Some(ending))
    }

    fn hash(digest: &[u8]) -> String {
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        let mut writer = brotli::CompressorWriter::new(&mut packed, 1 << 16, 11, 22);
        writer.write_all(bytes).expect("compressing into memory");
        drop(writer);
        packed
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).expect("compressing into memory");
        writer.finish().expect("compressing into memory")
    }
}
