//! `hoso serve --edit` as browsers meet it, honest ones and others: over sockets, against the small school.

use std::collections::BTreeMap;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use base64ct::Base64;
use base64ct::Encoding;
use serde_json::Value;
use serde_json::json;

use crate::lab::Lab;
use crate::lab::Running;
use crate::lab::project;
use crate::start;

const PASSWORD: &str = "bốn từ không liên quan";
const TEACHER: &str = "mai-thi-dieu-hien";
const PLAN: &str = "content/2024-2025/mg-5a/giao-an/2024-09-09.md";
const NEW: &str = "content/2024-2025/mg-5a/giao-an/2024-09-26.md";
const SAVE: &str = "/api/v1/repos/truong/ho-so/contents";

/// An answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The cookie that it sets.
    fn cookie(&self) -> String {
        let set = self.header("set-cookie");
        set.split(';').next().unwrap_or_default().to_owned()
    }
}

/// A server over a school, with an account for some.
struct Server {
    lab: Lab,
    running: Running,
}

/// Somebody's browser.
#[derive(Clone, Default)]
struct Browser {
    cookie: String,
    token: String,
}

impl Server {
    fn new(lab: Lab) -> Server {
        lab.write("../mat-khau", format!("{PASSWORD}\n"));
        for person in [
            TEACHER,
            "phan-thi-quynh-tram",
            "do-thi-huong-giang",
            "tran-van-luc",
            "nguyen-thi-an-khe",
        ] {
            lab.hoso(&["account", "set", person, "--password-file", "../mat-khau"])
                .ended(0);
        }
        let running = lab.start(&["serve", "--edit", "--port", "0"]);
        Server { lab, running }
    }

    fn host(&self) -> &str {
        let address = self
            .running
            .first
            .strip_prefix("http://")
            .expect("an address");
        address.trim_end_matches('/')
    }

    fn origin(&self) -> String {
        format!("http://{}", self.host())
    }

    /// Sends a request as it stands; `lines` are its headers.
    fn raw(&self, line: &str, lines: &[String], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.host()).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a limit");
        let mut head = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        for line in lines {
            head.push_str(line);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        // A server that refuses need not read what it was not going to take.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .expect("an answer");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        Answer {
            status: status.expect("a status"),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    fn lines(&self, browser: &Browser, sort: &str, length: usize) -> Vec<String> {
        vec![
            format!("Host: {}", self.host()),
            format!("Origin: {}", self.origin()),
            "Sec-Fetch-Site: same-origin".to_owned(),
            format!("Content-Type: {sort}"),
            format!("Content-Length: {length}"),
            format!("Cookie: {}", browser.cookie),
            format!("Authorization: token {}", browser.token),
        ]
    }

    fn get(&self, browser: &Browser, path: &str) -> Answer {
        self.raw(
            &format!("GET {path}"),
            &self.lines(browser, "text/plain", 0),
            b"",
        )
    }

    fn post(&self, browser: &Browser, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let lines = self.lines(browser, "application/json", body.len());
        self.raw(&format!("POST {path}"), &lines, body.as_bytes())
    }

    fn form(&self, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode =
            |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let body = body.join("&");
        let lines = self.lines(browser, "application/x-www-form-urlencoded", body.len());
        self.raw(&format!("POST {path}"), &lines, body.as_bytes())
    }

    fn try_sign_in(&self, browser: &Browser, person: &str, password: &str) -> Answer {
        self.form(
            browser,
            "/dang-nhap",
            &[("ten", person), ("mat-khau", password)],
        )
    }

    fn sign_in(&self, person: &str) -> Browser {
        let answer = self.try_sign_in(&Browser::default(), person, PASSWORD);
        assert_eq!(answer.status, 303, "{}", answer.text());
        self.browser(&answer)
    }

    /// The browser that got a session.
    fn browser(&self, answer: &Answer) -> Browser {
        let mut browser = Browser {
            cookie: answer.cookie(),
            token: String::new(),
        };
        let session = self.get(&browser, "/phien").json();
        browser.token = session["token"].as_str().expect("a token").to_owned();
        browser
    }

    fn save(&self, browser: &Browser, files: &Value) -> Answer {
        self.post(
            browser,
            SAVE,
            &json!({ "branch": "main", "message": "x", "files": files }),
        )
    }

    fn create(&self, browser: &Browser, path: &str, text: &str) -> Answer {
        let content = Base64::encode_string(text.as_bytes());
        self.save(
            browser,
            &json!([{ "operation": "create", "path": path, "content": content }]),
        )
    }

    fn update(&self, browser: &Browser, path: &str, sha: &str, text: &str) -> Answer {
        let content = Base64::encode_string(text.as_bytes());
        self.save(
            browser,
            &json!([{ "operation": "update", "path": path, "sha": sha, "content": content }]),
        )
    }

    /// What the editor reads of a file: its text and git's name for it.
    fn read(&self, browser: &Browser, path: &str) -> Option<(String, String)> {
        let asked = json!({ "files": [path] });
        let answer = self
            .post(
                browser,
                "/api/v1/repos/truong/ho-so/file-contents?ref=main",
                &asked,
            )
            .json();
        let content = Base64::decode_vec(answer[0]["content"].as_str()?).expect("base64");
        let sha = answer[0]["sha"].as_str()?.to_owned();
        Some((String::from_utf8(content).expect("text"), sha))
    }

    /// A new lesson plan.
    fn plan(&self) -> String {
        self.lab
            .read(PLAN)
            .replace("ngay: 2024-09-09", "ngay: 2024-09-26")
    }

    fn head(&self) -> String {
        self.lab.git(&["rev-parse", "HEAD"])
    }

    /// Runs something that must leave the repository as it is.
    fn untouched(&self, work: impl FnOnce()) {
        let before = (self.head(), self.lab.git(&["status", "--porcelain"]));
        work();
        assert_eq!(
            (self.head(), self.lab.git(&["status", "--porcelain"])),
            before
        );
    }
}

fn with_records() -> Server {
    Server::new(Lab::with_records())
}

#[test]
fn a_record_is_saved_as_a_commit_of_who_signed_in() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let saved = server.create(&teacher, NEW, &server.plan());
    assert_eq!(saved.status, 201, "{}", saved.text());
    assert_eq!(saved.json()["commit"]["sha"], server.head().trim());
    assert_eq!(server.lab.git(&["status", "--porcelain"]), "");
    let (text, sha) = server.read(&teacher, NEW).expect("there");
    assert_eq!(text, server.plan());
    let other = text.replace("thoi-luong: 30", "thoi-luong: 25");
    assert_eq!(server.update(&teacher, NEW, &sha, &other).status, 201);
    assert_eq!(server.lab.read(NEW), other);
    let log = server.lab.git(&["log", "-2", "--format=%an <%ae> %s"]);
    let id = "2024-2025/mg-5a/giao-an/2024-09-26";
    let who = "Mai Thị Diệu Hiền <dieu-hien@mamnonhoasen.example> Kế hoạch bài dạy (giáo án):";
    assert_eq!(log, format!("{who} sửa {id}\n{who} thêm {id}\n"));
    let commits = server.get(
        &teacher,
        &format!("/api/v1/repos/truong/ho-so/commits?sha=main&path={NEW}"),
    );
    assert_eq!(
        commits.json().as_array().map(Vec::len),
        Some(2),
        "{}",
        commits.text()
    );
}

