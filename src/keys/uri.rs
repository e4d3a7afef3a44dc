//! What `--key` takes.
//!
//! ```text
//! FILE.p12                                 PKCS#12
//! pkcs11:token=…;object=…?module-path=…    a token, by RFC 7512
//! env:NAME                                 a PKCS#12 file in base64, in the environment
//! program:PATH;cert=FILE[;chain=FILE][;seconds=N]
//! csc:https://HOST/csc/v2?[credential=ID&]token-file=FILE|token-env=NAME
//! ```
//!
//! A PIN is never part of it: command lines are kept in histories and seen by every process.

use std::path::PathBuf;

use crate::keys::KeyError;
use crate::keys::RemoteUri;
use crate::keys::TokenAt;
use crate::keys::TokenUri;
use crate::keys::program::ProgramUri;
use crate::net::https::HttpsUrl;

/// The place of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyUri {
    /// A PKCS#12 file.
    Pkcs12(PathBuf),
    /// A key on a token.
    Token(Box<TokenUri>),
    /// A variable that holds a PKCS#12 file in base64.
    Environment(String),
    /// A program that signs.
    Program(ProgramUri),
    /// A signing service.
    Remote(RemoteUri),
}

impl KeyUri {
    /// Reads what was typed.
    ///
    /// # Errors
    /// [`KeyError::Uri`] with the reason.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if let Some(rest) = text.strip_prefix("pkcs11:") {
            return token(rest).map(|uri| Self::Token(Box::new(uri)));
        }
        if let Some(name) = text.strip_prefix("env:") {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            return match !name.is_empty() && name.bytes().all(plain) {
                true => Ok(Self::Environment(name.to_owned())),
                false => Err(KeyError::uri(
                    "sau `env:` phải là tên một biến",
                    "`env:` is followed by the name of a variable",
                )),
            };
        }
        if let Some(rest) = text.strip_prefix("program:") {
            return program(rest).map(Self::Program);
        }
        if let Some(rest) = text.strip_prefix("csc:") {
            return remote(rest).map(Self::Remote);
        }
        Ok(Self::Pkcs12(PathBuf::from(text)))
    }
}

fn remote(rest: &str) -> Result<RemoteUri, KeyError> {
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let url = HttpsUrl::parse(address).map_err(|error| {
        let words = error.words();
        KeyError::uri(words.vi, words.en)
    })?;
    let (mut credential, mut token) = (None, None);
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = attribute(part)?;
        let text = text(name, &value)?;
        match name {
            "credential" => once(name, &mut credential, text)?,
            "token-file" => once("token", &mut token, TokenAt::File(text.into()))?,
            "token-env" => once("token", &mut token, TokenAt::Environment(text))?,
            _ => return Err(unknown(name)),
        }
    }
    let token = token.ok_or_else(|| {
        KeyError::uri(
            "thêm `token-file=TỆP` hoặc `token-env=BIẾN`: mã truy cập của dịch vụ ký, không bao giờ nằm trên dòng lệnh",
            "add `token-file=FILE` or `token-env=NAME`: the service's access token, never on a command line",
        )
    })?;
    Ok(RemoteUri {
        url,
        credential,
        token,
    })
}

fn program(rest: &str) -> Result<ProgramUri, KeyError> {
    let mut parts = rest.split(';');
    let path = parts.next().unwrap_or_default();
    let mut uri = ProgramUri {
        path: PathBuf::from(path),
        certificate: PathBuf::new(),
        chain: None,
        seconds: ProgramUri::SECONDS,
    };
    for part in parts {
        match part.split_once('=') {
            Some(("cert", file)) => uri.certificate = PathBuf::from(file),
            Some(("chain", file)) => uri.chain = Some(PathBuf::from(file)),
            Some(("seconds", text)) => {
                let seconds = text.parse().ok().filter(|s| (1..=86_400).contains(s));
                uri.seconds = seconds.ok_or_else(|| {
                    KeyError::uri(
                        format!("`seconds={text}` phải từ 1 đến 86400"),
                        format!("`seconds={text}` must be from 1 to 86400"),
                    )
                })?;
            }
            _ => return Err(unknown(part)),
        }
    }
    if path.is_empty() || uri.certificate.as_os_str().is_empty() {
        return Err(KeyError::uri(
            "viết `program:CHƯƠNG-TRÌNH;cert=CHỨNG-THƯ`",
            "write `program:PATH;cert=FILE`",
        ));
    }
    Ok(uri)
}

