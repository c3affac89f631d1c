//! The channel of Twilio and what speaks its API, against one on the loopback.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use recado::channels::{About, Channel, Incoming, Received, Refusal, Reported};
use recado::domain::channel::Gateway as Kind;
use recado::domain::delivery::Report;
use sha1::Sha1;

use crate::channel::{
    CHANNEL, Called, MESSAGE, accepted, again, attachment, check_broken_gateways, check_refused, open,
    refused, send, stopping, try_open, urn,
};
use crate::gateway::{Gateway, Heard, Say, pairs};

const ACCOUNT: &str = "AC0123456789abcdef";
const TOKEN: &str = "auth-secret/token";
const WORD: &str = "a word&more";
const PUBLIC: &str = "https://recado.example.org/hooks";

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let base =
        [("account_sid", ACCOUNT), ("auth_token", TOKEN), ("address", "+12025550100"), ("timeout", "1")];
    [&base, more].concat()
}

fn at<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Box<dyn Channel> {
    open(Kind::Twilio, &with(&[&[("api_url", url), ("allow_private", "true")], more].concat()))
}

/// An API that knows one account.
fn api(heard: &Heard) -> Say {
    let authorization = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}")));
    if heard.header("authorization") != Some(authorization.as_str()) {
        return Say::status(401, r#"{"code":20003,"message":"Authenticate","status":401}"#);
    }
    if heard.method == "GET" {
        assert_eq!(heard.path, format!("/2010-04-01/Accounts/{ACCOUNT}.json"));
        return Say::ok(&format!(r#"{{"sid":"{ACCOUNT}","friendly_name":"My account"}}"#));
    }
    assert_eq!(heard.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
    assert_eq!(heard.header("content-type"), Some("application/x-www-form-urlencoded"));
    Say::status(201, r#"{"sid":"SM0123456789","status":"queued","error_code":null}"#)
}

/// What is posted for a message.
fn posted(more: &[(&str, &str)], to: &str, text: &str, attachments: &[&str]) -> Vec<(String, String)> {
    let gateway = Gateway::start(api);
    let url = gateway.url("");
    assert_eq!(send(at(&url, more).as_ref(), to, text, attachments), accepted("SM0123456789"));
    pairs(&gateway.only().text())
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_message_is_posted_as_a_form() {
    let text = "Olá & 100% 😀+";
    let plain = [("To", "+12025550111"), ("From", "+12025550100"), ("Body", text)];
    assert_eq!(posted(&[], "tel:+12025550111", text, &[]), owned(&plain));

    let more = [("messaging_service_sid", "MG1"), ("callback_url", PUBLIC)];
    let callback = format!("{PUBLIC}/c/t/{CHANNEL}/status?uuid={MESSAGE}&action=callback");
    let expected = [
        ("To", "+12025550111"),
        ("From", "+12025550100"),
        ("MessagingServiceSid", "MG1"),
        ("MediaUrl", "https://x.org/a?b=c"),
        ("MediaUrl", "https://x.org/d"),
        ("StatusCallback", &callback),
    ];
    let media = ["image/png:https://x.org/a?b=c", "image/png:https://x.org/d"];
    assert_eq!(posted(&more, "tel:+12025550111", "", &media), owned(&expected));

    let whatsapp = [("scheme", "whatsapp")];
    let expected = [("To", "whatsapp:+5511900000001"), ("From", "whatsapp:+12025550100"), ("Body", "Oi")];
    assert_eq!(posted(&whatsapp, "whatsapp:5511900000001", "Oi", &[]), owned(&expected));
    assert_eq!(posted(&whatsapp, "whatsapp:BR.x1", "Oi", &[])[0].1, "whatsapp:BR.x1");

    let unsigned = [("unsigned", "true"), ("token", WORD), ("callback_url", PUBLIC)];
    let callback = posted(&unsigned, "tel:+12025550111", "Hi", &[]).pop().unwrap().1;
    assert!(callback.ends_with("&action=callback&token=a+word%26more"), "{callback}");
}

#[test]
fn the_account_is_known_or_not() {
    let gateway = Gateway::start(api);
    let url = gateway.url("");
    assert_eq!(at(&url, &[]).test().unwrap(), "The gateway knows the account My account.");
    let stranger = [("account_sid", ACCOUNT), ("auth_token", "x"), ("address", "1"), ("api_url", &url)];
    let stranger = open(Kind::Twilio, &[&stranger[..], &[("allow_private", "true")]].concat());
    assert_eq!(stranger.test().unwrap_err(), "Authenticate (error 20003)");
    assert_eq!(send(stranger.as_ref(), "tel:+12025550111", "Hi", &[]), refused("Authenticate (error 20003)"));
}

#[test]
fn what_cannot_be_sent_is_not_tried() {
    let gateway = Gateway::start(api);
    let url = gateway.url("");
    let check = |to: &str, text: &str, attachments: &[&str], why: &str| {
        assert_eq!(send(at(&url, &[]).as_ref(), to, text, attachments), refused(why));
    };
    check("whatsapp:5511", "Hi", &[], "this channel reaches addresses of the kind tel only");
    check("tel:+12025550111", "", &[], "there is nothing in the message to send");
    let no_address = "an attachment has no address that the gateway could fetch it from";
    check("tel:+12025550111", "Hi", &["geo:1,2"], no_address);
    check("tel:+12025550111", "Hi", &["image/png:file:///etc/passwd"], no_address);
    assert_eq!(gateway.heard().len(), 0);
}

#[test]
fn an_error_says_whether_to_try_again() {
    let check = |say: Say, expected| {
        let gateway = Gateway::saying(say);
        assert_eq!(send(at(&gateway.url(""), &[]).as_ref(), "tel:+12025550111", "Hi", &[]), expected);
    };
    let error = |status: u16, code: i64| Say::status(status, &format!(r#"{{"code":{code},"message":"No"}}"#));
    check(error(400, 21610), stopping("No (error 21610)"));
    check(error(400, 21211), refused("No (error 21211)"));
    check(error(400, 63018), again("No (error 63018)", None));
    check(error(429, 20429).with("Retry-After", "3"), again("No (error 20429)", Some(3)));
    check(error(500, 1), again("No (error 1)", None));
    check(Say::status(404, "<html>"), refused("the gateway answered with status 404"));
    check(Say::status(400, r#"{"message":"No"}"#), refused("No"));
}

#[test]
fn a_broken_api_does_no_harm_and_no_secret_is_said() {
    let open = |url: &str| at(url, &[("unsigned", "yes"), ("token", WORD)]);
    check_broken_gateways(
        open,
        "tel:+12025550111",
        &[TOKEN, WORD, &STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"))],
    );
}

#[test]
fn media_go_with_the_first_part() {
    let photo = attachment("image/png:https://x.org/a");
    let shape = |more: &[(&str, &str)], text: &str, media: usize| {
        let parts = open(Kind::Twilio, &with(more)).parts(text, &vec![photo.clone(); media]);
        parts.iter().map(|part| (part.text.len(), part.attachments.len())).collect::<Vec<_>>()
    };
    assert_eq!(shape(&[], "", 0), [(0, 0)]);
    assert_eq!(shape(&[], &"a".repeat(1601), 2), [(1600, 2), (1, 0)]);
    assert_eq!(shape(&[], "", 11), [(0, 10), (0, 1)]);
    assert_eq!(shape(&[("scheme", "whatsapp")], "Look", 2), [(4, 1), (0, 1)]);
}

/// What Twilio signs: the address, and the fields sorted by name.
fn signature(key: &str, url: &str, fields: &[(&str, &str)]) -> String {
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap().chain_update(url);
    for (name, value) in fields {
        mac = mac.chain_update(name).chain_update(value);
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

fn written(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat();
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    fields.join("&")
}

fn call(action: &'static str, query: &str, fields: &[(&str, &str)]) -> Called {
    let call = Called::post(action, written(fields).as_bytes());
    let call = if query.is_empty() { call } else { call.query(query) };
    let signature = signature(TOKEN, &call.url, fields);
    call.header("x-twilio-signature", &signature)
}

const MESSAGE_IN: [(&str, &str); 5] = [
    ("MessageSid", "SM1"),
    ("AccountSid", ACCOUNT),
    ("From", "+12025550111"),
    ("To", "+12025550100"),
    ("Body", "Olá + \u{0}😀"),
];

fn sms() -> Box<dyn Channel> {
    open(Kind::Twilio, &with(&[]))
}

fn heard(channel: &dyn Channel, more: &[(&str, &str)]) -> Incoming {
    let kept = MESSAGE_IN.iter().filter(|(name, _)| more.iter().all(|(other, _)| name != other));
    let fields: Vec<(&str, &str)> = kept.chain(more).copied().collect();
    match call("receive", "", &fields).received(channel).unwrap().remove(0) {
        Received::Message(incoming) => incoming,
        other @ (Received::Report(_) | Received::Stopped(_) | Received::Ignored(_)) => panic!("{other:?}"),
    }
}

#[test]
fn a_message_that_comes_in_keeps_who_and_what() {
    let expected = Incoming {
        urn: urn("tel:+12025550111"),
        name: String::new(),
        text: "Olá + 😀".to_owned(),
        attachments: Vec::new(),
        at: None,
        external_id: "SM1".to_owned(),
    };
    assert_eq!(heard(sms().as_ref(), &[]), expected);
    let from =
        |from: &str, country: &str| heard(sms().as_ref(), &[("From", from), ("FromCountry", country)]).urn;
    assert_eq!(from("2025550111", "US"), urn("tel:+12025550111"));
    assert_eq!(from("BANCO", ""), urn("tel:banco"));
    assert_eq!(from("24242", "US"), urn("tel:24242"));
    assert_eq!(from("whatsapp:+5511900000001", "BR"), urn("whatsapp:5511900000001"));
    let brazilian = open(Kind::Twilio, &with(&[("country", "BR")]));
    assert_eq!(heard(brazilian.as_ref(), &[("From", "11 90000-0001")]).urn, urn("tel:+5511900000001"));
    let whatsapp = open(Kind::Twilio, &with(&[("scheme", "whatsapp")]));
    let user = [("From", ""), ("ExternalUserId", "BR.x1"), ("ProfileName", "Bia")];
    let user = heard(whatsapp.as_ref(), &user);
    assert_eq!((user.urn, user.name.as_str()), (urn("whatsapp:BR.x1"), "Bia"));
    assert_eq!(heard(sms().as_ref(), &[("Body", ""), ("ButtonText", "Yes")]).text, "Yes");
    assert_eq!(heard(sms().as_ref(), &[("Body", "")]).text, "");
    let long = "Uma mensagem multimídia que veio em base64, ninguém sabe por quê";
    assert_eq!(heard(sms().as_ref(), &[("Body", &STANDARD.encode(long))]).text, long);
    let media = [
        ("NumMedia", "3"),
        ("MediaUrl0", "https://api/ME1"),
        ("MediaContentType0", "image/jpeg"),
        ("MediaUrl1", "file:///etc/passwd"),
        ("MediaUrl2", "https://api/ME3"),
        ("MediaUrl3", "https://api/ME4"),
    ];
    let found = heard(sms().as_ref(), &media).attachments;
    let expected =
        [attachment("image/jpeg:https://api/ME1"), attachment("application/octet-stream:https://api/ME3")];
    assert_eq!(found, expected);
    for count in ["", "-1", "99999999999999999999", "18446744073709551615"] {
        assert!(heard(sms().as_ref(), &[("NumMedia", count)]).attachments.is_empty());
    }
}

#[test]
fn what_lacks_a_field_is_named() {
    let bad = |fields: &[(&str, &str)], problems: &[&str]| {
        let expected = Refusal::Bad(problems.iter().map(ToString::to_string).collect());
        assert_eq!(call("receive", "", fields).received(sms().as_ref()), Err(expected));
    };
    let all = ["MessageSid", "AccountSid", "From", "To"].map(|name| format!("field '{name}' required"));
    bad(&[], &all.each_ref().map(String::as_str));
    bad(&MESSAGE_IN[..3], &["field 'To' required"]);
    for from in ["?", "messenger:123", "a@b.c", "whatsapp:+1#x"] {
        let mut fields = MESSAGE_IN;
        fields[2].1 = from;
        bad(&fields, &["field 'From' is not an address"]);
    }
    let mut fields = MESSAGE_IN;
    fields[1].1 = "AC9";
    let received = call("receive", "", &fields).received(sms().as_ref()).unwrap();
    assert!(matches!(received[..], [Received::Ignored(_)]));
}

#[test]
fn a_status_is_a_report_by_our_key_or_theirs() {
    let check = |query: &str, more: &[(&str, &str)], expected: &[Received]| {
        let fields = [&[("MessageSid", "SM1"), ("To", "+12025550111")], more].concat();
        assert_eq!(call("status", query, &fields).received(sms().as_ref()).unwrap(), expected, "{more:?}");
    };
    let ours = format!("uuid={MESSAGE}&action=callback");
    let report = |report, detail: &str| {
        Received::Report(Reported { about: About::Message(MESSAGE), report, detail: detail.to_owned() })
    };
    for (status, meant) in [
        ("queued", Report::Sent),
        ("sent", Report::Sent),
        ("delivered", Report::Delivered),
        ("read", Report::Read),
        ("failed", Report::Failed),
        ("undelivered", Report::Failed),
    ] {
        check(&ours, &[("MessageStatus", status)], &[report(meant, "")]);
    }
    for status in ["accepted", "scheduled", "sending", "canceled", "partially_delivered", "new"] {
        let ignored = Received::Ignored("a status that says nothing to us".to_owned());
        check(&ours, &[("MessageStatus", status)], &[ignored]);
    }
    check(
        &ours,
        &[("MessageStatus", "failed"), ("ErrorCode", "30003")],
        &[report(Report::Failed, "error 30003")],
    );
    let told = [("MessageStatus", "failed"), ("ErrorCode", "1"), ("ErrorMessage", "Off")];
    check(&ours, &told, &[report(Report::Failed, "Off")]);
    let stopped = [report(Report::Failed, "error 21610"), Received::Stopped(urn("tel:+12025550111"))];
    check(&ours, &[("MessageStatus", "failed"), ("ErrorCode", "21610")], &stopped);
    let theirs = Reported {
        about: About::External("SM1".to_owned()),
        report: Report::Delivered,
        detail: String::new(),
    };
    check("", &[("MessageStatus", "delivered")], &[Received::Report(theirs.clone())]);
    check("uuid=9", &[("MessageStatus", "delivered")], &[Received::Report(theirs)]);
    let missing = ["MessageSid", "MessageStatus"].map(|name| format!("field '{name}' required"));
    assert_eq!(call("status", &ours, &[]).received(sms().as_ref()), Err(Refusal::Bad(missing.to_vec())));
}

#[test]
fn a_call_must_be_signed_over_address_and_form() {
    let body = written(&MESSAGE_IN);
    let url = Called::post("receive", b"").url;
    let sms = sms();
    let told = |signature: &str| {
        let call = Called::post("receive", body.as_bytes()).header("x-twilio-signature", signature);
        call.received(sms.as_ref())
    };
    assert!(told(&signature(TOKEN, &url, &MESSAGE_IN)).is_ok());
    for forged in [
        String::new(),
        "AAAA".to_owned(),
        "not base64!".to_owned(),
        signature("", &url, &MESSAGE_IN),
        signature(WORD, &url, &MESSAGE_IN),
        signature(TOKEN, &url.replace("https", "http"), &MESSAGE_IN),
        signature(TOKEN, &format!("{url}?a=1"), &MESSAGE_IN),
        signature(TOKEN, &url, &MESSAGE_IN[..4]),
        signature(TOKEN, &url, &[]),
    ] {
        assert_eq!(told(&forged), Err(Refusal::Forbidden), "{forged}");
    }
    assert_eq!(Called::post("receive", b"").received(sms.as_ref()), Err(Refusal::Forbidden));
    assert_eq!(Called::post("receive", body.as_bytes()).received(sms.as_ref()), Err(Refusal::Forbidden));
    // The word of another kind of proof proves nothing here.
    let call = Called::post("receive", body.as_bytes()).query("token=a+word%26more");
    assert_eq!(call.received(sms.as_ref()), Err(Refusal::Forbidden));
    assert_eq!(Called::get("receive", "a=b").received(sms.as_ref()), Err(Refusal::Method));
    assert_eq!(Called::post("sent", b"").received(sms.as_ref()), Err(Refusal::NotFound));
}

#[test]
fn behind_a_proxy_the_public_address_is_what_is_signed() {
    let channel = open(Kind::Twilio, &with(&[("callback_url", &format!("{PUBLIC}/"))]));
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "sent")];
    let mut call = Called::post("status", written(&fields).as_bytes());
    call.url = format!("http://127.0.0.1:8080/c/t/{CHANNEL}/status?uuid={MESSAGE}&action=callback");
    let public = format!("{PUBLIC}/c/t/{CHANNEL}/status?uuid={MESSAGE}&action=callback");
    let right = call.clone().header("x-twilio-signature", &signature(TOKEN, &public, &fields));
    assert!(right.received(channel.as_ref()).is_ok());
    let local = call.clone().header("x-twilio-signature", &signature(TOKEN, &call.url, &fields));
    assert_eq!(local.received(channel.as_ref()), Err(Refusal::Forbidden));
}

#[test]
fn a_gateway_that_does_not_sign_must_say_the_word() {
    let channel = open(Kind::Twilio, &with(&[("unsigned", "true"), ("token", WORD)]));
    let body = written(&MESSAGE_IN);
    let call = Called::post("receive", body.as_bytes());
    assert!(call.clone().query("token=a+word%26more").received(channel.as_ref()).is_ok());
    for query in ["", "token=", "token=a+word", "token=a+word%26mor", "word=a+word%26more"] {
        assert_eq!(call.clone().query(query).received(channel.as_ref()), Err(Refusal::Forbidden), "{query}");
    }
    assert_eq!(call.received(channel.as_ref()), Err(Refusal::Forbidden));
}

#[test]
fn the_answer_is_twiml_that_sends_nothing() {
    let answer = call("receive", "", &MESSAGE_IN).with(|request| sms().answer(request)).unwrap();
    assert_eq!((answer.status, answer.content_type), (200, "text/xml"));
    assert_eq!(answer.body, r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#);
}

#[test]
fn settings_that_cannot_work_are_named() {
    let account = [("account_sid", ACCOUNT), ("auth_token", TOKEN)];
    check_refused(Kind::Twilio, &account, "the setting address is missing");
    assert!(try_open(Kind::Twilio, &[&account[..], &[("messaging_service_sid", "MG1")]].concat()).is_ok());
    check_refused(Kind::Twilio, &account[..1], "the setting auth_token is missing");
    check_refused(Kind::Twilio, &with(&[("unsigned", "true")]), "the setting token is missing");
    check_refused(Kind::Twilio, &with(&[("scheme", "sip")]), "the setting scheme: say tel or whatsapp");
    let country = "the setting country: it is not the code of a country";
    check_refused(Kind::Twilio, &with(&[("country", "XX")]), country);
    let sid = [("account_sid", "AC/../x"), ("auth_token", TOKEN), ("address", "1")];
    check_refused(Kind::Twilio, &sid, "the setting account_sid: it may hold letters, digits and - only");
}
