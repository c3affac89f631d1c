//! The file: what is not a workspace is told so and left as it is; writers share it; what is torn or full says so.

use std::fs;
use std::path::Path;

use recado::domain::contact::ContactStatus;
use recado::domain::draft::DraftKey;
use recado::domain::folder::Folder;
use recado::domain::listing::{Place, View};
use recado::domain::message::{Cause, Status, Visibility};
use recado::domain::{ChannelId, ContactId, MessageId, Time};
use recado::store::{Access, Finding, Store, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::{Put, Workspace, search, settings};

fn unchanged(path: &Path, check: impl FnOnce(&StoreError) -> bool) {
    let before = fs::read(path).unwrap();
    for access in [Access::Read, Access::Write] {
        let error = Store::open(path, access).unwrap_err();
        if access == Access::Write {
            assert!(
                matches!(Store::open_or_create(path, settings()), Err(again) if again.to_string() == error.to_string())
            );
            assert!(check(&error), "{error:?}");
            break;
        }
    }
    assert_eq!(fs::read(path).unwrap(), before);
    let beside: Vec<_> =
        fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
}

#[test]
fn the_database_of_another_program_is_told_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES(1)").unwrap();
    drop(other);
    unchanged(&path, |error| matches!(error, StoreError::NotAWorkspace));
}

#[test]
fn a_file_that_is_no_database_is_told_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    for content in ["hello", "SQLite format 3\0 and then nothing", &"x".repeat(5000)] {
        fs::write(&path, content).unwrap();
        unchanged(&path, |error| matches!(error, StoreError::NotAWorkspace));
    }
}

#[test]
fn a_newer_workspace_is_told_and_left_as_it_is() {
    let workspace = Workspace::new();
    let path = workspace.path();
    let Workspace { folder, store } = workspace;
    drop(store);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(conn);
    unchanged(&path, |error| matches!(error, StoreError::Newer { found: 99 }));
    drop(folder);
}

#[test]
fn a_read_only_file_answers_questions_and_refuses_changes() {
    let mut workspace = Workspace::new();
    workspace.put(Put::incoming("hola", 0));
    workspace.store.tidy().unwrap();
    let path = workspace.path();
    let Workspace { folder, store } = workspace;
    drop(store);
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path, Access::Write), Err(StoreError::ReadOnly)));
    let store = Store::open(&path, Access::Read).unwrap();
    assert_eq!(store.counts().unwrap().of(Folder::Inbox).total, 1);
    drop(store);
    assert_eq!(fs::read(&path).unwrap(), before);
    drop(folder);
}

#[test]
fn a_torn_workspace_is_told() {
    let mut workspace = Workspace::new();
    workspace.put_all((0..500).map(|n| Put::incoming("hola", n)).collect());
    workspace.store.tidy().unwrap();
    let path = workspace.path();
    let Workspace { folder, store } = workspace;
    drop(store);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    unchanged(&path, |error| matches!(error, StoreError::Damaged(_)));
    // Overwritten in the middle: the header is fine, and the damage is told when it is met.
    let mut scribbled = whole.clone();
    for byte in &mut scribbled[8192..] {
        *byte = 0x55;
    }
    fs::write(&path, &scribbled).unwrap();
    let told = Store::open(&path, Access::Read).and_then(|store| store.counts());
    assert!(matches!(told, Err(StoreError::Damaged(_) | StoreError::NotAWorkspace)), "{told:?}");
    drop(folder);
}

#[test]
fn an_empty_file_becomes_a_workspace_and_a_missing_one_is_told() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("deep/er/w.db");
    assert!(matches!(Store::open(&path, Access::Read), Err(StoreError::Missing)));
    let store = Store::open_or_create(&path, settings()).unwrap();
    assert_eq!(store.settings().unwrap(), settings());
    drop(store);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    Store::open_or_create(&empty, settings()).unwrap();
    Store::open(&empty, Access::Read).unwrap();
}

