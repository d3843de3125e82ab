//! The chunked transfer coding, undone.

use std::io;

/// A size that a server of ours could never mean.
const CHUNK_BYTES_MAX: usize = 64 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Size,
    Data,
    /// The line end behind the data.
    Gap,
    /// The lines behind the last chunk.
    Trailer,
    End,
}

/// Takes the bytes as they come, however they are cut.
#[derive(Debug)]
pub(crate) struct Chunks {
    at: At,
    /// What is left of the chunk, or the size as far as it was read.
    left: usize,
    /// Whether the trailer's line has anything in it.
    is_line_empty: bool,
}

impl Chunks {
    pub(crate) fn new() -> Self {
        Self { at: At::Size, left: 0, is_line_empty: true }
    }

    /// Whether the body is complete.
    pub(crate) fn is_over(&self) -> bool {
        self.at == At::End
    }

    /// Appends the content of `bytes` to `out`.
    ///
    /// # Errors
    /// For what is not chunked.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        while let Some((&first, rest)) = bytes.split_first() {
            match self.at {
                At::Size => {
                    self.size(first)?;
                    bytes = rest;
                }
                At::Data => {
                    let (data, rest) = bytes.split_at(self.left.min(bytes.len()));
                    out.extend_from_slice(data);
                    self.left -= data.len();
                    bytes = rest;
                    if self.left == 0 {
                        self.at = At::Gap;
                    }
                }
                At::Gap => {
                    bytes = rest;
                    if first == b'\n' {
                        self.at = At::Size;
                    }
                }
                At::Trailer => {
                    bytes = rest;
                    match first {
                        b'\n' if self.is_line_empty => self.at = At::End,
                        b'\n' => self.is_line_empty = true,
                        b'\r' => {}
                        _ => self.is_line_empty = false,
                    }
                }
                At::End => return Ok(()),
            }
        }
        Ok(())
    }

    fn size(&mut self, byte: u8) -> io::Result<()> {
        match (byte as char).to_digit(16) {
            Some(digit) => {
                self.left = self.left * 16 + digit as usize;
                if self.left > CHUNK_BYTES_MAX {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "a chunk is too large"));
                }
            }
            None if byte == b'\n' => {
                self.at = if self.left == 0 { At::Trailer } else { At::Data };
                self.is_line_empty = true;
            }
            None if byte == b'\r' => {}
            None => return Err(io::Error::new(io::ErrorKind::InvalidData, "a chunk's size is no number")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_same_however_it_is_cut() {
        let sent = b"4\r\nWiki\r\nA\r\npedia in\r\n\r\n0\r\nx: y\r\n\r\n";
        for size in 1..sent.len() {
            let (mut chunks, mut out) = (Chunks::new(), Vec::new());
            for part in sent.chunks(size) {
                assert!(!chunks.is_over());
                chunks.feed(part, &mut out).unwrap();
            }
            assert_eq!((chunks.is_over(), out.as_slice()), (true, &b"Wikipedia in\r\n"[..]), "{size}");
        }
        assert!(Chunks::new().feed(b"x\r\n", &mut Vec::new()).is_err());
    }
}
