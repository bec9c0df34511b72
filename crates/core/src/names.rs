//! Names that were mistyped: which of those that are there may have been meant.

/// The most bytes that are compared: names are short.
const COMPARED_BYTES_MAX: usize = 128;

/// The nearest of the known names, if one is near: a third of its letters may be wrong.
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|name| (distance(text, name), name)).min()?;
    let (edits, name) = near;
    (edits <= name.chars().count().max(3) / 3).then_some(name)
}

/// How many letters must be changed, put in or left out to make one text of the other.
fn distance(from: &str, to: &str) -> usize {
    if from.len() > COMPARED_BYTES_MAX || to.len() > COMPARED_BYTES_MAX {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (index, a) in from.chars().enumerate() {
        let mut next = vec![index + 1];
        let above = row.iter().zip(row.iter().skip(1));
        for ((diagonal, above), b) in above.zip(to.chars()) {
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(a != b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
