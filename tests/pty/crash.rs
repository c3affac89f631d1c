//! The program is killed, the disk is full, others write: nothing is lost, and the sentence says what to do.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use recado::domain::folder::Folder;
use recado::store::{Access, Store};

use crate::recado::{Home, Recado};

fn is_sound(home: &Home) {
    let doctor = home.run(&["doctor"]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
}

/// Moments after the start at which a program is killed, spread over the time that the work takes.
fn moments(count: u32, longest: Duration) -> impl Iterator<Item = Duration> {
    (1..=count).map(move |n| longest * n / count)
}

#[test]
fn killed_in_the_middle_of_a_bulk_move_the_workspace_is_sound_and_the_move_can_be_undone() {
    let home = Home::traffic(50_000);
    let total = |folder: &str| home.total(folder);
    let (inbox, archived) = (total("inbox"), total("archived"));
    let mut partial = 0;
    let watched = Store::open(&home.db(), Access::Read).unwrap();
    // The moment at which the first slice is committed is seen; what is left takes much longer than to kill.
    for _ in 0..8 {
        let mut child =
            home.command(&["archive", "--folder", "inbox", "--all"]).stdout(Stdio::null()).spawn().unwrap();
        while watched.counts().unwrap().of(Folder::Archived).total == archived
            && child.try_wait().unwrap().is_none()
        {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        is_sound(&home);
        let moved = inbox - total("inbox");
        assert_eq!(total("archived"), archived + moved);
        partial += u32::from(moved > 0 && moved < inbox);
        // Whatever was moved is in the journal: the screen takes it back.
        if moved > 0 {
            let mut app = Recado::start(&home, &[], 80, 24);
            app.wait_for("Inbox");
            app.press("z");
            app.wait_for("taken back");
            app.press("q");
            app.end();
        }
        assert_eq!((total("inbox"), total("archived")), (inbox, archived));
    }
    assert!(partial > 0, "no kill came in the middle");
}

#[test]
fn killed_in_the_middle_of_an_import_a_second_run_completes_it() {
    let home = Home::new();
    let file = home.folder.path().join("many.xml");
    let mut text = String::from("<smses count=\"30000\">\n");
    for n in 0..30_000_u64 {
        let date = 1_672_531_211_900 + n * 1000;
        let number = n % 500;
        writeln!(text, "<sms address=\"+57300{number:07}\" date=\"{date}\" type=\"1\" body=\"hola {n}\" />")
            .unwrap();
    }
    text.push_str("</smses>\n");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    for moment in moments(6, Duration::from_millis(400)) {
        let mut child =
            home.command(&["import", file]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::spawn(move || std::thread::park_timeout(moment)).join().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        if home.db().metadata().is_ok_and(|file| file.len() > 0) {
            is_sound(&home);
        }
    }
    home.good(&["import", file]);
    assert_eq!(home.total("inbox"), 30_000);
    is_sound(&home);
}

#[test]
fn a_disk_that_fills_up_during_an_import_is_told_and_what_was_committed_stays() {
    let home = Home::new();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/");
    home.good(&["import", &format!("{sample}calls_backup.xml"), "--country", "BR"]);
    let size = home.db().metadata().unwrap().len();
    // Files may grow by so much and no more; the signal that says so is ignored, so that the write fails as on a full disk.
    let blocks = size / 512 + 40;
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_recado"), "import"])
        .args([&format!("{sample}rapidpro_archive.jsonl"), &format!("{sample}sms_backup.xml")])
        .env_clear()
        .envs(home.variables())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let file = home.db();
    let sentence =
        format!("the disk of {} is full; what was saved is safe: make room and try again", file.display());
    assert_eq!(told, format!("recado: {sentence}\n"));
    assert_eq!(home.total("calls"), 66);
    is_sound(&home);
    for file in ["rapidpro_archive.jsonl", "sms_backup.xml"] {
        home.good(&["import", &format!("{sample}{file}"), "--country", "BR"]);
    }
    let messages = ["inbox", "flows", "sent", "failed"].map(|folder| home.total(folder)).iter().sum::<u64>();
    assert_eq!(messages, 115 + 134, "all of both files, once");
}

#[test]
fn keys_are_answered_while_an_import_runs() {
    let home = Home::shop();
    let file = home.folder.path().join("many.xml");
    let mut text = String::from("<smses>\n");
    for n in 0..20_000_u64 {
        let date = 1_472_531_211_900 + n * 1000;
        writeln!(
            text,
            "<sms address=\"+57300{:07}\" date=\"{date}\" type=\"1\" body=\"hola {n}\" />",
            n % 300
        )
        .unwrap();
    }
    text.push_str("</smses>\n");
    std::fs::write(&file, text).unwrap();
    let mut app = Recado::start(&home, &[], 80, 24);
    app.wait_for("Don Jorge");
    let mut import = home.command(&["import", file.to_str().unwrap()]).stdout(Stdio::null()).spawn().unwrap();
    let mut deeds = 0;
    while import.try_wait().unwrap().is_none() {
        app.press("a");
        app.wait_for("1 archived · z undoes");
        app.press("z");
        app.wait_for("taken back: 1 archived");
        deeds += 1;
    }
    assert!(import.wait().unwrap().success());
    assert!(deeds > 0);
    assert_eq!(home.total("inbox"), 20_028);
    is_sound(&home);
}

#[test]
fn a_terminal_that_goes_away_or_a_polite_signal_ends_the_program_and_cleans_up() {
    for signal in ["HUP", "TERM"] {
        let home = Home::new();
        let temporary = home.folder.path().join("tmp");
        std::fs::create_dir(&temporary).unwrap();
        let app = Recado::start_with(&home, &["demo"], 80, 24, &[("TMPDIR", temporary.to_str().unwrap())]);
        app.wait_for("Don Jorge");
        let sent = Command::new("kill").args(["-s", signal, &app.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let (code, app) = app.end();
        assert_eq!(code, 0);
        assert!(app.gave_back());
        assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "the sample is gone");
    }
}
