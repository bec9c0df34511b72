use super::*;

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn all_of(room: &Room) -> Vec<Taken> {
    std::iter::from_fn(|| room.take()).collect()
}

#[test]
fn one_agent_and_one_tenant_leave_room_for_the_others() {
    let (room, one, two) = (Room::default(), TenantId::new([1; 16]), TenantId::new([2; 16]));
    let flood = room.for_agent(one, agent("flood"));
    let mut held = all_of(&flood);
    assert_eq!(held.len(), OF_AGENT_MAX);
    assert!(room.for_agent(one, agent("flood")).take().is_none(), "by whatever grant");
    for name in ["b", "c", "d"] {
        held.extend(all_of(&room.for_agent(one, agent(name))));
    }
    assert_eq!(held.len(), OF_TENANT_MAX);
    let same_name = room.for_agent(two, agent("flood"));
    let others = all_of(&same_name);
    assert_eq!(others.len(), CALLS_MAX - OF_TENANT_MAX, "another tenant's agent of the same name");
    held.remove(0);
    for room in [&flood, &room.for_agent(two, agent("e"))] {
        assert!(room.take().is_some(), "what is over leaves its place");
    }
    drop((held, others));
    assert!(locked(&room.taken).is_empty());
}

#[test]
fn who_serves_one_client_alone_has_all_of_it() {
    assert_eq!(all_of(&Room::of(OF_AGENT_MAX + 1)).len(), OF_AGENT_MAX + 1);
}
