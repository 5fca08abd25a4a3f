//! What is told where the program itself is at fault.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};

/// Has the log tell of panics, in its own form, and no more of them than may be told: what a panic says can hold what it
/// fell over, and that may be a line that somebody typed.
pub(crate) fn are_logged() {
    panic::set_hook(Box::new(tell));
}

fn tell(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let what = told(panic.payload());
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        tracing::error!(%place, what, %trace, "a defect of the console's");
    } else {
        tracing::error!(%place, what, "a defect of the console's");
    }
}

/// What may be told of what a panic says: a text of the program's own, into which nothing was written.
fn told(payload: &(dyn Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("what it says is not told: it may hold what somebody typed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_not_told_where_the_console_falls_over_it() {
        let caught = panic::catch_unwind(|| {
            let (typed, cut) = (String::from("wonder-\u{e9}"), 8);
            assert!(typed.is_char_boundary(cut), "cannot cut {typed}");
        });
        let what = told(&*caught.unwrap_err());
        assert!(!what.contains("wonder"), "{what}");
        let caught = panic::catch_unwind(|| panic!("a text of its own"));
        assert_eq!(told(&*caught.unwrap_err()), "a text of its own");
    }
}
