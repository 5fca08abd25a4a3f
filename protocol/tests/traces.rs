//! Runs the traces in `traces/`: see its README for their notation.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::access::By;
use protocol::dialogue::Dialogue;
use protocol::state::Expectation;
use protocol::target::Security;
use support::{Came, holds, join, receive};

/// The password of every trace.
const PASSWORD: &str = "wonder-1";

/// Traces with fewer octets from the server than this are cut in two at every octet.
const SHORT: usize = 800;

#[test]
fn every_trace_runs_at_every_chunk_size() {
    let mut count = 0;
    for path in traces() {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let length = text
            .lines()
            .filter(|line| line.starts_with("S"))
            .map(str::len)
            .sum::<usize>();
        for size in [1, 2, 3, 7, usize::MAX] {
            run(&name, &text, &[size]);
        }
        for cut in (1..length).filter(|_| length < SHORT) {
            run(&name, &text, &[cut, usize::MAX]);
        }
        count += 1;
    }
    assert!(count > 50, "only {count} traces were found");
}

fn traces() -> Vec<PathBuf> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
    let mut paths: Vec<_> = [home.clone(), home.join("real")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    paths
}

/// A trace under way.
struct Run<'a> {
    dialogue: Dialogue,
    sizes: &'a [usize],
    /// What the server sent and the dialogue was not given yet.
    octets: Vec<u8>,
    /// What came since the last expectation.
    came: Vec<Came>,
    expected: Vec<String>,
    ended: bool,
    place: String,
}

fn run(name: &str, text: &str, sizes: &[usize]) {
    let security = match text.lines().find(|line| line.starts_with("@ ")) {
        Some("@ stls") => Security::Stls,
        Some("@ tls") => Security::Tls,
        _ => Security::Plain,
    };
    let mut run = Run {
        dialogue: Dialogue::new(security),
        sizes,
        octets: Vec::new(),
        came: Vec::new(),
        expected: Vec::new(),
        ended: false,
        place: String::new(),
    };
    for (number, line) in text.lines().enumerate() {
        run.place = format!("{name}:{} in pieces of {sizes:?}", number + 1);
        run.step(line);
    }
    run.settle();
    if !run.ended {
        run.end();
    }
    run.settle();
}

impl Run<'_> {
    fn step(&mut self, line: &str) {
        let (sign, rest) = line.split_once(' ').unwrap_or((line, ""));
        if sign != "=" && !self.expected.is_empty() {
            self.settle();
        }
        if !sign.starts_with('S') {
            let octets = std::mem::take(&mut self.octets);
            receive(&mut self.dialogue, &octets, self.sizes, &mut self.came);
        }
        let mut out = Vec::new();
        match sign {
            "S:" => self.octets.extend([&unescaped(rest)[..], b"\r\n"].concat()),
            "S." => self.octets.extend(unescaped(rest)),
            "C:" => {
                let taken = self
                    .dialogue
                    .submit(&unescaped(rest), None, By::Participant(1), &mut out);
                assert_eq!(taken, Ok(()), "{}", self.place);
            }
            "C!" => {
                let (why, line) = rest.split_once(' ').unwrap();
                let taken = self
                    .dialogue
                    .submit(&unescaped(line), None, By::Participant(1), &mut out);
                assert_eq!(format!("{:?}", taken.unwrap_err()), why, "{}", self.place);
                assert!(out.is_empty(), "{}: something was written", self.place);
            }
            "TLS" => self.dialogue.secured(),
            "--" if rest.starts_with("TLS") => {
                assert_eq!(
                    self.came.pop(),
                    Some(Came::Other("StartTls".to_owned())),
                    "{}",
                    self.place
                );
                self.dialogue.secured();
            }
            "CLEAR" => self
                .dialogue
                .continue_in_clear(By::Participant(1), &mut out)
                .unwrap(),
            "END" | "--" if !self.ended => self.end(),
            "=" => self.expect(rest),
            "#" | "@" | "" | "END" | "--" => {}
            other => panic!("{}: {other:?} is no trace line", self.place),
        }
        join(out, &mut self.came);
    }

    fn end(&mut self) {
        self.ended = true;
        let mut out = Vec::new();
        let ending = self.dialogue.end(&mut out);
        join(out, &mut self.came);
        self.came.push(Came::Ended(ending));
    }

    fn expect(&mut self, what: &str) {
        let dialogue = &self.dialogue;
        match what.split_once(' ').unwrap_or((what, "")) {
            ("phase", phase) => assert_eq!(format!("{:?}", dialogue.phase()), phase, "{}", self.place),
            ("marked", count) => assert_eq!(dialogue.marked().to_string(), count, "{}", self.place),
            ("secret", _) => assert_eq!(dialogue.expects(), Expectation::Response, "{}", self.place),
            ("no", "secret") => assert_ne!(dialogue.expects(), Expectation::Response, "{}", self.place),
            ("holds", _) => assert!(dialogue.holds_lines(), "{}", self.place),
            _ => self.expected.push(what.to_owned()),
        }
    }

    /// Compares what came with what was expected.
    fn settle(&mut self) {
        let octets = std::mem::take(&mut self.octets);
        receive(&mut self.dialogue, &octets, self.sizes, &mut self.came);
        let came = std::mem::take(&mut self.came);
        assert!(
            !holds(&came, PASSWORD.as_bytes()),
            "{}: the password is in {came:?}",
            self.place
        );
        let written: Vec<String> = came.iter().flat_map(written).collect();
        let expected = std::mem::take(&mut self.expected);
        if expected.is_empty() {
            let bad = |line: &&String| {
                ["unexpected", "fail", "StartTls"]
                    .iter()
                    .any(|sign| line.starts_with(sign))
                    || line.ends_with("cut short")
            };
            assert_eq!(written.iter().find(bad), None, "{}", self.place);
        } else {
            assert_eq!(written, expected, "{}", self.place);
        }
    }
}

