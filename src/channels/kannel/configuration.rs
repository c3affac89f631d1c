//! A configuration with which Kannel serves a channel: who sends, where what comes in is handed over, and a phone network
//! on this machine to try it with.

use std::path::Path;

use super::{Kannel, wrong};
use crate::channels::BadSettings;
use crate::channels::http::checked_url;

const TEMPLATE: &str = include_str!("../../../assets/kannel/kannel.conf");

/// The number of the channel unless it has one.
const USUAL_ADDRESS: &str = "2020";

impl Kannel {
    /// The configuration, which holds secrets; Kannel keeps what it has not sent beside the file.
    pub fn configuration(&self, file: &Path) -> Result<String, BadSettings> {
        let quoted = |name: &str, value: &str| {
            if value.contains(|c: char| c.is_control() || c == '"' || c == '\\') {
                return Err(wrong(name, "Kannel's configuration cannot hold \" and \\"));
            }
            Ok(value.to_owned())
        };
        let setting = |name| quoted(name, self.values.get(name).unwrap_or_default());
        let url = checked_url(self.values.get("send_url").unwrap_or_default())
            .map_err(|problem| wrong("send_url", &problem))?;
        let token = self.values.get("token").map(|token| format!("token={token}&")).unwrap_or_default();
        let receive = format!("{}/c/kn/{}/receive?{token}", self.callback_url, self.uuid);
        let address = self.values.get("address").unwrap_or(USUAL_ADDRESS);
        let values = [
            ("@FILE@", quoted("file", &file.display().to_string())?),
            ("@SENDSMS@", url.port_u16().unwrap_or(80).to_string()),
            ("@USERNAME@", setting("username")?),
            ("@PASSWORD@", setting("password")?),
            ("@ADDRESS@", address.to_owned()),
            ("@RECEIVE@", receive),
        ];
        Ok(filled(&values))
    }
}

/// Puts the values in, in one pass: a value may look like a name.
fn filled(values: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(TEMPLATE.len());
    let mut rest = TEMPLATE;
    while let Some(at) = rest.find('@') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let value = values.iter().find(|(name, _)| from.starts_with(name));
        let (name, value) = value.map_or(("@", "@"), |(name, value)| (*name, value.as_str()));
        text.push_str(value);
        rest = from.get(name.len()..).unwrap_or_default();
    }
    text + rest
}
