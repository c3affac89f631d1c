//! The channel for any HTTP gateway: what goes over the wire, what comes back, and what must not.

use std::net::TcpListener;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use recado::channels::{About, BadSettings, Channel, Received, Refusal, Sending, Tried};
use recado::domain::channel::Gateway as Kind;
use recado::domain::contact::Urn;
use recado::domain::delivery::Report;
use recado::domain::message::Attachment;

use crate::gateway::{Gateway, Heard, Say, pairs};
use crate::sms_channel::{self, CHANNEL, Called, MESSAGE, accepted, again, refused, send};
use crate::support::{minutes, noon};

const ANA: &str = "tel:+573001112233";
const NASTY: &str = "a&b=c {{to}} 100% + \"q\" <x> 'y' \\ ñ😀\r\nline";

fn open(settings: &[(&str, &str)]) -> Box<dyn Channel> {
    sms_channel::open(Kind::External, settings).unwrap()
}

fn problem(settings: &[(&str, &str)]) -> String {
    sms_channel::open(Kind::External, settings).err().unwrap().to_string()
}

/// A channel to that gateway.
fn to(gateway: &Gateway, path: &str, settings: &[(&str, &str)]) -> Box<dyn Channel> {
    let url = gateway.url(path);
    open(&[&[("send_url", url.as_str()), ("allow_private", "true")], settings].concat())
}

/// What a gateway hears when a text is sent with these settings.
fn heard(path: &str, settings: &[(&str, &str)], text: &str) -> Heard {
    let gateway = Gateway::saying(Say::ok("ok"));
    assert_eq!(send(to(&gateway, path, settings).as_ref(), ANA, text), accepted());
    gateway.only()
}

/// A channel that only receives.
fn receiver(settings: &[(&str, &str)]) -> Box<dyn Channel> {
    open(&[&[("send_url", "https://example.org/?{{text}}"), ("country", "CO")], settings].concat())
}

