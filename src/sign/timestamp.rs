//! Time-stamps (RFC 3161, RFC 5816): asking for one, and accepting what comes back.
//!
//! 1. [`Request`] is what an authority is sent: a digest, a number used once, and the wish for its
//!    certificates.
//! 2. [`accept`] is the only way from a response to a [`Token`] that is stored: every check of
//!    RFC 3161 §2.2 and §2.4.2 is made while the request is still known.
//! 3. [`check`] is what can be asked of a token at any later time: one signer, signed content, the
//!    certificate named by digest and meant for time-stamps only, the imprint. Its path to an anchor
//!    and its revocation are asked in `process.rs`, as for any signature.
//!
//! Pure: no network. Bytes of the request go out and bytes of the response come in elsewhere.

use jiff::SignedDuration;
use jiff::Timestamp;
use thiserror::Error;

use crate::diag::Words;
use crate::digest::Sha256;
use crate::sign::algorithm::DigestAlgorithm;
use crate::sign::algorithm::Key;
use crate::sign::algorithm::Scheme;
use crate::sign::attributes::Rules;
use crate::sign::certificate::Certificate;
use crate::sign::certificate::harmless;
use crate::sign::cms::Message;
use crate::sign::fault::Fault;
use crate::sign::inspect;
use crate::sign::path::Purpose;
use crate::sign::path::validate;
use crate::sign::tlv;
use crate::sign::tlv::Tlv;
use crate::sign::trust::TrustStore;
use crate::sign::verdict::Answer;
use crate::sign::verify::Content;

mod token;

pub use token::Token;

pub(crate) use token::sha256_identifier;

/// A request for a time-stamp (RFC 3161 §2.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    imprint: Sha256,
    nonce: u64,
}

impl Request {
    /// Asks for a time-stamp over a digest. The nonce should be random: it is what keeps an old
    /// answer from being taken for a new one.
    pub fn over(imprint: Sha256, nonce: u64) -> Self {
        Self { imprint, nonce }
    }

    /// Returns the digest that the time-stamp is asked for.
    pub fn imprint(&self) -> Sha256 {
        self.imprint
    }

    /// Writes TimeStampReq: version 1, SHA-256, the nonce, certReq TRUE, no policy.
    pub fn to_der(&self) -> Vec<u8> {
        let hash = tlv::write(tlv::OCTET_STRING, &[self.imprint.as_bytes()]);
        let imprint = tlv::write(tlv::SEQUENCE, &[&sha256_identifier(), &hash]);
        let nonce = tlv::write(tlv::INTEGER, &[&self.nonce_bytes()]);
        tlv::write(
            tlv::SEQUENCE,
            &[&[2, 1, 1], &imprint, &nonce, &[1, 1, 0xff]],
        )
    }

    /// The value of the INTEGER: shortest form, with a zero where the first bit would be a sign.
    fn nonce_bytes(&self) -> Vec<u8> {
        let bytes = self.nonce.to_be_bytes();
        let mut short: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        if short.first().is_none_or(|first| *first >= 0x80) {
            short.insert(0, 0);
        }
        short
    }
}

/// Says why a response is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The token does not hold, or its authority is not one that is trusted for time-stamps.
    #[error("the time-stamp does not hold: {}", fault.words().en)]
    Faulty {
        /// Why.
        fault: Fault,
    },
    /// It is over another digest.
    #[error("the time-stamp is over another digest than the one that was sent")]
    Imprint,
    /// The response is not that of RFC 3161 §2.4.2.
    #[error("the response cannot be read: {}", fault.words().en)]
    Malformed {
        /// Why.
        fault: Fault,
    },
    /// It is the answer to another request.
    #[error("the time-stamp is the answer to another request (nonce)")]
    Nonce,
    /// The authority did not grant it.
    #[error("the authority refused (status {status}{})", detail(text, *failure))]
    Rejected {
        /// PKIStatus.
        status: u32,
        /// What the authority says.
        text: String,
        /// Bit of PKIFailureInfo: 0 badAlg, 2 badRequest, 5 badDataFormat, 14 timeNotAvailable,
        /// 15 unacceptedPolicy, 16 unacceptedExtension, 17 addInfoNotAvailable, 25 systemFailure.
        failure: Option<u32>,
    },
    /// Its time is not about now.
    #[error("the time-stamp says {gen_time}, here it is {now}")]
    Time {
        /// What the authority says.
        gen_time: Timestamp,
        /// What the clock here says.
        now: Timestamp,
    },
}

