//! Server-sent events as bytes.

use std::io::Write;

/// When a client should connect again, drawn evenly, so that a restart is not followed by a storm.
const RETRY_MS: std::ops::RangeInclusive<u32> = 1_000..=5_000;

pub(super) fn write_retry(out: &mut Vec<u8>) {
    write_text(out, format_args!("retry: {}\n\n", rand::random_range(RETRY_MS)));
}

/// One event in the format of server-sent events. The JSON goes out as it came.
pub(super) fn write_event(out: &mut Vec<u8>, seq: i64, kind: &str, json: &str) {
    out.reserve(json.len() + kind.len() + 40);
    write_text(out, format_args!("id: {seq}\nevent: {kind}\n"));
    for line in json.split('\n') {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.push(b'\n');
}

fn write_text(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes every byte");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_block() {
        let mut out = Vec::new();
        write_event(&mut out, 7, "alert", "{\n}");
        assert_eq!(String::from_utf8(out).unwrap(), "id: 7\nevent: alert\ndata: {\ndata: }\n\n");
    }
}
