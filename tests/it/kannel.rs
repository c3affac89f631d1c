//! Kannel: what goes to `sendsms`, and what its `sms-service` and its reports bring.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::time::Duration;

use recado::channels::{About, BadSettings, Channel, Received, Refusal, Sending, Tried};
use recado::domain::channel::Gateway as Kind;
use recado::domain::contact::Urn;
use recado::domain::delivery::Report;
use recado::domain::message::Attachment;

use crate::gateway::{Gateway, Heard, Say};
use crate::sms_channel::{self, CHANNEL, Called, MESSAGE, accepted, again, refused, send};
use crate::support::noon;

const ANA: &str = "tel:+5511900000001";
const USER: [(&str, &str); 2] = [("username", "recado"), ("password", "p&ss word")];

/// A channel to that gateway.
fn to(gateway: &Gateway, settings: &[(&str, &str)]) -> Box<dyn Channel> {
    let url = gateway.url("/cgi-bin/sendsms");
    let own = [("send_url", url.as_str()), ("allow_private", "true")];
    sms_channel::open(Kind::Kannel, &[&own, &USER[..], settings].concat()).unwrap()
}

/// What Kannel hears when a text is sent with these settings.
fn heard(settings: &[(&str, &str)], text: &str) -> Heard {
    let gateway = Gateway::saying(Say::status(202, "0: Accepted for delivery"));
    assert_eq!(send(to(&gateway, settings).as_ref(), ANA, text), accepted());
    gateway.only()
}

/// A channel that only receives.
fn receiver(settings: &[(&str, &str)]) -> Box<dyn Channel> {
    let url = ("send_url", "https://example.org/cgi-bin/sendsms");
    sms_channel::open(Kind::Kannel, &[&[url, ("country", "BR")], &USER[..], settings].concat()).unwrap()
}

fn pairs(heard: &Heard) -> Vec<(String, String)> {
    heard.query()
}

fn owned<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_text_of_the_gsm_alphabet_goes_as_it_is() {
    let heard = heard(&[("address", "2020"), ("token", "t-1._~Z")], "Señor {50%} & más: è €\nfin");
    assert_eq!(heard.path.split('?').next(), Some("/cgi-bin/sendsms"));
    assert_eq!((heard.method.as_str(), heard.body.len()), ("GET", 0));
    let dlr_url = format!(
        "http://127.0.0.1:8080/c/kn/{CHANNEL}/status?uuid={MESSAGE}&status=%d&detail=%A&token=t-1._~Z"
    );
    // `á` is not in the alphabet, so this text is not either.
    let expected = owned([
        ("username", "recado"),
        ("password", "p&ss word"),
        ("from", "2020"),
        ("to", "+5511900000001"),
        ("text", "Señor {50%} & más: è €\nfin"),
        ("dlr-url", &dlr_url),
        ("dlr-mask", "27"),
        ("coding", "2"),
        ("charset", "UTF-8"),
    ]);
    assert_eq!(pairs(&heard), expected);
    assert!(heard.path.contains("status%3D%25d%26detail%3D%25A%26token"), "{}", heard.path);
    let plain = self::heard(&[], "Señor {50%} è €");
    assert_eq!((plain.asked("coding"), plain.asked("charset"), plain.asked("from")), (None, None, None));
}

#[test]
fn the_alphabet_is_chosen_by_encoding_and_text() {
    let sent = |encoding: &str, text: &str| {
        let heard = heard(&[("encoding", encoding)], text);
        (heard.asked("text").unwrap(), heard.asked("coding"), heard.asked("charset"))
    };
    let wide = |text: &str| (text.to_owned(), Some("2".to_owned()), Some("UTF-8".to_owned()));
    assert_eq!(sent("S", "“hi”"), ("\"hi\"".to_owned(), None, None));
    assert_eq!(sent("D", "“hi”"), wide("“hi”"));
    assert_eq!(sent("U", "hi"), wide("hi"));
    assert_eq!(sent("S", "ação 😀"), wide("ação 😀"));
    assert_eq!(sent("S", "{{to}}\r\n%d+"), ("{{to}}\r\n%d+".to_owned(), None, None));
}

