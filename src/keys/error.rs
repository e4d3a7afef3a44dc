//! Why a key cannot be used. Every variant says what to do; none ever carries a secret.

use std::path::Path;

use thiserror::Error;

use crate::diag::Words;
use crate::sign::CertificateError;
use crate::sign::Pkcs12Error;
use crate::sign::SchemeError;

/// Says why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A file holds no certificate, or something that is none.
    #[error("{path}: {reason}")]
    CertificateFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something about a key file.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What.
        error: Box<KeyError>,
    },
    /// The PIN is one wrong try away from being locked.
    #[error("one wrong PIN more locks token «{token}»")]
    LastTry {
        /// Its label.
        token: String,
    },
    /// The PIN is locked.
    #[error("the PIN of token «{token}» is locked")]
    Locked {
        /// Its label.
        token: String,
    },
    /// The module cannot be loaded.
    #[error("the PKCS#11 module {path} cannot be loaded: {reason}")]
    Module {
        /// Its path.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The module is for another kind of processor than this program.
    #[error("the PKCS#11 module {path} is for another processor or word size than this program")]
    ModuleForeign {
        /// Its path.
        path: String,
    },
    /// The URI names no module, or a name that stands for none or for several.
    #[error("the URI must name one PKCS#11 module; found: {}", list(found))]
    ModuleUnknown {
        /// What was found.
        found: Vec<String>,
    },
    /// There is no such certificate on the token.
    #[error("token «{token}» has no such certificate of a signer")]
    NoCertificate {
        /// The token's label.
        token: String,
    },
    /// There is no private key for the certificate.
    #[error("token «{token}» has no private key for this certificate")]
    NoKey {
        /// The token's label.
        token: String,
    },
    /// The key needs a password or PIN, and there is nobody to ask.
    #[error("cannot ask for the password: {reason}")]
    NoSecret {
        /// Why not.
        reason: String,
    },
    /// No token is the one that the URI describes.
    #[error("no token is the one described; there are: {}", list(found))]
    NoToken {
        /// The tokens that are there.
        found: Vec<String>,
    },
    /// The variable is not set.
    #[error("the variable {name} is not set")]
    NoVariable {
        /// Its name.
        name: String,
    },
    /// The variable is not base64.
    #[error("the variable {name} does not hold base64")]
    NotBase64 {
        /// Its name.
        name: String,
    },
    /// PKCS#12: an error of the core.
    #[error(transparent)]
    Pkcs12(#[from] Pkcs12Error),
    /// A PKCS#12 file asks for too much work.
    #[error("the PKCS#12 file asks for {what}, more than the {limit} that are done")]
    Pkcs12Costly {
        /// What it asks for.
        what: String,
        /// The most.
        limit: u64,
    },
    /// The signing program failed.
    #[error("the program {path} did not sign: {reason}")]
    Program {
        /// The program.
        path: String,
        /// What happened.
        reason: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {reason}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The signing service failed, or does not sign.
    #[error("the signing service {url}: {reason}")]
    Remote {
        /// The service.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The certificate's key is none that is signed with.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
    /// Several things on the token are what the URI describes.
    #[error("several {what} are what the URI describes: {}", list(found))]
    Several {
        /// Tokens, certificates or keys.
        what: &'static str,
        /// Each as one can name it.
        found: Vec<String>,
    },
    /// The token says no.
    #[error("the token answers: {reason}")]
    Token {
        /// What it says.
        reason: String,
    },
    /// What `--key` was given cannot be read.
    #[error("--key: {reason_en}")]
    Uri {
        /// Why, in Vietnamese.
        reason_vi: String,
        /// Why, in English.
        reason_en: String,
    },
    /// The PIN is wrong. It was tried once.
    #[error("the PIN is wrong; it was tried once and is not tried again{}", left_en(*.left))]
    WrongPin {
        /// How the token stands now.
        left: Left,
    },
}

/// How a token stands after a wrong PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing is known.
    Some,
    /// Few tries are left.
    Few,
    /// One try is left.
    One,
    /// It is locked now.
    None,
}

impl KeyError {
    /// The same about a file.
    #[must_use]
    pub fn of_file(self, path: &Path) -> Self {
        match self {
            same @ (Self::Read { .. } | Self::File { .. } | Self::NoSecret { .. }) => same,
            error => Self::File {
                path: path.display().to_string(),
                error: Box::new(error),
            },
        }
    }

    /// A fault of the URI.
    pub(crate) fn uri(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Uri {
            reason_vi: vi.into(),
            reason_en: en.into(),
        }
    }

    /// Whether the command line is at fault, not the surroundings.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Uri { .. })
    }

    /// Says it for people.
    pub fn words(&self) -> Words {
        let vi = match self {
            Self::Certificate(error) => return error.words(),
            Self::Pkcs12(error) => return error.words(),
            Self::Scheme(error) => return error.words(),
            Self::File { path, error } => {
                let words = error.words();
                return Words::new(
                    format!("{path}: {}", words.vi),
                    format!("{path}: {}", words.en),
                );
            }
            Self::CertificateFile { path, reason } => format!("{path}: {reason}"),
            Self::LastTry { token } => {
                format!("token «{token}» chỉ còn một lần nhập PIN: sai nữa là bị khóa")
            }
            Self::Locked { token } => format!("PIN của token «{token}» đã bị khóa"),
            Self::Module { path, reason } => {
                format!("không nạp được thư viện PKCS#11 {path}: {reason}")
            }
            Self::ModuleForeign { path } => {
                format!("thư viện PKCS#11 {path} dành cho loại máy khác (ví dụ bản 32 bit)")
            }
            Self::ModuleUnknown { found } => format!(
                "địa chỉ khóa phải nêu đúng một thư viện PKCS#11; trên máy có: {}",
                list(found)
            ),
            Self::NoCertificate { token } => {
                format!("token «{token}» không có chứng thư người ký như vậy")
            }
            Self::NoKey { token } => {
                format!("token «{token}» không có khóa bí mật của chứng thư này")
            }
            Self::NoSecret { reason } => format!("không hỏi được mật khẩu: {reason}"),
            Self::NoToken { found } => {
                format!("không có token như vậy; đang cắm: {}", list(found))
            }
            Self::NoVariable { name } => format!("biến {name} không được đặt"),
            Self::NotBase64 { name } => format!("biến {name} không phải base64"),
            Self::Pkcs12Costly { what, limit } => {
                format!("tệp PKCS#12 đòi {what}, quá mức {limit}")
            }
            Self::Program { path, reason } => {
                format!("chương trình {path} không ký được: {reason}")
            }
            Self::Read { path, reason } => format!("không đọc được {path}: {reason}"),
            Self::Remote { url, reason } => format!("dịch vụ ký {url}: {reason}"),
            Self::Several { what, found } => {
                let what = match *what {
                    "tokens" => "token",
                    "certificates" => "chứng thư",
                    _ => "khóa",
                };
                format!("có nhiều {what} như vậy: {}", list(found))
            }
            Self::Token { reason } => format!("token trả lời: {reason}"),
            Self::Uri { reason_vi, .. } => format!("--key: {reason_vi}"),
            Self::WrongPin { left } => {
                let left = match left {
                    Left::Some => "",
                    Left::Few => "; token báo còn ít lần thử",
                    Left::One => "; chỉ còn một lần thử trước khi khóa",
                    Left::None => "; token đã bị khóa",
                };
                format!("PIN sai; đã thử một lần và không thử lại{left}")
            }
        };
        Words::new(vi, self.to_string())
    }

    /// How to go on, where there is something to be done.
    pub fn help(&self) -> Option<Words> {
        match self {
            Self::File { error, .. } => error.help(),
            Self::LastTry { .. } => Some(Words::new(
                "nếu chắc chắn nhớ đúng PIN, chạy lại với `--last-try`; nếu không, nhờ nơi cấp token đặt lại PIN",
                "if you are sure of the PIN, run again with `--last-try`; if not, have the issuer of the token reset it",
            )),
            Self::Locked { .. } => Some(Words::new(
                "nhờ nơi cấp token mở khóa (PIN quản trị, PUK)",
                "have the issuer of the token unlock it (SO PIN, PUK)",
            )),
            Self::ModuleUnknown { .. } => Some(Words::new(
                "thêm vào cuối địa chỉ: ?module-path=/đường/dẫn/thư-viện.so",
                "add to the end of the URI: ?module-path=/path/of/the/module.so",
            )),
            Self::NoCertificate { .. } => Some(Words::new(
                "nêu tệp chứng thư bằng `--cert FILE`, hoặc bỏ bớt `object`, `id` trong địa chỉ",
                "give the certificate as `--cert FILE`, or leave `object`, `id` out of the URI",
            )),
            Self::NoSecret { .. } => Some(Words::new(
                "chạy trong cửa sổ lệnh, hoặc dùng `--password-file`",
                "run in a terminal, or use `--password-file`",
            )),
            Self::Several { .. } => Some(Words::new(
                "nói rõ hơn trong địa chỉ: `serial=`, `token=`, `id=` hoặc `object=`",
                "say more in the URI: `serial=`, `token=`, `id=` or `object=`",
            )),
            _ => None,
        }
    }
}

fn list(found: &[String]) -> String {
    if found.is_empty() {
        "—".to_owned()
    } else {
        found.join("; ")
    }
}

fn left_en(left: Left) -> &'static str {
    match left {
        Left::Some => "",
        Left::Few => "; the token says that few tries are left",
        Left::One => "; one try is left before it locks",
        Left::None => "; the token is locked now",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_speaks_both_languages() {
        let (token, path, reason, name) =
            (|| "t".into(), || "p".into(), || "r".into(), || "n".into());
        for error in [
            KeyError::LastTry { token: token() },
            KeyError::Locked { token: token() },
            KeyError::Module {
                path: path(),
                reason: reason(),
            },
            KeyError::ModuleForeign { path: path() },
            KeyError::ModuleUnknown { found: vec![] },
            KeyError::NoCertificate { token: token() },
            KeyError::NoKey { token: token() },
            KeyError::NoSecret { reason: reason() },
            KeyError::NoToken {
                found: vec!["a".into()],
            },
            KeyError::NoVariable { name: name() },
            KeyError::NotBase64 { name: name() },
            KeyError::Pkcs12Costly {
                what: "x".into(),
                limit: 1,
            },
            KeyError::Program {
                path: path(),
                reason: reason(),
            },
            KeyError::Read {
                path: path(),
                reason: reason(),
            },
            KeyError::Remote {
                url: path(),
                reason: reason(),
            },
            KeyError::Several {
                what: "tokens",
                found: vec![],
            },
            KeyError::Several {
                what: "certificates",
                found: vec![],
            },
            KeyError::Several {
                what: "keys",
                found: vec![],
            },
            KeyError::Token { reason: reason() },
            KeyError::uri("v", "e"),
            KeyError::WrongPin { left: Left::Some },
            KeyError::WrongPin { left: Left::Few },
            KeyError::WrongPin { left: Left::One },
            KeyError::WrongPin { left: Left::None },
        ] {
            let words = error.words();
            assert_ne!(words.vi, words.en);
            let filed = error.clone().of_file(Path::new("tệp")).words();
            assert!(filed.vi.contains(&words.vi) || filed == words);
            if let Some(help) = error.help() {
                assert_ne!(help.vi, help.en);
            }
        }
    }
}