#[test]
fn what_somebody_else_changed_is_not_overwritten() {
    let server = with_records();
    let (one, other) = (
        server.sign_in(TEACHER),
        server.sign_in("phan-thi-quynh-tram"),
    );
    let (text, sha) = server.read(&one, PLAN).expect("there");
    let first = server.update(
        &other,
        PLAN,
        &sha,
        &text.replace("thoi-luong: 30", "thoi-luong: 20"),
    );
    assert_eq!(first.status, 201, "{}", first.text());
    server.untouched(|| {
        let late = server.update(
            &one,
            PLAN,
            &sha,
            &text.replace("thoi-luong: 30", "thoi-luong: 40"),
        );
        assert_eq!(late.status, 409);
        assert!(
            late.text().contains("người khác vừa sửa"),
            "{}",
            late.text()
        );
        let again = server.create(&one, PLAN, &text);
        assert_eq!(again.status, 409, "{}", again.text());
    });
    // What lies changed in the folder is somebody's work as well.
    server
        .lab
        .write(PLAN, text.replace("thoi-luong: 30", "thoi-luong: 35"));
    let (text, sha) = server.read(&one, PLAN).expect("there");
    let over = server.update(
        &one,
        PLAN,
        &sha,
        &text.replace("thoi-luong: 20", "thoi-luong: 45"),
    );
    assert_eq!(over.status, 500, "{}", over.text());
    assert!(server.lab.read(PLAN).contains("thoi-luong: 35"));
}

#[test]
fn a_text_with_faults_is_refused_with_all_of_them() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let text = server
        .plan()
        .replace("thoi-luong: 30", "thoi-luong: lâu")
        .replace("de-tai: ", "de-tay: ");
    server.untouched(|| {
        let refused = server.create(&teacher, NEW, &text);
        assert_eq!(refused.status, 422);
        for word in [
            "thoi-luong",
            "phải là số nguyên",
            "de-tay",
            "thiếu trường `de-tai`",
        ] {
            assert!(refused.text().contains(word), "{word}: {}", refused.text());
        }
    });
}

#[test]
fn what_is_approved_stays_and_nothing_is_deleted() {
    let server = Server::new(start::signed().copy());
    let teacher = server.sign_in(TEACHER);
    let (text, sha) = server.read(&teacher, PLAN).expect("there");
    server.untouched(|| {
        let changed = server.update(&teacher, PLAN, &sha, &text.replace("thoi-luong: 30", "thoi-luong: 25"));
        assert_eq!(changed.status, 403);
        assert!(changed.text().contains("đã được duyệt xong"), "{}", changed.text());
        let content = Base64::encode_string(text.as_bytes());
        let moved = json!([{ "operation": "update", "path": NEW, "from_path": PLAN, "sha": sha, "content": content }]);
        assert_eq!(server.save(&teacher, &moved).status, 403);
        let deleted = server.save(&teacher, &json!([{ "operation": "delete", "path": PLAN, "sha": sha }]));
        assert_eq!(deleted.status, 403);
        assert!(deleted.text().contains("không xóa"), "{}", deleted.text());
    });
}

/// The roster forgets the certificate with which somebody signed.
fn forget_certificate(lab: &Lab, person: &str) {
    let school = lab.read("content/school.yaml");
    let own = |line: &&str| line.contains(&format!("id: {person},"));
    let line = school.lines().find(own).expect("the person");
    let (_, digest) = line.split_once("sha256: ").expect("a certificate");
    let digest = &digest[..64];
    let other: String = digest.chars().rev().collect();
    lab.write("content/school.yaml", school.replace(digest, &other));
    lab.commit("chứng thư khác");
}

