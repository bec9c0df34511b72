//! Accounts and phone numbers.

/// ISO 13616: spaces off, upper case, check digits right.
pub(super) fn iban(text: &str) -> Option<String> {
    let out: String = text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    let (country, rest) = out.split_at_checked(2)?;
    let (check, account) = rest.split_at_checked(2)?;
    let formed = (15..=34).contains(&out.len())
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && check.bytes().all(|b| b.is_ascii_digit())
        && account.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    // 00, 01 and 99 can pass the sum where 97, 98 and 02 are meant
    if !formed || matches!(check, "00" | "01" | "99") {
        return None;
    }
    let digits = account.bytes().chain(country.bytes()).chain(check.bytes());
    let rest = digits.fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    (rest == 1).then_some(out)
}

/// E.164 where the country is said (`+` or `00`), else the bare digits, which equal no other country's.
pub(super) fn phone(text: &str) -> Option<String> {
    // the trunk zero in `+49 (0)30` is dialled by nobody who dials the `+`
    if text.contains("(0)") {
        return None;
    }
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '/')).collect();
    let (international, digits) = match (bare.strip_prefix('+'), bare.strip_prefix("00")) {
        (Some(rest), _) | (None, Some(rest)) => (true, rest),
        (None, None) => (false, &*bare),
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match (international, digits.len()) {
        (true, 7..=15) if !digits.starts_with('0') => Some(format!("+{digits}")),
        (false, 3..=15) => Some(digits.to_owned()),
        _ => None,
    }
}

/// The digits of a payment card (ISO/IEC 7812-1): 13 to 19 of them, of an issuer that pays, with a right check digit.
pub(super) fn card(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let formed = (13..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if !formed || !digits.starts_with(['3', '4', '5', '6']) {
        return None;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| match (at % 2, u32::from(byte - b'0')) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10).then_some(digits)
}
