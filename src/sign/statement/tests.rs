//! Statements: one spelling each, bounds both ways, every act.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn statement() -> Statement {
    Statement {
        subject: "2024-2025/mg-5a/giao-an/2024-09-09".into(),
        step: "to-duyet".into(),
        signer: "nguyen-thi-an-khe".into(),
        capacity: "to-truong".into(),
        prior: vec![Sha256::of(b"b"), Sha256::of(b"a")],
        ..Statement::default()
    }
}

#[test]
fn reads_what_it_wrote_with_prior_sorted() {
    let der = statement().to_der().unwrap();
    let read = Statement::from_der(&der).unwrap();
    let mut expected = statement();
    expected.prior.sort();
    assert_eq!(read, expected);
}

#[test]
fn texts_are_bounded_both_ways() {
    let limit = MAX_TEXT;
    for bad in ["", "a\nb", &"x".repeat(limit + 1)] {
        let statement = Statement {
            step: bad.into(),
            ..statement()
        };
        assert_eq!(
            statement.to_der(),
            Err(StatementError::Text {
                field: "step",
                limit
            })
        );
        let wire = wire(1, bad, &[]);
        assert_eq!(
            Statement::from_der(&wire),
            Err(StatementError::Text {
                field: "step",
                limit
            })
        );
    }
}

#[test]
fn prior_is_ascending_distinct_and_bounded() {
    let twice = Statement {
        prior: vec![Sha256::of(b"a"); 2],
        ..statement()
    };
    assert!(matches!(
        twice.to_der(),
        Err(StatementError::Prior { count: 2, .. })
    ));
    let many = (0u16..129).map(|n| Sha256::of(&n.to_be_bytes())).collect();
    let many = Statement {
        prior: many,
        ..statement()
    };
    assert!(matches!(
        many.to_der(),
        Err(StatementError::Prior { count: 129, .. })
    ));
    for prior in [[[2u8; 32].as_slice(), &[1; 32]], [&[1; 32], &[2; 31]]] {
        let read = Statement::from_der(&wire(1, "x", &prior));
        assert!(matches!(read, Err(StatementError::Prior { count: 2, .. })));
    }
}

#[test]
fn other_versions_and_other_bytes_are_refused() {
    assert_eq!(
        Statement::from_der(&wire(3, "x", &[])),
        Err(StatementError::Version { version: 3 })
    );
    assert!(matches!(
        Statement::from_der(&wire(2, "x", &[])),
        Err(StatementError::Field { field: "act", .. })
    ));
    let mut trailing = statement().to_der().unwrap();
    trailing.push(0);
    for bad in [&trailing[..], b"", b"\x30\x00"] {
        let read = Statement::from_der(bad);
        assert!(matches!(read, Err(StatementError::Malformed { .. })));
    }
}

#[test]
fn every_error_has_words() {
    for error in [
        StatementError::Malformed { reason: "r".into() },
        StatementError::Text {
            field: "step",
            limit: 1,
        },
        StatementError::Prior { count: 2, limit: 1 },
        StatementError::Act { act: "x".into() },
        StatementError::Field {
            act: "rut",
            field: "reason",
        },
        StatementError::Version { version: 9 },
    ] {
        assert_ne!(error.words().vi, error.words().en);
    }
}

fn wire(version: u8, step: &str, prior: &[&[u8]]) -> Vec<u8> {
    Wire {
        step: step.into(),
        ..bare(version, prior)
    }
    .to_der()
    .unwrap()
}

fn bare(version: u8, prior: &[&[u8]]) -> Wire {
    let prior = prior
        .iter()
        .map(|d| OctetString::new(*d).unwrap())
        .collect();
    let text = || "x".to_string();
    Wire {
        version,
        subject: text(),
        step: text(),
        signer: text(),
        capacity: text(),
        prior,
        act: None,
        reason: None,
        other: None,
    }
}

fn acted(act: Option<&str>, reason: Option<&str>, other: Option<&str>) -> Vec<u8> {
    let own = |text: Option<&str>| text.map(str::to_owned);
    Wire {
        act: own(act),
        reason: own(reason),
        other: own(other),
        ..bare(if act.is_some() { 2 } else { 1 }, &[])
    }
    .to_der()
    .unwrap()
}

