//! Addresses: what a browser asks for, as a path in the archive, and the other way round
//! (RFC 3986 §2.1).

/// The path that is meant, without its leading `/`; none if no archive can hold it.
///
/// An escaped separator would make two paths of one, and is in no link of ours. Everything else that
/// leads out of the archive is refused by [`crate::path::SitePath::parse`].
pub fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.strip_prefix('/')?.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, after @ ..] = rest else {
            return None;
        };
        let digit = |b: u8| {
            char::from(b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        match digit(*high)? * 16 + digit(*low)? {
            b'/' => return None,
            byte => bytes.push(byte),
        }
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// The other way: only what needs no escaping in any part of an address stays.
pub fn encoded(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let escape = |b: u8| {
        if plain(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    path.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_unescaped_once() {
        assert_eq!(decoded("/a%20b/%c4%91%C3%A0o").as_deref(), Some("a b/đào"));
        assert_eq!(decoded("/%252e").as_deref(), Some("%2e"));
        assert_eq!(encoded("a b/đ.x"), "a%20b/%C4%91.x");
        for bad in [
            "", "a", "/%", "/%4", "/%zz", "/%+4", "/%ff", "/a%2fb", "/a%2Fb",
        ] {
            assert_eq!(decoded(bad), None, "{bad}");
        }
    }
}
