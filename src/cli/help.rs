//! Help in two languages: each text in `args.rs` is written `tiếng Việt ¦ English`, and the half
//! that is wanted is taken before clap sees the command line.

use std::ffi::OsString;

use clap::Command;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::args::Args;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Lang;

const BETWEEN: char = '¦';

/// The language: `--lang` on the line, else `HOSO_LANG`, else Vietnamese.
pub fn language(line: &[OsString], environment: Option<&str>) -> Lang {
    let words: Vec<&str> = line.iter().filter_map(|w| w.to_str()).collect();
    let given = words.iter().enumerate().find_map(|(i, word)| {
        word.strip_prefix("--lang=").or_else(|| {
            (*word == "--lang")
                .then(|| words.get(i + 1).copied())
                .flatten()
        })
    });
    match given.or(environment) {
        Some("en") => Lang::En,
        _ => Lang::Vi,
    }
}

/// The command with every text in one language.
pub fn in_language(command: Command, lang: Lang) -> Command {
    let pick = |text: &clap::builder::StyledStr| half(&text.to_string(), lang);
    let about = command.get_about().map(pick);
    let long = command.get_long_about().map(pick);
    let after = command.get_after_help().map(pick);
    let mut command = command.mut_args(|arg| {
        let help = arg.get_help().map(pick);
        let long = arg.get_long_help().map(pick);
        let arg = help.into_iter().fold(arg, |arg, help| arg.help(help));
        long.into_iter().fold(arg, |arg, long| arg.long_help(long))
    });
    command = about.into_iter().fold(command, Command::about);
    command = long.into_iter().fold(command, Command::long_about);
    command = after.into_iter().fold(command, Command::after_help);
    command.mut_subcommands(|sub| in_language(sub, lang))
}

fn half(text: &str, lang: Lang) -> String {
    match (text.split_once(BETWEEN), lang) {
        (Some((vi, _)), Lang::Vi) => vi.trim().to_owned(),
        (Some((_, en)), Lang::En) => en.trim().to_owned(),
        (None, _) => text.to_owned(),
    }
}

/// Prints a shell's completions.
///
/// # Errors
/// When stdout cannot be written.
pub fn completions(shell: Shell, ui: &mut Ui) -> Result<Outcome, Fault> {
    let mut out = Vec::new();
    clap_complete::generate(
        shell,
        &mut in_language(Args::command(), ui.lang()),
        "hoso",
        &mut out,
    );
    ui.print_bytes(&out)?;
    Ok(Outcome::Done)
}

/// Prints the manual page.
///
/// # Errors
/// When stdout cannot be written.
pub fn manual(ui: &mut Ui) -> Result<Outcome, Fault> {
    let mut out = Vec::new();
    let page = clap_mangen::Man::new(in_language(Args::command(), ui.lang())).render(&mut out);
    page.map_err(|error| ui.cannot_print(&error))?;
    ui.print_bytes(&out)?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_both_languages() {
        fn walk(command: &Command) {
            let texts = command
                .get_about()
                .into_iter()
                .chain(command.get_after_help());
            let args = command
                .get_arguments()
                .filter(|a| !matches!(a.get_id().as_str(), "help" | "version"));
            let texts: Vec<String> = texts
                .map(ToString::to_string)
                .chain(args.filter_map(|a| a.get_help().map(ToString::to_string)))
                .collect();
            for text in texts {
                assert!(text.contains(BETWEEN), "one language only: {text}");
            }
            for sub in command.get_subcommands() {
                walk(sub);
            }
        }
        walk(&Args::command());
    }

    #[test]
    fn the_line_goes_before_the_environment() {
        let line = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(
            language(&line(&["hoso", "--lang", "vi"]), Some("en")),
            Lang::Vi
        );
        assert_eq!(language(&line(&["hoso", "--lang=en"]), None), Lang::En);
        assert_eq!(language(&line(&["hoso"]), Some("en")), Lang::En);
    }
}
