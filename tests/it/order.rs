//! Ways to wait for another component, and ways that only look like it: what the four rules about the start order say,
//! and the order that is derived.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use kubeblocks_ls::diagnostic::Severity;
use kubeblocks_ls::model::order;
use kubeblocks_ls::rules;

use crate::support::memory_host;

/// `store` keeps data; `query` needs it.
const DEFINITION: &str = "\
apiVersion: apps.kubeblocks.io/v1alpha1
kind: ClusterDefinition
metadata:
  name: demo
spec:
  componentDefs:
    - name: store
      workloadType: Stateful
      service: {ports: [{name: api, port: 2379}]}
      componentDefRef:
        - componentDefName: query
          componentRefEnv: [{name: QUERY, valueFrom: {type: ServiceRef}}]
      podSpec:
        initContainers: [{name: init, image: example/init, @STORE@}]
        containers: [{name: store, image: example/store, ports: [{name: api, containerPort: 2379}]}]
    - name: query
      workloadType: Stateless
      service: {ports: [{name: sql, port: 4000}]}
      componentDefRef:
        - componentDefName: store
          componentRefEnv:
            - {name: STORE, valueFrom: {type: ServiceRef}}
            - {name: STORE_URL, value: 'http://$(STORE)-headless'}
            - {name: STORE_PORT, valueFrom: {type: FieldRef, fieldPath: '$.componentDef.service.ports[0].port'}}
            - {name: STORE_PODS, valueFrom: {type: HeadlessServiceRef, format: $(POD_FQDN)}}
      scriptSpecs:
        - {name: scripts, templateRef: demo-scripts, volumeName: scripts, namespace: {{ .Release.Namespace }} }
      podSpec:
        initContainers: [{name: init, image: example/init, volumeMounts: [{name: scripts, mountPath: /scripts}], @INIT@}]
        containers:
          - {name: query, image: example/query, ports: [{name: sql, containerPort: 4000}],
             volumeMounts: [{name: scripts, mountPath: /scripts}], @MAIN@}
";

const SCRIPTS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: demo-scripts
  namespace: {{ .Release.Namespace }}
data:
  wait.sh: |
    while ! nc -z \"$1\" \"$2\"; do sleep 1; done
  render.sh: |
    sed s/x/y/ < /in > /out
  unknown.sh: |
    # nothing that can be read
";

/// What the rules say at warning or above, without the place, and the derived orders.
fn told(store_init: &str, init: &str, main: &str, more: &str) -> (Vec<String>, Vec<String>) {
    let or = |text: &str| if text.is_empty() { "args: []".to_owned() } else { text.to_owned() };
    let definition =
        DEFINITION.replace("@STORE@", &or(store_init)).replace("@INIT@", &or(init)).replace("@MAIN@", main);
    let files: BTreeMap<Utf8PathBuf, String> = [
        ("/w/demo/Chart.yaml", "apiVersion: v2\nname: demo\nversion: 0.1.0\n"),
        ("/w/demo/templates/definition.yaml", &*definition),
        ("/w/demo/templates/scripts.yaml", SCRIPTS),
        ("/w/demo/templates/more.yaml", more),
    ]
    .into_iter()
    .map(|(path, text)| (path.into(), text.to_owned()))
    .collect();
    let world = memory_host(&files).world();
    let found = rules::check(&world);
    let found = found.iter().filter(|finding| finding.severity >= Severity::Warning);
    let found = found.map(|finding| {
        let source = world.source(finding.span.file).unwrap();
        format!("{}: {}", finding.rule, finding.span.range.of(&source.text))
    });
    let orders = world.charts.values().flat_map(|chart| order::of_chart(chart)).map(|order| order.to_string());
    (found.collect(), orders.collect())
}

const USE: &str = "args: ['--store=$(STORE)']";

