//! The commands, as a script uses them: the real program, its output and its exit codes.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tempfile::TempDir;

/// A home of its own, with a workspace in it or not.
pub struct Home {
    pub folder: TempDir,
    started: AtomicU64,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), started: AtomicU64::new(0) }
    }

    /// The sample shop as the workspace.
    pub fn shop() -> Self {
        let home = Self::new();
        home.good(&["demo", "--no-ui", "--db", home.db().to_str().unwrap()]);
        home
    }

    pub fn db(&self) -> PathBuf {
        self.folder.path().join("w.db")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recado"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("RECADO_DB", self.db())
            .env("RECADO_NOW", "2026-03-02T17:00:00Z")
            // Each program has chance of its own: two of them never make the same keys.
            .env("RECADO_SEED", (7 + self.started.fetch_add(1, Ordering::Relaxed)).to_string())
            .env("TZ", "America/Bogota")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {err}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A command that fails with a code; its sentence, which is one line and begins with the program's name.
    pub fn bad(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
        assert!(
            output.stdout.is_empty(),
            "{arguments:?} printed {}",
            String::from_utf8_lossy(&output.stdout)
        );
        assert!(!err.contains("panicked"), "{err}");
        err
    }

    pub fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let text = self.good(arguments);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn folders(&self) -> Value {
        self.json(&["folders", "--json"]).remove(0)
    }

    pub fn total(&self, folder: &str) -> u64 {
        let folders = self.folders();
        let found =
            folders["folders"].as_array().unwrap().iter().find(|there| there["id"] == folder).unwrap();
        found["total"].as_u64().unwrap()
    }

    fn ids(&self, folder: &str) -> Vec<String> {
        self.json(&["list", folder, "--json"]).iter().map(|row| row["id"].to_string()).collect()
    }
}

fn adds_up(folders: &Value) {
    let sum: u64 =
        folders["folders"].as_array().unwrap().iter().map(|folder| folder["total"].as_u64().unwrap()).sum();
    assert_eq!(folders["total"].as_u64(), Some(sum));
}

#[test]
fn folders_are_eight_in_order_and_add_up() {
    let home = Home::shop();
    let folders = home.folders();
    adds_up(&folders);
    let ids: Vec<&str> =
        folders["folders"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["inbox", "flows", "archived", "outbox", "sent", "calls", "schedules", "failed"]);
    assert_eq!(folders["folders"][0]["unread"], 8);
    assert_eq!(folders["labels"][0]["name"], "complaint");
    let spanish = home.json(&["folders", "--json", "--lang", "es"]).remove(0);
    assert_eq!(spanish["folders"][7]["name"], "Error");
    assert!(home.good(&["folders"]).contains("Total"));
}

#[test]
fn archive_restore_delete_and_the_figures_add_up_all_the_way() {
    let home = Home::shop();
    let ids = home.ids("inbox");
    assert_eq!(home.good(&["archive", &ids[0], &ids[1]]), "2 archived\n");
    adds_up(&home.folders());
    assert_eq!(home.total("archived"), 8);
    assert_eq!(home.good(&["archive", &ids[0]]), "0 archived\n", "once more changes nothing");
    home.good(&["restore", &ids[0]]);
    assert_eq!(home.ids("inbox")[0], ids[0]);
    home.good(&["delete", "--yes", &ids[1]]);
    adds_up(&home.folders());
    assert_eq!(home.folders()["total"], 102);
    assert!(home.bad(1, &["show", &ids[1]]).contains("there is no message"));
    assert!(home.good(&["doctor"]).starts_with("sound"));
}

#[test]
fn unknown_and_unfit_ids_change_nothing_and_say_what_to_do() {
    let home = Home::shop();
    let inbox = home.ids("inbox");
    let sent = home.ids("sent");
    let before = home.folders();
    assert_eq!(
        home.bad(1, &["archive", &inbox[0], "99999"]),
        "recado: there is no message 99999; nothing was changed\n"
    );
    assert!(home.bad(1, &["archive", &inbox[0], &sent[0]]).contains("incoming messages only"));
    assert!(home.bad(1, &["delete", "--yes", &inbox[0]]).contains("only archived messages"));
    assert!(home.bad(1, &["resend", &sent[0]]).contains("only failed messages"));
    assert!(home.bad(2, &["archive", "one"]).contains("one is not the id"));
    assert!(home.bad(1, &["label", "add", "vip", "99999"]).contains("99999"));
    assert!(home.bad(1, &["list", "inbox", "--before", "99999"]).contains("99999"));
    assert!(home.bad(1, &["schedule", "show", "99"]).contains("no schedule 99"));
    assert!(home.bad(1, &["label", "add", "vip", &sent[0]]).contains("incoming messages only"));
    assert_eq!(home.folders(), before, "not even a label was made");
}

