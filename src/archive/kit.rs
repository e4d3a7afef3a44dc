//! What the verifier in a browser is given: the inputs of our own examination, as plain scripts.
//!
//! A page on `file://` may load a script that lies beside it and nothing else. So `trust.js` carries whom
//! the archive trusts, once, and `proof.js` beside every record's page the signatures over its forms.
//! Each is one call of a function with one JSON object; bytes are in base64.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use base64ct::Base64;
use base64ct::Encoding as _;
use serde::Serialize;

use crate::archive::Material;
use crate::archive::chain;
use crate::archive::chain::Chain;
use crate::archive::chain::Link;
use crate::archive::chain::made;
use crate::archive::files;
use crate::archive::files::MAX_FILE;
use crate::archive::site::Site;
use crate::diag::Finding;
use crate::digest::Sha256;
use crate::records::Record;
use crate::records::id::RecordId;
use crate::seal::Seal;
use crate::seal::Sealed;
use crate::seal::acts;
use crate::sign;
use crate::sign::Act;
use crate::sign::AnchorList;
use crate::sign::Answer;

/// Whom the archive trusts, relative to the site's root.
const TRUST: &str = "trust.js";

/// Where the two scripts of a record lie, relative to the site's root.
#[derive(Clone, Debug, Serialize)]
pub struct View {
    /// The signatures of the record.
    pub proof: String,
    /// Whom the archive trusts.
    pub trust: &'static str,
}

impl View {
    /// Those of one record.
    pub fn of(id: &RecordId) -> Self {
        Self {
            proof: format!("{}/proof.js", files::folder(id)),
            trust: TRUST,
        }
    }
}

/// Whom and what the archive trusts.
#[derive(Serialize)]
struct Trust {
    /// The name of a list, and one certificate of it.
    signers: Vec<[String; 2]>,
    stampers: Vec<[String; 2]>,
    crls: Vec<String>,
    ocsps: Vec<String>,
    /// The archives that were sealed by the school, the latest first, as [`Chain::examine`] goes.
    archives: Vec<ArchiveKit>,
    /// Which of them list the CRLs, OCSP responses and seals here.
    existed: Vec<(String, u32)>,
}

/// A sealed archive. Whether its seal holds on the day is for the browser to say.
#[derive(Serialize)]
struct ArchiveKit {
    number: u32,
    tags: String,
    seal: String,
}

/// The forms of a record and the signatures over each, the present one first.
#[derive(Serialize)]
struct Proof<'a> {
    record: &'a str,
    versions: Vec<VersionKit>,
    /// Which of the archives list the signatures.
    existed: Vec<(String, u32)>,
}

#[derive(Serialize)]
struct VersionKit {
    sha256: String,
    present: bool,
    signatures: Vec<SignatureKit>,
}

#[derive(Serialize)]
struct SignatureKit {
    file: String,
    /// What it is for, as the page says it.
    label: String,
    der: String,
}

/// Puts both kinds of script into the site.
pub fn put(
    site: &mut Site,
    material: &Material<'_>,
    sealed: &[Sealed],
    findings: &mut Vec<Finding>,
) {
    let mut put = |path: &str, call: &str, argument: serde_json::Result<String>| {
        // Only maps with keys that are no text could fail, and there is none.
        let argument = argument.unwrap_or_default();
        let script = format!("{call}({argument});\n");
        site.put(
            &format!("data/{path}"),
            material.spool.put(script.as_bytes()),
            findings,
        );
    };
    let listed = Listed::of(material.chain);
    put(
        TRUST,
        "hosoTrust",
        serde_json::to_string(&trust(material, &listed)),
    );
    for one in sealed {
        let id = &one.rendered.traced.record.id;
        let kit = serde_json::to_string(&versions(one, &listed));
        put(&View::of(id).proof, "hosoProof", kit);
    }
}

/// The archives that list a digest, by the digest.
struct Listed(BTreeMap<Sha256, Vec<u32>>);

impl Listed {
    fn of(chain: &Chain) -> Self {
        let mut all: BTreeMap<Sha256, Vec<u32>> = BTreeMap::new();
        for link in proving(chain) {
            for digest in made::listed(&link.entry.new) {
                all.entry(digest).or_default().push(link.entry.number);
            }
        }
        Self(all)
    }

