//! Schemas of KubeBlocks and Kubernetes objects, for every release.

pub mod cel;
pub mod formats;
pub mod release;
