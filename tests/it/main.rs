//! The integration tests: one binary, so that it is linked once. A test in `tree` holds the list of its files.

mod contacts;
mod deeds;
mod delivery;
mod files;
mod folders;
mod queries;
mod schedules;
mod search;
mod support;
mod tree;
