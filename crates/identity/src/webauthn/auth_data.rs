//! Authenticator data (WebAuthn level 3 §6.1): whose site, what the person did, how often, and which credential is new.

use super::{cbor::Cbor, refusal::PasskeyRefusal, site::Site};
use crate::bytes::{sha256, take};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_BACKED_UP: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// What an authenticator says of itself and of its person, as read.
#[derive(Debug)]
pub(super) struct AuthData<'a> {
    site: [u8; 32],
    flags: u8,
    pub(super) counter: u32,
    pub(super) credential: Option<NewCredential<'a>>,
}

/// Attested credential data (§6.5.1).
#[derive(Debug)]
pub(super) struct NewCredential<'a> {
    pub(super) model: [u8; 16],
    pub(super) id: &'a [u8],
    pub(super) key: Cbor<'a>,
}

impl<'a> AuthData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, PasskeyRefusal> {
        Self::parts(bytes).ok_or(PasskeyRefusal::Form { what: "the authenticator's data", expected: "those of §6.1" })
    }

    fn parts(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let (site, [flags], counter) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
        let credential = match flags & HAS_CREDENTIAL {
            0 => None,
            _ => Some(NewCredential::parts(&mut rest)?),
        };
        if flags & HAS_EXTENSIONS != 0 {
            // §9.5: outputs of extensions that we did not ask for are ignored.
            let Cbor::Map(_) = Cbor::read_first(&mut rest)? else { return None };
        }
        let read = Self { site, flags, counter: u32::from_be_bytes(counter), credential };
        rest.is_empty().then_some(read)
    }

    /// What registration (§7.1) and authentication (§7.2) both ask of it, in their order.
    pub(super) fn check(&self, site: &Site) -> Result<(), PasskeyRefusal> {
        if self.site != *sha256(&[site.rp_id().as_bytes()]).bytes() {
            return Err(PasskeyRefusal::OtherSite { expected: site.rp_id().to_owned() });
        }
        if !self.says(PRESENT) {
            return Err(PasskeyRefusal::NotPresent);
        }
        // Both sections let a site do without. We refuse more: a yes is a person's, so the person is verified.
        if !self.says(VERIFIED) {
            return Err(PasskeyRefusal::NotVerified);
        }
        // §6.1.3: what may not be backed up is not backed up.
        if self.backed_up() && !self.says(MAY_BE_BACKED_UP) {
            return Err(PasskeyRefusal::Form {
                what: "the flags of backup",
                expected: "none that contradict each other",
            });
        }
        Ok(())
    }

    pub(super) const fn backed_up(&self) -> bool {
        self.says(BACKED_UP)
    }

    const fn says(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl<'a> NewCredential<'a> {
    fn parts(rest: &mut &'a [u8]) -> Option<Self> {
        let (model, length) = (take(rest)?, take(rest).map(u16::from_be_bytes)?);
        let (id, after) = rest.split_at_checked(usize::from(length))?;
        *rest = after;
        Some(Self { model, id, key: Cbor::read_first(rest)? })
    }
}

#[cfg(test)]
mod tests;
