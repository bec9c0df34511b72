//! IBANs: form and check digits (ISO 13616), nothing about banks.

const IBAN_CHARS_MIN: usize = 15;
const IBAN_CHARS_MAX: usize = 34;

/// An IBAN with right check digits, without blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Iban(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`iban` must be an IBAN with right check digits, not `{0}`")]
pub(crate) struct IbanError(String);

impl Iban {
    pub(crate) fn read(text: &str) -> Result<Self, IbanError> {
        let refused = || IbanError(text.chars().take(40).collect());
        let plain: String = text.chars().filter(|c| *c != ' ').collect();
        let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
        if !(IBAN_CHARS_MIN..=IBAN_CHARS_MAX).contains(&plain.len()) || !plain.chars().all(upper) {
            return Err(refused());
        }
        let (head, rest) = plain.split_at_checked(4).ok_or_else(refused)?;
        let country_then_digits = head.chars().zip([true, true, false, false]);
        if !country_then_digits.into_iter().all(|(c, letter)| c.is_ascii_uppercase() == letter) {
            return Err(refused());
        }
        // ISO 7064 MOD 97-10: the first four go to the end, letters count from 10, the rest must be 1
        let sum = rest.chars().chain(head.chars()).try_fold(0_u32, |sum, c| {
            let digit = c.to_digit(36)?;
            Some((sum * if digit > 9 { 100 } else { 10 } + digit) % 97)
        });
        if sum == Some(1) { Ok(Self(plain)) } else { Err(refused()) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
