//! A few rounds of the fuzzer: mutated files are imported and searches of chance are asked. `examples/fuzz.rs` runs more.

use std::path::Path;

use fuzzer::files::Corpus;

#[path = "../fuzz/mod.rs"]
mod fuzzer;

#[test]
fn mutated_files_and_searches_of_chance_find_nothing_wrong() {
    let corpus = Corpus::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples"));
    let folder = tempfile::TempDir::new().unwrap();
    for (subject, name) in fuzzer::subjects().into_iter().enumerate() {
        for round in 0..if name == "search" { 1 } else { 4 } {
            if let Err(finding) = fuzzer::run(&corpus, 1, subject, round, folder.path()) {
                panic!("--seed 1 --round {round} {name}\n{finding}");
            }
        }
    }
}
