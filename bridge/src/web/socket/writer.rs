//! The side of a socket that writes.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use protocol::entry::Seq;
use protocol::sight::Shown;
use protocol::wire::{BEAT_EVERY, CloseCode, FRAME_MAX, ToBrowser, Welcome, encode};
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::Close;
use super::alive::{Alive, Silence};
use super::outlet::WireOutlet;
use crate::session::Refused;
use crate::session::presence::Beside;
use crate::session::transcript::{Outlet, Transcript, Unready, Viewer};

/// How often the bridge gives a sign of life.
const BEAT: Duration = Duration::from_millis(BEAT_EVERY);

/// How long a socket may take to be given the last entries of a session that has ended.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// After a frame of so many octets other sockets and sessions have their turn: writing more of them in a row,
/// until the system takes no more, would keep everybody else waiting.
const LONG: usize = FRAME_MAX / 2;

/// Writes answers, entries and beats. Entries are read from a cursor of its own, so nothing queues up here.
pub(super) struct Writer<'a> {
    outlet: Arc<WireOutlet>,
    transcript: &'a Arc<Transcript>,
    shown: Shown,
    after: Seq,
    has_control: &'a (dyn Fn() -> bool + Sync),
    aside: Arc<dyn Outlet>,
    /// Where news are told that may wait a little; none where they are told at once.
    viewer: Option<Arc<Viewer>>,
    answers: mpsc::Receiver<Box<Refused>>,
    /// What is told beside entries.
    beside: Option<Beside>,
    alive: &'a Alive,
    silence: Silence,
    /// Until when the last entries of a session that has ended are written.
    over: Option<Instant>,
}

/// What a socket is shown of the transcript.
pub(super) struct Reading<'a> {
    /// How much.
    pub(super) shown: Shown,
    /// The entry behind which it begins.
    pub(super) after: Seq,
    /// Whether whoever reads has control, and is told of news at once.
    pub(super) has_control: &'a (dyn Fn() -> bool + Sync),
    /// Where others write for them while they wait.
    pub(super) aside: Arc<dyn Outlet>,
}

/// What ended a wait.
enum Woken {
    Refused(Box<Refused>),
    News,
    Beside(Bytes),
    Timer,
}

impl<'a> Writer<'a> {
    /// Shows that. The browser may give no sign of life for so long.
    pub(super) fn new(
        outlet: Arc<WireOutlet>,
        transcript: &'a Arc<Transcript>,
        reading: Reading<'a>,
        answers: mpsc::Receiver<Box<Refused>>,
        beside: Option<Beside>,
        alive: &'a Alive,
        silence: Duration,
    ) -> Self {
        Self {
            outlet,
            transcript,
            shown: reading.shown,
            after: reading.after,
            has_control: reading.has_control,
            aside: reading.aside,
            viewer: None,
            answers,
            beside,
            alive,
            silence: Silence::new(silence),
            over: None,
        }
    }

    /// Writes until the session ends or the browser is gone: it left, or was silent for too long.
    pub(super) async fn run(&mut self, welcome: Welcome) -> Close {
        match self.write(welcome).await {
            Ok(never) => match never {},
            Err(close) => close,
        }
    }

    async fn write(&mut self, welcome: Welcome) -> Result<Infallible, Close> {
        let welcome = encode(&ToBrowser::Welcome(welcome));
        self.send(Some(welcome.into())).await?;
        let mut beat = Instant::now() + BEAT;
        // One timer for all, and set anew only when it has rung: a line that comes costs none.
        let timer = sleep_until(beat.min(self.silence.look_at()));
        tokio::pin!(timer);
        self.haste();
        loop {
            // What was begun while the cursor was lent.
            self.send(None).await?;
            let viewer = self.viewer.clone();
            // Before anything is looked at, so that nothing is missed that comes meanwhile.
            let news = self.transcript.news_for(viewer.as_deref());
            let sealed = self.transcript.sealed();
            while let Ok(refused) = self.answers.try_recv() {
                self.refuse(*refused).await?;
            }
            if let Some(code) = sealed {
                self.is_ending(code)?;
            }
            match self.transcript.after(self.shown, self.after) {
                Ok(Some(frame)) => {
                    self.after = frame.last;
                    let is_long = frame.octets.len() >= LONG;
                    self.send(Some(frame.octets)).await?;
                    if is_long {
                        yield_now().await;
                    }
                    continue;
                }
                Ok(None) => {}
                Err(Unready::Looking) => {
                    yield_now().await;
                    continue;
                }
                Err(Unready::NoRoom) => return Err(Close::With(CloseCode::NoView)),
            }
            if let Some(code) = sealed {
                return Err(Close::With(code));
            }
            if let Some(viewer) = &viewer {
                viewer.lend(self.after);
            }
            let woken = tokio::select! {
                biased;
                Some(refused) = self.answers.recv() => Woken::Refused(refused),
                () = news => Woken::News,
                told = beside(&mut self.beside) => Woken::Beside(told),
                () = timer.as_mut() => Woken::Timer,
            };
            if let Some(after) = viewer.and_then(|viewer| viewer.take_back()) {
                self.after = after;
            }
            match woken {
                Woken::Refused(refused) => self.refuse(*refused).await?,
                Woken::News => {}
                Woken::Beside(told) => {
                    self.haste();
                    self.send(Some(told)).await?;
                }
                Woken::Timer => {
                    if beat <= Instant::now() {
                        let sign = encode(&ToBrowser::Beat);
                        self.send(Some(sign.into())).await?;
                        beat = Instant::now() + BEAT;
                    }
                    if self.silence.is_over(self.alive) {
                        return Err(Close::Gone);
                    }
                    timer.as_mut().reset(beat.min(self.silence.look_at()));
                }
            }
        }
    }

