use super::*;

#[test]
fn types_that_no_schema_names_are_called_what_a_person_calls_them() {
    for (theirs, ours) in [
        ("expected __cedar::internal::AnyEntity but saw String", "expected any entity but saw String"),
        ("expected Set<__cedar::internal::AnyEntity> but saw Long", "expected Set<any entity> but saw Long"),
        ("the types Set<__cedar::internal::Any> and Bool", "the types an empty set and Bool"),
        ("saw __cedar::internal::Union<Agent, ns::Role> here", "saw Agent or ns::Role here"),
        ("saw __cedar::internal::OpenRecord{a: Long,}", "saw a record {a: Long,}"),
        ("__cedar::internal::True, __cedar::internal::False, __cedar::internal::Never", "true, false, nothing"),
        ("__cedar::internal::Union<cut", "cut"),
        ("Agent", "Agent"),
    ] {
        assert_eq!(in_words(theirs), ours);
    }
}
