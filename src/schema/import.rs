//! CRDs as upstream publishes them → the files of one release under `schemas/kubeblocks/`.
//!
//! What is taken over is structure: the words an author reads are our own (`schemas/docs.yaml`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Arena, Kind, Version};
use super::read::{Reader, flag};
use super::{value, write};

/// Reads the text of CRD files and says what files of ours they become: name and text, in order of the names.
///
/// # Errors
/// What is wrong in which file.
pub fn import<'a>(crds: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<BTreeMap<String, String>, String> {
    let mut arena = Arena::default();
    let mut reader = Reader::new(&mut arena, &Value::Null)?;
    let mut kinds = Vec::new();
    for (name, text) in crds {
        let documents = value::documents(text).map_err(|error| format!("{name}: {error}"))?;
        for document in documents.iter().filter(|document| document["kind"] == "CustomResourceDefinition") {
            kinds.push(kind(&mut reader, &document["spec"]).map_err(|error| format!("{name}: {error}"))?);
        }
    }
    Ok(write::files(&arena.into_nodes(), &kinds))
}

/// The `spec` of a CRD.
fn kind(reader: &mut Reader<'_>, spec: &Value) -> Result<Kind, String> {
    let names = spec["names"].as_object().ok_or("no names")?;
    let mut versions = Vec::new();
    for version in spec["versions"].as_array().ok_or("no versions")? {
        let map = version.as_object().ok_or("a version is no mapping")?;
        let name = reader.text(map, "name")?.ok_or("a version has no name")?;
        let schema = &version["schema"]["openAPIV3Schema"];
        let schema = flag(map, "served")?.then(|| reader.schema(schema)).transpose();
        versions.push(Version {
            schema: schema.map_err(|error| format!("{name}.{error}"))?,
            name,
            storage: flag(map, "storage")?,
            deprecated: flag(map, "deprecated")?,
            deprecation_warning: reader.text(map, "deprecationWarning")?,
            status: version["subresources"]["status"].is_object(),
        });
    }
    versions.sort_by_key(|version| !version.storage);
    Ok(Kind {
        group: reader.arena.text(spec["group"].as_str().ok_or("no group")?),
        kind: reader.text(names, "kind")?.ok_or("no kind")?,
        plural: reader.text(names, "plural")?.ok_or("no plural")?,
        short_names: reader.texts(names, "shortNames")?,
        namespaced: spec["scope"] == "Namespaced",
        versions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schemas;
    use crate::schema::release::Release;

    const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tides.apps.kubeblocks.io}
spec:
  group: apps.kubeblocks.io
  names: {kind: Tide, listKind: TideList, plural: tides, singular: tide, shortNames: [ti]}
  scope: Namespaced
  versions:
  - name: v1alpha1
    served: false
    storage: false
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        description: High and low.
        type: object
        properties:
          spec:
            type: object
            required: [z, a]
            properties:
              z: &pods
                type: object
                properties:
                  description: {type: string, description: \"Words.\\n\\nDeprecated since v0.9, use words.\"}
                  size: {anyOf: [{type: integer}, {type: string}], x-kubernetes-int-or-string: true, maxLength: 1024}
                  odd: {type: string, default: 'no', enum: ['no', '0x1', \"it's\", \"a\\nb\", ' x', ''], pattern: '^[a: #]$'}
              a: *pods
";

    #[test]
    fn what_is_imported_reads_back_the_same() {
        let files = import([("tides.yaml", CRD)]).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["apps.kubeblocks.io_tides.yaml", "shared.yaml"]);
        let kind = &files["apps.kubeblocks.io_tides.yaml"];
        assert!(kind.contains("a: {$ref: a}\n") && kind.contains("z: {$ref: a}\n"), "{kind}");
        let texts: Vec<_> = files.iter().map(|(name, text)| ("1.0", name.as_str(), text.as_str())).collect();
        let schemas = Schemas::read(&texts).unwrap();
        let kind = &schemas.kinds(Release::V1_0)[0];
        assert_eq!(
            kind.versions.iter().map(|v| (&*v.name, v.storage, v.status)).collect::<Vec<_>>(),
            [("v1", true, true), ("v1alpha1", false, false)]
        );
        assert_eq!(kind.versions[1].schema, None);
        let again = write::files(schemas.nodes(), schemas.kinds(Release::V1_0));
        assert_eq!(again, files);
        let spec = schemas.get(Release::V1_0, "apps.kubeblocks.io/v1", "Tide").unwrap().property("spec").unwrap();
        let z = spec.property("z").unwrap();
        let description = z.property("description").unwrap();
        assert_eq!(description.deprecated, Some(crate::schema::Deprecated::Since("0.9".into())));
        assert_eq!(z.property("size").unwrap().max_length, Some(1024));
        let odd = z.property("odd").unwrap();
        assert_eq!(odd.allowed, ["no", "0x1", "it's", "a\nb", " x", ""].map(Value::from));
        assert_eq!(odd.default.as_deref(), Some(&"no".into()));
        assert_eq!(odd.pattern.as_deref(), Some("^[a: #]$"));
    }

    #[test]
    fn what_is_no_crd_is_refused() {
        for (text, error) in [
            ("{kind: CustomResourceDefinition}", "a.yaml: no names"),
            ("{kind: CustomResourceDefinition, spec: {names: {}}}", "a.yaml: no versions"),
            ("a: {", "a.yaml: line 1"),
        ] {
            let found = import([("a.yaml", text)]).unwrap_err();
            assert!(found.starts_with(error), "{found}");
        }
        assert!(import([("a.yaml", "kind: List\n")]).unwrap().is_empty());
    }
}
