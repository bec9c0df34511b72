//! `log tiles`: the signed log as static files, as C2SP tlog-tiles has them.

use crate::beside::Beside;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{data, number, text, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;
use bailiwick_record::{TILE_LEVELS, TILE_WIDTH, TileKind, TilePath, tile_width};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Signs the log and writes what of it is not in the directory yet; the checkpoint last, so that one that is there is never
/// of a tree whose tiles are not.
pub(super) async fn write(client: &Client, dir: &Path, json: bool) -> Result<(), Trouble> {
    let checkpoint = client.post("/v1/log/checkpoint", &Json::Null).await?;
    is_ours(&dir.join("checkpoint"), text(&checkpoint, "note"))?;
    let size = number(&checkpoint, "size");
    let (mut written, mut kept) = (0_u64, 0_u64);
    for path in paths(size) {
        let file = dir.join(path.to_string());
        // A tile never changes: a full one by the standard, a partial one because its width is in its name.
        if file.try_exists()? {
            kept += 1;
            continue;
        }
        put(&file, &client.file(&format!("/v1/log/{path}")).await?)?;
        written += 1;
    }
    put(&dir.join("checkpoint"), text(&checkpoint, "note").as_bytes())?;
    let shown = dir.display().to_string();
    if json {
        let told = [("dir", Json::from(shown.as_str())), ("size", Json::from(size)), ("written", Json::from(written))];
        data(&Json::object(told).canonical());
    } else {
        words(&format!("{shown}: a log of {size} leaves; {written} tiles written, {kept} were there"));
    }
    Ok(())
}

/// All files of a tree but its checkpoint.
fn paths(size: u64) -> impl Iterator<Item = TilePath> {
    let kinds = (0..TILE_LEVELS).map(TileKind::Hashes).chain([TileKind::Entries]);
    kinds.flat_map(move |kind| {
        let level = if let TileKind::Hashes(level) = kind { level } else { 0 };
        let widths =
            (0..).map(move |index| (index, tile_width(size, level, index))).take_while(|(_, width)| *width > 0);
        widths.map(move |(index, width)| {
            let width = u8::try_from(width).ok().filter(|_| width < TILE_WIDTH);
            TilePath { kind, index, width }
        })
    })
}

/// A directory has one log. That of another is not mixed with ours.
fn is_ours(file: &Path, note: &str) -> Result<(), BadInput> {
    let there = match std::fs::read_to_string(file) {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BadInput(format!("{}: {error}", file.display()))),
    };
    let origin = |note: &str| note.lines().next().unwrap_or_default().to_owned();
    let (there, ours) = (origin(&there), origin(note));
    if there == ours {
        return Ok(());
    }
    let there = crate::print::foreign(&there);
    Err(BadInput(format!("{}: this is the checkpoint of the log `{there}`, ours is `{ours}`", file.display())))
}

fn put(file: &Path, bytes: &[u8]) -> Result<(), BadInput> {
    let named = |error: std::io::Error| BadInput(format!("{}: {error}", file.display()));
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir).map_err(named)?;
    }
    let mut out = Beside::of(file).map_err(named)?;
    out.write_all(bytes).and_then(|()| out.put()).map_err(named)
}

#[cfg(test)]
mod tests;
