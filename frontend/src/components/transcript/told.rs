//! What was done, in a few words that go away by themselves.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// How long they stay, in milliseconds.
const STAYS: u32 = 4000;

/// The words, if there are any, and what tells others.
#[hook]
pub(super) fn use_told() -> (&'static str, Callback<&'static str>) {
    let told = use_state_eq(|| "");
    let timeout = use_mut_ref(|| None);
    let tell = {
        let told = told.setter();
        Callback::from(move |words: &'static str| {
            told.set(words);
            let told = told.clone();
            timeout.replace(Some(Timeout::new(STAYS, move || told.set(""))));
        })
    };
    (*told, tell)
}
