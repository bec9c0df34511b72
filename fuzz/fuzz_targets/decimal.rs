//! Amounts, decimals and units read back what they write and never pass their bounds.
#![no_main]

use bailiwick_core::{Amount, Decimal, Unit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(amount) = Amount::parse(text) {
        assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        assert!(amount <= Amount::MOST);
        assert_eq!(amount.checked_sub(amount), Some(Amount::ZERO));
        assert_eq!(Decimal::from(amount).amount(), Some(amount));
    }
    if let Ok(decimal) = Decimal::parse(text) {
        assert_eq!(Decimal::parse(&decimal.to_string()), Ok(decimal));
        assert_eq!(decimal.amount().is_none(), decimal.is_negative());
    }
    if let Ok(unit) = Unit::parse(text) {
        assert_eq!(Unit::parse(unit.as_str()), Ok(unit));
    }
});
