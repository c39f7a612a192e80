//! Parses NetworkPolicies of any author to policies: the defaults of absent and empty fields are those of
//! `networking.k8s.io/v1`.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>

use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value;

use crate::manifests::fields::{IntOrString, LabelSelector, Metadata, each, protocol, selector};
use crate::manifests::shape::{self, Wrong};
use crate::policy::{DialectName, Peer, Policy, Port, Rule, Scope, Selector, Subject, Tier};
use crate::scalar::PortRange;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    pod_selector: Option<LabelSelector>,
    policy_types: Option<Vec<String>>,
    ingress: Option<Vec<RuleSpec>>,
    egress: Option<Vec<RuleSpec>>,
}

/// An ingress rule uses `from`, an egress rule uses `to`; the other key has no effect.
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

/// Parses a policy.
pub(super) fn policy(object: &Value) -> Result<Policy, Wrong> {
    let metadata = Metadata::of(object)?;
    let spec: Spec = shape::field(object, "spec")?;
    let (namespace, name) = (metadata.namespace(), metadata.name);
    spec.policy(namespace, name).map_err(|it| it.within("spec"))
}

impl Spec {
    fn policy(self, namespace: String, name: String) -> Result<Policy, Wrong> {
        let (about_ingress, about_egress) = self.directions()?;
        let pods = self.pod_selector.map_or_else(|| Ok(Selector::default()), selector);
        let pods = pods.map_err(|it| it.within("podSelector"))?;
        let rules = |rules: Option<Vec<RuleSpec>>, is_ingress: bool| {
            let rules = rules.unwrap_or_default().into_iter().enumerate();
            let rule = |(at, it)| rule(it, is_ingress).map_err(|it| it.item(at));
            rules.map(rule).collect::<Result<Vec<Rule>, Wrong>>()
        };
        let ingress = rules(self.ingress, true).map_err(|it| it.within("ingress"))?;
        let egress = rules(self.egress, false).map_err(|it| it.within("egress"))?;
        Ok(Policy {
            dialect: DialectName::Kubernetes,
            scope: Scope::Namespace(namespace),
            name,
            tier: Tier::NETWORK_POLICY,
            order: 0,
            subject: Subject { namespaces: None, pods, sites: Vec::new() },
            ingress: about_ingress.then_some(ingress),
            egress: about_egress.then_some(egress),
            sites: Vec::new(),
            isolated_by: Vec::new(),
        })
    }

    /// Whether the policy applies to ingress and to egress. Without `policyTypes`, it applies to ingress, and
    /// to egress if it has an egress rule.
    fn directions(&self) -> Result<(bool, bool), Wrong> {
        let Some(types) = self.policy_types.as_ref().filter(|it| !it.is_empty()) else {
            return Ok((true, self.egress.as_ref().is_some_and(|it| !it.is_empty())));
        };
        let wrong = |why: String| Wrong::from(why).within("policyTypes");
        if let Some(other) = types.iter().find(|it| !matches!(it.as_str(), "Ingress" | "Egress")) {
            return Err(wrong(format!("`{other}` is not a policy type")));
        }
        if types.len() > 2 {
            return Err(wrong("there are more than two policy types".to_owned()));
        }
        let has = |word: &str| types.iter().any(|it| it == word);
        Ok((has("Ingress"), has("Egress")))
    }
}

/// Parses a rule. An empty list of peers or of ports is the same as an absent one: no restriction.
fn rule(spec: RuleSpec, is_ingress: bool) -> Result<Rule, Wrong> {
    let (field, peers) = if is_ingress { ("from", spec.from) } else { ("to", spec.to) };
    let peers = peers.filter(|it| !it.is_empty());
    let ports = spec.ports.filter(|it| !it.is_empty());
    let peers = peers.map(|it| each(it, peer).map_err(|it| it.within(field))).transpose()?;
    let ports = ports.map(|it| each(it, port).map_err(|it| it.within("ports"))).transpose()?;
    Ok(Rule::allow(peers, ports))
}

fn peer(spec: PeerSpec) -> Result<Peer, Wrong> {
    match spec {
        PeerSpec { pod_selector: None, namespace_selector: None, ip_block: None } => {
            Err("a peer has neither selectors nor an `ipBlock`".to_owned().into())
        }
        PeerSpec { pod_selector: None, namespace_selector: None, ip_block: Some(block) } => {
            self::block(&block).map_err(|it| it.within("ipBlock"))
        }
        PeerSpec { ip_block: Some(_), .. } => {
            Err("a peer has both an `ipBlock` and a selector".to_owned().into())
        }
        PeerSpec { pod_selector, namespace_selector, ip_block: None } => {
            let namespaces = namespace_selector.map(selector).transpose();
            let pods = pod_selector.map(selector).transpose();
            Ok(Peer::Pods {
                namespaces: namespaces.map_err(|it| it.within("namespaceSelector"))?,
                pods: pods.map_err(|it| it.within("podSelector"))?,
            })
        }
    }
}

fn block(block: &IpBlock) -> Result<Peer, Wrong> {
    let network = network(&block.cidr).map_err(|it| it.within("cidr"))?;
    let except = each(block.except.iter().flatten().collect(), |it| {
        let hole = self::network(it)?;
        if !network.contains(&hole) || hole == network {
            return Err(format!("the exception `{hole}` is not part of `{network}`").into());
        }
        Ok(hole)
    });
    Ok(Peer::Block { network, except: except.map_err(|it| it.within("except"))? })
}

/// Parses a network. Host bits are ignored, as enforcers do.
fn network(text: &str) -> Result<IpNet, Wrong> {
    let network = text.parse::<IpNet>().map_err(|_| format!("`{text}` is not a network"))?;
    Ok(network.trunc())
}

fn port(spec: PortSpec) -> Result<Port, Wrong> {
    let protocol = protocol(spec.protocol.as_deref())?;
    match (spec.port, spec.end_port) {
        (None, None) => Ok(Port::Numbers(PortRange::all(protocol))),
        (Some(IntOrString::Int(0)), _) => Err("0 is not a port".to_owned().into()),
        (Some(IntOrString::Int(port)), None) => {
            Ok(Port::Numbers(PortRange::single(protocol, port)))
        }
        (Some(IntOrString::Int(from)), Some(to)) if from <= to => {
            Ok(Port::Numbers(PortRange { protocol, from, to }))
        }
        (Some(IntOrString::Int(from)), Some(to)) => {
            Err(format!("the `endPort` {to} comes before the port {from}").into())
        }
        (Some(IntOrString::String(name)), None) => Ok(Port::Named(protocol, name)),
        (Some(IntOrString::String(name)), Some(_)) => {
            Err(format!("the port `{name}` has a name and an `endPort`").into())
        }
        (None, Some(_)) => Err("an `endPort` without a port".to_owned().into()),
    }
}
