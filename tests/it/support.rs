//! What the tests share: a workspace in a temporary folder, and messages to put in it.

use std::ops::ControlFlow;
use std::path::PathBuf;

use chrono::{Duration, TimeZone, Utc};
use chrono_tz::Tz;
use recado::domain::channel::Gateway;
use recado::domain::contact::Urn;
use recado::domain::deed::Deed;
use recado::domain::listing::{At, Order, Page, Place, Row, View};
use recado::domain::message::{
    Attachment, Cause, Direction, Kind, Standing, Status, StatusChange, Visibility,
};
use recado::domain::query::Query;
use recado::domain::{ChannelId, MessageId, Time};
use recado::store::{Access, Done, NewChannel, NewMessage, Settings, Store, Target, Text};
use tempfile::TempDir;
use uuid::Uuid;

/// A workspace that goes away with the test.
pub struct Workspace {
    pub folder: TempDir,
    pub store: Store,
}

pub const ZONE: Tz = chrono_tz::America::Bogota;

pub fn settings() -> Settings {
    Settings { uuid: Uuid::from_u128(1), country: None, zone: ZONE }
}

/// The moment at which all tests begin.
pub fn noon() -> Time {
    Utc.with_ymd_and_hms(2026, 3, 2, 17, 0, 0).unwrap()
}

pub fn minutes(n: i64) -> Time {
    noon() + Duration::minutes(n)
}

impl Workspace {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::create(&folder.path().join("w.db"), settings()).unwrap();
        Self { folder, store }
    }

    pub fn path(&self) -> PathBuf {
        self.store.path().to_owned()
    }

    pub fn another(&self) -> Store {
        Store::open(&self.path(), Access::Write).unwrap()
    }

    pub fn add_channel(
        &mut self,
        name: &str,
        kind: Gateway,
        settings: &[(&str, &str)],
        rate: Option<u32>,
    ) -> ChannelId {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let new = NewChannel { uuid: fresh(name), name, gateway: kind, settings: &settings.collect(), rate };
        self.store.write(|tx| tx.insert_channel(&new)).unwrap()
    }

    pub fn put(&mut self, message: Put) -> MessageId {
        self.put_all(vec![message])[0]
    }

    pub fn put_all(&mut self, messages: Vec<Put>) -> Vec<MessageId> {
        self.store.write(|tx| messages.iter().map(|message| message.put(tx)).collect()).unwrap()
    }

    pub fn act(&mut self, deed: Deed, ids: &[MessageId]) -> Done {
        self.store.act(deed, &Target::Ids(ids.to_vec()), minutes(60), |_| ControlFlow::Continue(())).unwrap()
    }

    pub fn rows(&self, view: &View) -> Vec<Row> {
        self.page(view, At::First, 10_000).rows
    }

    pub fn page(&self, view: &View, at: At, limit: usize) -> Page<Row> {
        self.store.page(view, at, limit, Text::Whole).unwrap()
    }

    pub fn ids(&self, view: &View) -> Vec<i64> {
        self.rows(view).iter().map(|row| row.cursor().id).collect()
    }

    /// Counts, indexes and history agree with the messages.
    pub fn is_sound(&self) {
        assert_eq!(self.store.examine().unwrap().findings, vec![]);
    }
}

/// A message to put in, with what matters to a test said and the rest plain.
#[derive(Debug, Clone)]
pub struct Put {
    pub urn: String,
    pub name: String,
    pub text: String,
    pub status: Status,
    pub visibility: Visibility,
    pub unread: bool,
    pub flow: Option<String>,
    pub channel: Option<String>,
    pub created_on: Time,
    pub sent_on: Option<Time>,
    pub attachments: Vec<Attachment>,
    pub labels: Vec<String>,
}

impl Put {
    pub fn incoming(text: &str, minute: i64) -> Self {
        Self {
            urn: "tel:+573001112233".to_owned(),
            name: "Ana".to_owned(),
            text: text.to_owned(),
            status: Status::Handled,
            visibility: Visibility::Visible,
            unread: true,
            flow: None,
            channel: None,
            created_on: minutes(minute),
            sent_on: None,
            attachments: Vec::new(),
            labels: Vec::new(),
        }
    }

    pub fn outgoing(text: &str, status: Status, minute: i64) -> Self {
        Self { status, unread: false, ..Self::incoming(text, minute) }
    }

    pub fn from(self, urn: &str, name: &str) -> Self {
        Self { urn: urn.to_owned(), name: name.to_owned(), ..self }
    }

    pub fn label(mut self, label: &str) -> Self {
        self.labels.push(label.to_owned());
        self
    }

    pub fn put(&self, tx: &mut recado::store::Tx<'_>) -> recado::store::Result<MessageId> {
        let urn = Urn::parse(&self.urn, None).unwrap();
        let (contact, urn) = tx.contact_with_urn(&urn, &self.name, self.created_on, || fresh(&self.urn))?;
        let flow = self.flow.as_ref().map(|name| tx.flow(fresh(name), name)).transpose()?;
        let channel = self.channel.as_ref().map(|name| tx.channel(fresh(name), name)).transpose()?;
        let standing = Standing {
            direction: self.status.direction(),
            status: self.status,
            visibility: self.visibility,
            in_flow: flow.is_some(),
            unread: self.unread && self.status.direction() == Direction::In,
        };
        let step = StatusChange {
            at: self.created_on,
            status: self.status,
            cause: Cause::Imported,
            detail: String::new(),
        };
        let id = tx.insert_message(&NewMessage {
            uuid: fresh(&self.text),
            contact,
            urn: Some(urn),
            channel,
            flow,
            kind: Kind::Text,
            standing,
            failed_reason: None,
            error_count: 0,
            next_attempt: None,
            created_on: self.created_on,
            sent_on: self.sent_on,
            modified_on: None,
            remote_id: None,
            external_id: "",
            import_key: None,
            text: &self.text,
            folded: None,
            attachments: &self.attachments,
            history: &[step],
        })?;
        for name in &self.labels {
            let label = tx.label(name, || fresh(name))?;
            tx.put_label(id, label)?;
        }
        Ok(id)
    }
}

/// A key made from a name.
pub fn fresh(name: &str) -> Uuid {
    Uuid::from_u64_pair(xxhash_rust::xxh3::xxh3_64(name.as_bytes()), 7)
}

pub fn search(place: Place, text: &str) -> View {
    let today = noon().with_timezone(&ZONE).date_naive();
    View { place, query: Query::parse(text, today).unwrap(), order: Order::NewestFirst }
}
