//! What is said in the place of what somebody is not shown: the same in the page and in an export.

use crate::access::{Keep, Sight};
use crate::figures::{counted, octets};

/// What a stretch says of which nothing is shown: `12 lines, 4,310 octets withheld`. It is read by somebody of that
/// sight, in a session of which so much is kept.
pub fn told(lines: u64, count: u64, sight: Sight, keep: Keep) -> String {
    let (octets, fate) = (octets(count), fate(sight, keep));
    match lines {
        // The line is still coming in, or has ended in another piece.
        0 => format!("{octets} {fate}"),
        lines => format!("{}, {octets} {fate}", counted(lines, "line")),
    }
}

/// What bullets stand for in a line of the client's, and in a server's of which everything is shown.
pub const STRUCK: &str = "a secret stood here";

/// What bullets stand for in a server's line: nothing tells a secret from what the reader is not shown, which is called
/// `unseen`, or from what is not kept.
pub fn struck_title(sight: Sight, keep: Keep, unseen: &str) -> String {
    match (sight, keep) {
        (Sight::Everything, Keep::Everything | Keep::Nothing) => STRUCK.to_owned(),
        (Sight::Everything, Keep::NoContent) => {
            format!("{}: a secret, or the content of a message", fate(sight, keep))
        }
        (Sight::Headers | Sight::Commands, _) => format!("{}: a secret, or {unseen}", fate(sight, keep)),
    }
}

/// What became of it: whoever may see everything lacks only what was hidden or not kept.
fn fate(sight: Sight, keep: Keep) -> &'static str {
    match (sight, keep) {
        (Sight::Everything, Keep::NoContent) => "not kept",
        _ => "withheld",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_says_how_much_it_is_and_whether_anybody_has_it() {
        let (all, some) = (Sight::Everything, Sight::Headers);
        assert_eq!(
            told(12, 4310, some, Keep::Everything),
            "12 lines, 4,310 octets withheld"
        );
        assert_eq!(told(1, 1, some, Keep::NoContent), "1 line, 1 octet withheld");
        assert_eq!(told(0, 5, all, Keep::Everything), "5 octets withheld");
        assert_eq!(
            told(1000, 2, all, Keep::NoContent),
            "1,000 lines, 2 octets not kept"
        );
    }

    #[test]
    fn bullets_are_a_secret_only_where_they_can_be_nothing_else() {
        let title = |sight, keep| struck_title(sight, keep, "what is not shown");
        assert_eq!(title(Sight::Everything, Keep::Everything), STRUCK);
        assert_eq!(title(Sight::Everything, Keep::Nothing), STRUCK);
        assert_eq!(
            title(Sight::Everything, Keep::NoContent),
            "not kept: a secret, or the content of a message"
        );
        for keep in Keep::ALL {
            assert_eq!(
                title(Sight::Commands, keep),
                "withheld: a secret, or what is not shown"
            );
        }
    }
}
