//! What holds a chain of archives together: each is held against the one before.

use crate::archive::chain::Entry;
use crate::archive::chain::INFO;
use crate::archive::chain::Link;
use crate::archive::chain::NEW;
use crate::archive::chain::SEALED;
use crate::archive::chain::Seal;
use crate::archive::chain::TAGS;
use crate::archive::chain::info::Previous;
use crate::archive::chain::lost;
use crate::archive::chain::spelled;
use crate::diag::Code;
use crate::diag::Finding;
use crate::diag::Place;
use crate::diag::Words;
use crate::digest::Sha256;
use crate::records::dates;
use crate::sign::Answer;

/// Everything that does not hold between the archives of a chain, oldest first.
pub fn faults(links: &[Link]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut before: Option<&Link> = None;
    for link in links {
        let entry = &link.entry;
        // A gap breaks every link across it, which need not be said as well.
        let expected = before.map_or(1, |link| link.entry.number.saturating_add(1));
        findings.extend((expected..entry.number).take(MAX_GAPS).map(gap));
        if expected == entry.number {
            findings.extend(previous(entry, before));
        }
        findings.extend(own(entry));
        if let Some(before) = before {
            findings.extend(order(before, link));
        }
        before = Some(link);
    }
    findings
}

/// Most missing archives that are named one by one.
const MAX_GAPS: usize = 20;

fn gap(number: u32) -> Finding {
    let name = spelled(number);
    lost(
        Place::raw(format!("{}/{name}", super::FOLDER)),
        Words::new(
            format!("chuỗi kho lưu trữ thiếu kho số {number}"),
            format!("archive {number} of the chain is missing"),
        ),
    )
}

/// Whether an archive names the one before as it is.
fn previous(entry: &Entry, before: Option<&Link>) -> Option<Finding> {
    let expected = before.map_or(Previous::None, |link| Previous::Named(link.entry.digest));
    let named = entry.info.previous;
    if named == expected {
        return None;
    }
    let words = match (named, before) {
        (Previous::None, Some(link)) => Words::new(
            format!(
                "kho số {} không nêu kho số {} đứng trước",
                entry.number, link.entry.number
            ),
            format!(
                "archive {} does not name archive {} before it",
                entry.number, link.entry.number
            ),
        ),
        (_, None) => Words::new(
            format!(
                "kho số {} nêu một kho đứng trước mà chuỗi không có",
                entry.number
            ),
            format!(
                "archive {} names one before it that the chain does not have",
                entry.number
            ),
        ),
        (_, Some(link)) => Words::new(
            format!(
                "kho số {} nêu một kho số {} khác: SHA-256 không khớp",
                entry.number, link.entry.number
            ),
            format!(
                "archive {} names another archive {}: the SHA-256 differs",
                entry.number, link.entry.number
            ),
        ),
    };
    Some(broken(entry.place(INFO), words))
}

/// Whether the parts of an entry belong together.
fn own(entry: &Entry) -> Vec<Finding> {
    let mut findings = Vec::new();
    if entry.info.sequence != Some(entry.number) {
        let said = entry
            .info
            .sequence
            .map_or("—".to_owned(), |n| n.to_string());
        findings.push(broken(
            entry.place(INFO),
            Words::new(
                format!(
                    "bag-info.txt ghi là kho số {said}, chỗ của nó là số {}",
                    entry.number
                ),
                format!(
                    "bag-info.txt says archive {said}, its place is number {}",
                    entry.number
                ),
            ),
        ));
    }
    let tags = String::from_utf8_lossy(&entry.tags);
    for (name, bytes) in [(INFO, &entry.info_bytes), (NEW, &entry.new)] {
        if digest_of(&tags, name) != Some(Sha256::of(bytes)) {
            findings.push(broken(
                entry.place(name),
                Words::new(
                    format!(
                        "{name} không phải tệp mà {TAGS} của kho số {} ghi",
                        entry.number
                    ),
                    format!(
                        "{name} is not the file that {TAGS} of archive {} lists",
                        entry.number
                    ),
                ),
            ));
        }
    }
    findings
}

/// The digest that a manifest gives for a file of the bag's top folder.
fn digest_of(manifest: &str, name: &str) -> Option<Sha256> {
    let mut lines = manifest.lines().filter_map(|line| {
        let (digest, file) = line.split_once(char::is_whitespace)?;
        (file.trim_start().trim_start_matches('*') == name).then(|| Sha256::parse(digest))
    });
    let first = lines.next()?;
    // A file that is listed twice is listed as nothing.
    first.filter(|_| lines.next().is_none())
}

/// Whether time goes on from one archive to the next.
fn order(before: &Link, link: &Link) -> Option<Finding> {
    let time = |link: &Link| link.seal.as_ref().and_then(|s| s.examined.signing_time());
    let earlier_day = before.entry.info.date > link.entry.info.date;
    let earlier_seal = time(link).is_some_and(|own| time(before) > Some(own));
    let (number, previous) = (link.entry.number, before.entry.number);
    if earlier_seal {
        return Some(broken(
            link.entry.place(SEALED),
            Words::new(
                format!("kho số {number} niêm phong trước kho số {previous}"),
                format!("archive {number} was sealed before archive {previous}"),
            ),
        ));
    }
    earlier_day.then(|| {
        broken(
            link.entry.place(INFO),
            Words::new(
                format!("kho số {number} mang ngày sớm hơn kho số {previous}"),
                format!("archive {number} has an earlier date than archive {previous}"),
            ),
        )
    })
}

fn broken(place: Place, message: Words) -> Finding {
    Finding::new(Code::ArchiveChainBroken, place, message).help(Words::new(
        "so với kho lưu trữ cũ còn giữ ở nơi khác: `hoso verify KHO --earlier KHO-CŨ`",
        "compare with an older archive kept elsewhere: `hoso verify ARCHIVE --earlier OLD`",
    ))
}

/// What is wrong with a seal.
pub fn seal_faults(entry: &Entry, seal: &Seal) -> Option<Finding> {
    if seal.holds() {
        return None;
    }
    let number = entry.number;
    let words = if !seal.examined.is_sound() {
        seal.examined.words()
    } else if seal.roster != Answer::Yes {
        let day = seal.examined.signing_time().map(dates::day);
        let day = day.map(|day| day.to_string()).unwrap_or_default();
        Words::new(
            format!("ngày {day} school.yaml không ghi chứng thư này là con dấu của trường"),
            format!("on {day} school.yaml does not give this certificate as the school's seal"),
        )
    } else {
        Words::new(
            format!(
                "niêm phong này không phải của kho số {number}, hoặc không nối vào niêm phong trước"
            ),
            format!(
                "this seal is not that of archive {number}, or does not follow the seal before"
            ),
        )
    };
    let help = Words::new(
        "không dựa vào niêm phong này; lấy kho từ nơi đã nhận, hoặc dựng và niêm phong lại bằng `hoso seal`",
        "do not rely on this seal; get the archive from where it came, or build and seal again with `hoso seal`",
    );
    Some(Finding::new(Code::ArchiveSealFault, entry.place(SEALED), words).help(help))
}
