//! A frame on its way out, which is written piece by piece, as what is below takes it.

use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::below::Below;

/// The longest head of a frame that is not masked, in octets (RFC 6455 §5.2).
const HEAD_MAX: usize = 10;

/// A frame: its head and its octets, and how many of both were written.
pub(super) struct Framed {
    head: [u8; HEAD_MAX],
    pub(super) head_length: usize,
    octets: Bytes,
    pub(super) written: usize,
}

impl Framed {
    pub(super) fn new(octets: Bytes) -> Self {
        let header = FrameHeader {
            opcode: OpCode::Data(Data::Binary),
            ..FrameHeader::default()
        };
        let mut head = [0; HEAD_MAX];
        // There is room for any head, so that this cannot fail.
        let _ = header.format(octets.len() as u64, &mut head.as_mut_slice());
        Self {
            head_length: header.len(octets.len() as u64),
            head,
            octets,
            written: 0,
        }
    }

    /// What is left of frames whose beginning was written.
    pub(super) fn begun(octets: Bytes) -> Self {
        Self {
            head: [0; HEAD_MAX],
            head_length: 0,
            octets,
            written: 0,
        }
    }

    /// What is left to be written.
    pub(super) fn slices(&self) -> [IoSlice<'_>; 2] {
        let head = self.head.get(self.written..self.head_length).unwrap_or_default();
        let octets = self.octets.get(self.written.saturating_sub(self.head_length)..);
        [head, octets.unwrap_or_default()].map(IoSlice::new)
    }

    pub(super) fn is_written(&self) -> bool {
        self.written >= self.head_length + self.octets.len()
    }

    pub(super) fn poll_onto(&mut self, below: &mut Below, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.is_written() {
            match ready!(below.poll_write(cx, &self.slices()))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        Poll::Ready(Ok(()))
    }
}