#[test]
fn no_wait() {
    for main in [
        USE,
        "args: ['--store=$(STORE_URL)']",
        "env: [{name: A, value: x}, {name: STORE_AT, value: '$(STORE)'}]",
        "command: [sh, -c, 'exec query --store=$STORE']",
        "command: [/scripts/render.sh, '$(STORE)']",
        // A loop, but not about the store.
        "command: [sh, -c, 'until nc -z localhost 4000; do sleep 1; done; exec query $STORE']",
    ] {
        let (found, order) = told("", "", main, "");
        assert_eq!(found.len(), 1, "{main}: {found:?}");
        assert!(found[0].starts_with("missing-wait: $"), "{main}: {found:?}");
        assert_eq!(order, ["store > query"], "{main}");
    }
}

/// A port alone is no address; with one, the first of both is reported.
#[test]
fn fields_of_others() {
    assert_eq!(told("", "", "args: ['--port=$(STORE_PORT)']", ""), (vec![], vec!["store > query".to_owned()]));
    let main = "args: ['--port=$(STORE_PORT)', '--store=$(STORE)']";
    assert_eq!(told("", "", main, "").0, ["missing-wait: $(STORE_PORT)"]);
}

/// The first use in the file is reported, whatever field it stands in.
#[test]
fn the_first_use() {
    let main = "env: [{name: A, value: '$(STORE)-headless'}], args: ['--store=$(STORE_URL)']";
    assert_eq!(told("", "", main, "").0, ["missing-wait: $(STORE)"]);
    let main = "args: ['--store=$(STORE_URL)'], env: [{name: A, value: '$(STORE)-headless'}]";
    assert_eq!(told("", "", main, "").0, ["missing-wait: $(STORE_URL)"]);
}

#[test]
fn nothing_is_needed_at_start() {
    for main in ["args: [--help]", "lifecycle: {preStop: {exec: {command: [sh, -c, 'curl $STORE/leave']}}}"] {
        assert_eq!(told("", "", main, ""), (vec![], vec![String::new()]), "{main}");
    }
    // The container's own variable hides the reference's.
    let main = "env: [{name: STORE, value: elsewhere}], args: ['--store=$(STORE)']";
    assert_eq!(told("", "", main, ""), (vec![], vec![String::new()]));
}

#[test]
fn init_containers_that_wait() {
    for init in [
        "command: [sh, -c, 'until nslookup ${STORE}-headless.${KB_NAMESPACE}.svc; do sleep 1; done']",
        "command: [sh, -c, 'while ! nc -z $(STORE) 2379; do sleep 1; done']",
        "command: [sh, -c, 'until curl -f http://$STORE:2379/health; do sleep 1; done']",
        "command: [sh, -c], args: ['until nc -z ${STORE} 2379; do sleep 1; done']",
        "command: [sh, -c, 'until nslookup ${KB_CLUSTER_NAME}-store-headless; do sleep 1; done']",
        "command: [sh, -c, 'until nslookup ${KB_CLUSTER_NAME}-store-0.${KB_CLUSTER_NAME}-store-headless; do sleep 1; done']",
        "command: [sh, -c, 'until mysql -h${KB_CLUSTER_NAME}-store -e x; do sleep 1; done']",
        "command: [sh, -c, 'until curl $(STORE_URL); do sleep 1; done']",
        "command: [sh, -c, 'H=${STORE}-headless; until nslookup $H; do sleep 1; done']",
        "command: [sh, -c, 'until nslookup ${H:-$STORE-headless}; do sleep 1; done']",
        "env: [{name: H, value: '$(STORE)-headless'}], command: [sh, -c, 'until nslookup $H; do sleep 1; done']",
        "env: [{name: A, value: '$(STORE)'}, {name: B, value: 'tcp://$(A):2379'}], command: [sh, -c, 'until curl $B; do :; done']",
        "command: [nslookup, $(STORE)-headless]",
        "command: [sh, -c, 'nc -z $(STORE) 2379']",
        "command: [sh, -c, 'for i in $(seq 60); do if nc -z $STORE 2379; then exit 0; fi; sleep 1; done; exit 1']",
        "command: [sh, -c, 'while true; do nc -z $STORE 2379 && break; sleep 1; done']",
        "command: [sh, -c, 'until [ \"$(curl -s $STORE:2379)\" = ok ]; do sleep 1; done']",
        "command: [sh, -c, 'w() { until nc -z $1 $2; do sleep 1; done; }; w $STORE 2379']",
        "command: [sh, -c, 'set -o pipefail; until curl $STORE:2379 | tee log; do sleep 1; done']",
        "command: [sh, -c, 'until [ -f /x ]; do sleep 1; done; until_up $STORE']",
        "command: [/scripts/wait.sh, $(STORE), '2379']",
        "command: [/scripts/unknown.sh]",
        "command: [/tools/wait, $(STORE)]",
        "command: [sh, -c, /tools/wait.sh]",
        "command: [python3, -c, 'import os; wait(os.environ[\"STORE\"])']",
        "command: [sh, -c, 'until nslookup a-store-headless; do sleep 1; done']",
    ] {
        assert_eq!(told("", init, USE, ""), (vec![], vec!["store > query".to_owned()]), "{init}");
    }
}

