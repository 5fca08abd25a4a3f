//! Base64 (RFC 4648 §4) as servers and people write it.

use ::base64::Engine as _;
use ::base64::alphabet;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Takes text with or without padding, whatever the trailing bits.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The octets that a text stands for; none if it is not base64. Padding may be left out.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok()
}

/// The text, padded.
pub fn encode(octets: &[u8]) -> String {
    ENGINE.encode(octets)
}
