//! Whole-program stories: the real program in a pseudo-terminal, with its keys and its screen.
//!
//! A story waits for a text on the screen, with one limit for all, and does not sleep. What another program does without
//! telling is asked for again and again; only the ports of Kannel's story, which say no in no time, after a short sleep.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]
#![allow(clippy::needless_pass_by_value, reason = "tests hand things over")]

mod counted;
mod crash;
mod kannel;
mod recado;
mod sending;
mod stories;
mod terminals;
mod writing;
