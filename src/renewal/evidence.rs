//! Revocation data for level LT: what lies in the repository, then what authorities publish, each
//! asked once in a run. What comes counts only if it speaks for a certificate of a path that holds.
//!
//! 1. What is known is asked first ([`sign::inquire`]); evidence that is older than the signature is
//!    good enough only if nothing younger can be had.
//! 2. An OCSP answer before a CRL: it is small, and about this very moment. Whoever has no responder
//!    has a CRL, which serves all certificates of one authority.
//! 3. Only evidence that decided about some certificate goes into the file, and into
//!    `signatures/revocation/`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::diag::Words;
use crate::diag::words::tame;
use crate::digest::Sha256;
use crate::net::Client;
use crate::net::HttpUrl;
use crate::net::NetError;
use crate::net::fetch;
use crate::render::kept::evidence;
use crate::render::kept::evidence::Kind;
use crate::repo::Journal;
use crate::repo::Snapshot;
use crate::sign;
use crate::sign::CertificateFacts;
use crate::sign::Evidence;
use crate::sign::Inquiry;
use crate::sign::Naming;
use crate::sign::Source;
use crate::sign::Sources;
use crate::sign::Status;
use crate::sign::TrustStore;
use crate::sign::level;
use crate::sign::ocsp_request;

/// How long what an earlier, cut-off run fetched is still as good as new, in seconds.
const FRESH: i64 = 60 * 60;

/// Gets revocation data and remembers it for the rest of a run.
pub struct Gatherer<'a> {
    store: TrustStore,
    /// None means that nobody is asked.
    client: Option<&'a Client>,
    journal: &'a Journal,
    at: Timestamp,
    /// Every piece at hand, by its digest.
    pieces: BTreeMap<Sha256, (Kind, Vec<u8>)>,
    /// What was asked already, by address and request, and what kept it from being had.
    asked: BTreeMap<Sha256, Option<NetError>>,
    /// Names in the journal.
    journalled: Vec<Sha256>,
    /// The pieces that decided.
    deciding: BTreeMap<Sha256, (Kind, Vec<u8>)>,
}

impl<'a> Gatherer<'a> {
    /// Starts with what lies in the repository, which `store` holds already.
    pub fn new(
        snapshot: &Snapshot,
        store: &TrustStore,
        client: Option<&'a Client>,
        journal: &'a Journal,
        at: Timestamp,
    ) -> Self {
        let mut pieces = BTreeMap::new();
        for (kind, bytes) in evidence::files(snapshot) {
            pieces.insert(Sha256::of(&bytes), (kind, bytes));
        }
        Self {
            store: store.clone(),
            client,
            journal,
            at,
            pieces,
            asked: BTreeMap::new(),
            journalled: Vec::new(),
            deciding: BTreeMap::new(),
        }
    }

    /// Whom and what the school trusts, with what came.
    pub fn store(&self) -> &TrustStore {
        &self.store
    }

    /// The pieces that decided, by the path under which the repository keeps them.
    pub fn kept(&self) -> BTreeMap<String, Vec<u8>> {
        let pieces = self.deciding.values();
        pieces
            .map(|(kind, bytes)| (evidence::place(*kind, bytes), bytes.clone()))
            .collect()
    }

    /// What may be dropped from the journal once it is committed.
    pub fn journalled(&self) -> &[Sha256] {
        &self.journalled
    }

    /// Adds to a signature file the revocation data of every certificate it rests on.
    ///
    /// # Errors
    /// For which certificate there is none and why, or that one is revoked.
    pub fn add(&mut self, content: &[u8], file: &[u8]) -> Result<Vec<u8>, Words> {
        let examined = sign::verify(content, file, &self.store, self.at);
        let since = examined.best_signature_time();
        let mut last = None;
        for inquiry in sign::inquire(file, &self.store, since, self.at) {
            if self.is_wanting(&inquiry) {
                last = self.responder(&inquiry).or(last);
            }
        }
        for inquiry in sign::inquire(file, &self.store, since, self.at) {
            if self.is_wanting(&inquiry) {
                last = self.list(&inquiry).or(last);
            }
        }
        let (mut crls, mut ocsps) = (Vec::new(), Vec::new());
        for inquiry in sign::inquire(file, &self.store, since, self.at) {
            let digest = match inquiry.status {
                Status::Good { source, .. } => digest(source),
                Status::Revoked { since, reason, .. } => {
                    return Err(revoked(&inquiry.certificate, since, reason));
                }
                Status::Unknown { .. } => return Err(unknown(&inquiry.certificate, last)),
            };
            // Without a piece it lies in the file already.
            let Some((kind, bytes)) = self.pieces.get(&digest) else {
                continue;
            };
            let list = match kind {
                Kind::Crl => &mut crls,
                Kind::Ocsp => &mut ocsps,
            };
            if !list.contains(bytes) {
                list.push(bytes.clone());
            }
            self.deciding.insert(digest, (*kind, bytes.clone()));
        }
        level::with_revocation(file, &crls, &ocsps).map_err(|error| error.words())
    }

