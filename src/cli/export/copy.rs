//! What a signed copy of a form holds: one field for each signature of the original, in the order of
//! the chain, each with its place on the page and its drawing. A function of the record, its form and
//! the school, so that a copy that others began can be written again and compared.

use jiff::Timestamp;

use crate::diag::Words;
use crate::pades::Field;
use crate::pades::draw::Area;
use crate::pades::draw::BLACK;
use crate::pades::draw::BLUE;
use crate::pades::draw::Drawing;
use crate::pades::draw::Mark;
use crate::pades::draw::RED;
use crate::pades::picture::Kind;
use crate::pades::picture::Picture;
use crate::pades::place;
use crate::pades::place::Block;
use crate::pades::place::Page;
use crate::records::Record;
use crate::records::dates;
use crate::records::school::Organisation;
use crate::records::school::School;
use crate::records::school::pictures::PictureEntry;
use crate::repo::Snapshot;
use crate::seal::SEAL;
use crate::seal::Seal;

/// Points in a millimetre.
const MILLIMETRE: f64 = 72.0 / 25.4;

/// The original: a form and those of its signatures that hold.
pub(crate) struct Original<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) school: &'a School,
    pub(crate) record: &'a Record,
    /// In the order of the chain.
    pub(crate) seals: Vec<&'a Seal>,
    pub(crate) pages: Vec<Page>,
}

/// A signature of the original, and what the copy shows of it.
pub(crate) struct Entry {
    /// The step's id.
    pub(crate) step: String,
    /// The step's label.
    pub(crate) label: String,
    /// The signer's id, or [`SEAL`].
    pub(crate) who: String,
    /// The signer's name.
    pub(crate) name: String,
    /// The title in which the person signed.
    title: String,
    /// When the original was signed.
    signed: Timestamp,
    /// The space kept for it; none when the form has no place for it.
    pub(crate) place: Option<(usize, Area)>,
    shown: Shown,
}

#[derive(Clone)]
enum Shown {
    Picture(Picture),
    Words {
        ink: [f32; 3],
    },
    /// At the corner of the first page, where a seal has no signature to stand over.
    Corner,
}

impl Entry {
    /// The name of the field; step and signer are made of letters that a field's name may have.
    pub(crate) fn field_name(&self) -> String {
        format!("{}-{}", self.step, self.who)
    }

    /// The field of a signature made at `at`.
    pub(crate) fn field(&self, organisation: Option<&Organisation>, at: Timestamp) -> Field {
        let reason = match self.title.as_str() {
            "" => self.label.clone(),
            title => format!("{} ({title})", self.label),
        };
        let mark = self.place.map(|(page, area)| Mark {
            page,
            area,
            drawing: self.drawing(at),
        });
        Field {
            name: self.field_name(),
            signer: self.name.clone(),
            reason,
            location: organisation.map(|o| o.dia_danh.clone()).unwrap_or_default(),
            mark,
        }
    }

    fn drawing(&self, at: Timestamp) -> Drawing {
        let name = &self.name;
        let lines = |ink| {
            let signed = format!("Đã ký số: {name}");
            let original = format!("Ký bản gốc: {}", iso(self.signed));
            let copy = format!("Ký bản này: {}", iso(at));
            Drawing::Text {
                lines: vec![signed, original, copy],
                ink,
            }
        };
        match &self.shown {
            Shown::Picture(picture) => Drawing::Picture(picture.clone()),
            Shown::Words { ink } => lines(*ink),
            Shown::Corner => Drawing::Text {
                lines: vec![name.clone(), format!("Thời gian ký: {}", iso(at))],
                ink: BLACK,
            },
        }
    }
}

