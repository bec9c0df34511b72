use super::*;

#[test]
fn impact_is_what_the_design_says() {
    use Impact::{High, Low, Medium};
    for (effect, reversible, otherwise) in [
        (Effect::Read, Low, Low),
        (Effect::Write, Medium, Medium),
        (Effect::Delete, Medium, High),
        (Effect::Transfer, High, High),
        (Effect::Share, Medium, High),
        (Effect::Export, Medium, High),
        (Effect::Credential, High, High),
        (Effect::Permission, High, High),
        (Effect::Execute, Medium, High),
        (Effect::Delegate, Medium, High),
    ] {
        assert_eq!(effect.impact(Reversibility::Reversible), reversible, "{effect}");
        assert_eq!(effect.impact(Reversibility::ByOthers), otherwise, "{effect}");
        assert_eq!(effect.impact(Reversibility::Irreversible), otherwise, "{effect}");
    }
}

#[test]
fn only_read_and_write_need_no_second_act() {
    let plain: Vec<_> = Effect::ALL.into_iter().filter(|effect| !effect.privileged()).collect();
    assert_eq!(plain, [Effect::Read, Effect::Write]);
}

#[test]
fn words_are_the_ones_that_are_written() {
    for effect in Effect::ALL {
        assert_eq!(serde_json::to_string(&effect).unwrap(), format!("\"{effect}\""));
    }
    for impact in [Impact::Low, Impact::Medium, Impact::High, Impact::Critical] {
        assert_eq!(serde_json::to_string(&impact).unwrap(), format!("\"{impact}\""));
    }
    assert!(Impact::Low < Impact::Medium && Impact::High < Impact::Critical);
}
