//! RFC 7946: a FeatureCollection with, day by day, a Point for each item that has a place, a line for each leg and a line
//! through the day's places in their order.

use domain::{
    facts::Point,
    plan::{Day, Item, ItemKind, Plan},
};
use geojson::{Feature, FeatureCollection, Geometry, GeometryValue, JsonObject, Position, feature::Id};
use serde_json::{Value, json};

use crate::{
    Meta,
    stops::{Stop, round, stops, valid, word},
    wording,
};

pub(crate) fn render(plan: &Plan, meta: Meta) -> FeatureCollection {
    let stops = stops(plan, meta.job_id);
    let mut features = Vec::new();
    for (number, day) in (1..).zip(&plan.days) {
        let of_day = stops.iter().filter(|stop| stop.day == number);
        features.extend(of_day.filter_map(|stop| place(plan, stop)));
        features.extend(day_path(plan, number, day));
    }
    let mut members = JsonObject::new();
    members.insert("name".to_owned(), wording::line(&plan.title).into());
    FeatureCollection { bbox: None, features, foreign_members: Some(members) }
}

/// An item, where it has a place.
fn place(plan: &Plan, stop: &Stop<'_>) -> Option<Feature> {
    let item = stop.item;
    let at = item.at.and_then(valid);
    let value = match (&item.kind, at, item.to.and_then(valid)) {
        (ItemKind::Leg { .. }, Some(from), Some(to)) => lines(&[vec![from, to]]).or_else(|| Some(point(from)))?,
        (_, Some(at), _) => point(at),
        (_, None, _) => return None,
    };
    let id = Some(Id::String(stop.id.to_string()));
    let properties = Some(object(item_properties(plan, stop)));
    Some(Feature { bbox: None, geometry: Some(Geometry::new(value)), id, properties, foreign_members: None })
}

fn item_properties(plan: &Plan, stop: &Stop<'_>) -> Value {
    let Stop { item, day, index, start, end, .. } = stop;
    let (time, iso) = ("%H:%M", "%Y-%m-%d");
    let mut properties = json!({
        "day": day,
        "index": index,
        "kind": word(&item.kind),
        "title": wording::line(&item.title),
        "date": start.format(iso).to_string(),
        "start": start.format(time).to_string(),
        "end_date": end.format(iso).to_string(),
        "end": end.format(time).to_string(),
        "zone": item.start_zone,
        "end_zone": item.end_zone,
        "cost_cents": item.cost.amount_cents,
        "currency": item.cost.currency,
        "source": item.provenance.source,
        "source_kind": item.provenance.kind,
        "source_as_of": item.provenance.as_of,
        "fetched_at": item.provenance.fetched_at,
    });
    match &item.kind {
        ItemKind::Leg { mode, .. } => properties["mode"] = json!(mode),
        ItemKind::Meal { meal, .. } => properties["meal"] = json!(meal),
        ItemKind::Transfer | ItemKind::CheckIn { .. } | ItemKind::CheckOut { .. } | ItemKind::Sight { .. } => {}
    }
    let optional = [
        ("city", item.city_id.as_deref().map(|id| plan.city_name(id).to_owned())),
        ("cost", wording::cost(item)),
        ("note", item.note.as_deref().map(wording::line)),
    ];
    for (name, text) in optional {
        if let Some(text) = text {
            properties[name] = text.into();
        }
    }
    properties
}

/// The way through the places of a day. A leg breaks it, which is a line of its own.
fn day_path(plan: &Plan, number: usize, day: &Day) -> Option<Feature> {
    let mut runs: Vec<Vec<Point>> = vec![Vec::new()];
    let mut add = |point: Option<Point>, breaks: bool| {
        if breaks {
            runs.push(Vec::new());
        }
        if let (Some(run), Some(point)) = (runs.last_mut(), point.and_then(valid)) {
            run.push(point);
        }
    };
    for Item { kind, at, to, .. } in &day.items {
        add(*at, false);
        if matches!(kind, ItemKind::Leg { .. }) {
            add(*to, true);
        }
    }
    let value = lines(&runs)?;
    let properties = json!({
        "kind": "day_path",
        "day": number,
        "date": day.date,
        "title": format!("Day {number}"),
        "cities": plan.cities_of(day),
        "distance_km": day.distance_km,
    });
    let geometry = Some(Geometry::new(value));
    Some(Feature { bbox: None, geometry, id: None, properties: Some(object(properties)), foreign_members: None })
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        _ => JsonObject::new(),
    }
}

