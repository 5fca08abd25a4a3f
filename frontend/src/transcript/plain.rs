//! Lines as they are copied and searched: characters as they came, without line ends; a secret's bullets; sentences.

use super::Transcript;
use super::charset::without_end;

/// The text of a record, and room for it that is used again and again.
#[derive(Default)]
pub(super) struct Plain {
    octets: Vec<u8>,
    /// The text.
    pub(super) text: String,
}

impl Transcript {
    /// Adds the text of a record to what is there.
    pub(super) fn add_plain(&self, record: usize, plain: &mut Plain) {
        let Some(run) = self.run_of(record) else { return };
        if run.is_as_it_came() && !self.is_withdrawn(record) {
            plain.octets.clear();
            match &self.tail {
                Some(tail) if record >= self.lines.len() => plain.octets.extend_from_slice(&tail.octets),
                _ => self.lines.read(record, &mut plain.octets),
            }
            // Most lines are cut into no tokens only to be put together again.
            if let Ok(text) = std::str::from_utf8(without_end(&plain.octets))
                && !self.is_foreign(record)
            {
                return plain.text.push_str(text);
            }
        }
        if !self.is_swallowed(record) {
            plain.text.push_str(&self.body(record, run).plain());
        }
    }
}
