//! Paths of files, as text: nothing is looked up.

use unicode_normalization::UnicodeNormalization as _;

/// One slash between segments, no `.`, no slash at the end. A segment that a file system or a decoder could read as
/// another has no form.
pub(super) fn normal(text: &str) -> Option<String> {
    let composed: String = text.nfc().collect();
    // characters that NFKC would change are other files, and look like this one
    let changed = !composed.chars().eq(composed.nfkc());
    if changed || text.chars().any(super::chars::invisible) || text.contains('\\') || text.contains("://") {
        return None;
    }
    let segments: Vec<&str> = composed.split('/').filter(|segment| !matches!(*segment, "" | ".")).collect();
    if !segments.iter().all(|segment| safe(segment)) {
        return None;
    }
    let root = if composed.starts_with('/') { "/" } else { "" };
    let out = format!("{root}{}", segments.join("/"));
    Some(if out.is_empty() { ".".to_owned() } else { out })
}

fn safe(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let encoded = ["%2f", "%5c", "%2e", "%00", "%25"].iter().any(|trick| lower.contains(trick));
    let dots = segment.bytes().all(|b| b == b'.');
    let padded = segment.trim() != segment || segment.ends_with('.');
    !encoded && !dots && !padded && !super::chars::mixes_scripts(segment)
}
