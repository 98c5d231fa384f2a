//! `.Capabilities`: what Helm knows of a cluster that it does not ask.

use std::any::Any;

use crate::template::HelmVersion;
use crate::template::fmt;
use crate::template::funcs::{Param, semver};
use crate::template::value::{List, Object, STRING_LIST, Value};

/// The group versions of Helm 3.17's built-in set, in its order (client-go 0.32).
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

/// What [`API_VERSIONS`] lost until Helm 4.1 (client-go 0.35).
const GONE: &[&str] = &["networking.k8s.io/v1alpha1", "storagemigration.k8s.io/v1alpha1"];

/// What came, each behind another one.
const CAME: &[(&str, &str)] = &[
    ("rbac.authorization.k8s.io/v1alpha1", "resource.k8s.io/v1"),
    ("resource.k8s.io/v1", "resource.k8s.io/v1beta2"),
    ("storage.k8s.io/v1alpha1", "storagemigration.k8s.io/v1beta1"),
];

/// What a cluster with KubeBlocks and its usual neighbours serves beside those; `helm template` does not know it, so
/// charts are checked with it and printed without.
pub const NEIGHBOURS: &[&str] = &[
    "apps.kubeblocks.io/v1",
    "apps.kubeblocks.io/v1alpha1",
    "apps.kubeblocks.io/v1beta1",
    "dataprotection.kubeblocks.io/v1alpha1",
    "extensions.kubeblocks.io/v1alpha1",
    "operations.kubeblocks.io/v1alpha1",
    "parameters.kubeblocks.io/v1alpha1",
    "workloads.kubeblocks.io/v1",
    "workloads.kubeblocks.io/v1alpha1",
    "policy/v1/PodDisruptionBudget",
    "snapshot.storage.k8s.io/v1",
    "monitoring.coreos.com/v1",
    "monitoring.coreos.com/v1/PodMonitor",
    "monitoring.coreos.com/v1/PrometheusRule",
    "monitoring.coreos.com/v1/ServiceMonitor",
    "cert-manager.io/v1",
    "cert-manager.io/v1/Certificate",
];

fn api_versions(version: HelmVersion) -> Vec<&'static str> {
    let mut all = API_VERSIONS.to_vec();
    if version == HelmVersion::V4 {
        for (before, new) in CAME {
            let at = all.iter().position(|known| known == before).map_or(all.len(), |at| at + 1);
            all.insert(at, new);
        }
        all.retain(|known| !GONE.contains(known));
    }
    all
}

/// `.Capabilities.HelmVersion` of Helm 4.1.4.
const HELM_4: &[(&str, &str)] = &[
    ("Version", "v4.1.4"),
    ("GitCommit", "05fa37973dc9e42b76e1d2883494c87174b6074f"),
    ("GitTreeState", "clean"),
    ("GoVersion", "go1.25.9"),
    ("KubeClientVersion", "v1.35"),
];

/// `.Capabilities.HelmVersion` of Helm 3.17.2.
const HELM_3: &[(&str, &str)] = &[
    ("Version", "v3.17.2"),
    ("GitCommit", "cc0bbbd6d6276b83880042c1ecb34087e84d41eb"),
    ("GitTreeState", "clean"),
    ("GoVersion", "go1.23.7"),
];

/// `*chartutil.Capabilities`.
#[derive(Debug)]
pub(super) struct Capabilities {
    helm: HelmVersion,
    kube: KubeVersion,
    versions: Vec<String>,
}

impl Capabilities {
    /// `kube_version` as `--kube-version` takes it, `more` as `--api-versions`.
    ///
    /// # Errors
    /// Helm's words for what is no version.
    pub(super) fn new(helm: HelmVersion, kube_version: Option<&str>, more: &[String]) -> Result<Self, String> {
        let given = kube_version.unwrap_or(match helm {
            HelmVersion::V3 => "v1.32.0",
            HelmVersion::V4 => "v1.35.0",
        });
        let kube = match helm {
            HelmVersion::V3 => KubeVersion::semantic(given),
            HelmVersion::V4 => KubeVersion::generic(given),
        };
        let kube = kube.map_err(|error| format!("invalid kube version '{given}': {error}"))?;
        let more = more.iter().flat_map(|more| more.split(','));
        let versions = api_versions(helm).into_iter().chain(more).map(str::to_owned).collect();
        Ok(Self { helm, kube, versions })
    }

    /// `v1.29.0`.
    pub(super) fn kube_version(&self) -> &str {
        &self.kube.printed
    }
}