#[test]
fn every_setting_reaches_kannel() {
    let settings = [
        ("callback_url", "https://sms.example.org/kannel/"),
        ("dlr_mask", "31"),
        ("use_national", "true"),
        ("country", "BR"),
    ];
    let heard = heard(&settings, "hi");
    let dlr_url =
        format!("https://sms.example.org/kannel/c/kn/{CHANNEL}/status?uuid={MESSAGE}&status=%d&detail=%A");
    assert_eq!(heard.asked("dlr-url"), Some(dlr_url));
    assert_eq!(heard.asked("dlr-mask").as_deref(), Some("31"));
    assert_eq!(heard.asked("to").as_deref(), Some("11900000001"));
    let gateway = Gateway::saying(Say::status(202, ""));
    let url = gateway.url("/send?smsc=A");
    let own =
        [("send_url", url.as_str()), ("allow_private", "1"), ("username", "u"), ("password", "env:PASSWORD")];
    let channel = sms_channel::open(Kind::Kannel, &own).unwrap();
    let urn = Urn::parse(ANA, None).unwrap();
    let attachments = [Attachment { content_type: "image/png".to_owned(), url: "http://x/1".to_owned() }];
    let parts = channel.parts(&"long ".repeat(200), &attachments);
    assert_eq!((parts.len(), parts[0].attachments.len(), channel.connections()), (1, 0, 8));
    let (message, to, text) = (MESSAGE, &urn, parts[0].text.as_str());
    channel.send(&Sending { message, to, text, attachments: &[], part: 0, parts: 1, is_reply: true });
    let heard = gateway.only();
    assert!(heard.path.starts_with("/send?smsc=A&username=u&password=from-env&to="), "{}", heard.path);
    assert_eq!(heard.asked("priority").as_deref(), Some("1"));
    assert!(heard.asked("text").unwrap().ends_with("\nhttp://x/1"));
}

#[test]
fn answers_are_judged_as_kannel_means_them() {
    let tried = |say: Say| {
        let gateway = Gateway::saying(say);
        send(to(&gateway, &[("timeout", "1")]).as_ref(), ANA, "hi")
    };
    assert_eq!(tried(Say::status(202, "0: Accepted for delivery")), accepted());
    assert_eq!(tried(Say::status(202, "3: Queued for later delivery")), accepted());
    assert_eq!(tried(Say::status(200, "Sent.")), accepted());
    let denied = "Number(s) has/have been denied by white- and/or black-lists.";
    assert_eq!(refused(tried(Say::status(400, denied))), format!("the gateway answered 400: {denied}"));
    refused(tried(Say::status(403, "Authorization failed for sendsms")));
    refused(tried(Say::status(302, "")));
    let expected =
        Tried::TryAgain { reason: "the gateway answered 503".to_owned(), wait: None, in_doubt: false };
    assert_eq!(tried(Say::status(503, "")), expected);
    for say in [Say::Drop, Say::DropHalf, Say::Garbage, Say::Stall(Duration::from_secs(60))] {
        assert!(again(tried(say)).1);
    }
    assert_eq!(tried(Say::Huge), accepted());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}/");
    let own = [("send_url", url.as_str()), ("allow_private", "true")];
    let channel = sms_channel::open(Kind::Kannel, &[&own, &USER[..]].concat()).unwrap();
    assert!(!again(send(channel.as_ref(), ANA, "hi")).1);
}

#[test]
fn credentials_come_back_in_no_reason() {
    let gateway = Gateway::start(|heard| Say::status(400, &format!("{} {:?}", heard.path, heard.query())));
    let channel = to(&gateway, &[("token", "tok-en")]);
    for reason in [refused(send(channel.as_ref(), ANA, "hi")), channel.test().unwrap_err()] {
        for secret in ["p&ss", "p%26ss", "tok-en", "=recado"] {
            assert!(!reason.contains(secret), "{secret}: {reason}");
        }
        assert!(reason.contains("***"), "{reason}");
    }
    let private = [("send_url", &*gateway.url("/")), USER[0], USER[1]];
    let problem = sms_channel::open(Kind::Kannel, &private).err().unwrap().to_string();
    assert!(problem.contains("set allow_private=true"), "{problem}");
}

