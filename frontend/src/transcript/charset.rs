//! Lines that are not UTF-8, in the charset that the person chose for them. What is UTF-8 stays so; octets stay octets
//! in hex views and saved messages.

use protocol::reply::content_end;

use super::{Run, Transcript, glyphs};

/// What makes text of octets in some charset.
pub trait Decoder {
    /// The text. If more octets of the line follow, those of a character that is cut are left out.
    fn decode(&self, octets: &[u8], is_whole: bool) -> String;
}

/// The charset of that name, if there is one.
pub type Decoders = fn(&str) -> Option<Box<dyn Decoder>>;

/// The charsets to choose from: the name by which decoders know it, and what people call it.
pub const CHARSETS: &[(&str, &[(&str, &str)])] = &[
    (
        "Western",
        &[
            ("windows-1252", "Windows-1252, Latin 1"),
            ("iso-8859-15", "ISO 8859-15"),
            ("macintosh", "Macintosh"),
        ],
    ),
    (
        "Central European",
        &[
            ("iso-8859-2", "ISO 8859-2, Latin 2"),
            ("windows-1250", "Windows-1250"),
        ],
    ),
    (
        "Northern and Southern European",
        &[
            ("iso-8859-3", "ISO 8859-3"),
            ("windows-1257", "Windows-1257, Baltic"),
            ("iso-8859-4", "ISO 8859-4"),
            ("iso-8859-13", "ISO 8859-13, Baltic"),
            ("iso-8859-10", "ISO 8859-10, Nordic"),
            ("iso-8859-14", "ISO 8859-14, Celtic"),
            ("iso-8859-16", "ISO 8859-16, Romanian"),
        ],
    ),
    (
        "Cyrillic",
        &[
            ("windows-1251", "Windows-1251"),
            ("koi8-r", "KOI8-R"),
            ("koi8-u", "KOI8-U"),
            ("iso-8859-5", "ISO 8859-5"),
            ("ibm866", "IBM 866"),
            ("x-mac-cyrillic", "Macintosh Cyrillic"),
        ],
    ),
    (
        "Greek, Turkish",
        &[
            ("windows-1253", "Windows-1253, Greek"),
            ("iso-8859-7", "ISO 8859-7, Greek"),
            ("windows-1254", "Windows-1254, Turkish"),
        ],
    ),
    (
        "Arabic, Hebrew",
        &[
            ("windows-1256", "Windows-1256, Arabic"),
            ("iso-8859-6", "ISO 8859-6, Arabic"),
            ("windows-1255", "Windows-1255, Hebrew"),
            ("iso-8859-8", "ISO 8859-8, Hebrew"),
        ],
    ),
    (
        "Chinese",
        &[("gbk", "GB2312, GBK"), ("gb18030", "GB18030"), ("big5", "Big5")],
    ),
    (
        "Japanese",
        &[
            ("shift_jis", "Shift_JIS"),
            ("euc-jp", "EUC-JP"),
            (SEVEN_BIT, "ISO-2022-JP"),
        ],
    ),
    ("Korean", &[("euc-kr", "EUC-KR")]),
    (
        "Thai, Vietnamese",
        &[
            ("windows-874", "Windows-874, Thai"),
            ("windows-1258", "Windows-1258, Vietnamese"),
        ],
    ),
];

/// The charset whose octets are ASCII all, and tell themselves by an escape character.
const SEVEN_BIT: &str = "iso-2022-jp";

/// What its escape sequences begin with.
const ESCAPE: u8 = 0x1b;

/// Octets below this are characters by themselves in every other charset.
const ALONE_BELOW: u8 = b'0';

/// How many records of a line, before one, are looked at for a place where a character begins. In a line that has
/// none there, wrong characters may be shown; their octets are those of the line all the same.
const LOOK_BACK: usize = 4;

/// The charset of lines that are not UTF-8.
#[derive(Default)]
pub(super) struct Charset {
    name: String,
    decoder: Option<Box<dyn Decoder>>,
    decoders: Option<Decoders>,
}

impl Charset {
    /// Whether octets are in it, and not UTF-8.
    fn is_of(&self, octets: &[u8]) -> bool {
        self.decoder.is_some()
            && (std::str::from_utf8(octets).is_err() || (self.name == SEVEN_BIT && octets.contains(&ESCAPE)))
    }

    /// The last place in octets where a character begins for certain, wherever the first one begins.
    fn last_begin(&self, octets: &[u8]) -> Option<usize> {
        if self.name == SEVEN_BIT {
            return memchr::memrchr(ESCAPE, octets);
        }
        let last = octets.iter().rposition(|&octet| octet < ALONE_BELOW);
        last.map(|at| at + 1)
    }

    /// The columns of octets, near enough: a character of two octets is two columns wide, too.
    pub(super) fn columns(&self, octets: &[u8]) -> usize {
        let end = without_end(octets);
        if self.is_of(end) {
            end.len()
        } else {
            glyphs::columns(end)
        }
    }
}