#[test]
fn two_programs_write_at_once_and_nothing_is_lost() {
    let workspace = Workspace::new();
    let path = workspace.path();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let path = path.clone();
            std::thread::spawn(move || {
                let mut store = Store::open(&path, Access::Write).unwrap();
                for n in 0..50 {
                    let put = Put::incoming(&format!("hola {writer}"), n)
                        .from(&format!("tel:+57300111{writer}{n:03}"), "Ana");
                    store.write(|tx| put.put(tx)).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(workspace.store.counts().unwrap().total(), 200);
    assert_eq!(workspace.store.count(&search(Place::Everywhere, "hola")).unwrap(), 200);
    workspace.is_sound();
}

#[test]
fn what_another_connection_writes_moves_the_data_version() {
    let workspace = Workspace::new();
    let mut other = workspace.another();
    let before = workspace.store.data_version().unwrap();
    assert_eq!(workspace.store.data_version().unwrap(), before);
    other.write(|tx| Put::incoming("hola", 0).put(tx)).unwrap();
    assert_ne!(workspace.store.data_version().unwrap(), before);
}

#[test]
fn a_backup_is_a_sound_workspace_with_the_same_messages() {
    let mut workspace = Workspace::new();
    workspace.put_all((0..100).map(|n| Put::incoming("hola", n).label("vip")).collect());
    let to = workspace.folder.path().join("copy.db");
    workspace.store.backup(&to).unwrap();
    let copy = Store::open(&to, Access::Write).unwrap();
    assert_eq!(copy.counts().unwrap(), workspace.store.counts().unwrap());
    assert_eq!(copy.count(&search(Place::Everywhere, "hola")).unwrap(), 100);
    assert!(workspace.store.backup(&to).is_err(), "a backup overwrites nothing");
}

/// What is in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_that_fails_leaves_nothing_and_makes_no_folder() {
    let mut workspace = Workspace::new();
    workspace.put(Put::incoming("hola", 0));
    let nowhere = workspace.folder.path().join("nope/copy.db");
    assert!(matches!(workspace.store.backup(&nowhere), Err(StoreError::Io(_))));
    assert!(!nowhere.parent().unwrap().exists());
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let strange = workspace.folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
        fs::create_dir(&strange).unwrap();
        assert!(matches!(workspace.store.backup(&strange.join("copy.db")), Err(StoreError::NotUnicode)));
        assert_eq!(fs::read_dir(&strange).unwrap().count(), 0);
        fs::remove_dir(&strange).unwrap();
    }
    // A contact is gone: the copy does not pass its examination.
    let spoil = Connection::open(workspace.path()).unwrap();
    spoil.execute_batch("PRAGMA foreign_keys = 0; UPDATE message SET contact_id = 99").unwrap();
    let to = workspace.folder.path().join("copy.db");
    assert!(matches!(workspace.store.backup(&to), Err(StoreError::Damaged(_))));
    assert!(!to.exists());
    spoil.execute_batch("UPDATE message SET contact_id = 1").unwrap();
    // What can be mended, in the copy too, is no reason to have none.
    spoil.execute_batch("UPDATE folder_count SET total = 9 WHERE folder = 1").unwrap();
    drop(spoil);
    workspace.store.backup(&to).unwrap();
    assert_eq!(names(workspace.folder.path()), ["copy.db", "w.db", "w.db-shm", "w.db-wal"]);
}

/// A workspace as an older recado made it, with some rows.
fn old_workspace(path: &Path, schema: usize, rows: &str) {
    let migrations = [
        include_str!("../../assets/migrations/0001_init.sql"),
        include_str!("../../assets/migrations/0002_contact_alias.sql"),
        include_str!("../../assets/migrations/0003_sending.sql"),
        include_str!("../../assets/migrations/0004_drafts.sql"),
        include_str!("../../assets/migrations/0005_fired_for.sql"),
        include_str!("../../assets/migrations/0006_media.sql"),
    ];
    let conn = Connection::open(path).unwrap();
    for migration in &migrations[..schema] {
        conn.execute_batch(migration).unwrap();
    }
    conn.execute_batch(&format!(
        "PRAGMA application_id = 0x7265636F; PRAGMA user_version = {schema};
         INSERT INTO workspace VALUES('uuid', '00000000-0000-0000-0000-000000000001'), ('timezone', 'America/Bogota');
         {rows}"
    ))
    .unwrap();
}

#[test]
fn a_workspace_of_the_first_schema_opens() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.db");
    old_workspace(&path, 1, "");
    let mut store = Store::open(&path, Access::Write).unwrap();
    assert_eq!(store.settings().unwrap(), settings());
    store.write(|tx| Put::incoming("hola", 0).put(tx)).unwrap();
    assert_eq!(store.examine().unwrap().findings, vec![]);
    let version: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT user_version FROM pragma_user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, recado::store::SCHEMA_VERSION);
    // What it was before stays beside it, and nobody else may read it.
    let kept = folder.path().join("w.db.schema-1");
    let version: i64 = Connection::open(&kept)
        .unwrap()
        .query_row("SELECT user_version FROM pragma_user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(names(folder.path()).iter().filter(|name| name.contains("part")).count(), 0);
}

