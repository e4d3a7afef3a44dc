//! Vietnamese names in their order: the given name, which stands last, decides first
//! (TCVN 6909:2001 letters, Unicode collation for Vietnamese).

use icu_collator::Collator;
use icu_collator::CollatorBorrowed;
use icu_collator::options::CollatorOptions;
use icu_locale_core::locale;

/// The order of Vietnamese names.
pub struct NameOrder(CollatorBorrowed<'static>);

impl NameOrder {
    /// The order; none only if the program was built without Vietnamese.
    pub fn new() -> Option<Self> {
        Collator::try_new(locale!("vi").into(), CollatorOptions::default())
            .ok()
            .map(Self)
    }

    /// A key such that names sort as their keys do: given name, then family and middle names.
    pub fn key(&self, name: &str) -> String {
        let mut words: Vec<&str> = name.split_whitespace().collect();
        let given = words.pop().unwrap_or_default();
        format!("{} {}", self.hex(given), self.hex(&words.join(" ")))
    }

    /// A key such that titles sort as a Vietnamese dictionary has them: đ after d.
    pub fn title_key(&self, title: &str) -> String {
        self.hex(title)
    }

    fn hex(&self, text: &str) -> String {
        let mut key = Vec::new();
        // Writing to a vector does not fail.
        let Ok(()) = self.0.write_sort_key_to(text, &mut key);
        key.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_a_class_register_has_them() {
        let order = NameOrder::new().expect("Vietnamese");
        let sorted = [
            "Nguyễn Văn An",
            "Trần An",
            "Lê Thị Ánh",
            "Phạm Minh Ân",
            "Đỗ Gia Bảo",
            "Vũ Cường",
            "Nguyễn Thùy Dung",
            "Bùi Tiến Dũng",
            "Lê Minh Đức",
            "Hoàng Hà",
            "Hoàng Hải",
        ];
        let mut mixed = sorted;
        mixed.reverse();
        mixed.sort_by_key(|name| order.key(name));
        assert_eq!(mixed, sorted);
    }
}
