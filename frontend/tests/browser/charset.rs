//! What the browser knows of charsets.

use frontend::services::text::decoder;
use frontend::transcript::charset::CHARSETS;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn the_browser_knows_every_charset_that_there_is_to_choose() {
    for (name, _) in CHARSETS.iter().flat_map(|group| group.1) {
        assert!(decoder(name).is_some(), "{name}");
    }
    assert!(decoder("").is_none());
    assert!(decoder("x-nonsense").is_none());
}

#[wasm_bindgen_test]
fn octets_are_decoded_and_a_character_that_is_cut_is_left_out_and_forgotten() {
    for (charset, octets, text) in [
        ("windows-1251", &b"\xcf\xf0\xe8\xe2\xe5\xf2"[..], "Привет"),
        ("iso-8859-2", b"Za\xbf\xf3\xb3\xe6", "Zażółć"),
        ("gb18030", b"\xb7\xfe \x81\x39\xee\x39", "服 㐀"),
        ("euc-kr", b"\xbc\xad\xb9\xf6", "서버"),
        ("big5", b"\xa5@\xac\xc9\xb3\\\xa5\\", "世界許功"),
        ("iso-2022-jp", b"\x1b$B%5!<%P!<=`Hw\x1b(B ok", "サーバー準備 ok"),
        ("windows-1252", b"a\xffb", "aÿb"),
        ("shift_jis", b"\xff", "\u{fffd}"),
    ] {
        let decoder = decoder(charset).unwrap();
        assert_eq!(decoder.decode(octets, true), text, "{charset}");
        // Chromium shows an escape sequence that is cut: no line is likely to be cut there.
        let is_escape = |cut: &usize| octets[cut.saturating_sub(3)..*cut].contains(&0x1b);
        for cut in (0..octets.len()).filter(|cut| !is_escape(cut)) {
            let begin = decoder.decode(&octets[..cut], false);
            assert!(text.starts_with(&begin), "{charset}: {begin}");
        }
        assert_eq!(decoder.decode(octets, true), text, "{charset}, once more");
    }
}
