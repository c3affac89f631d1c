//! Taking what a reader gives: it is counted, put into the workspace a slice at a time, or only shown.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::ahead::{Batch, Ready, read_items};
use super::beside::Files;
use super::earlier::{Conversation, Earlier, Said};
use super::input::Trouble;
use super::put::{Contacts, Putter};
use super::raw::{Keep, Raw};
use super::record::{Item, Problem, Record};
use super::{
    Each, Format, ImportError, Options, Reject, Rejected, Source, Stop, Summary, Watch, ZipProblem, whatsapp,
};
use crate::clock::{Clock, Dice};
use crate::domain::ContactId;
use crate::domain::contact::Urn;
use crate::store::{Same, Store, WantedMedia};

/// Records are put in when so many have gathered. A slice of this size holds the workspace for less than two tenths of a
/// second; each of twice as many writes the same pages of the indexes again, at a tenth more time in all.
const SLICE: usize = 10_000;

/// ... or when their texts have so many bytes.
const SLICE_BYTES: usize = 8 << 20;

/// Takes what a reader gives, and puts it in.
pub(super) struct Taker<'a> {
    store: &'a mut Store,
    /// The workspace that is only asked, of a rehearsal.
    pub(super) existing: Option<&'a Store>,
    /// What is done with each record that would come in.
    pub(super) each: Option<Each<'a>>,
    /// What is done with each record that is wrong.
    pub(super) reject: Option<Reject<'a>>,
    /// What lies beside the file in a zip file, for messages that are put in.
    files: Option<Files>,
    /// Whether somebody stopped it while files were brought in.
    is_cut: bool,
    /// The header of the table, and whether it was handed over.
    header: Option<(Raw, bool)>,
    options: &'a Options,
    clock: Clock,
    dice: &'a mut Dice,
    watch: &'a Watch,
    summary: Summary,
    waiting: Vec<(u64, Ready)>,
    waiting_bytes: usize,
    contacts: Contacts,
    /// What came in at the moments of the last ones.
    earlier: Earlier<ContactId>,
    existing_earlier: Earlier<Said>,
    last_src: u64,
}

impl<'a> Taker<'a> {
    pub(super) fn new(
        store: &'a mut Store,
        options: &'a Options,
        clock: Clock,
        dice: &'a mut Dice,
        watch: &'a Watch,
    ) -> Self {
        Self {
            store,
            existing: None,
            each: None,
            reject: None,
            files: None,
            is_cut: false,
            header: None,
            options,
            clock,
            dice,
            watch,
            summary: Summary::default(),
            waiting: Vec::new(),
            waiting_bytes: 0,
            contacts: Contacts::default(),
            earlier: Earlier::default(),
            existing_earlier: Earlier::default(),
            last_src: 0,
        }
    }

    /// Reads a file to its end, and makes the workspace ready for everyday work again.
    pub(super) fn run(mut self, source: Source) -> Result<Summary, ImportError> {
        self.store.expect_much(true)?;
        let read = self.read(source);
        self.store.expect_much(false)?;
        read.map(|()| self.summary)
    }