#[test]
fn what_was_approved_stays_when_it_or_its_signatures_are_at_fault() {
    let server = Server::new(start::signed().copy());
    let teacher = server.sign_in(TEACHER);
    let text = server.lab.read(PLAN);
    let mended = text.replace("thoi-luong: 30", "thoi-luong: 25");
    let refused = || {
        let sha = server.lab.git(&["rev-parse", &format!("HEAD:{PLAN}")]);
        let changed = server.update(&teacher, PLAN, sha.trim(), &mended);
        assert_eq!(changed.status, 403, "{}", changed.text());
        assert!(changed.text().contains("đang có lỗi"), "{}", changed.text());
    };
    for person in ["ngo-thi-tuong-vi", "nguyen-thi-an-khe", TEACHER] {
        forget_certificate(&server.lab, person);
        server.untouched(refused);
    }
    // Nor does it help that the text itself cannot be read, or is gone.
    server.lab.write(PLAN, "---\nngay: [\n---\n");
    server.lab.commit("hỏng");
    server.untouched(refused);
    server.lab.git(&["rm", "--quiet", PLAN]);
    server.lab.commit("mất");
    server.untouched(|| assert_eq!(server.create(&teacher, PLAN, &mended).status, 403));

    // What was not approved yet is mended as ever.
    let lab = start::enrolled().copy();
    start::sign(&lab, TEACHER);
    forget_certificate(&lab, TEACHER);
    let server = Server::new(lab);
    let teacher = server.sign_in(TEACHER);
    let (text, sha) = server.read(&teacher, PLAN).expect("there");
    let mended = text.replace("thoi-luong: 30", "thoi-luong: 25");
    let changed = server.update(&teacher, PLAN, &sha, &mended);
    assert_eq!(changed.status, 201, "{}", changed.text());
}

#[test]
fn an_unreadable_record_about_somebody_is_no_colleagues_to_overwrite() {
    let server = with_records();
    let path = "content/2024-2025/to-mau-giao/danh-gia-vien-chuc/mai-thi-dieu-hien.md";
    server
        .lab
        .write(path, format!("---\nnguoi: {TEACHER}\nngay: [\n---\n"));
    server.lab.commit("hỏng");
    let sha = server.lab.git(&["rev-parse", &format!("HEAD:{path}")]);
    let head = "ngo-thi-tuong-vi";
    let line = ["account", "set", head, "--password-file", "../mat-khau"];
    server.lab.hoso(&line).ended(0);
    let head = server.sign_in(head);
    server.untouched(|| {
        let text = "---\nnguoi: ngo-thi-tuong-vi\n---\n";
        let changed = server.update(&head, path, sha.trim(), text);
        assert_eq!(changed.status, 403, "{}", changed.text());
    });
}

#[test]
fn the_form_is_shown_before_it_is_saved() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let folder = "content/2024-2025/mg-5a/giao-an";
    let text = server.plan();
    let header = text.split("---").nth(1).expect("a header");
    let mut data: Value = serde_yaml::from_str(header).expect("YAML");
    let ask =
        |data: &Value| json!({ "folder": folder, "name": null, "data": data, "body": "Trẻ vui." });
    server.untouched(|| {
        let shown = server.post(&teacher, "/xem-truoc", &ask(&data)).json();
        assert_eq!(shown["findings"], json!([]), "{shown}");
        let page = shown["pages"][0].as_str().expect("a page");
        assert!(page.starts_with("data:image/png;base64,iVBOR"), "{page:.40}");
        data["muc-dich"]["ky-nang"] = json!([7]);
        let shown = server.post(&teacher, "/xem-truoc", &ask(&data)).json();
        assert_eq!(shown["pages"], json!([]));
        assert_eq!(shown["findings"][0]["field"], "/muc-dich/ky-nang/0", "{shown}");
        assert_eq!(shown["findings"][0]["code"], "field-invalid");
        // Nobody looks at other people's books by asking for their form.
        let other = json!({ "folder": "content/2024-2025/truong/van-ban-den", "name": null, "data": {}, "body": "" });
        assert_eq!(server.post(&teacher, "/xem-truoc", &other).status, 404);
    });
}

