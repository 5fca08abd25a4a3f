//! The reply to a line of this browser's, as the entries tell it.

use protocol::command::{self, ReplyShape};
use protocol::entry::{ConnectionNo, Entry, Event, ExchangeNo, LineId, Part};
use protocol::remark::Remark;
use protocol::reply::Indicator;

/// How much of a line of the server's is kept until its end has come, in octets. RFC 5034 §4 lets a challenge
/// have 12,288.
const SAID_MAX: usize = 16 * 1024;

/// A line whose reply is awaited.
#[derive(Debug)]
pub struct Awaited {
    id: LineId,
    connection: ConnectionNo,
    /// Its exchange, once it went out.
    exchange: Option<ExchangeNo>,
    /// Whether a positive status line is not the end of the reply.
    has_payload: bool,
    is_stls: bool,
    /// What the server says, until the line's end has come; and then its status line, until the reply has ended.
    said: Said,
    is_accepted: bool,
}

/// A line of the server's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// It without its line end, and without what repeated a secret.
    pub line: Vec<u8>,
    /// Whether something was taken out because it repeated a secret.
    pub is_struck: bool,
}

/// What answers a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The server asks for more.
    Continuation(Said),
    /// `+OK`, and the reply is whole. After STLS: and TLS stands.
    Ok(Said),
    /// Anything else.
    Err(Said),
    /// The connection ended first.
    Ended,
}

impl Awaited {
    /// Waits for the reply to a line that is sent off now under that name.
    pub fn new(id: LineId, connection: ConnectionNo, line: &[u8]) -> Self {
        Self {
            id,
            connection,
            exchange: None,
            has_payload: command::reply_to(line) != ReplyShape::Single,
            is_stls: command::is(line, "STLS"),
            said: Said::default(),
            is_accepted: false,
        }
    }

    /// Waits for the reply to a SASL response: whatever it looks like, no payload follows.
    pub fn response(id: LineId, connection: ConnectionNo) -> Self {
        Self::new(id, connection, b"")
    }

    /// What the line was called.
    pub fn id(&self) -> LineId {
        self.id
    }

    /// Takes in an entry. Gives the reply once it is whole, and nothing more afterwards.
    pub fn apply(&mut self, entry: &Entry) -> Option<Reply> {
        // Where TLS does not come about, nothing else is said of the end.
        let ends = matches!(
            &entry.event,
            Event::Remark(Remark::Ended { .. } | Remark::Failed { .. })
        );
        if entry.connection > self.connection || ends {
            return Some(Reply::Ended);
        }
        match &entry.event {
            Event::Sent {
                id: Some(id),
                exchange,
                ..
            } if *id == self.id => self.exchange = Some(*exchange),
            Event::Answered { exchange, part, line }
                if self.exchange == Some(*exchange) && !self.is_accepted =>
            {
                let octets = line.bytes();
                let room = SAID_MAX.saturating_sub(self.said.line.len());
                self.said
                    .line
                    .extend_from_slice(&octets[..octets.len().min(room)]);
                self.said.is_struck |= !line.struck().is_empty();
                if octets.ends_with(b"\n") {
                    return self.ended(*part);
                }
            }
            Event::Received {
                exchange,
                part: Part::Terminator,
                ..
            } if self.is_accepted && self.exchange == Some(*exchange) => {
                return Some(Reply::Ok(std::mem::take(&mut self.said)));
            }
            Event::Remark(Remark::Secured(_)) if self.is_accepted && self.is_stls => {
                return Some(Reply::Ok(std::mem::take(&mut self.said)));
            }
            _ => {}
        }
        None
    }

    /// A line of the server's is whole.
    fn ended(&mut self, part: Part) -> Option<Reply> {
        let mut said = std::mem::take(&mut self.said);
        said.line.truncate(said.line.trim_ascii_end().len());
        match (part, Indicator::of(&said.line)) {
            (Part::Continuation, _) => Some(Reply::Continuation(said)),
            (Part::Status, Some((Indicator::Ok, _))) if self.has_payload || self.is_stls => {
                (self.said, self.is_accepted) = (said, true);
                None
            }
            (Part::Status, Some((Indicator::Ok, _))) => Some(Reply::Ok(said)),
            (Part::Status, _) => Some(Reply::Err(said)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::Recorded;

    fn reply(recorded: &mut Recorded, awaited: &mut Awaited) -> Option<Reply> {
        let replies: Vec<_> = recorded
            .take()
            .iter()
            .filter_map(|it| awaited.apply(it))
            .collect();
        assert!(replies.len() < 2, "{replies:?}");
        replies.into_iter().next()
    }

    fn said(line: &str) -> Said {
        Said {
            line: line.as_bytes().to_vec(),
            is_struck: false,
        }
    }

    fn greeted() -> Recorded {
        let mut recorded = Recorded::new();
        recorded.server("+OK\r\n");
        recorded.take();
        recorded
    }

    #[test]
    fn a_reply_is_whole_with_its_last_line() {
        let (mut recorded, mut awaited) = (greeted(), Awaited::new(2, 1, b"CAPA"));
        recorded
            .client(1, "NOOP")
            .client(2, "CAPA")
            .server("-ERR no\r\n+OK yes\r\nTOP\r\n");
        assert_eq!(reply(&mut recorded, &mut awaited), None);
        recorded.server(".\r\n");
        assert_eq!(
            reply(&mut recorded, &mut awaited),
            Some(Reply::Ok(said("+OK yes")))
        );

        let mut awaited = Awaited::new(3, 1, b"LIST");
        recorded.client(3, "LIST").server("-ERR no\r\n");
        assert_eq!(
            reply(&mut recorded, &mut awaited),
            Some(Reply::Err(said("-ERR no")))
        );
    }

    #[test]
    fn a_challenge_answers_a_line_and_then_the_response() {
        let (mut recorded, mut awaited) = (greeted(), Awaited::new(1, 1, b"AUTH LOGIN"));
        recorded.client(1, "AUTH LOGIN").server("+ VXNlcm5hbWU6\r\n");
        assert_eq!(
            reply(&mut recorded, &mut awaited),
            Some(Reply::Continuation(said("+ VXNlcm5hbWU6")))
        );
        let mut awaited = Awaited::response(2, 1);
        recorded.client(2, "YWxpY2UgaW4=").server("-ERR alice in?\r\n");
        let Some(Reply::Err(said)) = reply(&mut recorded, &mut awaited) else {
            panic!()
        };
        assert!(said.is_struck && !said.line.ends_with(b"alice in?"));
    }

    #[test]
    fn a_line_that_comes_in_pieces_is_one_answer() {
        let (mut recorded, mut awaited) = (greeted(), Awaited::new(1, 1, b"NOOP"));
        recorded
            .client(1, "NOOP")
            .server("+OK ".to_owned() + &"x".repeat(200_000));
        assert_eq!(reply(&mut recorded, &mut awaited), None);
        recorded.server("\r\n");
        let Some(Reply::Ok(said)) = reply(&mut recorded, &mut awaited) else {
            panic!()
        };
        assert_eq!(said.line.len(), SAID_MAX);
    }
}
