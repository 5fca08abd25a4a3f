//! The four messages, modelled on those of a small test mailbox.

/// A message of the maildrop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Its unique-id (RFC 1939 §7).
    pub(super) id: &'static str,
    /// Its text as it is stored: every line ends with CRLF, nothing is byte-stuffed.
    pub(super) text: &'static str,
}

/// What every start begins with.
pub(super) const MESSAGES: [Message; 4] = [
    Message {
        id: "532854cf00000001",
        text: "Return-Path: user01@company.com\r\n\
               Received: from ws01.company.com (ws01.company.com [192.168.2.14])\r\n\
               From: user01@company.com\r\n\
               To: user01@company.com\r\n\
               Subject: Test\r\n\
               Date: Tue, 18 Mar 2014 16:02:07 +0100\r\n\
               Message-ID: <00001@company.com>\r\n\
               \r\n\
               Test\r\n",
    },
    Message {
        id: "5328569900000002",
        text: "Return-Path: user01@company.com\r\n\
               Received: from ws01.company.com (ws01.company.com [192.168.2.14])\r\n\
               From: user01@company.com\r\n\
               To: user01@company.com\r\n\
               Subject: Test\r\n\
               Date: Tue, 18 Mar 2014 16:09:45 +0100\r\n\
               Message-ID: <00002@company.com>\r\n\
               \r\n\
               Test\r\n",
    },
    Message {
        id: "532857b700000003",
        text: "Return-Path: user01@company.com\r\n\
               Received: from ws01.company.com (ws01.company.com [192.168.2.14])\r\n\
               From: user01@company.com\r\n\
               To: user01@company.com\r\n\
               Subject: Test\r\n\
               Date: Tue, 18 Mar 2014 16:14:31 +0100\r\n\
               Message-ID: <00003@company.com>\r\n\
               X-Mailer: Company Mail 1.0\r\n\
               \r\n\
               aaa\r\n",
    },
    Message {
        id: "5328597600000004",
        text: "Return-Path: user01@company.com\r\n\
               Received: from ws01.company.com (ws01.company.com [192.168.2.14])\r\n\
               From: user01@company.com\r\n\
               To: user01@company.com\r\n\
               Subject: Test 2\r\n\
               Date: Tue, 18 Mar 2014 16:21:58 +0100\r\n\
               Message-ID: <00004@company.com>\r\n\
               \r\n\
               The next line begins with a dot.\r\n\
               .hidden\r\n\
               That was all.\r\n",
    },
];

// Tests, the documentation and the pictures name these sizes.
const _: () = assert!(
    MESSAGES[0].text.len() == 245
        && MESSAGES[1].text.len() == 245
        && MESSAGES[2].text.len() == 272
        && MESSAGES[3].text.len() == 299
);

impl Message {
    /// Its size as RFC 1939 §11 counts it.
    pub(super) fn octets(&self) -> usize {
        self.text.len()
    }

    /// Its lines without their line ends.
    pub(super) fn lines(&self) -> impl Iterator<Item = &'static str> {
        self.text.split_terminator("\r\n")
    }

    /// The header section, the empty line behind it, and the first `count` lines of the body.
    pub(super) fn top(&self, count: usize) -> impl Iterator<Item = &'static str> {
        let header = self.lines().take_while(|line| !line.is_empty()).count();
        self.lines().take(header.saturating_add(1).saturating_add(count))
    }
}
