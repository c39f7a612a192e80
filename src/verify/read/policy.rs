//! NetworkPolicy: what is missing and what is empty, as `networking.k8s.io/v1` has it.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value;

use super::super::cluster::{Peer, Policy, Port, Rule};
use super::super::row::all_of;
use super::super::selector::{Requirement, Selector, Test};
use super::{IntOrString, metadata, one, protocol, read_as};
use crate::scalar::PortRange;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    pod_selector: Option<LabelSelector>,
    policy_types: Option<Vec<String>>,
    ingress: Option<Vec<RuleSpec>>,
    egress: Option<Vec<RuleSpec>>,
}

/// An ingress rule has `from`, an egress rule `to`; the other key means nothing in it.
#[derive(Debug, Deserialize)]
struct RuleSpec {
    from: Option<Vec<PeerSpec>>,
    to: Option<Vec<PeerSpec>>,
    ports: Option<Vec<PortSpec>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PeerSpec {
    pod_selector: Option<LabelSelector>,
    namespace_selector: Option<LabelSelector>,
    ip_block: Option<IpBlock>,
}

#[derive(Debug, Deserialize)]
struct IpBlock {
    cidr: String,
    except: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PortSpec {
    protocol: Option<String>,
    port: Option<IntOrString>,
    end_port: Option<u16>,
}

/// `matchLabels` and `matchExpressions`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LabelSelector {
    match_labels: Option<BTreeMap<String, String>>,
    match_expressions: Option<Vec<Expression>>,
}

#[derive(Debug, Deserialize)]
struct Expression {
    key: String,
    operator: String,
    values: Option<Vec<String>>,
}

/// Reads a policy.
pub(super) fn read(object: &Value) -> Result<Policy, String> {
    let metadata = metadata(object)?;
    let spec: Spec = object.get("spec").map_or_else(|| Ok(Spec::default()), read_as)?;
    let pods = spec.pod_selector.map_or_else(|| Ok(Selector::default()), selector)?;
    let (ingress, egress) = (spec.ingress.unwrap_or_default(), spec.egress.unwrap_or_default());
    // Without `policyTypes` it is about ingress, and about egress if it has an egress rule.
    let (about_ingress, about_egress) = match spec.policy_types {
        Some(types) if !types.is_empty() => {
            if let Some(other) =
                types.iter().find(|it| !matches!(it.as_str(), "Ingress" | "Egress"))
            {
                return Err(format!("`{other}` is no policy type"));
            }
            if types.len() > 2 {
                return Err("there are more than two policy types".to_owned());
            }
            let has = |word: &str| types.iter().any(|it| it == word);
            (has("Ingress"), has("Egress"))
        }
        _ => (true, !egress.is_empty()),
    };
    let rules = |rules: Vec<RuleSpec>, is_ingress: bool| {
        let rule = |it: RuleSpec| rule(if is_ingress { it.from } else { it.to }, it.ports);
        rules.into_iter().map(rule).collect::<Result<Vec<Rule>, String>>()
    };
    let (ingress, egress) = (rules(ingress, true)?, rules(egress, false)?);
    Ok(Policy {
        namespace: metadata.namespace(),
        name: metadata.name,
        pods,
        ingress: about_ingress.then_some(ingress),
        egress: about_egress.then_some(egress),
    })
}

/// An empty list of peers or of ports is the same as none: no restriction.
fn rule(peers: Option<Vec<PeerSpec>>, ports: Option<Vec<PortSpec>>) -> Result<Rule, String> {
    let peers = peers.filter(|it| !it.is_empty());
    let ports = ports.filter(|it| !it.is_empty());
    let all = |it: Vec<PeerSpec>| it.into_iter().map(peer).collect::<Result<Vec<_>, _>>();
    let each = |it: Vec<PortSpec>| it.into_iter().map(port).collect::<Result<Vec<_>, _>>();
    Ok(Rule { peers: peers.map(all).transpose()?, ports: ports.map(each).transpose()? })
}

fn peer(spec: PeerSpec) -> Result<Peer, String> {
    match spec {
        PeerSpec { pod_selector: None, namespace_selector: None, ip_block: None } => {
            Err("a peer has neither selectors nor an `ipBlock`".to_owned())
        }
        PeerSpec { pod_selector: None, namespace_selector: None, ip_block: Some(block) } => {
            let network = network(&block.cidr)?;
            let except = block.except.unwrap_or_default();
            let except: Vec<IpNet> =
                except.iter().map(|it| self::network(it)).collect::<Result<_, _>>()?;
            if let Some(hole) = except.iter().find(|it| !network.contains(*it) || **it == network) {
                return Err(format!("the exception `{hole}` is no part of `{network}`"));
            }
            Ok(Peer::Block { network, except })
        }
        PeerSpec { ip_block: Some(_), .. } => {
            Err("a peer has both an `ipBlock` and a selector".to_owned())
        }
        PeerSpec { pod_selector, namespace_selector, ip_block: None } => Ok(Peer::Pods {
            namespaces: namespace_selector.map(selector).transpose()?,
            pods: pod_selector.map(selector).transpose()?,
        }),
    }
}

/// Host bits are ignored, as the enforcers do.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().map_err(|_| format!("`{text}` is no network"))?;
    Ok(network.trunc())
}

fn port(spec: PortSpec) -> Result<Port, String> {
    let protocol = protocol(spec.protocol.as_deref())?;
    match (spec.port, spec.end_port) {
        (None, None) => Ok(Port::Numbers(all_of(protocol))),
        (Some(IntOrString::Int(0)), _) => Err("there is no port 0".to_owned()),
        (Some(IntOrString::Int(port)), None) => Ok(Port::Numbers(one(protocol, port))),
        (Some(IntOrString::Int(from)), Some(to)) if from <= to => {
            Ok(Port::Numbers(PortRange { protocol, from, to }))
        }
        (Some(IntOrString::Int(from)), Some(to)) => {
            Err(format!("the `endPort` {to} comes before the port {from}"))
        }
        (Some(IntOrString::String(name)), None) => Ok(Port::Named(protocol, name)),
        (Some(IntOrString::String(name)), Some(_)) => {
            Err(format!("the port `{name}` has a name and an `endPort`"))
        }
        (None, Some(_)) => Err("an `endPort` without a port".to_owned()),
    }
}

/// A selector's requirements.
pub(super) fn selector(spec: LabelSelector) -> Result<Selector, String> {
    let labels = spec.match_labels.unwrap_or_default().into_iter();
    let labels = labels.map(|(key, value)| Requirement { key, test: Test::In(vec![value]) });
    let expressions = spec.match_expressions.unwrap_or_default().into_iter().map(|it| {
        let values = it.values.unwrap_or_default();
        let test = match it.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => {
                return Err(format!("`{}` of `{}` has no values", it.operator, it.key));
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                return Err(format!("`{}` of `{}` has values", it.operator, it.key));
            }
            "In" => Test::In(values),
            "NotIn" => Test::NotIn(values),
            "Exists" => Test::Exists,
            "DoesNotExist" => Test::DoesNotExist,
            other => return Err(format!("`{other}` is no operator of a selector")),
        };
        Ok(Requirement { key: it.key, test })
    });
    labels.map(Ok).chain(expressions).collect::<Result<_, _>>().map(Selector)
}
