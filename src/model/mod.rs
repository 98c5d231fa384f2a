//! Kubernetes and KubeBlocks objects: views over trees, the index of who defines and who refers, the start order.

pub mod admission;
pub mod admit;
pub mod backup;
pub mod builtins;
pub mod cluster;
pub mod definition;
pub mod fields;
pub mod hosts;
pub mod index;
pub mod legacy;
pub mod lists;
pub mod object;
pub mod operator;
pub mod order;
pub mod parts;
pub mod pattern;
pub mod ports;
pub mod resolve;
pub mod scripts;
pub mod shell;
pub mod sites;
pub mod uses;
pub mod vars;
pub mod versions;
pub mod volumes;
