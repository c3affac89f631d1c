//! Sample workspaces: a small shop whose conversations make sense, and any number of messages for measuring.

mod generate;
mod life;
mod shop;

pub use generate::{LATEST, ZONE, generate};
pub use shop::open_shop;

/// The languages in which samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// English.
    En,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
}

/// A text in the three languages.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    en: String,
    es: String,
    pt: String,
}

impl Said {
    fn in_tongue(&self, tongue: Tongue) -> &str {
        match tongue {
            Tongue::En => &self.en,
            Tongue::Es => &self.es,
            Tongue::Pt => &self.pt,
        }
    }
}

/// Why a sample could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The workspace refused.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The sample's own script is wrong; a test reads it.
    #[error("the sample's script: {0}")]
    Script(String),
}
