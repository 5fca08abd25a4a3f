//! Saving the transcript, and messages.

use protocol::calendar;
use wasm_bindgen::JsValue;
use yew::Callback;
use yew::platform::spawn_local;

use crate::services::clock;
use crate::services::download::Download;
use crate::store::Session;
use crate::transcript::save::{Message, Place, text_file};

/// How many octets are made in one go, about.
const GO: usize = 1 << 20;

/// Saves the transcript as plain text.
pub(super) fn save_text(session: &Session, tell: &Callback<&'static str>) {
    let host = session.read(|state| state.target().map(|it| it.host.clone()));
    let name = text_file(host.as_deref(), &calendar::moment(clock::since_epoch() * 1000));
    let session = session.clone();
    save(
        tell,
        name,
        "text/plain;charset=utf-8",
        Some(0),
        move |from, octets| session.read(|state| state.transcript.text(from, GO, octets)),
    );
}

/// Saves a retrieved message as it was before it was sent.
pub(super) fn save_message(session: &Session, message: Message, tell: &Callback<&'static str>) {
    let name = session.read(|state| {
        // Message numbers are those of a connection.
        let is_newest = message.connection == state.connection;
        let known = message.number.filter(|_| is_newest);
        let known = known.and_then(|it| state.learned.maildrop.get(it));
        message.file(known.and_then(|it| it.unique_id))
    });
    let session = session.clone();
    let begin = Some(Place::default());
    save(tell, name, "message/rfc822", begin, move |from, octets| {
        session.read(|state| state.transcript.message_octets(&message, from, GO, octets))
    });
}

/// Saves what `make` makes piece by piece: it adds octets, and tells from where to go on.
fn save<T: 'static>(
    tell: &Callback<&'static str>,
    name: String,
    kind: &'static str,
    begin: Option<T>,
    make: impl Fn(T, &mut Vec<u8>) -> Option<T> + 'static,
) {
    let tell = tell.clone();
    tell.emit("Saving…");
    spawn_local(async move {
        let saved = async {
            let (file, mut octets, mut next) = (Download::default(), Vec::new(), begin);
            while let Some(from) = next {
                octets.clear();
                next = make(from, &mut octets);
                file.add(&octets).await?;
            }
            file.finish(&name, kind)
        };
        let saved: Result<(), JsValue> = saved.await;
        tell.emit(match saved {
            Ok(()) => "Saved",
            Err(_) => "The browser has no room for it",
        });
    });
}
