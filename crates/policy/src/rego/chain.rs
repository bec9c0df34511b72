//! References: `input.context.amounts["EUR"]` as a root and its steps.

use regorus::unstable::{Expr, Ref};

/// One step of a reference.
pub(super) enum Step<'a> {
    Named(String),
    Index(&'a Expr),
}

/// A reference: what it begins with, and its steps.
pub(super) struct Chain<'a> {
    pub(super) root: &'a Expr,
    pub(super) steps: Vec<Step<'a>>,
}

/// The reference that an expression is; a name alone has no steps.
pub(super) fn chain(expr: &Expr) -> Chain<'_> {
    let (mut root, mut steps) = (expr, Vec::new());
    loop {
        let inner: &Ref<Expr> = match root {
            Expr::RefDot { refr, field, .. } => {
                steps.push(Step::Named(field.0.text().to_owned()));
                refr
            }
            Expr::RefBrack { refr, index, .. } => {
                steps.push(match text(index) {
                    Some(name) => Step::Named(name),
                    None => Step::Index(index),
                });
                refr
            }
            _ => break,
        };
        root = inner.as_ref();
    }
    steps.reverse();
    Chain { root, steps }
}

impl Chain<'_> {
    /// The name that it begins with.
    pub(super) fn name(&self) -> Option<&str> {
        match self.root {
            Expr::Var { span, .. } => Some(span.text()),
            _ => None,
        }
    }

    /// Its steps up to the first that only an evaluation knows.
    pub(super) fn named(&self) -> Vec<&str> {
        let named = |step: &'_ Step<'_>| matches!(step, Step::Named(_));
        let known = self.steps.iter().take_while(|step| named(step));
        known.filter_map(|step| if let Step::Named(name) = step { Some(name.as_str()) } else { None }).collect()
    }

    /// Whether all its steps are known.
    pub(super) fn whole(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Named(_)))
    }

    /// With points between the steps: `data.lib.small`.
    pub(super) fn dotted(&self) -> Option<String> {
        let name = self.name()?;
        let steps = self.named();
        self.whole().then(|| std::iter::once(name).chain(steps).collect::<Vec<_>>().join("."))
    }
}

/// The text of a literal.
pub(super) fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::String { value, .. } | Expr::RawString { value, .. } => {
            value.as_string().ok().map(|text| text.as_ref().to_owned())
        }
        _ => None,
    }
}

/// Whether it is a literal that stands for itself.
pub(super) fn literal(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. }
    )
}