fn point(point: Point) -> GeometryValue {
    GeometryValue::new_point(position(point))
}

fn position(Point { lat, lon }: Point) -> Position {
    Position::from([lon, lat])
}

/// Lines through these points, cut at the antimeridian; none where no two points differ.
fn lines(runs: &[Vec<Point>]) -> Option<GeometryValue> {
    let mut parts: Vec<Vec<Position>> = runs.iter().flat_map(|run| cut(run)).collect();
    match parts.len() {
        0 => None,
        1 => Some(GeometryValue::LineString { coordinates: parts.remove(0) }),
        _ => Some(GeometryValue::MultiLineString { coordinates: parts }),
    }
}

/// Section 3.1.9: a line that crosses the antimeridian is cut in two there, so that no part of it does.
fn cut(run: &[Point]) -> Vec<Vec<Position>> {
    let mut parts: Vec<Vec<Position>> = vec![Vec::new()];
    let mut last: Option<Point> = None;
    for &point in run {
        if let Some((here, there)) = last.and_then(|last| crossing(last, point)) {
            push(&mut parts, here);
            parts.push(Vec::new());
            push(&mut parts, there);
        }
        push(&mut parts, point);
        last = Some(point);
    }
    parts.retain(|part| part.len() > 1);
    parts
}

/// Adds a point to the last part, unless it stands there already.
fn push(parts: &mut [Vec<Position>], point: Point) {
    let position = position(point);
    if let Some(part) = parts.last_mut().filter(|part| part.last() != Some(&position)) {
        part.push(position);
    }
}

/// Where the shorter way from one point to the other meets the antimeridian, as seen from both sides.
fn crossing(from: Point, to: Point) -> Option<(Point, Point)> {
    let east = to.lon - from.lon;
    if east.abs() <= 180.0 {
        return None;
    }
    let side = 180.0_f64.copysign(from.lon);
    // Degrees to the antimeridian, of those of the whole shorter way.
    let share = (180.0 - from.lon.abs()) / (360.0 - east.abs());
    let lat = from.lat + (to.lat - from.lat) * if share.is_finite() { share } else { 0.0 };
    // A share of two degrees may end a hair beyond a pole.
    let lat = round(lat.clamp(-90.0, 90.0));
    Some((Point { lat, lon: side }, Point { lat, lon: -side }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
        let points: Vec<Point> = points.iter().map(|&(lon, lat)| Point { lat, lon }).collect();
        cut(&points).iter().map(|part| part.iter().map(|at| (at[0], at[1])).collect()).collect()
    }

    #[test]
    fn a_line_is_cut_where_it_crosses_the_antimeridian() {
        assert_eq!(run(&[(10.0, 0.0), (20.0, 5.0)]), [[(10.0, 0.0), (20.0, 5.0)]]);
        assert_eq!(
            run(&[(170.0, 0.0), (-170.0, 10.0)]),
            [[(170.0, 0.0), (180.0, 5.0)], [(-180.0, 5.0), (-170.0, 10.0)]]
        );
        assert_eq!(
            run(&[(-170.0, 10.0), (160.0, -20.0)]),
            [[(-170.0, 10.0), (-180.0, 0.0)], [(180.0, 0.0), (160.0, -20.0)]]
        );
    }

    #[test]
    fn a_point_on_the_antimeridian_makes_no_empty_line() {
        assert_eq!(run(&[(180.0, 1.0), (-170.0, 2.0)]), [[(-180.0, 1.0), (-170.0, 2.0)]]);
        assert_eq!(run(&[(170.0, 1.0), (-180.0, 2.0)]), [[(170.0, 1.0), (180.0, 2.0)]]);
        assert_eq!(run(&[(180.0, 1.0), (-180.0, 1.0)]), [] as [Vec<(f64, f64)>; 0]);
        assert_eq!(run(&[(5.0, 1.0), (5.0, 1.0)]), [] as [Vec<(f64, f64)>; 0]);
    }
}
