//! The signals that stop a console.

/// Those that stop it.
#[cfg(unix)]
pub(crate) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    /// Whether somebody at a terminal has it in front of them.
    is_at_terminal: bool,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        use std::io::IsTerminal;
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            is_at_terminal: std::io::stdin().is_terminal(),
        })
    }

    /// Waits for the next; whether one came.
    pub(crate) async fn next(&mut self) -> bool {
        loop {
            tokio::select! {
                terminated = self.terminate.recv() => return terminated.is_some(),
                interrupted = self.interrupt.recv() => return interrupted.is_some(),
                hung_up = self.hang_up.recv() => {
                    // The terminal is gone, and nobody could stop it there any more.
                    if hung_up.is_none() || self.is_at_terminal {
                        return hung_up.is_some();
                    }
                    // What turns logs over sends it to services, and means that they read their files again.
                    tracing::info!(
                        "SIGHUP changes nothing: certificates, accounts and the file of the audit are read again by \
                         themselves, and settings when the console starts"
                    );
                }
            }
        }
    }
}

#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
