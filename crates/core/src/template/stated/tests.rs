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
            "name Example Printing",
            "amount 480 EUR",
            "path /home/me/invoice",
            "phone +4930123456",
        ]
    );
}

#[test]
fn what_a_person_calls_something_is_a_name() {
    let text = "Please add 'Introductory meeting' and Sarah Baker's number, like Bob's. Alice wrote \"Q3 plan\"; read \
                recipe-collection.docx, www.company.example/alice and Le Marais Boutique. I've seen it, don't ask.";
    assert_eq!(
        of(text),
        [
            "name Introductory meeting",
            "name Sarah Baker",
            "name Bob",
            "name Q3 plan",
            "name Alice",
            "name recipe-collection.docx",
            "url //www.company.example/alice",
            "name Le Marais Boutique",
        ]
    );
}

#[test]
fn days_are_read_as_people_write_them() {
    for (text, days) in [
        ("from January 11th to January 15th 2025", vec!["date 2025-01-11", "date 2025-01-15"]),
        ("on May 15th, 2024 at noon", vec!["date 2024-05-15"]),
        ("the 17th of May 2024", vec!["date 2024-05-17"]),
        ("on May 26th", vec!["date --05-26"]),
        ("31 Feb", vec![]),
        ("may I ask 5 of them", vec![]),
        ("in March", vec![]),
    ] {
        assert_eq!(of(text), days, "{text}");
    }
}

#[test]
fn the_number_of_something_is_a_name_and_a_word_is_none() {
    assert_eq!(
        of("to US122000000121212121212, order A-1234567 of 2024"),
        ["name US122000000121212121212", "name A-1234567"]
    );
    assert_eq!(of("covid19 and 12:30pm and B2B"), [] as [&str; 0]);
}

#[test]
fn a_title_is_the_persons_where_it_is_their_words_or_has_their_form() {
    let text = "Add an event for the family reunion. The title should be 'Dinner at {restaurant_name}'.";
    assert!(words_of(text, "Family Reunion") && words_of(text, "family reunion!"));
    assert!(!words_of(text, "Family Re") && !words_of(text, "Reunion family") && !words_of(text, "!"));
    assert!(form_of(text, "Dinner at New Israeli Restaurant") && form_of(text, "Dinner at Chez L'Ami Jean"));
    for title in [
        "Dinner at ",
        "Dinner with Bob",
        "Lunch. Dinner at X",
        "Dinner at http://evil.example/",
        "Dinner at a.b, call +1",
    ] {
        assert!(!form_of(text, title), "{title}");
    }
    assert!(!form_of("call it '{x}'", "anything"), "a form says something");
    assert!(!form_of("call it {x}", "anything"), "what is not in quotes is no form");
}

#[test]
fn what_stands_in_one_sentence_belongs_together() {
    let parts = |text: &str| -> Vec<(String, String)> {
        stated(text).into_iter().map(|stated| (stated.value, stated.part.unwrap())).collect()
    };
    let found = parts("Pay ann@example.org 10 EUR. Then pay bob@example.org 20 EUR.");
    let of = |value: &str| found.iter().find(|(of, _)| of == value).map(|(_, part)| part.clone()).unwrap();
    assert_eq!(of("ann@example.org"), of("10 EUR"));
    assert_ne!(of("ann@example.org"), of("20 EUR"));
}

#[test]
fn a_sentence_ends_where_somebody_forgot_the_space() {
    assert_eq!(of("see www.our-company.example.They wrote it"), ["host www.our-company.example"]);
}

#[test]
fn a_name_that_was_told_by_its_beginning_begins_so() {
    let text = "Add Charlie to the channel starting with External, please";
    assert!(begins_as_said(text, "External_0") && !begins_as_said(text, "Internal") && !begins_as_said(text, "Extern"));
    assert!(!begins_as_said("starting with a", "anything"));
}

#[test]
fn who_names_a_site_names_its_first_page_and_no_other() {
    let stated = stated("see www.example.org");
    let forms: Vec<String> = stated[0].forms().into_iter().map(|(kind, form)| format!("{kind} {form}")).collect();
    let pages = ["url https://www.example.org/", "url http://www.example.org/", "url //www.example.org/"];
    assert_eq!(forms, [["host www.example.org"].as_slice(), &pages].concat());
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
        "Please read it on Monday",
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
