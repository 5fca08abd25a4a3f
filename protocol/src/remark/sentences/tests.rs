use super::*;
use crate::access::By;
use crate::alias::Alias;
use crate::remark::{Failure, Protocol, Step, Tone};
use crate::tls::{Certificate, CertificateProblem, TlsReport, Verdict};

fn report(verdict: Verdict) -> TlsReport {
    TlsReport {
        version: "TLS 1.3".to_owned(),
        cipher: "TLS_AES_256_GCM_SHA384".to_owned(),
        name: "mail.company.com".to_owned(),
        verdict,
        chain: vec![Certificate {
            subject: "CN=pop.other.example".to_owned(),
            issuer: "CN=Test Authority".to_owned(),
            names: vec!["pop.other.example".to_owned()],
            not_before: 0,
            not_after: 1_795_461_601,
            fingerprint: "AB:CD".to_owned(),
        }],
        took: 12_345,
    }
}

fn failures() -> Vec<Failure> {
    let detail = || "os error 5".to_owned();
    let mut failures = vec![
        Failure::NoSuchHost,
        Failure::ResolverFailed { detail: detail() },
        Failure::NotAllowed,
        Failure::Refused,
        Failure::Unreachable { detail: detail() },
        Failure::TimedOut,
        Failure::Closed { detail: None },
        Failure::Closed {
            detail: Some(detail()),
        },
        Failure::PlainText { said: String::new() },
        Failure::PlainText {
            said: "+OK ready".to_owned(),
        },
        Failure::TlsSpoken,
        Failure::Tls { detail: detail() },
        Failure::GreetingRefused,
        Failure::InjectedPlaintext { octets: 1 },
        Failure::InjectedPlaintext { octets: 12 },
        Failure::Cancelled {
            by: By::Participant(2),
        },
    ];
    use CertificateProblem::*;
    let problems = [
        Expired,
        NotYetValid,
        WrongName,
        SelfSigned,
        UnknownIssuer,
        Revoked,
        Outdated { detail: detail() },
        Other { detail: detail() },
    ];
    failures.extend(
        problems
            .into_iter()
            .map(|problem| Failure::Certificate(report(Verdict::Refused(problem)))),
    );
    let protocols = [
        Protocol::Ssh,
        Protocol::Smtp,
        Protocol::Http,
        Protocol::Imap,
        Protocol::Redis,
        Protocol::Other,
    ];
    failures.extend(protocols.map(|looks_like| Failure::NotPop3 { looks_like }));
    failures
}

fn remarks() -> Vec<Remark> {
    let by = By::Participant(1);
    let mut remarks = vec![
        connected(&["192.0.2.14"]),
        connected(&[]),
        Remark::Secured(report(Verdict::Verified)),
        Remark::Secured(report(Verdict::NotVerified(None))),
        Remark::Secured(report(Verdict::NotVerified(Some(CertificateProblem::WrongName)))),
        Remark::GreetingLate {
            after: 3_000_000,
            port: 110,
        },
        Remark::GreetingLate {
            after: 3_000_000,
            port: 995,
        },
        Remark::StlsRefused,
        Remark::ContinuedInClear { by },
        Remark::KeptAlive {
            on: true,
            every: 240_000_000,
            by,
        },
        Remark::KeptAlive {
            on: false,
            every: 240_000_000,
            by,
        },
        Remark::Marked {
            message: 2,
            marked: 1,
        },
        Remark::Unmarked { messages: 1 },
        Remark::Unmarked { messages: 2 },
        Remark::Committed {
            messages: vec![2],
            count: 1,
        },
        Remark::CommitFailed { marked: 2 },
        Remark::Locked { holder: None },
        Remark::Locked {
            holder: Some(Alias::of("a session")),
        },
    ];
    let ends = [
        End::AfterQuit,
        End::ByServer,
        End::Broken {
            detail: "os error 104".to_owned(),
        },
        End::Truncated,
        End::Disconnected { by },
        End::SessionEnded { by },
        End::GraceOver { after: 300 },
        End::Idle { after: 1800 },
        End::TranscriptFull { cap: 256 << 20 },
        End::TranscriptsFull { of_account: false },
        End::TranscriptsFull { of_account: true },
        End::WriteTimedOut,
        End::Shutdown,
        End::Failed,
    ];
    for how in ends {
        for marks in [Marks::None, Marks::NotCommitted(1), Marks::Unknown(2)] {
            remarks.push(Remark::Ended {
                how: how.clone(),
                marks,
                cut_short: true,
            });
        }
    }
    for step in [Step::Resolve, Step::Connect, Step::Tls, Step::Greeting] {
        remarks.extend(failures().into_iter().map(|why| Remark::Failed {
            step,
            why,
            took: 1_000,
        }));
    }
    remarks
}

fn connected(resolved: &[&str]) -> Remark {
    Remark::Connected {
        host: "mail.company.com".to_owned(),
        resolved: resolved.iter().map(|&address| address.to_owned()).collect(),
        resolve_took: 412,
        from: "10.0.0.5:51234".to_owned(),
        to: "192.0.2.14:110".to_owned(),
        connect_took: 3_140,
        at: 1_795_461_601_999,
        by: By::Participant(1),
    }
}

#[test]
fn every_remark_is_said_in_sentences() {
    for remark in remarks() {
        let sentences = remark.sentences(&Roll::default());
        assert!(!sentences.is_empty(), "{remark:?}");
        for sentence in sentences {
            assert!(
                sentence.ends_with('.') && !sentence.ends_with(".."),
                "{sentence:?}"
            );
            assert!(
                sentence.chars().next().is_some_and(|first| !first.is_lowercase()),
                "{sentence:?}"
            );
            assert!(
                !sentence.contains("  ") && !sentence.contains('\n'),
                "{sentence:?}"
            );
        }
    }
}

