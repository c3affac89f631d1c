//! recado: the messages of an organisation and its contacts, in eight mail-like folders, in a terminal.
//!
//! A pure core decides and workers act. What a person does becomes a row in one SQLite file first; the thread that draws
//! never touches a disk. The same domain and store serve the screen and the command line.
//!
//! | module | what it is for | of ours it knows |
//! |---|---|---|
//! | `main` | arguments, log, clock, then a command or the screen | everything |
//! | [`domain`] | the rules: folders, statuses, deeds, schedules, the search language | nothing |
//! | [`store`] | keeps and finds, in SQLite; decides nothing | domain |
//! | [`channels`] | gateways: what goes over the wire and comes back, a file per kind | domain |
//! | [`engine`] | fires schedules, sends what is queued, records what came of it | domain, store, channels, clock |
//! | [`serve`] | the HTTP listener that gateways call | domain, store, channels, engine, clock |
//! | [`import`] | files of other programs, as a stream of records | domain, store, clock |
//! | [`export`] | what leaves: tables, and recado's own lines | domain, store, json |
//! | `json` | the shapes that scripts rely on | domain |
//! | [`demo`] | sample workspaces | domain, store, clock |
//! | [`config`], [`clock`], [`i18n`] | choices; the present moment and chance; texts | nothing |
//! | [`words`] | what the program says about domain and store, in the reader's language | domain, store, import, i18n |
//! | [`cli`] | the commands | all but the screen |
//! | [`tui`] | the screen; only its `worker` knows the store | domain, config, i18n, clock, words |
//!
//! On the screen a key becomes an action ([`tui::keymap`]), an action becomes effects ([`tui::update`]), a worker runs
//! them against the store and answers with events ([`tui::worker`]), and the model is drawn ([`tui::view`]). The two
//! lists worth reading first are in [`tui::event`]. A test (`tests/it/tree.rs`) holds the table above to the code.

pub mod channels;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod export;
pub mod i18n;
pub mod import;
mod json;
pub mod serve;
pub mod store;
pub mod tui;
pub mod words;