#[test]
fn whole_folders_and_searches_are_changed_at_once() {
    let home = Home::shop();
    assert_eq!(
        home.good(&["archive", "--folder", "inbox", "--search", "label:urgent", "--all"]),
        "5 archived\n"
    );
    assert_eq!(
        home.good(&["read", "--folder", "inbox", "--all", "--json"]).trim(),
        r#"{"changed":5,"unchanged":18,"cancelled":false}"#
    );
    assert_eq!(home.folders()["folders"][0]["unread"], 0);
    assert!(home.bad(2, &["archive", "--all"]).contains("--folder"));
    assert!(home.bad(2, &["archive", "--folder", "calls", "--all"]).contains("incoming"));
    home.bad(2, &["archive"]);
    home.bad(2, &["archive", "1", "--all"]);
    assert!(
        home.bad(2, &["delete", "--folder", "archived", "--all"]).contains("--yes"),
        "nobody is there to ask"
    );
    assert_eq!(home.good(&["delete", "--yes", "--folder", "archived", "--all"]), "11 deleted for good\n");
}

#[test]
fn a_search_that_names_nothing_is_refused() {
    let home = Home::shop();
    let before = home.folders();
    for search in ["", "  ", "\"", "*", "-", "("] {
        for command in
            [&["archive"][..], &["delete", "--yes"], &["label", "add", "vip"], &["read", "--folder", "inbox"]]
        {
            let arguments = [command, &["--all", "--search", search]].concat();
            assert!(home.bad(2, &arguments).contains("names nothing"), "{arguments:?}");
        }
    }
    assert_eq!(home.folders(), before);
}

