//! The records of an import that are wrong, as they stand in their files: a person mends them and imports them again.
//!
//! A line each. `jq -r .record` gives what can be imported again once it is mended: lines as they were, the rows of a table
//! below its header, the elements of an XML file, which want a root around them.

use std::io::{BufWriter, Error, Result, Write};
use std::path::Path;

use serde_json::json;

use super::new_file::{NewFile, Readers};
use crate::import::{Problem, Rejected};

/// The file on its way. It gets its name only when something is in it.
pub(super) struct RejectedFile {
    out: BufWriter<NewFile>,
    written: Written,
}

/// How much is in it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    bytes: u64,
    pub(super) records: u64,
}

impl RejectedFile {
    /// Begins the file. One that is there already is an error.
    pub(super) fn at(file: &Path) -> Result<Self> {
        let part = NewFile::at(file, false, Readers::Owner)?;
        Ok(Self { out: BufWriter::new(part), written: Written::default() })
    }

    pub(super) fn put(&mut self, source: &Path, rejected: &Rejected) -> Result<()> {
        let record = rejected.record.as_ref();
        let mut line = json!({
            "file": source.to_string_lossy(),
            "src": rejected.src,
            "reason": rejected.problem.map_or("header", Problem::name),
            "record": record.map_or("", |raw| &raw.text),
        });
        if record.is_some_and(|raw| raw.is_cut) {
            line["cut"] = json!(true);
        }
        let mut bytes = Vec::new();
        crate::json::write(&mut bytes, &line)?;
        self.out.write_all(&bytes)?;
        self.written.bytes += bytes.len() as u64;
        self.written.records += u64::from(rejected.problem.is_some());
        Ok(())
    }

    pub(super) fn written(&self) -> Written {
        self.written
    }

    /// Takes back what came in since then.
    pub(super) fn go_back(&mut self, to: Written) -> Result<()> {
        self.out.flush()?;
        self.out.get_mut().cut_back(to.bytes)?;
        self.written = to;
        Ok(())
    }

    /// Nothing more comes: gives how many records are in it. With none there is no file.
    pub(super) fn keep(self) -> Result<u64> {
        let records = self.written.records;
        if records > 0 {
            self.out.into_inner().map_err(|error| Error::from(error.into_error().kind()))?.keep()?;
        }
        Ok(records)
    }
}
