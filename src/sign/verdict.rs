//! Three answers and one verdict, in the words of EN 319 102-1.
//!
//! 1. Every fault (`fault.rs`) names the question it bears on and the sub-indication it leads to.
//! 2. [`conclude`] takes the gravest of them: a definite failure outranks an open question,
//!    because more data can close the question but never mends the failure.
//! 3. Nothing at fault is not yet TOTAL-PASSED: where it is not known of every certificate that it
//!    was not revoked, EN 319 102-1 §5.2.6.4 answers TRY_LATER.

use std::fmt;

use crate::diag::Words;

/// Answers one question about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// It was checked and does not hold.
    No,
    /// It could not be checked with what is at hand.
    Unknown,
    /// It was checked and holds.
    Yes,
}

impl Answer {
    /// `yes`, `no` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::Yes => "yes",
        }
    }
}

/// Names the three questions that are asked of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// Is the content the one that was signed?
    Intact,
    /// Is the signer one whom the school trusts?
    Trusted,
    /// Is the file of the allowed profile, and the signature right under the signer's key?
    Valid,
}

/// The sub-indications of EN 319 102-1 table 6 that can arise here.
///
/// The order is the rank: the later one decides when several apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubIndication {
    /// More (revocation) data, available later, may settle it.
    TryLater,
    /// The content itself, or its digest in the algorithm needed, is not at hand.
    SignedDataNotFound,
    /// Revocation data comes from an authority that has ended, and nothing proves that it is older.
    RevocationOutOfBoundsNoPoe,
    /// The certificate is outside its validity now, and nothing proves when it signed.
    OutOfBoundsNoPoe,
    /// An algorithm or key size no longer counts, and nothing proves that it did when it signed.
    CryptoConstraintsFailureNoPoe,
    /// The certificate of an authority has been revoked, and nothing proves that it signed before.
    RevokedCaNoPoe,
    /// The certificate has been revoked, and nothing proves that it signed before.
    RevokedNoPoe,
    /// The path does not hold for a reason other than those below.
    CertificateChainGeneralFailure,
    /// The path holds, but not for this use (key usage, purposes).
    ChainConstraintsFailure,
    /// No path leads to an anchor.
    NoCertificateChainFound,
    /// An algorithm or key size is below what is accepted.
    CryptoConstraintsFailure,
    /// The times in the file contradict each other.
    TimestampOrderFailure,
    /// An attribute is not as the profile wants it.
    SigConstraintsFailure,
    /// The signer's certificate is not in the file or cannot be read.
    NoSigningCertificateFound,
    /// The signature is proven to be older than the certificate.
    NotYetValid,
    /// The signature is proven to be younger than the end of the certificate.
    Expired,
    /// The signature is proven to be younger than the revocation of the certificate.
    Revoked,
    /// The signature is wrong under the signer's key.
    SigCryptoFailure,
    /// The content is not what was signed.
    HashFailure,
    /// The file is not a detached CAdES signature.
    FormatFailure,
}

impl SubIndication {
    /// Returns the name as the standard writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TryLater => "TRY_LATER",
            Self::SignedDataNotFound => "SIGNED_DATA_NOT_FOUND",
            Self::RevocationOutOfBoundsNoPoe => "REVOCATION_OUT_OF_BOUNDS_NO_POE",
            Self::OutOfBoundsNoPoe => "OUT_OF_BOUNDS_NO_POE",
            Self::RevokedCaNoPoe => "REVOKED_CA_NO_POE",
            Self::RevokedNoPoe => "REVOKED_NO_POE",
            Self::TimestampOrderFailure => "TIMESTAMP_ORDER_FAILURE",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::Expired => "EXPIRED",
            Self::Revoked => "REVOKED",
            Self::CryptoConstraintsFailureNoPoe => "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
            Self::CertificateChainGeneralFailure => "CERTIFICATE_CHAIN_GENERAL_FAILURE",
            Self::ChainConstraintsFailure => "CHAIN_CONSTRAINTS_FAILURE",
            Self::NoCertificateChainFound => "NO_CERTIFICATE_CHAIN_FOUND",
            Self::CryptoConstraintsFailure => "CRYPTO_CONSTRAINTS_FAILURE",
            Self::SigConstraintsFailure => "SIG_CONSTRAINTS_FAILURE",
            Self::NoSigningCertificateFound => "NO_SIGNING_CERTIFICATE_FOUND",
            Self::SigCryptoFailure => "SIG_CRYPTO_FAILURE",
            Self::HashFailure => "HASH_FAILURE",
            Self::FormatFailure => "FORMAT_FAILURE",
        }
    }

    /// Tells whether the standard puts this under TOTAL-FAILED (table 6) or INDETERMINATE.
    ///
    /// NOT_YET_VALID, EXPIRED and REVOKED fail only where it is proven that the signature was made on
    /// the wrong side of that instant; a time-stamp of the signature proves that it was made before,
    /// never that it was made after.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Self::NotYetValid
                | Self::Expired
                | Self::Revoked
                | Self::SigCryptoFailure
                | Self::HashFailure
                | Self::FormatFailure
        )
    }
}

