//! The capabilities that RFCs define.

/// A capability that some RFC defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub explanation: &'static str,
    /// Where it is defined.
    pub rfc: &'static str,
}

impl Known {
    /// The capability of that name, in upper case.
    pub fn find(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.name == name)
    }
}

const KNOWN: [Known; 13] = [
    Known {
        name: "TOP",
        explanation: "The header and the first lines of a message can be retrieved.",
        rfc: "RFC 2449 §6.1",
    },
    Known {
        name: "USER",
        explanation: "Signing in with USER and PASS is possible now.",
        rfc: "RFC 2449 §6.2",
    },
    Known {
        name: "SASL",
        explanation: "AUTH takes these mechanisms now.",
        rfc: "RFC 5034 §3",
    },
    Known {
        name: "RESP-CODES",
        explanation: "What stands in square brackets behind +OK or -ERR is a response code.",
        rfc: "RFC 2449 §6.4",
    },
    Known {
        name: "LOGIN-DELAY",
        explanation: "So many seconds must lie between two logins to a maildrop.",
        rfc: "RFC 2449 §6.5",
    },
    Known {
        name: "PIPELINING",
        explanation: "Commands can be sent without waiting for the replies before them.",
        rfc: "RFC 2449 §6.6",
    },
    Known {
        name: "EXPIRE",
        explanation: "How many days the server keeps messages before it may delete them.",
        rfc: "RFC 2449 §6.7",
    },
    Known {
        name: "UIDL",
        explanation: "Messages have unique-ids that stay the same across sessions.",
        rfc: "RFC 2449 §6.8",
    },
    Known {
        name: "IMPLEMENTATION",
        explanation: "What the server's software calls itself.",
        rfc: "RFC 2449 §6.9",
    },
    Known {
        name: "STLS",
        explanation: "TLS can be begun on this connection.",
        rfc: "RFC 2595 §4",
    },
    Known {
        name: "AUTH-RESP-CODE",
        explanation: "A failed login says by a response code whether the credentials were at fault.",
        rfc: "RFC 3206 §6",
    },
    Known {
        name: "UTF8",
        explanation: "The session can be switched to UTF-8.",
        rfc: "RFC 6856 §2",
    },
    Known {
        name: "LANG",
        explanation: "The language of the server's texts can be chosen.",
        rfc: "RFC 6856 §3",
    },
];