    fn read(&mut self, source: Source) -> Result<(), ImportError> {
        let (format, is_certain) = (source.0.format, source.0.is_certain);
        self.summary.format = Some(format);
        self.summary.encoding = source.0.encoding.name();
        let mut options = Cow::Borrowed(self.options);
        if format == Format::WhatsApp {
            options.to_mut().ours.extend(self.existing.unwrap_or(self.store).own_names()?);
        }
        let options = &*options;
        if self.each.is_none() && format == Format::WhatsApp {
            self.files = source.0.again.files()?;
        }
        let keep = if self.reject.is_some() { Keep::Raw } else { Keep::Nothing };
        // The file is read ahead while what was read is put in.
        let (ended, told) = std::thread::scope(|scope| {
            let (mut batch, receiver) = Batch::new();
            let reading = scope.spawn(move || {
                let mut told = whatsapp::Told::default();
                let ended = read_items(source, options, keep, &mut told, &mut |item| batch.add(item));
                // What came before an error comes in.
                (batch.send().and(ended), told)
            });
            let taken = receiver.iter().flatten().try_for_each(|item| self.take(item));
            // Whoever reads on for nobody is told by this.
            drop(receiver);
            let (ended, told) = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (taken.and(ended), told)
        });
        // What came before the end stays, however it ends.
        if !matches!(ended, Err(Stop::Failed(ImportError::Store(_)))) {
            self.put_waiting()?;
        }
        let ended = if self.is_cut { Err(Stop::Cancelled) } else { ended };
        self.summary.is_order_guessed = told.is_order_guessed;
        if let Some(me) = told.me {
            self.store.add_own_name(&me)?;
            self.summary.me = Some(me);
        }
        let error = match ended {
            Ok(()) => None,
            Err(Stop::Cancelled) => Some(std::io::Error::other(Trouble::Cancelled)),
            Err(Stop::Failed(ImportError::Io(error))) => Some(error),
            Err(Stop::Failed(error)) => return Err(error),
        };
        if let Some(Trouble::Cancelled) = error.as_ref().and_then(Trouble::of) {
            self.summary.cancelled_at = Some(self.last_src);
            return Ok(());
        }
        if !is_certain && !self.has_met_a_record() {
            return Err(ImportError::OtherFormat(format));
        }
        let Some(error) = error else { return Ok(()) };
        let problem = match (Trouble::of(&error), error.kind()) {
            (Some(Trouble::Checksum), _) => Problem::BadChecksum,
            (Some(Trouble::Trailing), _) => Problem::TrailingBytes,
            (Some(Trouble::Unfolds), _) => return Err(ZipProblem::Bomb.into()),
            (_, ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput) => {
                // A torn file's last record is one that was seen.
                self.summary.seen += 1;
                Problem::Truncated
            }
            _ => return Err(error.into()),
        };
        self.summary.error(self.last_src + 1, problem);
        self.reject(Rejected { src: self.last_src + 1, problem: Some(problem), record: None })
    }

    fn reject(&mut self, rejected: Rejected) -> Result<(), ImportError> {
        let Some(reject) = &mut self.reject else { return Ok(()) };
        // The header of a table serves whoever wants to import its rows again.
        let mut header = None;
        if let Some((raw, is_given)) = &mut self.header
            && rejected.record.is_some()
            && !std::mem::replace(is_given, true)
        {
            header = Some(Rejected { src: 0, problem: None, record: Some(raw.clone()) });
        }
        header.into_iter().chain([rejected]).try_for_each(reject).map_err(ImportError::Rejected)
    }

    /// Whether anything of the file was what its format's records look like.
    fn has_met_a_record(&self) -> bool {
        let summary = &self.summary;
        let foreign = |problem: &Problem| {
            // Our own records all say what they are.
            let is_unknown = *problem == Problem::UnknownType && summary.format == Some(Format::Recado);
            is_unknown
                || matches!(
                    problem,
                    Problem::BadJson | Problem::NotAnObject | Problem::BadRecord | Problem::BadRow
                )
        };
        let errors = summary.errors.len() as u64 + summary.more_errors;
        summary.seen > errors || !summary.errors.iter().all(|(_, problem)| foreign(problem))
    }

    fn take(&mut self, item: Item<Ready>) -> Result<(), Stop> {
        if self.watch.cancel.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        let is_counted = match &item {
            Item::Found(_, ready) => ready.record.is_counted(),
            Item::Header(_) => false,
            Item::Skipped(..) | Item::Repeated(_) | Item::Wrong(..) => true,
        };
        if item.src() != self.last_src && is_counted {
            self.last_src = item.src();
            self.summary.seen += 1;
            self.watch.records.fetch_add(1, Ordering::Relaxed);
        }
        match item {
            Item::Skipped(_, reason) => *self.summary.skipped.entry(reason).or_default() += 1,
            Item::Repeated(_) => self.summary.duplicates += 1,
            Item::Wrong(src, problem, record) => {
                self.summary.error(src, problem);
                self.reject(Rejected { src, problem: Some(problem), record })?;
            }
            // The sheets of a workbook have the same one.
            Item::Header(header) if self.header.as_ref().is_some_and(|(there, _)| *there == header) => {}
            Item::Header(header) => self.header = Some((header, false)),
            Item::Found(src, ready) => {
                self.summary.countryless +=
                    u64::from(self.options.country.is_none() && ready.record.has_local_number());
                self.waiting_bytes += ready.size;
                self.waiting.push((src, ready));
                if self.waiting.len() >= SLICE || self.waiting_bytes >= SLICE_BYTES {
                    self.put_waiting()?;
                }
            }
        }
        Ok(())
    }