/// The overall verdict of EN 319 102-1 §5.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// INDETERMINATE: what is at hand proves neither.
    Indeterminate(SubIndication),
    /// TOTAL-FAILED: the signature does not hold.
    TotalFailed(SubIndication),
    /// TOTAL-PASSED: every check, revocation included, holds.
    TotalPassed,
}

impl Verdict {
    /// Returns the main indication as the standard writes it.
    pub fn indication(self) -> &'static str {
        match self {
            Self::Indeterminate(_) => "INDETERMINATE",
            Self::TotalFailed(_) => "TOTAL-FAILED",
            Self::TotalPassed => "TOTAL-PASSED",
        }
    }

    /// Returns the sub-indication; TOTAL-PASSED has none.
    pub fn sub_indication(self) -> Option<SubIndication> {
        match self {
            Self::Indeterminate(sub) | Self::TotalFailed(sub) => Some(sub),
            Self::TotalPassed => None,
        }
    }

    /// Says the verdict in one sentence for people.
    pub fn words(self) -> Words {
        let (vi, en) = match self {
            Self::TotalPassed => ("chữ ký hợp lệ", "the signature is valid"),
            Self::Indeterminate(sub) | Self::TotalFailed(sub) => sentence(sub),
        };
        Words::new(vi, en)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.indication())?;
        match self.sub_indication() {
            Some(sub) => write!(f, "/{}", sub.as_str()),
            None => Ok(()),
        }
    }
}

/// Concludes from what every fault leads to.
///
/// `settled` tells whether every certificate that the verdict rests on is known not to be revoked.
pub(crate) fn conclude(
    findings: impl IntoIterator<Item = SubIndication>,
    settled: bool,
) -> Verdict {
    match findings.into_iter().max() {
        Some(sub) if sub.is_failure() => Verdict::TotalFailed(sub),
        Some(sub) => Verdict::Indeterminate(sub),
        None if settled => Verdict::TotalPassed,
        None => Verdict::Indeterminate(SubIndication::TryLater),
    }
}