#[test]
fn the_usual_body_is_the_platforms() {
    let heard = heard("/send", &[("address", "+2020")], NASTY);
    assert_eq!((heard.method.as_str(), heard.path.as_str()), ("POST", "/send"));
    assert_eq!(heard.header("content-type"), Some("application/x-www-form-urlencoded"));
    let sent = pairs(&heard.text());
    let message = MESSAGE.to_string();
    let channel = CHANNEL.to_string();
    let expected = [
        ("uuid", message.as_str()),
        ("text", NASTY),
        ("to", "+573001112233"),
        ("to_no_plus", "573001112233"),
        ("from", "+2020"),
        ("from_no_plus", "2020"),
        ("channel", channel.as_str()),
    ];
    assert_eq!(sent, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_get_carries_all_in_its_url_and_no_body() {
    let settings = [("method", "get"), ("body", "never={{text}}")];
    let heard =
        heard("/{{id}}/s?t={{text}}&n={{to}}&q={{quick_replies}}&s={{session_status}}", &settings, NASTY);
    assert_eq!((heard.method.as_str(), heard.body.len()), ("GET", 0));
    assert_eq!(heard.asked("t").as_deref(), Some(NASTY));
    assert_eq!(heard.asked("n").as_deref(), Some("+573001112233"));
    assert_eq!(heard.asked("q").as_deref(), Some(""));
    assert!(
        heard.path.starts_with(&format!("/{MESSAGE}/s?t=a%26b%3Dc+%7B%7Bto%7D%7D+100%25")),
        "{}",
        heard.path
    );
    assert_eq!(heard.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[test]
fn json_holds_complete_strings() {
    let body = r#"{"a":{"t":{{text}}},"to":{{to}},"q":{{quick_replies}}}"#;
    let heard = heard("/", &[("body", body), ("content_type", "json"), ("method", "PUT")], NASTY);
    assert_eq!((heard.method.as_str(), heard.header("content-type")), ("PUT", Some("application/json")));
    let read: serde_json::Value = serde_json::from_slice(&heard.body).unwrap();
    assert_eq!(read, serde_json::json!({ "a": { "t": NASTY }, "to": "+573001112233", "q": [] }));
}

#[test]
fn xml_holds_nothing_that_ends_its_element() {
    let heard = heard("/", &[("body", "<t>{{text}}</t>"), ("content_type", "xml")], "<a> & \"b\"\n'{{to}}'");
    assert_eq!(heard.header("content-type"), Some("text/xml; charset=utf-8"));
    assert_eq!(heard.text(), "<t>&lt;a&gt; &amp; &#34;b&#34;&#xA;&#39;{{to}}&#39;</t>");
}

#[test]
fn another_content_type_takes_values_raw() {
    let heard = heard("/", &[("body", "T:{{text}}"), ("content_type", "text/x-own")], NASTY);
    assert_eq!(heard.header("content-type"), Some("text/x-own"));
    assert_eq!(heard.text(), format!("T:{NASTY}"));
}

#[test]
fn own_headers_win_over_the_others() {
    let settings = [
        ("send_authorization", "Token abc"),
        ("headers", r#"{"X-Key": "k1", "AUTHORIZATION": "Bearer xyz", "Content-Type": "text/own"}"#),
    ];
    let heard = heard("/", &settings, "hi");
    assert_eq!(heard.header("x-key"), Some("k1"));
    assert_eq!(heard.header("authorization"), Some("Bearer xyz"));
    assert_eq!(heard.header("content-type"), Some("text/own"));
    let plain = self::heard("/", &[("send_authorization", "env:PASSWORD")], "hi");
    assert_eq!(plain.header("authorization"), Some("from-env"));
}

#[test]
fn national_numbers_are_of_the_channels_country_only() {
    let gateway = Gateway::saying(Say::ok(""));
    let settings = [("use_national", "true"), ("country", "CO"), ("body", "{{to}} {{to_no_plus}} {{text}}")];
    let channel = to(&gateway, "/", &[&settings[..], &[("content_type", "text/plain")]].concat());
    for urn in [ANA, "tel:+593991234567", "tel:2020"] {
        send(channel.as_ref(), urn, "x");
    }
    let bodies: Vec<_> = gateway.heard().iter().map(Heard::text).collect();
    assert_eq!(bodies, ["3001112233 3001112233 x", "+593991234567 593991234567 x", "2020 2020 x"]);
}

#[test]
fn texts_are_cut_and_attachments_are_lines() {
    let parts = |settings: &[(&str, &str)], text: &str, urls: &[&str]| -> Vec<String> {
        let attachments: Vec<_> = urls
            .iter()
            .map(|url| Attachment { content_type: "image/png".to_owned(), url: (*url).to_owned() })
            .collect();
        let parts = receiver(settings).parts(text, &attachments);
        assert!(parts.iter().all(|part| part.attachments.is_empty()));
        parts.into_iter().map(|part| part.text).collect()
    };
    assert_eq!(parts(&[], "hi", &["http://x/1", "http://x/2"]), ["hi\nhttp://x/1\nhttp://x/2"]);
    assert_eq!(parts(&[], "", &["http://x/1"]), ["http://x/1"]);
    assert_eq!(parts(&[], "", &[]).len(), 1);
    assert_eq!(parts(&[], &"x".repeat(161), &[]).len(), 2);
    assert_eq!(parts(&[("max_length", "640")], &"x".repeat(161), &[]).len(), 1);
    let cut = parts(&[("max_length", "10")], "ñandú ы 😀😀😀😀😀😀😀", &[]);
    assert!(cut.iter().all(|part| part.encode_utf16().count() <= 10), "{cut:?}");
    assert_eq!(parts(&[("encoding", "S")], "“hi” – …", &[]), ["\"hi\" - ..."]);
    assert_eq!(parts(&[("encoding", "S")], "“hi” ы", &[]), ["“hi” ы"]);
    assert_eq!(parts(&[("encoding", "D")], "“hi”", &[]), ["“hi”"]);
    assert_eq!(parts(&[("encoding", "U")], "“hi”", &[]), ["“hi”"]);
}

#[test]
fn attachments_handed_to_send_are_not_lost() {
    let gateway = Gateway::saying(Say::ok(""));
    let channel = to(&gateway, "/?t={{text}}", &[]);
    let attachments = [Attachment { content_type: "image/png".to_owned(), url: "http://x/1".to_owned() }];
    let urn = Urn::parse(ANA, None).unwrap();
    let (message, to) = (MESSAGE, &urn);
    channel.send(&Sending {
        message,
        to,
        text: "hi",
        attachments: &attachments,
        part: 0,
        parts: 1,
        is_reply: true,
    });
    assert_eq!(gateway.only().asked("t").as_deref(), Some("hi\nhttp://x/1"));
}

#[test]
fn an_answer_is_judged_by_its_status() {
    let tried = |say: Say, settings: &[(&str, &str)]| {
        let gateway = Gateway::saying(say);
        send(to(&gateway, "/?t={{text}}", settings).as_ref(), ANA, "hi")
    };
    for status in [200, 201, 202, 204, 299] {
        assert_eq!(tried(Say::status(status, ""), &[]), accepted());
    }
    for status in [400, 401, 403, 404, 410, 304] {
        refused(tried(Say::status(status, "no"), &[]));
    }
    assert_eq!(
        refused(tried(Say::status(400, "<b>no\n such</b>"), &[])),
        "the gateway answered 400: <b>no such</b>"
    );
    for status in [500, 502, 503, 504, 429] {
        let reason = format!("the gateway answered {status}: later");
        let wait = Some(Duration::from_secs(9));
        let expected = Tried::TryAgain { reason, wait, in_doubt: false };
        assert_eq!(tried(Say::status(status, "later").with("Retry-After", "9"), &[]), expected);
    }
    for say in [Say::Drop, Say::DropHalf, Say::Garbage] {
        assert!(again(tried(say, &[])).1);
    }
    assert_eq!(tried(Say::Huge, &[]), accepted());
    refused(tried(Say::Huge, &[("mt_response_check", "OK")]));
    let (reason, in_doubt) = again(tried(Say::Stall(Duration::from_secs(60)), &[("timeout", "1")]));
    assert_eq!((reason.as_str(), in_doubt), ("no answer within 1 s", true));
}

#[test]
fn an_error_page_with_a_good_status_is_no_success() {
    let checked = |body: &str, check: &str| {
        let gateway = Gateway::saying(Say::ok(body));
        send(to(&gateway, "/?t={{text}}", &[("mt_response_check", check)]).as_ref(), ANA, "hi")
    };
    assert_eq!(checked("status: sent", "sent"), accepted());
    let reason = refused(checked("<html>Login</html>", "sent"));
    assert_eq!(reason, "the gateway's answer does not hold what it must: <html>Login</html>");
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = Gateway::saying(Say::ok("sent"));
    let gateway = Gateway::saying(Say::status(302, "").with("Location", &elsewhere.url("/")));
    let reason =
        refused(send(to(&gateway, "/?t={{text}}", &[("mt_response_check", "sent")]).as_ref(), ANA, "hi"));
    assert!(reason.contains("302") && !reason.contains("127.0.0.1"), "{reason}");
    assert!(elsewhere.heard().is_empty());
}

#[test]
fn without_a_gateway_it_is_tried_again_without_doubt() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let channel = open(&[("send_url", &format!("http://{closed}/?{{{{text}}}}")), ("allow_private", "true")]);
    assert_eq!(
        again(send(channel.as_ref(), ANA, "hi")),
        ("no connection (connection refused)".to_owned(), false)
    );
    assert_eq!(channel.test(), Err("no connection (connection refused)".to_owned()));
}

#[test]
fn private_addresses_need_to_be_allowed() {
    let gateway = Gateway::saying(Say::ok(""));
    for allowed in ["false", ""] {
        let said = problem(&[("send_url", &gateway.url("/?{{text}}")), ("allow_private", allowed)]);
        assert!(said.contains("set allow_private=true"), "{said}");
    }
    assert_eq!(gateway.connections(), 0);
    to(&gateway, "/?{{text}}", &[]).test().unwrap();
    assert!(gateway.heard().is_empty(), "a test sends nothing");
}

#[test]
fn no_secret_comes_back_in_a_reason() {
    let gateway = Gateway::start(|heard| {
        let headers: Vec<_> = heard.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        Say::status(400, &format!("{} {} {:?}", heard.path, headers.join(" "), heard.query()))
    });
    let settings = [
        ("send_authorization", "Basic c2VjcmV0"),
        ("headers", r#"{"X-Key": "secret key/1"}"#),
        ("token", "secret+token"),
        ("hmac_secret", "secret-hmac"),
    ];
    let channel = to(&gateway, "/?key=secret%20query&t={{text}}", &settings);
    let reason = refused(send(channel.as_ref(), ANA, "hi secret-hmac secret+token"));
    assert!(reason.contains("***"), "{reason}");
    for word in ["c2VjcmV0", "secret"] {
        assert!(!reason.replace("secret query", "").contains(word), "{word}: {reason}");
    }
}

#[test]
fn settings_are_checked_when_the_channel_is_opened() {
    let url = ("send_url", "https://example.org/?{{text}}");
    assert_eq!(sms_channel::open(Kind::External, &[]).err(), Some(BadSettings::Missing("send_url")));
    let unknown = sms_channel::open(Kind::External, &[url, ("sendurl", "x")]).err();
    assert_eq!(unknown, Some(BadSettings::Unknown("sendurl".to_owned())));
    for (name, value) in [
        ("method", "DELETE"),
        ("encoding", "X"),
        ("max_length", "0"),
        ("max_length", "a lot"),
        ("timeout", "0"),
        ("timeout", "-1"),
        ("use_national", "maybe"),
        ("allow_private", "ja"),
        ("country", "XX"),
        ("headers", "X: y"),
        ("headers", r#"{"X": 1}"#),
        ("headers", r#"{"X": "hidden\r\nY: z"}"#),
        ("headers", r#"{"X Y": "z"}"#),
        ("send_authorization", "a\r\nX: hidden"),
        ("mo_response_content_type", "evil/type"),
    ] {
        let said = problem(&[url, (name, value)]);
        assert!(said.contains(name) && !said.contains("hidden"), "{name}: {said}");
    }
    for bad in [
        "",
        "nothing",
        "ftp://x/{{text}}",
        "http://x/ {{text}}",
        "http://{{to}}/{{text}}",
        "http://x.{{to}}:80/{{text}}",
        "http://u:p@x/{{text}}",
    ] {
        problem(&[("send_url", bad)]);
    }
    assert!(problem(&[("send_url", "http://x/"), ("method", "GET")]).contains("{{text}}"));
    assert!(problem(&[("send_url", "http://x/"), ("body", "to={{to}}")]).contains("{{text}}"));
}

#[test]
fn a_message_comes_in_by_each_way() {
    let channel = receiver(&[]);
    let body = "--B\r\nContent-Disposition: form-data; name=\"from\"\r\n\r\n3001112233\r\n--B\r\n\
                Content-Disposition: form-data; name=\"text\"\r\n\r\nHola ñ\r\n--B--\r\n";
    for called in [
        Called::get("receive", "from=3001112233&text=Hola+%C3%B1"),
        Called::get("receive", "sender=+573001112233&text=Hola%20%C3%B1"),
        Called::form("receive", "from=%2B57+300+111-2233&text=Hola+ñ"),
        Called::form("receive", "text=Hola+ñ").asking("text=other&sender=573001112233"),
        Called::post("receive", "multipart/form-data; boundary=B", body.as_bytes()),
        Called::post(
            "receive",
            "application/json; charset=utf-8",
            r#"{"from":3001112233,"text":"Hola \u00f1"}"#.as_bytes(),
        ),
        Called::post("receive", "application/json", r#"{"text":"Hola ñ","from":null}"#.as_bytes())
            .asking("from=3001112233"),
        Called::post("receive", "text/plain", b"no form").asking("from=3001112233&text=Hola+%C3%B1"),
    ] {
        let message = called.message(channel.as_ref());
        assert_eq!(message.urn.identity(), ANA, "{called:?}");
        assert_eq!(message.text, "Hola ñ", "{called:?}");
        assert_eq!((message.at, message.external_id.as_str(), message.name.as_str()), (None, "", ""));
    }
}

#[test]
fn fields_can_have_other_names_and_keep_their_own() {
    let channel =
        receiver(&[("mo_from_field", "msisdn"), ("mo_text_field", "body"), ("mo_date_field", "at")]);
    let renamed =
        Called::get("receive", "from=1234&text=no&msisdn=3001112233&body=yes&at=2026-03-02T17:00:00Z");
    let message = renamed.message(channel.as_ref());
    assert_eq!(
        (message.urn.identity().as_str(), message.text.as_str(), message.at),
        (ANA, "yes", Some(noon()))
    );
    let plain = Called::get("receive", "from=3001112233&text=yes").message(channel.as_ref());
    assert_eq!((plain.urn.identity().as_str(), plain.text.as_str()), (ANA, "yes"));
    assert_eq!(
        Called::get("stopped", "msisdn=3001112233").to(channel.as_ref()),
        Ok(Received::Stopped(plain.urn))
    );
}

#[test]
fn times_are_of_rfc_3339() {
    let channel = receiver(&[]);
    for date in [
        "date=2026-03-02T17:00:00Z",
        "time=2026-03-02T12:00:00-05:00",
        "date=2026-03-02T19:00:00%2B02:00",
        "date=2026-03-02T19:00:00.000000+02:00",
    ] {
        let message = Called::get("receive", &format!("from=3001112233&{date}")).message(channel.as_ref());
        assert_eq!(message.at, Some(noon()), "{date}");
    }
    for date in ["yesterday", "2026-03-02", "1772470800", "2026-13-02T17:00:00Z", "2026-03-02T17:00:00"] {
        let called = Called::get("receive", &format!("from=3001112233&date={date}"));
        assert!(called.bad(channel.as_ref()).contains("field 'date'"), "{date}");
    }
}

#[test]
fn senders_may_be_short_codes_and_names() {
    let channel = receiver(&[]);
    let urn =
        |from: &str| Called::get("receive", &format!("from={from}")).message(channel.as_ref()).urn.identity();
    assert_eq!(
        [urn("2020"), urn("BANCO"), urn("%2B593991234567"), urn("a%3Fb%23c%25d")],
        ["tel:2020", "tel:banco", "tel:+593991234567", "tel:abcd",]
    );
    for from in ["", "%3F%23", "12", "%00"] {
        Called::get("receive", &format!("from={from}")).bad(channel.as_ref());
    }
    assert_eq!(Called::get("receive", "text=x").bad(channel.as_ref()), "field 'from' or 'sender' required");
    let other = receiver(&[("scheme", "ext")]);
    assert_eq!(Called::get("receive", "from=A%23b%25c").message(other.as_ref()).urn.identity(), "ext:A#b%c");
}

#[test]
fn what_is_badly_encoded_is_kept_as_well_as_it_can_be() {
    let channel = receiver(&[]);
    let text =
        |text: &str| Called::get("receive", &format!("from=2020&{text}")).message(channel.as_ref()).text;
    assert_eq!(text("text=100%&x"), "100%");
    assert_eq!(text("text=%zz%4"), "%zz%4");
    assert_eq!(text("text=a%00b%FFc"), "ab\u{fffd}c");
    assert_eq!(text("text"), "");
    assert_eq!(text("text=a=b%26c"), "a=b&c");
    let id = Called::get("receive", "from=2020&id=a%00%FF").message(channel.as_ref()).external_id;
    assert_eq!(id, "a\u{fffd}");
    for body in [&b""[..], b"{", b"[1]", b"\xff", br#"{"from":["2020"]}"#, br#"{"from":{}}"#] {
        Called::post("receive", "application/json", body).bad(channel.as_ref());
    }
    Called::post("receive", "multipart/form-data", b"--B").bad(channel.as_ref());
    Called::post("receive", "multipart/form-data; boundary=B", b"--B\r\n").bad(channel.as_ref());
}

#[test]
fn reports_name_our_message() {
    let channel = receiver(&[]);
    for (action, report) in
        [("sent", Report::Sent), ("delivered", Report::Delivered), ("failed", Report::Failed)]
    {
        for called in [
            Called::get(action, &format!("id={MESSAGE}")),
            Called::form(action, &format!("uuid={MESSAGE}&id=other")),
            Called::post(action, "application/json", format!(r#"{{"uuid":"{MESSAGE}"}}"#).as_bytes()),
        ] {
            let reported = called.report(channel.as_ref());
            assert_eq!((reported.about, reported.report), (About::Message(MESSAGE), report));
        }
        for wrong in ["", "id=", "id=12", "uuid=12&id=00000000-0000-0000-0000-000000000001"] {
            assert!(Called::get(action, wrong).bad(channel.as_ref()).contains("'uuid' or 'id'"), "{wrong}");
        }
    }
    for action in ["status", "", "receive/x"] {
        assert_eq!(Called::get(action, "from=2020").to(channel.as_ref()), Err(Refusal::NotFound));
    }
}

#[test]
fn a_token_must_be_right() {
    let channel = receiver(&[("token", "s3cret+é")]);
    let plain = Called::get("receive", "from=2020");
    let asked = plain.clone().asking("from=2020&token=s3cret%2B%C3%A9");
    asked.message(channel.as_ref());
    plain.clone().with("x-recado-token", "s3cret+é").message(channel.as_ref());
    for forged in [
        plain.clone(),
        plain.clone().asking("from=2020&token="),
        plain.clone().asking("from=2020&token=s3cret"),
        plain.clone().asking("from=2020&token=s3cret%2B%C3%A9x"),
        plain.clone().with("x-recado-token", "wrong"),
        asked.clone().with("x-recado-token", "wrong"),
        Called::form("receive", "from=2020&token=s3cret%2B%C3%A9"),
        Called::get("nothing", ""),
    ] {
        assert_eq!(forged.to(channel.as_ref()), Err(Refusal::Forbidden), "{forged:?}");
    }
}

fn signed(called: Called, key: &str, seconds: i64) -> Called {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(&called.body);
    let digits = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
    let hex = digits.concat();
    let called = called.with("x-recado-signature", &format!("sha256={hex}"));
    called.with("x-recado-timestamp", &(noon().timestamp() + seconds).to_string())
}

#[test]
fn a_signature_must_be_right_and_fresh() {
    let channel = receiver(&[("hmac_secret", "key")]);
    let called = Called::form("receive", "from=2020&text=hi");
    for seconds in [-300, 0, 300] {
        assert_eq!(signed(called.clone(), "key", seconds).message(channel.as_ref()).text, "hi");
    }
    let right = signed(called.clone(), "key", 0);
    let header = |name: &str, value: &str| {
        let mut called = right.clone();
        called.headers.retain(|(there, _)| there != name);
        called.with(name, value)
    };
    let late = Called { now: minutes(6), ..right.clone() };
    let changed = Called { body: b"from=2020&text=ho".to_vec(), ..right.clone() };
    for forged in [
        called.clone(),
        signed(called.clone(), "other", 0),
        signed(called.clone(), "key", -301),
        signed(called, "key", 301),
        late,
        changed,
        header("x-recado-signature", ""),
        header("x-recado-signature", "sha256="),
        header("x-recado-signature", "sha256=zz"),
        header("x-recado-signature", "sha256=abc"),
        header("x-recado-timestamp", ""),
        header("x-recado-timestamp", "9223372036854775807"),
        header("x-recado-timestamp", "-9223372036854775808"),
    ] {
        assert_eq!(forged.to(channel.as_ref()), Err(Refusal::Forbidden), "{forged:?}");
    }
    let with_query = signed(Called::form("receive", "from=2020"), "key", 0).asking("text=not-signed");
    assert_eq!(with_query.message(channel.as_ref()).text, "", "what is not signed is not read");
}

#[test]
fn a_received_message_can_be_answered_with_a_fixed_text() {
    let channel = receiver(&[("mo_response", "<Response/>"), ("mo_response_content_type", "text/xml")]);
    let answer = channel.answer(&Called::get("receive", "").request()).unwrap();
    assert_eq!((answer.status, answer.content_type, answer.body.as_str()), (200, "text/xml", "<Response/>"));
    assert_eq!(channel.answer(&Called::get("sent", "").request()), None);
    assert_eq!(receiver(&[]).answer(&Called::get("receive", "").request()), None);
}
