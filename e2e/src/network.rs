//! A network that can be cut, or that lets nothing come back: a TCP proxy between browser and bridge.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::try_join;

/// Passes every connection on while it is whole. A cut ends those that are open and lets no new one through. While it is held
/// all stand, and nothing comes back through any.
pub struct Network {
    address: SocketAddr,
    state: watch::Sender<State>,
    /// How many octets still come back once it is held.
    left: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    Held,
    Cut,
}

impl Network {
    /// A whole one, to an address.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn to(server: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (state, states) = watch::channel(State::Whole);
        let left = Arc::new(AtomicUsize::new(0));
        let server = server.to_owned();
        let task = {
            let left = left.clone();
            tokio::spawn(async move {
                while let Ok((near, _)) = listener.accept().await {
                    tokio::spawn(pass(near, server.clone(), states.clone(), left.clone()));
                }
            })
        };
        Ok(Self {
            address,
            state,
            left,
            task,
        })
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts it.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Lets nothing come back any more once so many octets have, until it is mended.
    pub fn hold_after(&self, octets: usize) {
        self.left.store(octets, Ordering::Relaxed);
        self.state.send_replace(State::Held);
    }

    /// Mends it.
    pub fn mend(&self) {
        self.state.send_replace(State::Whole);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

async fn pass(near: TcpStream, server: String, mut states: watch::Receiver<State>, left: Arc<AtomicUsize>) {
    if *states.borrow_and_update() == State::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(server).await else {
        return;
    };
    let ((mut near_in, near_out), (far_in, mut far_out)) = (near.into_split(), far.into_split());
    let there = async {
        copy(&mut near_in, &mut far_out).await?;
        far_out.shutdown().await
    };
    let back = come_back(far_in, near_out, states.clone(), &left);
    tokio::select! {
        _ = async { try_join!(there, back) } => {}
        _ = states.wait_for(|state| *state == State::Cut) => {}
    }
}

/// Passes on what comes back, as long as that is let.
async fn come_back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut states: watch::Receiver<State>,
    left: &AtomicUsize,
) -> io::Result<()> {
    let mut piece = vec![0; 16 * 1024];
    loop {
        let octets = from.read(&mut piece).await?;
        if octets == 0 {
            return to.shutdown().await;
        }
        let is_held = *states.borrow() == State::Held;
        let take = |left: usize| left.checked_sub(octets);
        if is_held
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                .is_err()
        {
            // Ends when the network does.
            let _ = states.wait_for(|state| *state != State::Held).await;
        }
        to.write_all(&piece[..octets]).await?;
    }
}