#[test]
fn no_path_leads_out_of_the_records() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let text = server.plan();
    server.untouched(|| {
        for path in [
            "content/school.yaml",
            "content/2024-2025/mg-5a/giao-an/../../../school.yaml",
            "content/2024-2025/mg-5a/giao-an/../../../../layouts/giao-an/kind.yaml",
            "/etc/passwd",
            "../x.md",
            "content/2024-2025/mg-5a/giao-an/sau/2024-09-26.md",
            "content\\2024-2025\\mg-5a\\giao-an\\x.md",
            "content/2024-2025/mg-5a/giao-an/.git/x.md",
            "content/2024-2025/mg-5a/giao-an/x.md\0.png",
            "content/2024-2025/mg-5a/giao-an/trang.html",
            "content/2024-2025/mg-5a/giao-an/ẢNH.png",
            "layouts/giao-an/kind.yaml",
            "layouts/a/b/c/d.md",
            "signatures/2024-2025/mg-5a/giao-an/x.md",
            ".github/workflows/a/b/c.md",
            ".git/hooks/a/b/c.md",
            "",
        ] {
            let refused = server.create(&teacher, path, &text);
            assert_eq!(refused.status, 403, "{path}: {}", refused.text());
            let content = Base64::encode_string(text.as_bytes());
            let sha = "0".repeat(40);
            let moved = json!([{ "operation": "update", "path": NEW, "from_path": path, "sha": sha, "content": content }]);
            assert!([403, 409].contains(&server.save(&teacher, &moved).status), "{path}");
        }
    });
    for path in [
        "../../../../etc/passwd",
        "content/school.yaml",
        "layouts/giao-an/kind.yaml",
        ".git/config",
    ] {
        assert_eq!(server.read(&teacher, path), None, "{path}");
        let path = path.replace("..", "%2e%2e");
        for way in ["raw", "media/main"] {
            let answer = server.get(
                &teacher,
                &format!("/api/v1/repos/truong/ho-so/{way}/{path}"),
            );
            assert_eq!(answer.status, 404, "{path}");
        }
        assert_eq!(
            server.get(&teacher, &format!("/bien-tap/{path}")).status,
            404
        );
    }
}

#[test]
fn nobody_reads_or_writes_the_books_of_others() {
    let server = with_records();
    let (teacher, clerk) = (
        server.sign_in(TEACHER),
        server.sign_in("do-thi-huong-giang"),
    );
    let no_role = server.sign_in("tran-van-luc");
    let letter = server.lab.find("content/2024-2025/truong/van-ban-den/*");
    assert!(server.read(&clerk, &letter).is_some() && server.read(&teacher, &letter).is_none());
    assert!(server.read(&teacher, PLAN).is_some() && server.read(&clerk, PLAN).is_none());
    let tree = |browser: &Browser| {
        let answer = server
            .get(
                browser,
                "/api/v1/repos/truong/ho-so/git/trees/main?recursive=1&page=1",
            )
            .json();
        let files = answer["tree"].as_array().expect("files").clone();
        let paths = files
            .iter()
            .filter_map(|file| Some(file["path"].as_str()?.to_owned()));
        paths.collect::<Vec<String>>()
    };
    assert!(
        tree(&teacher)
            .iter()
            .all(|path| path.contains("/mg-5a/") || path.contains("/to-mau-giao/"))
    );
    assert!(tree(&clerk).iter().all(|path| path.contains("/truong/")));
    assert!(tree(&no_role).is_empty());
    server.untouched(|| {
        let (text, sha) = server.read(&clerk, &letter).expect("there");
        assert_eq!(server.update(&teacher, &letter, &sha, &text).status, 403);
        assert_eq!(server.create(&clerk, NEW, &server.plan()).status, 403);
        assert_eq!(server.create(&no_role, NEW, &server.plan()).status, 403);
    });
}

#[test]
fn what_is_sensitive_about_somebody_is_not_for_every_colleague() {
    let server = with_records();
    let folder = "content/2024-2025/to-mau-giao/danh-gia-vien-chuc";
    let case = project().join("tests/testsuite/check/staff_assessment_rules");
    server.lab.add(&case.join(folder), folder);
    // A colleague who holds the same role in the same team.
    let school = server.lab.read("content/school.yaml");
    let role = "{nguoi: mai-thi-dieu-hien, vai-tro: giao-vien, don-vi: to-mau-giao,";
    let other = role.replace(TEACHER, "phan-thi-quynh-tram");
    let line = format!("{other} chuc-danh: Giáo viên, tu: 2024-08-01}}\n  - {role}");
    assert!(school.contains(role));
    server
        .lab
        .write("content/school.yaml", school.replace(role, &line));
    server.lab.commit("phiếu đánh giá");
    let path = format!("{folder}/{TEACHER}.md");
    let tree = "/api/v1/repos/truong/ho-so/git/trees/main?recursive=1&page=1";
    for (person, may) in [
        (TEACHER, true),
        ("nguyen-thi-an-khe", true),
        ("phan-thi-quynh-tram", false),
        ("do-thi-huong-giang", false),
    ] {
        let browser = server.sign_in(person);
        assert_eq!(server.read(&browser, &path).is_some(), may, "{person}");
        let listed = server.get(&browser, tree).text().contains(&path);
        assert_eq!(listed, may, "{person}");
        let raw = format!("/api/v1/repos/truong/ho-so/raw/{path}");
        let status = if may { 200 } else { 404 };
        assert_eq!(server.get(&browser, &raw).status, status, "{person}");
    }
    // The colleague reads the rest of what the team keeps.
    let colleague = server.sign_in("phan-thi-quynh-tram");
    let team = server.get(&colleague, tree).text();
    assert!(team.contains("/to-mau-giao/"), "{team}");
}

#[test]
fn an_author_is_not_forged() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let claimed = json!({ "name": "Nguyễn Thị An Khê", "email": "an-khe@mamnonhoasen.example" });
    let content = Base64::encode_string(server.plan().as_bytes());
    let saved = server.post(
        &teacher,
        SAVE,
        &json!({
            "branch": "khac", "message": "duyệt\n\nSigned-off-by: Nguyễn Thị An Khê",
            "author": claimed, "committer": claimed, "dates": { "author": "2020-01-01T00:00:00Z" },
            "files": [{ "operation": "create", "path": NEW, "content": content }],
        }),
    );
    assert_eq!(saved.status, 201, "{}", saved.text());
    let log = server
        .lab
        .git(&["log", "-1", "--format=%an|%cn|%ad|%B", "--date=format:%Y"]);
    let id = "2024-2025/mg-5a/giao-an/2024-09-26";
    let who = "Mai Thị Diệu Hiền";
    assert_eq!(
        log.trim(),
        format!("{who}|{who}|2024|Kế hoạch bài dạy (giáo án): thêm {id}")
    );
}

