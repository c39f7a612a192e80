//! Risks of changing or removing one object, as far as the object itself shows them.

use serde_json::Value;

use super::difference::{Difference, FieldChange};
use super::kind::Kind;
use super::load_balancers::{addresses, requested};
use super::risk::Class;
use crate::diagnostics::{Code, Message};

/// Adds the risks of a change.
pub(super) fn of_change(difference: &mut Difference, desired: &Value, live: &Value) {
    match difference.key.kind {
        Kind::Installation => of_installation(difference),
        Kind::Service => of_service(difference, desired, live),
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => {
            let workload = difference.key.kind.name();
            difference.add_risk(
                Class::Restarts,
                Code::W1041,
                format!("the pods of the {workload} restart with the new values"),
            );
        }
        Kind::Namespace
        | Kind::NetworkPolicy
        | Kind::BfdProfile
        | Kind::BgpPeer
        | Kind::IpAddressPool
        | Kind::L2Advertisement
        | Kind::BgpAdvertisement => {}
    }
}

/// Adds the risks of a removal.
pub(super) fn of_removal(difference: &mut Difference, live: &Value) {
    match difference.key.kind {
        Kind::Namespace => {
            difference.add_risk(
                Class::Disruptive,
                Code::W1001,
                "all objects in the namespace are deleted with it",
            );
        }
        Kind::Installation => difference.add_risk(
            Class::Disruptive,
            Code::W1002,
            "without it the operator removes Calico from the cluster, and pods lose their network",
        ),
        Kind::Service => {
            if let Some(address) = addresses(live).first() {
                let why = format!("{address} becomes free, and another Service may get it");
                difference.add_risk(Class::MovesAddress, Code::W1031, why);
            }
        }
        Kind::NetworkPolicy
        | Kind::BfdProfile
        | Kind::BgpPeer
        | Kind::IpAddressPool
        | Kind::L2Advertisement
        | Kind::BgpAdvertisement
        | Kind::Deployment
        | Kind::StatefulSet
        | Kind::DaemonSet => {}
    }
}

fn of_installation(difference: &mut Difference) {
    let mut risks = Vec::new();
    for FieldChange { pointer, before, after, .. } in &difference.changes {
        let (class, code, why) = match pointer.rsplit('/').next().unwrap_or_default() {
            "blockSize" => (
                Class::Disruptive,
                Code::W1003,
                "Calico rejects another `blockSize` for an existing pool: pods must move to a new pool".to_owned(),
            ),
            "encapsulation" => (
                Class::Disruptive,
                Code::W1004,
                "another `encapsulation` breaks open connections between nodes".to_owned(),
            ),
            "bgp" | "mtu" | "containerIPForwarding" | "flexVolumePath" => {
                (Class::Restarts, Code::W1042, "calico-node restarts, node by node; pods keep their \
                 network".to_owned())
            }
            _ if pointer.starts_with("/spec/calicoNetwork/ipPools/") => {
                let cidr = |it: &Option<Value>| Some(it.as_ref()?.get("cidr")?.as_str()?.to_owned());
                match (cidr(before), cidr(after)) {
                    (Some(gone), None) => (
                        Class::Disruptive,
                        Code::W1005,
                        format!("the operator deletes the pool `{gone}`: pods keep their address \
                         from it until they are created again"),
                    ),
                    _ => continue,
                }
            }
            _ => continue,
        };
        risks.push((class, code, why));
    }
    for (class, code, why) in risks {
        difference.add_risk(class, code, why);
    }
}

fn of_service(difference: &mut Difference, desired: &Value, live: &Value) {
    let text = |object: &Value, pointer: &str| {
        object.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    };
    let is_balanced =
        |object: &Value| text(object, "/spec/type").as_deref() == Some("LoadBalancer");
    let (has, wants) = (addresses(live), requested(desired));
    if let Some(address) = has.first()
        && !is_balanced(desired)
    {
        difference.add_risk(
            Class::MovesAddress,
            Code::W1032,
            format!("the Service loses {address}; clients of {address} can no longer connect"),
        );
    }
    if let (Some(from), Some(to)) = (has.first(), wants.first())
        && is_balanced(desired)
        && !wants.iter().any(|it| has.contains(it))
    {
        difference.add_risk(
            Class::MovesAddress,
            Code::W1033,
            format!("the Service moves from {from} to {to}; clients of {from} must be updated"),
        );
    }
    let changed =
        |field: &str| difference.changes.iter().any(|it| it.pointer == format!("/spec/{field}"));
    let (is_remade, keeps_node_ports) = (
        changed("clusterIP"),
        changed("allocateLoadBalancerNodePorts")
            && desired.pointer("/spec/allocateLoadBalancerNodePorts") == Some(&Value::Bool(false)),
    );
    if is_remade {
        difference.add_risk(
            Class::Disruptive,
            Code::W1006,
            "the API server rejects another `clusterIP`: the Service must be deleted and created again",
        );
    }
    if keeps_node_ports {
        difference.notes.push(Message::new(
            Code::N1003,
            "its current node ports stay open until the Service is created again",
        ));
    }
}