fn token(rest: &str) -> Result<TokenUri, KeyError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut uri = TokenUri::default();
    for part in path.split(';').filter(|part| !part.is_empty()) {
        let (name, value) = attribute(part)?;
        let text = || text(name, &value);
        match name {
            "token" => once(name, &mut uri.token, text()?)?,
            "manufacturer" => once(name, &mut uri.manufacturer, text()?)?,
            "model" => once(name, &mut uri.model, text()?)?,
            "serial" => once(name, &mut uri.serial, text()?)?,
            "object" => once(name, &mut uri.object, text()?)?,
            "id" => once(name, &mut uri.id, value)?,
            "slot-id" => {
                let number = text()?;
                let number = number.parse().map_err(|_| {
                    KeyError::uri(
                        format!("`slot-id={number}` phải là số"),
                        format!("`slot-id={number}` must be a number"),
                    )
                })?;
                once(name, &mut uri.slot_id, number)?;
            }
            "slot-description" => once(name, &mut uri.slot_description, text()?)?,
            "slot-manufacturer" => once(name, &mut uri.slot_manufacturer, text()?)?,
            "library-description" => once(name, &mut uri.library_description, text()?)?,
            "library-manufacturer" => once(name, &mut uri.library_manufacturer, text()?)?,
            "type" => match text()?.as_str() {
                "private" | "cert" => {}
                other => {
                    return Err(KeyError::uri(
                        format!("`type={other}` không ký được; dùng `type=private` hoặc bỏ đi"),
                        format!("`type={other}` cannot sign; say `type=private` or nothing"),
                    ));
                }
            },
            // RFC 7512 §2.3: what is not understood in the path could have meant another key.
            _ => return Err(unknown(name)),
        }
    }
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = attribute(part)?;
        let text = || text(name, &value);
        match name {
            "module-path" => once(name, &mut uri.module_path, PathBuf::from(text()?))?,
            "module-name" => once(name, &mut uri.module_name, text()?)?,
            "pin-source" => {
                let source = text()?;
                let file = source.strip_prefix("file:").unwrap_or(&source);
                let file = file.strip_prefix("//").unwrap_or(file);
                if file.is_empty() || file.starts_with('|') {
                    return Err(KeyError::uri(
                        "`pin-source` phải là một tệp",
                        "`pin-source` must be a file",
                    ));
                }
                once(name, &mut uri.pin_source, PathBuf::from(file))?;
            }
            "pin-value" => {
                return Err(KeyError::uri(
                    "không nhận PIN trên dòng lệnh (`pin-value`): dòng lệnh được lưu lại và ai cũng xem được; hãy để chương trình hỏi, hoặc dùng `pin-source=file:…`",
                    "no PIN on the command line (`pin-value`): command lines are kept and everybody sees them; let the program ask, or use `pin-source=file:…`",
                ));
            }
            // Other questions of the query have no bearing on which key is meant.
            _ => {}
        }
    }
    Ok(uri)
}

fn attribute(part: &str) -> Result<(&str, Vec<u8>), KeyError> {
    let (name, value) = part.split_once('=').ok_or_else(|| unknown(part))?;
    let value = decoded(value).ok_or_else(|| {
        KeyError::uri(
            format!("`{name}`: sau `%` phải là hai chữ số hex"),
            format!("`{name}`: `%` is followed by two hexadecimal digits"),
        )
    })?;
    Ok((name, value))
}

/// RFC 3986 §2.1.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let value = char::from(rest.next()?).to_digit(16)?;
            u8::try_from(value).ok()
        };
        let high = digit()?;
        bytes.push(high << 4 | digit()?);
    }
    Some(bytes)
}

