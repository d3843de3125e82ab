//! Cursors of lists: the last key and a checksum, which tells a mistake from a cursor, and one tenant's or list's cursor from
//! another's.

use std::str::FromStr;

use sha2::{Digest, Sha256};
use store::Owner;
use uuid::Uuid;

use crate::{codes::ErrorCode, error::ApiError};

/// Hexadecimal digits of a cursor's checksum.
const CHECK_DIGITS: usize = 8;

/// The cursor behind the entry with the key `last`, in letters and digits, of the owner's list.
fn write(owner: &Owner, list: &str, last: &str) -> String {
    let check = Sha256::digest(format!("{}/{list}/{last}", owner.tenant));
    let check: String = check.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{last}{}", &check[..CHECK_DIGITS])
}

/// The key in a cursor of this list.
fn read<'a>(owner: &Owner, list: &str, cursor: &'a str) -> Result<&'a str, ApiError> {
    let last = cursor.len().checked_sub(CHECK_DIGITS).and_then(|length| cursor.get(..length));
    last.filter(|last| write(owner, list, last) == cursor).ok_or_else(refused)
}

/// The key behind which a page begins: that in the cursor, if one is given.
pub(crate) fn before<T: FromStr>(owner: &Owner, list: &str, cursor: Option<&str>) -> Result<Option<T>, ApiError> {
    let Some(cursor) = cursor else { return Ok(None) };
    read(owner, list, cursor)?.parse().map(Some).map_err(|_| refused())
}

/// Cuts a page off: `rows` holds one more than `limit` when there is another page, and then this is the cursor of that one.
pub(crate) fn cut<T>(
    owner: &Owner,
    list: &str,
    rows: &mut Vec<T>,
    limit: usize,
    key: impl FnOnce(&T) -> String,
) -> Option<String> {
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| has_more).map(|last| write(owner, list, &key(last)))
}

/// An id as a key.
pub(crate) fn id(id: Uuid) -> String {
    id.simple().to_string()
}

/// A cursor whose key is of another kind.
fn refused() -> ApiError {
    ApiError::parameter(ErrorCode::BadCursor, "cursor", "is not one that this list has given out")
}

#[cfg(test)]
mod tests {
    use domain::TenantId;

    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_owner_in_its_list_only() {
        let owner = |tenant: &str| Owner::new(TenantId(tenant.to_owned()));
        let cursor = write(&owner("a"), "ticks", "12");
        assert_eq!(read(&owner("a"), "ticks", &cursor).ok(), Some("12"));
        assert!(read(&owner("b"), "ticks", &cursor).is_err());
        assert!(read(&owner("a"), "schedules", &cursor).is_err());
        for forged in ["", "1", &cursor[1..], &cursor.to_uppercase(), &format!("{cursor}0"), "üüüüüüü"] {
            assert!(read(&owner("a"), "ticks", forged).is_err(), "{forged}");
        }
    }
}
