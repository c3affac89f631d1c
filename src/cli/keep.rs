//! Commands that look after the file: backup, doctor.

use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::{Context, Failure, Outcome, output, print_json, say, shown};
use crate::i18n::Key;
use crate::store::{Access, Finding, Store, StoreError};
use crate::words;

pub(super) fn backup(file: &Path, json: bool, context: &Context<'_>) -> Outcome<()> {
    let texts = context.texts;
    let store = context.open(Access::Read)?;
    let counts = store.backup(file).map_err(|error| {
        if let StoreError::Io(error) = &error {
            return context.file_failed(file, error);
        }
        let about_the_copy =
            matches!(&error, StoreError::Full | StoreError::Disk(_) | StoreError::NotUnicode);
        Failure::Failed(words::store_error(
            texts,
            &error,
            if about_the_copy { file } else { &context.config.db },
        ))
    })?;
    let object = json!({"file": shown(file), "total": counts.total()});
    say(json, &object, &texts.count_fill(Key::BackupDone, counts.total(), &[("file", &shown(file))]))
}

/// Exits with 1 when something is wrong and was not mended.
pub(super) fn doctor(repair: bool, json: bool, context: &Context<'_>) -> Outcome<u8> {
    let texts = context.texts;
    let fail = |error| context.failed(&error);
    let path = &context.config.db;
    let opened = Store::open(path, if repair { Access::Write } else { Access::Read });
    let mut store = match opened {
        // Nothing else opens such a file; here it is looked at as far as that goes.
        Err(StoreError::Damaged(_)) => Store::open_damaged(path).map_err(fail)?,
        other => other.map_err(fail)?,
    };
    let report = store.examine().map_err(fail)?;
    let mut mended = Vec::new();
    let mut left = report.findings.clone();
    // Writing into a damaged file would damage more of it.
    let damaged = left.iter().any(|finding| matches!(finding, Finding::Integrity(_)));
    if repair && !damaged && report.findings.iter().any(Finding::can_be_mended) {
        store.mend().map_err(fail)?;
        left = store.examine().map_err(fail)?.findings;
        mended = report.findings.iter().filter(|finding| !left.contains(finding)).cloned().collect();
    }
    let mut out = output();
    if json {
        let sentences = |findings: &[Finding]| findings.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (left, mended) = (sentences(&left), sentences(&mended));
        print_json(&mut out, &json!({"messages": report.messages, "findings": left, "mended": mended}))?;
    } else {
        for finding in &mended {
            writeln!(out, "{}", texts.fill(Key::DoctorMended, &[("what", &words::finding(texts, finding))]))?;
        }
        for finding in &left {
            writeln!(out, "{}", texts.fill(Key::DoctorFound, &[("what", &words::finding(texts, finding))]))?;
        }
        if damaged {
            writeln!(out, "{}", texts.count(Key::DoctorReadable, report.messages))?;
            writeln!(out, "{}", texts.get(Key::DoctorRestore))?;
        } else if left.is_empty() {
            writeln!(out, "{}", texts.count(Key::DoctorSound, report.messages))?;
        } else if left.iter().any(Finding::can_be_mended) {
            writeln!(out, "{}", texts.get(Key::DoctorRepair))?;
        } else {
            writeln!(out, "{}", texts.get(Key::DoctorRestore))?;
        }
    }
    out.flush()?;
    Ok(u8::from(!left.is_empty()))
}
