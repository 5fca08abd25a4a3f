//! How much is remembered, how long a text may be, and how much is looked up for it.

use super::*;
use crate::wire::LINE_MAX;

/// A secret of many different runs, so long, in which no two numbers have one in common.
fn long_secret(number: usize, length: usize) -> String {
    let words = (0..).map(|word| format!("{number:x}-{word:x}!"));
    let mut secret: String = words.take(length).collect();
    secret.truncate(length);
    secret
}

/// So many secrets of some 60 forms each.
fn many_forms(count: usize) -> HotSecrets {
    let mut secrets = HotSecrets::default();
    for number in 0..count {
        let words: String = (0..55).map(|word| format!("!!!{number}{word} ")).collect();
        secrets.heat(words.as_bytes(), Written::Plainly, 1);
    }
    secrets
}

/// How often something is looked up to record that line.
fn look_ups(secrets: &HotSecrets, part: Part, line: &str) -> usize {
    let before = LOOK_UPS.get();
    struck_as(secrets, part, line, true, true);
    LOOK_UPS.get() - before
}

#[test]
fn a_long_text_is_withheld_while_a_secret_is_hot() {
    let secrets = heated("wonder-1", false);
    let line = |length| format!("-ERR {}\r\n", "x".repeat(length));
    assert_eq!(status(&secrets, &line(LOOKED_AT_MAX)), line(LOOKED_AT_MAX));
    assert_eq!(status(&secrets, &line(LOOKED_AT_MAX + 1)), "-ERR #\r\n");
}

#[test]
fn a_challenge_may_be_longer() {
    let secrets = heated("wonder-1", false);
    let shown = |line: &str| struck_as(&secrets, Part::Continuation, line, true, true);
    let challenge = |length| format!("+ {}\r\n", "x".repeat(length));
    assert_eq!(shown(&challenge(CHALLENGE_MAX)), challenge(CHALLENGE_MAX));
    assert_eq!(shown(&challenge(CHALLENGE_MAX + 4)), "+ #\r\n");
    let worded = format!("+ {}\r\n", "no. ".repeat(LOOKED_AT_MAX / 4 + 1));
    assert_eq!(shown(&worded), "+ #\r\n", "it is not in base64");
    let status = format!("-ERR {}\r\n", "x".repeat(CHALLENGE_MAX));
    assert_eq!(super::status(&secrets, &status), "-ERR #\r\n");
}

#[test]
fn with_too_many_secrets_all_text_is_withheld_until_they_cool() {
    let mut secrets = HotSecrets::default();
    for order in 0..=HOT_MAX as u64 {
        assert_eq!(status(&secrets, "-ERR no"), "-ERR no");
        secrets.heat(format!("password{order:02}").as_bytes(), Written::Plainly, order);
    }
    assert_eq!(status(&secrets, "-ERR no"), "-ERR #");
    secrets.answered(HOT_MAX as u64);
    secrets.cool(HOT_MAX as u64 + 1);
    assert_eq!(status(&secrets, "-ERR no"), "-ERR #");
    secrets.cool(HOT_MAX as u64 + 2);
    assert_eq!(status(&secrets, "-ERR password00"), "-ERR password00");
    assert_eq!(format!("{:?}", secrets.parts), format!("{:?}", Parts::default()));
}

#[test]
fn with_too_long_secrets_or_too_many_forms_all_text_is_withheld() {
    let mut long = HotSecrets::default();
    for order in 1..=4 {
        let secret = long_secret(usize::try_from(order).unwrap(), HOT_OCTETS_MAX / 3);
        long.heat(secret.as_bytes(), Written::Plainly, order);
        assert_eq!(status(&long, "-ERR no") == "-ERR #", order > 3);
    }
    assert_eq!(
        status(&heated(&long_secret(1, LINE_MAX), false), "-ERR no"),
        "-ERR no"
    );

    let words: String = (0..100).map(|word| format!("word{word} ")).collect();
    assert_eq!(status(&heated(&words, false), "-ERR no"), "-ERR #");
    assert_eq!(status(&many_forms(4), "-ERR no"), "-ERR no");
    assert_eq!(status(&many_forms(5), "-ERR no"), "-ERR #");
}

#[test]
fn of_what_is_forgotten_or_cools_nothing_is_looked_for_any_more() {
    let mut secrets = HotSecrets::default();
    for (order, secret) in [(1, "correct-horse"), (2, "correct-staple"), (5, "p\u{e4}s\"s")] {
        secrets.heat(secret.as_bytes(), Written::Plainly, order);
    }
    let withheld = |secrets: &HotSecrets| {
        ["-ERR ect-horse", "-ERR correct-", "-ERR t-staple", "-ERR p?s\"s"]
            .map(|line| status(secrets, line) == "-ERR #")
    };
    assert_eq!(withheld(&secrets), [true; 4]);
    secrets.cool(1);
    secrets.cool(1);
    assert_eq!(withheld(&secrets), [false, true, true, true], "they share a part");
    secrets.cool(2);
    secrets.cool(2);
    assert_eq!(withheld(&secrets), [false, false, false, true]);
    secrets.cool(5);
    secrets.cool(5);
    assert_eq!(withheld(&secrets), [false; 4]);
    // Nothing is left of them, and how that is printed tells none.
    assert_eq!(format!("{:?}", secrets.parts), format!("{:?}", Parts::default()));
}

#[test]
fn how_much_is_looked_up_goes_by_the_text_alone() {
    // In three readings, once for each length that a part may have; and all forms, three times.
    let bound = |text: usize| 3 * runs::PART_MIN * (text + 1) + 3 * HOT_FORMS_MAX;
    let secrets = |count: usize, length: usize| {
        let mut secrets = HotSecrets::default();
        for number in 0..count {
            let response = forms::encoded(long_secret(number, length).as_bytes());
            secrets.heat(response.as_bytes(), Written::Encoded(None), 1);
        }
        assert!(secrets.forgotten.is_none() || count * length > HOT_OCTETS_MAX / 2);
        secrets
    };
    for secrets in [
        secrets(4, 12 * 1024),
        secrets(1, 12 * 1024),
        secrets(HOT_MAX, 256),
        secrets(HOT_MAX, 5),
        heated(&"wonder ".repeat(2000), false),
        many_forms(4),
    ] {
        // What a server streams behind AUTH: 60 KiB at once.
        for text in [
            "!",
            "!!!!!!!!",
            "%41!=41!",
            "YWJj",
            &"\\!%41 ".repeat(150),
            &"=41!zz".repeat(150),
        ] {
            let line = format!("+ {text}\r\n");
            let count = look_ups(&secrets, Part::Continuation, &line);
            assert!(count <= bound(text.len()), "{count} for {} octets", text.len());
            let count = look_ups(&secrets, Part::Status, &format!("-ERR {text}\r\n"));
            assert!(count <= bound(text.len()), "{count} for {} octets", text.len());
        }
        assert!(
            look_ups(&secrets, Part::Continuation, "+ !\r\n") <= 3 * runs::PART_MIN,
            "nothing is as short"
        );
        let challenge = format!("+ {}\r\n", "YWJj".repeat(CHALLENGE_MAX / 4));
        assert!(look_ups(&secrets, Part::Continuation, &challenge) <= 2 * HOT_FORMS_MAX);
    }
}
