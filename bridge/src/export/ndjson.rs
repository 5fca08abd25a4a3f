//! The entries, one a line, as JSON with names that stay. The README says what they mean.

use protocol::access::{By, Roll};
use protocol::base64;
use protocol::entry::{Entry, Event};
use protocol::secret::Redacted;
use protocol::target::Security;
use serde_json::{Map, Value, json};

use super::Export;

/// Makes the lines.
#[derive(Default)]
pub(super) struct Ndjson {
    roll: Roll,
}

impl Export for Ndjson {
    fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        if let Event::Remark(remark) = &entry.event {
            self.roll.learn(entry.seq, remark);
        }
        let mut line = Map::new();
        line.insert("seq".to_owned(), json!(entry.seq));
        line.insert("at".to_owned(), json!(entry.at));
        line.insert("connection".to_owned(), json!(entry.connection));
        line.extend(self.event(&entry.event));
        // Writing to a Vec cannot fail, and no value here has keys that are no text.
        let written = serde_json::to_writer(&mut *out, &Value::Object(line));
        debug_assert!(written.is_ok());
        out.push(b'\n');
    }
}

impl Ndjson {
    /// What happened: `event` says what, and the rest depends on it.
    fn event(&self, event: &Event) -> Map<String, Value> {
        let fields = match event {
            Event::Sent {
                exchange, line, by, ..
            } => self.with_by(
                *by,
                with_line(line, json!({"event": "sent", "exchange": exchange})),
            ),
            Event::Answered { exchange, part, line } => with_line(
                line,
                json!({"event": "answered", "exchange": exchange, "part": part.name()}),
            ),
            Event::Received {
                exchange,
                part,
                bytes,
            } => with_octets(
                bytes,
                json!({"event": "received", "exchange": exchange, "part": part.name()}),
            ),
            Event::Withheld {
                exchange,
                part,
                lines,
                octets,
                ..
            } => json!({
                "event": "withheld", "exchange": exchange, "part": part.name(), "lines": lines, "octets": octets,
            }),
            Event::Hidden { entries, by } => {
                self.with_by(*by, json!({"event": "hidden", "entries": entries}))
            }
            Event::Note { seq, line, text, by } => {
                let on = json!({"event": "note", "entry": seq, "line": line, "text": text});
                self.with_by(*by, on)
            }
            Event::Remark(remark) => json!({
                "event": "remark",
                "sentences": remark.sentences(&self.roll),
                // Types of the console's own that can always be written.
                "remark": serde_json::to_value(remark).unwrap_or_default(),
            }),
            Event::State(state) => json!({
                "event": "state",
                "phase": state.phase.name(),
                "marked": state.marked,
                "protection": state.protection.name(),
                "server": state.target.as_ref().map(|target| json!({
                    "host": target.host, "port": target.port, "security": match target.security {
                        Security::Plain => "plain",
                        Security::Stls => "stls",
                        Security::Tls => "tls",
                    },
                })),
            }),
        };
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// Who: `by` is 0 of the console itself, or a participant's number; `who` is what they were called then.
    fn with_by(&self, by: By, mut fields: Value) -> Value {
        let (number, who) = match by {
            By::Console => (0, "the console".to_owned()),
            By::Participant(participant) => (participant, self.roll.called(participant)),
        };
        fields["by"] = json!(number);
        fields["who"] = json!(who);
        fields
    }
}

/// A line without secrets; `struck` says before which octets one was taken out.
fn with_line(line: &Redacted, mut fields: Value) -> Value {
    if !line.struck().is_empty() {
        fields["struck"] = json!(line.struck());
    }
    with_octets(line.bytes(), fields)
}

/// Octets: as `text` where they are UTF-8, as `base64` where they are not.
fn with_octets(octets: &[u8], mut fields: Value) -> Value {
    match std::str::from_utf8(octets) {
        Ok(text) => fields["text"] = json!(text),
        Err(_) => fields["base64"] = json!(base64::encode(octets)),
    }
    fields
}