#[test]
fn pages_of_others_get_nothing_done() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let body = json!({ "files": [{ "operation": "create", "path": NEW, "content": Base64::encode_string(server.plan().as_bytes()) }] }).to_string();
    let send = |change: &dyn Fn(String) -> Option<String>| {
        let lines = server.lines(&teacher, "application/json", body.len());
        let lines: Vec<String> = lines.into_iter().filter_map(change).collect();
        server.raw(&format!("POST {SAVE}"), &lines, body.as_bytes())
    };
    server.untouched(|| {
        let elsewhere = |line: String| match line.split(':').next() {
            Some("Origin") => Some("Origin: https://elsewhere.example".to_owned()),
            Some("Sec-Fetch-Site") => Some("Sec-Fetch-Site: cross-site".to_owned()),
            _ => Some(line),
        };
        assert_eq!(send(&elsewhere).status, 403);
        assert_eq!(
            send(
                &|line| (!line.starts_with("Origin") && !line.starts_with("Sec-")).then_some(line)
            )
            .status,
            403
        );
        // A form of another page carries the cookie, but cannot know the token.
        assert_eq!(
            send(&|line| (!line.starts_with("Authorization")).then_some(line)).status,
            401
        );
        assert_eq!(
            send(&|line| (!line.starts_with("Cookie")).then_some(line)).status,
            401
        );
        let answer = send(&|line| Some(line.replace(&teacher.token, &teacher.cookie)));
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("access-control-allow-origin"), "");
    });
    let mut lines = server.lines(&Browser::default(), "application/x-www-form-urlencoded", 0);
    lines[1] = "Origin: https://elsewhere.example".to_owned();
    assert_eq!(server.raw("POST /dang-nhap", &lines, b"").status, 403);
    // Without its token, a form of ours does nothing either.
    assert_eq!(
        server.form(&teacher, "/dang-xuat", &[("ma", "x")]).status,
        303
    );
    assert_eq!(server.get(&teacher, "/phien").status, 200);
}

#[test]
fn a_name_that_is_not_ours_is_not_answered() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    for host in [
        "elsewhere.example",
        "elsewhere.example:80",
        "127.0.0.1",
        "127.0.0.1.elsewhere.example",
    ] {
        let mut lines = server.lines(&teacher, "text/plain", 0);
        lines[0] = format!("Host: {host}");
        assert_eq!(server.raw("GET /phien", &lines, b"").status, 421, "{host}");
    }
}

#[test]
fn a_session_cannot_be_given_to_somebody() {
    let server = with_records();
    let planted = Browser {
        cookie: "hoso-phien=0000000000000000000000000000000000000000000000000000000000000000"
            .to_owned(),
        token: String::new(),
    };
    let answer = server.try_sign_in(&planted, TEACHER, PASSWORD);
    assert_eq!(answer.status, 303);
    assert_ne!(answer.cookie(), planted.cookie);
    let set = answer.header("set-cookie");
    assert!(
        set.contains("; HttpOnly") && set.contains("; SameSite=Strict") && set.contains("; Path=/"),
        "{set}"
    );
    assert_eq!(server.get(&planted, "/phien").status, 401);
    // Nor does an old one live on.
    let teacher = server.browser(&answer);
    assert_eq!(
        server
            .form(&teacher, "/dang-xuat", &[("ma", &teacher.token)])
            .status,
        303
    );
    assert_eq!(server.get(&teacher, "/phien").status, 401);
}

#[test]
fn passwords_are_not_guessed() {
    let server = with_records();
    let nobody = Browser::default();
    for person in [TEACHER, "khong-co-ai"] {
        for _ in 0..5 {
            let wrong = server.try_sign_in(&nobody, person, "sai mật khẩu");
            assert_eq!((wrong.status, wrong.cookie()), (401, String::new()));
            assert!(
                wrong.text().contains("tên hoặc mật khẩu không đúng"),
                "{}",
                wrong.text()
            );
        }
        let waits = server.try_sign_in(&nobody, person, PASSWORD);
        assert_eq!((waits.status, waits.cookie()), (429, String::new()));
    }
    // By another of the person's names it is the same person.
    let other = server.try_sign_in(&nobody, "dieu-hien@mamnonhoasen.example", PASSWORD);
    assert_eq!((other.status, other.cookie()), (429, String::new()));
    // Others are not kept waiting.
    server.sign_in("phan-thi-quynh-tram");
}

