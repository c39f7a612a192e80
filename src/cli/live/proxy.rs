//! Proxies between this machine and an API server, by the rules of `kubectl`.
//!
//! `proxy-url` of the cluster always applies. Else `HTTPS_PROXY` or, for an address with `http`, `HTTP_PROXY` applies,
//! except for hosts that `NO_PROXY` lists and for this machine itself (`golang.org/x/net/http/httpproxy`).

use std::net::IpAddr;

use ipnet::IpNet;
use ureq::Proxy;
use ureq::http::Uri;

use super::kubeconfig::{Cluster, filled};
use super::trouble::Trouble;

/// Returns the proxy on the way to the server of a cluster.
pub(super) fn on_the_way(
    cluster: &Cluster,
    server: &Uri,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, Trouble> {
    let either = |upper: &str| {
        filled(variable(upper)).or_else(|| filled(variable(&upper.to_ascii_lowercase())))
    };
    let is_plain = server.scheme_str() == Some("http");
    let name = if is_plain { "HTTP_PROXY" } else { "HTTPS_PROXY" };
    let (address, origin) = match filled(cluster.proxy_url.clone()) {
        Some(address) => (address, "`proxy-url` of the cluster"),
        None => match either(name) {
            Some(address) if !is_direct(server, &either("NO_PROXY").unwrap_or_default()) => {
                (address, name)
            }
            _ => return Ok(None),
        },
    };
    // With a SOCKS address, the proxy receives the server's name, as from `kubectl`.
    let address = match address.strip_prefix("socks5://") {
        Some(rest) => format!("socks5h://{rest}"),
        None => address,
    };
    let proxy = Proxy::new(&address);
    // The address may contain a password.
    proxy.map(Some).map_err(|_| Trouble::Config(format!("{origin} is not the address of a proxy")))
}

/// Returns whether the environment variables do not apply to a server. `list`: the value of `NO_PROXY`.
fn is_direct(server: &Uri, list: &str) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|it| it.is_loopback()) {
        return true;
    }
    let own = if server.scheme_str() == Some("http") { 80 } else { 443 };
    let port = server.port_u16().unwrap_or(own);
    list.split(',').map(str::trim).filter(|it| !it.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let (Ok(network), Some(address)) = (entry.parse::<IpNet>(), address) {
            return network.contains(&address);
        }
        let (name, only) = match entry.rsplit_once(':') {
            Some((name, digits)) if !name.contains(':') || name.ends_with(']') => {
                (name, digits.parse::<u16>().ok())
            }
            _ => (entry, None),
        };
        if only.is_some_and(|it| it != port) {
            return false;
        }
        let name = name.trim_matches(['[', ']']).to_ascii_lowercase();
        if let (Ok(named), Some(address)) = (name.parse::<IpAddr>(), address) {
            return named == address;
        }
        // `.example.com` and `*.example.com` are the hosts below it, `example.com` is also the host itself.
        let name = name.trim_start_matches('*');
        match name.strip_prefix('.') {
            Some(_) => host.ends_with(name),
            None => host == name || host.ends_with(&format!(".{name}")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_without_a_proxy() {
        let direct = |server: &str, list: &str| is_direct(&server.parse().expect("a URL"), list);
        let lab = "https://api.lab.example:6443";
        for list in [
            "*",
            "lab.example",
            ".lab.example",
            "*.lab.example",
            "example",
            "x, API.lab.example",
            "api.lab.example:6443",
        ] {
            assert!(direct(lab, list), "{list}");
        }
        for list in ["", "ab.example", ".api.lab.example", "lab.example:443", "10.0.0.0/8"] {
            assert!(!direct(lab, list), "{list}");
        }
        assert!(!direct("https://lab.example", ".lab.example"));
        assert!(direct("https://lab.example", "lab.example:443"));
        assert!(direct("https://10.1.2.3", "10.0.0.0/8"));
        assert!(direct("https://[2001:db8::1]:6443", "2001:db8::1"));
        assert!(direct("https://[2001:db8::1]:6443", "2001:db8::/32"));
        assert!(!direct("https://10.1.2.3", "10.1.2.4,11.0.0.0/8"));
        for own in ["https://localhost:6443", "https://127.0.0.1:6443", "https://[::1]:6443"] {
            assert!(direct(own, ""), "{own}");
        }
    }

    #[test]
    fn the_cluster_names_the_first_proxy() {
        let variable = |name: &str| match name {
            "https_proxy" => Some("http://user:secret@proxy.example:3128".to_owned()),
            "HTTP_PROXY" => Some("plain.example".to_owned()),
            "NO_PROXY" => Some("lab.example".to_owned()),
            _ => None,
        };
        let of = |proxy_url: Option<&str>, server: &str| {
            let mut cluster = Cluster::default();
            cluster.proxy_url = proxy_url.map(str::to_owned);
            let server = server.parse().expect("a URL");
            let proxy = on_the_way(&cluster, &server, variable);
            proxy.map(|it| it.map(|it| it.uri().to_string()))
        };
        let is = |found: Result<Option<String>, Trouble>, wanted: Option<&str>| {
            assert_eq!(found.expect("an address").as_deref(), wanted);
        };
        is(of(None, "https://web.example"), Some("http://user:secret@proxy.example:3128/"));
        is(of(None, "http://web.example"), Some("http://plain.example/"));
        is(of(None, "https://api.lab.example"), None);
        is(of(Some(""), "https://api.lab.example"), None);
        let own = Some("socks5://bastion.example:1080");
        is(of(own, "https://api.lab.example"), Some("socks5h://bastion.example:1080/"));
        let Err(Trouble::Config(why)) = of(Some("ftp://secret@x"), "https://a.example") else {
            panic!("no proxy has this address");
        };
        assert_eq!(why, "`proxy-url` of the cluster is not the address of a proxy");
    }
}
