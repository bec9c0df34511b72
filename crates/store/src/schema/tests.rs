use super::*;

/// A program one version on, with a step that widens.
pub(crate) const NEXT: Plan = Plan {
    version: TABLES_VERSION + 1,
    steps: &[Step {
        to: TABLES_VERSION + 1,
        sqlite: "ALTER TABLE store ADD COLUMN shelf text",
        postgres: "ALTER TABLE store ADD COLUMN shelf text",
    }],
};

#[test]
fn every_version_but_the_first_has_its_step() {
    assert!(PLAN.steps.iter().map(|step| step.to).eq((2..).take(PLAN.steps.len())));
    assert_eq!(PLAN.steps.len() + 1, PLAN.version as usize);
}

#[test]
fn only_tables_of_the_programs_own_version_are_used() {
    assert_eq!(NEXT.usable(Found::Version(2)), Ok(()));
    let older = NEXT.usable(Found::Version(1));
    assert!(matches!(&older, Err(StoreError::Older(why)) if why.contains("`1`") && why.contains("`2`")), "{older:?}");
    assert!(older.unwrap_err().to_string().contains("bailiwick migrate"));
    for found in [Found::Version(3), Found::Version(0), Found::Foreign, Found::Empty] {
        assert!(matches!(NEXT.usable(found), Err(StoreError::Broken(_))), "{found:?}");
    }
}

#[test]
fn steps_lead_from_what_was_found_to_the_programs_own_version_and_never_back() {
    let to = |found| NEXT.steps_from(found).map(|steps| steps.iter().map(|step| step.to).collect::<Vec<_>>());
    assert_eq!(to(Found::Version(1)), Ok(vec![2]));
    assert_eq!(to(Found::Version(2)), Ok(vec![]));
    assert!(to(Found::Version(3)).is_err());
    assert!(to(Found::Version(0)).is_err());
}