#[test]
fn a_first_password_is_changed_before_anything_else() {
    let server = with_records();
    let said = server.lab.hoso(&["account", "invite", "ngo-thi-tuong-vi"]);
    let first = said
        .stdout
        .split('\t')
        .nth(1)
        .expect("a password")
        .to_owned();
    let answer = server.try_sign_in(&Browser::default(), "tuong-vi@mamnonhoasen.example", &first);
    assert_eq!(answer.header("location"), "/mat-khau");
    let head = server.browser(&answer);
    assert_eq!(server.get(&head, "/").header("location"), "/mat-khau");
    assert_eq!(server.get(&head, "/api/v1/user").status, 403);
    assert_eq!(server.get(&head, "/bien-tap/config.json").status, 403);
    let change = |old: &str, new: &str, again: &str| {
        let fields = [
            ("ma", head.token.as_str()),
            ("cu", old),
            ("moi", new),
            ("lai", again),
        ];
        server.form(&head, "/mat-khau", &fields)
    };
    let refused = [
        (first.as_str(), "ngắn", "ngắn"),
        (&first, "hoa sen trắng 1", "hoa sen trắng 2"),
        ("sai mật khẩu", "hoa sen trắng 1", "hoa sen trắng 1"),
        (&first, &first, &first),
    ];
    for (old, new, again) in refused {
        assert_eq!(change(old, new, again).status, 422, "{old} {new}");
    }
    let changed = change(&first, "hoa sen trắng 1", "hoa sen trắng 1");
    assert_eq!(changed.status, 303, "{}", changed.text());
    assert_eq!(
        server.get(&head, "/phien").status,
        401,
        "the session before goes"
    );
    let head = server.browser(&changed);
    assert_eq!(
        server.get(&head, "/api/v1/user").json()["full_name"],
        "Ngô Thị Tường Vi"
    );
}

#[test]
fn who_leaves_is_out_at_once() {
    let server = with_records();
    let (one, other) = (
        server.sign_in(TEACHER),
        server.sign_in("phan-thi-quynh-tram"),
    );
    // A password that is set anew ends what was opened with the one before, in the running server.
    let third = server.sign_in("do-thi-huong-giang");
    let line = ["account", "set", "do-thi-huong-giang", "--password-file"];
    server
        .lab
        .hoso(&[&line[..], &["../mat-khau"]].concat())
        .ended(0);
    assert_eq!(server.get(&third, "/api/v1/user").status, 401);
    assert_eq!(server.get(&third, "/").header("location"), "/dang-nhap");
    server.sign_in("do-thi-huong-giang");
    server.lab.hoso(&["account", "remove", TEACHER]).ended(0);
    assert_eq!(server.get(&one, "/api/v1/user").status, 401);
    let school = server.lab.read("content/school.yaml");
    let here = "email: [quynh-tram@mamnonhoasen.example], tu: 2023-08-01";
    assert!(school.contains(here));
    server.lab.write(
        "content/school.yaml",
        school.replace(here, &format!("{here}, den: 2024-09-01")),
    );
    server.lab.commit("cô Trâm chuyển trường");
    assert_eq!(server.get(&other, "/api/v1/user").status, 401);
    assert_eq!(
        server
            .try_sign_in(&Browser::default(), "phan-thi-quynh-tram", PASSWORD)
            .status,
        401
    );
}

#[test]
fn html_in_a_record_stays_text() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let text = server
        .plan()
        .replace("Trường mầm non của bé", "<script>alert(1)</script>");
    assert_eq!(server.create(&teacher, NEW, &text).status, 201);
    for way in ["raw", "media/main"] {
        let answer = server.get(&teacher, &format!("/api/v1/repos/truong/ho-so/{way}/{NEW}"));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; sandbox"
        );
    }
    let name = server.try_sign_in(&Browser::default(), "<img src=x onerror=alert(1)>", "x");
    assert!(!name.text().contains("<img"), "{}", name.text());
    let page = server.get(&teacher, "/bien-tap/");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
}

const ROOM_READY: Duration = Duration::from_secs(300);

/// The archive as soon as it has been built, and whatever it says of `path`.
fn in_the_room(server: &Server, browser: &Browser, path: &str) -> Answer {
    let begun = std::time::Instant::now();
    loop {
        let answer = server.get(browser, path);
        if answer.status != 503 {
            return answer;
        }
        assert!(begun.elapsed() < ROOM_READY, "{}", answer.text());
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn the_archive_is_read_by_who_has_signed_in_and_each_sees_their_own() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let first = in_the_room(&server, &teacher, "/kho/");
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(first.header("content-type"), "text/html; charset=utf-8");
    assert!(first.text().contains("bản trong trường") && first.text().contains("<a href=\"/\">"));
    let policy = first.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; "),
        "{policy}"
    );
    assert_eq!(first.header("cache-control"), "no-store");

    // Nothing is told before signing in, not even whether a file is unchanged.
    let tag = first.header("etag").to_owned();
    let page = "/kho/ho-so/2024-2025/mg-5a/giao-an/2024-09-09/";
    for path in [
        "/kho",
        "/kho/",
        "/kho/index.html",
        page,
        "/kho/khong-co",
        "/kho/..%2f",
    ] {
        let mut lines = server.lines(&Browser::default(), "text/plain", 0);
        lines.push(format!("If-None-Match: {tag}"));
        let answer = server.raw(&format!("GET {path}"), &lines, b"");
        let to = if path == "/kho" {
            "/kho/"
        } else {
            "/dang-nhap"
        };
        assert_eq!(answer.header("location"), to, "{path}");
        assert_eq!(
            (answer.header("etag"), answer.body.len()),
            ("", 0),
            "{path}"
        );
    }
    let mut lines = server.lines(&teacher, "text/plain", 0);
    lines.push(format!("If-None-Match: W/{tag}, \"x\""));
    let same = server.raw("GET /kho/", &lines, b"");
    assert_eq!((same.status, same.body.len()), (304, 0));
    assert_eq!(server.post(&teacher, "/kho/", &json!({})).status, 405);

    // A record with nothing sensitive is whole; progress and the repository's own files are for the heads.
    let head = server.sign_in("nguyen-thi-an-khe");
    let record = server.get(&teacher, page);
    assert!(
        record
            .header("content-security-policy")
            .contains("'wasm-unsafe-eval'")
    );
    let form = server.get(&teacher, &format!("{page}form.pdf"));
    assert_eq!(form.header("content-type"), "application/pdf");
    assert_eq!(form.header("cache-control"), "no-store");
    for path in ["/kho/tien-do/", "/kho/kho/content/school.yaml"] {
        assert_eq!(server.get(&teacher, path).status, 404, "{path}");
        assert_eq!(server.get(&head, path).status, 200, "{path}");
    }
    let came = server.get(&head, "/kho/kho/content/school.yaml");
    assert!(
        came.header("content-security-policy")
            .starts_with("sandbox;")
    );
    assert_eq!(came.header("content-type"), "text/plain; charset=utf-8");
    // Who holds no office reads nothing, and is told why.
    let refused = server.get(&server.sign_in("tran-van-luc"), "/kho/");
    assert_eq!(refused.status, 403);
    assert!(
        refused.text().contains("không giữ nhiệm vụ nào"),
        "{}",
        refused.text()
    );
}