fn sentence(sub: SubIndication) -> (&'static str, &'static str) {
    match sub {
        SubIndication::TryLater => (
            "chữ ký đúng và chứng thư đáng tin, nhưng chưa kiểm tra được chứng thư có bị thu hồi hay không",
            "the signature is right and the certificate trusted, but whether it was revoked is not known yet",
        ),
        SubIndication::SignedDataNotFound => (
            "chưa kết luận được: thiếu nội dung đã ký để đối chiếu",
            "not determined: the signed content is not at hand",
        ),
        SubIndication::RevocationOutOfBoundsNoPoe => (
            "chưa kết luận được: dữ liệu thu hồi do cơ quan đã hết hạn cấp và không có bằng chứng về thời điểm của nó",
            "not determined: the revocation data is of an authority that has ended, and nothing proves when it was made",
        ),
        SubIndication::RevokedCaNoPoe => (
            "chưa kết luận được: chứng thư của cơ quan chứng thực đã bị thu hồi và không có bằng chứng là ký trước đó",
            "not determined: the authority's certificate has been revoked and nothing proves that it signed before",
        ),
        SubIndication::RevokedNoPoe => (
            "chưa kết luận được: chứng thư đã bị thu hồi và không có bằng chứng là ký trước đó",
            "not determined: the certificate has been revoked and nothing proves that it signed before",
        ),
        SubIndication::TimestampOrderFailure => (
            "chưa kết luận được: các mốc thời gian trong chữ ký mâu thuẫn với nhau",
            "not determined: the times in the signature contradict each other",
        ),
        SubIndication::NotYetValid => (
            "chữ ký sai: được tạo trước khi chứng thư có hiệu lực",
            "the signature fails: it was made before its certificate was valid",
        ),
        SubIndication::Expired => (
            "chữ ký sai: được tạo sau khi chứng thư hết hạn",
            "the signature fails: it was made after its certificate had ended",
        ),
        SubIndication::Revoked => (
            "chữ ký sai: được tạo sau khi chứng thư bị thu hồi",
            "the signature fails: it was made after its certificate had been revoked",
        ),
        SubIndication::OutOfBoundsNoPoe => (
            "chưa kết luận được: chứng thư không còn (hoặc chưa) hiệu lực và không có dấu thời gian chứng minh lúc ký",
            "not determined: the certificate is outside its validity and no time-stamp proves when it signed",
        ),
        SubIndication::CryptoConstraintsFailureNoPoe => (
            "chưa kết luận được: thuật toán hoặc độ dài khóa nay không còn được chấp nhận, và không có dấu thời gian chứng minh đã ký từ trước",
            "not determined: the algorithm or key size is no longer accepted, and no time-stamp proves that it signed before",
        ),
        SubIndication::CertificateChainGeneralFailure => (
            "chưa kết luận được: đường dẫn chứng thư có lỗi",
            "not determined: the certificate path does not hold",
        ),
        SubIndication::ChainConstraintsFailure => (
            "chưa kết luận được: chứng thư không được cấp cho việc ký văn bản",
            "not determined: the certificate is not meant for signing documents",
        ),
        SubIndication::NoCertificateChainFound => (
            "chưa kết luận được: chứng thư không dẫn tới cơ quan chứng thực nào mà trường tin cậy",
            "not determined: the certificate leads to no authority that the school trusts",
        ),
        SubIndication::CryptoConstraintsFailure => (
            "chưa kết luận được: thuật toán hoặc độ dài khóa không được chấp nhận",
            "not determined: the algorithm or key size is not accepted",
        ),
        SubIndication::SigConstraintsFailure => (
            "chưa kết luận được: chữ ký thiếu hoặc sai thông tin bắt buộc",
            "not determined: the signature lacks required information or contradicts itself",
        ),
        SubIndication::NoSigningCertificateFound => (
            "chưa kết luận được: không tìm thấy chứng thư của người ký",
            "not determined: the signer's certificate was not found",
        ),
        SubIndication::SigCryptoFailure => (
            "chữ ký sai: không khớp với khóa của người ký",
            "the signature is wrong: it does not match the signer's key",
        ),
        SubIndication::HashFailure => (
            "chữ ký không còn đúng: nội dung đã bị thay đổi sau khi ký",
            "the signature no longer holds: the content was changed after signing",
        ),
        SubIndication::FormatFailure => (
            "tệp chữ ký không đúng khuôn dạng",
            "the signature file is not in the required form",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_at_fault_is_not_yet_passed() {
        assert_eq!(conclude([], false).to_string(), "INDETERMINATE/TRY_LATER");
        assert_eq!(conclude([], true).to_string(), "TOTAL-PASSED");
    }

    #[test]
    fn a_failure_outranks_a_doubt() {
        let findings = [
            SubIndication::NoCertificateChainFound,
            SubIndication::SigCryptoFailure,
        ];
        assert_eq!(
            conclude(findings, true).to_string(),
            "TOTAL-FAILED/SIG_CRYPTO_FAILURE"
        );
        assert_eq!(
            conclude(findings[..1].to_vec(), true).indication(),
            "INDETERMINATE"
        );
    }

    #[test]
    fn passed_has_no_sub_indication() {
        assert_eq!(Verdict::TotalPassed.to_string(), "TOTAL-PASSED");
        assert_eq!(Verdict::TotalPassed.sub_indication(), None);
        assert!(!Verdict::TotalPassed.words().vi.is_empty());
    }
}
