//! What the server answers.

/// An answer to one line.
#[derive(Debug)]
pub(super) struct Answer {
    /// The octets to send.
    pub(super) octets: Vec<u8>,
    /// What comes after it.
    pub(super) then: Then,
}

/// What comes after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The next line.
    GoOn,
    /// A TLS handshake.
    StartTls,
    /// The end.
    Close,
}

impl Answer {
    /// One line.
    pub(super) fn line(line: impl AsRef<str>) -> Self {
        let mut octets = line.as_ref().as_bytes().to_vec();
        octets.extend_from_slice(b"\r\n");
        Self {
            octets,
            then: Then::GoOn,
        }
    }

    /// One line and a multi-line part, byte-stuffed and terminated (RFC 1939 §3).
    pub(super) fn listing<Line: AsRef<str>>(
        first: impl AsRef<str>,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        let mut answer = Self::line(first);
        for line in lines {
            let line = line.as_ref().as_bytes();
            if line.starts_with(b".") {
                answer.octets.push(b'.');
            }
            answer.octets.extend_from_slice(line);
            answer.octets.extend_from_slice(b"\r\n");
        }
        answer.octets.extend_from_slice(b".\r\n");
        answer
    }

    /// The same answer, and this after it.
    pub(super) fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }
}
