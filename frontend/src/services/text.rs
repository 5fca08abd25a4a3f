//! What the browser knows of text.

use js_sys::JsString;
use web_sys::{TextDecodeOptions, TextDecoder};

use crate::transcript::charset::Decoder;

/// The text in Unicode's normalization form KC.
pub fn nfkc(text: &str) -> String {
    String::from(JsString::from(text).normalize("NFKC"))
}

/// The charset of that name, if the browser knows it.
pub fn decoder(charset: &str) -> Option<Box<dyn Decoder>> {
    // It knows the empty name as well.
    let decoder = Some(charset).filter(|it| !it.is_empty())?;
    Some(Box::new(TextDecoder::new_with_label(decoder).ok()?))
}

impl Decoder for TextDecoder {
    fn decode(&self, octets: &[u8], is_whole: bool) -> String {
        let options = TextDecodeOptions::new();
        options.set_stream(!is_whole);
        let text = self.decode_with_u8_array_and_options(octets, &options);
        if !is_whole {
            // It forgets the character that was cut. It has no errors: what cannot be decoded is a mark.
            let _ = TextDecoder::decode(self);
        }
        text.unwrap_or_default()
    }
}