#[test]
fn main_containers_that_wait() {
    for main in [
        "command: [sh, -c, 'until nc -z $STORE 2379; do sleep 1; done; exec query --store=$STORE']",
        "env: [{name: H, value: '$(STORE)'}], command: [sh, -c, 'until nc -z $H 2379; do sleep 1; done; exec query']",
        "command: [sh, -c, 'w() { until nc -z $1 2379; do sleep 1; done; }; w $STORE; exec query']",
        "args: ['$(STORE)'], lifecycle: {postStart: {exec: {command: [sh, -c, 'until nc -z $STORE 2379; do :; done']}}}",
        "command: [/scripts/wait.sh, $(STORE), '2379']",
        "command: [sh, -c, '/scripts/unknown.sh $(STORE)']",
        "command: [/docker/entry.sh], env: [{name: A, value: '$(STORE)'}]",
    ] {
        assert_eq!(told("", "", main, "").0, Vec::<String>::new(), "{main}");
    }
}

/// A ClusterVersion may bring the init container that waits.
#[test]
fn versions_that_wait() {
    let version = "\
apiVersion: apps.kubeblocks.io/v1alpha1
kind: ClusterVersion
metadata:
  name: demo-1
spec:
  clusterDefinitionRef: demo
  componentVersions:
    - componentDefRef: query
      versionsContext:
        containers: []
        initContainers:
          - {name: wait, image: example/wait, command: [sh, -c, 'until nc -z $STORE 2379; do sleep 1; done']}
";
    assert_eq!(told("", "", USE, version).0, Vec::<String>::new());
}

#[test]
fn waits_that_end_at_once() {
    for (init, at) in [
        ("until nslookup $STORE.$KB_NAMESPACE.svc; do sleep 1; done", "nslookup $STORE.$KB_NAMESPACE.svc"),
        ("until timeout 5 getent hosts ${STORE}; do sleep 1; done", "timeout 5 getent hosts ${STORE}"),
        ("until nslookup ${KB_CLUSTER_NAME}-store; do sleep 1; done", "nslookup ${KB_CLUSTER_NAME}-store"),
        ("while :; do nslookup $STORE && break; done", "nslookup $STORE && break"),
        ("H=$STORE; until nslookup $H.svc; do sleep 1; done", "nslookup $H.svc"),
        ("until nc -z $STORE 2379 || true; do sleep 1; done", "nc -z $STORE 2379 || true"),
        ("until nc -z $STORE 2379 || echo waiting; do sleep 1; done", "nc -z $STORE 2379 || echo waiting"),
        ("until curl $STORE:2379 | tee log; do sleep 1; done", "curl $STORE:2379 | tee log"),
    ] {
        let (found, _) = told("", &format!("command: [sh, -c, '{init}']"), USE, "");
        assert_eq!(found, [format!("never-waits: {at}")], "{init}");
    }
    for init in [
        // One of two names does not resolve before there is a pod.
        "until nslookup $STORE && nslookup $STORE-headless; do sleep 1; done",
        "until nslookup $STORE && nslookup example.org; do sleep 1; done",
        "until nslookup $STORE && nc -z $STORE 2379; do sleep 1; done",
        "while nslookup $STORE; do sleep 1; done",
        "nslookup $STORE",
    ] {
        let (found, _) = told("", &format!("command: [sh, -c, '{init}']"), USE, "");
        assert_eq!(found, Vec::<String>::new(), "{init}");
    }
}

