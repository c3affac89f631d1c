//! recado: the messages of an organisation and its contacts, in eight mail-like folders, in a terminal.

pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod i18n;
pub mod import;
pub mod store;
pub mod tui;
pub mod words;
