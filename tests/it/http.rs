//! The HTTP client against gateways that behave and gateways that do not.

use std::io::Write;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use recado::channels::http::{Call, Client, Fault, LONGEST_REPLY, Method, Reach, Reply};

use crate::gateway::{Gateway, Say};

const PATIENCE: Duration = Duration::from_secs(20);

fn get(url: &str) -> Call<'_> {
    Call { method: Method::Get, url, headers: &[], body: &[], patience: PATIENCE, longest: LONGEST_REPLY }
}

fn call(call: &Call<'_>) -> Result<Reply, Fault> {
    Client::new(Reach::Private).call(call)
}

fn in_doubt(answered: Result<Reply, Fault>) -> String {
    match answered {
        Err(Fault::InDoubt(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

fn impossible(answered: Result<Reply, Fault>) -> String {
    match answered {
        Err(Fault::Impossible(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_arrives_as_it_was_asked_for() {
    let gateway = Gateway::saying(Say::status(201, "thanks").with("Retry-After", "7"));
    let url = gateway.url("/a/b?c=d%20e");
    for (method, name, body) in [
        (Method::Get, "GET", ""),
        (Method::Post, "POST", "ação"),
        (Method::Put, "PUT", ""),
        (Method::Post, "POST", ""),
    ] {
        let headers = [("X-One", "first"), ("X-Two", "é"), ("x-one", "last")];
        let reply = call(&Call { method, headers: &headers, body: body.as_bytes(), ..get(&url) }).unwrap();
        let body_of_reply = b"thanks".to_vec();
        assert_eq!(
            reply,
            Reply { status: 201, body: body_of_reply, retry_after: Some(Duration::from_secs(7)) }
        );
        let heard = gateway.heard().pop().unwrap();
        assert_eq!((heard.method.as_str(), heard.path.as_str()), (name, "/a/b?c=d%20e"));
        assert_eq!(heard.text(), body);
        assert_eq!(heard.header("x-one"), Some("last"));
        assert_eq!(heard.header("x-two"), Some("é"));
        assert_eq!(heard.header("user-agent"), Some(concat!("recado/", env!("CARGO_PKG_VERSION"))));
        let length = (method != Method::Get).then(|| body.len().to_string());
        assert_eq!(heard.header("content-length"), length.as_deref());
    }
}

#[test]
fn a_connection_is_used_again() {
    let gateway = Gateway::start(|heard| Say::status(if heard.path == "/ok" { 200 } else { 500 }, "words"));
    let client = Client::new(Reach::Private);
    for path in ["/ok", "/bad", "/ok"] {
        client.call(&get(&gateway.url(path))).unwrap();
        client.clone().call(&get(&gateway.url(path))).unwrap();
    }
    assert_eq!((gateway.heard().len(), gateway.connections()), (6, 1));
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Gateway::saying(Say::ok("you should not be here"));
    for status in [301, 302, 303, 307, 308] {
        let gateway = Gateway::saying(Say::status(status, "go").with("Location", &elsewhere.url("/")));
        for method in [Method::Get, Method::Post] {
            let reply = call(&Call { method, ..get(&gateway.url("/")) }).unwrap();
            assert_eq!(reply.status, status);
        }
        assert_eq!(gateway.heard().len(), 2);
    }
    assert!(elsewhere.heard().is_empty());
}

#[test]
fn every_status_is_an_answer() {
    for status in [200, 202, 400, 403, 404, 429, 500, 503, 599] {
        let gateway = Gateway::saying(Say::status(status, "words"));
        assert_eq!(call(&get(&gateway.url("/"))).unwrap().status, status);
    }
}

#[test]
fn of_ten_megabytes_only_the_beginning_is_read() {
    let gateway = Gateway::start(|heard| if heard.path == "/huge" { Say::Huge } else { Say::ok("fine") });
    let client = Client::new(Reach::Private);
    let reply = client.call(&get(&gateway.url("/huge"))).unwrap();
    assert_eq!((reply.status, reply.body.len()), (200, LONGEST_REPLY));
    assert_eq!(client.call(&get(&gateway.url("/"))).unwrap().body, b"fine");
    assert_eq!(gateway.connections(), 2, "the connection with the rest on it is not used again");
}

#[test]
fn a_request_that_was_handed_over_and_has_no_answer_is_in_doubt() {
    for say in [Say::Drop, Say::DropHalf, Say::Garbage] {
        let gateway = Gateway::saying(say.clone());
        let body = b"text=secret";
        let url = gateway.url("/?password=secret");
        let reason = in_doubt(call(&Call { method: Method::Post, body, ..get(&url) }));
        assert!(!reason.contains("secret") && !reason.contains("127.0.0.1"), "{say:?}: {reason}");
        assert_eq!(gateway.heard().len(), 1, "{say:?}: made once only");
    }
}

#[test]
fn a_gateway_that_keeps_silent_is_given_up_in_time() {
    let gateway = Gateway::saying(Say::Stall(PATIENCE));
    let began = Instant::now();
    let reason = in_doubt(call(&Call { patience: Duration::from_millis(200), ..get(&gateway.url("/")) }));
    assert_eq!(reason, "no answer within 0.2 s");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn without_a_connection_nothing_was_sent() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/?password=secret");
    assert_eq!(call(&get(&url)), Err(Fault::NotSent("no connection (connection refused)".to_owned())));
    let unknown = call(&get("http://no..where/?password=secret"));
    assert_eq!(unknown, Err(Fault::NotSent("the host was not found".to_owned())));
}

#[test]
fn without_a_secure_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/?password=secret", listener.local_addr().unwrap());
    let not_sent = |patience: Duration| match call(&Call { patience, ..get(&url) }) {
        Err(Fault::NotSent(reason)) => reason,
        other => panic!("{other:?}"),
    };
    let answering = listener.try_clone().unwrap();
    let server = thread::spawn(move || {
        // It speaks plain HTTP, then closes at once.
        answering.accept().unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        drop(answering.accept().unwrap());
    });
    for _ in 0..2 {
        let reason = not_sent(PATIENCE);
        assert!(!reason.contains("password") && !reason.contains("127.0.0.1"), "{reason}");
    }
    server.join().unwrap();
    // Nobody answers any more: connections are taken by the system alone.
    assert_eq!(not_sent(Duration::from_millis(200)), "no connection within 0.2 s");
}

#[test]
fn private_addresses_are_out_of_reach_by_whatever_name() {
    let gateway = Gateway::saying(Say::ok("inside"));
    let port = gateway.port();
    let client = Client::new(Reach::Public);
    for host in [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
    ] {
        let url = format!("http://{host}:{port}/");
        let reason = match client.call(&get(&url)) {
            Err(Fault::Impossible(reason)) => reason,
            other => panic!("{host}: {other:?}"),
        };
        assert!(reason.contains("allow_private"), "{host}: {reason}");
        assert!(matches!(client.knock(&url, PATIENCE), Err(Fault::Impossible(_))), "{host}");
    }
    for host in ["10.0.0.1", "169.254.169.254", "[fd00::1]", "[64:ff9b::7f00:1]", "192.168.0.1"] {
        impossible(client.call(&get(&format!("http://{host}/"))));
    }
    assert_eq!((gateway.heard().len(), gateway.connections()), (0, 0));
}

#[test]
fn what_cannot_be_a_request_is_not_tried() {
    let gateway = Gateway::saying(Say::ok(""));
    let fine = gateway.url("/");
    let with_line_end = gateway.url("/\r\nX-Injected: 1");
    let with_user = fine.replace("http://", "http://user:secret@");
    for url in [
        "",
        "/",
        "nothing",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "gopher://x",
        "http://127.0.0.1:99999/",
        with_line_end.as_str(),
        with_user.as_str(),
    ] {
        let reason = impossible(call(&get(url)));
        assert!(!reason.contains("secret") && !reason.contains("127.0.0.1"), "{url:?}: {reason}");
    }
    for header in
        [("X-A", "a\r\nX-B: b"), ("X-A", "a\nb"), ("X-A\r\nX-B", "b"), ("X A", "b"), ("", "b"), ("X-A", "\0")]
    {
        let reason = impossible(call(&Call { headers: &[header], ..get(&fine) }));
        assert!(!reason.contains('\r') && !reason.contains('\n'), "{reason}");
    }
    assert!(gateway.heard().is_empty());
}

#[test]
fn knocking_says_nothing() {
    let gateway = Gateway::saying(Say::ok(""));
    let client = Client::new(Reach::Private);
    client.knock(&gateway.url("/send?text=x"), PATIENCE).unwrap();
    assert!(gateway.heard().is_empty());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(matches!(client.knock(&format!("http://{closed}/"), PATIENCE), Err(Fault::NotSent(_))));
}
