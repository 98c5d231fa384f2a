//! `.Capabilities`: what Helm 3.17 knows of a cluster that it does not ask.

use std::any::Any;

use crate::template::funcs::{Param, semver};
use crate::template::value::{List, Object, STRING_LIST, Value};

/// The group versions of Helm's built-in set, in its order (client-go 0.32).
const API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "autoscaling/v2beta1",
    "autoscaling/v2beta2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1alpha1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha1",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1alpha1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// `.Capabilities.HelmVersion` of Helm 3.17.2.
const HELM_VERSION: &[(&str, &str)] = &[
    ("Version", "v3.17.2"),
    ("GitCommit", "cc0bbbd6d6276b83880042c1ecb34087e84d41eb"),
    ("GitTreeState", "clean"),
    ("GoVersion", "go1.23.7"),
];

/// `*chartutil.Capabilities`.
#[derive(Debug)]
pub(super) struct Capabilities {
    kube: KubeVersion,
    versions: Vec<String>,
}

impl Capabilities {
    /// `kube_version` as `--kube-version` takes it, `more` as `--api-versions`.
    ///
    /// # Errors
    /// Helm's words for what is no version.
    pub(super) fn new(kube_version: &str, more: &[String]) -> Result<Self, String> {
        let version = semver::parse_version(kube_version)
            .map_err(|error| format!("invalid kube version '{kube_version}': {error}"))?;
        let kube = KubeVersion {
            version: format!("v{version}"),
            major: version.major.to_string(),
            minor: version.minor.to_string(),
        };
        let more = more.iter().flat_map(|more| more.split(','));
        Ok(Self { kube, versions: API_VERSIONS.iter().copied().chain(more).map(str::to_owned).collect() })
    }

    /// `v1.29.0`.
    pub(super) fn kube_version(&self) -> &str {
        &self.kube.version
    }
}

impl Object for Capabilities {
    fn type_name(&self) -> &'static str {
        "*chartutil.Capabilities"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(Value::object(self.kube.clone())),
            "APIVersions" => Some(Value::object(VersionSet(self.versions.clone()))),
            "HelmVersion" => Some(Value::object(HelmVersion)),
            _ => None,
        }
    }

    fn method(&self, _name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        None
    }

    fn display(&self) -> String {
        format!("&{{{} [{}] {}}}", self.kube.version, self.versions.join(" "), HelmVersion.display())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `chartutil.KubeVersion`.
#[derive(Clone, Debug)]
struct KubeVersion {
    version: String,
    major: String,
    minor: String,
}

impl Object for KubeVersion {
    fn type_name(&self) -> &'static str {
        "chartutil.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::str(self.version.as_str())),
            "Major" => Some(Value::str(self.major.as_str())),
            "Minor" => Some(Value::str(self.minor.as_str())),
            _ => None,
        }
    }

    fn method(&self, name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        matches!(name, "String" | "GitVersion").then(|| Ok(Value::str(self.version.as_str())))
    }

    fn display(&self) -> String {
        self.version.clone()
    }

    fn as_map(&self) -> Option<crate::template::value::Map> {
        let fields = [("Version", &self.version), ("Major", &self.major), ("Minor", &self.minor)];
        let entries = fields.into_iter().map(|(name, text)| (name.into(), Value::str(text.as_str())));
        Some(crate::template::value::Map::new(entries.collect()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `chartutil.VersionSet`: a slice of strings with a method.
#[derive(Debug)]
struct VersionSet(Vec<String>);

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        "chartutil.VersionSet"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let wanted = args.first().and_then(Value::as_str).unwrap_or_default();
        (name == "Has").then(|| Ok(Value::bool(self.0.iter().any(|version| version == wanted))))
    }

    fn params(&self, _method: &str) -> Option<&'static [Param]> {
        Some(&[Param::Str])
    }

    fn display(&self) -> String {
        format!("[{}]", self.0.join(" "))
    }

    fn as_list(&self) -> Option<List> {
        let items = self.0.iter().map(|version| Value::str(version.as_str())).collect();
        Some(List { items: std::rc::Rc::new(items), type_name: STRING_LIST })
    }

    fn kind(&self) -> &'static str {
        "slice"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `version.BuildInfo`.
#[derive(Debug)]
struct HelmVersion;

impl Object for HelmVersion {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn field(&self, name: &str) -> Option<Value> {
        HELM_VERSION.iter().find(|(field, _)| *field == name).map(|(_, text)| Value::str(*text))
    }

    fn method(&self, _name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        None
    }

    fn display(&self) -> String {
        let texts: Vec<_> = HELM_VERSION.iter().map(|(_, text)| *text).collect();
        format!("{{{}}}", texts.join(" "))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
