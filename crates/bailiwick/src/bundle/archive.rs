//! The archive: gzip (RFC 1952) around tar (POSIX ustar). Plain files alone: a link, a device or a name out of the archive
//! is refused.

use super::BadBundle;
use std::collections::BTreeMap;

/// The most files.
const FILES_MAX: usize = 1_000;
const BLOCK: usize = 512;
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
/// Flags of a gzip header (RFC 1952, section 2.3.1).
const HEADER_CRC: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
/// What stands at its end: a checksum and the length.
const TRAILER: usize = 8;

fn bad(why: &str) -> BadBundle {
    BadBundle::new(format!("the bundle is no archive of gzip and tar: {why}"))
}

/// What was compressed.
pub(super) fn unpacked(file: &[u8], most: usize) -> Result<Vec<u8>, BadBundle> {
    let deflated = deflated(file).ok_or_else(|| bad("its first bytes are not those of gzip"))?;
    miniz_oxide::inflate::decompress_to_vec_with_limit(deflated, most).map_err(|error| match error.status {
        miniz_oxide::inflate::TINFLStatus::HasMoreOutput => {
            BadBundle::new(format!("what the bundle holds has more than {most} bytes"))
        }
        _ => bad("it does not unpack"),
    })
}

/// What stands behind the header.
fn deflated(file: &[u8]) -> Option<&[u8]> {
    let file = file.get(..file.len().checked_sub(TRAILER)?)?;
    let (head, mut rest) = file.split_at_checked(10)?;
    let flags = *head.get(3)?;
    if !head.starts_with(&GZIP) || flags & !(1 | HEADER_CRC | EXTRA | NAME | COMMENT) != 0 {
        return None;
    }
    if flags & EXTRA != 0 {
        let (size, behind) = rest.split_first_chunk::<2>()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*size))..)?;
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|b| *b == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & HEADER_CRC != 0 { rest.get(2..) } else { Some(rest) }
}

/// The files of a tar archive, by their paths without a slash before them.
pub(super) fn files(tar: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, BadBundle> {
    let (mut out, mut rest) = (BTreeMap::new(), tar);
    while let Some((head, behind)) = rest.split_at_checked(BLOCK) {
        if head.iter().all(|b| *b == 0) {
            break;
        }
        let size = octal(head.get(124..136)).ok_or_else(|| bad("a size that is none"))?;
        let body = behind.get(..size).ok_or_else(|| bad("it ends within a file"))?;
        rest = behind.get(size.div_ceil(BLOCK) * BLOCK..).unwrap_or_default();
        match head.get(156) {
            Some(b'0' | 0) => {
                let path = path(head).ok_or_else(|| bad("a name that leads out of it, or is no text"))?;
                if out.len() >= FILES_MAX {
                    return Err(bad(&format!("more than {FILES_MAX} files")));
                }
                if out.insert(path.clone(), body.to_vec()).is_some() {
                    return Err(bad(&format!("`{path}` stands in it twice")));
                }
            }
            Some(b'5') => {}
            _ => return Err(bad("it holds what is neither a file nor a folder, or a name of more than 255 bytes")),
        }
    }
    Ok(out)
}

fn text(field: Option<&[u8]>) -> Option<&str> {
    let field = field?;
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    std::str::from_utf8(field.get(..end)?).ok()
}

fn octal(field: Option<&[u8]>) -> Option<usize> {
    usize::from_str_radix(text(field)?.trim(), 8).ok()
}

fn path(head: &[u8]) -> Option<String> {
    let (name, prefix) = (text(head.get(..100))?, text(head.get(345..500))?);
    let whole = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
    let plain = whole.strip_prefix("./").unwrap_or(&whole).trim_start_matches('/');
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.chars().any(char::is_control);
    plain.split('/').all(part).then(|| plain.to_owned())
}
