use super::*;
use http::HeaderValue;
use proptest::prelude::*;

const FORM: &str = "application/x-www-form-urlencoded";

fn read(kind: &'static str, body: &[u8]) -> Result<Form, Refusal> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Form::read(&headers, body)
}

#[test]
fn a_form_that_two_readers_could_take_for_two_is_refused() {
    let long = vec![b'a'; FORM_BYTES_MAX + 1];
    let many = b"a&".to_vec().into_iter().chain((0..=64).flat_map(|n| format!("p{n}=1&").into_bytes()));
    let many: Vec<u8> = many.collect();
    let cases: [(&'static str, &[u8], &str); 10] = [
        (FORM, b"a=1&a=1", "`a` is given twice"),
        (FORM, b"a=&a=1", "`a` is given twice"),
        (FORM, b"%61=1&a=2", "`a` is given twice"),
        (FORM, b"a=%4", "broken percent escape"),
        (FORM, b"a=%zz", "broken percent escape"),
        (FORM, b"a=%ff", "not UTF-8"),
        (FORM, b"a=%00", "control characters"),
        (FORM, &long, "the limit is 32768"),
        (FORM, &many, "more than 64 parameters"),
        ("application/json", b"{}", "application/x-www-form-urlencoded"),
    ];
    for (kind, body, says) in cases {
        let refusal = read(kind, body).err().unwrap_or_else(|| panic!("taken: {says}"));
        assert_eq!(refusal.error(), "invalid_request");
        assert!(refusal.sentence().contains(says), "{} does not say {says}", refusal.sentence());
    }
    assert!(Form::read(&HeaderMap::new(), b"a=1").is_err(), "a body without a type");
}

#[test]
fn values_are_decoded_and_only_resource_may_come_again() {
    let form =
        read("application/x-www-form-urlencoded; charset=UTF-8", b"a=x+y%2Bz&resource=1&resource=2&empty=").unwrap();
    assert_eq!(form.get("a"), Some("x y+z"));
    assert_eq!(form.all("resource"), ["1", "2"]);
    assert_eq!(form.get("empty"), None, "a parameter without a value counts as left out");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_form_that_is_read_is_read_the_same_when_it_is_written_anew(body in "(a|b|resource|%61|%|=|&|\\+|%4|%zz|%c3%a9|é){0,12}") {
        match parse_form(body.as_bytes()) {
            Ok(form) => {
                let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
                let pairs = form.iter().flat_map(|(name, values)| {
                    let none = values.is_empty().then(|| format!("{}=", escape(name)));
                    none.into_iter().chain(values.iter().map(move |value| format!("{}={}", escape(name), escape(value))))
                });
                let anew: Vec<String> = pairs.collect();
                prop_assert_eq!(parse_form(anew.join("&").as_bytes()).unwrap(), form);
            }
            Err(refusal) => prop_assert!(refusal.sentence().len() < 2048, "a sentence is bounded"),
        }
    }
}
