//! Opening hours as the gazetteer writes them, such as `tue-sun 09:30-18:00`.

use domain::facts::Span;

/// Opening spans from Monday to Sunday, in order; an empty day is closed.
pub type WeekHours = [Vec<Span>; 7];

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_PER_DAY: u32 = 24 * 60;

/// Why a text is not opening hours. Each holds the part that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Neither `daily`, a day, a range of days nor a list of them.
    #[error("\"{0}\" names no days")]
    Days(String),
    /// A day stands in two groups.
    #[error("\"{0}\" is named twice")]
    Twice(&'static str),
    /// Not `HH:MM-HH:MM`, reversed, or overlapping with the span before.
    #[error("\"{0}\" is not a span of hours in order")]
    Span(String),
}

/// Reads `<days> <from>-<to>` groups joined with `; `. Days: `daily`, `mon` ... `sun`, ranges `tue-sun`, lists
/// `mon,wed-fri`. Two spans in a day are joined with `+`. `24:00` is the end of the day.
///
/// # Errors
///
/// The first part that is not in this format.
pub fn parse_hours(text: &str) -> Result<WeekHours, HoursError> {
    let mut week = WeekHours::default();
    for group in text.split("; ") {
        let (days, spans) = group.split_once(' ').ok_or_else(|| HoursError::Span(group.to_owned()))?;
        let spans = parse_spans(spans)?;
        for day in parse_days(days)? {
            if !week[day].is_empty() {
                return Err(HoursError::Twice(DAYS[day]));
            }
            week[day].clone_from(&spans);
        }
    }
    Ok(week)
}

fn parse_days(text: &str) -> Result<Vec<usize>, HoursError> {
    let wrong = || HoursError::Days(text.to_owned());
    let day = |name: &str| DAYS.iter().position(|known| *known == name).ok_or_else(wrong);
    let mut days = Vec::new();
    for part in text.split(',') {
        match part.split_once('-') {
            _ if part == "daily" => days.extend(0..DAYS.len()),
            Some((first, last)) => {
                let (first, last) = (day(first)?, day(last)?);
                if first >= last {
                    return Err(wrong());
                }
                days.extend(first..=last);
            }
            None => days.push(day(part)?),
        }
    }
    Ok(days)
}

fn parse_spans(text: &str) -> Result<Vec<Span>, HoursError> {
    let wrong = || HoursError::Span(text.to_owned());
    let mut spans: Vec<Span> = Vec::new();
    for part in text.split('+') {
        let (from, until) = part.split_once('-').ok_or_else(wrong)?;
        let span = Span {
            from_minute: parse_minute(from).ok_or_else(wrong)?,
            until_minute: parse_minute(until).ok_or_else(wrong)?,
        };
        let follows = spans.last().is_none_or(|before| before.until_minute < span.from_minute);
        if span.from_minute >= span.until_minute || !follows {
            return Err(wrong());
        }
        spans.push(span);
    }
    Ok(spans)
}

/// `HH:MM` in minutes since midnight, up to `24:00`.
fn parse_minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        let well_formed = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        well_formed.then(|| digits.parse::<u32>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= MINUTES_PER_DAY).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from_minute: u32, until_minute: u32) -> Span {
        Span { from_minute, until_minute }
    }

    #[test]
    fn groups_ranges_lists_and_two_spans_are_read() {
        let week = parse_hours("mon,wed-fri 09:00-13:00+14:00-18:00; sun 10:30-24:00").unwrap();
        assert_eq!(week[0], [span(540, 780), span(840, 1080)]);
        assert_eq!(week[1], []);
        assert_eq!(week[4], week[0]);
        assert_eq!(week[6], [span(630, 1440)]);
        assert!(parse_hours("daily 00:00-24:00").unwrap().iter().all(|day| *day == [span(0, 1440)]));
    }

    #[test]
    fn what_is_not_in_the_format_is_refused() {
        for text in [
            "",
            "daily",
            "monday 09:00-10:00",
            "mon 9:00-10:00",
            "mon 10:00-09:00",
            "sun-mon 09:00-10:00",
            "mon 09:60-10:00",
        ] {
            assert!(parse_hours(text).is_err(), "{text}");
        }
        assert!(parse_hours("mon 09:00-12:00+11:00-13:00").is_err());
        assert!(parse_hours("mon 23:00-24:01").is_err());
        assert_eq!(parse_hours("daily 09:00-10:00; mon 11:00-12:00"), Err(HoursError::Twice("mon")));
    }
}
