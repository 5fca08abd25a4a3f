//! What an entry made of the transcript: some records, and what is known of them.

use protocol::access::By;
use protocol::entry::Part;
use protocol::remark::Remark;

/// Records that one entry made.
#[derive(Clone)]
pub(super) struct Run {
    /// Its first record.
    pub(super) first: u32,
    /// Where its first octet is stored.
    pub(super) base: u32,
    pub(super) seq: u64,
    pub(super) at: u64,
    /// How long after the one before it that shows its time, in microseconds; none if it shows none.
    pub(super) since: Option<u64>,
    pub(super) exchange: Option<u32>,
    /// The last record of the line of payload that its entry went on with, if it ended there.
    pub(super) completes: Option<u32>,
    /// Whether it is payload that the person is not shown.
    pub(super) is_unseen: bool,
    pub(super) kind: Kind,
}

/// What they are.
#[derive(Clone)]
pub(super) enum Kind {
    Command {
        struck: Vec<u32>,
        by: By,
    },
    Answer {
        part: Part,
        struck: Vec<u32>,
    },
    Payload {
        part: Part,
    },
    Remark(Box<Remark>),
    /// A line of this browser's of which nobody knows whether it went out; whether that is settled by now, and the
    /// entry that settled it.
    Unknown {
        id: u64,
        settled: bool,
        sent: u64,
    },
}

impl Run {
    pub(super) fn is_payload(&self) -> bool {
        matches!(self.kind, Kind::Payload { .. })
    }

    /// The exchange whose message its octets are of; none of what is no message.
    pub(super) fn message_of(&self) -> Option<usize> {
        let is_message = matches!(
            self.kind,
            Kind::Payload {
                part: Part::Header | Part::Body
            }
        );
        self.exchange.filter(|_| is_message).map(|it| it as usize)
    }

    /// Whether its records are what a server sent, with nothing taken out of them.
    pub(super) fn is_as_it_came(&self) -> bool {
        match &self.kind {
            Kind::Payload { .. } => true,
            Kind::Answer { struck, .. } => struck.is_empty(),
            _ => false,
        }
    }
}