fn detail(text: &str, failure: Option<u32>) -> String {
    let failure = failure.map(|bit| format!(", failure {bit}"));
    let text = (!text.is_empty()).then(|| format!(": {text}"));
    [failure, text].into_iter().flatten().collect()
}

impl Refusal {
    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Faulty { fault } => format!("dấu thời gian không đúng: {}", fault.words().vi),
            Self::Imprint => "dấu thời gian được cấp cho nội dung khác".to_string(),
            Self::Malformed { fault } => {
                format!(
                    "không đọc được trả lời của bên cấp dấu thời gian: {}",
                    fault.words().vi
                )
            }
            Self::Nonce => "dấu thời gian là trả lời cho yêu cầu khác (nonce)".to_string(),
            Self::Rejected {
                status,
                text,
                failure,
            } => format!(
                "bên cấp dấu thời gian từ chối (trạng thái {status}{})",
                detail(text, *failure)
            ),
            Self::Time { gen_time, now } => {
                format!("dấu thời gian ghi {gen_time}, đồng hồ ở đây là {now}")
            }
        };
        Words::new(vi, self.to_string())
    }
}

/// Takes the token out of a response, if it is the answer to the request and holds now.
///
/// 1. status granted, or granted with changes (RFC 3161 §2.4.2);
/// 2. the digest and the nonce are those of the request;
/// 3. the token holds: see [`check`];
/// 4. its certificate has a path to an anchor for time-stamps at `now`;
/// 5. its time is within [`TOLERANCE`] of `now`.
///
/// # Errors
/// [`Refusal`], and then there is nothing to store.
pub fn accept(
    response: &[u8],
    request: &Request,
    store: &TrustStore,
    now: Timestamp,
) -> Result<Token, Refusal> {
    let token = granted(response)?;
    let token = Token::read(token).map_err(|fault| Refusal::Malformed { fault })?;
    if token.info.imprint.digest() != Ok(DigestAlgorithm::Sha256)
        || token.info.imprint.hash != request.imprint.as_bytes()
    {
        return Err(Refusal::Imprint);
    }
    if token.info.nonce.as_deref() != Some(&request.nonce_bytes()) {
        return Err(Refusal::Nonce);
    }
    let gen_time = token.gen_time();
    if gen_time.duration_since(now).abs() > TOLERANCE {
        return Err(Refusal::Time { gen_time, now });
    }
    let refuse = |fault| Refusal::Faulty { fault };
    let checked = check(&token).map_err(refuse)?;
    let certificate = checked.holds().map_err(refuse)?;
    let path = validate(
        certificate,
        &checked.certificates,
        store,
        Purpose::TimeStamp,
        now,
    );
    let outside = Fault::AuthorityExpired { at: now };
    path.map_err(|fault| refuse(fault.fault(outside, false)))?;
    let made_with = checked.made_with.as_ref();
    let outdated =
        made_with.and_then(|(scheme, key)| store.policy().fault(*scheme, key, None, now));
    outdated.map_or(Ok(()), |fault| Err(refuse(fault)))?;
    Ok(token)
}

/// Slow authorities take two minutes, and clocks of school computers differ.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(10);

/// What became of the checks of a token by itself.
pub(crate) struct Checked {
    pub(crate) certificate: Option<Certificate>,
    /// The certificates that the token carries.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// The revocation data that the token carries: lists, answers.
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) ocsps: Vec<Vec<u8>>,
    pub(crate) faults: Vec<Fault>,
    /// The algorithm and the key of the signature.
    pub(crate) made_with: Option<(Scheme, Key)>,
    /// The certificate is named by SHA-1 (RFC 2634), as RFC 3161 §2.4.2 had it before RFC 5816.
    pub(crate) by_sha1: bool,
}

