use super::*;

#[test]
fn it_is_said_from_which_version_to_which() {
    for (from, says) in
        [(None, "where there were none"), (Some(3), "nothing was changed"), (Some(2), "from version 2 to 3")]
    {
        assert!(said(Migrated { from, to: 3 }).contains(says), "{from:?}");
    }
}
