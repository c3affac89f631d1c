//! The channel of the WhatsApp Cloud API, against a Graph API on the loopback.

use hmac::{Hmac, KeyInit, Mac};
use recado::channels::{About, Answer, Channel, Incoming, Received, Refusal, Reported, Tried};
use recado::domain::Time;
use recado::domain::channel::Gateway as Kind;
use recado::domain::delivery::Report;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::channel::{
    Called, accepted, again, attachment, check_broken_gateways, check_refused, open, refused, send, urn,
};
use crate::gateway::{Gateway, Heard, Say};

const TOKEN: &str = "EAAG-secret-token";
const APP_SECRET: &str = "0123456789abcdef-app";
const WORD: &str = "verify & me";
const NUMBER: &str = "106540352242922";

fn number(url: &str) -> Box<dyn Channel> {
    let settings = [
        ("token", TOKEN),
        ("phone_number_id", NUMBER),
        ("app_secret", APP_SECRET),
        ("verify_token", WORD),
        ("graph_url", url),
        ("allow_private", "true"),
        ("timeout", "1"),
    ];
    open(Kind::WhatsApp, &settings)
}

fn deaf() -> Box<dyn Channel> {
    number("http://127.0.0.1:9/v21.0")
}

fn posted(heard: &Heard) -> Value {
    serde_json::from_slice(&heard.body).unwrap()
}

/// A Graph API that knows one number.
fn graph(heard: &Heard) -> Say {
    let authorization = format!("Bearer {TOKEN}");
    if heard.header("authorization") != Some(authorization.as_str()) {
        return Say::status(401, r#"{"error":{"code":190,"message":"Invalid OAuth access token."}}"#);
    }
    if heard.method == "GET" {
        assert_eq!(heard.path, format!("/v21.0/{NUMBER}?fields=display_phone_number,verified_name"));
        let known =
            json!({"id": NUMBER, "display_phone_number": "+55 11 5555-0101", "verified_name": "Padaria"});
        return Say::ok(&known.to_string());
    }
    assert_eq!(heard.path, format!("/v21.0/{NUMBER}/messages"));
    assert_eq!(heard.header("content-type"), Some("application/json"));
    let posted = posted(heard);
    assert_eq!(posted["messaging_product"], "whatsapp");
    let kind = posted["type"].as_str().unwrap();
    assert!(posted[kind].is_object(), "{posted}");
    Say::ok(
        r#"{"messaging_product":"whatsapp","contacts":[{"wa_id":"5511"}],"messages":[{"id":"wamid.HBg=="}]}"#,
    )
}

#[test]
fn a_text_goes_to_a_number_or_to_an_id() {
    let gateway = Gateway::start(graph);
    let number = number(&gateway.url("/v21.0/"));
    let check = |to: &str, text: &str, expected: Value| {
        assert_eq!(send(number.as_ref(), to, text, &[]), accepted("wamid.HBg=="));
        assert_eq!(posted(gateway.heard().last().unwrap()), expected);
    };
    check(
        "whatsapp:5511900000001",
        "Olá \"😀\"\n",
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "5511900000001",
            "type": "text",
            "text": {"body": "Olá \"😀\"\n", "preview_url": false},
        }),
    );
    check(
        "whatsapp:BR.x1",
        "See https://x.org",
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "recipient": "BR.x1",
            "type": "text",
            "text": {"body": "See https://x.org", "preview_url": true},
        }),
    );
    let known = "WhatsApp knows the number +55 11 5555-0101 of Padaria.";
    assert_eq!(number.test().unwrap(), known);
}

