//! Pictures of charts.

use kubeblocks_ls::report::graph::Graph;

use crate::support::memory_host;

const CHART: &str = "apiVersion: v2\nname: demo\nversion: 0.1.0\n";
const TEMPLATE: &str = r#"apiVersion: apps.kubeblocks.io/v1
kind: ClusterDefinition
metadata: {name: demo}
spec:
  topologies:
    - name: "a&b"
      components:
        - {name: meta, compDef: meta-}
        - {name: data, compDef: data-1}
      orders:
        provision: [meta, data]
---
apiVersion: apps.kubeblocks.io/v1
kind: ComponentDefinition
metadata: {name: meta-1}
spec: {}
"#;

fn graph(template: &str) -> Graph {
    let files = [("/w/demo/Chart.yaml", CHART), ("/w/demo/templates/a.yaml", template)];
    let files = files.map(|(path, text)| (path.into(), text.to_owned()));
    let world = memory_host(&files.into()).world();
    Graph::of(&world, world.charts.values().map(|chart| &**chart))
}

#[test]
fn topologies_stages_and_references() {
    let graph = graph(TEMPLATE);
    let expected = r#"flowchart TD
  subgraph g0["demo: topology a&b"]
    n0(["meta<br/>(meta-)"])
    n1(["data<br/>(data-1)"])
  end
  n2["ClusterDefinition<br/>demo"]
  n3["ComponentDefinition<br/>meta-1"]
  n0 -->|then| n1
  n2 -.-> n3
"#;
    assert_eq!(graph.mermaid(), expected);
    let dot = graph.dot();
    assert!(
        dot.contains("n0 -> n1 [label=\"then\"];") && dot.contains("n2 -> n3 [label=\"\", style=dashed];"),
        "{dot}"
    );
    let svg = graph.svg();
    assert!(svg.contains("demo: topology a&amp;b") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert_eq!(svg.matches("<line ").count(), 2);
    // Below what it waits for.
    let row = |word: &str| {
        let before = &svg[..svg.find(word).unwrap()];
        let y = &before[before.rfind(" y=\"").unwrap() + 4..];
        y[..y.find('"').unwrap()].parse::<u32>().unwrap()
    };
    assert!(row(">data<") > row(">meta<"));
}

#[test]
fn circles_and_nothing_are_drawn_too() {
    let graph = graph(&TEMPLATE.replace("[meta, data]", "[meta, data, meta]"));
    assert_eq!(graph.svg().matches("<line ").count(), 3);
    assert!(Graph::default().is_empty() && Graph::default().svg().starts_with("<svg "));
}
