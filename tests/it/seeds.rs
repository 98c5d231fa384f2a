//! The three lessons the project began with, as mistakes made in a chart that is right: each is found at its exact
//! place, and the right chart is silent.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::diagnostic::Severity;
use kubeblocks_ls::rules;

use crate::support::memory_host;
use crate::worlds::own_charts;

const DEFINITION: &str = "tidedb/templates/clusterdefinition.yaml";
const HELPERS: &str = "tidedb/templates/_helpers.tpl";

/// The two charts of TideDB after some edits: each replaces the `nth` (from 0) occurrence of a text.
fn edited(edits: &[(&str, &str, usize, &str)]) -> BTreeMap<Utf8PathBuf, String> {
    let mut files = own_charts();
    files.retain(|path, _| path.starts_with("/w/tidedb") || path.starts_with("/w/tidedb-cluster"));
    for (path, old, nth, new) in edits {
        let text = files.get_mut(&Utf8Path::new("/w").join(path)).unwrap();
        let (at, _) = text.match_indices(old).nth(*nth).unwrap_or_else(|| panic!("{path} has no {old}"));
        text.replace_range(at..at + old.len(), new);
    }
    files
}

/// `rule @ line: text under the squiggle`, for all findings at warning or above.
fn told(edits: &[(&str, &str, usize, &str)]) -> Vec<String> {
    let host = memory_host(&edited(edits));
    let world = host.world();
    let found = rules::check(&world);
    let told = found.iter().filter(|finding| finding.severity >= Severity::Warning).map(|finding| {
        let source = world.source(finding.span.file).unwrap();
        let before = &source.text[..finding.span.range.start as usize];
        let name = source.path.file_name().unwrap();
        let text = finding.span.range.of(&source.text).replace('\n', "\\n");
        format!("{} @ {name}:{}: {text}", finding.rule, before.matches('\n').count() + 1)
    });
    told.collect()
}

fn line_of(path: &str, text: &str, nth: usize) -> usize {
    let files = own_charts();
    let source = &files[&Utf8Path::new("/w").join(path)];
    let (at, _) = source.match_indices(text).nth(nth).unwrap();
    source[..at].matches('\n').count() + 1
}

#[test]
fn right_is_silent() {
    assert_eq!(told(&[]), Vec::<String>::new());
}

#[test]
fn a_component_that_was_renamed() {
    // The reference keeps the old name; so do the ClusterVersion and the Cluster, which speak for themselves.
    let found = told(&[(DEFINITION, "    - name: meta\n", 0, "    - name: metasrv\n")]);
    let line = line_of(DEFINITION, "componentDefName: meta", 0);
    let expected = format!("unknown-component-def @ clusterdefinition.yaml:{line}: meta");
    assert_eq!(found.iter().filter(|finding| **finding == expected).count(), 1, "{found:#?}");
    assert!(found.iter().all(|finding| finding.starts_with("unknown-component-def")), "{found:#?}");
}

#[test]
fn a_component_without_a_service() {
    let service =
        "      service:\n        ports:\n          - name: rpc\n            port: 7000\n            targetPort: rpc\n";
    let line = line_of(DEFINITION, "type: ServiceRef", 0);
    assert_eq!(
        told(&[(DEFINITION, service, 0, "")]),
        [format!("reference-without-service @ clusterdefinition.yaml:{line}: ServiceRef")]
    );
}

#[test]
fn a_misspelt_variable_in_an_argument() {
    for nth in 0..2 {
        let line = line_of(DEFINITION, "--meta=$(TIDE_META)", nth);
        assert_eq!(
            told(&[(DEFINITION, "--meta=$(TIDE_META)", nth, "--meta=$(TIDE_MATE)")]),
            [format!("undefined-variable @ clusterdefinition.yaml:{line}: $(TIDE_MATE)")]
        );
    }
}

