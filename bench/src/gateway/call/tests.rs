use super::*;

#[test]
fn the_arguments_of_a_call_are_a_kib() {
    assert_eq!(arguments().len(), 1_024);
    let message: serde_json::Value = serde_json::from_slice(&message(7, &arguments())).unwrap();
    assert_eq!(message["params"]["arguments"]["amount"], "1.00");
    assert_eq!(message["id"], 7);
}