#[test]
fn a_test_asks_to_send_to_nobody() {
    let tested = |status, body: &str| {
        let gateway = Gateway::saying(Say::status(status, body));
        let tested = to(&gateway, &[]).test();
        let heard = gateway.only();
        assert_eq!(pairs(&heard), owned(USER));
        tested
    };
    tested(400, "Missing receiver number, rejected").unwrap();
    assert!(tested(403, "Authorization failed for sendsms").unwrap_err().contains("user and password"));
    for (status, body) in
        [(200, "<html>"), (202, "0: Accepted for delivery"), (404, ""), (400, "Bad Request")]
    {
        assert!(tested(status, body).unwrap_err().contains("not look like Kannel"));
    }
}

#[test]
fn settings_are_checked_when_the_channel_is_opened() {
    let url = ("send_url", "https://example.org/cgi-bin/sendsms");
    assert_eq!(
        sms_channel::open(Kind::Kannel, &[url, USER[0]]).err(),
        Some(BadSettings::Missing("password"))
    );
    for (name, value) in [
        ("send_url", "sendsms"),
        ("username", ""),
        ("callback_url", "127.0.0.1:8080"),
        ("callback_url", "http://x/%d"),
        ("callback_url", "http://x/?y"),
        ("token", "hidden%41"),
        ("token", "hidden&x"),
        ("dlr_mask", "all"),
        ("dlr_mask", "-1"),
        ("encoding", "7"),
        ("country", "??"),
        ("timeout", "soon"),
    ] {
        let mut settings = vec![url, USER[0], USER[1]];
        settings.retain(|(there, _)| *there != name);
        settings.push((name, value));
        let said = sms_channel::open(Kind::Kannel, &settings).err().unwrap().to_string();
        assert!(said.contains(name) && !said.contains("hidden"), "{said}");
    }
}

#[test]
fn reports_are_mapped() {
    let channel = receiver(&[]);
    let status = |status: &str, detail: &str| {
        Called::get("status", &format!("uuid={MESSAGE}&status={status}&detail={detail}")).to(channel.as_ref())
    };
    for (code, detail, report) in [
        ("8", "ACK%2F", Report::Sent),
        ("4", "", Report::Sent),
        ("1", "id%3A1+stat%3ADELIVRD", Report::Delivered),
        ("2", "", Report::Failed),
        ("16", "NACK%2F11%2FInvalid+Destination", Report::Failed),
    ] {
        let received = status(code, detail).unwrap();
        let Received::Report(reported) = received else { panic!("{received:?}") };
        assert_eq!((reported.about, reported.report), (About::Message(MESSAGE), report), "{code}");
        assert_eq!(reported.detail.is_empty(), detail.is_empty());
    }
    for detail in ["NACK%2F88%2FThrottling+error", "NACK%2F0x00000014%2F", "NACK%2FTemporary+failure"] {
        assert!(
            matches!(status("16", detail), Ok(Received::Ignored(why)) if why.contains("NACK")),
            "{detail}"
        );
    }
    for code in ["0", "3", "32", "x", "%d", "-1"] {
        assert!(matches!(status(code, ""), Ok(Received::Ignored(_))), "{code}");
    }
    let posted = Called::form("status", &format!("uuid={MESSAGE}&status=1"));
    assert_eq!(posted.report(channel.as_ref()).report, Report::Delivered);
    for query in ["", "status=1", "uuid=12&status=1", &format!("uuid={MESSAGE}")] {
        Called::get("status", query).bad(channel.as_ref());
    }
    assert_eq!(Called::get("sent", "").to(channel.as_ref()), Err(Refusal::NotFound));
}

#[test]
fn a_message_comes_in_as_kannel_sends_it() {
    let channel = receiver(&[]);
    let query = "backend=FAKE1&sender=%2B5511900000001&message=Ol%C3%A1+%F0%9F%98%80&ts=1772470800\
                 &id=70a6258d-3804-42fd-85ba-b0276ca232d8&to=2020&coding=0&charset=UTF-8";
    let posted = Called::post("receive", "text/plain; charset=\"UTF-8\"", "Olá&sender=x".as_bytes())
        .asking(query)
        .with("x-kannel-coding", "0");
    for called in [posted, Called::get("receive", query), Called::form("receive", query)] {
        let message = called.message(channel.as_ref());
        assert_eq!((message.urn.identity().as_str(), message.text.as_str()), (ANA, "Olá 😀"));
        assert_eq!(message.at, Some(noon()));
        assert_eq!(message.external_id, "70a6258d-3804-42fd-85ba-b0276ca232d8");
    }
}