    fn existed(&self, digests: impl Iterator<Item = Sha256>) -> Vec<(String, u32)> {
        let digests: BTreeSet<Sha256> = digests.collect();
        let each = digests.iter().flat_map(|digest| {
            let numbers = self.0.get(digest).into_iter().flatten();
            numbers.map(|number| (digest.to_string(), *number))
        });
        each.collect()
    }
}

/// The archives whose seal is the school's and states what it should, the latest first.
fn proving(chain: &Chain) -> impl Iterator<Item = &Link> {
    let ours = |seal: &chain::Seal| [seal.roster, seal.stated] == [Answer::Yes; 2];
    let links = chain.links().iter().rev();
    links.filter(move |link| link.seal.as_ref().is_some_and(ours))
}

fn trust(material: &Material<'_>, listed: &Listed) -> Trust {
    let store = material.store;
    let certificates = |lists: &[AnchorList]| {
        let each = lists.iter().flat_map(|list| {
            let anchors = list.anchors().iter();
            anchors.map(|anchor| [list.name().to_owned(), base64(anchor.certificate().der())])
        });
        each.collect()
    };
    let mut trust = Trust {
        signers: certificates(store.signers()),
        stampers: certificates(store.stampers()),
        crls: Vec::new(),
        ocsps: Vec::new(),
        archives: Vec::new(),
        existed: Vec::new(),
    };
    let mut digests = Vec::new();
    for entry in material.snapshot.under("signatures/revocation/") {
        // What could not be read or used was said when the store was filled.
        let Ok(bytes) = material.snapshot.read(&entry.path, MAX_FILE) else {
            continue;
        };
        let digest = Sha256::of(&bytes);
        if !store.evidence().any(|one| one.digest() == digest) {
            continue;
        }
        match entry.path.as_str().ends_with(".crl") {
            true => trust.crls.push(base64(&bytes)),
            false => trust.ocsps.push(base64(&bytes)),
        }
        digests.push(digest);
    }
    for link in proving(material.chain) {
        if let Some(seal) = &link.entry.seal {
            trust.archives.push(ArchiveKit {
                number: link.entry.number,
                tags: base64(&link.entry.tags),
                seal: base64(seal),
            });
            digests.extend([Sha256::of(seal), sign::core_digest(seal)]);
        }
    }
    trust.existed = listed.existed(digests.into_iter());
    trust
}

fn versions<'a>(sealed: &'a Sealed, listed: &Listed) -> Proof<'a> {
    let record = &sealed.rendered.traced.record;
    let (rendered, seals) = (&sealed.rendered, &sealed.seals);
    let present = VersionKit {
        sha256: rendered.form.digest().to_string(),
        present: true,
        signatures: signatures(record, seals.current.iter().chain(&seals.acts)),
    };
    let older = rendered
        .superseded
        .iter()
        .zip(seals.superseded.iter().zip(&seals.superseded_acts))
        .map(|(version, (signed, acts))| VersionKit {
            sha256: version.digest.to_string(),
            present: false,
            signatures: signatures(record, signed.iter().chain(acts)),
        });
    let all = seals
        .current
        .iter()
        .chain(seals.superseded.iter().flatten());
    let digests = all
        .chain(seals.all_acts())
        .flat_map(|seal| [seal.file.digest, seal.file.core]);
    Proof {
        record: record.id.as_str(),
        versions: std::iter::once(present).chain(older).collect(),
        existed: listed.existed(digests),
    }
}

fn signatures<'a>(record: &Record, seals: impl Iterator<Item = &'a Seal>) -> Vec<SignatureKit> {
    let one = |seal: &Seal| SignatureKit {
        file: seal.file.path.file_name().to_owned(),
        label: match (seal.act(), seal.step) {
            (Act::Sign, Some(step)) => record.steps[step].label.clone(),
            (act, _) => acts::words(act).vi,
        },
        der: base64(&seal.file.bytes),
    };
    seals.map(one).collect()
}

fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}
