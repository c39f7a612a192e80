//! Parser for questions: `CLIENT -> SERVER[:PORTS]`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::answer::Unclear;
use crate::policy::Labels;
use crate::scalar::{EVERY_PORT, PortRange, Protocol};

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The text of the question.
    pub text: String,
    /// The client.
    pub client: End,
    /// The server.
    pub server: End,
    /// Client and server as written.
    pub written: (String, String),
    /// The ports; `None`: the ports of the server.
    pub ports: Option<Ports>,
}

/// One end of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// `*`: every end, listed one by one.
    Each,
    /// An address or a network.
    Block(IpNet),
    /// `namespace/*`
    Namespace(String),
    /// `namespace/key=value,…`
    Labelled(String, Labels),
    /// `namespace/name`: the name of a workload, a pod or a Service.
    Within(String, String),
    /// A name in the source; in a snapshot, the name of a namespace, a workload or a Service.
    Name(String),
}

/// The ports of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports {
    /// The ports as written.
    pub text: String,
    /// The parsed ports.
    pub items: Vec<PortItem>,
}

/// A port of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortItem {
    /// Port numbers.
    Range(PortRange),
    /// The name of a port of the server.
    Name(String),
}

const SHAPE: &str = "a question is `CLIENT -> SERVER` or `CLIENT -> SERVER:PORT`";

/// Parses a question.
pub fn parse(text: &str) -> Result<Question, Unclear> {
    let parts: Vec<&str> = text.split("->").map(str::trim).collect();
    let &[client, server] = parts.as_slice() else {
        let message = if parts.len() < 2 { "has no `->`" } else { "has more than one `->`" };
        return Err(Unclear::new(format!("the question `{text}` {message}"), SHAPE));
    };
    let (server, ports) = split_ports(server);
    if client.is_empty() || server.is_empty() {
        let side = if client.is_empty() { "client" } else { "server" };
        return Err(Unclear::new(format!("the question `{text}` has no {side}"), SHAPE));
    }
    if let (_, Some(ports)) = split_ports(client) {
        let message = format!("the client has a port, `{ports}`");
        return Err(Unclear::new(message, "ports belong to the server"));
    }
    Ok(Question {
        text: text.trim().to_owned(),
        written: (client.to_owned(), server.to_owned()),
        client: end(client)?,
        server: end(server)?,
        ports: ports.map(self::ports).transpose()?,
    })
}

/// Splits a server at the colon before its ports; an IPv6 address with a port needs brackets.
fn split_ports(text: &str) -> (&str, Option<&str>) {
    if unbracketed(text).parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok() {
        return (text, None);
    }
    let colon = match text.find("]:") {
        Some(at) if text.starts_with('[') => Some(at + 1),
        _ => text.find(':'),
    };
    let parts = colon.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)));
    parts.map_or((text, None), |(end, ports)| (end.trim(), Some(ports.trim())))
}

fn unbracketed(text: &str) -> &str {
    text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text).trim()
}

fn end(text: &str) -> Result<End, Unclear> {
    let bare = unbracketed(text);
    if text == "*" {
        return Ok(End::Each);
    }
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(End::Block(address.into()));
    }
    if let Ok(network) = bare.parse::<IpNet>() {
        return Ok(End::Block(network.trunc()));
    }
    let Some((namespace, rest)) = text.split_once('/') else {
        return name(text).map(End::Name);
    };
    if namespace.bytes().all(|it| it.is_ascii_digit() || it == b'.') {
        let help = "a network is written like 192.168.1.0/24";
        return Err(Unclear::new(format!("`{text}` is not a network"), help));
    }
    let namespace = name(namespace)?;
    match rest {
        "*" => Ok(End::Namespace(namespace)),
        _ if rest.contains('=') => labels(rest).map(|it| End::Labelled(namespace, it)),
        _ if rest.split('/').count() > 2 => Err(unnamed(text)),
        _ => {
            for part in rest.split('/') {
                name(part).map_err(|_| unnamed(text))?;
            }
            Ok(End::Within(namespace, rest.to_owned()))
        }
    }
}

fn unnamed(text: &str) -> Unclear {
    let help =
        "inside a namespace, write `NAMESPACE/*`, `NAMESPACE/NAME` or `NAMESPACE/key=value,…`";
    Unclear::new(format!("`{text}` is not a name in a namespace"), help)
}

/// Parses a name of Kubernetes or of the source; names of the source may be in quotes.
fn name(text: &str) -> Result<String, Unclear> {
    let is_part = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | '"');
    if text.is_empty() || !text.chars().all(is_part) {
        return Err(Unclear::new(
            format!("`{text}` is not a name"),
            "an end is a name, an address, `NAMESPACE/NAME`, `NAMESPACE/key=value` or `*`",
        ));
    }
    Ok(text.to_owned())
}

