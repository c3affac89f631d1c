//! The tree itself: who may know whom, and that no test file is forgotten.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// The modules of ours that a file names after `crate::`.
fn uses(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap();
    let named = text.split("crate::").skip(1);
    named.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()).collect()
}

#[test]
fn nobody_knows_more_than_the_map_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: &[(&str, &[&str])] = &[
        ("domain", &["domain"]),
        ("store", &["domain", "store"]),
        ("clock.rs", &[]),
        ("i18n", &["i18n"]),
        ("config", &["config"]),
        ("import", &["domain", "store", "clock", "import"]),
        ("export", &["domain", "store", "json", "export"]),
        ("json.rs", &["domain"]),
        ("demo", &["domain", "store", "clock", "demo"]),
        ("channels", &["domain", "channels"]),
        ("engine", &["domain", "store", "channels", "clock", "engine"]),
        ("serve", &["domain", "store", "channels", "engine", "clock", "serve"]),
        (
            "cli",
            &[
                "domain", "store", "channels", "engine", "serve", "import", "export", "json", "demo",
                "config", "i18n", "clock", "cli", "words",
            ],
        ),
        ("words.rs", &["domain", "store", "import", "i18n"]),
        ("words/", &["config", "i18n"]),
        ("tui/worker", &["domain", "store", "clock", "i18n", "words", "tui"]),
        ("tui", &["domain", "config", "i18n", "clock", "tui", "words"]),
        ("main.rs", &[]),
        (
            "lib.rs",
            &[
                "domain", "store", "channels", "engine", "serve", "clock", "i18n", "config", "import",
                "export", "json", "demo", "cli", "tui", "words",
            ],
        ),
    ];
    for file in rust_files(&src) {
        let name = file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let rule = allowed.iter().find(|(place, _)| name.starts_with(place));
        let (_, allowed) = rule.unwrap_or_else(|| panic!("{name} is not on the map in this test"));
        for used in uses(&file) {
            assert!(allowed.contains(&used.as_str()), "{name} must not know {used}");
        }
    }
}

#[test]
fn every_test_file_is_run() {
    for folder in ["tests/it", "tests/pty"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let main = fs::read_to_string(folder.join("main.rs")).unwrap();
        for file in rust_files(&folder) {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(name == "main" || main.contains(&format!("mod {name};")), "{name}.rs is not in main.rs");
        }
    }
}
