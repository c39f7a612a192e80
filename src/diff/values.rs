//! Two values of one object to what differs. The lists of the kinds that mlnetc writes have no order
//! that means anything: they are compared by what tells their items apart, else as sets.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use super::kind::Kind;

/// How two values differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// One side lacks it, or they say something else.
    Leaf {
        /// What the live side says.
        before: Option<Value>,
        /// What the desired side says.
        after: Option<Value>,
    },
    /// The fields that differ, of maps on both sides.
    Map(Vec<(String, Node)>),
    /// The items that differ, of lists on both sides.
    List(Vec<Item>),
}

/// An item of a list that differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// Its place on the desired side, or on the live side where only that has it.
    pub at: usize,
    /// The fields, the same on both sides, by which a reader recognizes it.
    pub recognized: Map<String, Value>,
    /// How it differs.
    pub node: Node,
}

/// How `live` differs from `desired`, if it does.
pub(super) fn difference(kind: Kind, desired: &Value, live: &Value) -> Option<Node> {
    value(kind, "", desired, live)
}

fn value(kind: Kind, shape: &str, desired: &Value, live: &Value) -> Option<Node> {
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => map(kind, shape, desired, live),
        (Value::Array(desired), Value::Array(live)) => list(kind, shape, desired, live),
        (desired, live) if desired == live => None,
        (desired, live) => {
            Some(Node::Leaf { before: Some(live.clone()), after: Some(desired.clone()) })
        }
    }
}

fn map(
    kind: Kind,
    shape: &str,
    desired: &Map<String, Value>,
    live: &Map<String, Value>,
) -> Option<Node> {
    let mut fields = Vec::new();
    for (field, after) in desired {
        let node = match live.get(field) {
            Some(before) => value(kind, &format!("{shape}/{field}"), after, before),
            None => Some(Node::Leaf { before: None, after: Some(after.clone()) }),
        };
        fields.extend(node.map(|it| (field.clone(), it)));
    }
    let gone = live.iter().filter(|(field, _)| !desired.contains_key(*field));
    let gone = gone
        .map(|(field, it)| (field.clone(), Node::Leaf { before: Some(it.clone()), after: None }));
    // As in every diff: what goes stands above what comes.
    let comes = |(_, node): &(String, Node)| matches!(node, Node::Leaf { before: None, .. });
    let at = fields.iter().position(comes).unwrap_or(fields.len());
    fields.splice(at..at, gone);
    (!fields.is_empty()).then_some(Node::Map(fields))
}

/// The fields that tell the items of a list apart, in the order in which they are tried on the items
/// that have no equal: the merge keys of Kubernetes first.
fn merge_keys(kind: Kind, shape: &str) -> &'static [&'static [&'static str]] {
    match (kind, shape) {
        // `port` alone is Kubernetes' merge key, and mixes up 53/TCP with 53/UDP (kubernetes#39188).
        (Kind::Service, "/spec/ports") => &[&["port", "protocol"], &["name"]],
        (Kind::NetworkPolicy, "/spec/ingress") => &[&["ports"], &["from"]],
        (Kind::NetworkPolicy, "/spec/egress") => &[&["ports"], &["to"]],
        (Kind::Installation, "/spec/calicoNetwork/ipPools") => &[&["cidr"]],
        (
            Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet,
            "/spec/template/spec/containers" | "/spec/template/spec/containers/*/env",
        ) => &[&["name"]],
        (
            Kind::Namespace
            | Kind::Service
            | Kind::NetworkPolicy
            | Kind::Installation
            | Kind::BfdProfile
            | Kind::BgpPeer
            | Kind::IpAddressPool
            | Kind::L2Advertisement
            | Kind::BgpAdvertisement
            | Kind::Deployment
            | Kind::StatefulSet
            | Kind::DaemonSet,
            _,
        ) => &[],
    }
}

