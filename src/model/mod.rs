//! Kubernetes and KubeBlocks objects: views over trees, the index of who defines and who refers, the start order.

pub mod index;
pub mod object;
pub mod volumes;
