//! What a request that cannot be met is told.

use super::*;

fn refusal(lab: &Lab, request: &Request<'_>) -> String {
    lab.make(request).expect_err("must be refused").en
}

#[test]
fn a_kind_or_unit_that_is_not_there_is_told_what_is_near() {
    let lab = Lab::new();
    let at = |kind, unit| {
        refusal(
            &lab,
            &Request {
                unit: Some(unit),
                ..request(kind)
            },
        )
    };
    assert_eq!(
        at("giao-na", "mg-5a"),
        "there is no kind `giao-na`; did you mean `giao-an`?"
    );
    let all = "there is no kind `x`; the kinds are `ban-giao-tai-san`,";
    assert!(at("x", "mg-5a").starts_with(all));
    let book =
        "`so-van-ban-den` is a book, made from records; make a record of the kind `van-ban-den`";
    assert_eq!(at("so-van-ban-den", "truong"), book);
    let unit = "on 2024-09-09 the school has no unit `mg-5b`; did you mean `mg-5a`?";
    assert_eq!(at("giao-an", "mg-5b"), unit);
    let scope = "unit `truong` does not keep the kind `giao-an`; on 2024-09-09 the kind `giao-an` is kept at `mg-5a`";
    assert_eq!(at("giao-an", "truong"), scope);
    let early = Request {
        date: Date::constant(2024, 7, 31),
        unit: Some("mg-5a"),
        ..request("giao-an")
    };
    assert!(refusal(&lab, &early).starts_with("on 2024-07-31 the school has no unit `mg-5a`"));
    let unsaid = Request {
        unit: None,
        ..early
    };
    assert!(refusal(&lab, &unsaid).starts_with("no unit is named"));
}

#[test]
fn a_name_that_cannot_be_is_told_why() {
    let mut lab = Lab::new();
    let plan = request("giao-an");
    lab.add(&plan);
    let named = |kind, name| {
        refusal(
            &lab,
            &Request {
                name: Some(name),
                ..request(kind)
            },
        )
    };
    assert_eq!(named("giao-an", "?"), "`?` cannot be made a file name");
    let month = "records of the kind `so-theo-doi-tre` have no names of their own; file names match `^\\d{4}-\\d{2}$`";
    assert_eq!(named("so-theo-doi-tre", "x"), month);
    let taken = "there is `content/2024-2025/mg-5a/giao-an/2024-09-09.md` already; give a name with `--ten`";
    assert_eq!(refusal(&lab, &plan), taken);
}

#[test]
fn a_value_that_cannot_be_is_told_why() {
    let lab = Lab::new();
    let with = |key, value| {
        let given = given(&[(key, value)]);
        refusal(
            &lab,
            &Request {
                given: &given,
                ..request("giao-an")
            },
        )
    };
    assert_eq!(
        with("chu-đe", "x"),
        "there is no field `chu-đe`; did you mean `chu-de`?"
    );
    assert!(
        with("muc-dich.x", "x")
            .starts_with("there is no field `muc-dich.x`; the fields are `kien-thuc`")
    );
    assert_eq!(
        with("thoi-luong", "99"),
        "`thoi-luong`: `99` is not valid: the most is 60"
    );
    assert_eq!(
        with("thoi-luong", "lâu"),
        "`thoi-luong`: `lâu` is not valid: it must be a whole number"
    );
    assert!(with("linh-vuc", "the-chatt").ends_with("; did you mean `the-chat`?"));
    assert!(
        with("nguoi-soan", "do-thi-huong-giang")
            .starts_with("`nguoi-soan`: on 2024-09-09 `do-thi-huong-giang` does not hold")
    );
    let person = Request {
        person: Some("trinh-thi-hong-nha"),
        ..request("giao-an")
    };
    assert!(refusal(&lab, &person).ends_with("; did you mean `trinh-thi-hong-nhan`?"));
}

#[test]
fn a_role_that_nobody_holds_is_named() {
    let mut lab = Lab::new();
    let school = String::from_utf8(lab.files["content/school.yaml"].clone()).unwrap();
    let kept = |line: &&str| {
        !line.contains("vai-tro: giao-vien, don-vi: mg-5a") && !line.contains("vai-tro: van-thu")
    };
    let school: Vec<&str> = school.lines().filter(kept).collect();
    lab.files
        .insert("content/school.yaml".into(), school.join("\n").into_bytes());
    let error = lab.make(&request("giao-an")).unwrap_err();
    assert!(
        error.en.starts_with(
            "on 2024-09-09 nobody holds the role `Giáo viên` for step `soan` of unit `mg-5a`"
        ),
        "{}",
        error.en
    );
    let error = lab.make(&request("van-ban-den")).unwrap_err();
    assert!(
        error
            .en
            .starts_with("on 2024-09-09 nobody holds the role `Văn thư`"),
        "{}",
        error.en
    );
}

#[test]
fn nobody_is_named_where_the_chain_names_nobody() {
    let person = Some("do-thi-huong-giang");
    let error = Lab::new()
        .make(&Request {
            person,
            ..request("van-ban-den")
        })
        .unwrap_err();
    assert!(
        error
            .en
            .ends_with("is not one of those who are named to sign `van-ban-den`"),
        "{}",
        error.en
    );
}
