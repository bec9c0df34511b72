//! Approvals and wishes: asked, given, refused.

use super::*;

fn terms() -> Terms {
    Terms {
        action: sha256(b"action"),
        display: sha256(b"display"),
        labels: label(),
        meters: vec![reserved()],
        nonce: sha256(b"nonce"),
        not_after: Micros(1_800_000_000_000_008),
        policy: sha256(b"policy"),
        sources: vec![source()],
    }
}

pub(super) fn of_approvals() -> Vec<Data> {
    let boss = Approvers::one(Approver::Role(RoleName::parse("boss").unwrap()));
    let need = Need {
        count: 2,
        escalate: Some(Escalation { after: Span::minutes(10), to: boss.clone() }),
        exclude: vec![Approver::Customer],
        role: "role:boss".to_owned(),
        valid: VALID,
        who: boss,
        why: Why::Template,
    };
    let part = || "cGFydA".to_owned();
    let assertion = Assertion { authenticator_data: part(), client_data: part(), id: part(), signature: part() };
    let statement = Statement {
        again: 0,
        approval: 7,
        person: PersonId::parse("bert").unwrap(),
        role: "role:boss".to_owned(),
        task: TaskId::new([3; 16]),
        tenant: TenantId::new([4; 16]),
        terms: terms(),
        of: Statement::TYPE.to_owned(),
    };
    vec![
        ApprovalAsked {
            effect: Effect::Transfer,
            facts: facts(),
            goal: sha256(b"goal"),
            grant: grant(),
            impact: Impact::High,
            needs: vec![need],
            private: Some(AskedPrivate { display: Json::object([("sentence", Json::from(secret().as_str()))]) }),
            rules: RULES,
            terms: terms(),
            tool: tool(),
        }
        .into(),
        ApprovalGiven {
            assertion,
            by: by(),
            control: Some(3),
            facts: facts(),
            rules: RULES,
            sheet: Sheet::of(vec![sha256(b"statement")]),
            single_person: true,
            statement,
        }
        .into(),
        ApprovalRefused {
            approval: 7,
            by: by(),
            control: Some(3),
            facts: facts(),
            private: Some(NoPrivate { instead: Some(json(r#"{"amount":"1.00"}"#)), reason: secret() }),
            rules: RULES,
            voids: Some(vec![9]),
        }
        .into(),
        ApprovalEscalated { approval: 7, asked: 41, facts: facts(), roles: vec!["role:boss".to_owned()], rules: RULES }
            .into(),
        ApprovalExpired { approval: 7, asked: 41, facts: facts(), rules: RULES }.into(),
        WishMade {
            control: Some(3),
            facts: facts(),
            grant: grant(),
            private: Some(WishPrivate { tools: vec![secret()], wanted: secret() }),
            rules: RULES,
        }
        .into(),
        WishRefused {
            by: by(),
            control: Some(3),
            facts: facts(),
            private: Some(WishNoPrivate { reason: secret() }),
            rules: RULES,
            wish: 6,
        }
        .into(),
        LabelLowered {
            by: by(),
            class: label().classes.first().cloned().unwrap(),
            control: Some(3),
            facts: facts(),
            from: label(),
            grant: grant(),
            holder: AgentId::parse("payer").unwrap(),
            private: Some(LoweredPrivate { reason: secret(), shown: None }),
            rules: RULES,
            signed: None,
            to: Label::default(),
            value: None,
        }
        .into(),
    ]
}
