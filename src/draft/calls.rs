//! Servers that a setting names: `http://api.shop.svc:8080/x`, `db:5432`, `KAFKA_HOST=kafka.kafka`.

use std::net::Ipv4Addr;

/// The suffix of names of Services in the DNS of a cluster, without the domain of the cluster, which may differ.
const SERVICE: &str = "svc";

/// A host, and the port if there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    /// The host and the port, as written.
    pub(super) written: String,
    /// The Service that the host may be; `None`: an address, or a host outside of the cluster.
    pub(super) service: Option<ServiceName>,
    /// The port to which the client connects.
    pub(super) port: Option<u16>,
}

/// A name of a Service in the DNS of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ServiceName {
    /// Name of the Service.
    pub(super) name: String,
    /// Its namespace; `None`: the namespace of the client.
    pub(super) namespace: Option<String>,
}

/// Returns the hosts of a text, in order. A bare word counts only if it has a port or a scheme, or if `is_host` says
/// that the whole text is a host.
pub(super) fn calls(text: &str, is_host: bool) -> Vec<Call> {
    let is_part = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "-.:".contains(it);
    let (mut calls, mut at) = (Vec::new(), 0);
    for piece in text.split_inclusive(|it| !is_part(it)) {
        let before = text.get(..at).unwrap_or("");
        at += piece.len();
        let word = piece.trim_end_matches(|it| !is_part(it));
        let authority = before.rsplit("//").next().filter(|_| before.contains("://"));
        let has_scheme = authority.is_some_and(|it| it.is_empty() || it.ends_with('@'));
        let word = word.trim_matches([':', '.', '-']);
        calls.extend(call(word, has_scheme || is_host && word == text));
    }
    calls
}

fn call(word: &str, is_host: bool) -> Option<Call> {
    let (host, port) = match word.split_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok().filter(|it| *it > 0)?)),
        None => (word, None),
    };
    let is_explicit = is_host || port.is_some();
    let call = |service| Some(Call { written: word.to_owned(), service, port });
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        let is_other = !address.is_unspecified() && !address.is_loopback();
        return if is_explicit && is_other { call(None) } else { None };
    }
    let mut labels = host.split('.');
    let name = labels.next().filter(|it| it.starts_with(|it: char| it.is_ascii_lowercase()))?;
    let namespace = labels.next().filter(|it| !it.is_empty());
    let is_service = match labels.next() {
        Some(word) => word == SERVICE,
        None => is_explicit,
    };
    if is_service && host != "localhost" {
        let (name, namespace) = (name.to_owned(), namespace.map(str::to_owned));
        return call(Some(ServiceName { name, namespace }));
    }
    if is_explicit && namespace.is_some() { call(None) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_settings() {
        for (setting, is_host, found) in [
            ("http://api.shop.svc:8080/x", false, &["shop/api:8080"][..]),
            ("api.shop.svc.cluster.local", false, &["shop/api"]),
            ("db:5432", false, &["db:5432"]),
            ("postgresql://user:secret@db/mlflow", false, &["db"]),
            ("--brokers=kafka-0.kafka:9092,b:9093", false, &["kafka/kafka-0:9092", "b:9093"]),
            ("db", true, &["db"]),
            ("db", false, &[]),
            ("0.0.0.0:8080 :9090 1.2.3", false, &[]),
            ("db:0 db:70000 www.example.org localhost:80", false, &[]),
            (
                "https://api.example.com 192.0.2.9:5432",
                false,
                &["api.example.com", "192.0.2.9:5432"],
            ),
        ] {
            let text = |it: Call| {
                let Some(ServiceName { name, namespace }) = it.service else { return it.written };
                let namespace = namespace.map_or_else(String::new, |it| format!("{it}/"));
                let port = it.port.map_or_else(String::new, |it| format!(":{it}"));
                format!("{namespace}{name}{port}")
            };
            let calls: Vec<String> = calls(setting, is_host).into_iter().map(text).collect();
            assert_eq!(calls, found, "{setting}");
        }
    }
}