fn text(name: &str, value: &[u8]) -> Result<String, KeyError> {
    String::from_utf8(value.to_vec()).map_err(|_| {
        KeyError::uri(
            format!("`{name}` không phải UTF-8"),
            format!("`{name}` is not UTF-8"),
        )
    })
}

/// RFC 7512 §2.3: an attribute stands at most once.
fn once<T>(name: &str, slot: &mut Option<T>, value: T) -> Result<(), KeyError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(KeyError::uri(
            format!("`{name}` được nêu hai lần"),
            format!("`{name}` stands there twice"),
        )),
    }
}

fn unknown(part: &str) -> KeyError {
    let shown = crate::diag::words::tame(part);
    KeyError::uri(
        format!("không hiểu `{shown}`"),
        format!("`{shown}` is not understood"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> TokenUri {
        match KeyUri::parse(text) {
            Ok(KeyUri::Token(uri)) => *uri,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_path_is_a_file_and_the_rest_says_what_it_is() {
        let file = KeyUri::parse("keys/toi.p12");
        assert_eq!(file, Ok(KeyUri::Pkcs12("keys/toi.p12".into())));
        let variable = KeyUri::parse("env:SEAL_P12");
        assert_eq!(variable, Ok(KeyUri::Environment("SEAL_P12".into())));
        let Ok(KeyUri::Program(program)) = KeyUri::parse("program:./sign;cert=a.pem;seconds=5")
        else {
            panic!("a program");
        };
        assert_eq!(program.seconds, 5);
        assert_eq!(program.certificate, PathBuf::from("a.pem"));
    }

    #[test]
    fn tokens_are_read_as_the_rfc_writes_them() {
        let uri = token(
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;serial=4a;id=%69%95%3E;object=my-key;type=private?pin-source=file:/etc/pin&module-path=/lib/p11.so&x-other=1",
        );
        assert_eq!(uri.token.as_deref(), Some("The Software PKCS#11 Softtoken"));
        assert_eq!(uri.id.as_deref(), Some([0x69, 0x95, 0x3e].as_slice()));
        assert_eq!(uri.pin_source, Some("/etc/pin".into()));
        assert_eq!(uri.module_path, Some("/lib/p11.so".into()));
        assert_eq!(token("pkcs11:"), TokenUri::default());
        let slash = token("pkcs11:?pin-source=file:///etc/pin");
        assert_eq!(slash.pin_source, Some("/etc/pin".into()));
    }

    #[test]
    fn what_could_mean_another_key_or_shows_a_pin_is_refused() {
        for (text, said) in [
            ("pkcs11:token=a?pin-value=1234", "pin-value"),
            ("pkcs11:token=a;token=b", "twice"),
            ("pkcs11:x-vendor=1", "not understood"),
            ("pkcs11:token", "not understood"),
            ("pkcs11:token=%4", "hexadecimal"),
            ("pkcs11:token=%zz", "hexadecimal"),
            ("pkcs11:token=%ff", "UTF-8"),
            ("pkcs11:type=public", "cannot sign"),
            ("pkcs11:slot-id=x", "number"),
            ("pkcs11:?pin-source=|cat", "must be a file"),
            ("env:", "variable"),
            ("env:A B", "variable"),
            ("csc:https://ky.example/csc/v2", "token-file="),
            ("csc:http://ky.example/csc/v2?token-env=T", "not https"),
            ("csc:https://a?token-env=T&token-file=x", "twice"),
            ("csc:https://a?token-env=T&token=secret", "not understood"),
            ("csc:https://u:p@a?token-env=T", "user"),
            ("program:x", "cert="),
            ("program:x;cert=a;b", "not understood"),
            ("program:x;cert=a;seconds=0", "from 1"),
        ] {
            let error = KeyUri::parse(text).expect_err(text);
            let words = error.words();
            assert!(words.en.contains(said), "{text}: {}", words.en);
            assert!(error.is_usage() && words.vi != words.en);
        }
        // Nothing of a PIN is ever said back.
        let error = KeyUri::parse("pkcs11:?pin-value=271828").expect_err("a PIN");
        assert!(!format!("{error:?}{error}").contains("271828"));
    }
}
