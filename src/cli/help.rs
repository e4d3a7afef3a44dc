//! Help in two languages: each text in `args.rs` is written `tiếng Việt ¦ English`, and the half
//! that is wanted is taken before clap sees the command line.

use std::ffi::OsString;

use clap::Arg;
use clap::ArgAction;
use clap::Command;
use clap::CommandFactory;
use clap::builder::StyledStr;
use clap::error::ContextKind;
use clap::error::ErrorKind;
use clap_complete::Shell;

use crate::cli::args::Args;
use crate::cli::exit::Fault;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::diag::Lang;
use crate::diag::Words;
use crate::diag::words::tame;

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

/// The command with every text in one language, clap's own headings too.
pub fn in_language(command: Command, lang: Lang) -> Command {
    let command = command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(
            flag(
                "help",
                'h',
                ArgAction::Help,
                "In hướng dẫn này ¦ Print this help",
            )
            .global(true),
        )
        .arg(flag(
            "version",
            'V',
            ArgAction::Version,
            "In phiên bản ¦ Print the version",
        ));
    translated(command, lang)
}

fn flag(name: &'static str, short: char, action: ArgAction, help: &'static str) -> Arg {
    Arg::new(name)
        .short(short)
        .long(name)
        .action(action)
        .help(help)
}

fn translated(command: Command, lang: Lang) -> Command {
    let pick = |text: &StyledStr| half(&text.to_string(), lang);
    let about = command.get_about().map(pick);
    let after = command.get_after_help().map(pick);
    let mut command = command.mut_args(|arg| {
        let help = arg.get_help().map(pick);
        help.into_iter().fold(arg, |arg, help| arg.help(help))
    });
    command = about.into_iter().fold(command, Command::about);
    command = after.into_iter().fold(command, Command::after_help);
    let template = template(&command, lang);
    command
        .help_template(template)
        .mut_subcommands(|sub| translated(sub, lang))
}

/// The order of a help text, with its headings.
fn template(command: &Command, lang: Lang) -> String {
    let (usage, verbs, arguments, options) = match lang {
        Lang::Vi => ("Cách dùng:", "Lệnh:", "Tham số:", "Tùy chọn:"),
        Lang::En => ("Usage:", "Commands:", "Arguments:", "Options:"),
    };
    let mut out = format!("{{about-with-newline}}\n{usage} {{usage}}\n\n");
    if command.has_subcommands() {
        out.push_str(&format!("{verbs}\n{{subcommands}}\n\n"));
    }
    if command.get_positionals().next().is_some() {
        out.push_str(&format!("{arguments}\n{{positionals}}\n\n"));
    }
    out.push_str(&format!("{options}\n{{options}}{{after-help}}\n"));
    out
}

/// What is wrong with a command line, in the language of the rest; none where clap has something to
/// print that is no fault (help, version).
pub fn fault(error: &clap::Error) -> Option<Fault> {
    let value = |kind| {
        error
            .get(kind)
            .map(|value| tame(&value.to_string()))
            .unwrap_or_default()
    };
    let (argument, given) = (
        value(ContextKind::InvalidArg),
        value(ContextKind::InvalidValue),
    );
    let verb = value(ContextKind::InvalidSubcommand);
    let choices = value(ContextKind::ValidValue);
    let message = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::InvalidSubcommand => Words::new(
            format!("không có lệnh `{verb}`"),
            format!("there is no command `{verb}`"),
        ),
        ErrorKind::UnknownArgument => Words::new(
            format!("không có tùy chọn `{argument}`"),
            format!("there is no option `{argument}`"),
        ),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if given.is_empty() => Words::new(
            format!("`{argument}` cần một giá trị"),
            format!("`{argument}` needs a value"),
        ),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => Words::new(
            format!(
                "`{given}` không hợp lệ cho `{argument}`{}",
                listed("; chọn: ", &choices)
            ),
            format!(
                "`{given}` is not valid for `{argument}`{}",
                listed("; one of: ", &choices)
            ),
        ),
        ErrorKind::MissingRequiredArgument => Words::new(
            format!("còn thiếu: {argument}"),
            format!("missing: {argument}"),
        ),
        ErrorKind::ArgumentConflict => {
            let other = value(ContextKind::PriorArg);
            Words::new(
                format!("không dùng `{argument}` cùng với `{other}`"),
                format!("`{argument}` cannot be used with `{other}`"),
            )
        }
        _ => Words::new(
            format!("dòng lệnh chưa đúng: {}", tame(&error.kind().to_string())),
            error.kind().to_string(),
        ),
    };
    let near = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let near = near.into_iter().map(value).find(|near| !near.is_empty());
    Some(Fault::usage(message).help(match near {
        Some(near) => Words::new(
            format!("có phải là `{near}`?"),
            format!("did you mean `{near}`?"),
        ),
        None => Words::new("xem `hoso --help`", "see `hoso --help`"),
    }))
}

fn listed(before: &str, choices: &str) -> String {
    if choices.is_empty() {
        String::new()
    } else {
        format!("{before}{choices}")
    }
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
