//! Signed copies as a whole, of a lesson plan of the sample school: three blocks side by side, two of
//! them with the same name.

use super::draw::BLUE;
use super::draw::Drawing;
use super::*;
use crate::sign::Fault;
use crate::sign::Pkcs12;
use crate::sign::demo;
use crate::sign::demo::KeyChoice;
use crate::sign::pades_signer;

const FORM: &[u8] = include_bytes!("../../tests/fixtures/pades/lesson-plan.pdf");
const PRINCIPAL: &str = "Nguyễn Thị An Khê";
const TEACHER: &str = "Ngô Thị Tường Vi";

fn at() -> Timestamp {
    "2024-09-30T02:04:00Z".parse().unwrap()
}

fn key() -> Pkcs12 {
    let validity = demo::Validity {
        from: "2024-01-01T00:00:00Z".parse().unwrap(),
        until: "2034-01-01T00:00:00Z".parse().unwrap(),
    };
    let authority = demo::Authority::new("Trường thử", KeyChoice::P256, validity).unwrap();
    let person = demo::Person {
        name: PRINCIPAL,
        uid: "CCCD:000000000001",
        key: KeyChoice::P256,
        validity,
    };
    Pkcs12::open(&authority.issue(&person, "x").unwrap().pkcs12, "x").unwrap()
}

fn fields(words: &str) -> Vec<Field> {
    let pages = place::pages(FORM);
    let field = |name: &str, signer: &str| {
        let block = place::block(&pages, signer, &[], &[]).unwrap();
        let lines = vec![words.to_owned(), signer.to_owned()];
        let drawing = Drawing::Text { lines, ink: BLUE };
        Field {
            name: name.to_owned(),
            signer: signer.to_owned(),
            reason: "Duyệt (Hiệu trưởng)".to_owned(),
            location: "Tân Hòa".to_owned(),
            mark: Some(Mark {
                page: block.page,
                area: block.space,
                drawing,
            }),
        }
    };
    vec![field("soan-a", TEACHER), field("duyet-b", PRINCIPAL)]
}

fn signed_by_both() -> Vec<u8> {
    let (key, fields) = (key(), fields("Đã ký số"));
    let first = append(FORM, &fields, 0, &key, at(), None).unwrap();
    append(&first, &fields, 1, &key, at(), None).unwrap()
}

#[test]
fn a_block_is_found_by_its_name_and_its_title() {
    let pages = place::pages(FORM);
    let block = |name, heads: &[&str]| place::block(&pages, name, heads, &[]);
    let principal = block(PRINCIPAL, &[]).unwrap();
    assert_eq!(principal.page, 2);
    let team = block(TEACHER, &["Tổ chuyên môn duyệt"]).unwrap();
    let teacher = block(TEACHER, &["Giáo viên soạn bài"]).unwrap();
    assert!(principal.space.x < team.space.x && team.space.x < teacher.space.x);
    // 25 mm, less what letters reach below their line.
    assert!((55.0..90.0).contains(&team.space.height));
    let other = place::block(&pages, TEACHER, &["Giáo viên soạn bài"], &[teacher]);
    assert_eq!(other, Some(team));
    // Named in the text, but signs nowhere.
    assert_eq!(block("Tuệ Nhi", &[]), None);
    assert!(place::pages(b"%PDF-1.7").is_empty());
}

#[test]
fn a_seal_covers_the_left_third_and_stays_on_the_page() {
    let pages = place::pages(FORM);
    let signature = place::block(&pages, PRINCIPAL, &[], &[]).unwrap().space;
    let side = 36.0 * 72.0 / 25.4;
    let seal = place::seal(&pages, 2, &signature, side, 1.0);
    let covered = seal.x + seal.width - signature.x;
    assert!((covered - signature.width / 3.0).abs() < 0.01);
    let edge = draw::Area {
        x: 0.0,
        y: 0.0,
        ..signature
    };
    let seal = place::seal(&pages, 2, &edge, side, 1.0);
    assert_eq!((seal.x, seal.y), (0.0, 0.0));
}

#[test]
fn the_form_comes_first_and_every_signature_holds() {
    let copy = signed_by_both();
    assert!(copy.starts_with(FORM));
    let begun = begun(FORM, &copy).unwrap();
    assert_eq!(begun.names, ["soan-a", "duyet-b"]);
    for inside in &begun.signatures {
        assert_eq!(inside.at, at());
        let facts = pades_signer(inside.signed(), inside.cms()).unwrap();
        assert_eq!(facts.subject_cn.as_deref(), Some(PRINCIPAL));
        let cut = &inside.signed()[1..];
        let fault = pades_signer(cut, inside.cms()).unwrap_err();
        assert!(matches!(fault, Fault::DigestMismatch { .. }));
    }
    assert_eq!(begun.signatures.len(), 2);
}

