//! What one bridge holds at most.

/// What one bridge holds at most.
#[derive(Clone, Debug)]
pub struct Limits {
    /// HTTP connections at a time, WebSockets among them.
    pub connections: u32,
    /// Sessions at a time.
    pub sessions: usize,
    /// Browser windows in one session at a time.
    pub participants: usize,
    /// Exports that are made at a time.
    pub exports: usize,
    /// Exports of one session that are made at a time.
    pub exports_of_session: usize,
    /// Octets of one transcript.
    pub transcript: u64,
    /// Octets of all transcripts of living sessions together.
    pub transcripts: u64,
    /// Octets of all transcripts together of sessions that ended and are read. They take nothing from those that live.
    pub past: u64,
}

/// Octets of one transcript, when nothing else is said.
const TRANSCRIPT: u64 = 256 * 1024 * 1024;

impl Limits {
    /// Lets a transcript have so many octets, and one that is full be read when it has ended.
    pub(super) fn allow_transcript(&mut self, octets: u64) {
        self.transcript = octets;
        self.past = self.past.max(room_for_one(octets));
    }
}

/// What a full transcript takes, with its last words, what was hidden in it, and what is left of it at lower sights.
fn room_for_one(transcript: u64) -> u64 {
    transcript + transcript / 8 + 9 * 1024 * 1024
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            sessions: 64,
            participants: 256,
            exports: 64,
            exports_of_session: 8,
            transcript: TRANSCRIPT,
            transcripts: 1024 * 1024 * 1024,
            past: room_for_one(TRANSCRIPT),
        }
    }
}
