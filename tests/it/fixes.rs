//! Fixes in real charts.

use kubeblocks_ls::diagnostic::{Diagnostic, Fix, Safety};
use kubeblocks_ls::fix;
use kubeblocks_ls::host::Change;
use kubeblocks_ls::rules;

use crate::names::host;

/// Each safe fix takes findings away and brings none, and so do all together.
#[test]
fn safe_fixes_bring_no_finding() {
    let Some(mut host) = host(&["postgresql", "tidb", "kblib"]) else { return };
    let world = host.world();
    let found = rules::check(&world);
    let each = found.iter().flat_map(|finding| &finding.fixes).filter(|fix| fix.safety == Safety::Safe);
    let mut tries: Vec<Vec<&Fix>> = each.map(|fix| vec![fix]).collect();
    tries.push(fix::choose(&found, false));
    for fixes in &tries {
        let changed = fix::apply(fixes, |file| world.source(file).map(|source| &**source));
        let path = |file| world.source(file).unwrap().path.clone();
        let texts: Vec<_> = changed.into_iter().map(|(file, text)| (path(file), text)).collect();
        host.apply(texts.iter().map(|(path, text)| Change::Open(path.clone(), text.as_str().into())).collect());
        let now = rules::check(&host.world());
        let is_known = |new: &&Diagnostic| found.iter().any(|old| (old.rule, &old.message) == (new.rule, &new.message));
        let new: Vec<_> = now.iter().filter(|finding| !finding.quiet && !is_known(finding)).collect();
        assert!(new.is_empty() && now.len() < found.len(), "{fixes:?}: {new:?}");
        host.apply(texts.into_iter().map(|(path, _)| Change::Close(path)).collect());
    }
    assert!(tries.len() > 10, "{}", tries.len());
}