#[test]
fn a_text_is_read_by_its_coding_and_charset() {
    let channel = receiver(&[]);
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut written, byte| {
            write!(written, "%{byte:02X}").unwrap();
            written
        })
    };
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let read = |bytes: &[u8], more: &str| {
        Called::get("receive", &format!("sender=2020&message={}{more}", hex(bytes)))
            .message(channel.as_ref())
            .text
    };
    for text in ["Olá 😀", "привет мир", "ab"] {
        for more in ["&coding=2&charset=UTF-16BE", "&coding=2", "&coding=2&charset=UCS-2", "&charset=utf-16"]
        {
            assert_eq!(read(&utf16(text), more), text, "{more}");
        }
        for more in
            ["&coding=0&charset=UTF-8", "&coding=0", "&coding=-1", "", "&charset=", "&coding=2&charset=UTF-8"]
        {
            assert_eq!(read(text.as_bytes(), more), text, "{more}");
        }
    }
    assert_eq!(read(&utf16("Olá"), ""), "Olá", "the RapidPro stanza asks for neither");
    assert_eq!(read(b"Ol\xe1", "&coding=1"), "Olá");
    assert_eq!(read(b"Ol\xe1", "&coding=1&charset=ISO-8859-1"), "Olá");
    assert_eq!(read(b"Ol\xe1", "&charset=UTF-8"), "Olá");
    assert_eq!(read(b"Ol\xe1", "&charset=nonsense"), "Olá");
    assert_eq!(read("Olá".as_bytes(), "&coding=1"), "Olá");
    assert_eq!(read(&[0xd8, 0x3d], "&coding=2"), "\u{fffd}");
    assert_eq!(read(&[0, b'a', 0], "&coding=2"), "a\u{fffd}");
    assert_eq!(read(b"", "&coding=2"), "");
    let by_header = Called::get("receive", &format!("sender=2020&message={}", hex(&utf16("мир"))));
    assert_eq!(by_header.with("x-kannel-coding", "2").message(channel.as_ref()).text, "мир");
}

#[test]
fn nothing_is_refused_that_could_be_kept() {
    let channel = receiver(&[]);
    let urn = |sender: &str| {
        Called::get("receive", &format!("sender={sender}")).message(channel.as_ref()).urn.identity()
    };
    assert_eq!(
        [
            urn("BANCO"),
            urn("Mi+Banco"),
            urn("2020"),
            urn("0055"),
            urn("7"),
            urn("%23%3F"),
            urn("5511900000001")
        ],
        ["tel:banco", "tel:mibanco", "tel:2020", "tel:0055", "ext:7", "ext:#?", ANA]
    );
    let message = Called::get("receive", "sender=2020").message(channel.as_ref());
    assert_eq!((message.text.as_str(), message.at, message.external_id.as_str()), ("", None, ""));
    for ts in ["soon", "-5", "0", "99999999999999", "9223372036854775807", "1772999999"] {
        let message = Called::get("receive", &format!("sender=2020&ts={ts}")).message(channel.as_ref());
        assert_eq!(message.at, None, "{ts}");
    }
    for query in ["", "sender=", "sender=+", "message=x"] {
        assert_eq!(Called::get("receive", query).bad(channel.as_ref()), "field 'sender' required");
    }
}

#[test]
fn a_token_must_be_right() {
    let channel = receiver(&[("token", "abc")]);
    for action in ["receive", "status"] {
        let query = format!("sender=2020&uuid={MESSAGE}&status=1");
        for forged in ["", "&token=", "&token=ab", "&token=ABC", "&token=abcd"] {
            let called = Called::get(action, &format!("{query}{forged}"));
            assert_eq!(called.to(channel.as_ref()), Err(Refusal::Forbidden));
        }
        Called::get(action, &format!("{query}&token=abc")).to(channel.as_ref()).unwrap();
        Called::get(action, &query).with("x-recado-token", "abc").to(channel.as_ref()).unwrap();
    }
}
