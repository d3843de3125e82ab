//! From which day to which: the written days, the named times and the length, weighed against each other.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, Weekday};
use domain::{
    brief::Assumption,
    request::{AHEAD_DAYS_MAX, DAYS_MAX},
};
use regex::Regex;

use super::{
    Inputs, Question, assumption,
    calendar::{on_or_after, plus, spelled},
    dates::{self, Dates, Style, Written},
    lengths::{self, Length},
    numbers::{count, pattern},
    periods::{self, Hemisphere, Period, Start},
    text::Text,
};

/// Days of a trip when nothing says how long it is.
const DAYS_ASSUMED: u32 = 4;
/// The same for several cities.
const NIGHTS_PER_CITY_ASSUMED: u32 = 2;
/// How far ahead a trip starts when nothing says when: time enough to book.
const AHEAD_DAYS_ASSUMED: i64 = 45;

/// Everything that a text says about time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Times {
    dates: Dates,
    period: Option<Period>,
    /// "until Friday", beside a written first day.
    until: Option<Weekday>,
    length: Length,
}

/// How times are to be understood where the trip goes and where its traveller lives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Customs {
    pub(super) style: Option<Style>,
    pub(super) hemisphere: Hemisphere,
}

impl Times {
    /// Reads what `text` says about time and marks it. `nights` are those that were read for all cities together.
    pub(super) fn read(text: &mut Text<'_>, today: NaiveDate, customs: Customs, nights: Option<u32>) -> Self {
        let dates = dates::read(text, today, customs.style);
        let until = if dates.written.is_some() { periods::until_weekday(text) } else { None };
        let period = periods::read(text, today, customs.hemisphere);
        let mut length = lengths::read(text);
        if let Some(nights) = nights {
            length.agree_with(nights);
        }
        Self { dates, period, until, length }
    }

    fn says_when(&self) -> bool {
        self.dates.written.is_some() || self.period.is_some()
    }

    fn is_weekend(&self) -> bool {
        self.length.is_weekend || self.period.as_ref().is_some_and(|period| period.is_weekend)
    }
}

/// Decides on the first and the last day of a trip to at least `cities` cities.
///
/// # Errors
/// The question, if the text contradicts itself or names a time that no trip can have.
pub(super) fn decide(
    inputs: &Inputs<'_>,
    of_text: &Times,
    customs: Customs,
    cities: u32,
    assumptions: &mut Vec<Assumption>,
) -> Result<(NaiveDate, NaiveDate), Question> {
    let answered = answered_dates(inputs, of_text, customs)?;
    let is_answered = answered.is_some();
    let mut decision = Decision {
        today: inputs.today,
        times: answered.as_ref().unwrap_or(of_text),
        cities,
        days: answered_days(inputs)?.or(if is_answered { None } else { inputs.constraints.days }),
        notes: Vec::new(),
    };
    let fixed = |date: Option<NaiveDate>| if is_answered { None } else { date };
    let (start, end) = match (fixed(inputs.constraints.start_date), fixed(inputs.constraints.end_date)) {
        (Some(start), Some(end)) if inputs.answer("days").is_none() => (start, end),
        (Some(start), _) => (start, last_day(start, decision.days_or_assumed()?)),
        (None, Some(end)) => (plus(end, 1 - i64::from(decision.days_or_assumed()?)), end),
        (None, None) => decision.of_times()?,
    };
    let is_fixed_start = fixed(inputs.constraints.start_date).is_some();
    check(inputs.today, start, end, is_fixed_start)?;
    assumptions.append(&mut decision.notes);
    Ok((start, end))
}

fn last_day(start: NaiveDate, days: u32) -> NaiveDate {
    plus(start, i64::from(days) - 1)
}