/// A line without its line end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    &line[..content_end(line)]
}

/// A record in UTF-8, and where secrets were taken out of that.
pub(super) struct Decoded {
    pub(super) octets: Vec<u8>,
    pub(super) struck: Vec<u32>,
}

impl Transcript {
    /// Takes lines that are not UTF-8 for lines in that charset, or in none if there is none of that name. `decoders`
    /// knows it, and those of encoded words.
    pub fn set_charset(&mut self, name: &str, decoders: Decoders) {
        let decoder = decoders(name);
        let is_as_before = decoder.is_none() && self.charset.decoder.is_none();
        self.charset = Charset {
            name: decoder.as_ref().map_or_else(String::new, |_| name.to_owned()),
            decoder,
            decoders: Some(decoders),
        };
        if is_as_before {
            return;
        }
        self.revision += 1;
        let mut octets = Vec::new();
        for (at, run) in self.runs.iter().enumerate() {
            if !run.is_as_it_came() {
                continue;
            }
            for record in self.records_of(at) {
                octets.clear();
                self.lines.read(record, &mut octets);
                if std::str::from_utf8(&octets).is_err() || octets.contains(&ESCAPE) {
                    let columns = self.charset.columns(&octets);
                    self.lines.set_columns(record, columns);
                }
            }
        }
        self.lines.lay_out_anew();
    }

    /// The name of the charset of lines that are not UTF-8; empty if none was chosen.
    pub fn charset(&self) -> &str {
        &self.charset.name
    }

    /// Nothing has happened yet; how it is shown stays as it was chosen.
    pub fn forget(&mut self) {
        let metrics = self.metrics();
        *self = Self {
            charset: std::mem::take(&mut self.charset),
            revision: self.revision + 1,
            ..Self::default()
        };
        self.set_metrics(metrics);
    }

    /// What octets say in the charset that was chosen, if they are not UTF-8.
    pub fn said(&self, octets: &[u8]) -> String {
        match &self.charset.decoder {
            Some(decoder) if self.charset.is_of(octets) => decoder.decode(octets, true),
            _ => String::from_utf8_lossy(octets).into_owned(),
        }
    }

    /// Whether a record is shown in the charset that was chosen.
    pub(super) fn is_foreign(&self, record: usize) -> bool {
        self.charset.decoder.is_some()
            && !self.is_withdrawn(record)
            && self.charset.is_of(&self.in_context(record).0)
    }

    /// A record in UTF-8, if it is shown in the charset that was chosen.
    pub(super) fn decoded(&self, record: usize, run: &Run) -> Option<Decoded> {
        let decoder = self.charset.decoder.as_ref()?;
        if self.is_withdrawn(record) {
            return None;
        }
        let (octets, begin) = self.in_context(record);
        if !self.charset.is_of(&octets) {
            return None;
        }
        let end = begin + without_end(&octets[begin..]).len();
        let is_last = record + 1 >= self.len() || !self.is_continuation(record + 1);
        let mut decoded = Decoded {
            octets: Vec::with_capacity((octets.len() - begin) * 2),
            struck: Vec::new(),
        };
        // A character that is cut belongs to the record in which it ends.
        let mut shown = if begin > 0 {
            decoder.decode(&octets[..begin], false).len()
        } else {
            0
        };
        let mut from = 0;
        let mut decode = |until: usize, is_whole: bool, decoded: &mut Decoded| {
            let text = decoder.decode(&octets[from..until], is_whole);
            let text = text.as_bytes().get(std::mem::take(&mut shown)..);
            decoded.octets.extend_from_slice(text.unwrap_or_default());
            from = until;
        };
        let struck = self.struck(record, run);
        for at in struck
            .iter()
            .map(|&at| begin + at as usize)
            .filter(|&at| at <= end)
        {
            decode(at, true, &mut decoded);
            decoded.struck.push(decoded.octets.len() as u32);
        }
        decode(end, is_last, &mut decoded);
        decoded.octets.extend_from_slice(&octets[end..]);
        Some(decoded)
    }

    /// The octets of a record behind those of its line with which a character before them begins, and where they
    /// begin.
    fn in_context(&self, record: usize) -> (Vec<u8>, usize) {
        let mut octets = self.octets(record);
        let (mut begin, mut first) = (0, record);
        while self.is_continuation(first) && record - first < LOOK_BACK {
            first -= 1;
            let before = self.octets(first);
            let from = self.charset.last_begin(&before);
            let context = &before[from.unwrap_or_default()..];
            octets.splice(..0, context.iter().copied());
            begin += context.len();
            if from.is_some() {
                break;
            }
        }
        (octets, begin)
    }

    /// What an encoded word (RFC 2047) says, if that is known.
    pub(super) fn encoded_word(&self, word: &str) -> Option<String> {
        let said = protocol::encoded_word::decode_with(word.as_bytes(), |charset, octets| {
            let decoder = self.charset.decoders?(charset)?;
            Some(decoder.decode(octets, true))
        });
        (said != word).then_some(said)
    }
}
