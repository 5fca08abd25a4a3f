//! What a person can do with the console, seen in a real browser. One program, because linking it is most of
//! what building it takes.

mod access;
mod assets;
mod charset;
mod completion;
mod copying;
mod deceit;
mod deploy;
mod export;
mod failures;
mod folds;
mod foreign;
mod guest;
mod hostile;
mod input;
mod large;
mod leaving;
mod lines;
mod locked;
mod mistyped;
mod openid;
mod pasted;
mod payload;
mod prompt;
mod proxied;
mod resume;
mod saving;
mod screens;
mod search;
mod secrets;
mod sessions;
mod sharing;
mod shell;
mod sign_in;
mod targets;
mod walk;
