//! Everything that can be wrong with a signature file, in alphabetical order.
//!
//! A fault carries its facts in fields, has a stable code that is never translated, says itself
//! in Vietnamese and English, names the question it bears on and the sub-indication of
//! EN 319 102-1 it leads to. One table holds all of it, so that none of the five can be forgotten:
//!
//! ```text
//! Name { fields } => "code", Question: Answer, SubIndication, vi, en;
//! ```
//!
//! To add one: write the entry, then a line in `fault/tests.rs`; the test counts the codes.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::diag::Words;
use crate::sign::verdict::Answer;
use crate::sign::verdict::Question;
use crate::sign::verdict::SubIndication;

macro_rules! faults {
    ($( #[doc = $doc:literal]
        $name:ident { $( #[doc = $field_doc:literal] $field:ident: $type:ty ),* }
        => $code:literal, $bearing:expr, $sub:expr, $vi:expr, $en:expr; )*) => {
        /// One thing that is wrong with a signature.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Fault {
            $( #[doc = $doc] $name { $( #[doc = $field_doc] $field: $type ),* }, )*
        }

        impl Fault {
            /// The codes of all faults, in alphabetical order.
            pub const CODES: &[&str] = &[ $( $code ),* ];

            /// Returns the stable code, never translated.
            pub fn code(&self) -> &'static str {
                match self { $( Self::$name { .. } => $code, )* }
            }

            /// Says the fault in one sentence for people.
            pub fn words(&self) -> Words {
                match self { $( Self::$name { $( $field ),* } => Words::new($vi, $en), )* }
            }

            /// Returns the sub-indication it leads to; `None` for what is only worth saying.
            pub fn sub_indication(&self) -> Option<SubIndication> {
                match self { $( Self::$name { .. } => $sub, )* }
            }

            /// Returns the question it bears on and the answer it leaves at best.
            pub fn bearing(&self) -> Option<(Question, Answer)> {
                match self { $( Self::$name { .. } => $bearing, )* }
            }
        }
    };
}

const INTACT_NO: Option<(Question, Answer)> = Some((Question::Intact, Answer::No));
const INTACT_UNKNOWN: Option<(Question, Answer)> = Some((Question::Intact, Answer::Unknown));
const TRUSTED_NO: Option<(Question, Answer)> = Some((Question::Trusted, Answer::No));
const TRUSTED_UNKNOWN: Option<(Question, Answer)> = Some((Question::Trusted, Answer::Unknown));
const VALID_NO: Option<(Question, Answer)> = Some((Question::Valid, Answer::No));
const VALID_UNKNOWN: Option<(Question, Answer)> = Some((Question::Valid, Answer::Unknown));

const CHAIN_CONSTRAINTS: Option<SubIndication> = Some(SubIndication::ChainConstraintsFailure);
const CHAIN_GENERAL: Option<SubIndication> = Some(SubIndication::CertificateChainGeneralFailure);
const CHAIN_MISSING: Option<SubIndication> = Some(SubIndication::NoCertificateChainFound);
const CRYPTO: Option<SubIndication> = Some(SubIndication::CryptoConstraintsFailure);
const CRYPTO_NO_POE: Option<SubIndication> = Some(SubIndication::CryptoConstraintsFailureNoPoe);
const EXPIRED: Option<SubIndication> = Some(SubIndication::Expired);
const FORMAT: Option<SubIndication> = Some(SubIndication::FormatFailure);
const HASH: Option<SubIndication> = Some(SubIndication::HashFailure);
const NO_CERTIFICATE: Option<SubIndication> = Some(SubIndication::NoSigningCertificateFound);
const NO_CONTENT: Option<SubIndication> = Some(SubIndication::SignedDataNotFound);
const OUT_OF_BOUNDS: Option<SubIndication> = Some(SubIndication::OutOfBoundsNoPoe);
const NOT_YET_VALID: Option<SubIndication> = Some(SubIndication::NotYetValid);
const REVOCATION_OUT_OF_BOUNDS: Option<SubIndication> =
    Some(SubIndication::RevocationOutOfBoundsNoPoe);
const REVOKED: Option<SubIndication> = Some(SubIndication::Revoked);
const REVOKED_CA_NO_POE: Option<SubIndication> = Some(SubIndication::RevokedCaNoPoe);
const REVOKED_NO_POE: Option<SubIndication> = Some(SubIndication::RevokedNoPoe);
const SIGNATURE: Option<SubIndication> = Some(SubIndication::SigCryptoFailure);
const SIG_CONSTRAINTS: Option<SubIndication> = Some(SubIndication::SigConstraintsFailure);
const STAMP_ORDER: Option<SubIndication> = Some(SubIndication::TimestampOrderFailure);

faults! {
    /// At the proven time the algorithm or key size no longer counted.
    AlgorithmOutdated {
        /// Algorithm and key.
        algorithm: String,
        /// The last instant at which they counted.
        until: Timestamp
    } => "algorithm-outdated", VALID_UNKNOWN, CRYPTO,
       format!("{algorithm} chỉ được chấp nhận đến {}", vi_time(*until)),
       format!("{algorithm} is accepted only until {}", en_time(*until));
    /// The algorithm or key size no longer counts, and nothing proves that it did when it signed.
    AlgorithmOutdatedNoPoe {
        /// Algorithm and key.
        algorithm: String,
        /// The last instant at which they counted.
        until: Timestamp
    } => "algorithm-outdated-no-poe", VALID_UNKNOWN, CRYPTO_NO_POE,
       format!("{algorithm} chỉ được chấp nhận đến {}, và không có dấu thời gian chứng minh đã ký trước đó", vi_time(*until)),
       format!("{algorithm} is accepted only until {}, and no time-stamp proves that it signed before", en_time(*until));
    /// The algorithms protected by the signature (RFC 6211 §2) are not those in the file.
    AlgorithmProtectionMismatch {}
    => "algorithm-protection-mismatch", VALID_NO, SIGNATURE,
       "thuật toán ghi trong tệp khác với thuật toán được chữ ký bảo vệ",
       "the algorithms in the file differ from those the signature protects";
    /// A signed attribute cannot be read.
    AttributeMalformed {
        /// Name of the attribute.
        attribute: &'static str
    } => "attribute-malformed", VALID_NO, FORMAT,
       format!("không đọc được thuộc tính `{attribute}`"),
       format!("signed attribute `{attribute}` cannot be read");
    /// An attribute that RFC 5652 §5.3 demands is not there.
    AttributeMissing {
        /// Name of the attribute.
        attribute: &'static str
    } => "attribute-missing", VALID_NO, FORMAT,
       format!("thiếu thuộc tính bắt buộc `{attribute}`"),
       format!("signed attribute `{attribute}` is missing");
    /// An attribute is there twice, or has not exactly one value (RFC 5652 §11).
    AttributeRepeated {
        /// Name of the attribute.
        attribute: &'static str,
        /// How many values there are.
        count: usize
    } => "attribute-repeated", VALID_NO, FORMAT,
       format!("thuộc tính `{attribute}` có {count} giá trị, phải có đúng một"),
       format!("signed attribute `{attribute}` has {count} values instead of one");
    /// The signed attributes are not in DER order; accepted, as others accept it.
    AttributesUnsorted {}
    => "attributes-unsorted", None, None,
       "các thuộc tính được ký không xếp theo thứ tự DER (vẫn chấp nhận)",
       "the signed attributes are not in DER order (accepted)";
    /// The key of an authority in the path, or its signature, is of no algorithm that is accepted.
    AuthorityAlgorithmUnsupported {
        /// The algorithm found.
        oid: String
    } => "authority-algorithm-unsupported", TRUSTED_NO, CRYPTO,
       format!("đường dẫn chứng thư dùng thuật toán {oid} không được chấp nhận"),
       format!("the certificate path uses algorithm {oid}, which is not accepted");
    /// A certificate above the signer's was valid at signing and is not at verification.
    AuthorityExpired {
        /// The instant of verification.
        at: Timestamp
    } => "authority-expired", TRUSTED_UNKNOWN, CHAIN_GENERAL,
       format!("chứng thư của cơ quan chứng thực ngoài thời hạn hiệu lực vào {}", vi_time(*at)),
       format!("a certificate of the authority is outside its validity at {}", en_time(*at));
    /// The RSA key of an authority in the path is smaller than what is accepted.
    AuthorityKeySizeUnsuitable {
        /// Its size in bits.
        bits: usize,
        /// The least that is accepted.
        least: usize
    } => "authority-key-size-unsuitable", TRUSTED_NO, CRYPTO,
       format!("đường dẫn chứng thư có khóa RSA {bits} bit, ít nhất phải {least} bit"),
       format!("the certificate path has an RSA key of {bits} bits, less than {least}");
    /// A certificate above the signer's was not valid at the claimed signing time.
    AuthorityOutsideValidity {
        /// The claimed signing time.
        signing_time: Timestamp
    } => "authority-outside-validity", TRUSTED_NO, CHAIN_GENERAL,
       format!("lúc ký ({}) chứng thư của cơ quan chứng thực ngoài thời hạn hiệu lực", vi_time(*signing_time)),
       format!("at signing time ({}) a certificate of the authority was outside its validity", en_time(*signing_time));
    /// The certificate of an authority has been revoked, and nothing proves that the signature is older.
    AuthorityRevoked {
        /// Whose certificate.
        subject: String,
        /// Since when.
        since: Timestamp
    } => "authority-revoked", TRUSTED_NO, REVOKED_CA_NO_POE,
       format!("chứng thư của cơ quan chứng thực «{subject}» bị thu hồi {}, không có bằng chứng là ký trước đó", vi_time(*since)),
       format!("the certificate of the authority `{subject}` was revoked {}, and nothing proves that the signature is older", en_time(*since));
    /// The signer's certificate has run out at verification; nothing proves when it signed.
    CertificateExpired {
        /// End of its validity.
        not_after: Timestamp,
        /// The instant of verification.
        at: Timestamp
    } => "certificate-expired", TRUSTED_UNKNOWN, OUT_OF_BOUNDS,
       format!("chứng thư hết hạn {}, kiểm tra vào {}, không có dấu thời gian chứng minh lúc ký", vi_time(*not_after), vi_time(*at)),
       format!("the certificate ended {}, before {}, and no time-stamp proves when it signed", en_time(*not_after), en_time(*at));
    /// The certificate that the signature names is in the file but cannot be read.
    CertificateMalformed {
        /// SHA-256 of it, in hex.
        sha256: String
    } => "certificate-malformed", VALID_UNKNOWN, NO_CERTIFICATE,
       format!("không đọc được chứng thư của người ký ({sha256})"),
       format!("the signer's certificate ({sha256}) cannot be read");
    /// No certificate in the file has the digest that the signature names (RFC 5035 §5).
    CertificateMissing {}
    => "certificate-missing", VALID_UNKNOWN, NO_CERTIFICATE,
       "trong tệp không có chứng thư mà chữ ký chỉ đích danh",
       "the certificate that the signature names is not in the file";
    /// The signer's certificate is not yet valid at verification.
    CertificateNotYetValid {
        /// Start of its validity.
        not_before: Timestamp,
        /// The instant of verification.
        at: Timestamp
    } => "certificate-not-yet-valid", TRUSTED_NO, OUT_OF_BOUNDS,
       format!("chứng thư chỉ có hiệu lực từ {}, kiểm tra vào {}", vi_time(*not_before), vi_time(*at)),
       format!("the certificate starts {}, after {}", en_time(*not_before), en_time(*at));
    /// The certificate has been revoked, and nothing proves that the signature is older.
    CertificateRevoked {
        /// Since when.
        since: Timestamp,
        /// Whether the reason given says that the key was lost.
        compromised: bool
    } => "certificate-revoked", TRUSTED_NO, REVOKED_NO_POE,
       match compromised {
           true => format!("chứng thư bị thu hồi {} vì lộ khóa, không rõ khóa bị lộ từ khi nào", vi_time(*since)),
           false => format!("chứng thư bị thu hồi {}, không có bằng chứng là ký trước đó", vi_time(*since)),
       },
       match compromised {
           true => format!("the certificate was revoked {} because its key was lost, and it is open since when", en_time(*since)),
           false => format!("the certificate was revoked {}, and nothing proves that the signature is older", en_time(*since)),
       };
    /// The file carries more certificates than a path can need.
    CertificatesTooMany {
        /// How many there are.
        count: usize,
        /// The most that are read.
        limit: usize
    } => "certificates-too-many", VALID_NO, FORMAT,
       format!("tệp chữ ký chứa {count} chứng thư, tối đa {limit}"),
       format!("the signature file holds {count} certificates, more than {limit}");
    /// There is a path to an anchor, but it breaks a rule of RFC 5280 §6.1.
    ChainInvalid {
        /// The rule.
        reason: &'static str
    } => "chain-invalid", TRUSTED_NO, CHAIN_GENERAL,
       format!("đường dẫn chứng thư không hợp lệ ({reason})"),
       format!("the certificate path does not hold: {reason}");
    /// No path leads from the signer's certificate to an anchor.
    ChainNotFound {
        /// Who issued the signer's certificate.
        issuer: String
    } => "chain-not-found", TRUSTED_NO, CHAIN_MISSING,
       format!("chứng thư do «{issuer}» cấp, không dẫn tới cơ quan chứng thực mà trường tin cậy"),
       format!("the certificate, issued by `{issuer}`, leads to no anchor of the school");
    /// The file carries content of its own; only detached signatures are allowed.
    ContentAttached {}
    => "content-attached", VALID_NO, FORMAT,
       "tệp chữ ký chứa sẵn nội dung; chỉ chấp nhận chữ ký tách rời",
       "the signature file carries its own content; only detached signatures are accepted";
    /// What was signed is not at hand, inside the file or beside it.
    ContentMissing {}
    => "content-missing", INTACT_UNKNOWN, NO_CONTENT,
       "không có nội dung đã ký để đối chiếu, cả trong tệp lẫn kèm theo",
       "what was signed is not at hand, inside the file or beside it";
    /// The contentType attribute is not the type of the content (RFC 5652 §11.1).
    ContentTypeMismatch {
        /// The type that was signed.
        attribute: String,
        /// The type in the file.
        encapsulated: String
    } => "content-type-mismatch", VALID_NO, FORMAT,
       format!("kiểu nội dung được ký là {attribute}, trong tệp là {encapsulated}"),
       format!("content type {attribute} was signed, the file says {encapsulated}");
    /// The file is not SignedData over plain data.
    ContentTypeUnsupported {
        /// The type found.
        oid: String
    } => "content-type-unsupported", VALID_NO, FORMAT,
       format!("kiểu nội dung {oid} không được chấp nhận"),
       format!("content type {oid} is not accepted");
    /// Signatures over the signature (RFC 5652 §11.4) are not examined.
    CounterSignaturesIgnored {
        /// How many there are.
        count: usize
    } => "counter-signatures-ignored", None, None,
       format!("{count} chữ ký xác nhận (counter-signature) không được kiểm tra"),
       format!("{count} counter-signatures are not examined");
    /// The digest algorithm is not the one inside the signature algorithm.
    DigestAlgorithmMismatch {
        /// The digest algorithm.
        digest: &'static str,
        /// The signature algorithm.
        signature: String
    } => "digest-algorithm-mismatch", VALID_NO, SIGNATURE,
       format!("thuật toán băm {digest} không khớp thuật toán ký {signature}"),
       format!("digest algorithm {digest} does not fit signature algorithm {signature}");
    /// The digest algorithm is not SHA-256, SHA-384 or SHA-512.
    DigestAlgorithmUnsupported {
        /// The algorithm found.
        oid: String
    } => "digest-algorithm-unsupported", VALID_UNKNOWN, CRYPTO,
       format!("thuật toán băm {oid} không được chấp nhận"),
       format!("digest algorithm {oid} is not accepted");
    /// The content is not the content that was signed (RFC 5652 §5.6).
    DigestMismatch {
        /// The digest that was signed, in hex.
        signed: String,
        /// The digest of the content at hand, in hex.
        found: String
    } => "digest-mismatch", INTACT_NO, HASH,
       format!("nội dung đã bị thay đổi sau khi ký: mã băm được ký là {signed}, hiện nay là {found}"),
       format!("the content was changed after signing: digest {signed} was signed, {found} was found");
    /// Only the SHA-256 of the content was given, and the signature uses another digest.
    DigestUnavailable {
        /// The digest algorithm needed.
        algorithm: &'static str
    } => "digest-unavailable", INTACT_UNKNOWN, NO_CONTENT,
       format!("cần toàn bộ nội dung để tính mã băm {algorithm}"),
       format!("the content itself is needed for its {algorithm} digest");
    /// The certificate lists purposes, and none of them is signing (RFC 5280 §4.2.1.12).
    ExtendedKeyUsageUnsuitable {
        /// The purposes found, as dotted object identifiers.
        found: String
    } => "extended-key-usage-unsuitable", TRUSTED_NO, CHAIN_CONSTRAINTS,
       format!("chứng thư chỉ dùng cho mục đích {found}, không dùng để ký văn bản"),
       format!("the certificate is for {found} only, not for signing documents");
    /// The file is larger than any signature of the profile.
    FileTooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read.
        limit: usize
    } => "file-too-large", VALID_NO, FORMAT,
       format!("tệp chữ ký dài {size} byte, tối đa {limit}"),
       format!("the signature file has {size} bytes, more than {limit}");
    /// An archive time-stamp covers something that is not in the file any more (EN 319 122-1 §5.5.2).
    HashIndexMismatch {
        /// How many pieces are missing.
        count: usize
    } => "hash-index-mismatch", VALID_NO, HASH,
       format!("{count} phần mà dấu thời gian lưu trữ bảo vệ không còn trong tệp"),
       format!("{count} pieces that the archive time-stamp covers are not in the file any more");
    /// Issuer and serial number in the signing-certificate attribute are another certificate's.
    IssuerSerialMismatch {}
    => "issuer-serial-mismatch", VALID_NO, SIG_CONSTRAINTS,
       "bên cấp và số hiệu trong thuộc tính chứng thư ký không phải của chứng thư này",
       "issuer and serial number in the signing-certificate attribute are of another certificate";
    /// The signature algorithm is for another kind of key.
    KeyAlgorithmMismatch {
        /// The kind of key.
        key: String,
        /// The signature algorithm.
        algorithm: String
    } => "key-algorithm-mismatch", VALID_NO, SIGNATURE,
       format!("khóa {key} không dùng được với thuật toán {algorithm}"),
       format!("key {key} does not fit signature algorithm {algorithm}");
    /// The RSA key is smaller or larger than what is accepted.
    KeySizeUnsuitable {
        /// Its size in bits.
        bits: usize,
        /// The least that is accepted.
        least: usize,
        /// The most that is accepted.
        most: usize
    } => "key-size-unsuitable", VALID_UNKNOWN, CRYPTO,
       format!("khóa RSA {bits} bit không được chấp nhận (từ {least} đến {most} bit)"),
       format!("an RSA key of {bits} bits is not accepted ({least} to {most})");
    /// The key is neither RSA nor on the curves P-256 and P-384.
    KeyUnsupported {
        /// Algorithm or curve found.
        oid: String
    } => "key-unsupported", VALID_UNKNOWN, CRYPTO,
       format!("loại khóa {oid} không được chấp nhận"),
       format!("key type {oid} is not accepted");
    /// The certificate does not say what its key is for (RFC 5280 §4.2.1.3).
    KeyUsageMissing {}
    => "key-usage-missing", TRUSTED_NO, CHAIN_CONSTRAINTS,
       "chứng thư không ghi mục đích sử dụng khóa",
       "the certificate does not say what its key may be used for";
    /// The certificate says that its key is not for signatures (RFC 5280 §4.2.1.3).
    KeyUsageUnsuitable {}
    => "key-usage-unsuitable", TRUSTED_NO, CHAIN_CONSTRAINTS,
       "khóa của chứng thư không được cấp để ký (digitalSignature hoặc nonRepudiation)",
       "the certificate's key is not for signing (digitalSignature or nonRepudiation)";
    /// The bytes are not the ASN.1 of RFC 5652 §5.1.
    Malformed {
        /// What the decoder says.
        reason: String
    } => "malformed", VALID_NO, FORMAT,
       format!("tệp chữ ký không đọc được ({reason})"),
       format!("the signature file cannot be read: {reason}");
    /// Revocation data is signed by an authority that has ended, and nothing proves that it is older.
    RevocationOutOfBounds {
        /// The end of the authority's certificate.
        not_after: Timestamp
    } => "revocation-out-of-bounds", TRUSTED_UNKNOWN, REVOCATION_OUT_OF_BOUNDS,
       format!("dữ liệu thu hồi do cơ quan hết hạn {} cấp, không có bằng chứng là có trước đó", vi_time(*not_after)),
       format!("the revocation data is of an authority that ended {}, and nothing proves that it is older", en_time(*not_after));
    /// The signature algorithm is not one of the profile.
    SignatureAlgorithmUnsupported {
        /// The algorithm found.
        oid: String
    } => "signature-algorithm-unsupported", VALID_UNKNOWN, CRYPTO,
       format!("thuật toán ký {oid} không được chấp nhận"),
       format!("signature algorithm {oid} is not accepted");
    /// The signature is wrong under the key of the signer's certificate.
    SignatureMismatch {}
    => "signature-mismatch", VALID_NO, SIGNATURE,
       "chữ ký không khớp với khóa trong chứng thư của người ký",
       "the signature does not match the key of the signer's certificate";
    /// The signature is proven to have been made after its certificate was revoked.
    SignedAfterRevocation {
        /// After when it was made, as a time-stamp over the content proves.
        proven: Timestamp,
        /// When the certificate was revoked.
        since: Timestamp
    } => "signed-after-revocation", TRUSTED_NO, REVOKED,
       format!("chữ ký được tạo sau {}, khi chứng thư đã bị thu hồi ({})", vi_time(*proven), vi_time(*since)),
       format!("the signature was made after {}, when its certificate had been revoked ({})", en_time(*proven), en_time(*since));
    /// The signature is proven to have been made after the end of its certificate.
    SignedAfterValidity {
        /// After when it was made, as a time-stamp over the content proves.
        proven: Timestamp,
        /// End of the certificate's validity.
        not_after: Timestamp
    } => "signed-after-validity", TRUSTED_NO, EXPIRED,
       format!("chữ ký được tạo sau {}, khi chứng thư đã hết hạn ({})", vi_time(*proven), vi_time(*not_after)),
       format!("the signature was made after {}, when its certificate had ended ({})", en_time(*proven), en_time(*not_after));
    /// There are no signed attributes; see draft-ietf-lamps-cms-euf-cma-signeddata.
    SignedAttributesMissing {}
    => "signed-attributes-missing", VALID_NO, FORMAT,
       "tệp không có thuộc tính được ký, nên không chứng minh được nội dung nào đã được ký",
       "there are no signed attributes, so it is open which content was signed";
    /// The signature is proven to be older than the certificate.
    SignedBeforeValidity {
        /// When the signature is proven to have existed.
        proven: Timestamp,
        /// Start of the certificate's validity.
        not_before: Timestamp
    } => "signed-before-validity", TRUSTED_NO, NOT_YET_VALID,
       format!("chữ ký đã có từ {}, trước khi chứng thư có hiệu lực ({})", vi_time(*proven), vi_time(*not_before)),
       format!("the signature existed {}, before its certificate was valid ({})", en_time(*proven), en_time(*not_before));
    /// The file has not exactly one signer.
    SignerCount {
        /// How many there are.
        count: usize
    } => "signer-count", VALID_NO, FORMAT,
       format!("tệp có {count} chữ ký, phải có đúng một"),
       format!("the file has {count} signers instead of one");
    /// The signer identifier names another certificate than the signed attribute.
    SignerIdentifierMismatch {}
    => "signer-identifier-mismatch", VALID_NO, SIG_CONSTRAINTS,
       "mã nhận dạng người ký không phải của chứng thư mà chữ ký chỉ đích danh",
       "the signer identifier names another certificate than the signed attribute";
    /// The signature does not say which certificate it was made with (RFC 5035).
    SigningCertificateMissing {}
    => "signing-certificate-missing", VALID_NO, SIG_CONSTRAINTS,
       "thiếu thuộc tính chỉ đích danh chứng thư ký (signingCertificateV2)",
       "signed attribute signingCertificateV2 is missing";
    /// The signature names its certificate by SHA-1 only (RFC 2634).
    SigningCertificateSha1 {}
    => "signing-certificate-sha1", VALID_NO, CRYPTO,
       "chứng thư ký chỉ được chỉ ra bằng SHA-1, không còn được chấp nhận",
       "the signing certificate is named by SHA-1 only, which is no longer accepted";
    /// The claimed signing time is later than a proof that the signature existed.
    SigningTimeAfterStamp {
        /// The claimed signing time.
        signing_time: Timestamp,
        /// When the signature is proven to have existed.
        proven: Timestamp
    } => "signing-time-after-stamp", TRUSTED_NO, STAMP_ORDER,
       format!("thời điểm ký ({}) sau thời điểm chữ ký được chứng minh là đã có ({})", vi_time(*signing_time), vi_time(*proven)),
       format!("the signing time ({}) is after a proof that the signature existed ({})", en_time(*signing_time), en_time(*proven));
    /// The claimed signing time is later than the verification.
    SigningTimeInFuture {
        /// The claimed signing time.
        signing_time: Timestamp,
        /// The instant of verification.
        at: Timestamp
    } => "signing-time-in-future", TRUSTED_NO, SIG_CONSTRAINTS,
       format!("thời điểm ký ({}) sau thời điểm kiểm tra ({})", vi_time(*signing_time), vi_time(*at)),
       format!("the signing time ({}) is after the verification ({})", en_time(*signing_time), en_time(*at));
    /// The signature does not claim a signing time (EN 319 122-1 §6.3).
    SigningTimeMissing {}
    => "signing-time-missing", VALID_NO, SIG_CONSTRAINTS,
       "chữ ký không ghi thời điểm ký",
       "signed attribute signingTime is missing";
    /// The certificate was not valid at the signing time that its own signer claims.
    SigningTimeOutsideValidity {
        /// The claimed signing time.
        signing_time: Timestamp,
        /// Start of the certificate's validity.
        not_before: Timestamp,
        /// End of the certificate's validity.
        not_after: Timestamp
    } => "signing-time-outside-validity", TRUSTED_NO, SIG_CONSTRAINTS,
       format!("thời điểm ký ({}) nằm ngoài thời hạn chứng thư (từ {} đến {})", vi_time(*signing_time), vi_time(*not_before), vi_time(*not_after)),
       format!("the signing time ({}) is outside the certificate's validity ({} to {})", en_time(*signing_time), en_time(*not_before), en_time(*not_after));
    /// The time-stamp is not over what it should be over (RFC 3161 §2.4.2, messageImprint).
    StampImprintMismatch {}
    => "stamp-imprint-mismatch", VALID_NO, HASH,
       "dấu thời gian được cấp cho nội dung khác",
       "the time-stamp is over something else";
    /// A time-stamp does not hold and is left aside (EN 319 102-1 §5.5.4).
    StampRefused {
        /// Which one, in the order of the file, signature time-stamps first.
        number: usize,
        /// What is wrong with it.
        reason: Box<Fault>
    } => "stamp-refused", None, None,
       format!("dấu thời gian thứ {number} không được tính: {}", reason.words().vi),
       format!("time-stamp {number} is left aside: {}", reason.words().en);
    /// The certificate of a time-stamping authority is not for time-stamps alone (RFC 3161 §2.3).
    StampUsageUnsuitable {}
    => "stamp-usage-unsuitable", TRUSTED_NO, CHAIN_CONSTRAINTS,
       "chứng thư không được cấp riêng cho việc cấp dấu thời gian",
       "the certificate is not for time-stamps alone";
    /// A time-stamp proves that the signature was made after another proves that it existed.
    StampsContradict {
        /// After when it was made, as a time-stamp over the content proves.
        after: Timestamp,
        /// When it existed, as a time-stamp over the signature proves.
        before: Timestamp
    } => "stamps-contradict", TRUSTED_NO, STAMP_ORDER,
       format!("các dấu thời gian mâu thuẫn: ký sau {}, mà đã có từ {}", vi_time(*after), vi_time(*before)),
       format!("the time-stamps contradict each other: signed after {}, existing since {}", en_time(*after), en_time(*before));
    /// The statement (what the signature is for) cannot be read.
    StatementMalformed {
        /// Why.
        reason: String
    } => "statement-malformed", VALID_NO, SIG_CONSTRAINTS,
       format!("lời khai khi ký không đúng ({reason})"),
       format!("the statement in the signature is wrong: {reason}");
    /// Bytes follow the signature.
    TrailingBytes {
        /// How many.
        count: usize
    } => "trailing-bytes", VALID_NO, FORMAT,
       format!("tệp chữ ký có {count} byte thừa ở cuối"),
       format!("{count} bytes follow the signature");
    /// The version of SignedData or SignerInfo is not that of RFC 5652 §5.
    VersionUnsupported {
        /// The version found.
        version: u8
    } => "version-unsupported", VALID_NO, FORMAT,
       format!("phiên bản {version} của khuôn dạng chữ ký không được chấp nhận"),
       format!("version {version} of the signature format is not accepted");
}

/// Vietnam has had one time, UTC+7, since 1975; the machine's own zone is of no account.
fn vi_time(at: Timestamp) -> String {
    local(at).strftime("%H:%M:%S ngày %d/%m/%Y").to_string()
}

fn en_time(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
}

fn local(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(TimeZone::fixed(Offset::constant(7)))
}

#[cfg(test)]
mod tests;
