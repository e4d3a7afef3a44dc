//! Which PKCS#11 module is loaded: the one named, and only if it is for this kind of processor.

#![expect(
    clippy::disallowed_methods,
    reason = "modules are installed on the machine, not kept in the repository"
)]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use crate::keys::KeyError;
use crate::keys::file;
use crate::keys::token::TokenUri;

/// Where systems keep modules.
const FOLDERS: [&str; 9] = [
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib/pkcs11",
    "/usr/lib64/pkcs11",
    "/usr/lib/x86_64-linux-gnu/pkcs11",
    "/usr/lib/aarch64-linux-gnu/pkcs11",
    "/usr/lib/softhsm",
    "/usr/local/lib",
    "/usr/local/lib/pkcs11",
];

/// Modules that are shown when none is named.
const KNOWN: [&str; 6] = [
    "softhsm2",
    "opensc-pkcs11",
    "eTPkcs11",
    "bit4xpki",
    "fptca_v4",
    "p11-kit-proxy",
];

/// The module's file.
///
/// # Errors
/// [`KeyError::ModuleUnknown`], [`KeyError::ModuleForeign`].
pub(crate) fn path(uri: &TokenUri, dir: &Path) -> Result<PathBuf, KeyError> {
    let path = match (&uri.module_path, &uri.module_name) {
        (Some(path), _) => file::beside(dir, path),
        (None, Some(name)) => named(name)?,
        (None, None) => {
            let found = KNOWN.iter().flat_map(|name| all(name));
            return Err(KeyError::ModuleUnknown {
                found: shown(found.collect()),
            });
        }
    };
    match fits(&path) {
        Some(false) => Err(KeyError::ModuleForeign {
            path: path.display().to_string(),
        }),
        _ => Ok(path),
    }
}

fn named(name: &str) -> Result<PathBuf, KeyError> {
    if name.contains(['/', '\\']) {
        return Err(KeyError::uri(
            "`module-name` là tên, không phải đường dẫn; dùng `module-path`",
            "`module-name` is a name and no path; use `module-path`",
        ));
    }
    let mut found = all(name);
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            found.extend(last);
            Err(KeyError::ModuleUnknown {
                found: shown(found),
            })
        }
    }
}

/// Every file that a name may stand for; links to one file are one.
fn all(name: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = FOLDERS
        .iter()
        .flat_map(|folder| {
            ["", "lib"].map(|prefix| Path::new(folder).join(format!("{prefix}{name}.so")))
        })
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    found.sort();
    found.dedup();
    found
}

fn shown(paths: Vec<PathBuf>) -> Vec<String> {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect()
}

/// Whether a module is for this processor, by the head of its file. None if the head is not known;
/// the loader will say.
fn fits(path: &Path) -> Option<bool> {
    let mut head = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(4096).read_to_end(&mut head).ok()?;
    is_native(&head)
}

fn is_native(head: &[u8]) -> Option<bool> {
    const BITS_64: bool = size_of::<usize>() == 8;
    if head.starts_with(b"\x7fELF") {
        // e_ident[EI_CLASS]: 1 is 32 bits, 2 is 64.
        return Some((*head.get(4)? == 2) == BITS_64);
    }
    if head.starts_with(b"MZ") {
        let at = head.get(0x3c..0x40)?.try_into().ok()?;
        let at = usize::try_from(u32::from_le_bytes(at)).ok()?;
        let machine = head.get(at.checked_add(4)?..at.checked_add(6)?)?;
        // IMAGE_FILE_MACHINE_I386.
        return Some((machine != [0x4c, 0x01]) == BITS_64);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_for_other_machines_is_known_by_its_head() {
        assert_eq!(is_native(b"\x7fELF\x01"), Some(false));
        assert_eq!(is_native(b"\x7fELF\x02"), Some(true));
        let mut windows = b"MZ".to_vec();
        windows.resize(0x3c, 0);
        windows.extend([0x40, 0, 0, 0]);
        windows.extend(b"PE\0\0\x4c\x01");
        assert_eq!(is_native(&windows), Some(false));
        for odd in [&b""[..], b"\x7fELF", b"MZ", b"#!/bin/sh", &[0xff; 80]] {
            assert_eq!(is_native(odd), None);
        }
        let mut far = windows.clone();
        far[0x3c..0x40].fill(0xff);
        assert_eq!(is_native(&far), None);
    }

    #[test]
    fn a_name_is_no_path() {
        let uri = TokenUri {
            module_name: Some("../x".into()),
            ..TokenUri::default()
        };
        assert!(matches!(
            path(&uri, Path::new(".")),
            Err(KeyError::Uri { .. })
        ));
    }
}