    /// Whether younger evidence than there is would say more.
    fn is_wanting(&self, inquiry: &Inquiry) -> bool {
        match &inquiry.status {
            Status::Good { this_update, .. } => {
                inquiry.since.is_some_and(|since| *this_update < since)
            }
            Status::Revoked { .. } => false,
            Status::Unknown { .. } => true,
        }
    }

    /// Asks the responders about a certificate; returns what kept an answer from being had. Requests
    /// name it by SHA-1, which all of them know, or else by SHA-256.
    fn responder(&mut self, inquiry: &Inquiry) -> Option<NetError> {
        let sources = Sources::of(&inquiry.certificate).unwrap_or_default();
        let mut last = None;
        for url in &sources.ocsp {
            for naming in [Naming::Sha1, Naming::Sha256] {
                let request = ocsp_request(&inquiry.certificate, &inquiry.issuer, naming);
                let Ok(request) = request else { continue };
                last = self.ask(Kind::Ocsp, url, &request);
                last.as_ref()?;
            }
        }
        last
    }

    /// Fetches the list that may name a certificate; returns what kept it from being had.
    fn list(&mut self, inquiry: &Inquiry) -> Option<NetError> {
        let sources = Sources::of(&inquiry.certificate).unwrap_or_default();
        let mut last = None;
        for url in &sources.crls {
            last = self.ask(Kind::Crl, url, &[]);
            last.as_ref()?;
        }
        last
    }

    /// Asks once in a run, and takes over what can be read.
    fn ask(&mut self, kind: Kind, url: &str, request: &[u8]) -> Option<NetError> {
        let key = Sha256::of(&[b"revocation ", url.as_bytes(), b" ", request].concat());
        if let Some(known) = self.asked.get(&key) {
            return known.clone();
        }
        let fault = match self.fetched(&key, kind, url, request) {
            Ok(bytes) => self.take(kind, url, bytes).err(),
            Err(error) => Some(error),
        };
        self.asked.insert(key, fault.clone());
        fault
    }

    /// What an earlier run fetched just now, or what the authority has.
    fn fetched(
        &mut self,
        key: &Sha256,
        kind: Kind,
        url: &str,
        request: &[u8],
    ) -> Result<Vec<u8>, NetError> {
        if let Some(bytes) = self.remembered(key) {
            self.journalled.push(*key);
            return Ok(bytes);
        }
        let client = self.client.ok_or(NetError::NobodyToAsk {})?;
        let url = HttpUrl::parse(url)?;
        let bytes = match kind {
            Kind::Crl => fetch::crl(client, &url, fetch::CRL_LIMIT)?,
            Kind::Ocsp => fetch::ocsp(client, &url, request)?,
        };
        let entry = [&self.at.as_second().to_be_bytes()[..], &bytes].concat();
        // That it cannot be remembered only means that it is fetched again.
        if self.journal.put(key, &entry).is_ok() {
            self.journalled.push(*key);
        }
        Ok(bytes)
    }

    fn remembered(&self, key: &Sha256) -> Option<Vec<u8>> {
        let entry = self.journal.get(key)?;
        let (came, bytes) = entry.split_first_chunk::<8>()?;
        let age = self.at.as_second().checked_sub(i64::from_be_bytes(*came))?;
        (0..FRESH).contains(&age).then(|| bytes.to_vec())
    }

    fn take(&mut self, kind: Kind, url: &str, bytes: Vec<u8>) -> Result<(), NetError> {
        let read = match kind {
            Kind::Crl => Evidence::crl(&bytes),
            Kind::Ocsp => Evidence::ocsp(&bytes),
        };
        let refused = |error: sign::EvidenceError| NetError::Refused {
            url: url.to_owned(),
            why: error.words(),
        };
        let read = read.map_err(refused)?;
        self.store.add_evidence(read).map_err(refused)?;
        self.pieces.insert(Sha256::of(&bytes), (kind, bytes));
        Ok(())
    }
}

fn digest(source: Source) -> Sha256 {
    match source {
        Source::Crl(digest) | Source::Ocsp(digest) => digest,
    }
}

/// Whose certificate it is, fit to be shown.
fn name(certificate: &[u8]) -> String {
    let facts = CertificateFacts::of(certificate).ok();
    tame(
        &facts
            .and_then(|facts| facts.subject_cn)
            .unwrap_or_else(|| "—".to_owned()),
    )
}

fn unknown(certificate: &[u8], last: Option<NetError>) -> Words {
    let name = name(certificate);
    let why = match last {
        Some(error) => error.words(),
        None => Words::new(
            "chứng thư không nêu nơi hỏi, hoặc trả lời không nói về nó",
            "the certificate names nobody to ask, or the answer says nothing about it",
        ),
    };
    Words::new(
        format!("chưa có dữ liệu thu hồi cho chứng thư «{name}»: {}", why.vi),
        format!(
            "there is no revocation data for the certificate «{name}»: {}",
            why.en
        ),
    )
}

fn revoked(certificate: &[u8], since: Timestamp, reason: &str) -> Words {
    let name = name(certificate);
    Words::new(
        format!("chứng thư «{name}» đã bị thu hồi từ {since} ({reason})"),
        format!("the certificate «{name}» was revoked on {since} ({reason})"),
    )
}