/// Whether an item that goes and one that comes are best read as one that changes.
fn is_changed_in_place(kind: Kind, shape: &str) -> bool {
    kind == Kind::NetworkPolicy && ["/ports", "/from", "/to"].iter().any(|it| shape.ends_with(it))
}

/// The fields by which a reader recognizes an item of which only a part is shown.
const RECOGNIZED: [&str; 5] = ["name", "cidr", "port", "protocol", "ports"];

/// An item, and where it stands in its list.
type Placed<'a> = (usize, &'a Value);

fn list(kind: Kind, shape: &str, desired: &[Value], live: &[Value]) -> Option<Node> {
    let mut after: Vec<Placed<'_>> = desired.iter().enumerate().collect();
    let mut before: Vec<Placed<'_>> = live.iter().enumerate().collect();
    pair_by(&mut after, &mut before, |item| Some(canonical(item)));
    let mut items = Vec::new();
    let item_shape = format!("{shape}/*");
    for key in merge_keys(kind, shape) {
        let by = |item: &Value| {
            let fields = key.iter().map(|field| item.get(field).map(canonical).unwrap_or_default());
            item.is_object().then(|| fields.collect::<Vec<_>>().join("\n"))
        };
        for ((at, after), (_, before)) in pair_by(&mut after, &mut before, by) {
            let Some(node) = value(kind, &item_shape, after, before) else { continue };
            items.push(Item { at, recognized: recognized(after, before), node });
        }
    }
    if let ([(at, one)], [(_, other)]) = (after.as_slice(), before.as_slice())
        && is_changed_in_place(kind, shape)
    {
        let node = value(kind, &item_shape, one, other);
        items.extend(node.map(|node| Item { at: *at, recognized: recognized(one, other), node }));
        (after, before) = (Vec::new(), Vec::new());
    }
    items.sort_by_key(|it| it.at);
    for (at, before) in before {
        let node = Node::Leaf { before: Some(before.clone()), after: None };
        items.push(Item { at, recognized: Map::new(), node });
    }
    for (at, after) in after {
        let node = Node::Leaf { before: None, after: Some(after.clone()) };
        items.push(Item { at, recognized: Map::new(), node });
    }
    (!items.is_empty()).then_some(Node::List(items))
}

/// Takes out of both lists the items that have the same key, in pairs.
fn pair_by<'a>(
    after: &mut Vec<Placed<'a>>,
    before: &mut Vec<Placed<'a>>,
    key: impl Fn(&Value) -> Option<String>,
) -> Vec<(Placed<'a>, Placed<'a>)> {
    let mut waiting: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
    for (at, (_, item)) in before.iter().enumerate() {
        if let Some(key) = key(item) {
            waiting.entry(key).or_default().push_back(at);
        }
    }
    let mut pairs = Vec::new();
    let mut taken = vec![false; before.len()];
    after.retain(|item| {
        let twin = key(item.1).and_then(|key| waiting.get_mut(&key)?.pop_front());
        let Some(twin) = twin else { return true };
        if let (Some(taken), Some(before)) = (taken.get_mut(twin), before.get(twin)) {
            *taken = true;
            pairs.push((*item, *before));
        }
        false
    });
    let mut taken = taken.into_iter();
    before.retain(|_| !taken.next().unwrap_or(false));
    pairs
}

fn recognized(after: &Value, before: &Value) -> Map<String, Value> {
    let shared = |field: &&str| Some((after.get(*field)?, before.get(*field)?));
    let same = RECOGNIZED
        .iter()
        .filter(|field| shared(field).is_some_and(|(a, b)| canonical(a) == canonical(b)));
    same.filter_map(|field| Some(((*field).to_owned(), after.get(*field)?.clone()))).collect()
}

/// A text that is the same for values that mean the same: keys sorted, lists as sets.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<String> =
                map.iter().map(|(field, it)| format!("{field:?}:{}", canonical(it))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(list) => {
            let mut items: Vec<String> = list.iter().map(canonical).collect();
            items.sort();
            format!("[{}]", items.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
