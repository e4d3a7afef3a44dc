//! jq in process: pure programs over one JSON value. What could reach the surroundings (clock,
//! environment, messages) answers with an error instead.

use jaq_core::Ctx;
use jaq_core::Vars;
use jaq_core::data::JustLut;
use jaq_core::load::Arena;
use jaq_core::load::File;
use jaq_core::load::Loader;
use jaq_core::native;
use jaq_core::native::Fun;
use jaq_core::native::bome;
use jaq_core::native::v;
use jaq_core::unwrap_valr;
use jaq_std::ValT as _;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use crate::records::names::NameOrder;

/// What a program of a form may not ask for, since its answer would differ from run to run.
const IMPURE: [&str; 11] = [
    "now",
    "halt",
    "env",
    "localtime",
    "strflocaltime",
    "debug",
    "debug_empty",
    "stderr",
    "stderr_empty",
    "input_filename",
    "get_search_list",
];

/// Most faults that one program may tell of one record.
const MAX_OUTPUTS: usize = 200;

type Data = JustLut<jaq_json::Val>;
type Error = jaq_core::Error<jaq_json::Val>;

/// A JSON value as jq holds it; cheap to clone.
#[derive(Clone)]
pub(super) struct Val(jaq_json::Val);

impl Val {
    /// The value of some JSON.
    pub(super) fn of(value: Value) -> Self {
        // Every JSON value is one of jq's.
        Self(jaq_json::Val::deserialize(value).unwrap_or_default())
    }

    /// A list.
    pub(super) fn list(items: impl Iterator<Item = Self>) -> Self {
        Self(items.map(|item| item.0).collect())
    }

    /// An object.
    pub(super) fn object<'a>(entries: impl Iterator<Item = (&'a str, Self)>) -> Self {
        let entries = entries.map(|(key, value)| (text(key), value.0));
        Self(jaq_json::Val::obj(entries.collect()))
    }

    /// The same object with one more key.
    #[must_use]
    pub(super) fn with(self, key: &str, value: Self) -> Self {
        match self.0 {
            jaq_json::Val::Obj(map) => {
                let mut map = (*map).clone();
                map.insert(text(key), value.0);
                Self(jaq_json::Val::obj(map))
            }
            other => Self(other),
        }
    }

    fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.0.to_string()).map_err(|e| e.to_string())
    }
}

fn text(text: &str) -> jaq_json::Val {
    jaq_json::Val::utf8_str(text.to_owned().into_bytes())
}

/// A compiled program.
pub(super) struct Program {
    /// Where it was read from.
    pub(super) file: String,
    filter: jaq_core::Filter<Data>,
}

/// Why a program does not compile.
pub(super) struct Broken {
    /// The line of shared definitions and program together.
    pub(super) line: Option<usize>,
    /// What is wrong with it, in jq's words.
    pub(super) message: String,
}

/// Compiles `shared` definitions followed by a program.
///
/// # Errors
/// [`Broken`], with the line.
pub(super) fn compile(shared: &str, program: &str, file: &str) -> Result<Program, Broken> {
    let code = format!("{shared}\n{program}");
    let definitions = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let loader = Loader::new(definitions);
    let arena = Arena::default();
    let source = File {
        code: code.as_str(),
        path: (),
    };
    let modules = loader.load(&arena, source).map_err(|errors| {
        let told = errors.into_iter().find_map(|(_, error)| match error {
            jaq_core::load::Error::Io(found) => found.into_iter().next(),
            jaq_core::load::Error::Lex(found) => found
                .into_iter()
                .next()
                .map(|(expect, at)| (at, format!("expected {}", expect.as_str()))),
            jaq_core::load::Error::Parse(found) => found
                .into_iter()
                .next()
                .map(|(expect, at)| (at, format!("expected {}", expect.as_str()))),
        });
        broken(&code, told)
    })?;
    let functions = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .map(pure)
        .chain(own());
    let filter = jaq_core::Compiler::default()
        .with_funs(functions)
        .compile(modules)
        .map_err(|errors| {
            let told = errors
                .into_iter()
                .flat_map(|(_, found)| found)
                .next()
                .map(|(at, undefined)| (at, format!("undefined {}: {at}", undefined.as_str())));
            broken(&code, told)
        })?;
    Ok(Program {
        file: file.to_owned(),
        filter,
    })
}

fn broken(code: &str, told: Option<(&str, String)>) -> Broken {
    let Some((at, message)) = told else {
        return Broken {
            line: None,
            message: "the program cannot be compiled".into(),
        };
    };
    // `at` is a piece of `code`; where it begins says the line.
    let offset = (at.as_ptr() as usize).checked_sub(code.as_ptr() as usize);
    let before = offset.and_then(|offset| code.get(..offset));
    Broken {
        line: before.map(|before| before.matches('\n').count() + 1),
        message,
    }
}

impl Program {
    /// The first output; null if there is none.
    ///
    /// # Errors
    /// jq's own words.
    pub(super) fn one(&self, input: Val) -> Result<Value, String> {
        self.run(input).next().unwrap_or(Ok(Value::Null))
    }

    /// Every output, up to a bound.
    ///
    /// # Errors
    /// jq's own words.
    pub(super) fn all(&self, input: Val) -> Result<Vec<Value>, String> {
        self.run(input).take(MAX_OUTPUTS).collect()
    }