impl Original<'_> {
    /// Every signature of the original. Of a picture that cannot be used it is told through `say`,
    /// and words stand in its place.
    pub(crate) fn entries(&self, say: &mut dyn FnMut(&Words)) -> Vec<Entry> {
        let mut taken: Vec<Block> = Vec::new();
        let mut entries: Vec<Entry> = Vec::new();
        for seal in &self.seals {
            let (Some(step), Some(who), Some(signed)) = (
                seal.step.and_then(|index| self.record.steps.get(index)),
                seal.signer(),
                seal.examined.signing_time(),
            ) else {
                continue;
            };
            let day = dates::day(signed);
            let mut entry = Entry {
                step: step.step.clone(),
                label: step.label.clone(),
                who: who.to_owned(),
                name: String::new(),
                title: String::new(),
                signed,
                place: None,
                shown: Shown::Words { ink: BLUE },
            };
            if step.seal {
                let organisation = self.school.organisation(day);
                entry.name = organisation.map(|o| o.ten.clone()).unwrap_or_default();
                let picture = self.school.seal_picture(day);
                self.stamp(&mut entry, entries.last(), picture, say);
            } else if let Some(person) = step.people.iter().find(|p| p.id == who) {
                entry.name.clone_from(&person.name);
                entry.title.clone_from(&person.title);
                let authority = person.authority.as_deref().unwrap_or(&person.title);
                let heads = [step.label.as_str(), &person.title, authority];
                let block = place::block(&self.pages, &person.name, &heads, &taken);
                taken.extend(block);
                let entry_of = self.school.signature_picture(who, day);
                let picture = entry_of.and_then(|e| self.picture(e, Kind::Signature, say));
                entry.place = block.map(|block| {
                    let ratio = picture.as_ref().map(Picture::ratio);
                    let area = ratio.map_or(block.space, |ratio| block.space.fit(ratio));
                    (block.page, area)
                });
                if let Some(picture) = picture {
                    entry.shown = Shown::Picture(picture);
                }
            }
            entries.push(entry);
        }
        entries
    }

    /// Finds the place of a seal: over the left third of the signature before it; words stand beside
    /// that; without a signature that is seen, at the corner of the first page.
    fn stamp(
        &self,
        entry: &mut Entry,
        before: Option<&Entry>,
        picture: Option<&PictureEntry>,
        say: &mut dyn FnMut(&Words),
    ) {
        let Some((page, signature)) = before.and_then(|before| before.place) else {
            // Two lines: who, and when.
            let corner = place::corner(&self.pages, 2);
            entry.place = corner.map(|block| (block.page, block.space));
            entry.shown = Shown::Corner;
            return;
        };
        let read = picture.and_then(|e| Some((e.height(), self.picture(e, Kind::Seal, say)?)));
        match read {
            Some((height, picture)) => {
                let height = height * MILLIMETRE;
                let area = place::seal(&self.pages, page, &signature, height, picture.ratio());
                entry.place = Some((page, area));
                entry.shown = Shown::Picture(picture);
            }
            None => {
                entry.place = place::beside(&self.pages, page, &signature).map(|a| (page, a));
                entry.shown = Shown::Words { ink: RED };
            }
        }
    }

    fn picture(
        &self,
        entry: &PictureEntry,
        kind: Kind,
        say: &mut dyn FnMut(&Words),
    ) -> Option<Picture> {
        entry
            .read(self.snapshot, kind)
            .map_err(|words| say(&words))
            .ok()
    }

    /// Whom the form names for its digital steps and who has not signed it, as (label, name).
    pub(crate) fn unsigned(&self) -> Vec<(String, String)> {
        let mut missing = Vec::new();
        for (index, step) in self.record.steps.iter().enumerate() {
            let has = |who: &str| {
                let mut seals = self.seals.iter();
                seals.any(|seal| seal.step == Some(index) && seal.signer() == Some(who))
            };
            if !step.digital {
                continue;
            }
            if step.seal {
                if !has(SEAL) {
                    missing.push((step.label.clone(), SEAL.to_owned()));
                }
                continue;
            }
            let people = step.people.iter().filter(|person| !has(&person.id));
            missing.extend(people.map(|person| (step.label.clone(), person.name.clone())));
        }
        missing
    }
}

/// ISO 8601 with Vietnam's zone, as NĐ 30/2020 asks for.
fn iso(at: Timestamp) -> String {
    let local = dates::VIETNAM.to_datetime(at);
    local.strftime("%Y-%m-%dT%H:%M:%S+07:00").to_string()
}
