//! Compression of answers. Streams of events are never compressed: a compressor holds events back.

use poem::{
    IntoResponse, Response,
    http::{HeaderMap, HeaderValue, header},
    web::{Compress, CompressionAlgo, CompressionLevel},
};

/// Below this the header costs more than compression saves.
const BYTES_MIN: usize = 1_024;

/// What is text. An answer of these types is in memory already.
const TEXTS: [&str; 7] = [
    "application/json",
    "application/geo+json",
    "application/problem+json",
    "text/calendar",
    "text/html",
    "text/markdown",
    "text/plain",
];

/// The best coding of ours that the client takes.
pub(crate) fn negotiate(headers: &HeaderMap) -> Option<CompressionAlgo> {
    let mut best: Option<(u16, CompressionAlgo)> = None;
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    for item in values.flat_map(|value| value.split(',')) {
        let (name, parameter) = item.split_once(';').unwrap_or((item, "q=1"));
        let algorithm = match name.trim().to_ascii_lowercase().as_str() {
            "br" => CompressionAlgo::BR,
            "gzip" => CompressionAlgo::GZIP,
            _ => continue,
        };
        let weight = parameter.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()).unwrap_or(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 1000")]
        let weight = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
        if weight > best.map_or(0, |(known, _)| known) {
            best = Some((weight, algorithm));
        }
    }
    best.map(|(_, algorithm)| algorithm)
}

/// Compresses what is text, whole and large.
pub(crate) async fn compress(mut response: Response, algorithm: Option<CompressionAlgo>) -> Response {
    let content_type = response.content_type().unwrap_or_default();
    let is_text = TEXTS.iter().any(|known| content_type.starts_with(known));
    if !is_text {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    let Some(algorithm) = algorithm else { return response };
    let Ok(bytes) = response.take_body().into_bytes().await else { return response };
    let is_large = bytes.len() >= BYTES_MIN;
    response.set_body(bytes);
    if is_large {
        Compress::new(response, algorithm).with_quality(CompressionLevel::Fastest).into_response()
    } else {
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &'static str) -> Option<CompressionAlgo> {
        negotiate(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accept))]))
    }

    #[test]
    fn the_clients_weights_decide() {
        assert_eq!(chosen("gzip"), Some(CompressionAlgo::GZIP));
        assert_eq!(chosen("gzip;q=0.5, br"), Some(CompressionAlgo::BR));
        assert_eq!(chosen("br;q=0.1, gzip; q=0.9"), Some(CompressionAlgo::GZIP));
        for none in ["", "identity", "*", "gzip;q=0", "zstd", "gzip;q=x"] {
            assert_eq!(chosen(none), None, "{none}");
        }
    }
}
