//! `kustomization.yaml`: every manifest of the folder, in apply order.

/// The name of the file.
pub(super) const FILE: &str = "kustomization.yaml";

/// Returns the content of the file. Paths consist of names, and need no quotes.
pub(super) fn write(cluster: &str, resources: &[&str]) -> String {
    let mut out = format!(
        "# Every manifest of cluster {cluster}, in the order of application. Files in helm/ and patches/ are applied with\n\
         # other commands: see their first lines.\n\
         apiVersion: kustomize.config.k8s.io/v1beta1\n\
         kind: Kustomization\n\
         sortOptions:\n  order: fifo\n"
    );
    out.push_str(if resources.is_empty() { "resources: []\n" } else { "resources:\n" });
    for path in resources {
        out.push_str("- ");
        out.push_str(path);
        out.push('\n');
    }
    out
}
