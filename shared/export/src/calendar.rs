//! RFC 5545: one VEVENT for each item, in the local times of where it is.
//!
//! Every zone that is used is described by a VTIMEZONE, made from the transitions of the IANA data for the years of the
//! trip, so that calendars that know no IANA names show the right hours too. Nothing is booked: every event is TENTATIVE.

use std::collections::BTreeSet;

use calcard::{
    common::{CalendarScale, PartialDateTime},
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarParameter, ICalendarProperty,
        ICalendarStatus, ICalendarTransparency, ICalendarValue,
    },
};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use domain::plan::Plan;

use crate::{
    Error, Meta,
    stops::{Stop, instant, stops, valid},
    wording,
};

const PRODUCT: &str = "-//Portolan//Trip plan//EN";
const HONESTY: &str = "What is not a quote is a typical value or an estimate, not an offer. Nothing is booked.";

pub(crate) fn render(plan: &Plan, meta: Meta) -> Result<String, Error> {
    let stops = stops(plan, meta.job_id);
    let mut calendar = ICalendar { components: vec![head(plan)] };
    let mut zones = BTreeSet::new();
    for stop in &stops {
        zones.extend([stop.item.start_zone.as_str(), stop.item.end_zone.as_str()]);
        let event = event(plan, stop, meta)?;
        let id = u32::try_from(calendar.components.len()).expect("a trip has fewer items than that");
        calendar.components.push(event);
        calendar.components[0].component_ids.push(id);
    }
    let (from, to) = years(&stops);
    for zone in zones {
        calendar.add_timezone(zone, from, to).ok_or_else(|| Error::Zone(zone.to_owned()))?;
    }
    Ok(calendar.to_string())
}

fn head(plan: &Plan) -> ICalendarComponent {
    let title = wording::line(&plan.title);
    let about = format!("{} {HONESTY}", wording::line(&plan.summary));
    let mut head = ICalendarComponent::new(ICalendarComponentType::VCalendar);
    head.add_property(ICalendarProperty::Version, "2.0");
    head.add_property(ICalendarProperty::Prodid, PRODUCT);
    head.add_property(ICalendarProperty::Calscale, CalendarScale::Gregorian);
    // RFC 7986 and what came before it: calendars read one or the other.
    head.add_property(ICalendarProperty::Name, title.clone());
    head.add_property(ICalendarProperty::Other("X-WR-CALNAME".to_owned()), title);
    head.add_property(ICalendarProperty::Description, about.clone());
    head.add_property(ICalendarProperty::Other("X-WR-CALDESC".to_owned()), about);
    head
}

fn event(plan: &Plan, stop: &Stop<'_>, meta: Meta) -> Result<ICalendarComponent, Error> {
    let item = stop.item;
    let (start_zone, end_zone) = (zone(&item.start_zone)?, zone(&item.end_zone)?);
    let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
    event.add_uid(&format!("{}@portolan", stop.id));
    event.add_dtstamp(PartialDateTime::from_utc_timestamp(meta.finished_at.timestamp()));
    event.entries.push(local(ICalendarProperty::Dtstart, stop.start, &item.start_zone));
    // An end must be later than the start. Without one the event ends as it begins.
    if instant(start_zone, stop.start) < instant(end_zone, stop.end) {
        event.entries.push(local(ICalendarProperty::Dtend, stop.end, &item.end_zone));
    }
    event.add_property(ICalendarProperty::Summary, wording::line(&item.title));
    if let Some(place) = wording::place(plan, item) {
        event.add_property(ICalendarProperty::Location, place);
    }
    if let Some(point) = item.at.and_then(valid) {
        let values = vec![ICalendarValue::Float(point.lat), ICalendarValue::Float(point.lon)];
        event.entries.push(ICalendarEntry::new(ICalendarProperty::Geo).with_values(values));
    }
    event.add_property(ICalendarProperty::Description, describe(stop));
    let categories = wording::categories(&item.kind).into_iter().map(ICalendarValue::Text).collect();
    event.entries.push(ICalendarEntry::new(ICalendarProperty::Categories).with_values(categories));
    event.add_property(ICalendarProperty::Status, ICalendarStatus::Tentative);
    event.add_property(ICalendarProperty::Transp, ICalendarTransparency::Opaque);
    Ok(event)
}

fn describe(stop: &Stop<'_>) -> String {
    let item = stop.item;
    let journey = (item.start_zone != item.end_zone).then(|| {
        let (start, end) = (stop.start.format("%-d %B, %H:%M"), stop.end.format("%-d %B, %H:%M"));
        wording::line(&format!("Departs {start} ({}), arrives {end} ({})", item.start_zone, item.end_zone))
    });
    let cost = wording::cost(item).map(|cost| format!("{cost}, for everyone together"));
    let note = item.note.as_deref().map(wording::line).filter(|note| !note.is_empty());
    let source = format!("Source: {}", wording::source(&item.provenance));
    [journey, cost, note, Some(source)].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn zone(name: &str) -> Result<Tz, Error> {
    name.parse().map_err(|_| Error::Zone(name.to_owned()))
}

fn local(property: ICalendarProperty, time: NaiveDateTime, zone: &str) -> ICalendarEntry {
    ICalendarEntry::new(property)
        .with_param(ICalendarParameter::tzid(zone.to_owned()))
        .with_value(PartialDateTime::from_naive_timestamp(time.and_utc().timestamp()))
}

/// What VTIMEZONEs must cover, in seconds since 1970: the years of the trip with one more on both sides, so that what
/// repeats each year is seen to.
fn years(stops: &[Stop<'_>]) -> (i64, i64) {
    let years = || stops.iter().flat_map(|stop| [stop.start.year(), stop.end.year()]);
    let (first, last) = (years().min().unwrap_or(1970), years().max().unwrap_or(1970));
    let new_year = |year: i32| {
        let day = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
        day.and_time(NaiveTime::MIN).and_utc().timestamp()
    };
    (new_year(first - 1), new_year(last + 2))
}
