use super::*;
use crate::testing::asked;
use bailiwick_core::*;
use bailiwick_store::NewEvent;

const TENANT: TenantId = TenantId::new([7; 16]);
const TASK: StreamId = StreamId::new([9; 16]);
const AT: Micros = Micros(1_790_000_000_000_000);

fn stored(stream: StreamId, data: impl Into<Data>) -> StoredEvent {
    let digest = Digest::new([1; 32]);
    let event = Event { at: AT, data: data.into() };
    let commit = (!event.data.private().is_empty()).then_some(digest);
    let clear = event.clear(commit).unwrap();
    let event = NewEvent { at: AT, hash: digest, stamp: [0; 16], clear, sealed: None };
    StoredEvent { leaf: 41, stream, seq: 3, event, key: None, body: None }
}

fn facts() -> Facts {
    Facts::of_nobody(AT, Vec::new())
}

#[test]
fn a_request_for_a_yes_is_told_with_effect_impact_end_and_its_number_and_without_its_tool() {
    let told = happened(TENANT, &stored(TASK, asked())).unwrap();
    assert_eq!((told.occasion, told.about), (Occasion::ApprovalAsked, About::Task(TASK)));
    assert_eq!((told.approval.as_deref(), told.until), (Some("41"), Some(Micros(AT.0 + 60_000_000))));
    let facts: Vec<(&str, &str)> = told.facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (grant, task) = ("03".repeat(16), "09".repeat(16));
    let expected = [("effect", "transfer"), ("grant", &grant), ("impact", "high"), ("task", &task)];
    assert_eq!(facts, expected, "ids, effect and impact alone: a tool's name is its server's word");
}

#[test]
fn a_finding_is_told_to_whom_the_agent_is_about_and_names_nothing_of_a_servers() {
    let found = ControlFound {
        agent: Some(AgentId::parse("payer").unwrap()),
        code: Sprawl::ToolUnused,
        facts: facts(),
        finding: Digest::new([2; 32]),
        of: "bank/pay-to-evil".to_owned(),
        rules: 1,
        why: "nobody called it".to_owned(),
    };
    let told = happened(TENANT, &stored(control_stream(TENANT), found)).unwrap();
    assert_eq!((told.occasion, told.about), (Occasion::SprawlFound, About::Agent(AgentId::parse("payer").unwrap())));
    let facts: Vec<(&str, &str)> = told.facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(facts, [("finding", "tool_unused")]);
}

#[test]
fn that_others_may_answer_and_that_nobody_did_are_told_with_the_page_of_the_request() {
    let (approval, asked, rules) = (3, 40, 1);
    let gone = ApprovalEscalated { approval, asked, facts: facts(), roles: vec!["role:boss".to_owned()], rules };
    let told = happened(TENANT, &stored(TASK, gone)).unwrap();
    assert_eq!((told.occasion, told.approval.as_deref()), (Occasion::ApprovalEscalated, Some("40")));
    assert_eq!(told.facts["roles"], "role:boss");
    let told = happened(TENANT, &stored(TASK, ApprovalExpired { approval, asked, facts: facts(), rules })).unwrap();
    assert_eq!((told.occasion, told.approval.as_deref()), (Occasion::ApprovalExpired, Some("40")));
}

#[test]
fn a_change_that_waits_for_a_second_person_is_told_with_its_number_and_who_wants_it() {
    let by = By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() };
    let not_after = Micros(AT.0 + 60_000_000);
    let statement = ChangeStatement {
        asked: AT,
        by: by.person.clone(),
        change: Proposed::Tenant {},
        epoch: 0,
        loosens: vec!["all work goes on".to_owned()],
        not_after,
        origin: "example.com/log".to_owned(),
        proposal: 12,
        of: ChangeStatement::TYPE.to_owned(),
    };
    let proposed = ControlProposed { by, facts: facts(), rules: 1, signed: None, statement };
    let told = happened(TENANT, &stored(control_stream(TENANT), proposed)).unwrap();
    assert_eq!((told.occasion, told.about, told.until), (Occasion::ChangeProposed, About::Tenant, Some(not_after)));
    assert_eq!((told.facts["by"].as_str(), told.facts["change"].as_str()), ("ann", "12"));
}

#[test]
fn what_an_event_says_in_a_stream_of_another_kind_is_told_to_nobody() {
    let by = By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() };
    let stop = || ControlTenant { by: by.clone(), facts: facts(), rules: 1, running: false };
    let control = control_stream(TENANT);
    assert_eq!(happened(TENANT, &stored(control, stop())).unwrap().occasion, Occasion::TenantStopped);
    assert_eq!(happened(TENANT, &stored(TASK, stop())), None);
    assert_eq!(happened(TENANT, &stored(control, asked())), None);
}

#[test]
fn a_broken_glass_is_told_to_those_of_its_task_also_when_it_is_over() {
    let broken = ControlGlassBroken {
        by: By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() },
        expires: Micros(AT.0 + 60_000_000),
        facts: facts(),
        incident: "INC-7".to_owned(),
        reason: "the bank closes".to_owned(),
        requester: PersonId::parse("bert").unwrap(),
        rules: 1,
        task: TASK,
        template: TemplateName::parse("emergency").unwrap(),
        template_digest: sha256(b"emergency"),
    };
    let told = happened(TENANT, &stored(control_stream(TENANT), broken)).unwrap();
    assert_eq!((told.occasion, told.about, told.until), (Occasion::BreakglassOpened, About::Over(TASK), None));
    assert_eq!(told.facts["task"], TASK.to_string());
    assert!(told.facts.values().all(|value| !value.contains("the bank")), "a person's words stay in the record");
}

#[test]
fn bytes_that_are_no_event_of_ours_are_told_to_nobody() {
    let mut broken = stored(TASK, asked());
    broken.event.clear.truncate(40);
    assert_eq!(happened(TENANT, &broken), None);
}

#[test]
fn an_ending_says_whose_word_it_is() {
    let ended = |by, facts| TaskEnded { by, facts, open: Vec::new(), rules: 1, why: Code::Completed };
    let caller = Caller {
        agent: AgentId::parse("payer").unwrap(),
        assurance: Assurance::KeyOnly,
        attestation: None,
        instance: InstanceId::parse("one").unwrap(),
        key: KeyThumbprint::parse(&"k".repeat(43)).unwrap(),
        proof: None,
        road: Road::Http,
    };
    let by_itself = Facts { caller: Some(caller), ..facts() };
    let told = happened(TENANT, &stored(TASK, ended(None, by_itself))).unwrap();
    assert_eq!((told.facts["agent"].as_str(), told.facts.get("by")), ("payer", None));
    let ann = By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() };
    let told = happened(TENANT, &stored(TASK, ended(Some(ann), facts()))).unwrap();
    assert_eq!((told.facts["by"].as_str(), told.facts.get("agent")), ("ann", None));
}

#[test]
fn what_is_about_a_request_names_it_so_that_whom_it_asks_can_be_told() {
    assert_eq!(happened(TENANT, &stored(TASK, asked())).unwrap().request, Some(3), "its own place in the task");
    let (approval, asked, rules) = (2, 40, 1);
    let expired = ApprovalExpired { approval, asked, facts: facts(), rules };
    assert_eq!(happened(TENANT, &stored(TASK, expired)).unwrap().request, Some(2));
    let ending = TaskEnding { expires: AT, facts: facts(), grant: GrantId::new([3; 16]), rules, template: None };
    let told = happened(TENANT, &stored(TASK, ending)).unwrap();
    assert_eq!((told.occasion, told.request, told.until), (Occasion::TaskEnding, None, Some(AT)));
}