#[test]
fn hosts_and_ports_that_nobody_has() {
    for (init, at) in [
        ("until nslookup ${STORE}-store-headless; do sleep 1; done", "${STORE}-store-headless"),
        ("until nslookup ${STORE}-headless-headless; do sleep 1; done", "${STORE}-headless-headless"),
        ("until nslookup ${STORE_PODS}-headless; do sleep 1; done", "${STORE_PODS}-headless"),
        ("until nslookup ${KB_CLUSTER_NAME}-headless; do sleep 1; done", "${KB_CLUSTER_NAME}-headless"),
        (
            "until nslookup ${KB_CLUSTER_NAME}-store-headless-headless; do sleep 1; done",
            "${KB_CLUSTER_NAME}-store-headless-headless",
        ),
        ("until nslookup ${STORE}-headless.${KB_NAMESPACE}.svccluster.local; do sleep 1; done", ".svcc"),
        ("until nslookup ${STORE}-headless.${KB_NAMESPACE}.svc..cluster.local; do sleep 1; done", ".svc."),
        ("until nc -z ${STORE} 2380; do sleep 1; done", "2380"),
        ("until curl http://${STORE}.${KB_NAMESPACE}.svc:80/x; do sleep 1; done", "80"),
    ] {
        let (found, _) = told("", &format!("command: [sh, -c, '{init}']"), USE, "");
        assert_eq!(found, [format!("wrong-wait-target: {at}")], "{init}");
    }
    for init in [
        // A Cluster may have a component `store-extra`, and a service `store-extra`.
        "until nslookup ${KB_CLUSTER_NAME}-store-extra-headless; do sleep 1; done",
        "until nslookup ${STORE}-extra-headless; do sleep 1; done",
        "until nc -z ${STORE}-extra 99; do sleep 1; done",
        // A pod listens on what it likes.
        "until nc -z ${STORE}-headless 99; do sleep 1; done",
        "until nc -z ${STORE} $PORT; do sleep 1; done",
        "until nslookup ${STORE}-headless.${KB_NAMESPACE}.svc$DOMAIN; do sleep 1; done",
    ] {
        let (found, _) = told("", &format!("command: [sh, -c, '{init}']"), USE, "");
        assert_eq!(found, Vec::<String>::new(), "{init}");
    }
}

#[test]
fn circles() {
    let wait = |variable: &str| format!("command: [sh, -c, 'until nslookup ${variable}-headless; do sleep 1; done']");
    let (found, order) = told(&wait("QUERY"), &wait("STORE"), USE, "");
    assert_eq!(found, ["order-cycle: $QUERY-headless"]);
    assert_eq!(order, ["no order: components wait for each other"]);
    // A program that is told about the other one need not wait for it; and whoever waits is not waited for.
    for (store, query) in [
        ("command: [/render], args: ['$(QUERY)']".to_owned(), "command: [/render], args: ['$(STORE)']".to_owned()),
        (wait("QUERY"), "command: [/render], args: ['$(STORE)']".to_owned()),
    ] {
        let (found, _) = told(&store, &query, USE, "");
        assert_eq!(found, Vec::<String>::new(), "{store} {query}");
    }
    let (found, order) = told(&wait("QUERY"), "", USE, "");
    assert_eq!((found, order), (vec![], vec!["query > store".to_owned()]));
}