#[test]
fn a_connection_says_from_where_to_where_and_when() {
    assert_eq!(
        connected(&["192.0.2.14", "2001:db8::1"]).sentences(&Roll::default()),
        [
            "Resolved mail.company.com to 192.0.2.14, 2001:db8::1 in 0.4 ms · connected in 3.1 ms.",
            "From 10.0.0.5:51234 (the console's host, not yours) to 192.0.2.14:110 at 2026-11-23 19:20:01 UTC, for the owner.",
        ]
    );
    assert_eq!(
        connected(&[]).sentences(&Roll::default())[0],
        "Connected in 3.1 ms."
    );
}

#[test]
fn marking_is_not_deleting() {
    assert_eq!(
        Remark::Marked {
            message: 2,
            marked: 1
        }
        .sentences(&Roll::default()),
        [
            "Not deleted yet. Message 2 is only marked.",
            "QUIT commits it; RSET undoes it; a dropped connection must delete nothing. 1 message is marked now. RFC 1939 §5, §6.",
        ]
    );
    let committed = Remark::Committed {
        messages: vec![2, 3],
        count: 5,
    }
    .sentences(&Roll::default());
    assert_eq!(
        committed,
        [
            "Committed: QUIT deleted 5 messages. RFC 1939 §6.",
            "By number: 2, 3 and 3 more."
        ]
    );
}

#[test]
fn an_end_says_what_became_of_the_marks() {
    let ended = |marks| {
        Remark::Ended {
            how: End::ByServer,
            marks,
            cut_short: false,
        }
        .sentences(&Roll::default())
        .join(" ")
    };
    assert_eq!(ended(Marks::None), "The server closed the connection.");
    assert!(
        ended(Marks::NotCommitted(2))
            .contains("2 messages were marked for deletion, and QUIT did not commit")
    );
    assert!(ended(Marks::NotCommitted(2)).contains("not every server's"));
    assert!(ended(Marks::Unknown(1)).contains("the outcome is unknown"));
    assert!(ended(Marks::Unknown(1)).contains("compare the UIDL listing"));
}

#[test]
fn a_failure_says_the_step_the_reason_and_what_to_try() {
    let failed = |step, why| {
        Remark::Failed {
            step,
            why,
            took: 2_000,
        }
        .sentences(&Roll::default())
    };
    assert_eq!(
        failed(
            Step::Tls,
            Failure::PlainText {
                said: "+OK ready".to_owned()
            }
        ),
        [
            "TLS failed after 2 ms: the server speaks plain text on this port; it said “+OK ready”.",
            "The server speaks plain POP3 on this port: choose Plain or STLS, or port 995 for TLS.",
        ]
    );
    assert!(failed(Step::Greeting, Failure::TimedOut)[1].contains("choose TLS"));
    let wrong_name = failed(
        Step::Tls,
        Failure::Certificate(report(Verdict::Refused(CertificateProblem::WrongName))),
    );
    assert!(wrong_name[0].contains("it is for pop.other.example, not for mail.company.com"));
    assert!(
        wrong_name
            .iter()
            .any(|line| line == "SHA-256 fingerprint: AB:CD.")
    );
    assert!(
        wrong_name
            .iter()
            .any(|line| line.contains("to 2026-11-23 19:20:01 UTC"))
    );
}

#[test]
fn silence_on_the_tls_port_says_to_choose_tls() {
    let late = Remark::GreetingLate {
        after: 3_000_000,
        port: 995,
    }
    .sentences(&Roll::default());
    assert_eq!(
        late[1],
        "Port 995 waits for TLS from the first octet: choose TLS."
    );
}

#[test]
fn tones_tell_good_from_bad() {
    assert_eq!(connected(&[]).tone(), Tone::Info);
    assert_eq!(Remark::Secured(report(Verdict::Verified)).tone(), Tone::Good);
    assert_eq!(
        Remark::Secured(report(Verdict::NotVerified(None))).tone(),
        Tone::Warning
    );
    assert_eq!(
        Remark::Marked {
            message: 1,
            marked: 1
        }
        .tone(),
        Tone::Warning
    );
    assert_eq!(Remark::CommitFailed { marked: 1 }.tone(), Tone::Bad);
    let ended = |how, marks| {
        Remark::Ended {
            how,
            marks,
            cut_short: false,
        }
        .tone()
    };
    assert_eq!(ended(End::AfterQuit, Marks::None), Tone::Good);
    assert_eq!(
        ended(End::Disconnected { by: By::Console }, Marks::None),
        Tone::Info
    );
    assert_eq!(
        ended(End::Disconnected { by: By::Console }, Marks::NotCommitted(1)),
        Tone::Warning
    );
    assert_eq!(ended(End::Truncated, Marks::None), Tone::Bad);
}

#[test]
fn what_the_reader_did_is_told_as_their_own_doing() {
    let ended = Remark::Ended {
        how: End::Disconnected {
            by: By::Participant(3),
        },
        marks: Marks::None,
        cut_short: false,
    };
    assert_eq!(ended.sentences(&Roll::of(Some(3)))[0], "You disconnected.");
    assert_eq!(ended.sentences(&Roll::of(Some(2)))[0], "Guest 3 disconnected.");
    let cancelled = Remark::Failed {
        step: Step::Connect,
        why: Failure::Cancelled {
            by: By::Participant(3),
        },
        took: 2_000,
    };
    assert!(cancelled.sentences(&Roll::of(Some(3)))[0].ends_with("you cancelled it."));
    assert!(cancelled.sentences(&Roll::default())[0].ends_with("guest 3 cancelled it."));
    assert!(!connected(&[]).sentences(&Roll::of(Some(1)))[1].contains("you."));
}
