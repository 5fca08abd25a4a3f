//! The least that a relay has to do, with tokio-tungstenite: octets from a WebSocket go to the mail server, octets
//! from the mail server go to the WebSocket, and nobody looks at them.

use std::io;

use anyhow::Context;
use bytes::BytesMut;
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::{Error, Message, protocol::WebSocketConfig};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mail = std::env::args().nth(1).context("where is the mail server?")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("bare is at {}", listener.local_addr()?);
    loop {
        let (browser, _) = listener.accept().await?;
        let mail = TcpStream::connect(&mail).await?;
        // How it ends is all the same here: the other side sees it end.
        tokio::spawn(async { relay(browser, mail).await.ok() });
    }
}

async fn relay(browser: TcpStream, mail: TcpStream) -> Result<(), Error> {
    browser.set_nodelay(true)?;
    mail.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
    let socket = accept_async_with_config(browser, Some(config)).await?;
    let (mut to_browser, mut from_browser) = socket.split();
    let (from_mail, mut to_mail) = mail.into_split();
    let down = async {
        loop {
            from_mail.readable().await?;
            let mut octets = BytesMut::with_capacity(64 * 1024);
            match from_mail.try_read_buf(&mut octets) {
                Ok(0) => return Ok(()),
                Ok(_) => to_browser.send(Message::Binary(octets.freeze())).await?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(Error::from(error)),
            }
        }
    };
    let up = async {
        while let Some(message) = from_browser.next().await {
            to_mail.write_all(&message?.into_data()).await?;
        }
        Ok(())
    };
    tokio::select! { ended = down => ended, ended = up => ended }
}
