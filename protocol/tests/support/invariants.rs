//! What must hold for every dialogue, whatever is typed and whatever the server says.

use protocol::access::By;
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::{Entry, Event, PIECE_MAX, Part};
use protocol::lexer::{Token, client_line, server_line};
use protocol::state::Expectation;
use protocol::state::Phase;
use protocol::target::Security;
use protocol::wire::{FRAME_MAX, ToBrowser, decode, encode};

use super::{Came, join, receive, recorded};

/// What separates the steps of a script. It is no octet of UTF-8.
pub(crate) const STEP: u8 = 0xfe;

/// Runs a script and checks what must hold.
///
/// A script begins with an octet for the target's security (`p` plain, `s` STLS, `t` TLS) and one for the size
/// of pieces (`1` to `9`). Steps follow, each behind a [`STEP`]: `C` and a typed line, `S` and octets of the
/// server's, `T` when TLS stands, `A` to go on in clear text, `E` for the end of the connection.
pub(crate) fn check(script: &[u8]) {
    let [security, size, steps @ ..] = script else {
        return;
    };
    let security = match security {
        b's' => Security::Stls,
        b't' => Security::Tls,
        _ => Security::Plain,
    };
    let size = usize::from(size.wrapping_sub(b'0').clamp(1, 9));
    let whole = Run::of(security, steps, &[usize::MAX]);
    let cut = Run::of(security, steps, &[size]);
    let shifted = Run::of(security, steps, &[1, size, 4096]);
    whole.check();
    // Whether plaintext behind the +OK to STLS is noticed at once or with the next octet depends on the pieces.
    if !whole
        .came
        .iter()
        .any(|came| matches!(came, Came::Other(text) if text.contains("Injected")))
    {
        assert_eq!(whole.came, cut.came, "the size of pieces makes a difference");
        assert_eq!(whole.came, shifted.came, "the size of pieces makes a difference");
    }
}

struct Run {
    came: Vec<Came>,
    /// What the dialogue was given of the server's.
    given: Vec<u8>,
    /// The lines that were sent.
    sent: Vec<Vec<u8>>,
}

impl Run {
    fn of(security: Security, steps: &[u8], sizes: &[usize]) -> Self {
        let mut dialogue = Dialogue::new(security);
        let mut run = Self {
            came: Vec::new(),
            given: Vec::new(),
            sent: Vec::new(),
        };
        for step in steps.split(|&octet| octet == STEP) {
            let Some((kind, rest)) = step.split_first() else {
                continue;
            };
            let mut out = Vec::new();
            match kind {
                b'C' => {
                    let taken = dialogue.submit(rest, None, By::Participant(1), &mut out);
                    run.sent.extend(taken.is_ok().then(|| rest.to_vec()));
                }
                b'S' => {
                    let is_open = dialogue.phase() != Phase::Closed;
                    receive(&mut dialogue, rest, sizes, &mut run.came);
                    run.given.extend_from_slice(if is_open { rest } else { b"" });
                }
                b'T' => dialogue.secured(),
                b'A' => drop(dialogue.continue_in_clear(By::Participant(1), &mut out)),
                b'E' => drop(dialogue.end(&mut out)),
                _ => {}
            }
            out.iter().for_each(check_output);
            join(out, &mut run.came);
            assert!(
                dialogue.phase() != Phase::NotConnected && !dialogue.phase().is_opening()
                    || dialogue.phase() == Phase::Greeting
            );
        }
        let mut out = Vec::new();
        let ending = dialogue.end(&mut out);
        out.iter().for_each(check_output);
        join(out, &mut run.came);
        run.came.push(Came::Ended(ending));
        run
    }

    fn check(&self) {
        let failed = self
            .came
            .iter()
            .any(|came| matches!(came, Came::Other(text) if text.starts_with("fail")));
        let ended = self
            .came
            .iter()
            .any(|came| matches!(came, Came::Other(text) if text == "StartTls"));
        let secret = self.came.iter().any(|came| match came {
            Came::Sent(_, line) | Came::Answered(_, _, line) => !line.struck().is_empty(),
            _ => false,
        });
        let recorded = recorded(&self.came);
        if !failed && !ended && !secret {
            assert!(
                self.given.starts_with(&recorded),
                "what is recorded is not what came"
            );
        }
        let mut sent = self.sent.iter();
        for came in &self.came {
            match came {
                Came::Sent(_, redacted)
                    if redacted.struck().is_empty() && redacted.bytes() != &b"STLS"[..] =>
                {
                    assert!(self.sent.iter().any(|line| line == redacted.bytes()));
                }
                Came::Wrote(octets) if octets != b"STLS\r\n" => {
                    let line = sent.by_ref().find(|line| line.as_slice() != b"STLS");
                    let typed = line.map(|line| [line, &b"\r\n"[..]].concat());
                    assert_eq!(Some(octets), typed.as_ref(), "a line goes out as typed");
                }
                Came::Answered(_, part, line) => {
                    check_tokens(&server_line(*part, line.bytes()), line.bytes())
                }
                Came::Received(_, part, run) => {
                    for line in run.split_inclusive(|&octet| octet == b'\n') {
                        check_tokens(&server_line(*part, line), line);
                        // Whatever part a line is taken for, lexing it is total.
                        check_tokens(&server_line(Part::Greeting, line), line);
                        check_tokens(&client_line(line, Expectation::Command), line);
                    }
                }
                _ => {}
            }
        }
    }
}

fn check_output(output: &Output) {
    let Output::Event(event) = output else { return };
    if let Event::Received { bytes, .. } = event {
        assert!((1..=PIECE_MAX).contains(&bytes.len()));
    }
    let message = ToBrowser::Entry(Entry {
        seq: 1,
        at: 2,
        connection: 3,
        event: event.clone(),
    });
    let encoded = encode(&message);
    assert!(encoded.len() <= FRAME_MAX, "an entry does not fit into a frame");
    assert_eq!(decode::<ToBrowser>(&encoded).ok(), Some(message));
}

/// Tokens cover a line exactly, and none ends within a character of UTF-8.
pub(crate) fn check_tokens(tokens: &[Token], line: &[u8]) {
    let mut at = 0;
    for token in tokens {
        assert_eq!(token.start, at, "a gap or an overlap in {line:?}");
        assert!(token.end > token.start, "an empty token in {line:?}");
        at = token.end;
        if let Ok(text) = std::str::from_utf8(line) {
            assert!(
                text.is_char_boundary(at as usize),
                "a character of {text:?} is split"
            );
        }
    }
    assert_eq!(at as usize, line.len(), "not all of {line:?} is covered");
}