fn labels(text: &str) -> Result<Labels, Unclear> {
    let mut labels = Labels::new();
    for part in text.split(',').map(str::trim) {
        let pair = part.split_once('=').filter(|(key, _)| !key.is_empty());
        let Some((key, value)) = pair else {
            let help = "labels are written `key=value,key=value`";
            return Err(Unclear::new(format!("`{part}` is not a label"), help));
        };
        if labels.insert(key.to_owned(), value.to_owned()).is_some() {
            let help = "a pod has one value for each label";
            return Err(Unclear::new(format!("the label `{key}` is set twice"), help));
        }
    }
    Ok(labels)
}

fn ports(text: &str) -> Result<Ports, Unclear> {
    let list = unbracketed(text).split(',').map(str::trim);
    let items = list.map(port).collect::<Result<Vec<_>, _>>()?;
    Ok(Ports { text: text.to_owned(), items: items.into_iter().flatten().collect() })
}

fn port(text: &str) -> Result<Vec<PortItem>, Unclear> {
    let range = |range: PortRange| PortItem::Range(range);
    if text == "any" {
        return Ok(EVERY_PORT.iter().copied().map(range).collect());
    }
    let (numbers, word) = text.split_once('/').unwrap_or((text, "tcp"));
    let refused = || {
        let help = "a port is a name, `443`, `53/udp`, `9000-9010` or `any`";
        Unclear::new(format!("`{text}` is not a port"), help)
    };
    if let Some(protocol) = protocol(numbers) {
        return Ok(vec![range(PortRange { protocol, from: 1, to: u16::MAX })]);
    }
    if !numbers.starts_with(|it: char| it.is_ascii_digit()) {
        let is_name = !text.contains('/') && name(text).is_ok();
        return if is_name { Ok(vec![PortItem::Name(text.to_owned())]) } else { Err(refused()) };
    }
    let (from, to) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let protocol = protocol(word).ok_or_else(refused)?;
    match (from.parse::<u16>(), to.parse::<u16>()) {
        (Ok(from), Ok(to)) if 0 < from && from <= to => {
            Ok(vec![range(PortRange { protocol, from, to })])
        }
        _ => Err(refused()),
    }
}

fn protocol(word: &str) -> Option<Protocol> {
    let all = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    all.into_iter().find(|it| it.word() == word.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> (End, End, Option<String>) {
        let it = parse(text).expect("a question");
        (it.client, it.server, it.ports.map(|it| format!("{:?}", it.items)))
    }

    #[test]
    fn ends_are_told_apart() {
        let name = |it: &str| End::Name(it.to_owned());
        assert_eq!(ends("a -> b.c"), (name("a"), name("b.c"), None));
        assert_eq!(ends("*->shop/*").1, End::Namespace("shop".to_owned()));
        let within = End::Within("shop".to_owned(), "deployment/web".to_owned());
        assert_eq!(ends("* -> shop/deployment/web:80").1, within);
        let labels = Labels::from([("app.kubernetes.io/name".to_owned(), "web".to_owned())]);
        let labelled = End::Labelled("shop".to_owned(), labels);
        assert_eq!(ends("shop/app.kubernetes.io/name=web -> x").0, labelled);
        assert_eq!(ends("10.0.0.7/8 -> x").0, End::Block("10.0.0.0/8".parse().expect("ok")));
    }

    #[test]
    fn ports_stand_behind_the_server() {
        let range = |it: &str| ends(&format!("a -> {it}")).2.unwrap_or_default();
        assert!(range("b:80").contains("Tcp, from: 80, to: 80"));
        assert!(range("b:[53/udp, http]").contains("Udp, from: 53, to: 53 }), Name(\"http\")"));
        assert!(range("b:9000-9010").contains("from: 9000, to: 9010"));
        assert!(range("b:udp").contains("Udp, from: 1, to: 65535"));
        let v6 = parse("a -> [2001:db8::1]:443").expect("a question");
        assert_eq!(v6.server, End::Block("2001:db8::1/128".parse().expect("ok")));
        assert!(v6.ports.is_some());
        assert_eq!(parse("a -> 2001:db8::1").expect("a question").ports, None);
    }

    #[test]
    fn what_is_unclear_is_said() {
        let message = |it: &str| parse(it).expect_err("unclear").message;
        assert_eq!(message("a b"), "the question `a b` has no `->`");
        assert_eq!(message("a -> b -> c"), "the question `a -> b -> c` has more than one `->`");
        assert_eq!(message("-> b"), "the question `-> b` has no client");
        assert_eq!(message("a:80 -> b"), "the client has a port, `80`");
        assert_eq!(message("a -> b:0"), "`0` is not a port");
        assert_eq!(message("a -> b:80/icmp"), "`80/icmp` is not a port");
        assert_eq!(message("a -> b:90-80"), "`90-80` is not a port");
        assert_eq!(message("a -> x/"), "`x/` is not a name in a namespace");
        assert_eq!(message("a -> x/k=1,k=2"), "the label `k` is set twice");
        assert_eq!(message("a -> 10.0.0.0/33"), "`10.0.0.0/33` is not a network");
        assert_eq!(message("a -> b c"), "`b c` is not a name");
    }
}