#[test]
fn a_wait_that_was_removed() {
    let wait = "        initContainers:\n          {{- include \"tidedb.wait\" (dict \"root\" . \"for\" \"meta\" \"variable\" \"TIDE_META\") | nindent 10 }}\n";
    let datanode = line_of(DEFINITION, "--meta=$(TIDE_META)", 1) - wait.matches('\n').count();
    let frontend = line_of(DEFINITION, "--meta=$(TIDE_META)", 0);
    // The frontend waited for the meta through the datanode.
    assert_eq!(
        told(&[(DEFINITION, wait, 0, "")]),
        [
            format!("missing-wait @ clusterdefinition.yaml:{frontend}: $(TIDE_META)"),
            format!("missing-wait @ clusterdefinition.yaml:{datanode}: $(TIDE_META)"),
        ]
    );
}

#[test]
fn a_wait_in_the_wrong_direction() {
    // The etcd waits for the datanode, which waits for the meta, which waits for the etcd.
    let reference = "      componentDefRef:\n        - componentDefName: datanode\n          componentRefEnv:\n            - name: TIDE_DATANODE\n              valueFrom:\n                type: ServiceRef\n      podSpec:\n        initContainers:\n          {{- include \"tidedb.wait\" (dict \"root\" . \"for\" \"datanode\" \"variable\" \"TIDE_DATANODE\") | nindent 10 }}\n        containers:\n          - name: etcd\n";
    let found = told(&[(DEFINITION, "      podSpec:\n        containers:\n          - name: etcd\n", 0, reference)]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("order-cycle @ "), "{found:#?}");
}

#[test]
fn a_wait_that_always_ends_at_once() {
    // One helper, used three times: one finding, where it is written.
    let found = told(&[(HELPERS, "-headless", 0, "")]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let line = line_of(HELPERS, "until nslookup", 0);
    assert!(found[0].starts_with(&format!("never-waits @ _helpers.tpl:{line}: ")), "{found:#?}");
}

#[test]
fn a_configmap_mounted_directly() {
    let specs = "      configSpecs:\n        - name: frontend-config\n          templateRef: tidedb-frontend\n          namespace: {{ .Release.Namespace }}\n          volumeName: config\n";
    let mount = "              - name: config\n                mountPath: /etc/tidedb\n";
    let direct = format!(
        "{mount}        volumes:\n          - name: config\n            configMap:\n              name: tidedb-frontend\n"
    );
    let line = line_of(DEFINITION, mount, 0) + 4 - specs.matches('\n').count();
    assert_eq!(
        told(&[(DEFINITION, specs, 0, ""), (DEFINITION, mount, 0, &direct)]),
        [format!("direct-configmap-volume @ clusterdefinition.yaml:{line}: configMap")]
    );
}

#[test]
fn a_config_without_a_namespace() {
    let line = line_of(DEFINITION, "templateRef: tidedb-frontend", 0);
    let found = told(&[(DEFINITION, "          namespace: {{ .Release.Namespace }}\n", 0, "")]);
    assert_eq!(found, [format!("configmap-namespace @ clusterdefinition.yaml:{line}: tidedb-frontend")]);
}

#[test]
fn a_config_with_another_namespace() {
    let line = line_of(DEFINITION, "namespace: {{ .Release.Namespace }}", 0);
    assert_eq!(
        told(&[(DEFINITION, "namespace: {{ .Release.Namespace }}", 0, "namespace: kb-system")]),
        [format!("configmap-namespace @ clusterdefinition.yaml:{line}: kb-system")]
    );
}

#[test]
fn a_config_that_nothing_provides() {
    let line = line_of(DEFINITION, "templateRef: tidedb-frontend", 0);
    assert_eq!(
        told(&[(DEFINITION, "templateRef: tidedb-frontend", 0, "templateRef: tidedb-frontent")]),
        [format!("dangling-reference @ clusterdefinition.yaml:{line}: tidedb-frontent")]
    );
    // The definition chart alone and the cluster chart alone are as silent as both together.
    for alone in ["/w/tidedb/", "/w/tidedb-cluster/"] {
        let mut files = edited(&[]);
        files.retain(|path, _| path.as_str().starts_with(alone));
        let world = memory_host(&files).world();
        let found = rules::check(&world);
        assert!(found.iter().all(|finding| finding.severity < Severity::Warning), "{alone}: {found:#?}");
    }
}
