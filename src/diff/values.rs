//! The differences of two values of one object. In the lists of the kinds that mlnetc writes, order has no meaning:
//! items are matched by their merge keys, else lists are compared as sets.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use super::kind::Kind;

/// The difference of two values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// The value is missing on one side, or the values differ.
    Leaf {
        /// The live value.
        before: Option<Value>,
        /// The desired value.
        after: Option<Value>,
    },
    /// The fields that differ, if both sides are maps.
    Map(Vec<(String, Node)>),
    /// The items that differ, if both sides are lists.
    List(Vec<Item>),
}

/// A list item that differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// Its index on the desired side; on the live side if only the live side has the item.
    pub at: usize,
    /// The fields that identify the item to a reader; they are the same on both sides.
    pub recognized: Map<String, Value>,
    /// The difference of the item.
    pub node: Node,
}

/// Returns how `live` differs from `desired`; `None` if they are the same.
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
    // Like in every diff, removals are above additions.
    let comes = |(_, node): &(String, Node)| matches!(node, Node::Leaf { before: None, .. });
    let at = fields.iter().position(comes).unwrap_or(fields.len());
    fields.splice(at..at, gone);
    (!fields.is_empty()).then_some(Node::Map(fields))
}

/// Returns the keys that match the items of a list, in the order in which they are tried on items without an equal: the
/// merge keys of Kubernetes first.
fn merge_keys(kind: Kind, shape: &str) -> &'static [&'static [&'static str]] {
    match (kind, shape) {
        // `port` alone is Kubernetes' merge key, and confuses 53/TCP with 53/UDP (kubernetes#39188).
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

/// Returns whether a removed and an added item are shown as one changed item.
fn is_changed_in_place(kind: Kind, shape: &str) -> bool {
    kind == Kind::NetworkPolicy && ["/ports", "/from", "/to"].iter().any(|it| shape.ends_with(it))
}

/// The fields that identify an item of which only a part is shown.
const RECOGNIZED: [&str; 5] = ["name", "cidr", "port", "protocol", "ports"];

/// An item and its index in its list.
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

/// Removes pairs of items with the same key from both lists.
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

/// Returns a text that is equal for values with the same meaning: keys sorted, lists as sets.
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
