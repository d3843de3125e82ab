//! Which format of a plan a client likes best, by its `Accept` header (RFC 9110 section 12.5.1).

use export::Format;
use poem::http::{HeaderMap, header};

/// One range of the header, such as `text/*;q=0.5`.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths.
    weight: u16,
}

/// The best format, JSON before the others where the client does not mind; none where it takes none of them.
pub(crate) fn negotiate(headers: &HeaderMap) -> Option<Format> {
    let values = headers.get_all(header::ACCEPT).iter().map(|value| value.to_str().unwrap_or("-"));
    let ranges: Vec<Range<'_>> = values.flat_map(|value| value.split(',')).filter_map(range).collect();
    if ranges.is_empty() {
        return Some(Format::ALL[0]);
    }
    let weighed = Format::ALL.into_iter().rev().map(|format| (weight(&ranges, format), format));
    // Of equals the last one is taken, hence the reverse.
    weighed.filter(|(weight, _)| *weight > 0).max_by_key(|(weight, _)| *weight).map(|(_, format)| format)
}

/// None for an empty entry of the list, which means nothing.
fn range(entry: &str) -> Option<Range<'_>> {
    let mut parts = entry.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let (kind, subtype) = name.split_once('/').unwrap_or((name, ""));
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let weight = weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or(0.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 1000")]
    let weight = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
    Some(Range { kind, subtype, weight })
}

/// What the most specific range that means the format says of it.
fn weight(ranges: &[Range<'_>], format: Format) -> u16 {
    let (kind, subtype) = format.media_type().split_once('/').unwrap_or_default();
    let specificity = |range: &Range<'_>| {
        let is_kind = range.kind.eq_ignore_ascii_case(kind);
        match (range.kind, range.subtype) {
            (_, own) if is_kind && own.eq_ignore_ascii_case(subtype) => Some(2),
            (_, "*") if is_kind => Some(1),
            ("*", "*") => Some(0),
            _ => None,
        }
    };
    let meant = ranges.iter().filter_map(|range| Some((specificity(range)?, range.weight)));
    meant.max().map_or(0, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn chosen(accept: &[&'static str]) -> Option<Format> {
        let values = accept.iter().map(|value| (header::ACCEPT, HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.append(name, value);
        }
        negotiate(&headers)
    }

    #[test]
    fn the_clients_weights_decide_and_json_is_first_among_equals() {
        for (accept, format) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("application/*", Format::Json),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::Json),
            ("text/calendar", Format::Calendar),
            ("TEXT/Calendar; charset=utf-8", Format::Calendar),
            ("text/*", Format::Markdown),
            ("text/*;q=0.5, text/markdown;q=0.1", Format::Calendar),
            ("application/geo+json, */*;q=0.1", Format::Geojson),
            ("application/json;q=0.2, text/markdown; q=0.3", Format::Markdown),
            ("*/*, application/json;q=0", Format::Markdown),
            (", ,", Format::Json),
        ] {
            assert_eq!(chosen(&[accept]), Some(format), "{accept}");
        }
        assert_eq!(chosen(&["text/html", "text/markdown;q=0.1"]), Some(Format::Markdown));
        assert_eq!(chosen(&[]), Some(Format::Json));
    }

    #[test]
    fn a_client_that_takes_none_gets_none() {
        for accept in ["text/html", "application/json;q=0", "*/*;q=0", "text/calendar;q=x", "json", "*/json", "/"] {
            assert_eq!(chosen(&[accept]), None, "{accept}");
        }
    }
}