impl Object for Capabilities {
    fn type_name(&self) -> &'static str {
        match self.helm {
            HelmVersion::V3 => "*chartutil.Capabilities",
            HelmVersion::V4 => "*common.Capabilities",
        }
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(Value::object(self.kube.clone())),
            "APIVersions" => Some(Value::object(VersionSet(self.helm, self.versions.clone()))),
            "HelmVersion" => Some(Value::object(BuildInfo(self.helm))),
            _ => None,
        }
    }

    fn display(&self) -> String {
        format!("&{{{} [{}] {}}}", self.kube.printed, self.versions.join(" "), BuildInfo(self.helm).display())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `chartutil.KubeVersion`.
#[derive(Clone, Debug)]
struct KubeVersion {
    helm: HelmVersion,
    version: String,
    /// What it prints as: in Helm 4 without what stands behind the numbers.
    printed: String,
    major: String,
    minor: String,
}

impl KubeVersion {
    /// `chartutil.ParseKubeVersion` of Helm 3.
    fn semantic(given: &str) -> Result<Self, String> {
        let version = semver::parse_version(given)?;
        let (major, minor) = (version.major.to_string(), version.minor.to_string());
        let version = format!("v{version}");
        Ok(Self { helm: HelmVersion::V3, printed: version.clone(), version, major, minor })
    }

    /// That of Helm 4: Kubernetes' `version.ParseGeneric`, which drops what stands behind the numbers.
    fn generic(given: &str) -> Result<Self, String> {
        let text = given.trim_start();
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let numbers: Vec<&str> = text.get(..end).unwrap_or_default().trim_end_matches('.').split('.').collect();
        if numbers.iter().any(|number| number.is_empty()) {
            return Err(format!("could not parse {} as version", fmt::quote(given)));
        }
        if numbers.len() == 1 {
            return Err(format!("illegal version string {}", fmt::quote(given)));
        }
        let number = |at: usize| numbers.get(at).copied().unwrap_or("0").to_owned();
        Ok(Self {
            helm: HelmVersion::V4,
            version: format!("v{text}"),
            printed: format!("v{}", numbers.join(".")),
            major: number(0),
            minor: number(1),
        })
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &'static str {
        match self.helm {
            HelmVersion::V3 => "chartutil.KubeVersion",
            HelmVersion::V4 => "common.KubeVersion",
        }
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
        match name {
            "String" => Some(Ok(Value::str(self.printed.as_str()))),
            "GitVersion" => Some(Ok(Value::str(self.version.as_str()))),
            _ => None,
        }
    }

    fn display(&self) -> String {
        self.printed.clone()
    }

    fn as_map(&self) -> Option<crate::template::value::Map> {
        let entries = self.json().unwrap_or_default().into_iter().map(|(name, text)| (name.into(), text));
        Some(crate::template::value::Map::new(entries.collect()))
    }

    fn json(&self) -> Option<Vec<(&'static str, Value)>> {
        let fields = [("Version", &self.version), ("Major", &self.major), ("Minor", &self.minor)];
        Some(fields.map(|(name, text)| (name, Value::str(text.as_str()))).into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `chartutil.VersionSet`: a slice of strings with a method.
#[derive(Debug)]
struct VersionSet(HelmVersion, Vec<String>);

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        match self.0 {
            HelmVersion::V3 => "chartutil.VersionSet",
            HelmVersion::V4 => "common.VersionSet",
        }
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let wanted = args.first().and_then(Value::as_str).unwrap_or_default();
        (name == "Has").then(|| Ok(Value::bool(self.1.iter().any(|version| version == wanted))))
    }

    fn params(&self, _method: &str) -> Option<&'static [Param]> {
        Some(&[Param::Str])
    }

    fn display(&self) -> String {
        format!("[{}]", self.1.join(" "))
    }

    fn as_list(&self) -> Option<List> {
        let items = self.1.iter().map(|version| Value::str(version.as_str())).collect();
        Some(List::new(std::rc::Rc::new(items), STRING_LIST))
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
struct BuildInfo(HelmVersion);

impl BuildInfo {
    fn fields(&self) -> &'static [(&'static str, &'static str)] {
        match self.0 {
            HelmVersion::V3 => HELM_3,
            HelmVersion::V4 => HELM_4,
        }
    }
}

impl Object for BuildInfo {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().iter().find(|(field, _)| *field == name).map(|(_, text)| Value::str(*text))
    }

    fn display(&self) -> String {
        let texts: Vec<_> = self.fields().iter().map(|(_, text)| *text).collect();
        format!("{{{}}}", texts.join(" "))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