impl Checked {
    /// Returns the certificate if nothing is wrong.
    pub(crate) fn holds(&self) -> Result<&Certificate, Fault> {
        let grave = |fault: &&Fault| fault.sub_indication().is_some();
        match (self.faults.iter().find(grave), &self.certificate) {
            (Some(fault), _) => Err(fault.clone()),
            (None, None) => Err(Fault::CertificateMissing {}),
            (None, Some(certificate)) => Ok(certificate),
        }
    }
}

/// Checks what a token says by itself: RFC 3161 §2.4.2 (exactly one signer, its certificate named
/// in a signed attribute), RFC 5652 §5.6 (content and signature), RFC 3161 §2.3 (what the certificate is
/// for). The imprint is compared by who knows what it should be over.
///
/// # Errors
/// The fault that keeps the token from being read.
pub(crate) fn check(token: &Token) -> Result<Checked, Fault> {
    let message = Message::read(token.der())?;
    let [signer] = message.signers.as_slice() else {
        return Err(Fault::SignerCount {
            count: message.signers.len(),
        });
    };
    let info = signer.info()?;
    let mut faults = message.version_faults(std::slice::from_ref(&info));
    let file = message.of_signer(info);
    let content = message.content.as_deref().unwrap_or_default();
    let mut signer = inspect::inspect(&file, Rules::TIME_STAMP, &mut faults);
    let intact = inspect::verify_digest(&signer, Content::Bytes(content), &mut faults);
    let valid = inspect::verify_signature(&file, &signer, &mut faults);
    if (intact, valid) != (Answer::Yes, Answer::Yes) && faults.is_empty() {
        faults.push(Fault::SignatureMismatch {});
    }
    let certificate = signer.certificate.take();
    let usage = certificate
        .as_ref()
        .map(|one| Purpose::TimeStamp.faults(one));
    faults.extend(usage.into_iter().flatten());
    Ok(Checked {
        made_with: signer.scheme.zip(signer.key.take()),
        by_sha1: signer.claims.is_named_by_sha1(),
        certificate,
        certificates: file.certificates,
        crls: message.crls().map(<[u8]>::to_vec).collect(),
        ocsps: message.ocsps().collect(),
        faults,
    })
}

/// Takes the token out of TimeStampResp, if it was granted.
fn granted(response: &[u8]) -> Result<&[u8], Refusal> {
    let malformed = |fault| Refusal::Malformed { fault };
    let read = || -> Result<_, Fault> {
        let mut fields = Tlv::only(response)?.expect(tlv::SEQUENCE)?.fields()?;
        let mut status = fields.next(tlv::SEQUENCE)?.fields()?;
        let number = status.next(tlv::INTEGER)?.value;
        let texts = status.optional(tlv::SEQUENCE);
        let failure = status.optional(BIT_STRING);
        status.end()?;
        let token = fields.optional(tlv::SEQUENCE);
        fields.end()?;
        let texts = texts.map(|texts| texts.elements()).transpose()?;
        let texts: Vec<_> = texts.into_iter().flatten().take(8).map(said).collect();
        let number = match number {
            [byte] if *byte < 0x80 => u32::from(*byte),
            _ => u32::MAX,
        };
        Ok((number, texts.join("; "), failure, token))
    };
    match read().map_err(malformed)? {
        (0 | 1, _, _, Some(token)) => Ok(token.raw),
        (0 | 1, _, _, None) => Err(malformed(tlv::malformed("granted, but no token"))),
        (status, text, failure, _) => Err(Refusal::Rejected {
            status,
            text,
            failure: failure.and_then(|bits| first_bit(bits.value)),
        }),
    }
}

const BIT_STRING: u8 = 0x03;

fn said(text: Tlv<'_>) -> String {
    harmless(&String::from_utf8_lossy(text.value))
}

/// The number of the first bit that is set; the first byte says how many are unused.
fn first_bit(value: &[u8]) -> Option<u32> {
    let bytes = value.get(1..)?.iter().zip(0u32..4);
    let mut set = bytes.filter(|(byte, _)| **byte != 0);
    set.next()
        .map(|(byte, place)| place * 8 + byte.leading_zeros())
}

#[cfg(test)]
mod tests;
