//! What changes with time: a form edited by a school, a parent body that was replaced. A record keeps
//! what held on its date, to the byte.

use std::fs;

use crate::lab::Lab;
use crate::lab::project;

fn form(lab: &Lab, id: &str) -> Vec<u8> {
    fs::read(lab.at(&format!("out/data/ho-so/{id}/form.pdf"))).expect("a form")
}

fn says(pdf: &[u8], text: &str) -> bool {
    // The metadata of PDF/A is plain XML.
    pdf.windows(text.len()).any(|w| w == text.as_bytes())
}

#[test]
fn an_edited_form_is_for_new_records_only() {
    let lab = Lab::with_records();
    lab.hoso(&["build"]).ended(0);
    let old = "2024-2025/mg-5a/giao-an/2024-09-09";
    let before = form(&lab, old);

    // The school edits the form: a new file, a new version from a date.
    let text = fs::read_to_string(project().join("layouts/giao-an/form.typ")).expect("the form");
    let edited = text.replace("(Giáo án)", "(Giáo án theo mẫu mới)");
    assert_ne!(edited, text);
    lab.write(
        "layouts/giao-an/form-2.typ",
        format!("{edited}\n#set document(description: \"mẫu mới\")\n"),
    );
    let kind = lab.read("layouts/giao-an/kind.yaml");
    let version = "  - {phien-ban: 2, tu: 2025-01-01, tep: form-2.typ}\n";
    lab.write(
        "layouts/giao-an/kind.yaml",
        kind.replacen("\ntruong:\n", &format!("\n{version}truong:\n"), 1),
    );
    let record = lab.read(&format!("content/{old}.md"));
    let new = "2024-2025/mg-5a/giao-an/2025-02-03";
    lab.write(
        &format!("content/{new}.md"),
        record.replace("2024-09-09", "2025-02-03"),
    );
    lab.commit("mẫu mới từ 01/01/2025");
    lab.hoso(&["build"]).ended(0);

    assert!(form(&lab, old) == before, "the old record's form changed");
    let after = form(&lab, new);
    assert!(says(&after, "mẫu mới") && !says(&before, "mẫu mới"));
    let page = fs::read_to_string(lab.at(&format!("out/data/ho-so/{new}/index.html")));
    assert!(page.expect("a page").contains("phiên bản 2"));
}

#[test]
fn a_letter_has_the_authorities_of_its_day() {
    let lab = Lab::school();
    let school = lab.read("content/school.yaml");
    let old = "  - tu: 2019-08-01\n";
    assert!(school.contains(old));
    let school = school.replacen(old, "  - tu: 2019-08-01\n    den: 2025-06-30\n", 1);
    let since = "  - tu: 2025-07-01\n    ten: Trường Mầm non Hoa Sen\n    ten-van-ban: TRƯỜNG MẦM NON HOA SEN\n    \
                 viet-tat: MNHS\n    chu-quan: ỦY BAN NHÂN DÂN PHƯỜNG TÂN HÒA\n    dia-danh: Phường Tân Hòa\n";
    lab.write(
        "content/school.yaml",
        school.replacen("\ndon-vi:\n", &format!("\n{since}\ndon-vi:\n"), 1),
    );
    // What the form is given, printed where every reader finds it.
    lab.write(
        "layouts/van-ban-di/form.typ",
        "#let d = json(\"/data.json\")\n#set document(title: d.title, description: d.school.parent + \"; \" + d.school.place)\n= Văn bản\n",
    );
    let kind = lab.read("layouts/van-ban-di/kind.yaml");
    let (before, after) = kind.split_once("\nmau:\n").expect("versions");
    let (_, fields) = after.split_once("\ntruong:\n").expect("fields");
    lab.write(
        "layouts/van-ban-di/kind.yaml",
        format!(
            "{before}\nmau:\n  - {{phien-ban: 1, tu: 2020-03-05, tep: form.typ}}\ntruong:\n{fields}"
        ),
    );
    for (year, name, date, number) in [
        ("2024-2025", "168-thu", "2024-09-04", 168),
        ("2025-2026", "1-thu", "2026-03-04", 1),
    ] {
        lab.write(
            &format!("content/{year}/truong/van-ban-di/{name}.md"),
            format!(
                "---\nso: {number}\nky-hieu: MNHS\nngay: {date}\nloai-van-ban: thong-bao\ntrich-yeu: Một việc\n\
                 noi-nhan: [Như trên]\nluu: VT\nnguoi-ky: nguyen-thi-an-khe\n---\n\nNội dung.\n"
            ),
        );
    }
    lab.commit("hai văn bản");
    lab.hoso(&["build"]).ended(0);
    let of_2024 = form(&lab, "2024-2025/truong/van-ban-di/168-thu");
    let of_2026 = form(&lab, "2025-2026/truong/van-ban-di/1-thu");
    assert!(says(
        &of_2024,
        "ỦY BAN NHÂN DÂN THÀNH PHỐ BẠCH VÂN; Tân Hòa"
    ));
    assert!(says(
        &of_2026,
        "ỦY BAN NHÂN DÂN PHƯỜNG TÂN HÒA; Phường Tân Hòa"
    ));
}
