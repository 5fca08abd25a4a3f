//! What is known of the messages of a maildrop, from what the server said on this connection.

/// The highest message number that is kept. What is kept of each takes 24 octets.
pub const MESSAGES_MAX: u32 = 1 << 18;

/// The longest unique-id (RFC 1939 §7). A longer one is not kept.
const UNIQUE_ID_MAX: usize = 70;

/// The most octets of all unique-ids together.
const UNIQUE_IDS_MAX: usize = MESSAGES_MAX as usize * UNIQUE_ID_MAX;

/// The most octets of all subjects together.
const SUBJECTS_MAX: usize = 4 << 20;

/// The longest subject that is kept, in characters.
pub const SUBJECT_MAX: usize = 200;

/// The messages of a maildrop.
#[derive(Debug, Default)]
pub struct Maildrop {
    /// By number, which counts from 1.
    messages: Vec<Kept>,
    /// The unique-ids, one behind the other.
    unique_ids: Vec<u8>,
    /// How many octets the subjects take.
    subjects: usize,
    is_whole: bool,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    /// Its octets, and one more; 0 if they are not known.
    octets: u64,
    unique_id: (u32, u8),
    is_there: bool,
    is_marked: bool,
    subject: Option<Box<str>>,
}

/// What is known of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its number.
    pub number: u32,
    /// Its size.
    pub octets: Option<u64>,
    /// Its unique-id.
    pub unique_id: Option<&'a str>,
    /// Its subject, decoded.
    pub subject: Option<&'a str>,
    /// Whether it is marked for deletion.
    pub is_marked: bool,
}

impl Maildrop {
    /// What is known of the message of that number, if there is one.
    pub fn get(&self, number: u32) -> Option<Message<'_>> {
        let kept = self.messages.get(number.checked_sub(1)? as usize)?;
        let (start, length) = kept.unique_id;
        let unique_id = &self.unique_ids[start as usize..start as usize + usize::from(length)];
        kept.is_there.then(|| Message {
            number,
            octets: kept.octets.checked_sub(1),
            unique_id: std::str::from_utf8(unique_id).ok().filter(|it| !it.is_empty()),
            subject: kept.subject.as_deref(),
            is_marked: kept.is_marked,
        })
    }

    /// The highest number of which something is known; 0 if nothing is.
    pub fn last(&self) -> u32 {
        self.messages.len() as u32
    }

    /// Whether it is known which messages there are.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Messages whose numbers begin with those digits, ascending, those that are marked last, `most` at most.
    /// Takes time in proportion to what it finds, and to how many are marked.
    pub fn beginning_with(&self, digits: &str, most: usize) -> Vec<Message<'_>> {
        let (mut found, mut marked) = (Vec::new(), Vec::new());
        for number in beginnings(digits, self.last()) {
            let Some(message) = self.get(number) else { continue };
            let list = if message.is_marked {
                &mut marked
            } else {
                &mut found
            };
            if list.len() < most {
                list.push(message);
            }
            if found.len() == most {
                break;
            }
        }
        found.append(&mut marked);
        found.truncate(most);
        found
    }

    /// There are so many messages that are not marked.
    pub fn count(&mut self, unmarked: u64) {
        let marked = self.messages.iter().filter(|it| it.is_marked).count() as u64;
        let last = u32::try_from(unmarked.saturating_add(marked)).unwrap_or(u32::MAX);
        for number in 1..=last.min(MESSAGES_MAX) {
            self.keep(number);
        }
        self.complete();
    }

    /// Every message there is was told of.
    pub fn complete(&mut self) {
        self.is_whole = true;
    }

    /// The message has so many octets.
    pub fn measure(&mut self, number: u32, octets: u64) {
        if let Some(kept) = self.keep(number) {
            kept.octets = octets.saturating_add(1);
        }
    }

    /// The message has that unique-id.
    pub fn identify(&mut self, number: u32, unique_id: &[u8]) {
        let (start, length) = (self.unique_ids.len(), unique_id.len());
        let is_known = |it: Message<'_>| it.unique_id.is_some_and(|known| known.as_bytes() == unique_id);
        let fits = length <= UNIQUE_ID_MAX && start + length <= UNIQUE_IDS_MAX;
        if !fits || !unique_id.is_ascii() || self.get(number).is_some_and(is_known) {
            return;
        }
        if let Some(kept) = self.keep(number) {
            kept.unique_id = (start as u32, length as u8);
            self.unique_ids.extend_from_slice(unique_id);
        }
    }

    /// No subject and no unique-id is known any more.
    pub fn forget_texts(&mut self) {
        for kept in &mut self.messages {
            (kept.subject, kept.unique_id) = (None, (0, 0));
        }
        self.unique_ids.fill(0);
        self.unique_ids.clear();
        self.subjects = 0;
    }

    /// The message has that subject.
    pub fn entitle(&mut self, number: u32, subject: &str) {
        let subject: String = subject.chars().take(SUBJECT_MAX).collect();
        let room = SUBJECTS_MAX.saturating_sub(self.subjects);
        if let Some(kept) = self.keep(number)
            && kept.subject.is_none()
            && subject.len() <= room
        {
            kept.subject = Some(subject.into());
            self.subjects += kept.subject.as_deref().map_or(0, str::len);
        }
    }

    /// The message is marked for deletion.
    pub fn mark(&mut self, number: u32) {
        if let Some(kept) = self.keep(number) {
            kept.is_marked = true;
        }
    }

    /// No message is marked any more.
    pub fn unmark(&mut self) {
        for kept in &mut self.messages {
            kept.is_marked = false;
        }
    }

    fn keep(&mut self, number: u32) -> Option<&mut Kept> {
        let at = number.checked_sub(1).filter(|_| number <= MESSAGES_MAX)? as usize;
        if self.messages.len() <= at {
            self.messages.resize_with(at + 1, Kept::default);
        }
        let kept = &mut self.messages[at];
        kept.is_there = true;
        Some(kept)
    }
}