    /// Looks whether news are to be told at once.
    fn haste(&mut self) {
        if (self.has_control)() {
            self.viewer = None;
        } else if self.viewer.is_none() {
            let viewer = self.transcript.view(self.shown, self.aside.clone());
            self.viewer = Some(Arc::new(viewer));
        }
    }

    async fn refuse(&mut self, Refused { id, why }: Refused) -> Result<(), Close> {
        // Apart from the sending: every socket's task would hold room for what is encoded.
        let refused = encode(&ToBrowser::Refused { id, why });
        self.send(Some(refused.into())).await
    }

    /// Sends one frame behind what was begun before, and waits until the system has taken it.
    async fn send(&mut self, mut octets: Option<Bytes>) -> Result<(), Close> {
        let at_once = poll_fn(|cx| Poll::Ready(self.outlet.poll_send(cx, &mut octets))).await;
        match at_once {
            Poll::Ready(sent) => sent.map_err(|_| Close::Gone),
            // Boxed: most is taken at once, and every socket's task would hold room for this.
            Poll::Pending => Box::pin(self.send_rest(octets)).await,
        }
    }

    /// The same where the system does not take it at once.
    async fn send_rest(&mut self, mut octets: Option<Bytes>) -> Result<(), Close> {
        let (transcript, viewer) = (self.transcript, self.viewer.clone());
        loop {
            let (look, over) = (self.silence.look_at(), self.over);
            tokio::select! {
                biased;
                sent = poll_fn(|cx| self.outlet.poll_send(cx, &mut octets)) => {
                    self.alive.heard();
                    // What was told meanwhile has been heard here, and is still to be looked at.
                    if let Some(viewer) = &viewer {
                        viewer.remind();
                    }
                    return sent.map_err(|_| Close::Gone);
                }
                // The last entries are still written, but not for ever.
                code = ended(transcript, viewer.as_deref(), over) => self.is_ending(code)?,
                () = sleep_until(look) => {
                    if self.silence.is_over(self.alive) {
                        return Err(Close::Gone);
                    }
                }
            }
        }
    }

    /// Nothing will be appended any more: is there time for what was?
    fn is_ending(&mut self, code: CloseCode) -> Result<(), Close> {
        let now = Instant::now();
        let over = *self.over.get_or_insert(now + LAST_WORDS);
        if over <= now {
            Err(Close::With(code))
        } else {
            Ok(())
        }
    }
}

/// Waits for news that stand beside the entries.
async fn beside(beside: &mut Option<Beside>) -> Bytes {
    match beside {
        Some(beside) => beside.news().await,
        None => pending().await,
    }
}

/// Waits until the session has ended, or, where that is known already, until the time for the last entries is over.
async fn ended(transcript: &Transcript, viewer: Option<&Viewer>, over: Option<Instant>) -> CloseCode {
    if let Some(over) = over {
        sleep_until(over).await;
    }
    loop {
        let news = transcript.news_for(viewer);
        if let Some(code) = transcript.sealed() {
            return code;
        }
        news.await;
    }
}

#[cfg(test)]
mod tests {
    use protocol::access::{Keep, Role, Sight};
    use protocol::entry::{Event, Part};
    use protocol::wire::VERSION;
    use socket2::SockRef;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::session::transcript::Budget;
    use crate::web::listener::Stream;
    use crate::web::socket::outlet::Wire;

    /// What the system is asked to buffer on either side. Linux takes twice that.
    const SYSTEM: usize = 32 * 1024;

    const ENTRY: usize = 4 * 1024;

    #[tokio::test]
    async fn a_viewer_that_never_reads_is_given_no_more_than_the_bounds() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let viewer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        SockRef::from(&viewer).set_recv_buffer_size(SYSTEM).unwrap();
        SockRef::from(&stream).set_send_buffer_size(SYSTEM).unwrap();
        let wire = Wire::new(Stream::Plain(stream));

        let transcript = Arc::new(Transcript::new(1 << 26, Budget::new(1 << 26)));
        let last = 8 * 1024 * 1024 / ENTRY as Seq;
        for _ in 0..last {
            let payload = Event::Received {
                exchange: 1,
                part: Part::Body,
                bytes: vec![b'x'; ENTRY].into(),
            };
            transcript.append(1, payload).unwrap();
        }
        let welcome = Welcome {
            version: VERSION,
            epoch: 1,
            after: 0,
            last,
            now: 0,
            participant: 1,
            role: Role::Watch,
            sight: Sight::Everything,
            link: None,
            keep: Keep::default(),
            ended: false,
        };
        let (_answers, answers_out) = mpsc::channel(1);
        let (alive, silence) = (Alive::default(), Duration::from_millis(500));
        let outlet = wire.outlet().clone();
        let reading = Reading {
            shown: Shown::ALL,
            after: 0,
            has_control: &|| false,
            aside: outlet.clone(),
        };
        let mut writer = Writer::new(outlet, &transcript, reading, answers_out, None, &alive, silence);
        let close = writer.run(welcome).await;
        assert!(matches!(close, Close::Gone), "{close:?}");

        let given = usize::try_from(writer.after).unwrap() * ENTRY;
        let bound = 2 * SYSTEM + 2 * SYSTEM + FRAME_MAX;
        assert!((1..=bound).contains(&given), "{given} of {bound}");
        drop(viewer);
    }
}
