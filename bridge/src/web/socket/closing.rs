//! The closing handshake, bounded in time.

use std::time::Duration;

use protocol::wire::CloseCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::Socket;

/// How long the closing handshake may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// Tells the browser why, and waits until it has heard it.
///
/// What it still sends is read and dropped: a TCP connection that is closed with octets unread is reset, and
/// a reset overtakes the reason.
pub(super) async fn close(socket: &mut Socket, code: CloseCode) {
    let frame = CloseFrame {
        code: (code as u16).into(),
        reason: "".into(),
    };
    // The browser may be gone by now; then there is nobody to tell.
    let _ = timeout(CLOSE_WITHIN, async {
        socket.close(Some(frame)).await.ok()?;
        let stream = socket.get_mut();
        stream.shutdown().await.ok()?;
        let mut dropped = [0; 1024];
        while stream.read(&mut dropped).await.ok()? > 0 {}
        Some(())
    })
    .await;
}
