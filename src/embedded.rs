//! The layouts, fonts and page templates that come with the program, in it once.

use include_dir::Dir;
use include_dir::include_dir;

static LAYOUTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/layouts");

/// Every file below `layouts/`, as (path within it, bytes), in order of the paths.
pub fn layouts() -> Vec<(&'static str, &'static [u8])> {
    let mut files = Vec::new();
    let mut open = vec![&LAYOUTS];
    while let Some(dir) = open.pop() {
        open.extend(dir.dirs());
        let named = dir
            .files()
            .filter_map(|file| Some((file.path().to_str()?, file.contents())));
        files.extend(named);
    }
    files.sort_unstable();
    files
}

/// The files of one folder of them, as (name within it, bytes).
pub fn folder(name: &str) -> Vec<(&'static str, &'static [u8])> {
    let inside = |(path, bytes): (&'static str, &'static [u8])| {
        Some((path.strip_prefix(name)?.strip_prefix('/')?, bytes))
    };
    layouts().into_iter().filter_map(inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_and_templates_are_inside() {
        assert_eq!(
            folder("fonts")
                .iter()
                .filter(|(name, _)| name.ends_with(".ttf"))
                .count(),
            4
        );
        assert!(
            folder("site")
                .iter()
                .any(|(name, _)| *name == "record.html")
        );
    }
}
