//! Whole-program stories: the real program in a pseudo-terminal, with its keys and its screen.
//!
//! Nothing sleeps here: a story waits for a text on the screen, with one limit for all.

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
