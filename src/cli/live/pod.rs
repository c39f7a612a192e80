//! Access of a pod to its own cluster: the service account that Kubernetes mounts into every pod.

use std::net::Ipv6Addr;
use std::path::Path;

use super::kubeconfig::{Access, Cluster, User};

/// Folder of the service account's files in a container.
pub(super) const FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Returns the access that a pod has; `None` outside of a pod, or if the service account is not mounted.
pub(super) fn access(folder: &Path, variable: impl Fn(&str) -> Option<String>) -> Option<Access> {
    let host = variable("KUBERNETES_SERVICE_HOST")?;
    let port: u16 = variable("KUBERNETES_SERVICE_PORT")?.parse().ok()?;
    let host = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host };
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let is_mounted = folder.join("ca.crt").is_file();
    is_mounted.then(|| Access {
        name: "the cluster around this pod".to_owned(),
        cluster: Cluster::at(format!("https://{host}{port}"), path("ca.crt")),
        user: User::with_token(path("token")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the files of a service account")]
    fn a_pod_reaches_its_own_cluster() {
        let folder = std::env::temp_dir().join(format!("mlnetc-pod-{}", std::process::id()));
        let at = |host: &'static str, port: &'static str| {
            move |name: &str| match name {
                "KUBERNETES_SERVICE_HOST" => Some(host.to_owned()),
                "KUBERNETES_SERVICE_PORT" => Some(port.to_owned()),
                _ => None,
            }
        };
        assert!(access(&folder, at("10.43.0.1", "443")).is_none(), "no service account");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("ca.crt"), "pem").expect("a file");
        let server = |host, port| {
            let access = access(&folder, at(host, port))?;
            let token = access.user.token_file?;
            assert!(token.ends_with("/token"), "{token}");
            assert_eq!(access.cluster.authority().ok()??, b"pem");
            access.cluster.server
        };
        assert_eq!(server("10.43.0.1", "443").as_deref(), Some("https://10.43.0.1"));
        assert_eq!(server("2001:db8::1", "6443").as_deref(), Some("https://[2001:db8::1]:6443"));
        assert_eq!(server("kubernetes", "many"), None);
        assert!(access(&folder, |_| None).is_none(), "no pod");
        std::fs::remove_dir_all(&folder).expect("the folder");
    }
}