#[test]
fn each_kind_of_attachment_has_its_field() {
    let check = |of: &str, text: &str, kind: &str, expected: Value| {
        let gateway = Gateway::start(graph);
        let number = number(&gateway.url("/v21.0"));
        assert_eq!(send(number.as_ref(), "whatsapp:5511900000001", text, &[of]), accepted("wamid.HBg=="));
        let posted = posted(&gateway.only());
        assert_eq!((&posted["type"], &posted[kind]), (&Value::from(kind), &expected));
    };
    let link = "https://x.org/a%20b.pdf?c=d";
    check(&format!("image/png:{link}"), "Look", "image", json!({"link": link, "caption": "Look"}));
    check(&format!("video/mp4:{link}"), "", "video", json!({"link": link}));
    check("audio/ogg:whatsapp:1789", "", "audio", json!({"id": "1789"}));
    let document = json!({"link": link, "caption": "Read", "filename": "a%20b.pdf"});
    check(&format!("application/pdf:{link}"), "Read", "document", document);
    check("geo:-1.5,48", "", "location", json!({"latitude": -1.5, "longitude": 48.0}));
    for (to, text, of) in [
        ("whatsapp:55119", "", "geo:nowhere"),
        ("whatsapp:55119", "", "image/png:/etc/passwd"),
        ("tel:+5511900000001", "Hi", "image/png:https://x.org/a"),
    ] {
        assert!(matches!(
            send(deaf().as_ref(), to, text, &[of]),
            Tried::Refused { stops_contact: false, .. }
        ));
    }
    let empty = send(deaf().as_ref(), "whatsapp:55119", "", &[]);
    assert_eq!(empty, refused("there is nothing in the message to send"));
}

