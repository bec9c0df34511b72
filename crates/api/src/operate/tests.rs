use super::*;
use http::StatusCode;

#[test]
fn a_file_that_is_there_and_a_store_that_cannot_be_copied_are_the_callers_to_change() {
    let there = BackupError::There(PathBuf::from("/tmp/a.db"));
    let refused = BackupError::Store(StoreError::Refused("no".into()));
    for error in [there, refused] {
        assert_eq!(Problem::from(error).status, StatusCode::BAD_REQUEST);
    }
    let differs = BackupError::Differs("leaf `3`".into());
    assert_eq!(Problem::from(differs).status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(Problem::from(BackupError::Store(StoreError::Full)).status, StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn a_check_that_is_only_to_be_known_is_neither_well_nor_wrong() {
    assert!(check("a", None, "b", None).get("well").is_some_and(Json::is_null));
    assert_eq!(check("a", Some(false), "b", None).get("well").and_then(Json::as_bool), Some(false));
}
