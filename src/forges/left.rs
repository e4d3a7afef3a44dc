//! What no file and no call can do: the list of things that are left to click.

use crate::diag::Words;
use crate::diag::words::tame;
use crate::forges::Forge;
use crate::forges::api::Done;
use crate::forges::api::Step;

/// What is known after everything else was done.
pub struct Situation<'a> {
    /// Which forge.
    pub forge: Forge,
    /// The main branch.
    pub branch: &'a str,
    /// Whether the workflows name the program themselves.
    pub program_pinned: bool,
    /// What was done by the interface; empty when it was not spoken to.
    pub steps: &'a [Step],
    /// Whether files were written.
    pub written: bool,
    /// Names of people without an account.
    pub without_login: &'a [&'a str],
    /// Where the editor is served.
    pub editor: Option<&'a str>,
    /// Whether the public edition is published.
    pub pages: bool,
}

/// The list, in the order in which things are done.
pub fn list(situation: &Situation<'_>) -> Vec<Words> {
    let forge = situation.forge;
    let name = forge.name();
    let later: Vec<&Step> = situation
        .steps
        .iter()
        .filter(|step| step.outcome == Done::Later)
        .collect();
    let mut all = Vec::new();
    if situation.written || situation.steps.is_empty() || !later.is_empty() {
        all.push(Words::new(
            "Xem các tệp vừa ghi, rồi: git add --all && git commit -m \"Cài đặt máy chủ git\" && git push",
            "Look at the files, then: git add --all && git commit -m \"Set up the forge\" && git push",
        ));
    }
    for step in later {
        let branch = tame(situation.branch);
        all.push(Words::new(
            format!("Sau đó chạy lại lệnh này: {} chờ quy trình kiểm tra có ở nhánh {branch} trên {name}, nếu đặt trước thì không ai đẩy được tệp nào nữa", step.what.vi),
            format!("Then run this command again: {} waits until the workflow that checks is in branch {branch} on {name}; before that it would let nobody push it", step.what.en),
        ));
    }
    let (secrets, variables) = match forge {
        Forge::Gitlab => (
            "Settings → CI/CD → Variables",
            "Settings → CI/CD → Variables",
        ),
        Forge::Github => (
            "Settings → Secrets and variables → Actions → Secrets",
            "Settings → Secrets and variables → Actions → Variables",
        ),
        _ => (
            "Settings → Actions → Secrets",
            "Settings → Actions → Variables",
        ),
    };
    if !situation.program_pinned {
        all.push(Words::new(
            format!("{variables}: đặt HOSO_URL (địa chỉ tải chương trình hoso) và HOSO_SHA256 (mã băm của nó, từ `sha256sum hoso`)"),
            format!("{variables}: set HOSO_URL (where hoso is downloaded) and HOSO_SHA256 (its digest, from `sha256sum hoso`)"),
        ));
    }
    all.push(Words::new(
        format!("{secrets}: đặt HOSO_SEAL_P12 (`base64 -w 0 dau.p12`) và HOSO_SEAL_PASSWORD nếu muốn niêm phong tự động"),
        format!("{secrets}: set HOSO_SEAL_P12 (`base64 -w 0 seal.p12`) and HOSO_SEAL_PASSWORD, if archives are to be sealed"),
    ));
    match forge {
        Forge::Forgejo | Forge::Gitea => all.push(Words::new(
            format!("Settings → Actions: bật Actions; quản trị {name} phải có ít nhất một máy chạy (runner)"),
            format!("Settings → Actions: turn Actions on; the administrator of {name} must have a runner"),
        )),
        Forge::Github => all.push(Words::new(
            "Settings → Actions → General → Workflow permissions: giữ “Read repository contents”; quy trình tự xin quyền nó cần",
            "Settings → Actions → General → Workflow permissions: keep “Read repository contents”; each workflow asks for what it needs",
        )),
        Forge::Gitlab => {
            all.push(Words::new(
                "Settings → Access tokens: tạo mã dự án quyền api và đặt HOSO_COMMENT_TOKEN; mã quyền write_repository và đặt HOSO_PUSH_TOKEN (Protected, Masked)",
                "Settings → Access tokens: make a project token with api for HOSO_COMMENT_TOKEN, one with write_repository for HOSO_PUSH_TOKEN (protected, masked)",
            ));
            all.push(Words::new(
                "Settings → CI/CD → General pipelines → CI/CD configuration file: trỏ tới .gitlab-ci.yml ở một dự án khác, để đề nghị không đổi được cách nó bị kiểm tra",
                "Settings → CI/CD → General pipelines → CI/CD configuration file: point to the .gitlab-ci.yml of another project, so that a proposal cannot change how it is checked",
            ));
        }
    }
    if situation.steps.is_empty() {
        all.push(Words::new(
            format!("Quy tắc nhánh, nhãn: chạy lại với --url, --repo và --token-file, hoặc đặt bằng tay cho nhánh {} (docs/forges.md)", tame(situation.branch)),
            format!("Branch rules and labels: run again with --url, --repo and --token-file, or set them by hand for branch {} (docs/forges.md)", tame(situation.branch)),
        ));
    }
    for step in situation.steps {
        if let Done::Refused(status, said) = &step.outcome {
            let plan = forge == Forge::Github && *status == 403;
            let (vi, en) = match plan {
                true => (
                    " (kho riêng tư cần gói GitHub Team trở lên)",
                    " (a private repository needs GitHub Team or more)",
                ),
                false => ("", ""),
            };
            all.push(Words::new(
                format!(
                    "Đặt bằng tay: {} — {name} trả lời {status} {said}{vi}",
                    step.what.vi
                ),
                format!(
                    "By hand: {} — {name} answers {status} {said}{en}",
                    step.what.en
                ),
            ));
        }
    }
    if matches!(forge, Forge::Github | Forge::Gitlab) && situation.editor.is_some() {
        all.push(Words::new(
            format!("Tạo ứng dụng OAuth cho trang soạn hồ sơ trong phần cài đặt tài khoản {name}"),
            format!("Make the editor's OAuth application in the settings of the {name} account"),
        ));
    }
    if situation.pages && forge == Forge::Github {
        all.push(Words::new(
            "Settings → Pages → Source: GitHub Actions",
            "Settings → Pages → Source: GitHub Actions",
        ));
    }
    if !situation.without_login.is_empty() {
        let count = situation.without_login.len();
        let names: Vec<String> = situation
            .without_login
            .iter()
            .take(8)
            .map(|n| tame(n))
            .collect();
        let more = if count > 8 { ", …" } else { "" };
        let names = names.join(", ");
        all.push(Words::new(
            format!("Khai `dang-nhap` trong content/school.yaml cho {count} người chưa có: {names}{more}; rồi chạy lại"),
            format!("Enter `dang-nhap` in content/school.yaml for {count} people without one: {names}{more}; then run again"),
        ));
    }
    all
}
