//! What a person can do with the console, seen in a real browser.