#[test]
fn the_next_person_at_the_machine_goes_back_to_nothing() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let first = in_the_room(&server, &teacher, "/kho/");
    assert_eq!(first.header("cache-control"), "no-store");
    let plan = "/kho/ho-so/2024-2025/mg-5a/giao-an/2024-09-09/";
    for path in [
        "/",
        "/mat-khau",
        "/bien-tap/",
        "/bien-tap/config.json",
        plan,
    ] {
        let answer = server.get(&teacher, path);
        let told = (answer.status, answer.header("cache-control"));
        assert_eq!(told, (200, "no-store"), "{path}");
    }
    let page = server.get(&teacher, "/bien-tap/page.js");
    assert_eq!(page.header("cache-control"), "private, no-cache");
    let out = server.form(&teacher, "/dang-xuat", &[("ma", &teacher.token)]);
    assert_eq!((out.status, out.header("location")), (303, "/dang-nhap"));
    assert_eq!(out.header("clear-site-data"), "\"cache\"");
}

#[test]
fn no_path_leads_out_of_the_archive() {
    let server = with_records();
    let head = server.sign_in("nguyen-thi-an-khe");
    assert_eq!(in_the_room(&server, &head, "/kho/").status, 200);
    for path in [
        "../manifest-sha256.txt",
        "%2e%2e/manifest-sha256.txt",
        "..%2fmanifest-sha256.txt",
        "%2e%2e%2f%2e%2e%2f.git/config",
        "ho-so/../../.git/config",
        "/etc/passwd",
        "index.html%00",
        "..%5c..%5cbagit.txt",
        "kho/../../bagit.txt",
    ] {
        let answer = server.get(&head, &format!("/kho/{path}"));
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    // What lies in the folder and not in a commit is in no archive, whatever it leads to.
    #[cfg(unix)]
    {
        let folder = server.lab.at("content/2024-2025/mg-5a/giao-an");
        std::os::unix::fs::symlink("/etc/passwd", folder.join("2024-09-27.md")).expect("a link");
        server.lab.commit("một liên kết");
        let answer = server.get(&head, "/kho/ho-so/2024-2025/mg-5a/giao-an/2024-09-27/");
        assert_eq!(answer.status, 404);
        assert!(!server.get(&head, "/").text().contains("root:"));
    }
}

#[test]
fn the_first_page_says_what_waits_and_of_nobody_else() {
    let server = Server::new(start::enrolled().copy());
    let plan = "2024-2025/mg-5a/giao-an/2024-09-09";
    let by = |verb: &str, who: &str, more: &[&str]| {
        let key = format!("../keys/{who}.p12");
        let mut line = vec![
            verb,
            "--key",
            &key,
            "--password-file",
            "../keys/password",
            plan,
        ];
        line.extend(more);
        server.lab.hoso(&line).ended(0);
    };
    let (teacher, clerk) = (
        server.sign_in(TEACHER),
        server.sign_in("do-thi-huong-giang"),
    );
    let page = |browser: &Browser| server.get(browser, "/").text();
    let link = "/bien-tap/#/collections/mg-5a_giao-an/entries/2024-09-09";
    let draft = page(&teacher);
    assert!(
        draft.contains("Chờ tôi ký") && draft.contains(link),
        "{draft}"
    );
    by("sign", TEACHER, &[]);
    let signed = page(&teacher);
    assert!(
        signed.contains("Chờ người khác ký") && !signed.contains(link),
        "{signed}"
    );
    let reason = "Thiếu mục tiêu <script>alert(1)</script>";
    by("return", "ngo-thi-tuong-vi", &["--reason", reason]);
    let returned = page(&teacher);
    assert!(
        returned.contains("Bị trả lại") && returned.contains(link),
        "{returned}"
    );
    assert!(
        returned.contains("Ngô Thị Tường Vi</strong>")
            && returned.contains("Thiếu mục tiêu &lt;script&gt;")
    );
    assert!(!returned.contains("<script"));
    let title = "Trường mầm non của bé";
    assert!(returned.contains(title), "{returned}");
    let others = page(&clerk);
    assert!(
        !others.contains(title) && !others.contains("Thiếu mục tiêu"),
        "{others}"
    );
    assert_eq!(
        server.get(&Browser::default(), "/").header("location"),
        "/dang-nhap"
    );
    // Mended, it waits for her again.
    let (text, sha) = server.read(&teacher, PLAN).expect("there");
    let mended = text.replace("thoi-luong: 30", "thoi-luong: 25");
    assert_eq!(server.update(&teacher, PLAN, &sha, &mended).status, 201);
    let mended = page(&teacher);
    assert!(
        !mended.contains("Bị trả lại") && mended.contains("Chờ tôi ký"),
        "{mended}"
    );
}

#[test]
fn a_save_reaches_the_archive() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    assert_eq!(in_the_room(&server, &teacher, "/kho/").status, 200);
    let page = "/kho/ho-so/2024-2025/mg-5a/giao-an/2024-09-26/";
    assert_eq!(server.get(&teacher, page).status, 404);
    let text = server
        .plan()
        .replace("Trường mầm non của bé", "Bài <b>mới</b>");
    assert_eq!(server.create(&teacher, NEW, &text).status, 201);
    assert!(
        server
            .get(&teacher, "/")
            .text()
            .contains("đang dựng bản mới hơn")
    );
    let begun = std::time::Instant::now();
    let there = loop {
        let answer = server.get(&teacher, page);
        if answer.status == 200 {
            break answer.text();
        }
        assert!(begun.elapsed() < ROOM_READY);
        std::thread::sleep(Duration::from_millis(300));
    };
    assert!(
        there.contains("Bài &lt;b&gt;mới") && !there.contains("Bài <b>"),
        "{there}"
    );
    assert!(
        server
            .get(&teacher, "/")
            .text()
            .contains(&format!("{page}index.html"))
    );
    // A build that fails leaves the last good one.
    server.lab.write("layouts/giao-an/mau.typ", "#panic()");
    server.lab.write(
        "content/2024-2025/mg-5a/giao-an/2024-09-27.md",
        "---\n---\n",
    );
    server.lab.commit("hỏng");
    let begun = std::time::Instant::now();
    while !server.get(&teacher, "/").text().contains("chưa dựng được") {
        assert!(begun.elapsed() < ROOM_READY);
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(server.get(&teacher, page).status, 200);
}

#[test]
fn the_editors_own_sign_in_leads_to_ours() {
    let server = with_records();
    let asked = "/login/oauth/authorize?client_id=hoso&redirect_uri=https://elsewhere.example/&response_type=code&state=x";
    let answer = server.get(&Browser::default(), asked);
    assert_eq!((answer.status, answer.header("location")), (303, "/"));
    let answer = server.get(&Browser::default(), "/");
    assert_eq!(answer.header("location"), "/dang-nhap");
    let teacher = server.sign_in(TEACHER);
    let config = server.get(&teacher, "/bien-tap/config.json").json();
    assert_eq!(config["cms"]["logout_redirect_url"], "/dang-xuat");
}

#[test]
fn bodies_are_bounded() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let body = vec![b' '; 17 * 1024 * 1024];
    let lines = server.lines(&teacher, "application/json", body.len());
    assert_eq!(
        server.raw(&format!("POST {SAVE}"), &lines, &body).status,
        413
    );
    let mut lines = server.lines(&teacher, "application/json", 0);
    lines[4] = "Content-Length: 99999999999999999999".to_owned();
    assert_eq!(server.raw(&format!("POST {SAVE}"), &lines, b"").status, 400);
    let many: Vec<Value> = (0..41)
        .map(|index| json!({ "operation": "create", "path": format!("{}-{index}.md", NEW.trim_end_matches(".md")), "content": "" }))
        .collect();
    assert_eq!(server.save(&teacher, &json!(many)).status, 413);
    // No record is so long, and nothing but records and pictures is.
    let folder = "content/2024-2025/mg-5a/giao-an";
    let long = json!({ "folder": folder, "name": null, "data": {}, "body": "a".repeat(2 << 20) });
    assert_eq!(server.post(&teacher, "/xem-truoc", &long).status, 413);
    let forms = ["/dang-nhap", "/dang-xuat", "/mat-khau", "/api/v1/user"];
    let long = "a".repeat(100 * 1024);
    for path in forms {
        let refused = server.form(&teacher, path, &[("ma", &long)]);
        assert_eq!(refused.status, 413, "{path}");
    }
    server.sign_in(TEACHER);
}

#[test]
fn what_a_stranger_sends_is_not_even_read() {
    let server = with_records();
    let teacher = server.sign_in(TEACHER);
    let no_token = Browser {
        token: "x".to_owned(),
        ..teacher.clone()
    };
    let contents = "/api/v1/repos/truong/ho-so/file-contents";
    for path in [SAVE, contents, "/xem-truoc"] {
        // Neither whether it makes sense; nor, if it is large, is it cut off before the answer.
        for body in [vec![b'{'; 10], vec![b'['; 500 * 1024]] {
            for browser in [&Browser::default(), &no_token] {
                let lines = server.lines(browser, "application/json", body.len());
                let answer = server.raw(&format!("POST {path}"), &lines, &body);
                assert_eq!(answer.status, 401, "{path}: {}", answer.text());
            }
            let lines = server.lines(&teacher, "application/json", body.len());
            let answer = server.raw(&format!("POST {path}"), &lines, &body);
            assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        }
    }
}