#[test]
fn a_copy_is_what_the_form_and_the_fields_give_or_it_is_refused() {
    let copy = signed_by_both();
    let rewritten = |copy: &[u8], words: &'static str| {
        let begun = begun(FORM, copy)?;
        rewrite(FORM, copy, &begun, &|_| fields(words))
    };
    assert_eq!(rewritten(&copy, "Đã ký số"), Ok(()));
    let altered = |result| matches!(result, Err(PadesError::Altered { .. }));
    assert!(altered(rewritten(&copy, "Đã ký thay")));
    let longer = [&copy[..], b"\n"].concat();
    assert!(rewritten(&longer, "Đã ký số").is_err());
    assert!(altered(rewritten(&copy[1..], "Đã ký số")));
    assert!(rewritten(&copy[..copy.len() - 9], "Đã ký số").is_err());
}

#[test]
fn a_field_is_signed_once_and_only_one_that_is_there() {
    let (key, fields) = (key(), fields("Đã ký số"));
    let copy = signed_by_both();
    let again = append(&copy, &fields, 1, &key, at(), None).unwrap_err();
    assert!(matches!(again, PadesError::Unsuitable { .. }));
    assert_ne!(again.words().vi, again.words().en);
    let one = append(FORM, &fields[..1], 0, &key, at(), None).unwrap();
    let missing = append(&one, &fields, 1, &key, at(), None).unwrap_err();
    assert!(matches!(missing, PadesError::Unsuitable { .. }));
}

#[test]
fn what_is_no_form_of_ours_is_refused() {
    let (key, fields) = (key(), fields("Đã ký số"));
    let sign = |pdf: &[u8]| append(pdf, &fields, 0, &key, at(), None).unwrap_err();
    assert!(matches!(sign(b"not a PDF"), PadesError::Unreadable { .. }));
    assert!(matches!(sign(&FORM[..9000]), PadesError::Unreadable { .. }));
    let stamp: Stamp<'_> = &|_| Err(Words::new("không", "no"));
    let error = append(FORM, &fields, 0, &key, at(), Some(stamp)).unwrap_err();
    assert!(matches!(error, PadesError::Stamp(_)));
    let stamp: Stamp<'_> = &|cms| Ok([cms, vec![0; 64 * 1024]].concat());
    let error = append(FORM, &fields, 0, &key, at(), Some(stamp)).unwrap_err();
    assert!(matches!(error, PadesError::Room { .. }));
}

#[test]
fn signatures_are_found_in_any_pdf_and_verified_over_what_is_seen() {
    assert_eq!(found(FORM).unwrap(), []);
    let copy = signed_by_both();
    let both = found(&copy).unwrap();
    let names: Vec<&str> = both.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(names, ["soan-a", "duyet-b"]);
    let covers: Vec<bool> = both
        .iter()
        .map(|f| f.parts.as_ref().unwrap().covers)
        .collect();
    assert_eq!(covers, [false, true]);
    for one in &both {
        let parts = one.parts.as_ref().unwrap();
        let facts = pades_signer(&parts.signed, &parts.cms).unwrap();
        assert_eq!(facts.subject_cn.as_deref(), Some(PRINCIPAL));
        assert_eq!(one.format, "ETSI.CAdES.detached");
    }
    // Something after the last signature is seen.
    let longer = [&copy[..], b"\n"].concat();
    let covers = |pdf: &[u8]| {
        found(pdf)
            .unwrap()
            .iter()
            .any(|f| f.parts.as_ref().is_some_and(|p| p.covers))
    };
    assert!(covers(&copy) && !covers(&longer));
    // A gap that holds more than the signature is none: what lies in it would be seen and not signed.
    let at = copy.windows(10).rposition(|w| w == b"/ByteRange").unwrap();
    let mut moved = copy.clone();
    let digits = moved[at..].iter().position(|b| *b == b' ').unwrap() + at + 1;
    moved[digits] = if moved[digits] == b'9' {
        b'8'
    } else {
        moved[digits] + 1
    };
    assert!(found(&moved).unwrap().iter().any(|f| f.parts.is_none()));
    assert!(found(b"not a PDF").is_err());
}