#[test]
fn files_of_an_older_schema_are_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.db");
    old_workspace(
        &path,
        6,
        "INSERT INTO contact(id, uuid, name, created_on) VALUES(7, zeroblob(16), 'Ana', 1);
         INSERT INTO channel(id, uuid, name) VALUES(3, zeroblob(16), 'Telegram');
         INSERT INTO message(id, contact_id, channel_id, direction, status, created_on, modified_on, folder, sort_key, search_key,
                             uuid, attachments, text)
         VALUES(1, 7, 3, 0, 1, 5000000, 5000000, 1, 5000000, 5000, zeroblob(16), '[\"image/jpeg:telegram:x\"]', '');
         INSERT INTO status_change VALUES(1, 1, 5000000, 1, 0, '');
         INSERT INTO message_fts(rowid, document) VALUES(5000, char(57344) || 7);
         INSERT INTO contact_fts(rowid, document) VALUES(7, 'ana');
         INSERT INTO media(message_id, position, channel_id, name, next_attempt, detail) VALUES(1, 0, 3, 'x.jpg', 9000000, 'later')",
    );
    let store = Store::open(&path, Access::Write).unwrap();
    assert_eq!(store.next_media(ChannelId(3)).unwrap(), Some(Time::from_timestamp(9, 0).unwrap()));
    let missing = store.missing_media(MessageId(1)).unwrap();
    assert_eq!((missing.len(), missing[0].detail.as_str()), (1, "later"));
    assert_eq!(store.examine().unwrap().findings, vec![]);
}

/// The tables as the first migrations made them still hold what they held when their text was put in other words.
#[test]
fn the_rules_of_a_message_are_proven_by_the_schema() {
    let mut workspace = Workspace::new();
    workspace.put_all(vec![Put::incoming("hola", 0), Put::outgoing("buenas", Status::Sent, 1)]);
    let raw = || {
        let conn = Connection::open(workspace.path()).unwrap();
        conn.execute_batch("PRAGMA foreign_keys = 1").unwrap();
        conn
    };
    for (change, rule) in [
        ("UPDATE message SET kind = 3", "CHECK constraint failed: kind"),
        ("UPDATE message SET kind = -1", "CHECK constraint failed: kind"),
        ("UPDATE message SET visibility = 3", "CHECK constraint failed: visibility"),
        ("UPDATE message SET status = 2 WHERE id = 1", "CHECK constraint failed: CASE direction"),
        ("UPDATE message SET status = 10 WHERE id = 1", "CHECK constraint failed: CASE direction"),
        (
            "UPDATE message SET status = 13, folder = 4 WHERE id = 2",
            "CHECK constraint failed: CASE direction",
        ),
        ("UPDATE message SET status = 24 WHERE id = 2", "CHECK constraint failed: CASE direction"),
        (
            "UPDATE message SET status = 31, folder = 6 WHERE id = 2",
            "CHECK constraint failed: CASE direction",
        ),
        (
            "UPDATE message SET status = 19, folder = 4 WHERE id = 2",
            "CHECK constraint failed: CASE direction",
        ),
        ("UPDATE message SET unread = 1 WHERE id = 2", "CHECK constraint failed: CASE direction"),
        ("UPDATE message SET folder = 2 WHERE id = 1", "CHECK constraint failed: folder"),
        ("UPDATE message SET sort_key = 5 WHERE id = 1", "CHECK constraint failed: sort_key"),
        ("UPDATE message SET search_key = (SELECT max(search_key) FROM message)", "UNIQUE constraint failed"),
        ("UPDATE message SET text = NULL", "NOT NULL constraint failed"),
        ("UPDATE contact SET status = 4", "CHECK constraint failed: status"),
        ("UPDATE message SET contact_id = 99 WHERE id = 1", "FOREIGN KEY constraint failed"),
        ("UPDATE message SET urn_id = 99 WHERE id = 1", "FOREIGN KEY constraint failed"),
        ("UPDATE message SET channel_id = 99 WHERE id = 1", "FOREIGN KEY constraint failed"),
        ("UPDATE message SET flow_id = 99, folder = 2 WHERE id = 1", "FOREIGN KEY constraint failed"),
        ("DELETE FROM message", "messages are cleared, never removed"),
    ] {
        let error = raw().execute_batch(&format!("BEGIN; {change}; COMMIT")).unwrap_err().to_string();
        assert!(error.contains(rule), "{change}: {error}");
    }
    for status in [10, 11, 12] {
        raw()
            .execute_batch(&format!("UPDATE message SET status = {status}, folder = 4 WHERE id = 2"))
            .unwrap();
    }
    // What cannot be put in takes all of its transaction along, and the connection goes on.
    let alien = workspace.store.write(|tx| {
        Put::incoming("first", 2).put(tx)?;
        tx.set_contact_status(ContactId(1), ContactStatus::Blocked)?;
        Put { visibility: Visibility::Archived, ..Put::outgoing("second", Status::Sent, 3) }.put(tx)
    });
    assert!(alien.unwrap_err().to_string().contains("CHECK constraint failed"));
    workspace.put_all(vec![Put::incoming("third", 2)]);
    assert_eq!(workspace.rows(&View::of(Place::Everywhere)).len(), 3);
    let status = workspace.store.write(|tx| tx.contact_status(ContactId(1))).unwrap();
    assert_eq!(status, ContactStatus::Active);
}

