//! A transcript as a file: what a telnet user would have, a page with the console's colours, or its entries.
//!
//! A file is made from the entries that somebody is shown, one after the other, so that none is in memory as a whole;
//! what may not be shown never comes here.

mod html;
mod lines;
mod ndjson;
mod text;

use protocol::access::{Keep, Sight};
use protocol::entry::Entry;
use protocol::remark::FileFormat;

use html::Html;
use ndjson::Ndjson;
use text::Text;

/// What stands where a secret was taken out.
const SECRET: &str = "••••••••";

/// What a file says of itself.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// The server, if one was ever asked for.
    pub(crate) server: Option<String>,
    /// How much is shown.
    pub(crate) sight: Sight,
    /// How much of the session is kept.
    pub(crate) keep: Keep,
    /// When the file is made, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) at: u64,
}

/// Makes a file from entries, in their order.
pub(crate) trait Export: Send {
    /// What stands before everything.
    fn begin(&mut self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// What an entry comes to.
    fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>);

    /// What stands behind everything.
    fn end(&mut self, out: &mut Vec<u8>) {
        let _ = out;
    }
}

/// The media type of such a file. Plain text is octets in any charset.
pub(crate) fn media_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Text => "text/plain",
        FileFormat::Html => "text/html; charset=utf-8",
        FileFormat::Ndjson => "application/x-ndjson",
    }
}

/// What makes such a file.
pub(crate) fn of(format: FileFormat, about: About) -> Box<dyn Export> {
    match format {
        FileFormat::Text => Box::new(Text::new(about)),
        FileFormat::Html => Box::new(Html::new(about)),
        FileFormat::Ndjson => Box::new(Ndjson::default()),
    }
}

#[cfg(test)]
mod tests;
