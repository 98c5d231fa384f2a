//! The only integration test binary.

#[test]
fn version_is_set() {
    assert!(!env!("CARGO_PKG_VERSION").is_empty());
}
