//! Reading a file ahead, on a thread of its own: all that can be found out about a record without the workspace.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::input::Opened;
use super::raw::Keep;
use super::record::{Item, Record};
use super::{Format, Options, Source, Stop, android, archive, asterisk, freeswitch, own, sheet, whatsapp};
use crate::domain::fold::fold;

/// A record on its way.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) record: Box<Record>,
    /// About how many bytes it holds.
    pub(super) size: usize,
    /// What makes it the same record again ...
    pub(super) key: i64,
    /// ... and when it is read without a country, when that is something else.
    pub(super) countryless_key: Option<i64>,
    /// The text of a message as searches see it.
    pub(super) folded: String,
}

impl Ready {
    fn new(record: Box<Record>) -> Self {
        let folded = match &*record {
            Record::Message(message) => fold(&message.text),
            Record::Call(_)
            | Record::Schedule(_)
            | Record::Contact(_)
            | Record::Label(_)
            | Record::Group(_) => String::new(),
        };
        let (size, key, countryless_key) =
            (record.size() + folded.len(), record.import_key(), record.countryless_key());
        Self { record, size, key, countryless_key, folded }
    }
}

/// How many batches are read ahead: while a slice of records is put in, the next one is read.
const AHEAD: usize = 24;

/// A batch has so many items ...
const BATCH: usize = 500;

/// ... or so many bytes of texts.
const BATCH_BYTES: usize = 256 << 10;

/// What was read and goes to whoever puts it in.
pub(super) struct Batch {
    items: Vec<Item<Ready>>,
    bytes: usize,
    sender: SyncSender<Vec<Item<Ready>>>,
}

impl Batch {
    /// An empty one, and where it goes when it is full.
    pub(super) fn new() -> (Self, Receiver<Vec<Item<Ready>>>) {
        let (sender, receiver) = sync_channel(AHEAD);
        (Self { items: Vec::new(), bytes: 0, sender }, receiver)
    }

    pub(super) fn add(&mut self, item: Item) -> Result<(), Stop> {
        let item = item.map(Ready::new);
        self.bytes += match &item {
            Item::Found(_, ready) => ready.size,
            Item::Wrong(_, _, Some(raw)) | Item::Header(raw) => raw.text.len(),
            Item::Skipped(..) | Item::Repeated(_) | Item::Wrong(_, _, None) => 0,
        };
        self.items.push(item);
        if self.items.len() < BATCH && self.bytes < BATCH_BYTES { Ok(()) } else { self.send() }
    }

    /// Sends what has gathered. Whoever reads on for nobody is told by the error.
    pub(super) fn send(&mut self) -> Result<(), Stop> {
        self.bytes = 0;
        self.sender.send(std::mem::take(&mut self.items)).map_err(|_| Stop::Cancelled)
    }
}

/// Reads the items of a file in their order.
pub(super) fn read_items(
    source: Source,
    options: &Options,
    keep: Keep,
    told: &mut whatsapp::Told,
    take: &mut dyn FnMut(Item) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let Opened { mut input, format, again, names, .. } = source.0;
    match format {
        Format::SmsBackup => android::messages(&mut input, options, keep, take),
        Format::CallsBackup => android::calls(&mut input, options, keep, take),
        Format::RapidProArchive => archive::messages(&mut input, keep, take),
        Format::RapidProExport => sheet::messages(&again, options, keep, &mut told.is_order_guessed, take),
        Format::Asterisk => asterisk::calls(&mut input, options, keep, take),
        Format::FreeSwitch => freeswitch::calls(&again, options, keep, take),
        Format::Recado => own::records(&mut input, keep, take),
        Format::WhatsApp => whatsapp::messages(&again, &names, options, keep, told, take),
    }
}
