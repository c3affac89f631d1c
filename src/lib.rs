//! recado: the messages of an organisation and its contacts, in eight mail-like folders, in a terminal.

pub mod domain;
pub mod store;
