//! How fast the console is, beside plain TCP, the least that a relay can be, and others of its kind.
//!
//! Every measurement starts its own mail server and its own relay, each a process pinned to a core, and is taken
//! in rounds: in each round every relay has its turn, in an order drawn by chance. What is told is the median of
//! the rounds, and the ratio to the bare relay of the same run, since absolute times drift with the machine.
//! Everything listens on loopback ports that the system chose and ends with the bench.

mod account;
mod aim;
mod client;
mod cores;
mod effort;
mod figure;
mod interrupt;
mod machine;
mod measure;
mod message;
mod page;
mod peers;
mod process;
mod quiet;
mod relay;
mod report;
mod results;
mod round;
mod scratch;
mod setting;
mod stage;
mod statistics;
mod table;

pub mod mail;
pub mod run;
