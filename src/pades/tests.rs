//! Signed copies as a whole: of the sample school's forms.

use super::draw::BLUE;
use super::draw::Drawing;
use super::*;
use crate::sign::demo;
use crate::sign::demo::KeyChoice;

#[test]
fn try_it() {
    let root = std::env::var("ROOT").expect("ROOT");
    let form = std::env::var("FORM").expect("FORM");
    let names = std::env::var("NAMES").expect("NAMES");
    let pdf = std::fs::read(format!("{root}/{form}")).expect("a form");
    let pages = place::pages(&pdf);
    if std::env::var("SHOW").is_ok() {
        println!("{pages:?}");
    }
    let at: Timestamp = "2024-09-30T02:04:00Z".parse().unwrap();
    let validity = demo::Validity { from: "2024-01-01T00:00:00Z".parse().unwrap(), until: "2034-01-01T00:00:00Z".parse().unwrap() };
    let authority = demo::Authority::new("Trường thử", KeyChoice::P256, validity).unwrap();
    let mut taken = Vec::new();
    let mut fields = Vec::new();
    for (n, name) in names.split(';').enumerate() {
        let block = place::block(&pages, name, &[], &taken);
        println!("BLOCK {form} {name}: {block:?}");
        taken.extend(block);
        let mark = block.map(|block| draw::Mark {
            page: block.page,
            area: block.space,
            drawing: Drawing::Text {
                lines: vec![format!("Đã ký số: {name}"), "Ký bản gốc: 2024-09-30T09:04:00+07:00".into(), "Ký bản này: 2024-09-30T09:04:00+07:00".into()],
                ink: BLUE,
            },
        });
        fields.push(Field { name: format!("b{n}-x"), signer: name.into(), reason: "Duyệt: Hiệu trưởng".into(), location: "Tân Hòa".into(), mark });
    }
    let Ok(out) = std::env::var("OUT") else { return };
    let mut copy = pdf.clone();
    for (n, name) in names.split(';').enumerate() {
        let identity = authority.issue(&demo::Person { name, uid: "CCCD:1", key: KeyChoice::P256, validity }, "x").unwrap();
        let signer = crate::sign::Pkcs12::open(&identity.pkcs12, "x").unwrap();
        copy = append(&copy, &fields, n, &signer, at, None).unwrap();
        std::fs::write(format!("{out}/copy.pdf"), &copy).unwrap();
        std::fs::write(format!("{out}/root.pem"), authority.root_pem()).unwrap();
        let begun = begun(&pdf, &copy).unwrap();
        assert!(begun.signatures.iter().all(|b| crate::sign::pades_signer(b.signed(), b.cms()).is_ok()));
        rewrite(&pdf, &copy, &begun, &|_| fields.clone()).unwrap();
    }
}
