//! Why a text is not a path, in both languages. Findings point at paths, so the two sentences stand
//! here as they are, and whoever makes a finding puts them together.

/// A text that is not a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed path `{path}`: {}", reason.en())]
pub struct Malformed {
    /// The text, with characters that must not reach a terminal replaced.
    pub path: String,
    /// What is wrong with it: the first fault found.
    pub reason: Reason,
}

impl Malformed {
    /// The sentence in Vietnamese.
    pub fn vi(&self) -> String {
        format!(
            "đường dẫn `{}` không dùng được: {}",
            self.path,
            self.reason.vi()
        )
    }

    /// The sentence in English.
    pub fn en(&self) -> String {
        self.to_string()
    }
}

/// Why a text is not a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Begins with `/`.
    Absolute,
    /// Holds `\`, which separates folders on Windows.
    Backslash,
    /// Holds a control character, or one that hides or reorders text.
    Control,
    /// Has `.` or `..` as a name.
    Dots,
    /// Is empty.
    Empty,
    /// Has an empty name: `//`, or `/` at the end.
    EmptyName,
    /// Has a name that git keeps for itself.
    GitFolder,
    /// Holds one of `< > : " | ? *`, which Windows cannot store.
    ReservedCharacter,
    /// Has a name that Windows keeps for devices, such as `aux` or `con.md`.
    ReservedName,
    /// Is nested deeper than [`super::MAX_DEPTH`].
    TooDeep,
    /// Is longer than [`super::MAX_BYTES`], or a name in it than [`super::MAX_NAME_BYTES`].
    TooLong,
    /// Has a name that ends in a dot or a space, which Windows drops.
    TrailingDotOrSpace,
}

impl Reason {
    /// The reason in Vietnamese, as the second half of a sentence.
    pub fn vi(self) -> &'static str {
        match self {
            Reason::Absolute => "không được bắt đầu bằng `/`",
            Reason::Backslash => "không được chứa `\\`",
            Reason::Control => "chứa ký tự điều khiển hoặc ký tự ẩn",
            Reason::Dots => "không được dùng `.` hoặc `..`",
            Reason::Empty => "đường dẫn trống",
            Reason::EmptyName => "có tên trống (`//` hoặc `/` ở cuối)",
            Reason::GitFolder => "tên này dành riêng cho git",
            Reason::ReservedCharacter => "chứa ký tự mà Windows không cho phép: < > : \" | ? *",
            Reason::ReservedName => {
                "có tên mà Windows dành riêng cho thiết bị (con, prn, aux, nul, com1…, lpt1…)"
            }
            Reason::TooDeep => "quá nhiều cấp thư mục",
            Reason::TooLong => "quá dài",
            Reason::TrailingDotOrSpace => "có tên kết thúc bằng dấu chấm hoặc dấu cách",
        }
    }

    /// The reason in English, as the second half of a sentence.
    pub fn en(self) -> &'static str {
        match self {
            Reason::Absolute => "it must not begin with `/`",
            Reason::Backslash => "it must not hold `\\`",
            Reason::Control => "it holds a control character or a hidden one",
            Reason::Dots => "`.` and `..` are not allowed",
            Reason::Empty => "it is empty",
            Reason::EmptyName => "it has an empty name (`//`, or `/` at the end)",
            Reason::GitFolder => "the name is kept for git",
            Reason::ReservedCharacter => {
                "it holds a character that Windows forbids: < > : \" | ? *"
            }
            Reason::ReservedName => {
                "it has a name that Windows keeps for a device (con, prn, aux, nul, com1…, lpt1…)"
            }
            Reason::TooDeep => "it is nested too deep",
            Reason::TooLong => "it is too long",
            Reason::TrailingDotOrSpace => "it has a name that ends in a dot or a space",
        }
    }
}
