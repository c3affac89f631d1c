//! The channel of Telegram bots, against a Bot API on the loopback.

use std::time::Duration;

use recado::channels::{Channel, Incoming, Received, Refusal};
use recado::domain::Time;
use recado::domain::channel::Gateway as Kind;
use recado::domain::contact::Urn;
use serde_json::{Value, json};

use crate::channel::{
    Called, accepted, again, attachment, check_broken_gateways, check_refused, check_silent, open, refused,
    send, stopping,
};
use crate::gateway::{Gateway, Heard, Say, pairs};

const TOKEN: &str = "7654321:AAF-secret_token";
const SECRET: &str = "hook-Secret_1";
const PATIENCE: Duration = Duration::from_secs(2);

fn bot(url: &str) -> Box<dyn Channel> {
    let settings = [("token", TOKEN), ("api_url", url), ("allow_private", "true"), ("timeout", "1")];
    open(Kind::Telegram, &settings)
}

fn hooked() -> Box<dyn Channel> {
    open(Kind::Telegram, &[("token", TOKEN), ("secret", SECRET)])
}

/// What a form held, as JSON.
fn form(heard: &Heard) -> Value {
    pairs(&heard.text()).into_iter().map(|(name, value)| (name, Value::from(value))).collect()
}

/// A Bot API that knows one bot and one chat.
fn api(heard: &Heard) -> Say {
    assert_eq!(heard.method, "POST");
    assert_eq!(heard.header("content-type"), Some("application/x-www-form-urlencoded"));
    let Some(method) = heard.path.strip_prefix(&format!("/bot{TOKEN}/")) else {
        return Say::status(404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#);
    };
    let form = form(heard);
    assert!(form.get("parse_mode").is_none(), "{form}");
    let required = match method {
        "getMe" => {
            return Say::ok(r#"{"ok":true,"result":{"id":7654321,"is_bot":true,"username":"recado_bot"}}"#);
        }
        "sendMessage" => "text",
        "sendPhoto" => "photo",
        "sendVideo" => "video",
        "sendAudio" => "audio",
        "sendAnimation" => "animation",
        "sendDocument" => "document",
        "sendLocation" => "latitude",
        other => panic!("{other}"),
    };
    if form["chat_id"] != "9007199254740993" {
        return Say::status(
            400,
            r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
        );
    }
    assert!(form[required].as_str().is_some_and(|value| !value.is_empty()), "{form}");
    Say::ok(r#"{"ok":true,"result":{"message_id":9223372036854775807}}"#)
}

const CHAT: &str = "telegram:9007199254740993#ana";

#[test]
fn a_text_goes_out_as_it_is() {
    let gateway = Gateway::start(api);
    let text = "snake_case_ *no* & <b> ação 😀 100%";
    assert_eq!(send(bot(&gateway.url("")).as_ref(), CHAT, text, &[]), accepted("9223372036854775807"));
    let expected = json!({
        "chat_id": "9007199254740993",
        "text": text,
        "reply_markup": "{\"remove_keyboard\":true}",
    });
    assert_eq!(form(&gateway.only()), expected);
    let elsewhere = send(bot(&gateway.url("")).as_ref(), "telegram:1", "Hello", &[]);
    assert_eq!(elsewhere, refused("Bad Request: chat not found"));
    assert_eq!(bot(&gateway.url("/")).test().unwrap(), "Telegram knows the bot @recado_bot.");
}

#[test]
fn each_kind_of_attachment_has_its_method() {
    let check = |of: &str, method: &str, field: &str, value: &str| {
        let gateway = Gateway::start(api);
        let sent = send(bot(&gateway.url("")).as_ref(), CHAT, "Look", &[of]);
        assert_eq!(sent, accepted("9223372036854775807"));
        let heard = gateway.only();
        assert!(heard.path.ends_with(method), "{}", heard.path);
        assert_eq!(form(&heard)[field], value);
        assert_eq!(form(&heard)["caption"], "Look");
    };
    check("image/png:https://x.org/a?b=1&c=2", "/sendPhoto", "photo", "https://x.org/a?b=1&c=2");
    check("image/gif:https://x.org/a.gif", "/sendAnimation", "animation", "https://x.org/a.gif");
    check("video/mp4:https://x.org/a", "/sendVideo", "video", "https://x.org/a");
    check("audio/ogg:telegram:AwAC-x_1", "/sendAudio", "audio", "AwAC-x_1");
    check("application/pdf:https://x.org/a", "/sendDocument", "document", "https://x.org/a");
    check("geo:-1.5,-48.25", "/sendLocation", "longitude", "-48.25");
    let gateway = Gateway::start(api);
    for odd in ["geo:here", "image/png:/home/me/a.png", "unavailable:", "image/png:file:///etc/passwd"] {
        let tried = send(bot(&gateway.url("")).as_ref(), CHAT, "", &[odd]);
        assert!(matches!(tried, recado::channels::Tried::Refused { stops_contact: false, .. }), "{tried:?}");
    }
    for to in ["tel:+5511900000001", "telegram:ana"] {
        let tried = send(bot(&gateway.url("")).as_ref(), to, "Hello", &[]);
        assert_eq!(tried, refused("the address is not a Telegram chat"));
    }
    let empty = send(bot(&gateway.url("")).as_ref(), CHAT, "", &[]);
    assert_eq!(empty, refused("there is nothing in the message to send"));
    assert_eq!(gateway.heard().len(), 0);
}

#[test]
fn an_error_says_whether_to_try_again() {
    let check = |say: Say, expected| {
        let gateway = Gateway::saying(say);
        assert_eq!(send(bot(&gateway.url("")).as_ref(), CHAT, "Hello", &[]), expected);
    };
    let error = |code: u16, words: &str| {
        Say::status(code, &json!({"ok": false, "error_code": code, "description": words}).to_string())
    };
    let blocked = "Forbidden: bot was blocked by the user";
    check(error(403, blocked), stopping(blocked));
    check(error(403, "Forbidden: user is deactivated"), stopping("Forbidden: user is deactivated"));
    let first = "Forbidden: bot can't initiate conversation with a user";
    check(error(403, first), refused(first));
    check(error(400, blocked), refused(blocked));
    check(error(401, "Unauthorized"), refused("Unauthorized"));
    check(error(500, "Internal Server Error"), again("Internal Server Error", None));
    check(Say::status(502, "<html>"), again("Telegram answered with status 502", None));
    let slow =
        json!({"ok": false, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 35}});
    check(Say::status(429, &slow.to_string()), again("Too Many", Some(35)));
    check(Say::ok(&slow.to_string()), again("Too Many", Some(35)));
    check(Say::status(429, "").with("Retry-After", "7"), again("Telegram answered with status 429", Some(7)));
    check(Say::ok(r#"{"ok":true,"result":{}}"#), accepted(""));
}

#[test]
fn a_broken_bot_api_does_no_harm_and_no_token_is_said() {
    check_broken_gateways(bot, CHAT, &[TOKEN, "AAF-secret_token"]);
}

#[test]
fn a_message_is_cut_where_telegram_would_refuse_it() {
    let bot = bot("http://127.0.0.1:9");
    let photo = attachment("image/png:https://x.org/a");
    let place = attachment("geo:1,2");
    let shape = |text: &str, attachments: &[_]| {
        let parts = bot.parts(text, attachments);
        let shape: Vec<_> =
            parts.iter().map(|part| (part.text.encode_utf16().count(), part.attachments.len())).collect();
        shape
    };
    assert_eq!(shape("", &[]), [(0, 0)]);
    assert_eq!(shape(&"😀".repeat(2049), &[]), [(4096, 0), (2, 0)]);
    assert_eq!(shape("", std::slice::from_ref(&photo)), [(0, 1)]);
    assert_eq!(shape(&"a".repeat(1024), std::slice::from_ref(&photo)), [(1024, 1)]);
    assert_eq!(shape(&"a".repeat(1025), std::slice::from_ref(&photo)), [(1025, 0), (0, 1)]);
    assert_eq!(shape("Here", std::slice::from_ref(&place)), [(4, 0), (0, 1)]);
    assert_eq!(shape("Look", &[photo, place]), [(4, 0), (0, 1), (0, 1)]);
}

#[test]
fn a_file_is_fetched_by_its_id() {
    let photo = attachment("image/jpeg:telegram:AgAC-x_1");
    let api = |info: Value, file: Say| {
        Gateway::start(move |heard| {
            if heard.path == format!("/bot{TOKEN}/getFile") {
                assert_eq!(form(heard)["file_id"], "AgAC-x_1");
                return Say::ok(&json!({"ok": true, "result": info.clone()}).to_string());
            }
            assert_eq!(
                (heard.method.as_str(), heard.path.as_str()),
                ("GET", &*format!("/file/bot{TOKEN}/photos/file_1.jpg"))
            );
            file.clone()
        })
    };
    let fetch = |gateway: &Gateway| bot(&gateway.url("")).media().unwrap().fetch(&photo);
    let known = json!({"file_path": "photos/file_1.jpg", "file_size": 3});
    assert_eq!(fetch(&api(known.clone(), Say::ok("jpg"))).unwrap(), b"jpg");
    let check = |info: Value, file: Say, may_try_again: bool, reason: &str| {
        let unfetched = fetch(&api(info, file)).unwrap_err();
        assert_eq!(unfetched.may_try_again, may_try_again, "{unfetched:?}");
        assert!(unfetched.reason.contains(reason), "{unfetched:?}");
        check_silent(&unfetched.reason, &[TOKEN, "AAF-secret_token"]);
    };
    check(known.clone(), Say::status(503, "no"), true, "status 503");
    check(known.clone(), Say::status(404, "no"), false, "status 404");
    check(known.clone(), Say::Drop, true, "");
    check(known.clone(), Say::DropHalf, true, "");
    check(known.clone(), Say::ok(""), false, "empty");
    check(known, Say::status(302, "").with("Location", "http://127.0.0.1:9/"), false, "status 302");
    let long = json!({"file_path": "photos/file_1.jpg", "file_size": 20 * 1024 * 1024 + 1});
    check(long, Say::Drop, false, "longer than 20 MB");
    for path in ["../getMe", "photos/../../x", "photos//x", "a?b=c", "a#b", "a%2e", "http://127.0.0.1/x", ""]
    {
        check(json!({"file_path": path}), Say::ok("jpg"), false, "");
    }
    let unknown = Gateway::saying(Say::status(
        400,
        r#"{"ok":false,"error_code":400,"description":"Bad Request: wrong file_id"}"#,
    ));
    assert!(!fetch(&unknown).unwrap_err().may_try_again);
    let busy = Gateway::saying(Say::status(429, r#"{"ok":false,"error_code":429,"description":"Too Many"}"#));
    assert!(fetch(&busy).unwrap_err().may_try_again);
    assert!(
        !bot("http://127.0.0.1:9")
            .media()
            .unwrap()
            .fetch(&attachment("image/png:whatsapp:1"))
            .unwrap_err()
            .may_try_again
    );
}

fn update(message: Value) -> Value {
    json!({"update_id": 10, "message": message})
}

fn message(more: Value) -> Value {
    let mut message = json!({
        "message_id": 41,
        "date": 1_700_000_000,
        "from": {"id": 9_007_199_254_740_993_i64, "first_name": " Ana ", "last_name": "Lima", "username": "AnaL"},
        "chat": {"id": 9_007_199_254_740_993_i64, "type": "private"},
    });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    update(message)
}

fn hear(update: &Value) -> Received {
    let call = Called::post("receive", update.to_string().as_bytes());
    let mut received =
        call.header("x-telegram-bot-api-secret-token", SECRET).received(hooked().as_ref()).unwrap();
    assert_eq!(received.len(), 1);
    received.remove(0)
}

fn heard(more: Value) -> Incoming {
    match hear(&message(more)) {
        Received::Message(incoming) => incoming,
        other @ (Received::Report(_) | Received::Stopped(_) | Received::Ignored(_)) => panic!("{other:?}"),
    }
}

#[test]
fn a_message_that_comes_in_keeps_who_when_and_what() {
    let expected = Incoming {
        urn: Urn::kept("telegram:9007199254740993", "anal".to_owned()),
        name: "Ana Lima".to_owned(),
        text: "Olá".to_owned(),
        attachments: Vec::new(),
        at: Time::from_timestamp(1_700_000_000, 0),
        external_id: "41".to_owned(),
    };
    let incoming = heard(json!({"text": "O\0lá"}));
    assert_eq!(incoming, expected);
    assert_eq!(incoming.urn.display(), "anal");
    let nameless = heard(json!({"text": "Hi", "from": {"id": 5, "username": "Bob"}, "date": "never"}));
    assert_eq!((nameless.name.as_str(), nameless.at), ("bob", None));
}

#[test]
fn what_comes_along_is_kept_by_its_id() {
    let check = |more: Value, text: &str, attachments: &[&str]| {
        let incoming = heard(more);
        let found: Vec<String> = incoming.attachments.iter().map(ToString::to_string).collect();
        assert_eq!(
            (incoming.text.as_str(), found),
            (text, attachments.iter().map(ToString::to_string).collect())
        );
    };
    let sizes = json!([
        {"file_id": "small", "file_size": 900},
        {"file_id": "good", "file_size": 99_999},
        {"file_id": "big", "file_size": 100_001},
    ]);
    check(json!({"photo": sizes, "caption": "Me"}), "Me", &["image/jpeg:telegram:good"]);
    check(json!({"photo": [{"file_id": "big", "file_size": 200_000}]}), "", &["image/jpeg:telegram:big"]);
    check(json!({"photo": [{"file_id": "a"}, {"file_id": "b"}]}), "", &["image/jpeg:telegram:b"]);
    check(json!({"video": {"file_id": "v"}}), "", &["video/mp4:telegram:v"]);
    check(json!({"voice": {"file_id": "v", "mime_type": "audio/ogg"}}), "", &["audio/ogg:telegram:v"]);
    check(json!({"audio": {"file_id": "v", "mime_type": "audio/x:y"}}), "", &["audio/mpeg:telegram:v"]);
    let sticker = json!({"sticker": {"file_id": "film", "thumbnail": {"file_id": "t"}}});
    check(sticker, "", &["image/webp:telegram:t"]);
    let document = json!({"document": {"file_id": "d", "mime_type": "application/pdf"}, "caption": "C"});
    check(document, "C", &["application/pdf:telegram:d"]);
    check(json!({"location": {"latitude": -1.5, "longitude": 48}}), "", &["geo:-1.500000,48.000000"]);
    let place = json!({"latitude": 1.0, "longitude": 2.0});
    let venue = json!({"venue": {"location": place, "title": "Bar", "address": "Rua 1"}, "location": place});
    check(venue, "Bar, Rua 1", &["geo:1.000000,2.000000"]);
    let card = json!({"contact": {"first_name": "Rui", "last_name": "Sá", "phone_number": "+351912"}});
    check(card, "Rui Sá (+351912)", &[]);
}

#[test]
fn what_is_no_message_to_the_bot_is_ignored() {
    let odd = [
        json!({}),
        json!([]),
        json!(null),
        json!({"update_id": 1, "edited_message": {"message_id": 1, "text": "x"}}),
        json!({"update_id": 1, "callback_query": {"id": "1"}}),
        json!({"message": "text"}),
        json!({"message": {"text": "no id"}}),
        message(json!({"text": "/start"})),
        message(json!({"text": "/start campaign"})),
        message(json!({"text": ""})),
        message(json!({"new_chat_title": "x"})),
        message(json!({"text": "Hi", "chat": {"id": -5, "type": "supergroup"}})),
        message(json!({"text": "Hi", "from": {"id": "x"}})),
        message(json!({"text": "Hi", "from": {"id": 1e300}})),
        message(json!({"text": "Hi", "from": null})),
        message(json!({"document": {"file_id": ""}})),
        message(json!({"location": {"latitude": 91, "longitude": 0}})),
    ];
    for update in odd {
        let received = hear(&update);
        assert!(matches!(received, Received::Ignored(_)), "{update}: {received:?}");
    }
    assert_eq!(heard(json!({"text": "/started"})).text, "/started");
}

#[test]
fn a_webhook_must_say_the_secret() {
    let body = message(json!({"text": "Hi"})).to_string();
    let call = Called::post("receive", body.as_bytes());
    let told = |secret: &str| call.clone().header("x-telegram-bot-api-secret-token", secret);
    let hooked = hooked();
    for secret in ["", "hook-Secret_", "hook-Secret_12", "HOOK-SECRET_1", TOKEN] {
        assert_eq!(told(secret).received(hooked.as_ref()), Err(Refusal::Forbidden), "{secret:?}");
    }
    assert_eq!(call.received(hooked.as_ref()), Err(Refusal::Forbidden));
    assert!(told(SECRET).received(hooked.as_ref()).is_ok());
    // Without a secret nothing can be proved.
    let polling = bot("http://127.0.0.1:9");
    assert_eq!(told("").received(polling.as_ref()), Err(Refusal::Forbidden));

    for body in ["", "{", "text=Hi", "\u{feff}{}"] {
        let call = Called::post("receive", body.as_bytes()).header("x-telegram-bot-api-secret-token", SECRET);
        let expected = Refusal::Bad(vec!["the body is not JSON".to_owned()]);
        assert_eq!(call.received(hooked.as_ref()), Err(expected), "{body:?}");
    }
    assert_eq!(Called::post("status", b"").received(hooked.as_ref()), Err(Refusal::NotFound));
    assert_eq!(Called::get("receive", "").received(hooked.as_ref()), Err(Refusal::Method));
}

#[test]
fn what_came_in_is_asked_for_from_where_it_stopped() {
    let gateway = Gateway::start(|heard| {
        let form = form(heard);
        assert_eq!(heard.path, format!("/bot{TOKEN}/getUpdates"));
        let first = form["offset"].as_str().unwrap().parse::<i64>().unwrap();
        let last = 4_000_000_000_000_i64;
        let updates: Vec<Value> = (first.max(last - 2)..last)
            .map(|id| {
                let mut update = message(json!({"text": format!("number {id}")}));
                update["update_id"] = id.into();
                update
            })
            .collect();
        Say::ok(&json!({"ok": true, "result": updates}).to_string())
    });
    let bot = bot(&gateway.url(""));
    let (received, cursor) = bot.poll(0, PATIENCE).unwrap().unwrap();
    assert_eq!((received.len(), cursor), (2, 4_000_000_000_000));
    assert!(matches!(&received[1], Received::Message(incoming) if incoming.text == "number 3999999999999"));
    assert_eq!(bot.poll(cursor, PATIENCE), Some(Ok((Vec::new(), cursor))));
    bot.poll(cursor, Duration::from_secs(30)).unwrap().unwrap();
    let asked: Vec<Value> = gateway.heard().iter().map(form).collect();
    assert_eq!((&asked[1]["timeout"], &asked[2]["timeout"]), (&"0".into(), &"25".into()));
    assert_eq!(asked[0]["allowed_updates"], r#"["message"]"#);
    assert_eq!(hooked().poll(0, PATIENCE), None);
}

#[test]
fn a_page_of_many_long_messages_comes_at_once() {
    let gateway = Gateway::start(|_| {
        let updates: Vec<Value> = (1..=40)
            .map(|id| {
                let mut update = message(json!({"text": format!("{id} {}", "ñ".repeat(4000))}));
                update["update_id"] = id.into();
                update
            })
            .collect();
        Say::ok(&json!({"ok": true, "result": updates}).to_string())
    });
    let (received, cursor) = bot(&gateway.url("")).poll(0, PATIENCE).unwrap().unwrap();
    assert_eq!((received.len(), cursor), (40, 41));
    let is_whole =
        |one: &Received| matches!(one, Received::Message(incoming) if incoming.text.chars().count() > 4000);
    assert!(received.iter().all(is_whole));
    gateway.only();
}

#[test]
fn an_answer_that_is_too_long_is_asked_for_in_pieces_and_passed_over_at_last() {
    let gateway = Gateway::start(|heard| {
        let form = form(heard);
        let long = |id: i64, length: usize| {
            let mut update = message(json!({"text": "x".repeat(length)}));
            update["update_id"] = id.into();
            update
        };
        let all = [long(7, 1_500_000), long(8, 1_500_000), long(9, 2_000_000), long(10, 5_000_000)];
        let number = |name: &str| form[name].as_str().unwrap().parse::<i64>().unwrap();
        let limit = usize::try_from(number("limit")).unwrap();
        let asked: Vec<&Value> = all
            .iter()
            .filter(|update| update["update_id"].as_i64() >= Some(number("offset")))
            .take(limit)
            .collect();
        // `update_id` comes first, as it does there.
        let asked: Vec<String> = asked
            .iter()
            .map(|update| {
                format!(r#"{{"update_id":{},"message":{}}}"#, update["update_id"], update["message"])
            })
            .collect();
        Say::ok(&format!(r#"{{"ok":true,"result":[{}]}}"#, asked.join(",")))
    });
    let bot = bot(&gateway.url(""));
    let mut cursor = 0;
    let mut lengths = Vec::new();
    for _ in 0..10 {
        let (received, next) = bot.poll(cursor, PATIENCE).unwrap().unwrap();
        lengths.extend(received.iter().map(|one| match one {
            Received::Message(incoming) => incoming.text.len(),
            Received::Ignored(why) => {
                assert_eq!(why, "the update 10 is too long to be read");
                0
            }
            other @ (Received::Report(_) | Received::Stopped(_)) => panic!("{other:?}"),
        }));
        cursor = next;
    }
    assert_eq!((cursor, lengths), (11, vec![1_500_000, 1_500_000, 2_000_000, 0]));
}

#[test]
fn asking_in_vain_says_why_without_the_token() {
    let check = |say: Say, expected: &str| {
        let gateway = Gateway::saying(say);
        let problem = bot(&gateway.url("")).poll(5, PATIENCE).unwrap().unwrap_err();
        assert!(problem.contains(expected), "{problem}");
        check_silent(&problem, &[TOKEN]);
    };
    let error = |code: u16, words: &str| {
        Say::status(code, &json!({"ok": false, "error_code": code, "description": words}).to_string())
    };
    check(error(401, "Unauthorized"), "Unauthorized");
    check(error(409, "Conflict: terminated by other getUpdates request"), "by webhook, or somebody else");
    check(error(500, &format!("https://api/bot{TOKEN}/x broke")), "https://api/bot***/x broke");
    check(Say::ok("{}"), "cannot be read");
    check(Say::ok("[1"), "cannot be read");
    check(Say::Huge, "too long");
    check(Say::Drop, "");
    check(Say::Garbage, "");
    check(Say::Stall(Duration::from_secs(20)), "");
    let gateway = Gateway::saying(Say::ok(r#"{"ok":true,"result":[7,{"update_id":9223372036854775807}]}"#));
    let (received, cursor) = bot(&gateway.url("")).poll(5, PATIENCE).unwrap().unwrap();
    assert_eq!((received.len(), cursor), (2, i64::MAX));
}

#[test]
fn settings_that_cannot_work_are_named() {
    check_refused(Kind::Telegram, &[], "the setting token is missing");
    check_refused(Kind::Telegram, &[("token", "")], "the setting token is missing");
    check_refused(Kind::Telegram, &[("token", "1:a/../x")], "the setting token: it is not a bot's token");
    let secret = "the setting secret: it may hold 1 to 256 letters, digits, _ and - only";
    check_refused(Kind::Telegram, &[("token", TOKEN), ("secret", "a b")], secret);
    check_refused(Kind::Telegram, &[("token", TOKEN), ("secret", &"a".repeat(257))], secret);
    let private = "the setting api_url: it must begin with https:// unless allow_private is true";
    check_refused(Kind::Telegram, &[("token", TOKEN), ("api_url", "http://127.0.0.1")], private);
    let number = "the setting timeout: say a number of seconds from 1 to 300";
    check_refused(Kind::Telegram, &[("token", TOKEN), ("timeout", "0")], number);
    check_refused(
        Kind::Telegram,
        &[("token", TOKEN), ("chat", "1")],
        "there is no setting \"chat\" for this kind of channel",
    );
    let plain = "the setting api_url: it must be a plain address, without a query or a fragment";
    check_refused(Kind::Telegram, &[("token", TOKEN), ("api_url", "https://x.org/?a=1")], plain);
}
