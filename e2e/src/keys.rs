//! Keys, as WebDriver writes them (Keyboard Actions): one that stays down, such as Control, is let go of by the last character.

/// Enter.
pub const ENTER: &str = "\u{e007}";

/// Escape.
pub const ESCAPE: &str = "\u{e00c}";

/// Tab.
pub const TAB: &str = "\u{e004}";

/// The arrow up.
pub const UP: &str = "\u{e013}";

/// The arrow down.
pub const DOWN: &str = "\u{e015}";

/// The arrow to the right.
pub const RIGHT: &str = "\u{e014}";

/// Home.
pub const HOME: &str = "\u{e011}";

/// End.
pub const END: &str = "\u{e010}";

/// Page down.
pub const PAGE_DOWN: &str = "\u{e00f}";

/// F3.
pub const F3: &str = "\u{e033}";

/// Shift and Enter.
pub const SHIFT_ENTER: &str = "\u{e008}\u{e007}\u{e000}";

/// Control and A.
pub const CONTROL_A: &str = "\u{e009}a\u{e000}";

/// Control and C.
pub const CONTROL_C: &str = "\u{e009}c\u{e000}";

/// Control and F.
pub const CONTROL_F: &str = "\u{e009}f\u{e000}";

/// Control and I.
pub const CONTROL_I: &str = "\u{e009}i\u{e000}";

/// Control and R.
pub const CONTROL_R: &str = "\u{e009}r\u{e000}";

/// Delete.
pub const DELETE: &str = "\u{e017}";
