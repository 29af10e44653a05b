//! Access keys: making, listing, disabling, rotating.

use muster_core::{Error, Result};

use crate::secret::Secret;

/// Ids and secrets that a client may choose: what every wire can carry unescaped, and ZStack's lengths
/// (`contracts/zstack.md` 1.9) except that ids are left room for other vendors' forms.
pub(super) fn check_chosen(id: &str, secret: &Secret) -> Result<()> {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !(10..=32).contains(&id.len()) || !plain(id) {
        return Err(Error::invalid("access key id", "10 to 32 letters and digits"));
    }
    let secret = secret.expose();
    if !(10..=64).contains(&secret.len()) || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid("access key secret", "10 to 64 visible ASCII characters"));
    }
    Ok(())
}