fn answered_dates(inputs: &Inputs<'_>, of_text: &Times, customs: Customs) -> Result<Option<Times>, Question> {
    let Some(answer) = inputs.answer("dates") else { return Ok(None) };
    let mut times = Times::read(&mut Text::new(answer), inputs.today, customs, None);
    let says_length = times.length.days.is_some();
    if !times.says_when() && !says_length {
        return Err(dates_question("").again(answer));
    }
    if !times.says_when() {
        (times.dates, times.period) = (of_text.dates.clone(), of_text.period.clone());
    } else if !says_length && !matches!(times.dates.written, Some(Ok(Written::Between(..)))) {
        times.length = Length { problem: None, ..of_text.length.clone() };
    }
    Ok(Some(times))
}

fn answered_days(inputs: &Inputs<'_>) -> Result<Option<u32>, Question> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[ -/:-@]*({count})[ -/:-@]*$"));
    let Some(answer) = inputs.answer("days") else { return Ok(None) };
    let mut text = Text::new(answer);
    let bare = NUMBER.captures(text.folded()).map(|found| count(&found[1]));
    let days = bare.or_else(|| lengths::read(&mut text).days);
    days.filter(|days| (1..=DAYS_MAX).contains(days)).map(Some).ok_or_else(|| days_question("").again(answer))
}

fn dates_question(reason: &str) -> Question {
    let space = if reason.is_empty() { "" } else { " " };
    Question::new(
        "dates",
        format!("{reason}{space}When is the trip? Such as \"12 May 2027 to 16 May 2027\"."),
        Vec::new(),
    )
}

fn days_question(reason: &str) -> Question {
    let space = if reason.is_empty() { "" } else { " " };
    Question::new("days", format!("{reason}{space}How many days is the trip, from 1 to {DAYS_MAX}?"), Vec::new())
}

fn check(today: NaiveDate, start: NaiveDate, end: NaiveDate, is_fixed_start: bool) -> Result<(), Question> {
    if start < today && !is_fixed_start {
        return Err(dates_question(&format!("The trip would start on {}, which is past.", spelled(start))));
    }
    let last = plus(today, AHEAD_DAYS_MAX);
    if start > last || end > plus(last, i64::from(DAYS_MAX)) {
        let reason = format!(
            "The trip would be later than {}, {AHEAD_DAYS_MAX} days ahead: too far for any facts.",
            spelled(last)
        );
        return Err(dates_question(&reason));
    }
    let days = (end - start).num_days() + 1;
    if days > i64::from(DAYS_MAX) {
        return Err(days_question(&format!("The trip would be {days} days long.")));
    }
    Ok(())
}

/// A decision in the making: its notes count only if it is made.
struct Decision<'t> {
    today: NaiveDate,
    times: &'t Times,
    /// The length that fields and answers give; it wins over the text.
    days: Option<u32>,
    notes: Vec<Assumption>,
    /// How many cities are visited at least.
    cities: u32,
}

