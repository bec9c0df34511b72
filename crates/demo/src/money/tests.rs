use super::*;

#[test]
fn an_amount_is_read_exactly_or_refused() {
    for (text, cents) in
        [("480", 48000), ("480.5", 48050), ("480.05", 48005), ("0.01", 1), ("999999999.99", 99999999999)]
    {
        assert_eq!(Euros::read(text).map(Euros::cents), Ok(cents), "{text}");
    }
    for text in ["", "-1", "+1", "1e3", "1,000", "1.234", ".5", "5.", "NaN", " 5", "٣", "1000000000"] {
        assert_eq!(Euros::read(text), Err(MoneyError::Form(text.into())), "{text}");
    }
    assert_eq!(Euros::read("0.00"), Err(MoneyError::Zero));
}

#[test]
fn cents_are_shown_with_two_decimals() {
    assert_eq!(shown(48005)["value"], "480.05");
    assert_eq!(shown(-7)["value"], "-0.07");
}
