//! API keys as people hold them: `ptl_live_<8 of id>_<43 of secret>_<6 of checksum>`, in base 62.
//!
//! The server keeps a SHA-256 of the whole key. The prefix and the checksum let a scanner or a client tell a key, and a
//! mistyped one, without asking anybody.

use rand::RngExt;
use sha2::{Digest, Sha256};

const PREFIX: &str = "ptl_live";
const ID_LENGTH: usize = 8;
/// 43 digits of base 62 hold 256 bits.
const SECRET_LENGTH: usize = 43;
const CHECK_LENGTH: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new key.
pub(crate) fn mint() -> String {
    let mut rng = rand::rng(); // Seeded by the operating system, and fit for secrets.
    let mut digits =
        |length| -> String { (0..length).map(|_| char::from(DIGITS[rng.random_range(0..DIGITS.len())])).collect() };
    let body = format!("{PREFIX}_{}_{}", digits(ID_LENGTH), digits(SECRET_LENGTH));
    let check = check_of(&body);
    format!("{body}_{check}")
}

/// What the server keeps of it: lower-case hexadecimal.
pub(crate) fn sha256(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a text that looks like one of our keys was mistyped. Other texts are none of our business.
pub(crate) fn is_mistyped(key: &str) -> bool {
    if !key.starts_with(PREFIX) {
        return false;
    }
    key.rsplit_once('_').is_none_or(|(body, check)| check_of(body) != check)
}

fn check_of(body: &str) -> String {
    let mut rest = crc32(body.as_bytes());
    let mut check = [b'0'; CHECK_LENGTH];
    for digit in check.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    check.into_iter().map(char::from).collect()
}

/// CRC-32 as in zip and Ethernet (reflected, polynomial 0xEDB88320).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_new_key_has_the_documented_shape_and_a_mistyped_one_is_noticed() {
        let key = mint();
        let parts: Vec<&str> = key.split('_').collect();
        assert_eq!(parts[..2], ["ptl", "live"]);
        assert_eq!(parts[2..].iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 43, 6]);
        assert!(key.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()));
        assert!(!is_mistyped(&key));
        assert!(is_mistyped(&key[..key.len() - 1]));
        assert!(is_mistyped(&key.replacen(parts[2], "00000000", 1)));
        assert!(!is_mistyped("some-gateway-token"));
        assert_ne!(key, mint());
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
