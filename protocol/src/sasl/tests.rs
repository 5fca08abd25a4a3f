use super::*;

fn credentials(user: &str, secret: &str) -> Credentials {
    Credentials {
        user: user.to_owned(),
        secret: Secret::new(secret.as_bytes().to_vec()),
    }
}

fn around(timestamp: &str, takes_initial: bool, nonce: &str) -> Surroundings {
    Surroundings {
        timestamp: (!timestamp.is_empty()).then(|| timestamp.as_bytes().to_vec()),
        takes_initial,
        nonce: nonce.to_owned(),
    }
}

/// A step as a line: responses decoded and marked by `>`.
fn told(step: &Step) -> String {
    let text = |line: &TypedLine| String::from_utf8_lossy(line.reveal()).into_owned();
    match step {
        Step::Command(line) => text(line),
        Step::Response(line) => {
            let decoded = base64::decode(line.reveal()).unwrap();
            format!("> {}", String::from_utf8_lossy(&decoded))
        }
        other => format!("{other:?}"),
    }
}

fn exchange(mechanism: Mechanism, user: &str, secret: &str, around: Surroundings) -> Exchange {
    Exchange::new(mechanism, credentials(user, secret), around)
        .ok()
        .unwrap()
}

fn challenge(exchange: &mut Exchange, text: &str) -> Step {
    exchange.answer(Reply::Challenge(base64::encode(text.as_bytes()).as_bytes()))
}

#[test]
fn user_and_pass_are_sent_one_after_another() {
    let mut it = exchange(Mechanism::UserPass, "mrose", "  secret ", Surroundings::default());
    assert_eq!(told(&it.start()), "USER mrose");
    assert_eq!(told(&it.answer(Reply::Ok)), "PASS   secret ");
    assert!(matches!(
        it.answer(Reply::Ok),
        Step::SignedIn(Assurance::NotMeant)
    ));
    let mut it = exchange(Mechanism::UserPass, "mrose", "x", Surroundings::default());
    it.start();
    assert!(matches!(it.answer(Reply::Err), Step::Refused));
}

#[test]
fn apop_makes_the_digest_of_rfc_1939() {
    let surroundings = around("<1896.697170952@dbc.mtview.ca.us>", false, "");
    let mut it = exchange(Mechanism::Apop, "mrose", "tanstaaf", surroundings);
    assert_eq!(told(&it.start()), "APOP mrose c4c9334bac560ecc979e58001b3e22fb");
    let without = Exchange::new(
        Mechanism::Apop,
        credentials("mrose", "x"),
        Surroundings::default(),
    );
    assert_eq!(without.err(), Some(Problem::NoTimestamp));
}