#[test]
fn an_error_says_whether_to_try_again() {
    let check = |say: Say, expected| {
        let gateway = Gateway::saying(say);
        assert_eq!(send(number(&gateway.url("")).as_ref(), "whatsapp:5511900000001", "Hi", &[]), expected);
    };
    let error = |status: u16, code: i64, words: &str| {
        Say::status(status, &json!({"error": {"code": code, "message": words}}).to_string())
    };
    for code in [4, 80007, 130_429, 131_048, 131_053, 131_056, 133_016] {
        check(error(400, code, "(#4) Slower"), again("(#4) Slower", None));
        check(error(200, code, "(#4) Slower").with("Retry-After", "9"), again("(#4) Slower", Some(9)));
    }
    check(error(429, 99, "Slower"), again("Slower", None));
    check(error(500, 131_000, "Something went wrong"), again("Something went wrong", None));
    check(Say::status(503, ""), again("WhatsApp answered with status 503", None));
    check(error(401, 190, "Invalid token"), refused("Invalid token"));
    let details =
        json!({"error": {"code": 131_026, "message": "Undeliverable", "error_data": {"details": "No such"}}});
    check(Say::status(400, &details.to_string()), refused("Undeliverable: No such"));
    check(Say::status(404, "[]"), refused("WhatsApp answered with status 404"));
    check(Say::ok(r#"{"error":{}}"#), refused("WhatsApp answered with status 200"));
    let window =
        "the contact has not written in the last 24 hours, and WhatsApp then takes nothing but templates";
    check(error(400, 131_047, "Re-engagement message"), refused(window));
    check(error(500, 131_047, "Re-engagement message"), refused(window));
}

#[test]
fn a_broken_graph_api_does_no_harm_and_no_secret_is_said() {
    check_broken_gateways(number, "whatsapp:5511900000001", &[TOKEN, APP_SECRET]);
}

#[test]
fn a_message_is_cut_where_whatsapp_would_refuse_it() {
    let shape = |text: &str, attachments: &[&str]| {
        let attachments: Vec<_> = attachments.iter().map(|text| attachment(text)).collect();
        let parts = deaf().parts(text, &attachments);
        parts.iter().map(|part| (part.text.chars().count(), part.attachments.len())).collect::<Vec<_>>()
    };
    let photo = "image/png:https://x.org/a";
    assert_eq!(shape("", &[]), [(0, 0)]);
    assert_eq!(shape(&"😀".repeat(4097), &[]), [(4096, 0), (1, 0)]);
    assert_eq!(shape(&"ã".repeat(1024), &[photo]), [(1024, 1)]);
    assert_eq!(shape(&"ã".repeat(1025), &[photo]), [(1025, 0), (0, 1)]);
    assert_eq!(shape("Listen", &["audio/ogg:https://x.org/a"]), [(6, 0), (0, 1)]);
    assert_eq!(shape("", &["audio/ogg:https://x.org/a"]), [(0, 1)]);
    assert_eq!(shape("Here", &["geo:1,2"]), [(4, 0), (0, 1)]);
    assert_eq!(shape("Look", &[photo, photo]), [(4, 0), (0, 1), (0, 1)]);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn signature(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    format!("sha256={}", hex(&mac.finalize().into_bytes()))
}

fn signed(body: &[u8]) -> Called {
    Called::post("receive", body).header("x-hub-signature-256", &signature(APP_SECRET, body))
}

fn hear(body: &Value) -> Vec<Received> {
    signed(body.to_string().as_bytes()).received(deaf().as_ref()).unwrap()
}

fn change(value: Value) -> Value {
    let mut value = value;
    value["metadata"] = json!({"display_phone_number": "551155550101", "phone_number_id": NUMBER});
    json!({"field": "messages", "value": value})
}

fn account(changes: &[Value]) -> Value {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
}

fn message(more: Value) -> Value {
    let mut message = json!({"from": "5511900000001", "id": "wamid.1", "timestamp": "1700000000"});
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

fn hear_message(more: Value) -> Received {
    let contacts = json!([
        {"wa_id": "351912000000", "profile": {"name": "Rui"}},
        {"wa_id": "5511900000001", "profile": {"name": "Ana"}},
        {"user_id": "BR.x1", "profile": {"name": "Bia"}},
    ]);
    let mut received = hear(&account(&[change(json!({"contacts": contacts, "messages": [message(more)]}))]));
    assert_eq!(received.len(), 1, "{received:?}");
    received.remove(0)
}

fn heard(more: Value) -> Incoming {
    match hear_message(more) {
        Received::Message(incoming) => incoming,
        other @ (Received::Report(_) | Received::Stopped(_) | Received::Ignored(_)) => panic!("{other:?}"),
    }
}

#[test]
fn a_message_that_comes_in_keeps_who_when_and_what() {
    let expected = Incoming {
        urn: urn("whatsapp:5511900000001"),
        name: "Ana".to_owned(),
        text: "Olá".to_owned(),
        attachments: Vec::new(),
        at: Time::from_timestamp(1_700_000_000, 0),
        external_id: "wamid.1".to_owned(),
    };
    let text = json!({"type": "text", "text": {"body": "O\0lá"}});
    assert_eq!(heard(text.clone()), expected);
    let with = |name: &str, value: Value| {
        let mut text = text.clone();
        text[name] = value;
        heard(text)
    };
    assert_eq!(with("timestamp", "1700000000123".into()).at, Time::from_timestamp_millis(1_700_000_000_123));
    assert_eq!(with("timestamp", 1_700_000_000.into()).at, expected.at);
    assert_eq!(with("timestamp", "soon".into()).at, None);
    assert_eq!(with("timestamp", i64::MAX.into()).at, None);
    let mut nameless = message(json!({"type": "text", "text": {"body": "Oi"}, "from_user_id": "br.x1"}));
    nameless.as_object_mut().unwrap().remove("from");
    let received = hear(&account(&[change(json!({"messages": [nameless]}))]));
    assert!(
        matches!(&received[..], [Received::Message(one)] if one.urn == urn("whatsapp:BR.x1")),
        "{received:?}"
    );
    assert_eq!(with("from_user_id", "BR.x1".into()).name, "Ana");
}

#[test]
fn each_kind_of_message_is_read() {
    let check = |more: Value, text: &str, attachments: &[&str]| {
        let incoming = heard(more);
        let found: Vec<String> = incoming.attachments.iter().map(ToString::to_string).collect();
        assert_eq!(
            (incoming.text.as_str(), found),
            (text, attachments.iter().map(ToString::to_string).collect())
        );
    };
    let image = json!({"id": "17", "mime_type": "image/png", "caption": "Me", "sha256": "x"});
    check(json!({"type": "image", "image": image}), "Me", &["image/png:whatsapp:17"]);
    let audio = json!({"id": "18", "mime_type": "audio/ogg; codecs=opus"});
    check(json!({"type": "audio", "audio": audio}), "", &["audio/ogg:whatsapp:18"]);
    check(json!({"type": "voice", "voice": {"id": "19"}}), "", &["audio/ogg:whatsapp:19"]);
    check(json!({"type": "video", "video": {"id": "20"}}), "", &["video/mp4:whatsapp:20"]);
    let document = json!({"id": "21", "filename": "a.pdf", "mime_type": "application/pdf"});
    check(json!({"type": "document", "document": document}), "", &["application/pdf:whatsapp:21"]);
    let place = json!({"latitude": -23.5, "longitude": -46.6, "name": "Sé", "address": "Centro"});
    check(json!({"type": "location", "location": place}), "Sé, Centro", &["geo:-23.500000,-46.600000"]);
    check(json!({"type": "button", "button": {"text": "Sim", "payload": "y"}}), "Sim", &[]);
    let interactive = |more: Value| json!({"type": "interactive", "interactive": more});
    check(interactive(json!({"type": "button_reply", "button_reply": {"title": "Yes"}})), "Yes", &[]);
    check(interactive(json!({"type": "list_reply", "list_reply": {"title": "Row", "id": "1"}})), "Row", &[]);
    let flow = json!({"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{\"a\":1}"}});
    check(interactive(flow), "Sent", &[]);
    check(interactive(json!({"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}})), "{}", &[]);
}

#[test]
fn what_cannot_be_kept_is_ignored_and_keeps_nothing_else_out() {
    let odd = [
        json!({"type": "unsupported"}),
        json!({"type": "text"}),
        json!({"type": "text", "text": "bare"}),
        json!({"type": "image", "image": {"id": ""}}),
        json!({"type": "location", "location": {"latitude": "x"}}),
        json!({"type": "interactive", "interactive": {"type": "new"}}),
        json!({"type": "text", "text": {"body": "Hi"}, "group_id": "g"}),
        json!({"type": "text", "text": {"body": "Hi"}, "id": ""}),
        json!({"type": "text", "text": {"body": "Hi"}, "from": ""}),
        json!({"type": "text", "text": {"body": "Hi"}, "from": "+55 11"}),
        json!({"type": "text", "text": {"body": "Hi"}, "from": "BR.x1#evil"}),
        json!({}),
    ];
    for more in odd {
        let received = hear_message(more.clone());
        assert!(matches!(received, Received::Ignored(_)), "{more}: {received:?}");
    }
    for body in [
        json!({}),
        json!([]),
        json!("x"),
        json!({"object": "page", "entry": [{"changes": [change(json!({"messages": [message(json!({}))]}))]}]}),
        account(&[]),
        account(&[json!(1), json!({"field": "messages"})]),
        account(&[json!({"field": "account_update", "value": {}})]),
    ] {
        let received = hear(&body);
        assert!(received.iter().all(|one| matches!(one, Received::Ignored(_))), "{received:?}");
        assert!(!received.is_empty());
    }
    let text = |id: &str| message(json!({"type": "text", "text": {"body": id}, "id": id}));
    let mut other = change(json!({"messages": [text("other")]}));
    other["value"]["metadata"]["phone_number_id"] = "1".into();
    let ours = change(json!({
        "messages": [text("a"), {"type": "unsupported", "id": "b"}, text("c")],
        "statuses": [{"id": "wamid.2", "status": "read"}, 5],
        "errors": [{"code": 131_051, "title": "Unsupported"}],
    }));
    let mut body = account(&[other, ours]);
    body["entry"]
        .as_array_mut()
        .unwrap()
        .push(json!({"changes": [change(json!({"messages": [text("d")]}))]}));
    let kept: Vec<String> = hear(&body)
        .into_iter()
        .map(|one| match one {
            Received::Message(incoming) => incoming.text,
            Received::Report(reported) => format!("{:?}", reported.report),
            Received::Ignored(why) if why.contains("Unsupported") => why,
            Received::Ignored(_) => "-".to_owned(),
            Received::Stopped(urn) => urn.to_string(),
        })
        .collect();
    assert_eq!(kept, ["-", "a", "-", "c", "Read", "-", "WhatsApp reports: Unsupported", "d"]);
}

#[test]
fn statuses_are_reports_by_the_id_of_the_gateway() {
    let check = |status: Value, expected: Option<(Report, &str)>| {
        let received = hear(&account(&[change(json!({"statuses": [status]}))]));
        match (&received[..], expected) {
            ([Received::Report(reported)], Some((report, detail))) => {
                let about = About::External("wamid.2".to_owned());
                assert_eq!(*reported, Reported { about, report, detail: detail.to_owned() });
            }
            ([Received::Ignored(_)], None) => {}
            (other, expected) => panic!("{other:?} instead of {expected:?}"),
        }
    };
    let status =
        |word: &str| json!({"id": "wamid.2", "status": word, "recipient_id": "55", "timestamp": "1"});
    check(status("sent"), Some((Report::Sent, "")));
    check(status("delivered"), Some((Report::Delivered, "")));
    check(status("read"), Some((Report::Read, "")));
    let failed = |errors: Value| json!({"id": "wamid.2", "status": "failed", "errors": errors});
    check(
        failed(json!([{"code": 131_026, "title": "Undeliverable"}])),
        Some((Report::Failed, "Undeliverable")),
    );
    check(failed(json!([{"code": 7}])), Some((Report::Failed, "error 7")));
    check(failed(json!([])), Some((Report::Failed, "")));
    let leaky = format!("the token\n{TOKEN}");
    check(failed(json!([{"title": leaky}])), Some((Report::Failed, "the token ***")));
    let window =
        "the contact has not written in the last 24 hours, and WhatsApp then takes nothing but templates";
    check(failed(json!([{"code": 131_047, "title": "Re-engagement"}])), Some((Report::Failed, window)));
    check(status("deleted"), None);
    check(status("warning"), None);
    check(json!({"status": "read"}), None);
}

#[test]
fn a_body_must_be_signed_before_it_is_read() {
    let number = deaf();
    let body = account(&[]).to_string();
    let forged = |header: &str| {
        let call = Called::post("receive", body.as_bytes()).header("x-hub-signature-256", header);
        assert_eq!(call.received(number.as_ref()), Err(Refusal::Forbidden), "{header}");
    };
    let right = signature(APP_SECRET, body.as_bytes());
    forged("");
    forged("sha256=");
    forged(&right[..right.len() - 2]);
    forged(&format!("{right}00"));
    forged(right.trim_start_matches("sha256="));
    forged(&right.replace("sha256=", "sha1="));
    forged(&signature("", body.as_bytes()));
    forged(&signature(TOKEN, body.as_bytes()));
    forged(&signature(APP_SECRET, format!("{body} ").as_bytes()));
    forged(&format!("sha256={}", "é".repeat(32)));
    forged(&format!("sha256={}", "+1".repeat(32)));
    assert_eq!(Called::post("receive", body.as_bytes()).received(number.as_ref()), Err(Refusal::Forbidden));
    // What is not signed is not even said to be unreadable.
    assert_eq!(Called::post("receive", b"{").received(number.as_ref()), Err(Refusal::Forbidden));
    for body in ["", "{", "\0"] {
        let expected = Refusal::Bad(vec!["the body is not JSON".to_owned()]);
        assert_eq!(signed(body.as_bytes()).received(number.as_ref()), Err(expected));
    }
    let settings = [("token", TOKEN), ("phone_number_id", NUMBER)];
    let unsigned = open(Kind::WhatsApp, &settings);
    let call = Called::post("receive", b"{}").header("x-hub-signature-256", &signature("", b"{}"));
    assert_eq!(call.received(unsigned.as_ref()), Err(Refusal::Forbidden));
    assert_eq!(signed(b"{}").received(unsigned.as_ref()), Err(Refusal::Forbidden));
}

#[test]
fn the_webhook_is_set_up_by_whoever_knows_the_word() {
    let number = deaf();
    let asked = |query: &str| {
        let call = Called::get("receive", query);
        (call.received(number.as_ref()), call.with(|request| number.answer(request)))
    };
    let known = "hub.mode=subscribe&hub.verify_token=verify+%26+me&hub.challenge=%3Cb%3E158";
    let answer = Answer { status: 200, content_type: "text/plain; charset=utf-8", body: "<b>158".to_owned() };
    assert_eq!(asked(known), (Ok(Vec::new()), Some(answer)));
    for query in [
        "",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=verify&hub.challenge=1",
        "hub.mode=unsubscribe&hub.verify_token=verify+%26+me&hub.challenge=1",
        "hub.verify_token=verify+%26+me&hub.challenge=1",
    ] {
        assert_eq!(asked(query), (Err(Refusal::Forbidden), None), "{query}");
    }
    let wordless = open(Kind::WhatsApp, &[("token", TOKEN), ("phone_number_id", NUMBER)]);
    let call = Called::get("receive", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1");
    assert_eq!(call.received(wordless.as_ref()), Err(Refusal::Forbidden));
    assert_eq!(signed(b"{}").with(|request| number.answer(request)), None);
    assert_eq!(Called::post("status", b"").received(number.as_ref()), Err(Refusal::NotFound));
}

#[test]
fn meta_is_told_that_all_is_well_unless_it_is_not_meta() {
    let number = deaf();
    assert_eq!(number.answer_refused(&Refusal::Forbidden), None);
    for refusal in [Refusal::Bad(vec!["the body is not JSON".to_owned()]), Refusal::NotFound, Refusal::Method]
    {
        let answer = number.answer_refused(&refusal).unwrap();
        assert_eq!((answer.status, answer.content_type), (200, "application/json"));
        assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap()["message"], "Ignored");
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    check_refused(Kind::WhatsApp, &[("token", TOKEN)], "the setting phone_number_id is missing");
    let digits = "the setting phone_number_id: it is a number of digits only";
    check_refused(Kind::WhatsApp, &[("token", TOKEN), ("phone_number_id", "1/../2")], digits);
    let url = "the setting graph_url: it must begin with https:// unless allow_private is true";
    let settings = [("token", TOKEN), ("phone_number_id", NUMBER), ("graph_url", "http://graph.example")];
    check_refused(Kind::WhatsApp, &settings, url);
}

#[test]
fn media_are_fetched_by_their_id_and_the_token_goes_to_meta_alone() {
    let photo = attachment("image/jpeg:whatsapp:1037543291543634");
    let authorization = format!("Bearer {TOKEN}");
    // Another host than the API's: another port of this machine.
    let elsewhere = Gateway::saying(Say::ok("stolen"));
    let graph = |answer: fn(&str, &str) -> Say| {
        let (authorization, foreign) = (authorization.clone(), elsewhere.url("/x"));
        Gateway::start(move |heard| {
            assert_eq!(heard.header("authorization"), Some(authorization.as_str()));
            if heard.path.starts_with("/media") {
                return Say::ok("jpg");
            }
            assert_eq!(heard.path, format!("/v21.0/1037543291543634?phone_number_id={NUMBER}"));
            answer(heard.header("host").unwrap(), &foreign)
        })
    };
    let fetch = |gateway: &Gateway| number(&gateway.url("/v21.0")).media().unwrap().fetch(&photo);
    let good = graph(|host, _| {
        Say::ok(&json!({"url": format!("http://{host}/media/1?a=b"), "file_size": 3}).to_string())
    });
    assert_eq!(fetch(&good).unwrap(), b"jpg");
    let check = |answer: fn(&str, &str) -> Say, may_try_again: bool, reason: &str| {
        let unfetched = fetch(&graph(answer)).unwrap_err();
        assert_eq!(unfetched.may_try_again, may_try_again, "{unfetched:?}");
        assert!(unfetched.reason.contains(reason) && !unfetched.reason.contains(TOKEN), "{unfetched:?}");
    };
    let foreign = |_: &str, foreign: &str| Say::ok(&json!({"url": foreign}).to_string());
    check(foreign, false, "where Meta keeps none");
    assert_eq!(elsewhere.connections(), 0);
    for odd in [
        |host: &str, _: &str| Say::ok(&json!({"url": format!("https://{host}/media/1")}).to_string()),
        |host: &str, _: &str| Say::ok(&json!({"url": format!("http://x@{host}/media/1")}).to_string()),
        |_: &str, _: &str| Say::ok(&json!({"url": "https://lookaside.fbsbx.com.example.org/x"}).to_string()),
        |_: &str, _: &str| Say::ok(&json!({"url": "file:///etc/passwd"}).to_string()),
    ] {
        check(odd, false, "where Meta keeps none");
    }
    check(
        |_, _| Say::ok(&json!({"url": "x", "file_size": 99_999_999}).to_string()),
        false,
        "longer than 20 MB",
    );
    check(|_, _| Say::status(404, r#"{"error":{"code":100,"message":"gone"}}"#), false, "gone");
    check(|_, _| Say::status(400, r#"{"error":{"code":4,"message":"limit"}}"#), true, "limit");
    check(|_, _| Say::status(503, ""), true, "503");
    for odd in ["whatsapp:../1", "whatsapp:a?b", "telegram:1", "whatsapp:"] {
        let attachment = attachment(&format!("image/png:{odd}"));
        assert!(!deaf().media().unwrap().fetch(&attachment).unwrap_err().may_try_again, "{odd}");
    }
}