#[test]
fn plain_signatures_are_version_1_as_they_always_were() {
    let der = statement().to_der().unwrap();
    assert_eq!(der[..7], [0x30, 0x81, der[2], 0x02, 0x01, 0x01, 0x0c]);
    let longer = wire(1, "x", &[]);
    assert!(Statement::from_der(&longer).is_ok());
}

#[test]
fn an_act_has_what_it_needs_and_nothing_else() {
    let good = [
        (Some("tra-lai"), Some("thiếu mục tiêu"), None, Act::Return),
        (Some("rut"), Some("gửi nhầm"), None, Act::Withdraw),
        (
            Some("thay-the"),
            Some("đã có bản mới"),
            Some("a/b/c/d"),
            Act::Supersede,
        ),
        (Some("niem-phong"), None, None, Act::SealArchive),
        (None, None, None, Act::Sign),
    ];
    for (act, reason, other, expected) in good {
        let der = acted(act, reason, other);
        let read = Statement::from_der(&der).unwrap();
        assert_eq!(read.act, expected);
        assert_eq!(read.to_der().unwrap(), der);
    }
    let field = |field| move |error: &StatementError| matches!(error, StatementError::Field { field: f, .. } if *f == field);
    let bad = [
        (Some("tra-lai"), None, None, "reason"),
        (Some("rut"), Some("x"), Some("y"), "other"),
        (Some("thay-the"), Some("x"), None, "other"),
        (Some("niem-phong"), Some("x"), None, "reason"),
        (None, Some("x"), None, "reason"),
        (None, None, Some("x"), "other"),
    ];
    for (act, reason, other, named) in bad {
        let error = Statement::from_der(&acted(act, reason, other)).unwrap_err();
        assert!(field(named)(&error), "{error:?}");
    }
    for unknown in ["ky", "", "TRA-LAI", "tra-lai "] {
        let error = Statement::from_der(&acted(Some(unknown), None, None)).unwrap_err();
        assert_eq!(
            error,
            StatementError::Act {
                act: unknown.into()
            }
        );
    }
}

#[test]
fn a_reason_is_bounded_and_on_one_line() {
    let long = "x".repeat(MAX_REASON + 1);
    for bad in ["", "a\nb", &long] {
        let error = Statement::from_der(&acted(Some("rut"), Some(bad), None)).unwrap_err();
        let limit = MAX_REASON;
        assert_eq!(
            error,
            StatementError::Text {
                field: "reason",
                limit
            }
        );
    }
}

fn text() -> impl Strategy<Value = String> {
    "[^\\p{Cc}]{1,60}"
}

fn any_statement() -> impl Strategy<Value = Statement> {
    let acts = [
        Act::Sign,
        Act::Return,
        Act::Withdraw,
        Act::Supersede,
        Act::SealArchive,
    ];
    let texts = (text(), text(), text(), text(), text(), text());
    let prior = vec(any::<[u8; 32]>(), 0..5);
    (proptest::sample::select(acts.to_vec()), texts, prior).prop_map(|(act, texts, prior)| {
        let (subject, step, signer, capacity, reason, other) = texts;
        let mut prior: Vec<Sha256> = prior.into_iter().map(Sha256::from_bytes).collect();
        prior.sort();
        prior.dedup();
        Statement {
            act,
            subject,
            step,
            signer,
            capacity,
            prior,
            reason: act.needs_reason().then_some(reason),
            other: act.needs_other().then_some(other),
        }
    })
}

proptest! {
    #[test]
    fn every_statement_reads_back(statement in any_statement()) {
        let der = statement.to_der().unwrap();
        prop_assert_eq!(Statement::from_der(&der).unwrap(), statement);
    }

    #[test]
    fn what_reads_has_one_spelling(
        statement in any_statement(),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut der = statement.to_der().unwrap();
        let at = at.index(der.len());
        der[at] = byte;
        if let Ok(read) = Statement::from_der(&der) {
            prop_assert_eq!(read.to_der().unwrap(), der);
        }
    }
}
