//! What `hoso sign` says besides findings.

use std::collections::BTreeMap;

use crate::cli::exit::Fault;
use crate::cli::ui::Ui;
use crate::diag::Words;
use crate::diag::words::near_miss;
use crate::diag::words::tame;
use crate::records::id::RecordId;
use crate::signing::Turn;
use crate::trace::Traced;

/// Says that what was signed is not lost.
pub(super) fn kept(count: usize, ui: &mut Ui) {
    if count > 0 {
        ui.say(&Words::new(
            format!("{count} chữ ký đã làm được giữ lại; chạy lại lệnh để ký tiếp phần còn thiếu"),
            format!("{count} signatures are made and kept; run the command again for the rest"),
        ));
    }
}

pub(super) fn told(count: usize, id: &str, ui: &mut Ui) {
    let short: String = id.chars().take(10).collect();
    ui.say(&Words::new(
        format!("Đã ký {count} hồ sơ, ghi vào kho ở commit {short}"),
        format!("Signed {count} records, entered as commit {short}"),
    ));
}

pub(super) fn no_signer(dry_run: bool) -> Fault {
    Fault::usage(match dry_run {
        true => Words::new(
            "hãy nêu ai ký: `--as NGƯỜI`, `--cert TỆP` hoặc `--key KHÓA`",
            "say who signs: `--as PERSON`, `--cert FILE` or `--key KEY`",
        ),
        false => Words::new("hãy nêu khóa: `--key KHÓA`", "name the key: `--key KEY`"),
    })
}

pub(super) fn nothing_signed() -> Fault {
    Fault::at_fault(Words::new("không ký hồ sơ nào", "nothing was signed"))
}

/// Who signs must have seen what is signed, and a form that somebody made by hand must not pass.
pub(super) fn unseen(turn: &Turn) -> Words {
    let folder = turn
        .version
        .as_ref()
        .map(|version| version.folder.to_string())
        .unwrap_or_default();
    Words::new(
        format!("{folder}/form.pdf không phải bản in mà văn bản và mẫu hiện nay dựng ra"),
        format!("{folder}/form.pdf is not the form that the text and the present layouts give"),
    )
}

pub(super) fn read_first() -> Words {
    Words::new(
        "đọc các tệp form.pdf ấy; nếu đúng (mẫu hoặc chương trình đã đổi sau khi người trước ký) thì ký với `--as-signed`",
        "read those form.pdf; if they are right (layouts or program changed since) sign with `--as-signed`",
    )
}

pub(super) fn unknown(given: &str, known: &BTreeMap<RecordId, Traced>) -> Words {
    let shown = tame(given);
    match near_miss(given, known.keys().map(RecordId::as_str)) {
        Some(near) => Words::new(
            format!("kho không có hồ sơ `{shown}`; có phải là `{near}`?"),
            format!("the repository has no record `{shown}`; did you mean `{near}`?"),
        ),
        None => Words::new(
            format!(
                "kho không có hồ sơ `{shown}` (hồ sơ mới phải được ghi bằng git commit trước khi ký)"
            ),
            format!(
                "the repository has no record `{shown}` (a new record must be committed before it is signed)"
            ),
        ),
    }
}