/// What came as an expectation is written, a line for each line.
fn written(came: &Came) -> Vec<String> {
    match came {
        Came::Sent(exchange, line) => vec![format!("sent {exchange} {}", shown(line.bytes(), line.struck()))],
        Came::Answered(exchange, part, line) => {
            vec![
                format!(
                    "{} {exchange} {}",
                    part.name(),
                    shown(line.bytes(), line.struck())
                )
                .trim_end()
                .to_owned(),
            ]
        }
        Came::Received(exchange, part, run) => run
            .split_inclusive(|&octet| octet == b'\n')
            .map(|line| {
                format!("{} {exchange} {}", part.name(), shown(line, &[]))
                    .trim_end()
                    .to_owned()
            })
            .collect(),
        // Tests of their own look at who signs in.
        Came::Wrote(_) | Came::SignIn(_) => Vec::new(),
        Came::Other(text) => vec![text.clone()],
        Came::Ended(ending) => {
            vec![format!(
                "ended {:?}{}",
                ending.marks,
                if ending.cut_short { " cut short" } else { "" }
            )]
        }
    }
}

/// The octets without their line end, escaped, with a mark where something was struck out.
fn shown(octets: &[u8], struck: &[u32]) -> String {
    let content = octets
        .strip_suffix(b"\n")
        .map_or(octets, |line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut text = String::new();
    for at in 0..=content.len() {
        if struck.contains(&(at as u32)) {
            text.push('▇');
        }
        match content.get(at) {
            Some(b'\\') => text.push_str("\\\\"),
            Some(octet @ b' '..=b'~') => text.push(char::from(*octet)),
            Some(octet) => write!(text, "\\x{octet:02x}").unwrap(),
            None => {}
        }
    }
    text
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&octet, behind)) = rest.split_first() {
        rest = behind;
        if octet != b'\\' {
            octets.push(octet);
            continue;
        }
        let (&escape, behind) = rest.split_first().unwrap();
        rest = behind;
        octets.push(match escape {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'0' => 0,
            b'x' => {
                let (digits, behind) = rest.split_at(2);
                rest = behind;
                u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()
            }
            b'\\' => b'\\',
            other => panic!("no escape: {}", char::from(other)),
        });
    }
    octets
}
