//! A plan as files that other programs read: iCalendar, GeoJSON, Markdown and JSON.
//!
//! Pure: the same plan and job give the same bytes, at any time and on any machine. It must never know where a plan is
//! stored or how a file is sent. iCalendar is written by `calcard`, GeoJSON by `geojson`; which events and features there
//! are is decided here. Start reading at [`render`], then `stops` (when and where an item is), then `calendar` and `geo`.

mod calendar;
mod geo;
mod stops;
mod wording;

use chrono::{DateTime, Utc};
use domain::{JobId, plan::Plan};

/// Characters of a file's name before its extension.
const NAME_CHARS_MAX: usize = 60;

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The plan as the API has it.
    Json,
    /// For people.
    Markdown,
    /// RFC 5545: an event for each item, in local times.
    Calendar,
    /// RFC 7946: a point for each place, a line for each leg and for each day's way.
    Geojson,
}

impl Format {
    /// Every format; the first is what is given where none is asked for.
    pub const ALL: [Self; 4] = [Self::Json, Self::Markdown, Self::Calendar, Self::Geojson];

    /// The word by which it is asked for, and the extension of its files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "md",
            Self::Calendar => "ics",
            Self::Geojson => "geojson",
        }
    }

    /// The media type, without parameters.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Markdown => "text/markdown",
            Self::Calendar => "text/calendar",
            Self::Geojson => "application/geo+json",
        }
    }

    /// The media type as a file of it goes out.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8; variant=CommonMark",
            Self::Calendar => "text/calendar; charset=utf-8; component=VEVENT",
            Self::Geojson => "application/geo+json",
        }
    }
}

/// What a file says of its plan beside the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Makes the ids of events and features: they stay the same for the life of the job.
    pub job_id: JobId,
    /// When the plan was made. Never the time of the request, which would make each download another file.
    pub finished_at: DateTime<Utc>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub format: Format,
    /// ASCII letters, digits, `-` and one `.`: safe in a header and on every disk.
    pub file_name: String,
    pub body: String,
}

/// Why a plan cannot be written. Plans that the verifier passed can.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the plan names \"{0}\", which is no time zone")]
    Zone(String),
    #[error("the plan cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The plan as a file.
///
/// # Errors
/// Where the plan says something that the format cannot hold.
pub fn render(plan: &Plan, format: Format, meta: Meta) -> Result<Rendered, Error> {
    let body = match format {
        Format::Json => serde_json::to_string_pretty(plan)? + "\n",
        Format::Markdown => plan.to_markdown(),
        Format::Calendar => calendar::render(plan, meta)?,
        Format::Geojson => serde_json::to_string(&geo::render(plan, meta))? + "\n",
    };
    Ok(Rendered { format, file_name: format!("{}.{}", file_stem(plan), format.word()), body })
}

/// `lisbon-2027-05-08`: the cities' ids and the first day.
fn file_stem(plan: &Plan) -> String {
    let ids: Vec<&str> = plan.cities.iter().map(|city| city.place.id.as_str()).collect();
    let mut name = String::new();
    for c in ids.join("-").chars().take(NAME_CHARS_MAX) {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    format!("{}-{}", if name.is_empty() { "trip" } else { name }, plan.start_date.format("%Y-%m-%d"))
}
