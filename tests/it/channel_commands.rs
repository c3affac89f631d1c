//! The `channel` command: what it refuses, what it warns of, and what it writes for a gateway.

use serde_json::Value;

use crate::cli::Home;

#[test]
fn a_channel_is_refused_while_it_cannot_work_and_told_about_while_its_secret_is_not_there() {
    let home = Home::new();
    let add = |settings: &[&'static str]| {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        ["channel", "add", "Test", "--kind", "kannel", "--set", "username=u"]
            .into_iter()
            .chain(settings)
            .collect::<Vec<_>>()
    };
    for url in
        ["send_url=http://127.0.0.1:13013/x", "send_url=http://localhost/x", "send_url=https://[fd00::1]/x"]
    {
        let said = home.bad(2, &add(&[url, "password=p"]));
        assert!(
            said.contains("send_url: it leads to this machine or a private network; set allow_private=true"),
            "{said}"
        );
    }
    let api = [
        "channel",
        "add",
        "Bot",
        "--kind",
        "telegram",
        "--set",
        "token=1:a",
        "--set",
        "api_url=https://10.0.0.1",
    ];
    assert!(home.bad(2, &api).contains("set allow_private=true"));
    // What is wrong besides a secret that is not there is told all the same.
    let said = home.bad(2, &add(&["send_url=https://example.org/x", "password=env:NOT_THERE", "dlr_mask=x"]));
    assert!(said.contains("dlr_mask"), "{said}");

    let local = "send_url=http://127.0.0.1:9/x";
    let output = home.run(&add(&[local, "password=env:NOT_THERE", "allow_private=true"]));
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    let expected =
        "channel Test cannot work until its setting password can be read: the environment has no NOT_THERE";
    assert_eq!(said, format!("recado: {expected}\n"));
    let list = home.good(&["channel", "list"]);
    assert!(
        list.contains("Test  0 waiting  the setting password: the environment has no NOT_THERE"),
        "{list}"
    );
    let problem = &home.json(&["channel", "list", "--json"])[0]["problem"];
    assert_eq!(problem, "the setting password: the environment has no NOT_THERE");
    let there = home.command(&["channel", "list", "--json"]).env("NOT_THERE", "p").output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&there.stdout).unwrap()["problem"], Value::Null);
}

#[test]
fn a_configuration_for_kannel_is_written_once_and_for_its_owner_alone() {
    let home = Home::new();
    let file = home.folder.path().join("kannel.conf");
    let name = file.to_str().unwrap();
    let settings = [
        "send_url=http://127.0.0.1:14013/cgi-bin/sendsms",
        "username=recado",
        "password=p@FILE@ss",
        "address=3030",
        "token=long-secret",
        "callback_url=http://127.0.0.1:9090/",
        "allow_private=true",
    ];
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let add: Vec<&str> = ["channel", "add", "SMS", "--kind", "kannel"].into_iter().chain(settings).collect();
    let added = home.good(&add);
    let receive = added.lines().find(|line| line.ends_with("/receive")).unwrap().trim();
    let said = home.good(&["channel", "config", "SMS", name]);
    assert!(!said.contains("long-secret"), "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    let url = format!(
        "post-url = \"http://127.0.0.1:9090{receive}?token=long-secret&sender=%p&message=%b&ts=%T&id=%I&to=%P&coding=%c&charset=%C\""
    );
    for line in [
        url.as_str(),
        "sendsms-port = 14013",
        "username = \"recado\"",
        "password = \"p@FILE@ss\"",
        &format!("store-location = \"{name}.store\""),
        "max-messages = 0",
    ] {
        assert!(text.lines().any(|there| there == line), "{line}\n{text}");
    }
    assert!(text.contains("+573001112233 3030 text Hello"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(home.bad(1, &["channel", "config", "SMS", name]).contains("is there already"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn only_kannel_has_a_configuration_to_be_written() {
    let home = Home::new();
    home.good(&["channel", "add", "Test", "--kind", "simulated"]);
    let file = home.folder.path().join("x.conf");
    let said = home.bad(2, &["channel", "config", "Test", file.to_str().unwrap()]);
    assert!(said.contains("channel Test has no configuration to write; only Kannel has"), "{said}");
    assert!(!file.exists());
}
