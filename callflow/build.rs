//! Puts the help pages of the actions into the program: what they say, and one call of each as an example. The
//! other calls on the pages are tests. Without the feature `help` there are none.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A page split up: prose, and the calls with their titles.
struct Page {
    prose: String,
    example: Option<String>,
}

fn read(text: &str) -> Page {
    let mut page = Page {
        prose: String::new(),
        example: None,
    };
    let mut call: Option<String> = None;
    // The first line is the title, which the catalog knows.
    for line in text.lines().skip(1) {
        match (&mut call, line.trim_end()) {
            (None, "```scenario") => call = Some(String::new()),
            (None, line) => {
                page.prose.push_str(line);
                page.prose.push('\n');
            }
            (Some(_), "```") => {
                let ended = call.take();
                page.example = page.example.or(ended);
            }
            (Some(call), line) => {
                call.push_str(line);
                call.push('\n');
            }
        }
    }
    page
}

fn main() {
    println!("cargo::rerun-if-changed=src/action");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut paths: Vec<PathBuf> = fs::read_dir(root.join("src/action"))
        .expect("the folder of the actions")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    paths.sort();
    if env::var_os("CARGO_FEATURE_HELP").is_none() {
        paths.clear();
    }
    let mut source = String::from("&[\n");
    for path in paths {
        let module = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(&path).expect("a help page");
        let page = read(&text);
        let (prose, example) = (page.prose.trim(), page.example.unwrap_or_default());
        writeln!(source, "({module:?}, {prose:?}, {:?}),", example.trim_end()).expect("memory");
    }
    source.push_str("]\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("pages.rs"), source).expect("the generated file");
}