impl Decision<'_> {
    fn note(&mut self, field: &str, text: Option<String>) {
        self.notes.extend(text.map(|text| assumption(field, text)));
    }

    /// The length in days, wherever it is from.
    fn days_or_assumed(&mut self) -> Result<u32, Question> {
        if let Some(days) = self.days {
            return Ok(days);
        }
        if let Some(Ok(Written::Between(start, end))) = &self.times.dates.written
            && let Ok(days) = u32::try_from((*end - *start).num_days() + 1)
        {
            return Ok(days);
        }
        self.length_of_text(None)
    }

    /// The length that the text's words give; `start` is the first day where it is known.
    fn length_of_text(&mut self, start: Option<NaiveDate>) -> Result<u32, Question> {
        if let Some(problem) = &self.times.length.problem {
            return Err(days_question(problem));
        }
        let days = if let Some(days) = self.times.length.days {
            self.note("days", self.times.length.note.clone());
            days
        } else if let (Some(start), Some(last)) = (start, self.times.until) {
            u32::try_from((on_or_after(start, last) - start).num_days() + 1).unwrap_or(1)
        } else if let Some(days) = self.times.period.as_ref().and_then(|period| period.days) {
            days
        } else if self.times.is_weekend() {
            let days = match start.map(|start| start.weekday()) {
                Some(Weekday::Sat) => 2,
                Some(Weekday::Sun) => 1,
                _ => 3,
            };
            let note =
                format!("A weekend was taken for {days} days, up to Sunday; write a number of days to change it.");
            self.note("days", Some(note));
            days
        } else {
            let assumed = DAYS_ASSUMED.max(self.cities.saturating_mul(NIGHTS_PER_CITY_ASSUMED).saturating_add(1));
            let note = format!(
                "No length was given, so {assumed} days were assumed; say \"6 days\" or set \
                 constraints.days to change it."
            );
            self.note("days", Some(note));
            assumed
        };
        match days {
            0 => Err(days_question("The request says 0 days.")),
            days if days > DAYS_MAX => {
                Err(days_question(&format!("The request says {days} days, and a plan holds at most {DAYS_MAX}.")))
            }
            days => Ok(days),
        }
    }

    /// Both ends, when no field gives one.
    fn of_times(&mut self) -> Result<(NaiveDate, NaiveDate), Question> {
        let written = self.times.dates.written.clone().transpose().map_err(|problem| dates_question(&problem))?;
        if written.is_some() {
            self.note("dates", self.times.dates.note.clone());
        }
        match written {
            Some(Written::Between(start, end)) => self.between(start, end),
            Some(Written::From(start)) => {
                let days = self.days.map_or_else(|| self.length_of_text(Some(start)), Ok)?;
                Ok((start, last_day(start, days)))
            }
            Some(Written::Until(end)) => {
                let days = self.days.map_or_else(|| self.length_of_text(None), Ok)?;
                Ok((plus(end, 1 - i64::from(days)), end))
            }
            None => self.of_period(),
        }
    }

    fn between(&self, start: NaiveDate, end: NaiveDate) -> Result<(NaiveDate, NaiveDate), Question> {
        if let Some(days) = self.days {
            return Ok((start, last_day(start, days)));
        }
        let span = (end - start).num_days() + 1;
        let length = &self.times.length;
        let says = length.days.filter(|_| !length.is_weekend).map(i64::from);
        let agrees = says.is_none_or(|days| days == span || (length.is_weeks && days + 1 == span));
        if agrees {
            return Ok((start, end));
        }
        let said = says.unwrap_or(span);
        let other_end = plus(start, said - 1);
        let mut question = dates_question(&format!(
            "The request says {} to {}, which is {span} days, and also {said} days.",
            spelled(start),
            spelled(end)
        ));
        if said >= 1 && said <= i64::from(DAYS_MAX) {
            question.options = [end, other_end].iter().map(|end| format!("{start} to {end}")).collect();
            question.options.sort();
        }
        Err(question)
    }

    fn of_period(&mut self) -> Result<(NaiveDate, NaiveDate), Question> {
        let Some(period) = self.times.period.clone() else { return self.of_nothing() };
        let Some(start) = period.start_day(self.times.is_weekend()) else {
            return Err(dates_question(&format!("\"{}\" is past.", period.words)));
        };
        let start = if matches!(period.start, Start::From(_)) && start <= self.today { plus(start, 7) } else { start };
        self.note("dates", period.note(start));
        let days = self.days.map_or_else(|| self.length_of_text(Some(start)), Ok)?;
        Ok((start, last_day(start, days)))
    }

    fn of_nothing(&mut self) -> Result<(NaiveDate, NaiveDate), Question> {
        let weekday = if self.times.is_weekend() { Weekday::Fri } else { Weekday::Sat };
        let start = on_or_after(plus(self.today, AHEAD_DAYS_ASSUMED), weekday);
        let note = format!(
            "No dates were given, so a start on {} was assumed; say \"from 12 May\" or set \
             constraints.start_date to change it.",
            spelled(start)
        );
        self.note("dates", Some(note));
        let days = self.days.map_or_else(|| self.length_of_text(Some(start)), Ok)?;
        Ok((start, last_day(start, days)))
    }
}