    fn run(&self, input: Val) -> impl Iterator<Item = Result<Value, String>> + '_ {
        let context = Ctx::<Data>::new(&self.filter.lut, Vars::new([]));
        let outputs = self.filter.id.run((context, input.0)).map(unwrap_valr);
        outputs.map(|output| match output {
            Ok(value) => Val(value).json(),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// The same function, unless it reaches the surroundings.
fn pure((name, arity, native): Fun<Data>) -> Fun<Data> {
    if IMPURE.contains(&name) {
        let refuse: jaq_core::RunPtr<Data> = |_| {
            bome(Err(Error::str(
                "not available: a figure depends on its record alone",
            )))
        };
        native::run::<Data>((name, arity, refuse))
    } else {
        (name, arity, native)
    }
}

/// What records need and jq does not have: Vietnamese names, dates, decimals.
fn own() -> impl Iterator<Item = Fun<Data>> {
    let functions: [native::Filter<jaq_core::RunPtr<Data>>; 4] = [
        ("sap_ten", v(0), |cv| bome(name_key(&cv.1))),
        ("so_thang", v(2), |mut cv| {
            let to = cv.0.pop_var();
            let from = cv.0.pop_var();
            bome(between(&from, &to, months))
        }),
        ("so_ngay", v(2), |mut cv| {
            let to = cv.0.pop_var();
            let from = cv.0.pop_var();
            bome(between(&from, &to, days))
        }),
        ("tron", v(1), |mut cv| {
            let digits = cv.0.pop_var();
            bome(rounded(&cv.1, &digits))
        }),
    ];
    functions.into_iter().map(native::run::<Data>)
}

fn str_of(value: &jaq_json::Val) -> Result<&str, Error> {
    let bytes = value.as_utf8_bytes();
    bytes
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .ok_or_else(|| Error::str("a text is needed"))
}

fn name_key(value: &jaq_json::Val) -> Result<jaq_json::Val, Error> {
    let name = str_of(value)?;
    let order = NameOrder::new().ok_or_else(|| Error::str("no Vietnamese order"))?;
    Ok(text(&order.key(name)))
}

fn between(
    from: &jaq_json::Val,
    to: &jaq_json::Val,
    count: fn(Date, Date) -> i32,
) -> Result<jaq_json::Val, Error> {
    let date = |value: &jaq_json::Val| {
        let text = str_of(value)?;
        text.parse::<Date>()
            .map_err(|_| Error::str(format!("{text:?} is no date like 2024-09-09")))
    };
    Ok(jaq_json::Val::from(count(date(from)?, date(to)?) as isize))
}

/// Completed months, as ages are counted (WHO): the month is complete on the same day of the month,
/// or on its last day when it has no such day.
fn months(from: Date, to: Date) -> i32 {
    let whole = i32::from(to.year() - from.year()) * 12 + i32::from(to.month() - from.month());
    let short = to.day() < from.day() && to.day() < to.days_in_month();
    whole - i32::from(short)
}

fn days(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// Half away from zero, as people round; the decimal text is what is rounded, so that 2.675 with two
/// places is 2.68 although its binary value lies below.
fn rounded(value: &jaq_json::Val, digits: &jaq_json::Val) -> Result<jaq_json::Val, Error> {
    let number = value
        .as_f64()
        .ok_or_else(|| Error::str("a number is needed"))?;
    let digits = digits.as_isize().unwrap_or(0).clamp(0, 9);
    let scale = 10f64.powi(i32::try_from(digits).unwrap_or(0));
    let nudged = number * scale * (1.0 + f64::EPSILON);
    let whole = nudged.round();
    if digits == 0 && whole.abs() < 9e15 {
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        return Ok(jaq_json::Val::from(whole as isize));
    }
    Ok(jaq_json::Val::from(whole / scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(program: &str, input: Value) -> Result<Value, String> {
        let program = compile("", program, "test.jq").map_err(|broken| broken.message)?;
        program.one(Val::of(input))
    }

    #[test]
    fn figures_are_computed() {
        let input =
            serde_json::json!({"tre": [{"ngay-sinh": "2019-08-31"}, {"ngay-sinh": "2020-02-29"}]});
        let months = run(
            "[.tre[].\"ngay-sinh\" as $d | so_thang($d; \"2024-02-29\")]",
            input,
        );
        assert_eq!(months, Ok(serde_json::json!([54, 48])));
        assert_eq!(
            run("so_ngay(.; \"2025-01-01\")", "2024-12-30".into()),
            Ok(2.into())
        );
        assert_eq!(run("tron(2)", 2.675.into()), Ok(2.68.into()));
        assert_eq!(
            run("[7/2 | tron(0), (-2.5 | tron(0))]", Value::Null),
            Ok(serde_json::json!([4, -3]))
        );
    }

    #[test]
    fn the_surroundings_are_out_of_reach() {
        for program in ["now", "env", "input_filename", "\"x\" | debug", "$ENV"] {
            assert!(run(program, Value::Null).is_err(), "{program}");
        }
    }

    #[test]
    fn a_broken_program_is_told_by_line() {
        let broken = compile("def a: 1;", "{\n  b: undefined_thing\n}", "test.jq");
        assert_eq!(broken.err().and_then(|b| b.line), Some(3));
        let broken = compile("def a: 1;", "{\n  b: (\n", "test.jq");
        assert!(broken.err().and_then(|b| b.line).is_some());
    }
}
