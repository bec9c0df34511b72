use super::*;

#[test]
fn the_numbers_of_the_seed_are_valid_ibans() {
    for iban in [crate::INVOICE_IBAN, crate::INJECTED_IBAN] {
        assert_eq!(Iban::read(iban).map(|read| read.as_str().to_owned()), Ok(iban.to_owned()));
    }
}

#[test]
fn blanks_between_the_groups_do_not_matter() {
    let read = Iban::read("DE89 3704 0044 0532 0130 00").unwrap();
    assert_eq!(read.as_str(), "DE89370400440532013000");
}

#[test]
fn one_changed_digit_is_refused() {
    for text in [
        "DE89370400440532013001",
        "DE88370400440532013000",
        "de89370400440532013000",
        "DE89",
        "",
        "8989370400440532013000",
        "DEÄ9370400440532013000",
    ] {
        assert!(Iban::read(text).is_err(), "{text}");
    }
}
