//! One connection, from the greeting to its end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Site;
use super::answer::{Answer, Then};
use super::conversation::Conversation;
use super::lines::{Line, Lines};

/// How long a client may be silent: what RFC 1939 §3 asks for at least. It is told nothing then.
const IDLE_MAX: Duration = Duration::from_secs(10 * 60);

/// How long a client may take to take an answer, for a handshake, or to close after QUIT.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves a connection; `tls` tells whether it begins with a handshake.
pub(super) async fn serve(stream: TcpStream, site: Arc<Site>, tls: bool) -> io::Result<()> {
    // Answers are small, and each is written at once.
    stream.set_nodelay(true)?;
    let Ok(_place) = site.places.try_acquire() else {
        let refusal = Answer::line("-ERR [SYS/TEMP] too many connections, try again later");
        // Without a handshake nothing can be said on the other port.
        return if tls {
            Ok(())
        } else {
            patiently(Lines::new(stream).send(&refusal.octets)).await
        };
    };
    let mut conversation = Conversation::new(Arc::clone(&site), timestamp()?, tls);
    let greeting = conversation.greeting().octets;
    if tls {
        let stream = patiently(site.acceptor.accept(stream)).await?;
        converse(&mut conversation, stream, &greeting).await?;
    } else if let Some(stream) = converse(&mut conversation, stream, &greeting).await? {
        let stream = patiently(site.acceptor.accept(stream)).await?;
        conversation.secured();
        converse(&mut conversation, stream, &[]).await?;
    }
    Ok(())
}

/// Sends `first` and answers lines until the end; gives the stream back when TLS is to begin on it.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    conversation: &mut Conversation,
    stream: S,
    first: &[u8],
) -> io::Result<Option<S>> {
    let mut lines = Lines::new(stream);
    patiently(lines.send(first)).await?;
    loop {
        let answer = match timeout(IDLE_MAX, lines.next()).await?? {
            Some(Line::Whole(line)) => conversation.answer(&line).await,
            Some(Line::TooLong) => Answer::line("-ERR line too long"),
            None => return Ok(None),
        };
        patiently(lines.send(&answer.octets)).await?;
        match answer.then {
            Then::GoOn => {}
            Then::StartTls => return Ok(Some(lines.into_stream())),
            Then::Close => return patiently(lines.close()).await.map(|()| None),
        }
    }
}

async fn patiently<T>(doing: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, doing).await?
}

/// A timestamp that was never used before, in the form of a message-id (RFC 1939 §7).
fn timestamp() -> io::Result<String> {
    let random = || getrandom::u64().map_err(io::Error::other);
    Ok(format!("<{:x}.{:x}@localhost>", random()?, random()?))
}
