//! The stable codes of findings. A code is never renamed, never used for something else and never
//! translated; `docs/findings.md` has one heading for each, and the test-suite one case.

use super::Severity;
use super::Words;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident, $vi:literal, $en:literal;)*) => {
        /// What kind of thing was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code there is, in alphabetical order of the variants.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as printed and as tools match on it.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// Whether the code speaks of signatures and seals, whose faults an archive shows.
            pub fn is_of_signatures(self) -> bool {
                ["signature-", "archive-"].iter().any(|of| self.as_str().starts_with(of))
            }

            /// Whether the code speaks of what one record says of others.
            pub fn is_of_several(self) -> bool {
                matches!(
                    self,
                    Code::ActOther | Code::BookRecordMissing | Code::BooksDisagree | Code::FigureDisagrees
                        | Code::NumberGap | Code::NumberOrder | Code::ReferenceUnknown
                )
            }

            /// How much findings of this code weigh.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }

            /// The rule behind the code, in one sentence (SARIF's `shortDescription`).
            pub fn rule(self) -> Words {
                match self { $(Code::$name => Words::new($vi, $en),)* }
            }
        }
    };
}

codes! {
    /// A statement of a return, withdrawal or replacement that does not stand.
    ActFault = "act-fault", Error, "văn bản trả lại, rút, thay thế phải nguyên vẹn và đúng hồ sơ", "a return, withdrawal or replacement must be intact and of this record";
    /// Who returned, withdrew or superseded was not entitled to.
    ActNotEntitled = "act-not-entitled", Error, "người trả lại, rút, thay thế phải có quyền vào ngày đó", "who returns, withdraws or supersedes must be entitled on the day";
    /// An act that names signatures which are gone.
    ActOrder = "act-order", Error, "các chữ ký mà văn bản trả lại, rút, thay thế nêu phải còn đó", "the signatures that a return, withdrawal or replacement names must be there";
    /// A replacement by a record that is not there.
    ActOther = "act-other", Error, "hồ sơ thay thế phải có trong kho", "the record that replaces another must be there";
    /// An archive of a chain does not follow the one before.
    ArchiveChainBroken = "archive-chain-broken", Error, "mỗi kho lưu trữ phải nối đúng vào kho đã niêm phong trước nó", "each archive must follow the sealed one before it";
    /// A file of an archive is not what its manifests say.
    ArchiveChanged = "archive-changed", Error, "tệp của kho lưu trữ phải khớp bảng kê", "a file of an archive must match its manifests";
    /// The bag's payload is not as large as the bag says.
    ArchiveOxum = "archive-oxum", Error, "Payload-Oxum phải đúng bằng kích thước các tệp", "Payload-Oxum must be the size of the files";
    /// A sealed archive that the chain must have is not there.
    ArchivePreviousMissing = "archive-previous-missing", Error, "chuỗi kho lưu trữ không được thiếu kho nào", "the chain of archives must have no gap";
    /// A link of a record's proof chain does not hold.
    ArchiveProofBroken = "archive-proof-broken", Error, "mọi mắt xích chứng minh của hồ sơ phải khớp", "every link of a record's proof chain must hold";
    /// An older archive that somebody kept is not in the chain.
    ArchiveRewritten = "archive-rewritten", Error, "kho lưu trữ cũ phải còn trong chuỗi của kho mới", "an older archive must be in the newer one's chain";
    /// The seal of an archive does not hold.
    ArchiveSealFault = "archive-seal-fault", Error, "niêm phong phải đúng, của con dấu nhà trường, cho đúng kho ấy", "a seal must hold, be the school's, and be for that archive";
    /// Something signed that a sealed archive lists is gone.
    ArchiveSignatureLost = "archive-signature-lost", Error, "cái đã ký trong một kho đã niêm phong không được mất", "what a sealed archive lists as signed must not be gone";
    /// An archive has no seal.
    ArchiveUnsealed = "archive-unsealed", Warning, "kho lưu trữ nên được niêm phong", "an archive should be sealed";
    /// A file that a record keeps is not the one that was taken in.
    AttachmentChanged = "attachment-changed", Error, "tệp kèm theo hồ sơ phải đúng mã băm đã ghi", "a file that a record keeps must have the digest that it says";
    /// A file that a record keeps is gone.
    AttachmentMissing = "attachment-missing", Error, "tệp kèm theo hồ sơ phải còn đó", "a file that a record keeps must be there";
    /// The body is missing where the kind asks for one.
    BodyMissing = "body-missing", Error, "loại hồ sơ này cần phần nội dung", "this kind needs a body";
    /// The body's Markdown is nested or sized beyond what a form can hold.
    BodyTooLarge = "body-too-large", Error, "nội dung quá lớn hoặc lồng quá sâu", "the body is too large or nested too deep";
    /// There is a body where the kind has none.
    BodyUnexpected = "body-unexpected", Error, "loại hồ sơ này không có phần nội dung", "this kind has no body";
    /// The file that closes a book was changed.
    BookClosingChanged = "book-closing-changed", Error, "tệp khóa sổ không được sửa", "the file that closes a book must not change";
    /// The file that closed a book was taken away.
    BookReopened = "book-reopened", Warning, "sổ đã khóa không nên mở lại", "a closed book should not be opened again";
    /// A record of its period was added to a book after it was closed.
    BookRecordAdded = "book-record-added", Error, "sổ đã khóa thì không thêm hồ sơ vào kỳ của sổ", "nothing is added to the period of a closed book";
    /// A record of a closed book is not what it was when the book was closed.
    BookRecordChanged = "book-record-changed", Error, "hồ sơ của sổ đã khóa không được sửa", "a record of a closed book must not change";
    /// A record of a closed book is gone.
    BookRecordMissing = "book-record-missing", Error, "hồ sơ của sổ đã khóa không được xóa", "a record of a closed book must not be deleted";
    /// The record's date lies outside the school year of its folder.
    DateOutsideYear = "date-outside-year", Error, "ngày phải nằm trong năm học của thư mục", "the date must lie in the school year of the folder";
    /// An evidence code that is none.
    EvidenceCode = "evidence-code", Error, "mã minh chứng phải viết hộp–tiêu chí–số thứ tự", "an evidence code must be written box–criterion–number";
    /// A field's value breaks the kind's schema.
    FieldInvalid = "field-invalid", Error, "giá trị của trường phải đúng quy định của loại hồ sơ", "a field's value must obey the kind's schema";
    /// A required field is not there.
    FieldMissing = "field-missing", Error, "phải có đủ các trường bắt buộc", "required fields must be there";
    /// Fields that still hold the `…` of a new record.
    FieldPlaceholder = "field-placeholder", Warning, "hồ sơ còn chỗ chưa điền", "a record has fields that are not filled in";
    /// A field that the kind does not have.
    FieldUnknown = "field-unknown", Error, "chỉ được dùng các trường của loại hồ sơ", "only fields of the kind may be used";
    /// The text of a file is not UTF-8.
    FileEncoding = "file-encoding", Error, "tệp phải là văn bản UTF-8", "a file must be UTF-8 text";
    /// A file lies where no record can be.
    FileMisplaced = "file-misplaced", Error, "hồ sơ nằm ở content/<năm học>/<đơn vị>/<loại>/<tên>.md", "a record lies at content/<year>/<unit>/<kind>/<name>.md";
    /// Two names differ only in case or Unicode form.
    FileNameClash = "file-name-clash", Error, "hai tên không được chỉ khác nhau ở chữ hoa, chữ thường hay dạng Unicode", "two names must not differ only in case or Unicode form";
    /// A name that is not in Unicode form NFC.
    FileNameNotNfc = "file-name-not-nfc", Error, "tên tệp phải ở dạng Unicode NFC", "a file name must be in Unicode form NFC";
    /// A name that cannot be a path everywhere, a link, or something that is no file.
    FileRefused = "file-refused", Error, "chỉ nhận tệp thường có tên hợp lệ, không nhận liên kết", "only plain files with sound names are taken, no links";
    /// A file beyond the size bound.
    FileTooLarge = "file-too-large", Error, "tệp vượt quá kích thước cho phép", "a file is beyond the size bound";
    /// A file beside the records that none of them uses.
    FileUnused = "file-unused", Warning, "tệp cạnh hồ sơ nên được hồ sơ nào đó dùng đến", "a file beside records should be used by one";
    /// Typst could not set the form.
    FormFault = "form-fault", Error, "mẫu không dựng được thành trang", "the form could not be set";
    /// No version of the form holds on the record's date.
    FormVersion = "form-version", Error, "phải có phiên bản mẫu có hiệu lực vào ngày của hồ sơ", "a form version must hold on the record's date";
    /// Two books say different things of one.
    BooksDisagree = "books-disagree", Error, "hai sổ phải nói giống nhau về cùng một việc", "two books must agree on what both tell";
    /// A typed figure is not what the record's own data give.
    FigureDisagrees = "figure-disagrees", Error, "con số đã gõ phải bằng con số tính được", "a typed figure must equal the computed one";
    /// A kind's jq program fails on a record.
    FiguresFault = "figures-fault", Error, "con số của hồ sơ phải tính được", "a record's figures must be computable";
    /// There is no `---` header.
    HeaderMissing = "header-missing", Error, "hồ sơ bắt đầu bằng phần đầu giữa hai dòng `---`", "a record starts with a header between two `---` lines";
    /// The header's YAML cannot be read.
    HeaderSyntax = "header-syntax", Error, "phần đầu phải là YAML đúng cú pháp", "the header must be well-formed YAML";
    /// Raw HTML in a body, printed as it stands.
    HtmlLiteral = "html-literal", Warning, "HTML trong nội dung được in nguyên văn", "HTML in a body is printed as it stands";
    /// An image that cannot be taken.
    ImageRefused = "image-refused", Error, "ảnh phải là tệp PNG hoặc JPEG trong thư mục của hồ sơ", "an image must be a PNG or JPEG file in the record's folder";
    /// `kind.yaml` is at fault.
    KindInvalid = "kind-invalid", Error, "kind.yaml phải đúng quy định", "kind.yaml must be sound";
    /// A folder that is no kind.
    KindUnknown = "kind-unknown", Error, "thư mục loại hồ sơ phải có trong layouts/", "the kind's folder must exist in layouts/";
    /// A link that leads to something other than a web page or a mail address.
    LinkRefused = "link-refused", Error, "liên kết chỉ được là http, https hoặc mailto", "a link may only be http, https or mailto";
    /// The file name does not follow the kind's pattern.
    NamePattern = "name-pattern", Error, "tên tệp phải theo quy tắc của loại hồ sơ", "the file name must follow the kind's pattern";
    /// Two documents of one series have one number.
    NumberDoubled = "number-doubled", Error, "mỗi số chỉ cấp cho một văn bản trong dãy số của năm", "a number is given once in a series of a year";
    /// A number of a series was skipped.
    NumberGap = "number-gap", Error, "các số trong dãy số của năm phải liên tục", "the numbers of a series of a year must have no gap";
    /// A higher number stands on an earlier date.
    NumberOrder = "number-order", Warning, "số lớn hơn thì ngày không được sớm hơn", "a higher number must not have an earlier date";
    /// A person that the roster does not know on that date.
    PersonUnknown = "person-unknown", Error, "người phải có trong school.yaml vào ngày của hồ sơ", "a person must be in school.yaml on the record's date";
    /// A proposal touches the rules that records are judged by.
    PolicyChanged = "policy-changed", Notice, "đề nghị đổi quy tắc phải được người có thẩm quyền duyệt", "a proposal that changes the rules needs review by who is entitled to";
    /// The text changed after it was signed.
    RecordChanged = "record-changed", Warning, "hồ sơ đã sửa sau khi ký thì phải ký lại", "a record changed after signing needs new signatures";
    /// The id of a deleted record is used again.
    RecordIdReused = "record-id-reused", Warning, "mã hồ sơ đã xóa không nên dùng lại", "the id of a deleted record should not be used again";
    /// A record breaks a rule of its kind that no schema can say.
    RecordInconsistent = "record-inconsistent", Error, "các phần của hồ sơ phải khớp nhau", "the parts of a record must fit each other";
    /// A value that must appear elsewhere in the record does not.
    ReferenceUnknown = "reference-unknown", Error, "giá trị phải có trong danh sách mà nó trỏ tới", "a value must exist in the list it points to";
    /// Nobody, or not this person, holds the role that a step of the chain asks for.
    RoleMissing = "role-missing", Error, "người ký phải giữ đúng vai trò vào ngày của hồ sơ", "a signer must hold the step's role on the record's date";
    /// `school.yaml` is at fault.
    SchoolInvalid = "school-invalid", Error, "school.yaml phải đúng quy định", "school.yaml must be sound";
    /// A step would be signed by who signed what it approves.
    SelfApproval = "self-approval", Error, "không ai tự duyệt hồ sơ của mình khi trình tự ký không cho", "nobody approves their own record where the chain forbids it";
    /// A signature that does not hold.
    SignatureFault = "signature-fault", Error, "chữ ký phải nguyên vẹn và đúng", "a signature must be intact and valid";
    /// The kept form is not the file its folder names.
    SignatureFormChanged = "signature-form-changed", Error, "tệp form.pdf đã ký không được thay đổi", "a signed form.pdf must not change";
    /// A file below `signatures/` that belongs to no signature.
    SignatureMisplaced = "signature-misplaced", Error, "tệp trong signatures/ phải đúng chỗ và đúng tên", "a file in signatures/ must have its proper place and name";
    /// A signature that does not cover the steps before it.
    SignatureOrder = "signature-order", Error, "mỗi bước ký phải phủ lên các chữ ký trước", "each step must cover the signatures before it";
    /// Signatures of a record that is gone.
    SignatureOrphan = "signature-orphan", Error, "hồ sơ đã ký không được xóa", "a signed record must not be deleted";
    /// A signature or a signed form that was in the repository is gone.
    SignatureRemoved = "signature-removed", Error, "chữ ký và bản đã ký không được lấy khỏi kho", "a signature or a signed form must never be taken away";
    /// A signature or a signed form was exchanged for another file.
    SignatureReplaced = "signature-replaced", Error, "chữ ký và bản đã ký không được thay bằng tệp khác", "a signature or a signed form must never be exchanged";
    /// The signer was not entitled by the roster.
    SignatureRoster = "signature-roster", Error, "người ký phải có thẩm quyền vào ngày ký", "the signer must be entitled on the day of signing";
    /// A cell of a table whose value cannot be taken in, or given out.
    TableCell = "table-cell", Error, "ô của bảng phải có giá trị đúng với cột", "a cell of a table must hold a value of its column";
    /// A table without the columns, rows or sheets that it must have.
    TableColumns = "table-columns", Error, "bảng phải có hàng tiêu đề, đủ cột, có dòng", "a table must have headings, the columns that are needed, and rows";
    /// A file that is not read as a table.
    TableRefused = "table-refused", Error, "chỉ đọc bảng tính thường, không mã hóa, không quá lớn", "only plain tables are read, not encrypted and not too large";
    /// The file's name is not a school year such as `2024-2025`.
    YearMalformed = "year-malformed", Error, "thư mục năm học có dạng 2024-2025", "a school year's folder looks like 2024-2025";
    /// A folder that is no unit of the school in that year.
    UnitUnknown = "unit-unknown", Error, "đơn vị phải có trong school.yaml", "a unit must be in school.yaml";
    /// YAML features that a record may not use.
    YamlRefused = "yaml-refused", Error, "YAML của hồ sơ không được dùng neo, bí danh, thẻ hay khóa trùng", "a record's YAML must not use anchors, aliases, tags or repeated keys";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} stands twice", code.as_str());
            assert!(
                code.as_str()
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-')
            );
        }
    }
}