#[test]
fn only_what_can_be_deleted_is_counted_and_asked_for() {
    let home = Home::shop();
    let archived = home.total("archived");
    let all = home.json(&["search", "before:2027-01-01", "--json", "--limit", "1000"]).len() as u64;
    assert!(all > archived);
    assert_eq!(
        home.good(&["delete", "--all", "--folder", "inbox"]),
        "0 deleted for good\n",
        "nothing to ask about"
    );
    let told = home.good(&["delete", "--all", "--search", "before:2027-01-01", "--yes", "--json"]);
    assert_eq!(told.trim(), format!(r#"{{"changed":{archived},"unchanged":0,"cancelled":false}}"#));
}

#[test]
fn a_damaged_workspace_is_told_with_advice_and_doctor_says_what_is_left() {
    let home = Home::shop();
    let whole = std::fs::read(home.db()).unwrap();
    std::fs::write(home.db(), &whole[..whole.len() / 2]).unwrap();
    let sentence = home.bad(1, &["folders"]);
    assert!(sentence.contains("go back to a backup") && sentence.contains("recado doctor"), "{sentence}");
    for arguments in [&["doctor"][..], &["doctor", "--repair"]] {
        let output = home.run(arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.starts_with("wrong: ") && text.contains("can still be read"), "{text}");
        assert!(text.ends_with("this cannot be mended here: go back to a backup\n"), "{text}");
    }
    assert_eq!(std::fs::read(home.db()).unwrap(), whole[..whole.len() / 2]);
    // A page in the middle is gone.
    let mut zeroed = whole.clone();
    let middle = whole.len() / 2 / 4096 * 4096;
    zeroed[middle..middle + 4096].fill(0);
    std::fs::write(home.db(), &zeroed).unwrap();
    let output = home.run(&["doctor", "--repair"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("wrong: ") && text.contains("go back to a backup"), "{text}");
    assert_eq!(std::fs::read(home.db()).unwrap(), zeroed, "writing would damage more");
}

#[cfg(unix)]
#[test]
fn somebody_who_may_only_read_a_workspace_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::shop();
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&home.db(), 0o644);
    mode(home.folder.path(), 0o555);
    let other = |arguments: &[&str]| {
        let plain = home.command(arguments);
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(plain.get_program())
            .args(arguments);
        command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        command.output()
    };
    // Only root can become somebody else; elsewhere this test has nothing to show.
    if let Ok(output) = other(&["--version"]).and_then(|output| {
        if output.status.success() { Ok(output) } else { Err(std::io::ErrorKind::PermissionDenied.into()) }
    }) {
        drop(output);
        let output = other(&["folders", "--json"]).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = other(&["archive", "1"]).unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(told.contains("cannot be written"), "{told}");
    }
    mode(home.folder.path(), 0o755);
}

#[test]
fn ids_can_be_read_from_standard_input() {
    use std::io::Write;
    let home = Home::shop();
    let ids = home.ids("inbox").join("\n");
    let mut child =
        home.command(&["archive", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(ids.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "28 archived\n");
}

#[test]
fn lists_have_the_keys_that_scripts_rely_on() {
    let home = Home::shop();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let message = home.json(&["list", "outbox", "--json", "--limit", "1"]).remove(0);
    for key in [
        "uuid",
        "id",
        "contact",
        "urn",
        "channel",
        "direction",
        "type",
        "status",
        "visibility",
        "text",
        "labels",
        "flow",
        "attachments",
        "created_on",
        "sent_on",
        "modified_on",
        "folder",
        "unread",
        "failed_reason",
        "error_count",
        "next_attempt",
    ] {
        assert!(keys(&message).iter().any(|there| there == key), "{key} is missing");
    }
    let created_on = message["created_on"].as_str().unwrap();
    assert!(created_on.starts_with("2026-03-02T16:57:00.") && created_on.len() == 27, "{created_on}");
    let call = home.json(&["list", "calls", "--json"]).remove(2);
    assert_eq!(
        keys(&call),
        ["id", "direction", "outcome", "contact", "urn", "channel", "occurred_on", "duration"]
    );
    assert_eq!((call["outcome"].as_str(), call["duration"].as_u64()), (Some("answered"), Some(134)));
    let schedule = home.json(&["schedule", "list", "--json"]).remove(1);
    assert_eq!(keys(&schedule), ["id", "text", "recipients", "next_fire", "last_fire", "repeat", "paused"]);
    assert_eq!(schedule["repeat"], "weekly:mo,tu,we,th,fr");
    assert_eq!(home.json(&["list", "schedules", "--json"]).len(), 5);
    let failed = home.json(&["list", "failed", "--json"]).remove(0);
    assert_eq!(
        (failed["folder"].as_str(), failed["failed_reason"].as_str()),
        (Some("failed"), Some("no_channel"))
    );
}

#[test]
fn a_list_goes_on_where_the_one_before_ended() {
    let home = Home::shop();
    let all = home.ids("sent");
    let mut pages = Vec::new();
    loop {
        let mut arguments = vec!["list", "sent", "--json", "--limit", "5"];
        let last: Option<String> = pages.last().cloned();
        if let Some(last) = &last {
            arguments.extend(["--before", last]);
        }
        let page: Vec<String> = home.json(&arguments).iter().map(|row| row["id"].to_string()).collect();
        if page.is_empty() {
            break;
        }
        pages.extend(page);
    }
    assert_eq!(pages, all);
    let found = home.json(&["search", "cake", "--json"]);
    let last = found[2]["id"].to_string();
    assert_eq!(home.json(&["search", "cake", "--json", "--before", &last])[0], found[3]);
}

#[test]
fn search_finds_and_says_what_is_wrong() {
    let home = Home::shop();
    let found = home.json(&["search", "from:lucia", "fresas", "--json", "--lang", "es"]);
    assert_eq!(found.len(), 0, "the sample is in English");
    assert_eq!(home.json(&["search", "from:lucia", "strawb", "--json"]).len(), 1);
    assert_eq!(home.json(&["list", "calls", "--search", "jorge", "--json"]).len(), 2);
    assert_eq!(home.json(&["list", "schedules", "--search", "oven", "--json"]).len(), 1);
    for folder in ["calls", "schedules", "inbox"] {
        let asked = format!("folder:{folder}");
        let listed = home.json(&["list", folder, "--json"]);
        assert!(!listed.is_empty());
        assert_eq!(home.json(&["search", &asked, "--json"]), listed, "{folder}");
    }
    assert_eq!(home.json(&["search", "folder:calls", "jorge", "--json"]).len(), 2);
    let last = home.json(&["search", "folder:calls", "--limit", "2", "--json"])[1]["id"].to_string();
    assert_eq!(
        home.json(&["search", "folder:calls", "--before", &last, "--json"]),
        home.json(&["list", "calls", "--json"])[2..]
    );
    assert_eq!(home.good(&["search", "folder:calls", "folder:inbox"]), "", "nothing is in both");
    assert!(!home.good(&["search", "--", "hello", "-folder:calls"]).contains("answered"));
    assert!(home.bad(2, &["search", "folder:x"]).contains("there are inbox, flows"));
    assert!(home.bad(2, &["list", "spam"]).contains("there is no folder spam"));
    assert_eq!(home.good(&["search", "zzzz"]), "");
}

#[test]
fn show_tells_the_whole_history() {
    let home = Home::shop();
    let failed = home.json(&["list", "failed", "--search", "valentina", "--json"]).remove(0);
    let id = failed["id"].to_string();
    let shown = home.json(&["show", &id, "--json"]).remove(0);
    let steps: Vec<&str> =
        shown["history"].as_array().unwrap().iter().map(|s| s["status"].as_str().unwrap()).collect();
    assert_eq!(steps, ["queued", "errored", "errored", "failed"]);
    assert_eq!(shown["history"][1]["detail"], "the bot was blocked for a while");
    assert_eq!(shown["error_count"], 3);
    let text = home.good(&["show", &id, "--lang", "es"]);
    assert!(text.contains("límite de reintentos") && text.contains("10:15:01"), "{text}");
}

#[test]
fn labels_are_looked_after() {
    let home = Home::shop();
    assert_eq!(home.good(&["label", "create", "  VIP  "]), "label VIP created\n");
    assert!(home.bad(1, &["label", "create", "vip"]).contains("already"));
    let ids = home.ids("inbox");
    assert_eq!(home.good(&["label", "add", "vip", &ids[0], &ids[1]]), "2 labelled vip\n");
    assert_eq!(home.good(&["label", "remove", "vip", &ids[0]]), "1 without vip now\n");
    home.good(&["label", "rename", "vip", "Very important"]);
    let labels = home.json(&["label", "list", "--json"]);
    let found = labels.iter().find(|label| label["name"] == "Very important").unwrap();
    assert_eq!(found["total"], 1);
    home.good(&["label", "delete", "very important"]);
    assert!(home.bad(1, &["label", "remove", "very important", &ids[0]]).contains("label list"));
    assert!(home.bad(2, &["label", "create", " "]).contains("needs a name"));
    assert_eq!(home.folders()["total"], 103);
}

#[test]
fn stats_have_the_totals_of_the_folders() {
    let home = Home::shop();
    let stats = home.json(&["stats", "--json"]).remove(0);
    assert_eq!(stats["total"], home.folders()["total"]);
    let of = |key: &str| stats["delivery"][key].as_u64().unwrap();
    assert_eq!(of("accepted") + of("failed") + of("pending"), 41);
    let days = stats["days"].as_array().unwrap();
    let sum: u64 = days.iter().map(|day| day["in"].as_u64().unwrap() + day["out"].as_u64().unwrap()).sum();
    assert_eq!(sum, 84);
    let today = home.json(&["stats", "--json", "--since", "2026-03-02"]).remove(0);
    assert_eq!(today["days"].as_array().unwrap().len(), 1);
    assert_eq!(home.json(&["stats", "--json", "--until", "2026-01-01"]).remove(0)["folders"]["inbox"], 0);
    assert!(home.good(&["stats", "--lang", "es"]).contains("Tasa de entrega"));
    let text = home.good(&["stats", "--lang", "es"]);
    assert!(!text.contains(" 1 recibidos") && !text.contains(" 1 enviados"), "{text}");
    assert!(home.bad(2, &["stats", "--since", "soon"]).contains("soon is not a date"));
}

#[test]
fn a_missing_workspace_is_not_made_by_asking() {
    let home = Home::new();
    for arguments in
        [&["folders"][..], &["list", "inbox"], &["search", "x"], &["stats"], &["doctor"], &["archive", "1"]]
    {
        let sentence = home.bad(1, arguments);
        assert!(
            sentence.contains("there is no workspace") && sentence.contains("recado import FILE"),
            "{sentence}"
        );
    }
    assert!(!home.db().exists());
}

#[test]
fn the_database_of_another_program_is_told_by_every_command() {
    let home = Home::new();
    std::fs::write(home.db(), "my precious notes").unwrap();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/sms_backup.xml");
    for arguments in [&["folders"][..], &["archive", "1"], &["import", sample], &["doctor", "--repair"]] {
        assert!(home.bad(1, arguments).contains("is not a recado workspace"));
    }
    assert!(
        home.bad(1, &["demo", "--no-ui", "--db", home.db().to_str().unwrap()]).contains("is there already")
    );
    assert_eq!(std::fs::read(home.db()).unwrap(), b"my precious notes");
}

#[test]
fn backups_are_whole_and_overwrite_nothing() {
    let home = Home::shop();
    let copy = home.folder.path().join("copy.db");
    home.good(&["backup", copy.to_str().unwrap()]);
    let there = home.good(&["folders", "--json", "--db", copy.to_str().unwrap()]);
    assert_eq!(there, home.good(&["folders", "--json"]));
    assert!(home.bad(1, &["backup", copy.to_str().unwrap()]).contains("is there already"));
}

#[test]
fn doctor_says_what_is_wrong_and_mends_it() {
    let home = Home::shop();
    let spoil = rusqlite::Connection::open(home.db()).unwrap();
    spoil.execute_batch("UPDATE folder_count SET total = total + 5 WHERE folder = 1").unwrap();
    drop(spoil);
    let output = home.run(&["doctor"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("the count of Inbox is wrong") && text.contains("doctor --repair"), "{text}");
    let spanish = String::from_utf8(home.run(&["doctor", "--lang", "es"]).stdout).unwrap();
    assert!(spanish.contains("problema: la cuenta de Bandeja de entrada es incorrecta"), "{spanish}");
    assert!(home.good(&["doctor", "--repair"]).contains("mended"));
    assert!(home.good(&["doctor"]).starts_with("sound"));
    adds_up(&home.folders());
}

#[test]
fn the_same_seed_writes_the_same_content() {
    let (one, two, other) = (Home::new(), Home::new(), Home::new());
    let write = |home: &Home, seed: &str, zone: &str| {
        let db = home.db();
        let arguments =
            ["demo", "--db", db.to_str().unwrap(), "--messages", "3000", "--seed", seed, "--no-ui"];
        let mut command = home.command(&arguments);
        assert!(
            command.env("TZ", zone).env("RECADO_NOW", "2027-01-01T00:00:00Z").status().unwrap().success()
        );
        ["inbox", "flows", "archived", "outbox", "sent", "calls", "schedules", "failed"]
            .map(|folder| home.good(&["list", folder, "--limit", "100000", "--json"]))
            .concat()
    };
    let first = write(&one, "5", "America/Bogota");
    assert!(first.lines().count() > 3000);
    assert!(first == write(&two, "5", "Asia/Tokyo"), "the same for the same seed, wherever and whenever");
    assert!(first != write(&other, "6", "America/Bogota"));
    let shown = |home: &Home| home.good(&["schedule", "list"]);
    assert_eq!(shown(&one), shown(&two), "the hours and the days too");
    assert!(one.good(&["doctor"]).starts_with("sound"));
    for folder in ["inbox", "flows", "archived", "sent", "calls", "schedules", "failed"] {
        assert!(one.total(folder) > 0, "{folder} is empty");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let home = Home::shop();
    let mut child = home
        .command(&["list", "sent", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
}

#[test]
fn wrong_usage_and_wrong_configurations_are_told_with_exit_code_2() {
    let home = Home::shop();
    home.bad(2, &["frobnicate"]);
    home.bad(2, &["list"]);
    home.bad(2, &["--lang", "fr", "folders"]);
    let config = home.folder.path().join("config.toml");
    let with = |text: &str| {
        std::fs::write(&config, text).unwrap();
        home.bad(2, &["--config", config.to_str().unwrap(), "folders"])
    };
    assert!(with("theme = 1\nlang = 2").contains("config.toml:2:8: lang wants a text"));
    assert!(with("\n  colour = 1").contains("config.toml:2:3: there is no setting colour"));
    assert!(with("[list\ndb = \"x\"").contains("config.toml:1:6: this is not TOML"));
    assert!(with("timezone = \"Mars/Olympus\"").contains("is not a time zone"));
    assert!(home.bad(2, &["--config", "/nowhere/x.toml", "folders"]).contains("/nowhere/x.toml"));
    std::fs::write(&config, "timezone = \"Mars/X\"").unwrap();
    let sentence = home.bad(2, &["--config", config.to_str().unwrap(), "--lang", "es", "folders"]);
    assert!(sentence.contains("no es una zona horaria"), "{sentence}");
    let output = home.command(&["folders"]).env("RECADO_NOW", "soon").env("LANG", "pt_BR").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("não é um momento"));
    std::fs::write(&config, "lang = \"pt\"\n").unwrap();
    assert!(home.good(&["--config", config.to_str().unwrap(), "folders"]).contains("Caixa de entrada"));
}

#[test]
fn a_mistake_about_the_screen_alone_stops_no_command() {
    let home = Home::shop();
    let config = home.folder.path().join("config.toml");
    let file = config.to_str().unwrap();
    let wrong =
        "theme = \"neon\"\nreading = 3\n[keys.list]\narchiv = [\"w\"]\nmark = [\"a\"]\ncopy = [\"a\"]\n";
    std::fs::write(&config, wrong).unwrap();
    home.good(&["--config", file, "folders"]);
    let output = home.run(&["--config", file, "config", "--check"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap().replace(file, "F");
    let expected = [
        "F:1:9: there is no theme neon; there are auto, dark, light, ansi, contrast-dark, contrast-light, gruvbox-dark, \
         gruvbox-light, nord, solarized-dark, solarized-light, mono",
        "F:2:11: reading wants a text in quotes",
        "F:4:1: list has no action archiv (is archive meant?)",
        "F:6:9: a cannot be copy: it clashes with the keys of mark",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
    let output = home.run(&["--config", file, "config", "--json", "--lang", "es"]);
    let first = String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned();
    let first: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!((first["line"].as_u64(), first["column"].as_u64()), (Some(1), Some(9)));
    assert!(first["problem"].as_str().unwrap().starts_with("no existe el tema neon"));
}

#[test]
fn the_documented_configuration_is_a_configuration() {
    let home = Home::shop();
    let config = home.folder.path().join("config.toml");
    let file = config.to_str().unwrap();
    std::fs::write(&config, home.good(&["config", "--default"])).unwrap();
    assert_eq!(home.good(&["--config", file, "config"]), format!("{file}: no mistakes\n"));
    assert_eq!(home.good(&["--config", file, "config", "--path"]), format!("{file}\n"));
    std::fs::create_dir(home.folder.path().join("themes")).unwrap();
    let theme = home.folder.path().join("themes/mine.toml");
    std::fs::write(&theme, "base = \"nord\"\nkey = { fg = \"blurple\" }\n").unwrap();
    let output = home.run(&["--config", file, "config"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("mine.toml:2:14: blurple is not a colour"), "{told}");
    assert!(home.good(&["--config", file, "config", "--themes"]).ends_with("mono\nmine\n"));
}

#[test]
fn the_language_follows_the_locale() {
    let home = Home::shop();
    let with = |name: &str, value: &str| {
        let output = home.command(&["folders"]).env(name, value).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(with("LANG", "es_CO.UTF-8").contains("Bandeja de entrada"));
    assert!(with("LC_ALL", "pt_BR.UTF-8").contains("Caixa de entrada"));
    assert!(with("LANG", "C").contains("Inbox"));
    let output = home.command(&["folders", "--lang", "en"]).env("LANG", "es_CO").output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("Inbox"));
}

#[test]
fn without_a_terminal_the_screen_points_to_the_commands() {
    let home = Home::new();
    assert!(home.bad(2, &[]).contains("recado folders"));
    assert!(home.bad(2, &["demo"]).contains("needs a terminal"));
    assert!(!home.db().exists());
}

#[test]
fn text_from_outside_is_printed_without_its_control_signs() {
    let home = Home::new();
    let file = home.folder.path().join("evil.jsonl");
    let line = r#"{"id":1,"contact":{"uuid":"3d7c1f0a-5b1e-4d0e-9c55-0f2b8a6f1a11","name":"A\u001b[31mna"},"urn":"tel:+573001112233","direction":"in","type":"text","status":"handled","visibility":"visible","text":"x\u001b]0;t\u0007\u009b2J\u202eend","labels":[{"name":"l\u001b[5m"}],"created_on":"2026-01-05T12:00:01Z"}"#;
    std::fs::write(&file, line).unwrap();
    home.good(&["import", file.to_str().unwrap()]);
    for arguments in
        [&["list", "inbox"][..], &["show", "1"], &["folders"], &["label", "list"], &["search", "end"]]
    {
        let text = home.good(arguments);
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
    }
}

#[test]
fn what_would_go_to_nobody_is_not_called_sent() {
    let home = Home::new();
    home.good(&["channel", "add", "Test", "--kind", "simulated"]);
    home.good(&["group", "add", "Nobody", "+573001112233"]);
    home.good(&["group", "remove", "Nobody", "+573001112233"]);
    let said = home.bad(1, &["send", "--to", "@Nobody", "hola"]);
    assert!(said.contains("nothing was sent: there is nobody"), "{said}");
}

#[test]
fn a_schedule_is_written_edited_held_back_and_taken_away() {
    let home = Home::new();
    home.good(&["channel", "add", "Test", "--kind", "simulated"]);
    let schedule = |args: &[&str]| -> Value { serde_json::from_str(&home.good(args)).unwrap() };
    let made = schedule(&[
        "send",
        "--to",
        "+573001112233",
        "--at",
        "2027-01-31 09:30",
        "--repeat",
        "monthly",
        "--json",
        "hola",
    ]);
    assert_eq!((&made["repeat"], &made["paused"]), (&"monthly".into(), &false.into()));
    let id = made["id"].to_string();
    // A new rule without a new moment: its next day, and not the day of the old rule.
    let edited =
        schedule(&["schedule", "edit", &id, "--repeat", "weekly:mo,we", "--text", "adiós", "--json"]);
    assert_eq!((&edited["repeat"], &edited["text"]), (&"weekly:mo,we".into(), &"adiós".into()));
    let next: chrono::DateTime<chrono::Utc> = edited["next_fire"].as_str().unwrap().parse().unwrap();
    assert!(
        matches!(chrono::Datelike::weekday(&next), chrono::Weekday::Mon | chrono::Weekday::Wed),
        "{next}"
    );
    let said = home.bad(2, &["schedule", "edit", &id]);
    assert!(said.contains("say what to change: --text, --to, --channel, --at or --repeat"), "{said}");
    assert_eq!(home.good(&["schedule", "resume", &id]), "1 schedule was not paused\n");
    assert_eq!(home.good(&["schedule", "pause", &id]), "1 schedule paused\n");
    assert_eq!(home.good(&["schedule", "pause", &id]), "1 schedule was paused already\n");
    assert_eq!(schedule(&["schedule", "show", &id, "--json"])["paused"], true);
    home.good(&["schedule", "resume", &id]);
    home.good(&["schedule", "run", &id]);
    assert_eq!(home.total("outbox"), 1);
    home.good(&["schedule", "cancel", &id]);
    assert_eq!(home.total("schedules"), 0);
    for wrong in [
        vec!["schedule", "cancel", "99"],
        vec!["send", "--to", "Ana", "hola"],
        vec!["send", "--to", "+573001112233", "  "],
        vec!["send", "--to", "+573001112233", "--at", "2020-01-01 10:00", "hola"],
        vec!["send", "--to", "+573001112233", "--repeat", "daily", "hola"],
        vec!["channel", "add", "Test", "--kind", "simulated"],
        vec!["channel", "add", "Other", "--kind", "external"],
        vec!["receive", "--channel", "nobody", "--from", "+573001112233", "hola"],
    ] {
        let output = home.run(&wrong);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{wrong:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn what_is_handed_in_says_something_and_was_sent_before_now() {
    let home = Home::new();
    home.good(&["channel", "add", "Test", "--kind", "simulated"]);
    let receive =
        |more: &[&'static str]| [&["receive", "--channel", "Test", "--from", "+573001112233"], more].concat();
    for empty in ["", "  ", "\n"] {
        assert!(home.bad(2, &receive(&[empty])).contains("there is no text"), "{empty:?}");
    }
    for future in ["+1h", "tomorrow 9:30", "2027-01-01"] {
        let said = home.bad(2, &receive(&["--at", future, "hola"]));
        assert!(said.contains(&format!("{future} is in the future")), "{said}");
    }
    assert_eq!(home.total("inbox"), 0);
    home.good(&receive(&["--at", "today 9:30", "hola"]));
    // A clock that is a little ahead of ours loses nothing.
    let ahead = home.command(&receive(&["--at", "+1m", "otra vez"])).status().unwrap();
    assert!(ahead.success());
    let inbox = home.json(&["list", "inbox", "--json"]);
    let sent_on = |text: &str| {
        let found = inbox.iter().find(|message| message["text"] == text).unwrap();
        found["sent_on"].as_str().unwrap().to_owned()
    };
    assert_eq!(sent_on("hola"), "2026-03-02T14:30:00.000000Z");
    assert!(sent_on("otra vez").starts_with("2026-03-02T17:00:"), "{}", sent_on("otra vez"));
}

#[test]
fn a_schedule_for_a_time_that_a_day_leaves_out_keeps_the_time_that_was_named() {
    let home = Home::new();
    let good = |arguments: &[&str]| -> Value {
        let output = home.command(arguments).env("TZ", "America/New_York").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    };
    let timing = |id: &Value| {
        let id = recado::domain::ScheduleId(id.as_i64().unwrap());
        let store = recado::store::Store::open(&home.db(), recado::store::Access::Read).unwrap();
        let timing = store.find_schedule(id).unwrap().unwrap().timing;
        (timing.hour, timing.minute)
    };
    good(&["channel", "add", "Test", "--kind", "simulated"]);
    // On 8 March the clocks of New York go from 2:00 to 3:00.
    let at = ["--at", "2026-03-08 02:30", "--repeat", "daily", "--json"];
    let made = good(&[&["send", "--to", "+573001112233"], &at[..], &["hola"]].concat());
    assert_eq!(made["next_fire"], "2026-03-08T07:30:00.000000Z");
    assert_eq!(timing(&made["id"]), (2, 30));
    let id = made["id"].to_string();
    let edited = good(&["schedule", "edit", &id, "--repeat", "weekly:su", "--json"]);
    assert_eq!((&edited["next_fire"], timing(&made["id"])), (&made["next_fire"], (2, 30)));
    // On 1 November they show 1:30 twice: the first one counts.
    let edited = good(&["schedule", "edit", &id, "--at", "2026-11-01 01:30", "--json"]);
    assert_eq!(edited["next_fire"], "2026-11-01T05:30:00.000000Z");
    assert_eq!(timing(&made["id"]), (1, 30));
}

#[test]
fn what_cannot_be_sent_or_scheduled_is_refused_and_changes_nothing() {
    let home = Home::new();
    home.good(&["channel", "add", "Test", "--kind", "simulated"]);
    home.good(&["send", "--to", "+573001112233", "--at", "2027-01-31 09:30", "hola"]);
    let before = home.good(&["schedule", "show", "1", "--json"]);
    for wrong in [
        &["send", "--to", "+573001112233", ""][..],
        &["send", "--to", "+573001112233", " \n\t\u{a0}"],
        &["send", "--to", "", "hola"],
        &["send", "--to", "not a number", "hola"],
        &["send", "--to", "+57300111223344556677", "hola"],
        &["send", "--to", "+573001112233,", "--to", "12345678901234567890123", "hola"],
        &["send", "--to", "@nobody", "hola"],
        &["send", "--to", "#nothing", "hola"],
        &["send", "--to", "+573001112233", "--at", "2026-02-30 10:00", "hola"],
        &["send", "--to", "+573001112233", "--at", "25:00", "hola"],
        &["send", "--to", "+573001112233", "--at", "9999999-01-01", "hola"],
        &["send", "--to", "+573001112233", "--at", "tomorrow", "--repeat", "weekly:", "hola"],
        &["schedule", "edit", "1", "--text", "  "],
        &["schedule", "edit", "1", "--to", "nobody at all"],
        &["schedule", "edit", "1", "--at", "2026-02-30 10:00"],
        &["schedule", "edit", "1", "--at", "2020-01-01 10:00"],
        &["schedule", "edit", "1", "--repeat", "hourly"],
    ] {
        let output = home.run(wrong);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{wrong:?}: {told}");
        assert!(told.starts_with("recado: ") && !told.contains("panicked"), "{wrong:?}: {told}");
        // It is refused for what it says, not by accident.
        assert!(!told.contains("UNIQUE"), "{wrong:?}: {told}");
    }
    assert_eq!(home.good(&["schedule", "show", "1", "--json"]), before);
    assert_eq!((home.total("outbox"), home.total("failed"), home.total("schedules")), (0, 0, 1));
}

#[test]
fn whatever_is_done_can_be_said_as_json() {
    let home = Home::shop();
    let one = |arguments: &[&str]| {
        let mut lines = home.json(arguments);
        assert_eq!(lines.len(), 1, "{arguments:?}");
        lines.remove(0)
    };
    assert_eq!(one(&["label", "create", "ventas", "--json"])["name"], "ventas");
    assert_eq!(one(&["label", "rename", "ventas", "sales", "--json"])["new"], "sales");
    assert_eq!(one(&["label", "delete", "sales", "--json"])["name"], "sales");
    assert_eq!(one(&["group", "add", "vip", "tel:+573001112233", "--json"])["joined"], 1);
    assert_eq!(one(&["group", "remove", "vip", "tel:+573001112233", "--json"])["left"], 1);
    assert_eq!(one(&["group", "delete", "vip", "--json"])["name"], "vip");
    let schedule = home.json(&["schedule", "list", "--json"])[0]["id"].to_string();
    home.good(&["schedule", "resume", &schedule]);
    assert_eq!(one(&["schedule", "pause", &schedule, "--json"])["changed"], 1);
    assert_eq!(one(&["schedule", "pause", &schedule, "--json"])["unchanged"], 1);
    assert_eq!(one(&["schedule", "cancel", &schedule, "--json"])["changed"], 1);
    assert_eq!(one(&["channel", "add", "probe", "--kind", "simulated", "--json"])["name"], "probe");
    assert_eq!(one(&["channel", "test", "probe", "--json"])["name"], "probe");
    assert_eq!(one(&["channel", "remove", "probe", "--yes", "--json"])["failed"], 0);
    let copy = home.folder.path().join("copy.db");
    assert_eq!(one(&["backup", copy.to_str().unwrap(), "--json"])["total"], home.folders()["total"]);
}

#[test]
fn shells_complete_the_commands_and_their_words() {
    let home = Home::new();
    for (shell, words) in [
        ("bash", &["_recado()", "archive", "schedules"][..]),
        ("zsh", &["#compdef recado", "outbox", "xlsx"]),
        ("fish", &["complete -c recado", "failed"]),
    ] {
        let text = home.good(&["completions", shell]);
        for word in words {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    assert!(home.bad(2, &["completions", "cmd"]).contains("bash"));
}

#[test]
fn every_command_has_a_manual_page() {
    let home = Home::new();
    let folder = home.folder.path().join("man1");
    home.good(&["man", folder.to_str().unwrap()]);
    for page in ["recado.1", "recado-import.1", "recado-export.1", "recado-schedule-edit.1"] {
        let text = std::fs::read_to_string(folder.join(page)).unwrap();
        assert!(text.contains(".TH recado"), "{page}: {text}");
    }
}

#[test]
fn ids_of_a_search_go_through_a_pipe() {
    use std::io::Write;
    let home = Home::shop();
    let found = home.json(&["search", "folder:inbox from:hotel", "--json"]);
    let ids: Vec<String> = found.iter().map(|row| row["id"].to_string()).collect();
    let ids = ids.join("\n");
    let mut child = home
        .command(&["archive", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(ids.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(home.json(&["search", "folder:inbox from:hotel", "--json"]).is_empty());
}
