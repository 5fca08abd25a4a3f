//! Whether somebody asked the bench to end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Fails once somebody asked. From the first call on a signal does not end the bench by itself, so that it ends
/// what it started; a second one does.
///
/// # Errors
/// When somebody asked.
pub(crate) fn check() -> Result<()> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let flag = FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Registering can only fail for signals that nobody may handle.
            let _ = signal_hook::flag::register_conditional_default(signal, flag.clone());
            let _ = signal_hook::flag::register(signal, flag.clone());
        }
        flag
    });
    if flag.load(Ordering::Relaxed) {
        bail!("interrupted");
    }
    Ok(())
}
