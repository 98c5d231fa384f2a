//! The OpenAPI definitions of Kubernetes → the files under `schemas/kubernetes/`.
//!
//! What is taken over must hold for kinds that no CRD defines, whose checks are code: unknown fields, JSON types and
//! most required fields. List types only steer merging there, so they are left out.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::node::{Arena, Kind, Version};
use super::read::Reader;
use super::write;

/// A kind that charts hold: group, plural, kind, short name, namespaced, versions.
type Row = (&'static str, &'static str, &'static str, &'static str, bool, &'static [&'static str]);

const KINDS: [Row; 36] = [
    ("", "configmaps", "ConfigMap", "cm", true, &["v1"]),
    ("", "endpoints", "Endpoints", "ep", true, &["v1"]),
    ("", "limitranges", "LimitRange", "limits", true, &["v1"]),
    ("", "namespaces", "Namespace", "ns", false, &["v1"]),
    ("", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", true, &["v1"]),
    ("", "persistentvolumes", "PersistentVolume", "pv", false, &["v1"]),
    ("", "pods", "Pod", "po", true, &["v1"]),
    ("", "podtemplates", "PodTemplate", "", true, &["v1"]),
    ("", "replicationcontrollers", "ReplicationController", "rc", true, &["v1"]),
    ("", "resourcequotas", "ResourceQuota", "quota", true, &["v1"]),
    ("", "secrets", "Secret", "", true, &["v1"]),
    ("", "serviceaccounts", "ServiceAccount", "sa", true, &["v1"]),
    ("", "services", "Service", "svc", true, &["v1"]),
    (
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        "",
        false,
        &["v1"],
    ),
    (
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        "",
        false,
        &["v1"],
    ),
    ("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", "crd", false, &["v1"]),
    ("apiregistration.k8s.io", "apiservices", "APIService", "", false, &["v1"]),
    ("apps", "daemonsets", "DaemonSet", "ds", true, &["v1"]),
    ("apps", "deployments", "Deployment", "deploy", true, &["v1"]),
    ("apps", "replicasets", "ReplicaSet", "rs", true, &["v1"]),
    ("apps", "statefulsets", "StatefulSet", "sts", true, &["v1"]),
    ("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", true, &["v2", "v1"]),
    ("batch", "cronjobs", "CronJob", "cj", true, &["v1"]),
    ("batch", "jobs", "Job", "", true, &["v1"]),
    ("coordination.k8s.io", "leases", "Lease", "", true, &["v1"]),
    ("networking.k8s.io", "ingressclasses", "IngressClass", "", false, &["v1"]),
    ("networking.k8s.io", "ingresses", "Ingress", "ing", true, &["v1"]),
    ("networking.k8s.io", "networkpolicies", "NetworkPolicy", "netpol", true, &["v1"]),
    ("policy", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", true, &["v1"]),
    ("rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding", "", false, &["v1"]),
    ("rbac.authorization.k8s.io", "clusterroles", "ClusterRole", "", false, &["v1"]),
    ("rbac.authorization.k8s.io", "rolebindings", "RoleBinding", "", true, &["v1"]),
    ("rbac.authorization.k8s.io", "roles", "Role", "", true, &["v1"]),
    ("scheduling.k8s.io", "priorityclasses", "PriorityClass", "pc", false, &["v1"]),
    ("storage.k8s.io", "storageclasses", "StorageClass", "sc", false, &["v1"]),
    ("storage.k8s.io", "volumeattributesclasses", "VolumeAttributesClass", "vac", false, &["v1"]),
];

/// Fields that the definitions require and the API server does not: Go reads an absent one as 0, false or "", and its
/// validation lets that pass.
const NOT_REQUIRED: [(&str, &[&str]); 8] = [
    ("api.batch.v1.PodFailurePolicy", &["rules"]),
    ("api.core.v1.HTTPHeader", &["value"]),
    ("api.core.v1.ISCSIPersistentVolumeSource", &["lun"]),
    ("api.core.v1.ISCSIVolumeSource", &["lun"]),
    ("api.core.v1.LimitRangeSpec", &["limits"]),
    ("api.core.v1.SleepAction", &["seconds"]),
    ("api.core.v1.Sysctl", &["value"]),
    ("apis.apiextensions.v1.CustomResourceDefinitionVersion", &["served", "storage"]),
];

/// What the definitions of one Kubernetes release (a mapping, by name) become: file names and texts.
///
/// # Errors
/// A kind that is not there, or what is wrong in which definition.
pub fn import(definitions: &Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    let mut names = HashMap::new();
    let mut shared = Map::new();
    for (name, definition) in definitions {
        if let Some([id]) = definition["x-kubernetes-group-version-kind"].as_array().map(Vec::as_slice) {
            let part = |key: &str| id[key].as_str().unwrap_or_default();
            names.insert((part("group"), part("version"), part("kind")), name);
        }
        shared.insert(name.clone(), adapt(name, definition));
    }
    let mut arena = Arena::default();
    let mut reader = Reader::new(&mut arena, &Value::Object(shared))?;
    let mut kinds = Vec::new();
    for (group, plural, kind, short, namespaced, served) in KINDS {
        let mut versions = Vec::new();
        for (number, version) in served.iter().enumerate() {
            let name = names.get(&(group, *version, kind)).ok_or_else(|| format!("no {kind} in {group}/{version}"))?;
            versions.push(Version {
                name: reader.arena.text(version),
                schema: Some(reader.shared(name)?),
                storage: number == 0,
                deprecated: false,
                deprecation_warning: None,
                status: definitions[*name]["properties"].get("status").is_some(),
            });
        }
        kinds.push(Kind {
            group: reader.arena.text(group),
            kind: reader.arena.text(kind),
            plural: reader.arena.text(plural),
            short_names: Some(short)
                .filter(|short| !short.is_empty())
                .map(|short| reader.arena.text(short))
                .into_iter()
                .collect(),
            namespaced,
            versions,
        });
    }
    Ok(write::files(&arena.into_nodes(), &kinds))
}

/// A definition in the words of CRDs.
fn adapt(name: &str, definition: &Value) -> Value {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends(&[".intstr.IntOrString"]) {
        return json!({"x-kubernetes-int-or-string": true});
    }
    if ends(&[".resource.Quantity"]) {
        return json!({"anyOf": [{"type": "number"}, {"type": "string"}]});
    }
    // The schemas of other kinds, and values that may be anything.
    if ends(&[".JSON", ".JSONSchemaProps", ".JSONSchemaPropsOrArray", ".JSONSchemaPropsOrBool"]) {
        return json!({"x-kubernetes-preserve-unknown-fields": true});
    }
    let mut schema = schema(definition);
    let excused = NOT_REQUIRED.iter().find(|(end, _)| name.ends_with(end)).map_or(&[][..], |(_, fields)| fields);
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|field| !excused.iter().any(|excused| field == excused));
        if required.is_empty() {
            schema.remove("required");
        }
    }
    if definition.get("x-kubernetes-group-version-kind").is_some()
        && let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut)
    {
        // A status is the API server's: what a chart writes there is dropped unread.
        if let Some(status) = properties.get_mut("status") {
            *status = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        }
        for key in ["apiVersion", "kind"] {
            properties.insert(key.to_owned(), json!({"type": "string"}));
        }
    }
    Value::Object(schema)
}

