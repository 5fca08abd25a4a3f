//! The WebSocket to the bridge. It carries octets and knows nothing of what they mean.

use gloo::events::EventListener;
use gloo::utils::window;
use js_sys::{ArrayBuffer, Uint8Array};
use protocol::wire::SUBPROTOCOL;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};
use yew::Callback;

use super::place;

/// What happens to a socket.
pub enum Happening {
    /// It is open.
    Opened,
    /// A message came.
    Message(Vec<u8>),
    /// It is closed, with that code.
    Closed(u16),
}

/// A socket. Dropping it closes it, and nothing more happens to it then.
pub struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl Socket {
    /// Opens a socket to the bridge that the page came from.
    ///
    /// # Errors
    /// When the browser does not allow it.
    pub fn open(happens: Callback<Happening>) -> Result<Self, JsValue> {
        let location = window().location();
        let scheme = if location.protocol()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let address = format!("{scheme}://{}{}", location.host()?, place::below("/api/socket"));
        let socket = WebSocket::new_with_str(&address, SUBPROTOCOL)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (opened, came, closed) = (happens.clone(), happens.clone(), happens);
        let listeners = [
            EventListener::new(&socket, "open", move |_| opened.emit(Happening::Opened)),
            EventListener::new(&socket, "message", move |event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                // A text message is none of the bridge's: empty octets are no message either.
                let octets = data
                    .dyn_ref::<ArrayBuffer>()
                    .map(|data| Uint8Array::new(data).to_vec());
                came.emit(Happening::Message(octets.unwrap_or_default()));
            }),
            EventListener::new(&socket, "close", move |event| {
                closed.emit(Happening::Closed(event.unchecked_ref::<CloseEvent>().code()));
            }),
        ];
        Ok(Self {
            socket,
            _listeners: listeners,
        })
    }

    /// Sends a message, if the socket is open.
    pub fn send(&self, octets: &[u8]) {
        if self.socket.ready_state() == WebSocket::OPEN {
            // Fails only for a socket that is not open.
            let _ = self.socket.send_with_u8_array(octets);
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Fails only for a code that is not allowed.
        let _ = self.socket.close();
    }
}