#[test]
fn drafts_of_an_older_schema_are_kept() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("w.db");
    old_workspace(
        &path,
        3,
        "INSERT INTO contact(id, uuid, name, created_on) VALUES(7, zeroblob(16), 'Ana', 1);
         INSERT INTO draft(contact_id, recipients, text, updated_on)
         VALUES(7, '', 'an answer', 5000000), (0, '+573001112233', 'to somebody', 6000000)",
    );
    // A writer brings it up to date; a reader alone would not touch it.
    let store = Store::open(&path, Access::Write).unwrap();
    let answer = store.find_draft(DraftKey::Reply(ContactId(7))).unwrap().unwrap();
    assert_eq!((answer.text.as_str(), answer.plan), ("an answer", None));
    let new = store.newest_draft().unwrap().unwrap();
    assert_eq!((new.recipients.as_str(), new.text.as_str()), ("+573001112233", "to somebody"));
    let kept = store.drafts().unwrap();
    assert_eq!(kept.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(), ["", "Ana"]);
}

#[test]
fn what_is_left_of_a_damaged_workspace_can_be_counted() {
    let mut workspace = Workspace::new();
    workspace.put_all((0..500).map(|n| Put::incoming(&format!("hola {n}"), n)).collect());
    workspace.store.tidy().unwrap();
    let path = workspace.path();
    let Workspace { folder, store } = workspace;
    drop(store);
    let whole = fs::read(&path).unwrap();
    let check = |damaged: &[u8]| {
        fs::write(&path, damaged).unwrap();
        let report = Store::open_damaged(&path).unwrap().examine().unwrap();
        assert!(!report.findings.is_empty());
        assert!(report.findings.iter().all(|finding| matches!(finding, Finding::Integrity(_))));
        assert!((1..500).contains(&report.messages), "{}", report.messages);
        assert_eq!(fs::read(&path).unwrap(), damaged);
        assert_eq!(names(folder.path()), ["w.db"]);
    };
    // Torn off within the table of messages.
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    let of_message = |n: i64| {
        let wanted = format!("hola {n}");
        whole
            .chunks(page)
            .rposition(|page| page.windows(wanted.len()).any(|w| w == wanted.as_bytes()))
            .unwrap()
    };
    let (early, late) = (of_message(101), of_message(399));
    assert!(early < late);
    check(&whole[..late * page]);
    let mut zeroed = whole.clone();
    zeroed[early * page..(early + 1) * page].fill(0);
    check(&zeroed);
}

/// What a spoiled workspace's findings are.
type Expected = fn(&Finding) -> bool;

