//! Schemas of KubeBlocks and Kubernetes objects, for every release.

pub mod release;
