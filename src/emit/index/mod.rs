//! `index.json`: every object of a cluster's folder, and the places of the source that made each part of the
//! object. `docs/index-json.md` describes the format.

mod read;
mod write;

pub use read::{Header, Index, NotAnIndex, Row, SourcePlace, Step, header, written_files};
pub use write::with_project;
pub(super) use write::{Entry, hash, number, row, whole};

/// The format version that this mlnetc writes and reads.
pub const VERSION: u64 = 1;

/// The name of the file.
pub const FILE: &str = "index.json";

/// Whether mlnetc writes files at a path of a cluster's folder. Other paths in an `index.json` are never
/// trusted.
pub fn is_output_path(path: &str) -> bool {
    let is_name = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
    };
    if !path.split('/').all(is_name) {
        return false;
    }
    match path.split_once('/') {
        None => matches!(path, FILE | "kustomization.yaml"),
        Some((folder, rest)) => {
            matches!(folder, "calico" | "metallb" | "platform" | "tenants" | "helm" | "patches")
                && rest.strip_suffix(".yaml").is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_that_mlnetc_writes_are_its_own() {
        for path in
            ["index.json", "kustomization.yaml", "tenants/a/policies.yaml", "helm/a.b.values.yaml"]
        {
            assert!(is_output_path(path), "{path}");
        }
        let others = "../x /etc/passwd helm/../../x.yaml helm//x.yaml helm/.x.yaml notes.yaml src/x.yaml helm/x.txt \
                      helm\\x.yaml helm . .. kustomization.yaml/x.yaml C:/x.yaml";
        for path in others.split(' ').chain(["", "helm/a b.yaml", "helm/a\0.yaml"]) {
            assert!(!is_output_path(path), "{path}");
        }
    }
}
