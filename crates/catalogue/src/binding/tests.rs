use super::Binding;
use crate::testing::json;

#[test]
fn a_binding_that_is_not_one_says_where() {
    for (text, expected) in [
        ("[]", "expected an object, found an array"),
        (r#"{"argument":{}}"#, "`argument`: expected one of `arguments`"),
        (r#"{"arguments":[]}"#, "`arguments`: expected an object"),
        (r#"{"arguments":{"iban":{"kind":"iban"}}}"#, "`arguments.iban`: expected a JSON Pointer"),
        (r#"{"arguments":{"":{"kind":"iban"}}}"#, "expected a place below the whole"),
        (r#"{"arguments":{"/a":{"kind":"ibann"}}}"#, "`arguments./a.kind`: expected a kind of value"),
        (r#"{"arguments":{"/a":{}}}"#, "`arguments./a`: expected a member `kind`"),
        (r#"{"arguments":{"/a":{"role":"destination"}}}"#, "expected a member `kind`"),
        (
            r#"{"arguments":{"/a":{"kind":"iban","role":"dest"}}}"#,
            "`arguments./a.role`: expected `value`, `destination`",
        ),
        (r#"{"arguments":{"/a":{"kind":"iban","zone":"own"}}}"#, "`arguments./a.zone`: expected one of"),
        (r#"{"arguments":{"/a":{"kind":"iban","currency":"EUR"}}}"#, "`arguments./a.currency`: expected one of"),
        (r#"{"arguments":{"/a":{"kind":"iban","group":"A b"}}}"#, "`arguments./a.group`: expected 1 to 32"),
        (r#"{"arguments":{"/a":{"role":"measure"}}}"#, "exactly one of `currency`, `currency_at` and `unit`"),
        (r#"{"arguments":{"/a":{"role":"measure","currency":"EUR","unit":"records"}}}"#, "exactly one of"),
        (r#"{"arguments":{"/a":{"role":"measure","currency":"eur"}}}"#, "expected a currency of ISO 4217"),
        (r#"{"arguments":{"/a":{"role":"measure","currency":"ZZZ"}}}"#, "expected a currency of ISO 4217"),
        (r#"{"arguments":{"/a":{"kind":"iban","role":"measure","currency":"EUR"}}}"#, "a measure is of kind `amount`"),
        (r#"{"arguments":{"/a":{"role":"measure","currency_at":"/b/*"}}}"#, "expected each `*` where `/a` has one"),
        (
            r#"{"arguments":{"/a":{"role":"idempotency"},"/b":{"role":"idempotency"}}}"#,
            "one argument of role `idempotency`",
        ),
        (r#"{"arguments":{"/a/*":{"role":"idempotency"}}}"#, "one argument of role `idempotency`"),
        (r#"{"measures":{}}"#, "`measures`: expected a list"),
        (r#"{"measures":[{"unit":"records"}]}"#, "`measures[0]`: expected `after: true`"),
        (r#"{"measures":[{"unit":"records","after":true}]}"#, "expected `at` or `count`"),
        (r#"{"measures":[{"unit":"records","after":true,"at":"/a","count":"/b"}]}"#, "not both"),
        (r#"{"measures":[{"unit":"records","at":"/a"}]}"#, "expected `after: true`"),
        (r#"{"measures":[{"unit":"Records","after":true,"at":"/a"}]}"#, "`measures[0].unit`: expected a unit"),
        (r#"{"result":{"not_done":[{"at":"/a/*","equals":1}]}}"#, "`result.not_done[0].at`: expected one place"),
        (
            r#"{"result":{"not_done":[{"at":"/a","equals":null}]}}"#,
            "`result.not_done[0].equals`: expected a string, a number",
        ),
        (r#"{"result":{"not_done":[{"at":"/a"}]}}"#, "expected a member `equals`"),
        (r#"{"result":{"values":[{"at":"/a"}]}}"#, "`result.values[0]`: expected a member `kind`"),
        (
            r#"{"result":{"values":[{"at":"/a","kind":"iban","trusted":"yes"}]}}"#,
            "`result.values[0].trusted`: expected a boolean, or a condition",
        ),
        (
            r#"{"result":{"values":[{"at":"/a/*","kind":"iban","trusted":{"at":"/b/*/c","equals":1}}]}}"#,
            "`result.values[0].trusted.at`: expected each `*` where `/a/*` has one",
        ),
        (
            r#"{"result":{"values":[{"at":"/a","kind":"iban","trusted":{"at":"/b"}}]}}"#,
            "expected exactly one of `equals` and `one_of`",
        ),
        (
            r#"{"result":{"values":[{"at":"/a","kind":"iban","trusted":{"at":"/b","one_of":[]}}]}}"#,
            "`result.values[0].trusted`: expected 1 to 64 values",
        ),
        (
            r#"{"result":{"values":[{"at":"/a","kind":"iban","trusted":{"at":"/b","equals":{}}}]}}"#,
            "`result.values[0].trusted.equals`: expected a string, a number or a boolean",
        ),
        (r#"{"result":{"values":[{"at":"/a","kind":"iban","own":true}]}}"#, "`own` or `created` says whether"),
        (r#"{"result":{"values":[{"at":"/a","kind":"id:x","created":true,"trusted":false}]}}"#, "says whether"),
        (r#"{"result":{"values":[{"at":"/a","kind":"iban","class":"A b"}]}}"#, "`result.values[0].class`: expected"),
        (
            r#"{"result":{"fields":[{"at":"/a","class":"x"},{"at":"/a","class":"y"}]}}"#,
            "`result.fields[1]`: `/a` has another class already",
        ),
        (r#"{"result":{"fields":[{"at":"/a"}]}}"#, "`result.fields[0]`: expected a member `class`"),
        (r#"{"result":{"clean":"yes"}}"#, "`result.clean`: expected a boolean"),
        (r#"{"result":{"sanitizes":[{"at":"/a"}]}}"#, "`result.sanitizes[0]`: expected exactly one of `one_of`"),
        (r#"{"result":{"sanitizes":[{"at":"/a","date":true,"boolean":true}]}}"#, "expected exactly one of `one_of`"),
        (r#"{"result":{"sanitizes":[{"at":"/a/*","date":true}]}}"#, "`result.sanitizes[0].at`: expected one place"),
        (r#"{"result":{"sanitizes":[{"at":"/a","date":false}]}}"#, "`result.sanitizes[0].date`: expected `true`"),
        (r#"{"result":{"sanitizes":[{"at":"/a","one_of":[]}]}}"#, "`result.sanitizes[0].one_of`: expected 1 to 64"),
        (r#"{"result":{"sanitizes":[{"at":"/a","from":2,"to":1}]}}"#, "expected `from` at or below `to`"),
        (r#"{"result":{"sanitizes":[{"at":"/a","from":0,"to":2.5}]}}"#, "`result.sanitizes[0].to`: expected a whole"),
        (r#"{"result":{"sanitizes":[{"at":"/a","id":"email"}]}}"#, "`result.sanitizes[0].id`: expected a kind of id"),
        (r#"{"result":{"sanitizes":[{"at":"/a","text":true}]}}"#, "expected one of `at`, `one_of`"),
        (r#"{"result":{"clean":true,"sanitizes":[{"at":"/a","date":true}]}}"#, "needs no sanitizer"),
        (r#"{"arguments":{"/a":{"kind":"iban","binds":true}}}"#, "only what is of kind `date` binds"),
        (
            r#"{"arguments":{"/a":{"kind":"date","role":"resource","binds":true}}}"#,
            "`arguments./a.binds`: expected one of",
        ),
        (r#"{"referents":[{"at":"/a"}]}"#, "`referents[0]`: expected a member `read`"),
        (
            r#"{"referents":[{"at":"/a/*","read":{"tool":"t","arguments":{}}}]}"#,
            "`referents[0].at`: expected one place",
        ),
        (
            r#"{"referents":[{"at":"/a","read":{"tool":"s/t","arguments":{}}}]}"#,
            "`referents[0].read.tool`: expected the name",
        ),
        (
            r#"{"referents":[{"at":"/a","read":{"tool":"t","arguments":{"/b/c":"/a"}}}]}"#,
            "`referents[0].read.arguments./b/c`: expected a member of the arguments",
        ),
        (r#"{"referents":[{},{},{},{},{}]}"#, "`referents`: expected at most 4, found 5"),
        (r#"{"classes":["In ternal"]}"#, "`classes[0]`: expected a data class"),
        (r#"{"unchecked":[7]}"#, "`unchecked[0]`: expected a string"),
    ] {
        let error = Binding::read(&json(text)).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_binding_has_no_more_parts_than_one_call_may_read() {
    let arguments: Vec<String> = (0..65).map(|i| format!(r#""/a{i}":{{"kind":"text"}}"#)).collect();
    let error = Binding::read(&json(&format!(r#"{{"arguments":{{{}}}}}"#, arguments.join(",")))).unwrap_err();
    assert!(error.to_string().contains("at most 64"), "{error}");
}
