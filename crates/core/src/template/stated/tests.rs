use super::*;

fn of(text: &str) -> Vec<String> {
    stated(text).iter().map(ToString::to_string).collect()
}

#[test]
fn what_a_person_wrote_is_listed_by_kind_in_its_whole_normal_form() {
    let text = "Pay 480.00 EUR to DE89 3704 0044 0532 0130 00 (Example Printing), mail office@example.org and see \
                https://example.org/a, by 2030-06-30; the file is /home/me/invoice, call +49 30 123456.";
    assert_eq!(
        of(text),
        [
            "iban DE89370400440532013000",
            "email office@example.org",
            "url https://example.org/a",
            "date 2030-06-30",
            "path /home/me/invoice",
            "phone +4930123456",
            "amount 480 EUR",
        ]
    );
}

#[test]
fn what_only_looks_like_a_value_is_none() {
    for text in [
        "DE89 3704 0044 0532 0130 01",
        "about 500 of them",
        "$500, whichever dollar that is",
        "e.g. tomorrow",
        "version 1.2.3",
        "ann@",
        "2030-13-45",
        "evil\u{200b}.example",
    ] {
        assert_eq!(of(text), [] as [&str; 0], "{text}");
    }
}

#[test]
fn a_value_is_listed_once_and_the_list_ends() {
    assert_eq!(of("example.org, example.org; Example.ORG!"), ["host example.org"]);
    let many: String = (0..100).map(|n| format!("h{n}.example.org ")).collect();
    assert_eq!(of(&many).len(), STATED_MAX);
}
