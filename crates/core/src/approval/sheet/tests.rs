use super::*;

fn digests(count: u8) -> Vec<Digest> {
    (0..count).map(|n| Digest::new([n; 32])).collect()
}

#[test]
fn a_sheet_has_one_to_ten_statements_each_once() {
    assert_eq!(Sheet::of(digests(0)), None);
    assert_eq!(Sheet::of(digests(11)), None);
    assert_eq!(Sheet::of([digests(1), digests(1)].concat()), None);
    for count in [1, 10] {
        let sheet = Sheet::of(digests(count)).unwrap();
        assert!(sheet.formed());
        assert!(!Sheet { of: Statement::TYPE.to_owned(), ..sheet }.formed(), "a statement is no sheet");
    }
}

#[test]
fn what_is_hashed_is_rfc_8785_form() {
    let text = Sheet::of(digests(2)).unwrap().text();
    let (zero, one) = ("00".repeat(32), "01".repeat(32));
    assert_eq!(text, format!(r#"{{"statements":["{zero}","{one}"],"type":"bailiwick/sheet/1"}}"#));
    assert_ne!(Sheet::of(digests(2)), Sheet::of(digests(2).into_iter().rev().collect()), "in the order shown");
}
