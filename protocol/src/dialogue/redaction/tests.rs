mod bounds;

use std::cell::Cell;

use super::*;

thread_local! {
    static LOOK_UPS: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn count_look_up() {
    LOOK_UPS.set(LOOK_UPS.get() + 1);
}

fn heated(secret: &str, encoded: bool) -> HotSecrets {
    let written = if encoded {
        Written::Encoded(None)
    } else {
        Written::Plainly
    };
    heated_as(secret, written)
}

fn heated_as(secret: &str, written: Written) -> HotSecrets {
    let mut secrets = HotSecrets::default();
    secrets.heat(secret.as_bytes(), written, 1);
    secrets
}

/// A line of the server's as it is recorded, with `#` where something was struck out.
fn struck_as(secrets: &HotSecrets, part: Part, line: &str, first: bool, last: bool) -> String {
    let octets = Bytes::copy_from_slice(line.as_bytes());
    let redacted = secrets.strike(part, &LinePiece { octets, first, last });
    let mut shown = String::from_utf8(redacted.bytes().to_vec()).unwrap();
    for &at in redacted.struck().iter().rev() {
        shown.insert(at as usize, '#');
    }
    shown
}

fn status(secrets: &HotSecrets, line: &str) -> String {
    struck_as(secrets, Part::Status, line, true, true)
}

#[test]
fn a_secret_is_struck_out_in_every_form() {
    let secrets = heated("Won der-1", false);
    for (line, shown) in [
        ("-ERR [AUTH] Won der-1 is wrong\r\n", "-ERR [AUTH] # is wrong\r\n"),
        ("-ERR WON DER-1won der-1\r\n", "-ERR #\r\n"),
        ("-ERR V29UIGRLCI0X=\n", "-ERR #=\n"),
        ("-ERR der-1 won\r\n", "-ERR # won\r\n"),
        ("-ERR no\r\n", "-ERR no\r\n"),
    ] {
        assert_eq!(status(&secrets, line), shown);
    }
    assert_eq!(status(&heated(" a  \t b", false), "-ERR x a b x"), "-ERR x # x");
}

#[test]
fn a_sasl_response_is_struck_out_decoded_too() {
    let secrets = heated("AGFsaWNlAHdvbmRlci0x", true);
    assert_eq!(
        status(&secrets, "-ERR alice: wonder-1 (AGFSAWNLAHDVBMRLCI0X)\r\n"),
        "-ERR #: # (#)\r\n"
    );
    let token = heated("dXNlcj1hbGljZUBiLmMBYXV0aD1CZWFyZXIgdG9rZW4xAQE=", true);
    assert_eq!(
        status(&token, "-ERR Token1 of user=ALICE@b.c\r\n"),
        "-ERR # of #\r\n"
    );
}

#[test]
fn a_short_secret_withholds_the_text() {
    for secrets in [
        heated("abc", false),
        heated(" abc ", false),
        heated("  ", false),
        heated("AGFsaWNlAGFiYw==", true),
    ] {
        assert_eq!(status(&secrets, "-ERR [AUTH] no\r\n"), "-ERR #\r\n");
        assert_eq!(status(&secrets, "+OK\r\n"), "+OK\r\n");
        assert_eq!(
            struck_as(&secrets, Part::Continuation, "+ YWJj\r\n", true, true),
            "+ #\r\n"
        );
    }
}

#[test]
fn what_is_left_never_joins_to_a_secret() {
    assert_eq!(
        status(&heated("wonder", false), "-ERR wonwonderder\r\n"),
        "-ERR #\r\n"
    );
    assert_eq!(status(&heated("-ERR w", false), "-ERR wonder\r\n"), "-ERR #\r\n");
}

#[test]
fn fragments_are_withheld_whole() {
    let secrets = heated("wonder-1", false);
    assert_eq!(
        struck_as(&secrets, Part::Unexpected, "PASS won\r\n", true, true),
        "#\r\n"
    );
    assert_eq!(
        struck_as(&secrets, Part::Status, "-ERR PASS won", true, false),
        "-ERR #"
    );
    assert_eq!(struck_as(&secrets, Part::Status, "der-1", false, false), "#");
    assert_eq!(
        struck_as(&secrets, Part::Status, "der-1\r\n", false, true),
        "#\r\n"
    );
}

#[test]
fn a_secret_cools_once_the_replies_are_in_step() {
    let mut secrets = heated("wonder-1", false);
    let echo = "-ERR wonder-1";
    // What was sent before it tells nothing, nor what was sent before its reply came.
    for order in [0, 2, 3] {
        secrets.answered(3);
        secrets.cool(order);
        assert_eq!(status(&secrets, echo), "-ERR #");
    }
    secrets.cool(4);
    assert_eq!(
        status(&secrets, echo),
        "-ERR #",
        "it may be the reply to the secret"
    );
    secrets.cool(5);
    assert_eq!(status(&secrets, echo), echo);

    let mut short = heated("abc", false);
    short.answered(3);
    short.cool(3);
    assert_eq!(status(&short, "-ERR no"), "-ERR #");
    short.cool(4);
    assert_eq!(status(&short, "-ERR no"), "-ERR no");

    // Of a response with a short one, what else it says is looked for longer.
    let mut response = heated("AGFsaWNlAGFiYw==", true);
    response.cool(2);
    assert_eq!(status(&response, "-ERR ALICE AGFSAWNLAGFIYW=="), "-ERR # #");
}

#[test]
fn a_text_with_a_part_of_a_secret_is_withheld() {
    let secrets = heated("correct\"horse-battery", false);
    for line in [
        "-ERR PASS correct\"...",
        "-ERR ...e-battery",
        "-ERR CORRECT?HORSE",
        "-ERR correct\\\"horse\\-battery",
        "-ERR correct=22horse",
        "-ERR %63%6F%72%72%65%63%74%22",
        "-ERR \\143\\157\\162\\162\\145\\143\\164\\x22",
        "-ERR 636f7272",
        "-ERR 63:6F:72:72:65:63:74",
        "-ERR c o r r e c t h o r s e",
        "-ERR UEFTUyBjb3JyZWN0Imhvc", // PASS correct"hor
        "-ERR Y29ycmVjd",
    ] {
        assert_eq!(status(&secrets, line), "-ERR #", "{line}");
    }
    for line in ["-ERR correct passwords only", "-ERR horses", "-ERR [AUTH] no\r\n"] {
        assert_eq!(status(&secrets, line), line);
    }
    // All of a short one, in other words.
    let short = heated("p\u{e4}s\"s", false);
    for line in [
        "-ERR P?S\"S",
        "-ERR p??s\"s",
        "-ERR p\u{e4}s\\\"s",
        "-ERR p%C3%A4s%22s",
        "-ERR 70 C3 A4 73",
    ] {
        assert_eq!(status(&short, line), "-ERR #", "{line}");
    }
    assert_eq!(status(&short, "-ERR pas"), "-ERR pas");
}

#[test]
fn a_part_of_what_was_encoded_is_withheld_and_a_challenge_is_not() {
    let plain = heated("AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlci1sYW5k", true);
    assert_eq!(status(&plain, "-ERR wonder-la..."), "-ERR #");
    assert_eq!(status(&plain, "-ERR AGFsaWNlQGV4YW1w..."), "-ERR #");
    let host = "-ERR mail.example.org: no";
    assert_eq!(status(&plain, host), host, "the name is none");

    // n,,n=user,r=rOprNGfwEbeRWgbNEkqO, and what answers it.
    let scram = heated("biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=", true);
    let challenge = "+ cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGopaE5sRiRrMCxz";
    assert_eq!(
        struck_as(&scram, Part::Continuation, challenge, true, true),
        challenge
    );
}

#[test]
fn a_challenge_that_says_a_secret_is_withheld() {
    let challenge = |says: &str| format!("+ {}\r\n", &*forms::encoded(says.as_bytes()));
    let shown = |secrets: &HotSecrets, line: &str| struck_as(secrets, Part::Continuation, line, true, true);
    // \0alice\0wonder-land
    for secrets in [
        heated("AGFsaWNlAHdvbmRlci1sYW5k", true),
        heated("wonder-land", false),
    ] {
        for says in ["wonder-land", "no, Wonder-Land", "xwonder-land is wrong"] {
            assert_eq!(shown(&secrets, &challenge(says)), "+ #\r\n", "{says}");
        }
        let harmless = challenge("{\"status\":\"400\",\"schemes\":\"Bearer\"}");
        assert_eq!(shown(&secrets, &harmless), harmless);
        // What is no challenge is looked at for parts as a status line is.
        assert_eq!(shown(&secrets, "+ not wonder-l...\r\n"), "+ #\r\n");
    }
}

#[test]
fn a_name_that_is_plainly_one_hides_no_host() {
    let host = "-ERR mail.example.com: login failed";
    let name = |name: &str, naming| {
        let response = forms::encoded(name.as_bytes());
        status(&heated_as(&response, Written::Encoded(naming)), host)
    };
    let digest = "c4c9334bac560ecc979e58001b3e22fb";
    assert_eq!(name("bob@example.com", Some(Naming::Login)), host);
    assert_eq!(
        name(&format!("bob@example.com {digest}"), Some(Naming::CramMd5)),
        host
    );
    // Not where it may be something else, or no name was asked for.
    assert_eq!(name("bob@example.com", None), "-ERR #");
    for other in ["ob@example.com: l", "@example.com", "@mail.example.com"] {
        assert_eq!(name(other, Some(Naming::Login)), "-ERR #", "{other}");
    }
    assert_eq!(name("bob@example.com c4c9", Some(Naming::CramMd5)), "-ERR #");

    let name = heated_as("Ym9iQGV4YW1wbGUuY29t", Written::Encoded(Some(Naming::Login)));
    assert_eq!(status(&name, "-ERR no bob@example.com"), "-ERR no #");
    assert_eq!(status(&name, "-ERR ym9iqgv4yw1wbguuy29t"), "-ERR #");
    let response = forms::encoded(format!("bob@example.com {digest}").as_bytes());
    let named = heated_as(&response, Written::Encoded(Some(Naming::CramMd5)));
    for line in [
        "-ERR ...58001b3e22fb",
        "-ERR Ym9iQGV4YW1wbGUuY29tIGM0YzkzMzRiYWM1NjBlY2M5", // bob@example.com c4c9334bac560ecc9
    ] {
        assert_eq!(status(&named, line), "-ERR #", "{line}");
    }
}

#[test]
fn what_servers_say_anyway_is_shown() {
    for secret in [
        "password01",
        "Password!",
        "authentication",
        "authenticated-1",
        "my mailbox",
        "logged-in!",
        "log.in",
        "messages99",
        "username1",
    ] {
        let secrets = heated(secret, false);
        for line in [
            "-ERR [AUTH] Authentication failed.",
            "-ERR [AUTH] Invalid user name or password",
            "-ERR Wrong passwords",
            "-ERR [AUTH] Authentication failure",
            "+OK Logged in.",
            "+OK Maildrop has 2 messages (320 octets)",
            "-ERR Unknown command.",
            "-ERR Login failed.",
            "-ERR [SYS/TEMP] Temporary authentication failure.",
            "-ERR [IN-USE] Mailbox is locked by another POP3 session.",
        ] {
            let is_whole = heated(secret, false)
                .find(&line.as_bytes()[5..])
                .is_none_or(|found| !found.is_empty());
            assert!(is_whole || status(&secrets, line) == line, "{secret}: {line}");
        }
    }
}

#[test]
fn an_empty_response_is_no_secret() {
    assert_eq!(status(&heated("", true), "-ERR no"), "-ERR no");
    assert_eq!(status(&heated("=", true), "-ERR no"), "-ERR no");
}
