//! Distinguished names as text (RFC 4514).

use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::oid_registry::asn1_rs::Oid;
use x509_parser::x509::X509Name;

use super::text::visible;

/// The most characters of a distinguished name that a report shows.
const NAME_MAX: usize = 512;

/// The short names of RFC 4514 §3, and that of the e-mail address, which every other tool shows.
const TYPES: [(&str, &str); 10] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

/// The name as RFC 4514 writes it: the most specific part first. Controls are made visible.
pub(super) fn name_text(name: &X509Name<'_>) -> String {
    let mut relative: Vec<String> = name
        .iter()
        .map(|relative| {
            let attributes: Vec<String> = relative
                .iter()
                .map(|attribute| attribute_text(attribute.attr_type(), attribute.attr_value()))
                .collect();
            attributes.join("+")
        })
        .collect();
    relative.reverse();
    visible(&relative.join(","), NAME_MAX)
}

fn attribute_text(kind: &Oid<'_>, value: &Any<'_>) -> String {
    let dotted = kind.to_id_string();
    let short = TYPES
        .iter()
        .find(|(oid, _)| *oid == dotted)
        .map(|&(_, short)| short);
    match value_text(value) {
        Some(text) => format!("{}={}", short.unwrap_or(&dotted), escaped(&text)),
        None => {
            let octets: String = value.data.iter().map(|octet| format!("{octet:02x}")).collect();
            format!("{}=#{octets}", short.unwrap_or(&dotted))
        }
    }
}

/// The text of a string type; none for any other. Old certificates write Latin-1 into their T61String.
fn value_text(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::BmpString => {
            let units = value
                .data
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            Some(
                char::decode_utf16(units)
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect(),
            )
        }
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::T61String
        | Tag::NumericString
        | Tag::VisibleString
        | Tag::GeneralString => Some(match std::str::from_utf8(value.data) {
            Ok(text) => text.to_owned(),
            Err(_) => value.data.iter().map(|&octet| char::from(octet)).collect(),
        }),
        _ => None,
    }
}

/// RFC 4514 §2.4.
fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in text.chars().enumerate() {
        let special = match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => true,
            '#' => at == 0,
            ' ' => at == 0 || at == last,
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_separates_the_parts_of_a_name_is_escaped() {
        assert_eq!(escaped("Company, Inc."), "Company\\, Inc.");
        assert_eq!(escaped("#1 <a+b> "), "\\#1 \\<a\\+b\\>\\ ");
        assert_eq!(escaped(" "), "\\ ");
        assert_eq!(escaped(""), "");
    }
}