fn schema(definition: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    for (key, value) in definition.as_object().into_iter().flatten() {
        let value = match key.as_str() {
            "$ref" => json!(value.as_str().and_then(|path| path.rsplit('/').next())),
            // Null is the same as nothing everywhere, so it needs no word.
            "type" => match value.as_array() {
                Some(types) => types.iter().find(|kind| *kind != "null").cloned().unwrap_or_default(),
                None => value.clone(),
            },
            "properties" => {
                let properties = value.as_object().into_iter().flatten();
                properties.map(|(name, value)| (name.clone(), Value::Object(schema(value)))).collect()
            }
            "items" => Value::Object(schema(value)),
            "additionalProperties" if value.is_object() => Value::Object(schema(value)),
            "description" | "required" | "format" | "enum" => value.clone(),
            _ => continue,
        };
        out.insert(key.clone(), value);
    }
    // Without fields of its own it holds whatever it is given.
    if out.get("type").is_some_and(|kind| kind == "object")
        && !out.contains_key("properties")
        && !out.contains_key("additionalProperties")
    {
        out.insert("x-kubernetes-preserve-unknown-fields".to_owned(), json!(true));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Type;
    use crate::schema::node::Node;

    /// The node that a definition becomes.
    fn node(name: &str, definition: Value) -> Node {
        let mut arena = Arena::default();
        let others = json!({"any.Other": {"type": "string"}});
        let id = Reader::new(&mut arena, &others).unwrap().schema(&adapt(name, &definition)).unwrap();
        arena.nodes()[id.0 as usize].clone()
    }

    #[test]
    fn definitions_become_schemas() {
        let header = node(
            "io.k8s.api.core.v1.HTTPHeader",
            json!({
                "type": ["object", "null"],
                "required": ["name", "value"],
                "x-kubernetes-patch-merge-key": "name",
                "properties": {"name": {"type": "string"}, "value": {"$ref": "#/$defs/any.Other"}},
            }),
        );
        assert_eq!(header.kind, Some(Type::Object));
        assert!(header.requires("name") && !header.requires("value") && header.property("value").is_some());
        let raw = node("io.k8s.apimachinery.pkg.runtime.RawExtension", json!({"type": "object"}));
        assert!(raw.preserve_unknown);
        assert!(node("io.k8s.apimachinery.pkg.util.intstr.IntOrString", json!({})).int_or_string);
        assert_eq!(node("io.k8s.apimachinery.pkg.api.resource.Quantity", json!({})).any_of.len(), 2);
    }

    #[test]
    fn a_kind_that_is_not_there_is_missed() {
        assert_eq!(import(&Map::new()).unwrap_err(), "no ConfigMap in /v1");
    }
}