    fn put_waiting(&mut self) -> Result<(), ImportError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        if let Some(existing) = self.existing {
            self.existing_earlier.at_version(existing.data_version()?);
        }
        let (contacts, earlier) = (&mut self.contacts, &mut self.earlier);
        let (dice, clock, read) = (&mut *self.dice, self.clock, self.options.read);
        let (files, mut wanted) = (self.files.as_ref(), Vec::new());
        let put = self.store.write(|tx| {
            earlier.at_version(tx.data_version()?);
            let mut putter = Putter { tx, contacts, earlier, files, wanted: &mut wanted, dice, clock, read };
            waiting.iter().map(|(_, one)| putter.put(one)).collect::<Result<Vec<bool>, _>>()
        })?;
        for ((src, one), new) in waiting.iter().zip(put).filter(|((_, one), _)| one.record.is_counted()) {
            if !new || self.is_there_already(one)? {
                self.summary.duplicates += 1;
                continue;
            }
            self.summary.imported += 1;
            if let Some(each) = &mut self.each {
                each(*src, &one.record)?;
            }
        }
        self.bring_files(&wanted)?;
        // Another writer, such as a person's key press, gets its turn.
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    }

    /// Brings in the files of messages that are in the workspace now: one that is not brought then is the next time. What
    /// cannot be read in its zip file is told where its message is shown, and where none can be kept the messages come all the
    /// same.
    fn bring_files(&mut self, wanted: &[WantedMedia]) -> Result<(), ImportError> {
        let folder = self.store.media_folder();
        for wanted in wanted {
            let Some(files) = &mut self.files else { break };
            if !self.store.is_media_missing(wanted)? {
                continue;
            }
            let flaw = match files.bring(wanted, &folder, self.watch) {
                Ok(flaw) => flaw,
                Err(error) if matches!(Trouble::of(&error), Some(Trouble::Cancelled)) => {
                    self.is_cut = true;
                    break;
                }
                Err(error) => {
                    self.summary.unkept_files = Some(Arc::new(error));
                    self.files = None;
                    break;
                }
            };
            let now = self.clock.now();
            self.store.write(|tx| match flaw {
                None => tx.media_fetched(wanted, now),
                Some(flaw) => tx.media_failed(wanted, false, flaw.code()),
            })?;
            let count = if flaw.is_none() { &mut self.summary.files } else { &mut self.summary.unread_files };
            *count += 1;
        }
        Ok(())
    }

    fn is_there_already(&mut self, one: &Ready) -> Result<bool, ImportError> {
        let Some(existing) = self.existing else { return Ok(false) };
        let record = &*one.record;
        if let Record::Schedule(schedule) = record {
            return Ok(existing.has_schedule(schedule.uuid)?);
        }
        let earlier = &mut self.existing_earlier;
        let mut has = |urn: Option<&Urn>, key| {
            let whose = (urn.map(Urn::identity), record.contact_uuid());
            let conversation = Conversation { calls: matches!(record, Record::Call(_)), whose };
            earlier.has(existing, &conversation, Same { at: record.time(), key, uuid: record.own_uuid() })
        };
        if has(record.urn(), one.key)? {
            return Ok(true);
        }
        let Some(key) = one.countryless_key else { return Ok(false) };
        Ok(has(record.urn(), key)? || has(record.countryless(), key)?)
    }
}
