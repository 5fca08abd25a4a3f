//! What a row says, in stretches that are told apart.

use std::ops::Range;

use protocol::remark::Tone;

/// What a row says. What follows on something else, follows after a blank.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A line.
    Line(Vec<Span>),
    /// What the console says by the way: a headline, and what is one click away.
    Aside(Vec<Span>, Vec<Span>),
    /// What the console says and wants read: a headline and the rest, and what is one click away.
    Callout(Tone, Vec<Vec<Span>>, Vec<Span>),
    /// A line of which nobody knows whether it went out; whether that is settled.
    Unknown(Vec<Span>, bool),
}

impl Body {
    /// What is copied of it: characters as they came, a secret's bullets, sentences.
    pub fn plain(&self) -> String {
        self.told(Span::plain)
    }

    /// What it shows: marks where characters would deceive.
    pub fn shown(&self) -> String {
        self.told(|span| &span.text)
    }

    fn told(&self, of: fn(&Span) -> &str) -> String {
        let mut told = String::new();
        for (at, text) in self.texts().into_iter().enumerate() {
            if at > 0 && !text.is_empty() {
                told.push(' ');
            }
            text.iter().for_each(|span| told.push_str(of(span)));
        }
        told
    }

    /// Marks what was found, which is named by where it stands in what is copied, ascending.
    pub fn mark(&mut self, found: &[Match]) {
        if found.is_empty() {
            return;
        }
        let mut begin = 0;
        for (at, text) in self.texts_mut().into_iter().enumerate() {
            begin += usize::from(at > 0);
            let spans = std::mem::take(text);
            for span in spans {
                let length = span.plain().len();
                span.mark(begin, found, text);
                begin += length;
            }
        }
    }

    fn texts(&self) -> Vec<&Vec<Span>> {
        match self {
            Body::Line(text) | Body::Unknown(text, _) => vec![text],
            Body::Aside(text, detail) => vec![text, detail],
            Body::Callout(_, sentences, detail) => sentences.iter().chain([detail]).collect(),
        }
    }

    fn texts_mut(&mut self) -> Vec<&mut Vec<Span>> {
        match self {
            Body::Line(text) | Body::Unknown(text, _) => vec![text],
            Body::Aside(text, detail) => vec![text, detail],
            Body::Callout(_, sentences, detail) => sentences.iter_mut().chain([detail]).collect(),
        }
    }
}

/// What was found in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Where, in octets of what is copied of the row.
    pub range: Range<usize>,
    /// Whether it is the one that the person is at.
    pub is_chosen: bool,
}

/// A stretch of a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// The class of its token.
    pub class: &'static str,
    /// What a mark stands for; empty of text.
    pub title: String,
    /// What is copied of it, if that is not what it says.
    pub original: Option<String>,
    /// The class of what was found, if it is of that; or empty.
    pub found: &'static str,
}

impl Span {
    /// Text of that class.
    pub fn text(text: String, class: &'static str) -> Self {
        Self {
            text,
            class,
            ..Self::default()
        }
    }

    /// A mark that stands for what must not be shown as it is.
    pub fn mark_of(text: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "mark",
            title: title.into(),
            ..Self::default()
        }
    }

    /// What the console says.
    pub(super) fn said(text: String) -> Vec<Self> {
        if text.is_empty() {
            return Vec::new();
        }
        vec![Self::text(text, "said")]
    }

    /// What is copied of it.
    pub fn plain(&self) -> &str {
        self.original.as_deref().unwrap_or(&self.text)
    }

    /// Adds it to others, split where something that was found begins or ends. It begins so far into the row.
    pub(super) fn mark(self, begin: usize, found: &[Match], spans: &mut Vec<Span>) {
        let end = begin + self.plain().len();
        let mut at = begin;
        let first = found.partition_point(|it| it.range.end <= begin);
        for it in found[first..].iter().take_while(|it| it.range.start < end) {
            let class = if it.is_chosen { "found chosen" } else { "found" };
            if self.original.is_some() {
                // What is one thing for the eye is not split.
                return spans.push(Span { found: class, ..self });
            }
            self.cut(at - begin..it.range.start.max(begin) - begin, "", spans);
            at = it.range.end.min(end);
            self.cut(it.range.start.max(begin) - begin..at - begin, class, spans);
        }
        if at == begin {
            spans.push(self);
        } else {
            self.cut(at - begin..end - begin, "", spans);
        }
    }

    fn cut(&self, range: Range<usize>, found: &'static str, spans: &mut Vec<Span>) {
        if let Some(text) = self.text.get(range).filter(|it| !it.is_empty()) {
            spans.push(Span {
                text: text.to_owned(),
                found,
                title: self.title.clone(),
                ..Span::text(String::new(), self.class)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(places: &[(usize, usize)]) -> Vec<Match> {
        let found = places.iter().enumerate();
        found
            .map(|(at, &(start, end))| Match {
                range: start..end,
                is_chosen: at == 1,
            })
            .collect()
    }

    fn told(body: &Body) -> Vec<String> {
        let texts = body.texts();
        let spans = texts.iter().flat_map(|it| it.iter());
        spans
            .map(|it| match it.found {
                "" => it.text.clone(),
                "found" => format!("[{}]", it.text),
                _ => format!("<{}>", it.text),
            })
            .collect()
    }

    #[test]
    fn what_was_found_is_marked_within_and_across_tokens() {
        let line = || {
            Body::Line(vec![
                Span::text("RETR".to_owned(), "command"),
                Span::text(" ".to_owned(), "text"),
                Span::text("1234".to_owned(), "number"),
            ])
        };
        for (ranges, wanted) in [
            (&[][..], vec!["RETR", " ", "1234"]),
            (&[(1, 3)], vec!["R", "[ET]", "R", " ", "1234"]),
            (&[(3, 6)], vec!["RET", "[R]", "[ ]", "[1]", "234"]),
            (&[(0, 4), (5, 9)], vec!["[RETR]", " ", "<1234>"]),
            (
                &[(0, 1), (1, 2), (8, 9)],
                vec!["[R]", "<E>", "TR", " ", "123", "[4]"],
            ),
        ] {
            let mut body = line();
            body.mark(&found(ranges));
            assert_eq!(told(&body), wanted);
            assert_eq!(body.plain(), "RETR 1234");
        }
    }

    #[test]
    fn a_mark_is_found_as_what_it_stands_for_and_stays_whole() {
        let mark = Span {
            original: Some("\u{202e}".to_owned()),
            ..Span::mark_of("U+202E", "changes the direction of text")
        };
        let mut body = Body::Line(vec![
            Span::text("ab".to_owned(), "text"),
            mark,
            Span::text("cd".to_owned(), "text"),
        ]);
        body.mark(&found(&[(1, 6)]));
        assert_eq!(told(&body), ["a", "[b]", "[U+202E]", "[c]", "d"]);
    }

    #[test]
    fn sentences_of_a_remark_are_marked_too() {
        let mut body = Body::Callout(
            Tone::Warning,
            vec![Span::said("One.".to_owned()), Span::said("Two.".to_owned())],
            Span::said("Detail.".to_owned()),
        );
        assert_eq!(body.plain(), "One. Two. Detail.");
        body.mark(&found(&[(2, 7), (10, 13)]));
        assert_eq!(told(&body), ["On", "[e.]", "[Tw]", "o.", "<Det>", "ail."]);
    }
}