#[test]
fn plain_sends_the_message_of_rfc_4616_with_auth_where_the_server_takes_it() {
    let mut it = exchange(Mechanism::Plain, "tim", "tanstaaftanstaaf", around("", true, ""));
    assert_eq!(told(&it.start()), "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
    assert_eq!(told(&challenge(&mut it, "")), "> \0tim\0tanstaaftanstaaf");
    assert_eq!(told(&challenge(&mut it, "")), "Cancel(Unasked)");
    let mut it = exchange(
        Mechanism::Plain,
        "tim",
        "tanstaaftanstaaf",
        Surroundings::default(),
    );
    assert_eq!(told(&it.start()), "AUTH PLAIN");
    let mut it = exchange(Mechanism::Plain, "tim", &"x".repeat(200), around("", true, ""));
    assert_eq!(told(&it.start()), "AUTH PLAIN", "the line would be too long");
}

#[test]
fn an_auth_line_has_255_octets_at_most() {
    for length in 160..200 {
        let mut it = exchange(Mechanism::Plain, "tim", &"x".repeat(length), around("", true, ""));
        let Step::Command(line) = it.start() else { panic!() };
        assert!(line.reveal().len() + 2 <= INITIAL_MAX);
        assert_eq!(
            line.reveal().len() > 20,
            11 + (length + 5).div_ceil(3) * 4 + 2 <= INITIAL_MAX,
            "{length}"
        );
    }
}

#[test]
fn login_sends_name_and_password_whatever_it_is_asked() {
    let mut it = exchange(Mechanism::Login, "user01", "password01", around("", true, ""));
    assert_eq!(told(&it.start()), "AUTH LOGIN");
    assert_eq!(told(&challenge(&mut it, "Username:")), "> user01");
    assert_eq!(told(&it.answer(Reply::Withheld)), "> password01");
    assert_eq!(told(&challenge(&mut it, "More:")), "Cancel(Unasked)");
}

#[test]
fn cram_md5_makes_the_digest_of_rfc_2195() {
    let mut it = exchange(
        Mechanism::CramMd5,
        "tim",
        "tanstaaftanstaaf",
        Surroundings::default(),
    );
    assert_eq!(told(&it.start()), "AUTH CRAM-MD5");
    let asked = "<1896.697170952@postoffice.reston.mci.net>";
    assert_eq!(
        told(&challenge(&mut it, asked)),
        "> tim b913a602c7eda7a495b4e6e7334d3890"
    );
    let mut it = exchange(Mechanism::CramMd5, "tim", "x", Surroundings::default());
    assert_eq!(told(&it.answer(Reply::Withheld)), "Cancel(Malformed)");
    assert_eq!(
        told(&it.answer(Reply::Challenge(b"no base64!"))),
        "Cancel(NotBase64)"
    );
}

#[test]
fn xoauth2_sends_the_token_and_gives_up_when_it_is_told_what_is_wrong() {
    let user = "someuser@example.com";
    let message =
        "> user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01";
    let token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";
    let mut it = exchange(Mechanism::XOauth2, user, token, around("", true, ""));
    let line = told(&it.start());
    let initial = line.strip_prefix("AUTH XOAUTH2 ").unwrap();
    assert_eq!(
        initial,
        "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
    );
    assert_eq!(told(&challenge(&mut it, "{\"status\":\"401\"}")), "> ");
    assert_eq!(told(&challenge(&mut it, "{}")), "Cancel(Unasked)");

    let mut it = exchange(Mechanism::XOauth2, user, token, Surroundings::default());
    assert_eq!(told(&it.start()), "AUTH XOAUTH2");
    assert_eq!(told(&challenge(&mut it, "")), message);
    let blank = Exchange::new(
        Mechanism::XOauth2,
        credentials("a", "Bearer x"),
        Surroundings::default(),
    );
    assert_eq!(blank.err(), Some(Problem::NoToken));
}

/// RFC 7677 §3.
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
const SERVER_FIRST: &str =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const CLIENT_FINAL: &str = "> c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

fn scram(takes_initial: bool) -> Exchange {
    exchange(
        Mechanism::ScramSha256,
        "user",
        "pencil",
        around("", takes_initial, NONCE),
    )
}

/// Works in slices of so many rounds.
fn work(exchange: &mut Exchange, rounds: u32) -> (Step, u32) {
    let mut slices = 1;
    loop {
        if let Some(step) = exchange.work(rounds) {
            return (step, slices);
        }
        slices += 1;
    }
}

#[test]
fn scram_follows_the_exchange_of_rfc_7677() {
    for rounds in [1, 1000, u32::MAX] {
        let mut it = scram(false);
        assert_eq!(told(&it.start()), "AUTH SCRAM-SHA-256");
        assert_eq!(
            told(&challenge(&mut it, "")),
            "> n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
        );
        assert!(matches!(challenge(&mut it, SERVER_FIRST), Step::Work));
        let (step, slices) = work(&mut it, rounds);
        assert_eq!(told(&step), CLIENT_FINAL);
        assert_eq!(slices, 4095_u32.div_ceil(rounds));
        assert_eq!(told(&challenge(&mut it, SERVER_FINAL)), "> ");
        assert!(matches!(it.answer(Reply::Ok), Step::SignedIn(Assurance::Proved)));
    }
    let mut it = scram(true);
    let line = told(&it.start());
    assert_eq!(
        line,
        "AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8="
    );
    assert!(matches!(challenge(&mut it, SERVER_FIRST), Step::Work));
}

#[test]
fn scram_says_so_when_the_server_does_not_prove_itself() {
    let mut it = scram(true);
    it.start();
    challenge(&mut it, SERVER_FIRST);
    assert_eq!(it.progress(), 0);
    it.work(2047);
    assert_eq!(it.progress(), 50);
    work(&mut it, 4096);
    assert_eq!(told(&challenge(&mut it, "v=AAAA")), "Cancel(WrongProof)");
    assert!(matches!(it.answer(Reply::Ok), Step::SignedIn(Assurance::Missing)));

    let mut it = scram(true);
    it.start();
    challenge(&mut it, SERVER_FIRST);
    work(&mut it, 4096);
    assert_eq!(
        told(&challenge(&mut it, "e=invalid-proof")),
        "Cancel(Told(\"invalid-proof\"))"
    );
}

#[test]
fn scram_goes_on_with_no_challenge_that_is_not_meant() {
    for (text, problem) in [
        ("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaA==,i=4096", "OtherNonce"),
        ("r=another,s=W22ZaA==,i=4096", "OtherNonce"),
        (
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=2147483648",
            "TooManyRounds { wanted: 2147483648, most: 2000000 }",
        ),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=4095", "TooFewRounds(4095)"),
        ("r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096", "Malformed"),
        ("r=rOprNGfwEbeRWgbNEkqOx,i=4096", "Malformed"),
        ("m=x,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=4096", "Malformed"),
        ("\u{fffd}", "Malformed"),
    ] {
        let mut it = scram(true);
        it.start();
        assert_eq!(
            told(&challenge(&mut it, text)),
            format!("Cancel({problem})"),
            "{text}"
        );
    }
    // Fewer where somebody else's machine does them.
    for (most, goes_on) in [(4096, true), (4095, false)] {
        let mut it = scram(true).bounded(most);
        it.start();
        let step = challenge(&mut it, SERVER_FIRST);
        assert_eq!(matches!(step, Step::Work), goes_on, "{step:?}");
    }
    let mut it = scram(true);
    it.start();
    assert_eq!(
        told(&challenge(&mut it, "")),
        "> n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    );
    assert_eq!(told(&challenge(&mut it, "")), "Cancel(Malformed)", "not for ever");
    assert!(it.work(1).is_none());
}

#[test]
fn scram_escapes_what_parts_its_attributes() {
    let mut it = exchange(Mechanism::ScramSha256, "a=b,c", "x", around("", false, "n"));
    it.start();
    assert_eq!(told(&challenge(&mut it, "")), "> n,,n=a=3Db=2Cc,r=n");
}

#[test]
fn names_and_passwords_that_cannot_be_sent_are_refused_first() {
    for (user, secret, problem) in [
        ("", "x", Problem::NoName),
        ("a", "", Problem::NoSecret),
        ("a\0", "x", Problem::Control),
        ("a", "x\r\nQUIT", Problem::Control),
    ] {
        for mechanism in Mechanism::ALL {
            let refused = Exchange::new(mechanism, credentials(user, secret), around("<a@b>", true, "n"));
            assert_eq!(refused.err(), Some(problem.clone()), "{mechanism:?}");
        }
    }
}

#[test]
fn the_best_that_is_offered_is_preferred() {
    use crate::capability::Capabilities;
    let best = |listing: &str, timestamp| {
        let offers = Capabilities::read(listing.as_bytes());
        Mechanism::best(Some(&offers), &[], timestamp)
    };
    assert_eq!(
        best("USER\r\nSASL PLAIN cram-md5 SCRAM-SHA-256\r\n", true),
        Mechanism::ScramSha256
    );
    assert_eq!(best("USER\r\nSASL PLAIN LOGIN\r\n", true), Mechanism::Apop);
    assert_eq!(best("USER\r\nSASL PLAIN LOGIN\r\n", false), Mechanism::Plain);
    assert_eq!(best("USER\r\nSASL\r\n", false), Mechanism::UserPass);
    assert_eq!(best("SASL XOAUTH2\r\n", false), Mechanism::XOauth2);
    assert_eq!(Mechanism::best(None, &[], false), Mechanism::UserPass);
    assert_eq!(
        Mechanism::best(None, &["LOGIN".to_owned()], false),
        Mechanism::Login
    );
    let offered = |mechanism: Mechanism| mechanism.is_offered(None, &[], false);
    assert_eq!(offered(Mechanism::Apop), Some(false));
    assert_eq!(offered(Mechanism::Plain), None);
}

#[test]
fn mechanisms_that_hide_the_password_are_told_from_those_that_do_not() {
    for name in [
        "SCRAM-SHA-256",
        "scram-sha-1-plus",
        "CRAM-MD5",
        "GSSAPI",
        "external",
    ] {
        assert!(hides_secret(name.as_bytes()), "{name}");
    }
    for name in ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "X-OWN", ""] {
        assert!(!hides_secret(name.as_bytes()), "{name}");
    }
    for mechanism in Mechanism::ALL {
        let hides = hides_secret(mechanism.name().as_bytes()) || mechanism == Mechanism::Apop;
        assert_eq!(hides, mechanism.hides_password(), "{mechanism:?}");
    }
}

#[test]
fn a_challenge_is_readable() {
    assert_eq!(readable(b"VXNlcm5hbWU6").as_deref(), Some("Username:"));
    assert_eq!(readable(b" not base64! ").as_deref(), Some("not base64!"));
    assert_eq!(readable(b" "), None);
}

#[test]
fn no_secret_is_printed() {
    for mechanism in Mechanism::ALL {
        let mut it = exchange(mechanism, "user01", "hunter2", around("<a@b>", true, "n"));
        let step = it.start();
        assert!(!format!("{step:?}").contains("hunter2"), "{step:?}");
    }
    assert!(!format!("{:?}", credentials("a", "hunter2")).contains("hunter2"));
}
