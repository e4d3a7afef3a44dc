//! Three answers and one verdict, in the words of EN 319 102-1.
//!
//! 1. Every fault (`fault.rs`) names the question it bears on and the sub-indication it leads to.
//! 2. [`conclude`] takes the gravest of them: a definite failure outranks an open question,
//!    because more data can close the question but never mends the failure.
//! 3. Nothing at fault is still not TOTAL-PASSED: no revocation data is read, and EN 319 102-1
//!    §5.2.6.4 then answers TRY_LATER. When revocation data is read, its result becomes an
//!    argument of [`conclude`], and nothing else changes.

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
    /// The certificate is outside its validity now, and nothing proves when it signed.
    OutOfBoundsNoPoe,
    /// An algorithm or key size no longer counts, and nothing proves that it did when it signed.
    CryptoConstraintsFailureNoPoe,
    /// The path does not hold for a reason other than those below.
    CertificateChainGeneralFailure,
    /// The path holds, but not for this use (key usage, purposes).
    ChainConstraintsFailure,
    /// No path leads to an anchor.
    NoCertificateChainFound,
    /// An algorithm or key size is below what is accepted.
    CryptoConstraintsFailure,
    /// An attribute is not as the profile wants it.
    SigConstraintsFailure,
    /// The signer's certificate is not in the file or cannot be read.
    NoSigningCertificateFound,
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
            Self::OutOfBoundsNoPoe => "OUT_OF_BOUNDS_NO_POE",
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
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Self::SigCryptoFailure | Self::HashFailure | Self::FormatFailure
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
pub(crate) fn conclude(findings: impl IntoIterator<Item = SubIndication>) -> Verdict {
    match findings.into_iter().max() {
        Some(sub) if sub.is_failure() => Verdict::TotalFailed(sub),
        Some(sub) => Verdict::Indeterminate(sub),
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
        assert_eq!(conclude([]).to_string(), "INDETERMINATE/TRY_LATER");
    }

    #[test]
    fn a_failure_outranks_a_doubt() {
        let findings = [
            SubIndication::NoCertificateChainFound,
            SubIndication::SigCryptoFailure,
        ];
        assert_eq!(
            conclude(findings).to_string(),
            "TOTAL-FAILED/SIG_CRYPTO_FAILURE"
        );
        assert_eq!(
            conclude(findings[..1].to_vec()).indication(),
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
