use super::*;

fn heated(secret: &str, encoded: bool) -> HotSecrets {
    let mut secrets = HotSecrets::default();
    secrets.heat(secret.as_bytes(), encoded, 1);
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
fn a_secret_cools_with_the_reply_to_a_later_command() {
    let mut secrets = heated("wonder-1", false);
    secrets.cool(0);
    assert_eq!(status(&secrets, "-ERR wonder-1"), "-ERR #");
    secrets.cool(2);
    assert_eq!(status(&secrets, "-ERR wonder-1"), "-ERR wonder-1");
}

#[test]
fn with_too_many_secrets_all_text_is_withheld_until_they_cool() {
    let mut secrets = HotSecrets::default();
    for order in 0..=HOT_MAX as u64 {
        secrets.heat(format!("password{order:02}").as_bytes(), false, order);
    }
    assert_eq!(status(&secrets, "-ERR no"), "-ERR #");
    secrets.cool(0);
    assert_eq!(
        status(&secrets, "-ERR password00 password01"),
        "-ERR password00 #"
    );
    let words = vec!["word"; 100]
        .iter()
        .enumerate()
        .map(|(n, word)| format!("{word}{n}"))
        .collect::<Vec<_>>();
    assert_eq!(status(&heated(&words.join(" "), false), "-ERR no"), "-ERR #");
}

#[test]
fn an_empty_response_is_no_secret() {
    assert_eq!(status(&heated("", true), "-ERR no"), "-ERR no");
    assert_eq!(status(&heated("=", true), "-ERR no"), "-ERR no");
}