#[test]
fn doctor_finds_and_mends_what_can_be_derived_again() {
    let mut workspace = Workspace::new();
    workspace.put_all((0..20).map(|n| Put::incoming("hola", n).label("vip")).collect());
    workspace.is_sound();
    let path = workspace.path();
    let spoil = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let cases: [(&str, Expected); 19] = [
        ("PRAGMA ignore_check_constraints = 1; UPDATE message SET folder = 5 WHERE id < 4", |f| {
            matches!(f, Finding::FolderRule(3))
        }),
        ("PRAGMA ignore_check_constraints = 1; UPDATE message SET sort_key = 5 WHERE id = 9", |f| {
            *f == Finding::FolderRule(1)
        }),
        ("DELETE FROM status_change WHERE message_id = 2", |f| *f == Finding::History(1)),
        ("UPDATE folder_count SET total = total + 1 WHERE folder = 1", |f| {
            *f == Finding::FolderCount(Some(Folder::Inbox))
        }),
        ("UPDATE label SET total = 3", |f| matches!(f, Finding::Labels(1))),
        ("UPDATE message SET labels = 7 WHERE id = 4", |f| matches!(f, Finding::Labels(1))),
        ("UPDATE message_label SET shown = 0 WHERE message_id < 3", |f| matches!(f, Finding::Labels(_))),
        ("INSERT INTO message_fts(rowid, document) VALUES(5, 'intruso')", |f| *f == Finding::MessageIndex),
        ("INSERT INTO contact_fts(contact_fts) VALUES('delete-all')", |f| *f == Finding::ContactIndex),
        ("DELETE FROM folder_count", |f| matches!(f, Finding::FolderCount(_))),
        ("DROP TRIGGER message_inserted", |f| *f == Finding::Missing("message_inserted".into())),
        ("DROP INDEX message_by_search", |f| *f == Finding::Missing("message_by_search".into())),
        ("DELETE FROM message_fts_data", |f| *f == Finding::MessageIndex),
        ("UPDATE message_fts_data SET block = x'00112233445566778899'", |f| *f == Finding::MessageIndex),
        ("DELETE FROM message_fts_config", |f| *f == Finding::MessageIndex),
        ("DROP TABLE message_fts_idx", |f| *f == Finding::MessageIndex),
        ("DROP TABLE message_fts_data", |f| *f == Finding::MessageIndex),
        ("DROP TABLE contact_fts", |f| *f == Finding::ContactIndex),
        ("DELETE FROM contact_fts_config", |f| *f == Finding::ContactIndex),
    ];
    for (sql, expected) in cases {
        spoil(sql);
        drop(workspace.store);
        workspace.store = Store::open(&path, Access::Write).unwrap();
        let findings = workspace.store.examine().unwrap().findings;
        assert!(!findings.is_empty() && findings.iter().all(expected), "{sql}: {findings:?}");
        workspace.store.mend().unwrap();
        workspace.is_sound();
    }
    let told = workspace.store.load_history(MessageId(2)).unwrap();
    assert_eq!((told.len(), told[0].cause, told[0].status), (1, Cause::Mended, Status::Handled));
}

#[test]
fn a_status_that_does_not_exist_is_told_and_left() {
    let mut workspace = Workspace::new();
    workspace.put_all((0..3).map(|n| Put::incoming("hola", n)).collect());
    let conn = Connection::open(workspace.path()).unwrap();
    conn.execute_batch("PRAGMA ignore_check_constraints = 1; UPDATE message SET status = 99 WHERE id = 2")
        .unwrap();
    let findings = workspace.store.examine().unwrap().findings;
    assert!(
        matches!(&findings[..], [Finding::Integrity(what)] if what.starts_with("1 message")),
        "{findings:?}"
    );
    workspace.store.mend().unwrap();
    let status = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(status("SELECT status FROM message WHERE id = 2"), 99);
    assert_eq!(status("SELECT status FROM status_change WHERE message_id = 2 ORDER BY seq DESC"), 1);
}

/// Closing a file by whatever road gives up the locks that the process has on it; SQLite's must outlive that, or another
/// program takes the workspace for unused and removes its log.
#[cfg(target_os = "linux")]
#[test]
fn opening_a_workspace_again_gives_up_none_of_its_locks() {
    use std::os::unix::fs::MetadataExt;

    let mut workspace = Workspace::new();
    workspace.put(Put::incoming("hola", 0));
    let inode = fs::metadata(workspace.path()).unwrap().ino();
    let is_locked = || {
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let (pid, file) = (format!(" {} ", std::process::id()), format!(":{inode} "));
        locks.lines().any(|line| line.contains(&pid) && line.contains(&file))
    };
    assert!(is_locked());
    let reader = Store::open(&workspace.path(), Access::Read).unwrap();
    let other = Store::open_or_create(&workspace.path(), crate::support::settings()).unwrap();
    assert!(is_locked(), "a second and a third connection change nothing about it");
    drop((reader, other));
    assert!(is_locked());
    let path = workspace.path();
    let folder = workspace.folder;
    drop(workspace.store);
    assert!(!is_locked(), "and in the end it is free");
    drop(Store::open(&path, Access::Read).unwrap());
    drop(folder);
}
