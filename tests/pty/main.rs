//! Whole-program stories: the real program in a pseudo-terminal, with its keys and its screen.
//!
//! Nothing sleeps here: a story waits for a text on the screen, with one limit for all.

mod crash;
mod recado;
mod stories;
