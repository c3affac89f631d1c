//! The integration tests: one binary, so that it is linked once. A test in `tree` holds the list of its files.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]
#![allow(clippy::needless_pass_by_value, reason = "tests hand things over")]

mod app;
mod asking;
mod bubbles;
mod channel;
mod channel_commands;
mod cli;
mod clocks;
mod completing;
mod compose;
mod contacts;
mod deeds;
mod delivery;
mod editor;
mod engine;
mod exports;
mod expressions;
mod external;
mod fates;
mod faults;
mod figures;
mod files;
mod finding;
mod folders;
mod gateway;
mod guards;
mod http;
mod imports;
mod kannel;
mod listener;
mod looking;
mod media;
mod moments;
mod parts;
mod plans;
mod pointing;
mod queries;
mod reports;
mod schedules;
mod screen;
mod scripted;
mod search;
mod settings;
mod simulated;
mod sms_channel;
mod support;
mod telegram;
mod tree;
mod twilio;
mod views;
mod whatsapp;
mod whatsapp_chats;
mod writing;
