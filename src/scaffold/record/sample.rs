//! A text that a pattern takes, for fields that no `…` fits: a child's code, a year, a goal's number.

use regex_syntax::hir::Class;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;

/// The longest sample worth making.
const LONGEST: u32 = 100;

/// The first and shortest text of a pattern, with digits where any letter would do.
pub fn sample(pattern: &str) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut out = String::new();
    walk(&hir, &mut out).then_some(out)
}

fn walk(hir: &Hir, out: &mut String) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => {
                out.push_str(text);
                true
            }
            Err(_) => false,
        },
        HirKind::Class(Class::Unicode(class)) => {
            let digit = class.iter().find(|r| r.start() <= '0' && '0' <= r.end());
            let first = digit
                .map(|_| '0')
                .or_else(|| class.iter().next().map(|r| r.start()));
            out.extend(first);
            first.is_some()
        }
        HirKind::Class(Class::Bytes(_)) => false,
        HirKind::Repetition(repetition) => {
            repetition.min <= LONGEST && (0..repetition.min).all(|_| walk(&repetition.sub, out))
        }
        HirKind::Capture(capture) => walk(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().all(|part| walk(part, out)),
        HirKind::Alternation(parts) => parts.first().is_some_and(|part| walk(part, out)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_as_short_as_the_pattern_lets_it_be() {
        for (pattern, text) in [
            (r"^[0-9]{10}$", "0000000000"),
            (r"^MT[0-9]{1,3}$", "MT0"),
            (r"^\d{4}-(q[1-4]|6-thang|ca-nam)$", "0000-q1"),
            (r"^[a-z]+(-[a-z]+)*$", "a"),
        ] {
            assert_eq!(sample(pattern).as_deref(), Some(text), "{pattern}");
        }
        assert_eq!(sample("("), None);
    }
}