/// The numbers from 1 to `last` whose digits begin with those, ascending.
fn beginnings(digits: &str, last: u32) -> impl Iterator<Item = u32> {
    let typed = digits.parse().unwrap_or(0);
    // A number is written without zeros in front, and what is no number begins none.
    let is_number = typed > 0 && !digits.starts_with(['0', '+']);
    let mut ranges = if digits.is_empty() {
        Some((1, last))
    } else {
        is_number.then_some((typed, typed))
    };
    std::iter::from_fn(move || {
        let (from, to) = ranges.filter(|(from, _)| *from <= last)?;
        ranges = from
            .checked_mul(10)
            .zip(to.checked_mul(10).and_then(|to| to.checked_add(9)));
        if digits.is_empty() {
            ranges = None;
        }
        Some(from..=to.min(last))
    })
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(maildrop: &Maildrop, digits: &str) -> Vec<u32> {
        let found = maildrop.beginning_with(digits, 5);
        found.iter().map(|it| it.number).collect()
    }

    #[test]
    fn messages_are_found_by_their_first_digits_and_marked_ones_come_last() {
        let mut maildrop = Maildrop::default();
        maildrop.count(120);
        assert_eq!(maildrop.last(), 120);
        assert_eq!(numbers(&maildrop, ""), [1, 2, 3, 4, 5]);
        assert_eq!(numbers(&maildrop, "1"), [1, 10, 11, 12, 13]);
        assert_eq!(numbers(&maildrop, "12"), [12, 120]);
        maildrop.mark(12);
        maildrop.mark(1);
        assert_eq!(numbers(&maildrop, "12"), [120, 12]);
        assert_eq!(numbers(&maildrop, ""), [2, 3, 4, 5, 6]);
        for none in ["0", "01", "121", "x", "1x", "+1", "99999999999"] {
            assert_eq!(numbers(&maildrop, none), [0; 0], "{none}");
        }
        maildrop.unmark();
        assert_eq!(numbers(&maildrop, "12"), [12, 120]);
    }

    #[test]
    fn what_is_known_of_a_message_comes_together() {
        let mut maildrop = Maildrop::default();
        maildrop.measure(3, 272);
        maildrop.identify(3, b"abc");
        maildrop.identify(3, b"abc");
        maildrop.entitle(3, "Test");
        assert_eq!(maildrop.get(2), None);
        assert_eq!(maildrop.get(0), None);
        let known = maildrop.get(3).unwrap();
        assert_eq!(
            (known.octets, known.unique_id, known.subject),
            (Some(272), Some("abc"), Some("Test"))
        );
        assert_eq!(maildrop.unique_ids.len(), 3);
        maildrop.measure(4, 0);
        assert_eq!(maildrop.get(4).unwrap().octets, Some(0));
    }

    #[test]
    fn a_maildrop_without_end_is_bounded() {
        let mut maildrop = Maildrop::default();
        maildrop.measure(u32::MAX, 1);
        maildrop.count(u64::MAX);
        assert_eq!(maildrop.last(), MESSAGES_MAX);
        for number in 1..=MESSAGES_MAX {
            maildrop.identify(number, &[b'x'; 71]);
            maildrop.entitle(number, &"s".repeat(1000));
        }
        assert!(maildrop.unique_ids.is_empty() && maildrop.subjects <= SUBJECTS_MAX);
        assert_eq!(numbers(&maildrop, "2621"), [2621, 26210, 26211, 26212, 26213]);
    }

    #[test]
    fn what_is_kept_of_a_message_is_small() {
        // Twice as much as in the browser, whose pointers are half as long.
        assert!(size_of::<Kept>() <= 40, "{}", size_of::<Kept>());
    }
}
