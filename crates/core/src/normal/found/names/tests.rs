use super::*;

#[test]
fn the_list_is_in_the_order_that_it_is_searched_in() {
    assert!(TOP_LEVEL.is_sorted() && TOP_LEVEL.len() > 1400);
    assert!(FILES.iter().all(|name| listed(name)), "a name that ends no host need not be here");
    for (label, expected) in [("com", true), ("COM", true), ("рф", true), ("xn--p1ai", true), ("then", false)] {
        assert_eq!(listed(label), expected, "{label}");
    }
}
