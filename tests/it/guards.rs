//! Which channels are asked for what came in, and which take no call that does not prove itself.

use recado::domain::channel::Gateway as Kind;

use crate::channel::open;
use crate::cli::Home;

const ASKED: bool = true;
const GUARDED: bool = true;

#[test]
fn each_kind_says_whether_it_is_asked_and_whether_its_calls_are_proved() {
    let check = |kind, settings: &[(&str, &str)], is_asked: bool, is_guarded: bool| {
        let channel = open(kind, settings);
        assert_eq!((channel.asks(), channel.is_guarded()), (is_asked, is_guarded), "{kind:?} {settings:?}");
    };
    let external = ("send_url", "https://example.org/?{{text}}");
    check(Kind::External, &[external], !ASKED, !GUARDED);
    check(Kind::External, &[external, ("token", "")], !ASKED, !GUARDED);
    check(Kind::External, &[external, ("send_authorization", "Bearer x")], !ASKED, !GUARDED);
    check(Kind::External, &[external, ("token", "t")], !ASKED, GUARDED);
    check(Kind::External, &[external, ("hmac_secret", "s")], !ASKED, GUARDED);
    let kannel = [("send_url", "https://example.org/sendsms"), ("username", "u"), ("password", "p")];
    check(Kind::Kannel, &kannel, !ASKED, !GUARDED);
    check(Kind::Kannel, &[&kannel[..], &[("token", "t")]].concat(), !ASKED, GUARDED);
    check(Kind::Telegram, &[("token", "1:a")], ASKED, GUARDED);
    check(Kind::Telegram, &[("token", "1:a"), ("secret", "s")], !ASKED, GUARDED);
    let whatsapp = [("token", "t"), ("phone_number_id", "1")];
    check(Kind::WhatsApp, &whatsapp, !ASKED, GUARDED);
    check(Kind::WhatsApp, &[&whatsapp[..], &[("app_secret", "s")]].concat(), !ASKED, GUARDED);
    let twilio = [("account_sid", "AC1"), ("auth_token", "t"), ("address", "+12025550100")];
    check(Kind::Twilio, &twilio, !ASKED, GUARDED);
    let unsigned = [("unsigned", "true"), ("token", "t")];
    check(Kind::Twilio, &[&twilio[..], &unsigned].concat(), !ASKED, GUARDED);
    check(Kind::Simulated, &[], !ASKED, GUARDED);
}

#[test]
fn beyond_this_machine_nothing_is_served_while_a_channel_takes_what_anybody_says() {
    let home = Home::new();
    let url = "send_url=https://example.org/?text={{text}}";
    home.good(&["channel", "add", "Open", "--kind", "external", "--set", url]);
    // An address of documentation: what is refused is refused before it is listened at.
    let said = home.bad(2, &["serve", "--listen", "192.0.2.1:8080"]);
    assert!(said.contains("channel Open takes what anybody says: give it a token first"), "{said}");
    let home = Home::new();
    let token = "token=long-secret";
    home.good(&["channel", "add", "Guarded", "--kind", "external", "--set", url, "--set", token]);
    home.good(&["channel", "add", "Bot", "--kind", "telegram", "--set", "token=1:a"]);
    // Only that this machine does not have that address is left in the way.
    let said = home.bad(1, &["serve", "--listen", "192.0.2.1:8080"]);
    assert!(said.contains("192.0.2.1:8080"), "{said}");
}
