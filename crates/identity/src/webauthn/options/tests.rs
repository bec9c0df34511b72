use super::*;

#[test]
fn browsers_are_told_in_the_json_form_that_the_standard_gives() {
    let site = Site::of("https://bailiwick.example").unwrap();
    let ada = PersonId::parse("ada@example.com").unwrap();
    let made: serde_json::Value =
        serde_json::from_str(&creation_options(&site, "Y2hhbGxlbmdl", &ada, ["aWQ"]).canonical()).unwrap();
    let want = serde_json::json!({
        "rp": {"id": "bailiwick.example", "name": "Bailiwick"},
        "user": {"id": made["user"]["id"], "name": "ada@example.com", "displayName": "ada@example.com"},
        "challenge": "Y2hhbGxlbmdl",
        "pubKeyCredParams": [
            {"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -257},
        ],
        "timeout": 120_000,
        "excludeCredentials": [{"type": "public-key", "id": "aWQ"}],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
        "attestation": "none",
    });
    assert_eq!(made, want);
    let asked: serde_json::Value =
        serde_json::from_str(&request_options(&site, "Y2hhbGxlbmdl", []).canonical()).unwrap();
    let want = serde_json::json!({
        "challenge": "Y2hhbGxlbmdl", "rpId": "bailiwick.example", "allowCredentials": [], "timeout": 120_000,
        "userVerification": "required",
    });
    assert_eq!(asked, want);
}

#[test]
fn the_handle_of_a_person_is_one_at_a_site_and_tells_no_name() {
    let handle = |url: &str, person: &str| {
        let person = PersonId::parse(person).unwrap();
        let made = creation_options(&Site::of(url).unwrap(), "Y2hhbGxlbmdl", &person, []);
        made.get("user").unwrap().get("id").unwrap().as_str().unwrap().to_owned()
    };
    let ada = handle("https://a.example", "ada");
    assert_eq!(ada, handle("https://a.example:8443", "ada"));
    assert_ne!(ada, handle("https://b.example", "ada"));
    assert_ne!(ada, handle("https://a.example", "bob"));
}
